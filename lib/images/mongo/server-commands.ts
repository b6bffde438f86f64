/** Commands about the server itself, its users and its replica set. */
import type { Process } from "../../machine/index.ts";
import { findUser, readRoles, USERS, type User, userDoc } from "./accounts.ts";
import { buildInfo, replicaStatus } from "./admin.ts";
import type { Cursors } from "./cursors.ts";
import { badValue, type Doc, isDoc, MongoError, numberOf, type Value } from "./data/bson.ts";
import { notYetInitialized } from "./replica-member.ts";
import type { ReplicaSet } from "./replica-set.ts";
import type { Change, OpTime, Store } from "./store.ts";
import { type Conversation, MECHANISMS } from "./wire/sasl.ts";

/** One client's connection. */
export interface Session {
  user: User | undefined;
  readonly local: boolean;
  /** Number of the connection. */
  readonly id: number;
  readonly conversation: Conversation;
}

/** What such commands know of the server. */
export interface AdminHost {
  readonly process: Process;
  readonly store: Store;
  readonly set: ReplicaSet | undefined;
  readonly cursors: Cursors;
  readonly version: string;
  /** The first number of it. */
  readonly major: number;
  /** When it began, in ms. */
  readonly started: number;
  /** How many clients there are. */
  readonly connections: () => number;
  /** When it stands in history; undefined where there is no replica set. */
  readonly commit: (change: Change) => OpTime | undefined;
  /** What is told of a write once enough members have it, or do not. */
  readonly written: (time: OpTime, concern: Value) => Promise<Doc>;
  readonly hello: (legacy: boolean) => Doc;
  readonly stop: () => void;
}

type AdminCommand = (host: AdminHost, session: Session, command: Doc, db: string) => Promise<Doc> | Doc;

/** By their names in lower case. `need`: the right it takes; undefined: none. */
export const SERVER_COMMANDS: Readonly<
  Record<string, { readonly need?: "read" | "admin"; readonly run: AdminCommand }>
