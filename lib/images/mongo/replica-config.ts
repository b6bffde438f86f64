/** A replica set's configuration: defaults, what is refused, and what it says of members. Pure. */
import { type Doc, isArray, isDoc, MongoError, numberOf, type Value } from "./data/bson.ts";

export interface MemberConfig {
  readonly id: number;
  readonly host: string;
  readonly arbiter: boolean;
  readonly hidden: boolean;
  readonly priority: number;
  readonly votes: number;
}

export interface ReplicaConfig {
  readonly name: string;
  readonly version: number;
  readonly term: number;
  readonly members: readonly MemberConfig[];
  readonly electionTimeoutMs: number;
  /** As it is shown and stored. */
  readonly doc: Doc;
}

const invalidConfig = (message: string) => new MongoError(93, "InvalidReplicaSetConfig", message);

const MEMBER_FIELDS = [
  "_id",
  "host",
  "arbiterOnly",
  "buildIndexes",
  "hidden",
  "priority",
  "tags",
  "secondaryDelaySecs",
  "slaveDelay",
  "votes",
];
const CONFIG_FIELDS = [
  "_id",
  "version",
  "term",
  "members",
  "settings",
  "protocolVersion",
  "writeConcernMajorityJournalDefault",
  "configsvr",
];

/** Checks a configuration and fills in what it leaves out. `major`: of the server. */
export function readReplicaConfig(given: Doc, major: number): ReplicaConfig {
  const unknown = Object.keys(given).find((key) => !CONFIG_FIELDS.includes(key));
  if (unknown !== undefined)
    throw new MongoError(2, "BadValue", `BSON field 'ReplSetConfig.${unknown}' is an unknown field.`);
  const { _id: name, members } = given;
  if (typeof name !== "string" || name === "")
    throw invalidConfig("Replica set configuration must have a non-empty _id");
  if (!isArray(members) || members.length === 0)
    throw invalidConfig("Replica set configuration contained 0 members, but must have at least 1 and no more than 50");
  const version = numberOf(given["version"] ?? 1) ?? 1;
  const settings = isDoc(given["settings"]) ? given["settings"] : {};
  const read = members.map((member) => readMember(member, major));
  const ids = new Set(read.map(({ config }) => config.id));
  if (ids.size < read.length) throw invalidConfig("Found two member configurations with same _id field");
  const hosts = new Set(read.map(({ config }) => config.host));
  if (hosts.size < read.length) {
    const twice = read.find(({ config }, at) => read.findIndex((other) => other.config.host === config.host) !== at);
    throw invalidConfig(`Found two member configurations with same host field, members.host == ${twice?.config.host}`);
  }
  const voters = read.filter(({ config }) => config.votes > 0).length;
  if (voters > 7)
    throw invalidConfig(
      "Replica set configuration contains 8 voting members, but must be at least 1 and no more than 7",
    );
  if (!read.some(({ config }) => config.priority > 0 && config.votes > 0))
    throw invalidConfig("Replica set configuration must contain at least one non-arbiter member with priority > 0");
  const term = numberOf(given["term"] ?? 0) ?? 0;
  const electionTimeoutMs = numberOf(settings["electionTimeoutMillis"] ?? 10_000) ?? 10_000;
  const doc: Doc = {
    _id: name,
    version,
    term,
    members: read.map((member) => member.doc),
    protocolVersion: { $numberLong: "1" },
    writeConcernMajorityJournalDefault: true,
    settings: {
      chainingAllowed: true,
      heartbeatIntervalMillis: 2000,
      heartbeatTimeoutSecs: 10,
      electionTimeoutMillis: electionTimeoutMs,
      catchUpTimeoutMillis: -1,
      catchUpTakeoverDelayMillis: 30_000,
      getLastErrorModes: {},
      getLastErrorDefaults: { w: 1, wtimeout: 0 },
      ...settings,
    },
  };
  return { name, version, term, members: read.map(({ config }) => config), electionTimeoutMs, doc };
}

function readMember(given: Value, major: number): { readonly config: MemberConfig; readonly doc: Doc } {
  if (!isDoc(given)) throw invalidConfig("members must be documents");
  const unknown = Object.keys(given).find((key) => !MEMBER_FIELDS.includes(key));
  if (unknown !== undefined)
    throw new MongoError(2, "BadValue", `BSON field 'MemberConfig.${unknown}' is an unknown field.`);
  const id = numberOf(given["_id"]);
  if (id === undefined)
    throw new MongoError(40414, "Location40414", "BSON field 'MemberConfig._id' is missing but a required field");
  const host = given["host"];
  if (typeof host !== "string")
    throw new MongoError(40414, "Location40414", "BSON field 'MemberConfig.host' is missing but a required field");
  const full = host.includes(":") ? host : `${host}:27017`;
  const arbiter = given["arbiterOnly"] === true;
  const hidden = given["hidden"] === true;
  const votes = numberOf(given["votes"] ?? 1) ?? 1;
  const priority = numberOf(given["priority"] ?? (arbiter ? 0 : 1)) ?? 1;
  const delay = numberOf(given["secondaryDelaySecs"] ?? given["slaveDelay"] ?? 0) ?? 0;
  if (delay !== 0) throw invalidConfig("delayed members are not supported here");
  if (priority < 0 || priority > 1000)
    throw new MongoError(2, "BadValue", `priority field value of ${priority} is out of range`);
  if (votes !== 0 && votes !== 1)
    throw new MongoError(2, "BadValue", `votes field value is ${votes} but must be 0 or 1`);
  if (hidden && priority !== 0) throw new MongoError(2, "BadValue", "priority must be 0 when hidden=true");
  if (votes === 0 && priority !== 0)
    throw new MongoError(2, "BadValue", "priority must be 0 when non-voting (votes:0)");
  const doc: Doc = {
    _id: id,
    host: full,
    arbiterOnly: arbiter,
    buildIndexes: true,
    hidden,
    priority: arbiter ? 0 : priority,
    tags: given["tags"] ?? {},
    [major >= 5 ? "secondaryDelaySecs" : "slaveDelay"]: { $numberLong: "0" },
    votes,
  };
  return { config: { id, host: full, arbiter, hidden, priority: arbiter ? 0 : priority, votes }, doc };
}

export function majorityOf(config: ReplicaConfig): number {
  return Math.floor(config.members.filter(({ votes }) => votes > 0).length / 2) + 1;
}

/** Newer by term, then by version. */
export function isNewer(a: ReplicaConfig, b: ReplicaConfig | undefined): boolean {
  return b === undefined || a.term > b.term || (a.term === b.term && a.version > b.version);
}

/** One voting member may come or go at a time, so that two majorities cannot miss each other. */
export function checkChange(from: ReplicaConfig, to: ReplicaConfig): void {
  const voters = (config: ReplicaConfig) =>
    new Set(config.members.filter(({ votes }) => votes > 0).map(({ id }) => id));
  const [before, after] = [voters(from), voters(to)];
  const changed = [...before].filter((id) => !after.has(id)).length + [...after].filter((id) => !before.has(id)).length;
  if (changed > 1)
    throw new MongoError(
      103,
      "NewReplicaSetConfigurationIncompatible",
      "Non force replica set reconfig can only add or remove at most 1 voting member.",
    );
  if (to.name !== from.name)
    throw new MongoError(
      103,
      "NewReplicaSetConfigurationIncompatible",
      `New and old configurations differ in replica set name; old was ${from.name}, and new is ${to.name}`,
    );
}
