/** replSetInitiate and replSetReconfig: what is checked before a configuration is taken. */
import { isErrno } from "../../machine/index.ts";
import { resolveHost } from "../kit/resolve.ts";
import { dialRpc, LinkLost, Refused, type RpcLink } from "../kit/rpc.ts";
import { type Doc, MongoError } from "./data/bson.ts";
import { checkChange, majorityOf, type ReplicaConfig, readReplicaConfig } from "./replica-config.ts";
import { DIAL_MS, unresolved } from "./replica-links.ts";
import { type Member, notYetInitialized } from "./replica-member.ts";
import type { Answer, PeerMessage } from "./replica-messages.ts";

/** Takes a configuration that was found good. */
type Install = (config: ReplicaConfig) => Promise<void>;

/** replSetInitiate. Throws MongoErrors. */
export async function initiate(member: Member, given: Doc, install: Install): Promise<void> {
  const { setName, major, process } = member.host;
  if (member.config !== undefined) throw new MongoError(23, "AlreadyInitialized", "already initialized");
  const self = `${process.machine.hostname}:${member.host.port}`;
  const doc = Object.keys(given).length === 0 ? { _id: setName, version: 1, members: [{ _id: 0, host: self }] } : given;
  const config = readReplicaConfig({ ...doc, version: doc["version"] ?? 1, term: 1 }, major);
  if (config.name !== setName)
    throw new MongoError(
      93,
      "InvalidReplicaSetConfig",
      `Rejecting initiate with a set name that differs from command line set name, initiate set name: ${config.name}, command line set name: ${setName}`,
    );
  await checkSelf(member, config);
  const failures = await quorum(member, config, true);
  if (failures.length > 0)
    throw new MongoError(
      74,
      "NodeNotFound",
      `replSetInitiate quorum check failed because not all proposed set members responded affirmatively: ${failures.join(", ")}`,
    );
  member.founding = true;
  await install(config);
}

async function checkSelf(member: Member, config: ReplicaConfig): Promise<void> {
  for (const one of config.members) if (await member.isSelf(one)) return;
  throw new MongoError(
    74,
    "NodeNotFound",
    `No host described in new configuration with {version: ${config.version}, term: ${config.term}} for replica set ${config.name} maps to this node`,
  );
}

/** Asks every other member whether it would take part; what failed, in words. */
async function quorum(member: Member, config: ReplicaConfig, fresh: boolean): Promise<string[]> {
  const { process, setName, key } = member.host;
  const results = await Promise.all(
    config.members.map(async (one) => {
      if (await member.isSelf(one)) return undefined;
      const { host } = one;
      const failed = (why: string) => `${host} failed with ${why}`;
      const [name = "", port = "27017"] = host.split(":");
      const address = await resolveHost(process, name);
      if (address === undefined) return failed(unresolved(host));
      try {
        const link = await dialRpc(process, address, Number(port), { timeoutMs: DIAL_MS });
        const answer = await link.ask<Answer>({
          type: "rs.hello",
          set: setName,
          key,
          host,
          config: undefined,
          news: undefined,
        } satisfies PeerMessage);
        link.close();
        if (fresh && answer.config !== undefined) return failed(`${host} has data already, cannot initiate set.`);
        return undefined;
      } catch (problem) {
        if (problem instanceof Refused) return failed(problem.message);
        if (!(problem instanceof LinkLost) && !isErrno(problem)) throw problem;
        return failed(`Error connecting to ${host} (${address}:${port}) :: caused by :: Connection refused`);
      }
    }),
  );
  return results.filter((result) => result !== undefined);
}

/** replSetReconfig. Throws MongoErrors. */
export async function reconfigure(member: Member, given: Doc, force: boolean, install: Install): Promise<void> {
  const { major } = member.host;
  const { config } = member;
  if (config === undefined) throw notYetInitialized();
  if (!force && member.state !== "PRIMARY")
    throw new MongoError(
      10107,
      "NotWritablePrimary",
      `New config is rejected :: caused by :: replSetReconfig should only be run on a writable PRIMARY. Current state ${member.state};`,
    );
  const wanted = readReplicaConfig({ ...given, term: force ? config.term : member.term }, major);
  if (wanted.version <= config.version && !force)
    throw new MongoError(
      103,
      "NewReplicaSetConfigurationIncompatible",
      `New replica set configuration version must be greater than old, but ${wanted.version} is not greater than ${config.version} for replica set ${config.name}`,
    );
  const next = force
    ? readReplicaConfig({ ...wanted.doc, version: Math.max(wanted.version, config.version + 10_000) }, major)
    : wanted;
  await checkSelf(member, next);
  if (!force) {
    checkChange(config, next);
    const failures = await quorum(member, next, false);
    const voting = next.members.filter(({ votes }) => votes > 0);
    const responding = voting.filter(({ host }) => !failures.some((failure) => failure.startsWith(`${host} failed`)));
    if (responding.length < majorityOf(next))
      throw new MongoError(
        74,
        "NodeNotFound",
        `Quorum check failed because not enough voting nodes responded; required ${majorityOf(next)} but only the following ${responding.length} voting nodes responded: ${responding.map(({ host }) => host).join(", ")}; the following nodes did not respond affirmatively: ${failures.join(", ")}`,
      );
  }
  // Those that leave hear of it as well.
  const leaving = member.links.all;
  const tell = (link: RpcLink) => link.tell({ type: "rs.config", config: next.doc } satisfies PeerMessage);
  for (const link of leaving) tell(link);
  await member.host.process.clock.sleep(0, member.host.process.signal);
  await install(next);
}
