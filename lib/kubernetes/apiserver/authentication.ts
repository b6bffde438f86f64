/** Who makes a request: bearer tokens of the administrator and of ServiceAccounts (signed by the cluster). */
import type { Clock } from "../../clock/index.ts";
import { fromBase64Url, toBase64Url } from "../machinery/base64.ts";
import { hmacSha256 } from "../machinery/sha256.ts";
import { StatusError } from "../machinery/status.ts";
import type { UserInfo } from "../machinery/types.ts";
import type { Store } from "../store/store.ts";

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

  /** The user that Impersonate-User and Impersonate-Group name; `authorize` refuses where `user` may not. */
  impersonate(
    user: UserInfo,
    headers: Readonly<Record<string, string>>,
    authorize: (attributes: {
      verb: string;
      group: string;
      resource: string;
      name: string;
      namespace?: string;
    }) => void,
  ): UserInfo {
    const name = headers["impersonate-user"];
    if (name === undefined) return user;
    const groups = (headers["impersonate-group"] ?? "")
      .split(",")
      .map((group) => group.trim())
      .filter((group) => group !== "");
    const account = /^system:serviceaccount:([^:]+):(.+)$/.exec(name);
    if (account !== null)
      authorize({
        verb: "impersonate",
        group: "",
        resource: "serviceaccounts",
        namespace: account[1] ?? "",
        name: account[2] ?? "",
      });
    else authorize({ verb: "impersonate", group: "", resource: "users", name });
    for (const group of groups) authorize({ verb: "impersonate", group: "", resource: "groups", name: group });
    return withImpliedGroups(name, groups);
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
