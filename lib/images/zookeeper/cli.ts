/** zkCli.sh: one command, or commands line by line. */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import { StreamReader } from "../kit/reader.ts";
import { resolveHost } from "../kit/resolve.ts";
import { dataBytes } from "./data.ts";
import { pathProblem, type Stat } from "./tree.ts";
import { LinkLost, Refused, ZooLink } from "./wire/link.ts";

type Command = (
  words: string[],
  link: ZooLink | undefined,
) => Promise<{ readonly text: string; readonly failed?: boolean }>;

const failed = (text: string) => ({ text: `${text}\n`, failed: true });

/** Takes flags out of the words; undefined where one is not known. */
function flagsOf(words: string[], known: string, valued = ""): Map<string, string> | undefined {
  const flags = new Map<string, string>();
  while (words[0]?.startsWith("-") === true && words[0].length > 1) {
    const flag = words.shift()?.slice(1) ?? "";
    if (valued.includes(flag)) flags.set(flag, words.shift() ?? "");
    else if (known.includes(flag)) flags.set(flag, "");
    else return undefined;
  }
  return flags;
}

function problemOf(error: string, path: string): string {
  switch (error) {
    case "NoNode":
      return `Node does not exist: ${path}`;
    case "NodeExists":
      return `Node already exists: ${path}`;
    case "NotEmpty":
      return `Node not empty: ${path}`;
    case "BadVersion":
      return `version No is not valid : ${path}`;
    case "NoChildrenForEphemerals":
      return `Ephemerals cannot have children: ${path}`;
    default:
      return `KeeperErrorCode = ${error} for ${path}`;
  }
}

/** "Thu Dec 08 15:13:30 UTC 2016", as Java's Date prints itself. */
function date(ms: number): string {
  const utc = new Date(ms).toUTCString();
  return `${utc.slice(0, 3)} ${utc.slice(8, 11)} ${utc.slice(5, 7)} ${utc.slice(17, 25)} UTC ${utc.slice(12, 16)}`;
}

function statText(stat: Stat): string {
  return [
    `cZxid = ${stat.czxid}`,
    `ctime = ${date(stat.ctime)}`,
    `mZxid = ${stat.mzxid}`,
    `mtime = ${date(stat.mtime)}`,
    `pZxid = ${stat.pzxid}`,
    `cversion = ${stat.cversion}`,
    `dataVersion = ${stat.version}`,
    "aclVersion = 0",
    `ephemeralOwner = ${stat.owner}`,
    `dataLength = ${stat.dataLength}`,
    `numChildren = ${stat.children}`,
    "",
  ].join("\n");
}

/** Asks and turns a refusal into ZooKeeper's words. */
async function answered(link: ZooLink | undefined, path: string, ask: (link: ZooLink) => Promise<string>) {
  const problem = pathProblem(path);
  if (problem !== undefined) return failed(`Command failed: java.lang.IllegalArgumentException: ${problem}`);
  if (link === undefined) return failed(problemOf("ConnectionLoss", path));
  try {
    return { text: await ask(link) };
  } catch (found) {
    if (found instanceof Refused) return failed(problemOf(found.message, path));
    if (found instanceof LinkLost) return failed(problemOf("ConnectionLoss", path));
    throw found;
  }
}

function commandsOf(withStat: boolean): Readonly<Record<string, readonly [usage: string, run: Command]>> {
  const usage = (name: string) => failed(commandsOf(withStat)[name]?.[0] ?? name);
  return {
    create: [
      "create [-s] [-e] path [data]",
      async (words, link) => {
        const flags = flagsOf(words, "se");
        const [path, data = ""] = words;
        if (flags === undefined || path === undefined) return usage("create");
        const how = { sequential: flags.has("s"), ephemeral: flags.has("e") };
        return answered(link, path, async (to) => `Created ${await to.create(path, data, how)}\n`);
      },
    ],
    get: [
      "get [-s] path",
      async (words, link) => {
        const flags = flagsOf(words, "s");
        const [path] = words;
        if (flags === undefined || path === undefined) return usage("get");
        return answered(link, path, async (to) => {
          const { data, stat } = await to.get(path);
          const bytes = dataBytes(data);
          const shown = bytes === null ? "null" : new TextDecoder().decode(bytes);
          return `${shown}\n${withStat || flags.has("s") ? statText(stat) : ""}`;
        });
      },
    ],
    set: [
      "set [-s] [-v version] path data",
      async (words, link) => {
        const flags = flagsOf(words, "s", "v");
        const [path, data] = words;
        if (flags === undefined || path === undefined || data === undefined) return usage("set");
        const version = Number(flags.get("v") ?? -1);
        return answered(link, path, async (to) => {
          const stat = await to.set(path, data, version);
          return withStat || flags.has("s") ? statText(stat) : "";
        });
      },
    ],
    ls: [
      "ls [-s] [-R] path",
      async (words, link) => {
        const flags = flagsOf(words, "sR");
        const [path] = words;
        if (flags === undefined || path === undefined) return usage("ls");
        return answered(link, path, async (to) => {
          if (flags.has("R")) return `${(await to.below(path)).join("\n")}\n`;
          const { names, stat } = await to.list(path);
          return `[${names.join(", ")}]\n${flags.has("s") ? statText(stat) : ""}`;
        });
      },
    ],
    stat: [
      "stat path",
      async ([path], link) =>
        path === undefined ? usage("stat") : answered(link, path, async (to) => statText(await to.stat(path))),
    ],
    delete: [
      "delete [-v version] path",
      async (words, link) => {
        const flags = flagsOf(words, "", "v");
        const [path] = words;
        if (flags === undefined || path === undefined) return usage("delete");
        return answered(link, path, async (to) => {
          await to.delete(path, Number(flags.get("v") ?? -1));
          return "";
        });
      },
    ],
    deleteall: [
      "deleteall path",
      async ([path], link) =>
        path === undefined
          ? usage("deleteall")
          : answered(link, path, async (to) => {
              await to.deleteAll(path);
              return "";
            }),
    ],
    sync: [
      "sync path",
      async ([path], link) =>
        path === undefined
          ? usage("sync")
          : answered(link, path, async (to) => {
              await to.sync(path);
              return "Sync is OK\n";
            }),
    ],
  };
}

