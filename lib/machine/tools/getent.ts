/** getent: what the databases of nsswitch.conf hold: files in /etc, and names of hosts by DNS too (glibc nss/getent.c). */
import type { Process } from "../types.ts";
import { hostAddresses, isAddress, lookUp } from "./support/resolver.ts";
import { tool } from "./support/tool.ts";

const NOT_FOUND = 2;
const CANNOT_LIST = 3;

const linesOf = ({ files }: Process, database: string): string[] =>
  files.exists(`/etc/${database}`)
    ? files
        .readText(`/etc/${database}`)
        .split("\n")
        .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    : [];

const words = (line: string): string[] => line.replace(/#.*/, "").trim().split(/\s+/);

/** Entries of a file that are named in their first and third field. */
const colons = (database: string) => ({
  list: (process: Process) => linesOf(process, database).map((line) => `${line}\n`),
  find: (process: Process, key: string) => {
    const found = linesOf(process, database).find((line) => {
      const [name, , number] = line.split(":");
      return name === key || (database !== "shadow" && database !== "gshadow" && number === key);
    });
    return found === undefined ? undefined : `${found}\n`;
  },
});

/** Entries of a file: a name, what it stands for, other names. */
const columns = (database: string, width: number, matches: (fields: readonly string[], key: string) => boolean) => {
  const show = ([name = "", ...rest]: readonly string[]) => `${name.padEnd(width)} ${rest.join(" ")}\n`;
  return {
    list: (process: Process) => linesOf(process, database).map((line) => show(words(line))),
    find: (process: Process, key: string) => {
      const found = linesOf(process, database)
        .map(words)
        .find((fields) => matches(fields, key));
      return found === undefined ? undefined : show(found);
    },
  };
};

const address = (value: string, rest: string) => `${value.padEnd(15)} ${rest}\n`;

/** The names that a host is found under: its own first. */
async function hosts(process: Process, key: string): Promise<string | undefined> {
  for (const line of linesOf(process, "hosts")) {
    const [ip = "", ...names] = words(line);
    if (ip === key || (names.includes(key) && !ip.includes(":"))) return address(ip, names.join(" "));
  }
  if (isAddress(key)) {
    if (key.includes(":")) return undefined;
    const looked = await lookUp(process, `${key.split(".").reverse().join(".")}.in-addr.arpa.`, "PTR");
    const names = "failed" in looked ? [] : looked.response.answers.filter(({ type }) => type === "PTR");
    const [first] = names;
    return first === undefined ? undefined : address(key, first.data.replace(/\.$/, ""));
  }
  const looked = await lookUp(process, key, "A");
  if ("failed" in looked) return undefined;
  const found = looked.response.answers.filter(({ type }) => type === "A");
  if (found.length === 0) return undefined;
  const name = found[0]?.name ?? looked.name;
  const own = name.replace(/\.$/, "");
  // What was asked for is another name where it stands for the host's own.
  const asked = looked.name.replace(/\.$/, "");
  return found.map(({ data }) => address(data, own === asked ? own : `${own} ${asked}`)).join("");
}

/** As getaddrinfo gives them: once for each kind of socket. */
async function sockets(process: Process, key: string): Promise<string | undefined> {
  const found = await hostAddresses(process, key);
  if (typeof found === "string") return undefined;
  let name = key;
  if (!isAddress(key)) {
    const looked = linesOf(process, "hosts").some((line) => words(line).slice(1).includes(key))
      ? undefined
      : await lookUp(process, key, "A");
    if (looked !== undefined && !("failed" in looked)) name = looked.name.replace(/\.$/, "");
  }
  return found
    .map(
      (ip, index) => address(ip, `STREAM ${index === 0 ? name : ""}`) + address(ip, "DGRAM  ") + address(ip, "RAW    "),
    )
    .join("");
}

interface Database {
  /** Undefined: it cannot be listed. */
  readonly list?: (process: Process) => readonly string[];
  find(process: Process, key: string): string | undefined | Promise<string | undefined>;
}

const hostLines = (process: Process) =>
  linesOf(process, "hosts").flatMap((line) => {
    const [ip = "", ...names] = words(line);
    return ip.includes(":") ? [] : [address(ip, names.join(" "))];
  });

const DATABASES: Readonly<Record<string, Database>> = {
  passwd: colons("passwd"),
  group: colons("group"),
  shadow: colons("shadow"),
  gshadow: colons("gshadow"),
  services: columns("services", 21, ([name, port = "", ...more], key) => {
    const [wanted = "", protocol] = key.split("/");
    const [number, over] = port.split("/");
    return (protocol === undefined || over === protocol) && [name, number, ...more].includes(wanted);
  }),
  protocols: columns("protocols", 21, ([name, number, ...more], key) => [name, number, ...more].includes(key)),
  networks: columns("networks", 21, ([name, number, ...more], key) => [name, number, ...more].includes(key)),
  rpc: columns("rpc", 15, ([name, number, ...more], key) => [name, number, ...more].includes(key)),
  hosts: { list: hostLines, find: hosts },
  ahosts: { list: hostLines, find: sockets },
  ahostsv4: { list: hostLines, find: sockets },
  // No address here is of the sixth version.
  ahostsv6: { list: hostLines, find: () => undefined },
  initgroups: {
    find: (process, key) => {
      const groups = linesOf(process, "group").map((line) => line.split(":"));
      const own = linesOf(process, "passwd").find((line) => line.startsWith(`${key}:`));
      const primary = own?.split(":")[3];
      const ids = groups.flatMap(([, , id = "", members = ""]) =>
        id !== primary && members.split(",").includes(key) ? [id] : [],
      );
      return `${key.padEnd(21)}${ids.map((id) => ` ${id}`).join("")}\n`;
    },
  },
  ethers: { find: () => undefined },
  netgroup: { find: () => undefined },
  aliases: { list: () => [], find: () => undefined },
};

const mistake = (process: Process): Promise<number> =>
  process.stdout.write("Try `getent --help' or `getent --usage' for more information.\n").then(() => 1);

export const getent = tool(
  {
    name: "getent",
    usage: "[OPTION...] database [key ...]",
    summary: "Get entries from administrative database.",
    options: {
      noIdn: { short: "i", long: "no-idn", help: "disable IDN encoding" },
      service: { short: "s", long: "service", value: true, help: "Service configuration to be used" },
    },
  },
  async (tool) => {
    const [name, ...keys] = tool.operands;
    const { process } = tool;
    if (name === undefined) {
      await process.stderr.write("getent: wrong number of arguments\n");
      return mistake(process);
    }
    const service = tool.value("service")?.replace(/^.*:/, "");
    if (service !== undefined && (service !== "files" || name.includes("hosts")))
      return tool.die(`option --service=${service}: not available here: hosts are of files and dns, all else of files`);
    const database = Object.hasOwn(DATABASES, name) ? DATABASES[name] : undefined;
    if (database === undefined) {
      await process.stderr.write(`Unknown database: ${name}\n`);
      return mistake(process);
    }
    if (keys.length === 0) {
      if (database.list === undefined) {
        await process.stderr.write(`Enumeration not supported on ${name}\n`);
        return CANNOT_LIST;
      }
      await tool.out.write(database.list(process).join(""));
      return 0;
    }
    let status = 0;
    for (const key of keys) {
      const found = await database.find(process, key);
      if (found === undefined) status = NOT_FOUND;
      else await tool.out.write(found);
    }
    return status;
  },
);
