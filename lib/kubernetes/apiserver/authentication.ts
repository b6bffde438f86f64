/** Who makes a request: bearer tokens of the administrator and of ServiceAccounts (signed by the cluster). */
import type { Clock } from "../../clock/index.ts";
import { fromBase64Url, toBase64Url } from "../machinery/base64.ts";
import { hmacSha256 } from "../machinery/sha256.ts";
import { StatusError } from "../machinery/status.ts";
import type { UserInfo } from "../machinery/types.ts";
import type { Store } from "../store/store.ts";
import type { ResourceAttributes } from "./authorization/rbac.ts";

export const ISSUER = "https://kubernetes.default.svc.cluster.local";
const AUDIENCES = [ISSUER];

export const ANONYMOUS: UserInfo = { name: "system:anonymous", groups: ["system:unauthenticated"] };
export const ADMIN: UserInfo = { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] };

export interface TokenClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: readonly string[];
  /** Seconds since the epoch. */
  readonly exp: number;
  readonly iat: number;
  readonly nbf: number;
  readonly jti: string;
  readonly "kubernetes.io": {
    readonly namespace: string;
    readonly serviceaccount: { readonly name: string; readonly uid: string };
    readonly pod?: { readonly name: string; readonly uid: string };
    readonly node?: { readonly name: string; readonly uid: string };
  };
}

export interface TokenRequest {
  readonly namespace: string;
  readonly serviceAccount: { readonly name: string; readonly uid: string };
  readonly audiences?: readonly string[];
  readonly expirationSeconds: number;
  readonly pod?: { readonly name: string; readonly uid: string };
  readonly node?: { readonly name: string; readonly uid: string };
}

const encoder = new TextEncoder();
const json = (value: unknown) => toBase64Url(encoder.encode(JSON.stringify(value)));

export function unauthorized(): StatusError {
  return new StatusError(401, "Unauthorized", "Unauthorized");
}

/** Groups that authentication adds to a user by itself. */
export function withImpliedGroups(name: string, groups: readonly string[]): UserInfo {
  const all = new Set(groups);
  const account = /^system:serviceaccount:([^:]+):/.exec(name);
  if (account !== null) {
    all.add("system:serviceaccounts");
    all.add(`system:serviceaccounts:${account[1]}`);
  }
  if (name.startsWith("system:node:")) all.add("system:nodes");
  all.add(name === ANONYMOUS.name ? "system:unauthenticated" : "system:authenticated");
  return { name, groups: [...all] };
}

const IMPERSONATE_EXTRA = "impersonate-extra-";

interface Impersonation {
  readonly name: string;
  readonly uid: string | undefined;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

function impersonation(headers: Readonly<Record<string, string>>): Impersonation | undefined {
  const list = (value: string | undefined) =>
    (value ?? "")
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "");
  const name = headers["impersonate-user"];
  const uid = headers["impersonate-uid"] || undefined;
  const groups = list(headers["impersonate-group"]);
  const extra: Record<string, string[]> = {};
  for (const [header, value] of Object.entries(headers))
    if (header.startsWith(IMPERSONATE_EXTRA))
      extra[decodeURIComponent(header.slice(IMPERSONATE_EXTRA.length))] = list(value);
  if (name !== undefined && name !== "") return { name, uid, groups, extra };
  if (uid === undefined && groups.length === 0 && Object.keys(extra).length === 0) return undefined;
  const without = [
    ...groups.map(
      (group) =>
        `{Kind:Group Namespace: Name:${group} UID: APIVersion:authentication.k8s.io ResourceVersion: FieldPath:}`,
    ),
  ];
  const message = `requested [${without.join(" ")}] without impersonating a user`;
  throw new StatusError(500, "InternalError", `Internal error occurred: ${message}`, { causes: [{ message }] });
}

/** Groups as asked for; a ServiceAccount's own where none are, and system:authenticated where nothing says otherwise. */
function impersonatedGroups(name: string, asked: readonly string[], namespace: string | undefined): string[] {
  const groups =
    asked.length === 0 && namespace !== undefined
      ? ["system:serviceaccounts", `system:serviceaccounts:${namespace}`]
      : [...asked];
  if (name === ANONYMOUS.name)
    return groups.includes("system:unauthenticated") ? groups : [...groups, "system:unauthenticated"];
  if (groups.includes("system:authenticated") || groups.includes("system:unauthenticated")) return groups;
  return [...groups, "system:authenticated"];
}

export class Authenticator {
  readonly #clock: Clock;
  readonly #store: Store;
  readonly #key: Uint8Array;
  readonly #tokens: ReadonlyMap<string, UserInfo>;

