/** etcdctl and etcdutl. */
import { isErrno, type Process } from "../../../machine/index.ts";
import { VERSION_FILE } from "../version.ts";
import { CallError, EtcdClient } from "./client.ts";
import { CLUSTER_COMMANDS } from "./cluster.ts";
import type { Command, CommandEntry } from "./context.ts";
import { type FlagSpec, milliseconds, parseFlags, UsageError } from "./flags.ts";
import { KV_COMMANDS } from "./kv.ts";
import { LEASE_COMMANDS } from "./lease.ts";
import type { Format } from "./print.ts";
import { SNAPSHOT_COMMANDS } from "./snapshot.ts";

const GLOBAL: FlagSpec = {
  endpoints: "value",
  "write-out": "value",
  "dial-timeout": "value",
  "command-timeout": "value",
  "keepalive-time": "value",
  "keepalive-timeout": "value",
  hex: "boolean",
  debug: "boolean",
  insecure: "boolean",
  "insecure-transport": "boolean",
  "insecure-discovery": "boolean",
  "insecure-skip-tls-verify": "boolean",
  cert: "value",
  key: "value",
  cacert: "value",
  user: "value",
  password: "value",
  help: "boolean",
};

const FORMATS: readonly string[] = ["simple", "json", "fields", "table"];

const version: Command = async ({ process, out }) => {
  const text = process.files.readText(VERSION_FILE).trim();
  const name = process.argv[0]?.split("/").at(-1) ?? "etcdctl";
  const api = name === "etcdutl" ? "" : `API version: ${text.split(".").slice(0, 2).join(".")}\n`;
  await out(`${name} version: ${text}\n${api}`);
  return 0;
};

const refused =
  (what: string): Command =>
  async ({ complain }) => {
    await complain(`Error: ${what} is not supported here\n`);
    return 4;
  };

const REFUSED: Readonly<Record<string, string>> = {
  auth: "authentication",
  user: "authentication",
  role: "authentication",
  "move-leader": "moving the leader",
  "make-mirror": "mirroring",
  check: "checking performance",
  downgrade: "downgrading",
  completion: "completion",
};

const CONTROL: Readonly<Record<string, CommandEntry>> = {
  ...KV_COMMANDS,
  ...LEASE_COMMANDS,
  ...CLUSTER_COMMANDS,
  ...SNAPSHOT_COMMANDS,
  version: { run: version, flags: {} },
  ...Object.fromEntries(Object.entries(REFUSED).map(([name, what]) => [name, { run: refused(what), flags: {} }])),
};

const UTILITY: Readonly<Record<string, CommandEntry>> = {
  ...SNAPSHOT_COMMANDS,
  version: { run: version, flags: {} },
  ...Object.fromEntries(
    ["backup", "defrag", "hashkv", "migrate", "completion"].map((name) => [
      name,
      { run: refused(`etcdutl ${name}`), flags: {} },
    ]),
  ),
};

/** The command that the first words name, and how many they are. */
function commandOf(commands: Readonly<Record<string, CommandEntry>>, words: readonly string[]) {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(" ");
    if (words.length >= length && Object.hasOwn(commands, name)) return { name, length, entry: commands[name] };
  }
  return undefined;
}

function help(program: string, commands: Readonly<Record<string, CommandEntry>>, group = ""): string {
  const names = Object.keys(commands)
    .filter((name) => name.startsWith(group))
    .sort();
  return `NAME:\n\t${program} - ${program === "etcdctl" ? "A simple command line client for etcd3." : "An administrative command line tool for etcd3."}\n\nUSAGE:\n\t${program} [flags]\n\nCOMMANDS:\n${names.map((name) => `\t${name}\n`).join("")}\nOPTIONS:\n${Object.keys(
    GLOBAL,
  )
    .sort()
    .map((name) => `      --${name}\n`)
    .join("")}`;
}

function control(program: string, commands: Readonly<Record<string, CommandEntry>>) {
  return async (process: Process): Promise<number> => {
    const out = (text: string) => process.stdout.write(text);
    const complain = (text: string) => process.stderr.write(text);
    const args = process.argv.slice(1);
    try {
      // Flags may stand before the command: all that any command knows are read to find its words.
      const every: FlagSpec = Object.assign({}, GLOBAL, ...Object.values(commands).map(({ flags }) => flags));
      const first = parseFlags(args, every);
      const found = commandOf(commands, first.words);
      if (found?.entry === undefined || first.has("help")) {
        const [word] = first.words;
        const known =
          word === undefined ||
          word === "help" ||
          first.has("help") ||
          Object.keys(commands).some((name) => name.startsWith(`${word} `));
        if (known) {
          await out(help(program, commands, first.has("help") || word === "help" ? "" : (word ?? "")));
          return 0;
        }
        throw new UsageError(`unknown command "${word}" for "${program}"\nRun '${program} --help' for usage.`, 1);
      }
      const flags = parseFlags(args, { ...GLOBAL, ...found.entry.flags });
      const setting = (name: string) =>
        flags.get(name) ?? process.env.get(`ETCDCTL_${name.toUpperCase().replaceAll("-", "_")}`);
      if (process.env.get("ETCDCTL_API") === "2")
        throw new UsageError("the v2 API (ETCDCTL_API=2) is not supported here", 4);
      if (setting("user") !== undefined) throw new UsageError("authentication (--user) is not supported here", 4);
      const endpoints = (setting("endpoints") ?? "127.0.0.1:2379").split(",").filter(Boolean);
      if (endpoints.some((endpoint) => endpoint.startsWith("https:")) || setting("cert") !== undefined)
        throw new UsageError("TLS is not supported here", 4);
      const format = setting("write-out") ?? "simple";
      if (!FORMATS.includes(format))
        throw new UsageError(
          format === "protobuf" ? "protobuf is not supported as output format here" : "unsupported output format",
          4,
        );
      const dash = args.indexOf("--");
      return await found.entry.run({
        process,
        client: new EtcdClient(process, endpoints, milliseconds(setting("command-timeout") ?? "5s", "command-timeout")),
        flags,
        words: flags.words.slice(found.length),
        afterDash: dash === -1 ? undefined : args.slice(dash + 1),
        format: format as Format,
        out,
        complain,
      });
    } catch (problem) {
      if (isErrno(problem) || !(problem instanceof UsageError || problem instanceof CallError)) throw problem;
      await complain(`Error: ${problem.message}\n`);
      return problem instanceof UsageError ? problem.status : 1;
    }
  };
}

export const etcdctl = control("etcdctl", CONTROL);
export const etcdutl = control("etcdutl", UTILITY);
