/** rs: what the shell puts before people to tend a replica set. */
import { type Doc, isDoc } from "../data/bson.ts";
import { host, option, type Shell, unserved } from "./native.ts";
import {
  dateText,
  errorValue,
  fromValue,
  type HostObject,
  ScriptThrow,
  type ScriptValue,
  toDoc,
  toNumber,
  toText,
  truthy,
} from "./values.ts";

export async function printLag(shell: Shell): Promise<undefined> {
  const status = await shell.client.command("admin", { replSetGetStatus: 1 });
  const members = status["members"] as readonly Doc[];
  const at = (member: Doc | undefined) => Number(isDoc(member?.["optimeDate"]) ? member["optimeDate"]["$date"] : 0);
  const primary = members.find((member) => member["stateStr"] === "PRIMARY");
  for (const member of members) {
    if (member["stateStr"] === "PRIMARY" || member["stateStr"] === "ARBITER") continue;
    if (member["health"] !== 1) {
      await shell.print(
        `source: ${String(member["name"])}\n{\n  'no replication info, yet.  State': '${String(member["stateStr"])}'\n}\n---\n`,
      );
      continue;
    }
    const lag = primary === undefined ? 0 : Math.round((at(primary) - at(member)) / 1000);
    const behind = `${lag} secs (${Number((lag / 3600).toFixed(2))} hrs) behind the ${primary === undefined ? "freshest member (no primary available at the moment)" : "primary "}`;
    await shell.print(
      shell.legacy
        ? `source: ${String(member["name"])}\n\tsyncedTo: ${dateText(at(member))}\n\t${behind}\n`
        : `source: ${String(member["name"])}\n{\n  syncedTo: '${dateText(at(member))}',\n  replLag: '${behind}'\n}\n---\n`,
    );
  }
  return undefined;
}

export function replicaSet(shell: Shell): HostObject {
  const { client, legacy } = shell;
  const run = async (doc: Doc) => fromValue(await client.command("admin", doc, legacy));
  const config = async () => (await client.command("admin", { replSetGetConfig: 1 }))["config"] as Doc;
  const reconfigure = async (next: Doc, force = false) =>
    run({ replSetReconfig: next, ...(force ? { force: true } : {}) });
  const change = async (edit: (members: readonly Doc[]) => readonly Doc[]) => {
    const before = await config();
    return reconfigure({
      ...before,
      version: Number(before["version"]) + 1,
      members: edit(before["members"] as readonly Doc[]),
    });
  };
  const full = (name: string) => (name.includes(":") ? name : `${name}:27017`);
  const add = (given: ScriptValue, arbiter: ScriptValue) =>
    change((members) => {
      const next = Math.max(...members.map((member) => Number(member["_id"]))) + 1;
      const member: Doc =
        typeof given === "string" ? { host: given, ...(truthy(arbiter) ? { arbiterOnly: true } : {}) } : toDoc(given);
      return [...members, { _id: member["_id"] ?? next, ...member }];
    });
  return host("rs", {
    status: () => run({ replSetGetStatus: 1 }),
    conf: async () => fromValue(await config()),
    config: async () => fromValue(await config()),
    initiate: (given) => run({ replSetInitiate: toDoc(given) }),
    add,
    addArb: (given) => add(given, true),
    remove: (given) =>
      change((members) => {
        const rest = members.filter((member) => member["host"] !== full(toText(given)));
        if (rest.length === members.length)
          throw new ScriptThrow(
            errorValue(
              "MongoshInvalidInputError",
              `[COMMON-10001] Couldn't find ${toText(given)} in ${JSON.stringify(members.map((member) => member["host"]))}. Is ${toText(given)} a member of this replset?`,
            ),
          );
        return rest;
      }),
    reconfig: async (given, options) => {
      const wanted = toDoc(given);
      const force = truthy(option(options, "force"));
      const before = await config();
      return reconfigure({ ...wanted, version: Number(before["version"]) + 1 }, force);
    },
    stepDown: (seconds, catchUp) =>
      run({
        replSetStepDown: seconds === undefined ? 60 : toNumber(seconds),
        ...(catchUp === undefined ? {} : { secondaryCatchUpPeriodSecs: toNumber(catchUp) }),
      }),
    freeze: (seconds) => run({ replSetFreeze: toNumber(seconds) }),
    isMaster: () => run({ isMaster: 1 }),
    hello: () => run({ hello: 1 }),
    secondaryOk: () => {
      client.readPreference = "primaryPreferred";
      return undefined;
    },
    slaveOk: () => {
      client.readPreference = "primaryPreferred";
      return undefined;
    },
    printSecondaryReplicationInfo: () => printLag(shell),
    printSlaveReplicationInfo: () => printLag(shell),
    printReplicationInfo: () => unserved("rs.printReplicationInfo()"),
    syncFrom: () => unserved("rs.syncFrom()"),
  });
}