  /** `tokens`: bearer tokens of users by token. `key`: signs ServiceAccount tokens. */
  constructor(options: { clock: Clock; store: Store; key: string; tokens: ReadonlyMap<string, UserInfo> }) {
    this.#clock = options.clock;
    this.#store = options.store;
    this.#key = encoder.encode(options.key);
    this.#tokens = options.tokens;
  }

  /** Anonymous without an Authorization header. Throws 401 for a token nobody has. */
  authenticate(authorization: string | undefined): UserInfo {
    if (authorization === undefined || authorization === "") return ANONYMOUS;
    const match = /^bearer\s+(.*)$/i.exec(authorization);
    const token = match?.[1]?.trim();
    if (token === undefined) return ANONYMOUS;
    const user = this.authenticateToken(token);
    if (user === undefined) throw unauthorized();
    return user;
  }

  authenticateToken(token: string): UserInfo | undefined {
    return this.#tokens.get(token) ?? this.#serviceAccount(token);
  }

  /**
   * The user that the Impersonate headers name; `authorize` refuses where `user` may not
   * (apiserver/pkg/endpoints/filters/impersonation.go).
   */
  impersonate(
    user: UserInfo,
    headers: Readonly<Record<string, string>>,
    authorize: (attributes: ResourceAttributes) => void,
  ): UserInfo {
    const wanted = impersonation(headers);
    if (wanted === undefined) return user;
    const { name, uid, extra } = wanted;
    const account = /^system:serviceaccount:([^:]+):(.+)$/.exec(name);
    const check = (group: string, resource: string, more: Partial<ResourceAttributes>) =>
      authorize({ verb: "impersonate", group, resource, ...more });
    if (account !== null) check("", "serviceaccounts", { namespace: account[1] ?? "", name: account[2] ?? "" });
    else check("", "users", { name });
    for (const group of wanted.groups) check("", "groups", { name: group });
    for (const [key, values] of Object.entries(extra))
      for (const value of values) check("authentication.k8s.io", "userextras", { subresource: key, name: value });
    if (uid !== undefined) check("authentication.k8s.io", "uids", { name: uid });
    return {
      name,
      ...(uid === undefined ? {} : { uid }),
      groups: impersonatedGroups(name, wanted.groups, account?.[1]),
      ...(Object.keys(extra).length === 0 ? {} : { extra }),
    };
  }

  /** A signed token for a ServiceAccount (the token subresource, projected volumes). */
  issue(request: TokenRequest): { readonly token: string; readonly expirationTimestamp: number } {
    const now = Math.floor(this.#clock.now() / 1000);
    const claims: TokenClaims = {
      aud: request.audiences?.length ? request.audiences : AUDIENCES,
      exp: now + request.expirationSeconds,
      iat: now,
      iss: ISSUER,
      jti: `${request.serviceAccount.uid}-${now}`,
      "kubernetes.io": {
        namespace: request.namespace,
        ...(request.node === undefined ? {} : { node: request.node }),
        ...(request.pod === undefined ? {} : { pod: request.pod }),
        serviceaccount: request.serviceAccount,
      },
      nbf: now,
      sub: `system:serviceaccount:${request.namespace}:${request.serviceAccount.name}`,
    };
    const signed = `${json({ alg: "HS256", kid: "statecraft" })}.${json(claims)}`;
    const token = `${signed}.${toBase64Url(hmacSha256(this.#key, encoder.encode(signed)))}`;
    return { token, expirationTimestamp: claims.exp * 1000 };
  }

  #serviceAccount(token: string): UserInfo | undefined {
    const [head, body, signature] = token.split(".");
    if (head === undefined || body === undefined || signature === undefined) return undefined;
    if (toBase64Url(hmacSha256(this.#key, encoder.encode(`${head}.${body}`))) !== signature) return undefined;
    const claims = JSON.parse(new TextDecoder().decode(fromBase64Url(body))) as TokenClaims;
    if (claims.exp * 1000 < this.#clock.now()) return undefined;
    const { namespace, serviceaccount, pod } = claims["kubernetes.io"];
    const account = this.#store.get("serviceaccounts", namespace, serviceaccount.name);
    if (account?.metadata.uid !== serviceaccount.uid) return undefined;
    if (pod !== undefined && this.#store.get("pods", namespace, pod.name)?.metadata.uid !== pod.uid) return undefined;
    const user = withImpliedGroups(claims.sub, []);
    return {
      ...user,
      uid: serviceaccount.uid,
      ...(pod === undefined
        ? {}
        : {
            extra: {
              "authentication.kubernetes.io/pod-name": [pod.name],
              "authentication.kubernetes.io/pod-uid": [pod.uid],
            },
          }),
    };
  }
}