export function zkCli(withStat: boolean) {
  const commands = commandsOf(withStat);
  return async (process: Process): Promise<number> => {
    const words = process.argv.slice(1);
    let server = "localhost:2181";
    for (; words[0]?.startsWith("-") === true; words.splice(0, 2)) {
      if (words[0] === "-server") server = words[1] ?? server;
      else if (words[0] !== "-timeout") {
        await process.stderr.write(`Unrecognized option: ${words[0]}\n`);
        return 1;
      }
    }
    await process.stdout.write(`Connecting to ${server}\n`);
    // A server may hang up at any time; that is an answer, not an end.
    process.onSignal("SIGPIPE", "ignore");
    const connection = await connect(process, server);
    // Whoever is not part of a quorum hangs up at once.
    const link = connection === undefined ? undefined : await ZooLink.open(connection);
    const state = link === undefined ? "Closed" : "SyncConnected";
    try {
      if (state === "SyncConnected")
        await process.stdout.write("\nWATCHER::\n\nWatchedEvent state:SyncConnected type:None path:null\n");
      if (words.length > 0) return await once(process, commands, words, link);
      return await interactive(process, commands, server, state, link);
    } finally {
      await link?.close();
      connection?.close();
    }
  };
}

async function once(
  process: Process,
  commands: ReturnType<typeof commandsOf>,
  words: readonly string[],
  link: ZooLink | undefined,
): Promise<number> {
  const [name = "", ...rest] = words;
  if (!Object.hasOwn(commands, name)) {
    if (name !== "help") await process.stderr.write(`Command not found: Command not found ${name}\n`);
    const usages = Object.values(commands).map(([usage]) => `\t${usage}\n`);
    await process.stdout.write(`ZooKeeper -server host:port cmd args\n${usages.join("")}\tquit\n`);
    return name === "help" ? 0 : 1;
  }
  const result = await commands[name]?.[1](rest, link);
  if (result === undefined) return 1;
  await (result.failed === true ? process.stderr : process.stdout).write(result.text);
  return result.failed === true ? 1 : 0;
}

async function interactive(
  process: Process,
  commands: ReturnType<typeof commandsOf>,
  server: string,
  state: string,
  link: ZooLink | undefined,
): Promise<number> {
  const lines = new StreamReader(process.stdin);
  const terminal = process.isTerminal(0);
  for (let number = 0; ; number++) {
    if (terminal)
      await process.stdout.write(`[zk: ${server}(${state === "Closed" ? "CONNECTING" : "CONNECTED"}) ${number}] `);
    const line = await lines.line();
    const words = (line?.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^(["'])(.*)\1$/s, "$2"));
    if (line === undefined || words[0] === "quit" || words[0] === "close") return 0;
    if (words.length > 0) await once(process, commands, words, link);
  }
}

async function connect(process: Process, server: string): Promise<Connection | undefined> {
  for (const one of server.split(",")) {
    const [host = "localhost", port = "2181"] = one.split("/")[0]?.split(":") ?? [];
    try {
      const address = host === "localhost" ? "127.0.0.1" : await resolveHost(process, host);
      if (address === undefined) {
        await process.stderr.write(`Unable to resolve address: ${host}/<unresolved>:${port}\n`);
        continue;
      }
      return await process.network.connect(address, Number(port), { timeoutMs: 10_000, signal: process.signal });
    } catch (problem) {
      if (!isErrno(problem)) throw problem;
    }
  }
  return undefined;
}
