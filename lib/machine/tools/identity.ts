/** Who and where one is: id, whoami, groups, hostname, uname, arch, nproc, tty. */
import { Accounts } from "./support/accounts.ts";
import { tool } from "./support/tool.ts";

const RELEASE = "5.15.0-statecraft";

export const id = tool(
  {
    name: "id",
    usage: "[OPTION]... [USER]...",
    summary: "Print user and group information for each specified USER.",
    options: {
      group: { short: "g", long: "group" },
      groups: { short: "G", long: "groups" },
      name: { short: "n", long: "name" },
      real: { short: "r", long: "real" },
      user: { short: "u", long: "user" },
    },
  },
  async (tool) => {
    const accounts = new Accounts(tool.process);
    const [who] = tool.operands;
    let { uid, gid, groups } = tool.process;
    if (who !== undefined) {
      const found = accounts.userId(who);
      if (found === undefined || accounts.user(found) === undefined) return tool.die(`'${who}': no such user`);
      const line = tool.process.files
        .readText("/etc/passwd")
        .split("\n")
        .find((entry) => Number(entry.split(":")[2]) === found);
      uid = found;
      gid = Number(line?.split(":")[3] ?? 0);
      groups = [];
    }
    // As the kernel gives them: sorted, the process's own among them or before them.
    const all = groups.includes(gid) ? groups : [gid, ...groups];
    const named = (number: number, name: string | undefined) =>
      name === undefined ? String(number) : `${number}(${name})`;
    const short = (number: number, name: string | undefined) =>
      tool.has("name") ? (name ?? String(number)) : String(number);
    const text = tool.has("user")
      ? short(uid, accounts.user(uid))
      : tool.has("group")
        ? short(gid, accounts.group(gid))
        : tool.has("groups")
          ? all.map((group) => short(group, accounts.group(group))).join(" ")
          : tool.has("name")
            ? tool.usage("cannot print only names or real IDs in default format")
            : `uid=${named(uid, accounts.user(uid))} gid=${named(gid, accounts.group(gid))} groups=${all.map((group) => named(group, accounts.group(group))).join(",")}`;
    await tool.out.write(`${text}\n`);
    return 0;
  },
);

export const whoami = tool({ name: "whoami", usage: "", options: {} }, async (tool) => {
  const { uid } = tool.process;
  const name = new Accounts(tool.process).user(uid);
  if (name === undefined) return tool.die(`cannot find name for user ID ${uid}`);
  await tool.out.write(`${name}\n`);
  return 0;
});

export const groups = tool({ name: "groups", usage: "", options: {} }, async (tool) => {
  const accounts = new Accounts(tool.process);
  const { gid, groups: more } = tool.process;
  await tool.out.write(`${[gid, ...more].map((group) => accounts.group(group) ?? String(group)).join(" ")}\n`);
  return 0;
});

export const hostname = tool(
  {
    name: "hostname",
    usage: "[-f] [-i] [-I] [-s] [-d]",
    options: {
      fqdn: { short: "f", long: "fqdn" },
      short: { short: "s", long: "short" },
      domain: { short: "d", long: "domain" },
      address: { short: "i", long: "ip-address" },
      addresses: { short: "I", long: "all-ip-addresses" },
    },
  },
  async (tool) => {
    const { machine, files, network } = tool.process;
    if (tool.operands.length > 0) return tool.die("you must be root to change the host name");
    const own = machine.hostname;
    let full = own;
    if (tool.has("fqdn") || tool.has("domain")) {
      const hosts = files.exists("/etc/hosts") ? files.readText("/etc/hosts") : "";
      const line = hosts
        .split("\n")
        .map((text) => text.replace(/#.*/, "").trim().split(/\s+/))
        .find((words) => words.slice(1).includes(own));
      full = line?.[1] ?? own;
    }
    const at = full.indexOf(".");
    const text =
      tool.has("addresses") || tool.has("address")
        ? network.addresses.join(" ")
        : tool.has("domain")
          ? at === -1
            ? ""
            : full.slice(at + 1)
          : tool.has("short")
            ? (own.split(".")[0] ?? own)
            : tool.has("fqdn")
              ? full
              : own;
    await tool.out.write(`${text}\n`);
    return 0;
  },
);

export const uname = tool(
  {
    name: "uname",
    usage: "[OPTION]...",
    summary: "Print certain system information.  With no OPTION, same as -s.",
    options: {
      all: { short: "a", long: "all" },
      kernel: { short: "s", long: "kernel-name" },
      node: { short: "n", long: "nodename" },
      release: { short: "r", long: "kernel-release" },
      version: { short: "v", long: "kernel-version" },
      machine: { short: "m", long: "machine" },
      processor: { short: "p", long: "processor" },
      hardware: { short: "i", long: "hardware-platform" },
      system: { short: "o", long: "operating-system" },
    },
  },
  async (tool) => {
    if (tool.operands[0] !== undefined) return tool.usage(`extra operand '${tool.operands[0]}'`);
    const fields = [
      ["kernel", "Linux"],
      ["node", tool.process.machine.hostname],
      ["release", RELEASE],
      ["version", "#1 SMP"],
      ["machine", "x86_64"],
      ["processor", "unknown"],
      ["hardware", "unknown"],
      ["system", "GNU/Linux"],
    ] as const;
    const all = tool.has("all");
    const chosen = fields.filter(([name, value]) => (all ? value !== "unknown" : tool.has(name)));
    await tool.out.write(`${(chosen.length === 0 ? [fields[0]] : chosen).map(([, value]) => value).join(" ")}\n`);
    return 0;
  },
);

export const arch = tool({ name: "arch", usage: "", options: {} }, async (tool) => {
  await tool.out.write("x86_64\n");
  return 0;
});

export const nproc = tool({ name: "nproc", usage: "[OPTION]...", options: { all: { long: "all" } } }, async (tool) => {
  await tool.out.write(`${Math.max(1, Math.ceil(tool.process.machine.limits.cpu ?? 1))}\n`);
  return 0;
});

export const tty = tool(
  { name: "tty", usage: "[OPTION]...", options: { silent: { short: "s", long: "silent" } } },
  async (tool) => {
    const terminal = tool.process.isTerminal(0);
    if (!tool.has("silent")) await tool.out.write(terminal ? "/dev/pts/0\n" : "not a tty\n");
    return terminal ? 0 : 1;
  },
);
