/** Who makes a request: bearer tokens of the administrator and of ServiceAccounts (signed by the cluster). */

import type { Clock } from "../../clock/index.ts";
import { decodeBase64Text, digest, quote, toHex } from "../../encoding/index.ts";
import type { Secret } from "../api/types.ts";
import { StatusError } from "../machinery/status.ts";
import type { UserInfo } from "../machinery/types.ts";
import type { Store } from "../store/store.ts";
import type { ResourceAttributes } from "./authorization/rbac.ts";
import type { CertificateAuthority } from "./certificate-authority.ts";
import type { TokenSigner } from "./tokens.ts";

export const ISSUER = "https://kubernetes.default.svc.cluster.local";
const AUDIENCES = [ISSUER];

const ANONYMOUS: UserInfo = { name: "system:anonymous", groups: ["system:unauthenticated"] };
export const ADMIN: UserInfo = { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] };

/** serviceaccount.WarnOnlyBoundTokenExpirationPeriod: an hour and seven seconds, the sign of a token nobody asked for. */
const WARN_ONLY_SECONDS = 3607;
const EXTENSION_SECONDS = 365 * 24 * 3600;
const LEEWAY_SECONDS = 60;
const EXTRA = "authentication.kubernetes.io/";

/** An object that a token is bound to: it is worth nothing once the object has gone. */
interface ObjectClaim {
  readonly name: string;
  readonly uid: string;
}

interface TokenClaims {
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
    readonly serviceaccount: ObjectClaim;
    readonly pod?: ObjectClaim;
    readonly node?: ObjectClaim;
    readonly secret?: ObjectClaim;
    /** Seconds since the epoch: who still uses it then is told of in the audit log. */
    readonly warnafter?: number;
  };
}

const LEGACY_ISSUER = "kubernetes/serviceaccount";
const LEGACY = "kubernetes.io/serviceaccount/";
/** What tokens in Secrets say, under names of their own. */
type LegacyClaims = Readonly<Record<string, string>>;

interface TokenRequest {
  readonly namespace: string;
  readonly serviceAccount: ObjectClaim;
  readonly audiences?: readonly string[];
  readonly expirationSeconds: number;
  readonly pod?: ObjectClaim;
  readonly node?: ObjectClaim;
  readonly secret?: ObjectClaim;
}

type TokenResult = { readonly user: UserInfo; readonly audiences: readonly string[] } | { readonly error: string };

const encoder = new TextEncoder();
const list = (items: readonly string[]) => `[${items.map(quote).join(" ")}]`;

