/** Users of a mongod and what their roles allow. Pure but for the store. */
import { type Doc, isArray, isDoc, MongoError, type Value } from "./data/bson.ts";
import type { Store } from "./store.ts";
import { credentialsOf } from "./wire/sasl.ts";

export const USERS = "admin.system.users";

interface Role {
  readonly role: string;
  readonly db: string;
}

export interface User {
  readonly user: string;
  readonly db: string;
  readonly roles: readonly Role[];
}

/** Not secret-keeping, but not the key either: what members compare. */
export function digest(user: string, password: string): string {
  let hash = 0x811c9dc5;
  let other = 0x01000193;
  for (const character of `${user}:mongo:${password}`) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
    other = Math.imul(other ^ hash, 0x85ebca6b) ^ (hash >>> 13);
  }
  return (hash >>> 0).toString(16).padStart(8, "0") + (other >>> 0).toString(16).padStart(8, "0");
}

const ROLES: Readonly<Record<string, "read" | "write" | "admin">> = {
  read: "read",
  readAnyDatabase: "read",
  clusterMonitor: "read",
  readWrite: "write",
  readWriteAnyDatabase: "write",
  dbAdmin: "write",
  dbAdminAnyDatabase: "write",
  dbOwner: "admin",
  userAdmin: "admin",
  userAdminAnyDatabase: "admin",
  clusterManager: "admin",
  clusterAdmin: "admin",
  hostManager: "admin",
  backup: "read",
  restore: "write",
  root: "admin",
  __system: "admin",
};

const CLUSTER_WIDE = /AnyDatabase$|^cluster|^root$|^backup$|^restore$|^hostManager$|^__system$/;

export function readRoles(given: Value | undefined, db: string): Role[] {
  if (!isArray(given)) throw new MongoError(2, "BadValue", '"createUser" command requires a "roles" array');
  return given.map((role) => {
    const name = isDoc(role) ? String(role["role"]) : String(role);
    const on = isDoc(role) ? String(role["db"]) : db;
    if (!Object.hasOwn(ROLES, name)) throw new MongoError(31, "RoleNotFound", `Could not find role: ${name}@${on}`);
    return { role: name, db: on };
  });
}

export function findUser(
  store: Store,
  name: string,
  db: string,
): (User & { readonly credentials: string }) | undefined {
  const doc = store.get(USERS, `${db}.${name}`);
  if (doc === undefined) return undefined;
  return { user: name, db, roles: doc["roles"] as unknown as readonly Role[], credentials: String(doc["credentials"]) };
}

export function userDoc(name: string, db: string, password: string, roles: readonly Role[]): Doc {
  return {
    _id: `${db}.${name}`,
    user: name,
    db,
    credentials: credentialsOf(name, password),
    roles: roles.map(({ role, db: on }) => ({ role, db: on })),
  };
}

/** What a user may do with a database. */
export function allows(user: User | undefined, need: "read" | "write" | "admin", db: string): boolean {
  if (user === undefined) return false;
  const ranks = { read: 0, write: 1, admin: 2 };
  return user.roles.some(({ role, db: on }) => {
    const right = ROLES[role];
    if (right === undefined) return false;
    const reaches = on === db || (on === "admin" && CLUSTER_WIDE.test(role));
    return reaches && ranks[right] >= ranks[need];
  });
}
