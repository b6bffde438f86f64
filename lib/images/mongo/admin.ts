/** What a mongod tells about itself and its replica set. Pure but for the clock. */
import type { Doc, MutableDoc, Value } from "./data/bson.ts";
import { majorityOf } from "./replica-config.ts";
import { notYetInitialized } from "./replica-member.ts";
import { STATE_NUMBERS } from "./replica-messages.ts";
import type { ReplicaSet } from "./replica-set.ts";
import { NULL_TIME, type OpTime } from "./store.ts";

const timestamp = ({ ts }: OpTime): Doc => ({ $timestamp: { t: ts.t, i: ts.i } });
const long = (value: number): Doc => ({ $numberLong: String(value) });
const date = (ms: number): Doc => ({ $date: ms });
const opTime = (time: OpTime): Doc => ({ ts: timestamp(time), t: long(time.t) });

/** What drivers know a release by (src/mongo/db/wire_version.h). */
const WIRE_VERSIONS: Readonly<Record<string, number>> = {
  "3.4": 5,
  "3.6": 6,
  "4.0": 7,
  "4.2": 8,
  "4.4": 9,
  "5.0": 13,
  "6.0": 17,
  "7.0": 21,
  "8.0": 25,
};
const wireVersion = (version: string): number => WIRE_VERSIONS[version.split(".").slice(0, 2).join(".")] ?? 21;

/** There are no sessions here, and drivers are told so by what is missing: a time-out for them. */
export function hello(
  set: ReplicaSet | undefined,
  context: {
    readonly now: number;
    readonly legacy: boolean;
    readonly lastWrite: OpTime;
    readonly setName: string | undefined;
    readonly version: string;
  },
): Doc {
  const { now, legacy } = context;
  const writable = legacy ? "ismaster" : "isWritablePrimary";
  const limits: Doc = {
    maxBsonObjectSize: 16_777_216,
    maxMessageSizeBytes: 48_000_000,
    maxWriteBatchSize: 100_000,
    localTime: date(now),
    connectionId: 1,
    minWireVersion: 0,
    maxWireVersion: wireVersion(context.version),
    readOnly: false,
  };
  if (set === undefined && context.setName === undefined) return { ...(legacy ? {} : {}), [writable]: true, ...limits };
  if (set?.config === undefined || set.self === undefined) {
    return {
      [writable]: false,
      secondary: false,
      info:
        set?.state === "REMOVED"
          ? "Our replica set configuration is invalid or does not include us"
          : "Does not have a valid replica set config",
      isreplicaset: true,
      ...limits,
    };
  }
  const { config, self } = set;
  const visible = config.members.filter(({ hidden }) => !hidden);
  const hosts = visible.filter(({ priority, arbiter }) => !arbiter && priority > 0).map(({ host }) => host);
  const passives = visible.filter(({ priority, arbiter }) => !arbiter && priority === 0).map(({ host }) => host);
  const arbiters = visible.filter(({ arbiter }) => arbiter).map(({ host }) => host);
  const primary = config.members.find(({ id }) => id === set.primary)?.host;
  return {
    hosts,
    ...(passives.length > 0 ? { passives } : {}),
    ...(arbiters.length > 0 ? { arbiters } : {}),
    setName: config.name,
    setVersion: config.version,
    [writable]: set.state === "PRIMARY",
    secondary: set.state === "SECONDARY",
    ...(primary === undefined ? {} : { primary }),
    ...(self.arbiter ? { arbiterOnly: true } : {}),
    ...(self.hidden ? { hidden: true } : {}),
    me: self.host,
    lastWrite: { opTime: opTime(context.lastWrite), lastWriteDate: date(context.lastWrite.ts.t * 1000) },
    ...limits,
  };
}

/** rs.status(). Throws where there is no configuration yet. */
export function replicaStatus(set: ReplicaSet, last: OpTime, now: number): Doc {
  const { config } = set;
  if (config === undefined) throw notYetInitialized();
  const voters = config.members.filter(({ votes }) => votes > 0);
  const source = set.state === "PRIMARY" ? undefined : config.members.find(({ id }) => id === set.primary);
  const members = config.members.map((member): Doc => {
    const { id, host } = member;
    const isSelf = id === set.self?.id;
    const news = isSelf ? undefined : set.news.get(id);
    const up = isSelf || (set.isUp(id) && news !== undefined);
    const state = isSelf ? set.state : news?.state;
    const time = isSelf ? last : (news?.last ?? NULL_TIME);
    const common: MutableDoc = {
      _id: id,
      name: host,
      health: up ? 1 : 0,
      state: up && state !== undefined ? STATE_NUMBERS[state] : 8,
      stateStr: up && state !== undefined ? state : "(not reachable/healthy)",
      uptime: up ? Math.floor((now - set.started) / 1000) : 0,
    };
    if (!member.arbiter) {
      common["optime"] = opTime(up ? time : NULL_TIME);
      common["optimeDate"] = date(up ? time.ts.t * 1000 : 0);
    }
    if (!isSelf) {
      common["lastHeartbeat"] = date(now);
      common["pingMs"] = long(0);
      common["lastHeartbeatMessage"] = up ? "" : (set.links.problems.get(id) ?? "");
    }
    const primary = config.members.find((one) => one.id === set.primary);
    const follows = state === "SECONDARY" && primary !== undefined && primary.id !== id;
    common["syncSourceHost"] = up && follows ? primary.host : "";
    common["syncSourceId"] = up && follows ? primary.id : -1;
    common["infoMessage"] = "";
    if (state === "PRIMARY" && isSelf) {
      common["electionTime"] = { $timestamp: { t: Math.floor(set.electionDate / 1000), i: 1 } };
      common["electionDate"] = date(set.electionDate);
    }
    common["configVersion"] = isSelf ? config.version : up ? (news?.configVersion ?? -1) : -1;
    common["configTerm"] = isSelf || up ? config.term : -1;
    if (isSelf) {
      common["self"] = true;
      common["lastHeartbeatMessage"] = "";
    }
    return common;
  });
  return {
    set: config.name,
    date: date(now),
    myState: STATE_NUMBERS[set.state],
    term: long(set.term),
    syncSourceHost: source?.host ?? "",
    syncSourceId: source?.id ?? -1,
    heartbeatIntervalMillis: long(2000),
    majorityVoteCount: majorityOf(config),
    writeMajorityCount: Math.min(majorityOf(config), voters.filter(({ arbiter }) => !arbiter).length),
    votingMembersCount: voters.length,
    writableVotingMembersCount: voters.filter(({ arbiter }) => !arbiter).length,
    optimes: {
      lastCommittedOpTime: opTime(set.progress.committed),
      lastCommittedWallTime: date(set.progress.committed.ts.t * 1000),
      readConcernMajorityOpTime: opTime(set.progress.committed),
      appliedOpTime: opTime(last),
      durableOpTime: opTime(last),
      lastAppliedWallTime: date(last.ts.t * 1000),
      lastDurableWallTime: date(last.ts.t * 1000),
    },
    members: members as readonly Value[],
  };
}

export function buildInfo(version: string): Doc {
  return {
    version,
    gitVersion: "0000000000000000000000000000000000000000",
    modules: [],
    allocator: "tcmalloc",
    javascriptEngine: "mozjs",
    sysInfo: "deprecated",
    versionArray: [...version.split(".").map(Number), 0],
    bits: 64,
    debug: false,
    maxBsonObjectSize: 16_777_216,
    storageEngines: ["devnull", "wiredTiger"],
  };
}