function unauthorized(): StatusError {
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
  readonly #signer: TokenSigner;
  readonly #authority: CertificateAuthority | undefined;
  readonly #tokens: ReadonlyMap<string, UserInfo>;
  /** Tokens given out: part of their identifiers, two in one second being two. */
  #issued = 0;

  /** `tokens`: bearer tokens of users by token. `signer`: of ServiceAccount tokens. `authority`: of client certificates. */
  constructor(options: {
    readonly clock: Clock;
    readonly store: Store;
    readonly signer: TokenSigner;
    readonly authority?: CertificateAuthority | undefined;
    readonly tokens: ReadonlyMap<string, UserInfo>;
  }) {
    this.#clock = options.clock;
    this.#store = options.store;
    this.#signer = options.signer;
    this.#authority = options.authority;
    this.#tokens = options.tokens;
  }

  /**
   * By a client's certificate (PEM or DER; the transport has seen that the client has its key) or else its Authorization
   * header; anonymous without either. Throws 401 for a token nobody has.
   */
  authenticate(authorization: string | undefined, certificate?: string | Uint8Array): UserInfo {
    const known = certificate === undefined ? undefined : this.#authority?.userOf(certificate, this.#clock.now());
    if (known !== undefined) return known;
    if (authorization === undefined || authorization === "") {
      if (certificate !== undefined) throw unauthorized();
      return ANONYMOUS;
    }
    const match = /^bearer\s+(.*)$/i.exec(authorization);
    const token = match?.[1]?.trim();
    if (token === undefined) return ANONYMOUS;
    const user = this.authenticateToken(token);
    if (user === undefined) throw unauthorized();
    return user;
  }

  authenticateToken(token: string): UserInfo | undefined {
    const result = this.reviewToken(token, AUDIENCES);
    return result !== undefined && "user" in result ? result.user : undefined;
  }

  /** Who a token stands for and the audiences it is good for, or what is wrong with it; undefined: nobody knows it. */
  reviewToken(token: string, audiences: readonly string[] = AUDIENCES): TokenResult | undefined {
    const user = this.#tokens.get(token);
    if (user !== undefined) return { user, audiences: audiences.filter((audience) => AUDIENCES.includes(audience)) };
    return this.#serviceAccount(token, audiences.length === 0 ? AUDIENCES : audiences);
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
    const audiences = request.audiences?.length ? request.audiences : AUDIENCES;
    // Pods' own tokens last a year, for clients that never read the file again, and say when they should have.
    const extended =
      request.pod !== undefined && request.expirationSeconds === WARN_ONLY_SECONDS && audiences.includes(ISSUER);
    const exp = now + (extended ? EXTENSION_SECONDS : request.expirationSeconds);
    const claims: TokenClaims = {
      aud: audiences,
      exp,
      iat: now,
      iss: ISSUER,
      jti: identifier(`${request.serviceAccount.uid} ${request.pod?.uid ?? ""} ${now} ${exp} ${++this.#issued}`),
      "kubernetes.io": {
        namespace: request.namespace,
        ...(request.node === undefined ? {} : { node: request.node }),
        ...(request.pod === undefined ? {} : { pod: request.pod }),
        ...(request.secret === undefined ? {} : { secret: request.secret }),
        serviceaccount: request.serviceAccount,
        ...(extended ? { warnafter: now + WARN_ONLY_SECONDS } : {}),
      },
      nbf: now,
      sub: `system:serviceaccount:${request.namespace}:${request.serviceAccount.name}`,
    };
    const token = this.#signer.sign(claims);
    return { token, expirationTimestamp: (now + request.expirationSeconds) * 1000 };
  }

  /** The older kind, kept in a Secret: it has no end and no audience (pkg/serviceaccount/legacy.go). */
  issueLegacy(namespace: string, account: ObjectClaim, secret: string): string {
    const claims: LegacyClaims = {
      iss: LEGACY_ISSUER,
      [`${LEGACY}namespace`]: namespace,
      [`${LEGACY}secret.name`]: secret,
      [`${LEGACY}service-account.name`]: account.name,
      [`${LEGACY}service-account.uid`]: account.uid,
      sub: `system:serviceaccount:${namespace}:${account.name}`,
    };
    return this.#signer.sign(claims);
  }

  #legacy(token: string, claims: LegacyClaims, audiences: readonly string[]): TokenResult {
    if (audiences.length === 0) return { error: "token audiences [] is invalid for the target audiences" };
    const namespace = claims[`${LEGACY}namespace`] ?? "";
    const secret = this.#store.get("secrets", namespace, claims[`${LEGACY}secret.name`] ?? "") as Secret | undefined;
    const account = this.#store.get("serviceaccounts", namespace, claims[`${LEGACY}service-account.name`] ?? "");
    const uid = claims[`${LEGACY}service-account.uid`] ?? "";
    if (
      secret === undefined ||
      account?.metadata.uid !== uid ||
      decodeBase64Text(secret.data?.["token"] ?? "") !== token
    )
      return { error: "service account token has been invalidated" };
    return { user: { ...withImpliedGroups(claims.sub ?? "", []), uid }, audiences };
  }

  #serviceAccount(token: string, audiences: readonly string[]): TokenResult | undefined {
    const verified = this.#signer.verify(token) as TokenClaims | LegacyClaims | undefined;
    if (verified?.iss === LEGACY_ISSUER)
      return this.#legacy(
        token,
        verified as LegacyClaims,
        audiences.filter((audience) => AUDIENCES.includes(audience)),
      );
    const claims = verified as TokenClaims | undefined;
    if (claims === undefined || claims.iss !== ISSUER) return undefined;
    const found = audiences.filter((audience) => claims.aud.includes(audience));
    if (found.length === 0)
      return { error: `token audiences ${list(claims.aud)} is invalid for the target audiences ${list(audiences)}` };
    const now = this.#clock.now() / 1000;
    if (claims.exp < now) return { error: "service account token has expired" };
    if (claims.nbf > now + LEEWAY_SECONDS) return { error: "service account token is not valid yet" };
    const { namespace, serviceaccount, pod, node, secret } = claims["kubernetes.io"];
    const gone = (resource: string, place: string | undefined, it: ObjectClaim | undefined) =>
      it !== undefined && this.#store.get(resource, place, it.name)?.metadata.uid !== it.uid;
    if (
      gone("serviceaccounts", namespace, serviceaccount) ||
      gone("pods", namespace, pod) ||
      gone("secrets", namespace, secret) ||
      (pod === undefined && gone("nodes", undefined, node))
    )
      return { error: "service account token has been invalidated" };
    const extra: Record<string, readonly string[]> = { [`${EXTRA}credential-id`]: [`JTI=${claims.jti}`] };
    for (const [kind, it] of Object.entries({ node, pod })) {
      if (it === undefined) continue;
      extra[`${EXTRA}${kind}-name`] = [it.name];
      extra[`${EXTRA}${kind}-uid`] = [it.uid];
    }
    return { user: { ...withImpliedGroups(claims.sub, []), uid: serviceaccount.uid, extra }, audiences: found };
  }
}

/** A UUID that follows from a text. */
function identifier(text: string): string {
  const hex = toHex(digest("sha256", encoder.encode(text)));
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