> = {
  ping: { run: () => ({}) },
  hello: { run: (host, session, command, db) => greet(host, session, command, db, false) },
  ismaster: { run: (host, session, command, db) => greet(host, session, command, db, true) },
  buildinfo: { run: (host) => buildInfo(host.version) },
  connectionstatus: {
    run: (_host, { user }) => ({
      authInfo: {
        authenticatedUsers: user === undefined ? [] : [{ user: user.user, db: user.db }],
        authenticatedUserRoles: (user?.roles ?? []).map(({ role, db }) => ({ role, db })),
      },
    }),
  },
  saslstart: { run: (_host, { conversation }, command, db) => conversation.start(command, db) },
  saslcontinue: {
    run: (host, session, command) => {
      const { answer, user, db } = session.conversation.next(command);
      const found = user === undefined ? undefined : findUser(host.store, user, db);
      if (found !== undefined) session.user = found;
      return answer;
    },
  },
  logout: {
    run: (_host, session) => {
      session.user = undefined;
      return {};
    },
  },
  getmore: {
    need: "read",
    run: (host, _session, command, db) => host.cursors.more(command, db, host.process.clock.now()),
  },
  killcursors: { need: "read", run: (host, _session, command) => host.cursors.kill(command) },
  createuser: {
    need: "admin",
    run: async (host, _session, command, db) => {
      const name = String(command["createUser"]);
      if (host.set !== undefined && !host.set.writable) throw notPrimary(host.major);
      if (findUser(host.store, name, db) !== undefined)
        throw new MongoError(51003, "Location51003", `User "${name}@${db}" already exists`);
      if (typeof command["pwd"] !== "string")
        throw badValue(
          "Must provide a 'pwd' field for all user documents, except those with '$external' as the user's source db",
        );
      const time = host.commit({
        op: "i",
        ns: USERS,
        doc: userDoc(name, db, command["pwd"], readRoles(command["roles"], db)),
      });
      return time === undefined ? {} : host.written(time, { w: "majority", wtimeout: 10_000 });
    },
  },
  dropuser: {
    need: "admin",
    run: (host, _session, command, db) => {
      const name = String(command["dropUser"]);
      if (findUser(host.store, name, db) === undefined)
        throw new MongoError(11, "UserNotFound", `User '${name}@${db}' not found`);
      host.commit({ op: "d", ns: USERS, id: `${db}.${name}` });
      return {};
    },
  },
  usersinfo: {
    need: "read",
    run: (host, _session, _command, db) => ({
      users: host.store
        .docs(USERS)
        .filter((user) => user["db"] === db)
        .map(({ credentials: _secret, ...user }) => ({ ...user, mechanisms: MECHANISMS })),
    }),
  },
  listdatabases: {
    need: "read",
    run: (host) => {
      if (host.set !== undefined && !host.set.readable)
        throw new MongoError(13436, "NotPrimaryOrSecondary", "node is not in primary or recovering state");
      const own = [
        { name: "config", bytes: 12_288 },
        { name: "local", bytes: 40_960 },
        ...(host.set === undefined ? [] : [{ name: "admin", bytes: 40_960 }]),
      ];
      const all = [
        ...host.store.databases().map(({ name, bytes }) => ({ name, bytes: Math.ceil(bytes / 4096) * 4096 })),
      ];
      for (const one of own) if (!all.some(({ name }) => name === one.name)) all.push(one);
      all.sort((a, b) => (a.name < b.name ? -1 : 1));
      const databases = all.map(({ name, bytes }) => ({ name, sizeOnDisk: bytes, empty: false }));
      const totalSize = all.reduce((sum, { bytes }) => sum + bytes, 0);
      return { databases, totalSize, totalSizeMb: Math.floor(totalSize / 2 ** 20) };
    },
  },
  serverstatus: {
    need: "read",
    run: (host) => ({
      host: host.process.machine.hostname,
      version: host.version,
      process: "mongod",
      pid: host.process.pid,
      uptime: Math.floor((host.process.clock.now() - host.started) / 1000),
      localTime: { $date: host.process.clock.now() },
      connections: { current: host.connections(), available: 838_860 - host.connections(), active: 1 },
      storageEngine: { name: "wiredTiger", supportsCommittedReads: true, persistent: true },
      ...(host.set?.config === undefined ? {} : { repl: host.hello(false) }),
    }),
  },
  getparameter: {
    need: "read",
    run: (host, _session, command) => {
      if (command["featureCompatibilityVersion"] === undefined)
        throw new MongoError(72, "InvalidOptions", "no option found to get");
      return { featureCompatibilityVersion: { version: host.version.split(".").slice(0, 2).join(".") } };
    },
  },
  setfeaturecompatibilityversion: {
    need: "admin",
    run: (host, _session, command) => {
      const wanted = String(command["setFeatureCompatibilityVersion"]);
      if (wanted !== host.version.split(".").slice(0, 2).join("."))
        throw badValue(`Invalid feature compatibility version value '${wanted}'`);
      return {};
    },
  },
  shutdown: {
    need: "admin",
    run: (host) => {
      host.process.clock.after(10, () => host.stop());
      return {};
    },
  },
  replsetinitiate: {
    need: "admin",
    run: async (host, _session, command) => {
      if (host.set === undefined)
        throw new MongoError(76, "NoReplicationEnabled", "This node was not started with replication enabled.");
      await host.set.initiate(isDoc(command["replSetInitiate"]) ? command["replSetInitiate"] : {});
      return {};
    },
  },
  replsetgetstatus: {
    need: "read",
    run: (host) => replicaStatus(requireSet(host), host.store.last, host.process.clock.now()),
  },
  replsetgetconfig: {
    need: "read",
    run: (host) => {
      const { config } = requireSet(host);
      if (config === undefined) throw notYetInitialized();
      return { config: config.doc };
    },
  },
  replsetreconfig: {
    need: "admin",
    run: async (host, _session, command) => {
      const wanted = command["replSetReconfig"];
      if (!isDoc(wanted)) throw badValue("replSetReconfig wants a configuration");
      await requireSet(host).reconfigure(wanted, command["force"] === true);
      return {};
    },
  },
  replsetstepdown: {
    need: "admin",
    run: async (host, _session, command) => {
      const seconds = numberOf(command["replSetStepDown"]) ?? 60;
      const catchUp = numberOf(command["secondaryCatchUpPeriodSecs"]) ?? Math.min(10, seconds);
      await requireSet(host).stepDown(seconds, catchUp * 1000, command["force"] === true);
      return {};
    },
  },
  replsetfreeze: {
    need: "admin",
    run: (host, _session, command) => {
      const set = requireSet(host);
      if (set.state === "PRIMARY")
        throw new MongoError(
          95,
          "NotSecondary",
          "cannot freeze node when primary or running for election. state: Primary",
        );
      set.frozenUntil = host.process.clock.now() + (numberOf(command["replSetFreeze"]) ?? 0) * 1000;
      return {};
    },
  },
  getlog: {
    need: "read",
    // Shells ask for warnings when they begin; there are none beside those on the standard output.
    run: (_host, _session, command) => {
      if (command["getLog"] !== "startupWarnings") throw badValue("logs are kept on the standard output only here");
      return { totalLinesWritten: 0, log: [] };
    },
  },
};

/** What a driver asks first, and often some things more in the same breath. */
function greet(host: AdminHost, session: Session, command: Doc, db: string, legacy: boolean): Doc {
  const answer = { ...host.hello(legacy), connectionId: session.id };
  const asked = command["saslSupportedMechs"];
  const [source = "", ...user] = typeof asked === "string" ? asked.split(".") : [];
  const known = asked !== undefined && findUser(host.store, user.join("."), source) !== undefined;
  const start = command["speculativeAuthenticate"];
  let speculative: Doc = {};
  // What does not work out here is tried again aloud.
  if (isDoc(start) && start["saslStart"] !== undefined)
    try {
      const on = typeof start["db"] === "string" ? start["db"] : db;
      speculative = { speculativeAuthenticate: session.conversation.start(start, on) };
    } catch (problem) {
      if (!(problem instanceof MongoError)) throw problem;
    }
  return {
    ...(legacy && command["helloOk"] === true ? { helloOk: true } : {}),
    ...answer,
    ...(known ? { saslSupportedMechs: MECHANISMS } : {}),
    ...speculative,
  };
}

function requireSet({ set }: AdminHost): ReplicaSet {
  if (set === undefined) throw new MongoError(76, "NoReplicationEnabled", "not running with --replSet");
  return set;
}

/** Refuses what only a primary does, in the words of the version. */
export function notPrimary(major: number): MongoError {
  return major >= 5
    ? new MongoError(10107, "NotWritablePrimary", "not primary")
    : new MongoError(10107, "NotMaster", "not master");
}
