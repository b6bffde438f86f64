/** What standbys and servers say to each other, and how a connection is described in words. */
import type { Acl, DatabaseInfo, DefaultGrants, Role, WalRecord } from "../kit/sql/state.ts";

export const VERSION_FILE = "/usr/share/postgresql/version";
/** What standbys and backups ask, in a form of our own. */
export type Request =
  | { readonly type: "backup" }
  | { readonly type: "wal"; readonly timeline: number; readonly after: number; readonly flushed: number };

/** What the backslash commands about roles and databases show. */
export interface Catalog {
  readonly major: number;
  readonly superuser: string;
  readonly roles: readonly Omit<Role, "password">[];
  readonly databases: readonly ({ readonly name: string } & DatabaseInfo)[];
  readonly schema: { readonly owner: string; readonly acl: Acl };
  readonly defaults: readonly DefaultGrants[];
}

export interface WalAnswer {
  readonly records: readonly WalRecord[];
}

export interface Standby {
  readonly pid: number;
  readonly user: string;
  readonly application: string;
  readonly address: string;
  readonly flushed: number;
  readonly priority: number;
  readonly state: "async" | "sync" | "potential" | "quorum";
}

/** `host=db port=5432 user=repl`, values in single quotes where they have spaces; or a URI. */
export function conninfo(text: string): Map<string, string> {
  const found = new Map<string, string>();
  const uri = /^postgres(?:ql)?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^:/?]*)(?::(\d+))?(?:\/([^?]*))?(?:\?(.*))?$/.exec(
    text,
  );
  if (uri !== null) {
    const [, user, password, host, port, database, query] = uri;
    const put = (name: string, value: string | undefined) => {
      if (value) found.set(name, decodeURIComponent(value));
    };
    put("user", user);
    put("password", password);
    put("host", host);
    put("port", port);
    put("dbname", database);
    for (const pair of (query ?? "").split("&").filter(Boolean)) put(pair.split("=")[0] ?? "", pair.split("=")[1]);
    return found;
  }
  for (const match of text.matchAll(/(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|\S+)/g)) {
    const value = match[2] ?? "";
    found.set(match[1] ?? "", value.startsWith("'") ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value);
  }
  return found;
}
