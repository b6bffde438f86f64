/** zkCli.sh: one command, or commands line by line. */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import { StreamReader } from "../kit/reader.ts";
import { resolveHost } from "../kit/resolve.ts";
import type { Reply, Request } from "./server.ts";
import { pathProblem, type Stat } from "./tree.ts";

type Ask = (request: Request) => Promise<Reply | undefined>;
type Command = (words: string[], ask: Ask) => Promise<{ readonly text: string; readonly failed?: boolean }>;

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
async function answered(ask: Ask, request: Request, show: (reply: Exclude<Reply, { error: string }>) => string) {
  const problem = pathProblem(request.path);
  if (problem !== undefined) return failed(`Command failed: java.lang.IllegalArgumentException: ${problem}`);
  const reply = await ask(request);
  if (reply === undefined) return failed(problemOf("ConnectionLoss", request.path));
  if ("error" in reply) return failed(problemOf(reply.error, request.path));
  return { text: show(reply) };
}

function commandsOf(withStat: boolean): Readonly<Record<string, readonly [usage: string, run: Command]>> {
  const usage = (name: string) => failed(commandsOf(withStat)[name]?.[0] ?? name);
  return {
    create: [
      "create [-s] [-e] path [data]",
      async (words, ask) => {
        const flags = flagsOf(words, "se");
        const [path, data = ""] = words;
        if (flags === undefined || path === undefined) return usage("create");
        const [sequential, ephemeral] = [flags.has("s"), flags.has("e")];
        return answered(ask, { op: "create", path, data, sequential, ephemeral }, (reply) => `Created ${reply.path}\n`);
      },
    ],
    get: [
      "get [-s] path",
      async (words, ask) => {
        const flags = flagsOf(words, "s");
        const [path] = words;
        if (flags === undefined || path === undefined) return usage("get");
        return answered(ask, { op: "get", path }, ({ data, stat }) => {
          const shown = (withStat || flags.has("s")) && stat !== undefined ? statText(stat) : "";
          return `${data === "" ? "null" : data}\n${shown}`;
        });
      },
    ],
    set: [
      "set [-s] [-v version] path data",
      async (words, ask) => {
        const flags = flagsOf(words, "s", "v");
        const [path, data] = words;
        if (flags === undefined || path === undefined || data === undefined) return usage("set");
        const version = Number(flags.get("v") ?? -1);
        return answered(ask, { op: "set", path, data, version }, ({ stat }) =>
          (withStat || flags.has("s")) && stat !== undefined ? statText(stat) : "",
        );
      },
    ],
    ls: [
      "ls [-s] [-R] path",
      async (words, ask) => {
        const flags = flagsOf(words, "sR");
        const [path] = words;
        if (flags === undefined || path === undefined) return usage("ls");
        if (flags.has("R")) return answered(ask, { op: "listAll", path }, ({ names = [] }) => `${names.join("\n")}\n`);
        return answered(ask, { op: "list", path }, ({ names = [], stat }) => {
          const shown = flags.has("s") && stat !== undefined ? statText(stat) : "";
          return `[${names.join(", ")}]\n${shown}`;
        });
      },
    ],
    stat: [
      "stat path",
      async ([path], ask) => {
        if (path === undefined) return usage("stat");
        return answered(ask, { op: "stat", path }, ({ stat }) => (stat === undefined ? "" : statText(stat)));
      },
    ],
    delete: [
      "delete [-v version] path",
      async (words, ask) => {
        const flags = flagsOf(words, "", "v");
        const [path] = words;
        if (flags === undefined || path === undefined) return usage("delete");
        return answered(ask, { op: "delete", path, version: Number(flags.get("v") ?? -1) }, () => "");
      },
    ],
    deleteall: [
      "deleteall path",
      async ([path], ask) =>
        path === undefined ? usage("deleteall") : answered(ask, { op: "deleteAll", path }, () => ""),
    ],
    sync: [
      "sync path",
      async ([path], ask) =>
        path === undefined ? usage("sync") : answered(ask, { op: "sync", path }, () => "Sync is OK\n"),
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
    const reader = connection === undefined ? undefined : new StreamReader(connection.reader);
    const ask: Ask = async (request) => {
      if (connection === undefined || reader === undefined) return undefined;
      try {
        await connection.writer.write(`${JSON.stringify(request)}\n`);
        const line = await reader.line(64 * 1024 * 1024);
        return line === undefined ? undefined : (JSON.parse(line) as Reply);
      } catch (problem) {
        if (isErrno(problem)) return undefined;
        throw problem;
      }
    };
    try {
      // Whoever is not part of a quorum hangs up at once.
      const state = (await ask({ op: "stat", path: "/" })) === undefined ? "Closed" : "SyncConnected";
      if (state === "SyncConnected")
        await process.stdout.write("\nWATCHER::\n\nWatchedEvent state:SyncConnected type:None path:null\n");
      if (words.length > 0) return await once(process, commands, words, ask);
      return await interactive(process, commands, server, state, ask);
    } finally {
      connection?.close();
    }
  };
}

async function once(
  process: Process,
  commands: ReturnType<typeof commandsOf>,
  words: readonly string[],
  ask: Ask,
): Promise<number> {
  const [name = "", ...rest] = words;
  if (!Object.hasOwn(commands, name)) {
    if (name !== "help") await process.stderr.write(`Command not found: Command not found ${name}\n`);
    const usages = Object.values(commands).map(([usage]) => `\t${usage}\n`);
    await process.stdout.write(`ZooKeeper -server host:port cmd args\n${usages.join("")}\tquit\n`);
    return name === "help" ? 0 : 1;
  }
  const result = await commands[name]?.[1](rest, ask);
  if (result === undefined) return 1;
  await (result.failed === true ? process.stderr : process.stdout).write(result.text);
  return result.failed === true ? 1 : 0;
}

async function interactive(
  process: Process,
  commands: ReturnType<typeof commandsOf>,
  server: string,
  state: string,
  ask: Ask,
): Promise<number> {
  const lines = new StreamReader(process.stdin);
  const terminal = process.isTerminal(0);
  for (let number = 0; ; number++) {
    if (terminal)
      await process.stdout.write(`[zk: ${server}(${state === "Closed" ? "CONNECTING" : "CONNECTED"}) ${number}] `);
    const line = await lines.line();
    const words = (line?.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^(["'])(.*)\1$/s, "$2"));
    if (line === undefined || words[0] === "quit" || words[0] === "close") return 0;
    if (words.length > 0) await once(process, commands, words, ask);
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
