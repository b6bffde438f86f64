/** Who and where one is: id, whoami, groups, hostname, uname, arch, nproc, tty. */
import { KERNEL_RELEASE } from "../release.ts";
import { Accounts } from "./support/accounts.ts";
import { tool } from "./support/tool.ts";

interface Person {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/** Who it is after /etc/passwd, by name or number; undefined where there is nobody. */
function personOf(accounts: Accounts, who: string): Person | undefined {
  const uid = accounts.userId(who);
  const name = uid === undefined ? undefined : accounts.user(uid);
  if (uid === undefined || name === undefined) return undefined;
  const gid = accounts.loginGroup(name) ?? 0;
  return { uid, gid, groups: accounts.groupsOf(name) };
}

export const id = tool(
  {
    name: "id",
    usage: "[OPTION]... [USER]...",
    summary: "Print user and group information for each specified USER.",
    options: {
      a: { short: "a", help: "(ignored)" },
      context: { short: "Z", long: "context", help: "not available here" },
      group: { short: "g", long: "group", help: "print only the effective group ID" },
      groups: { short: "G", long: "groups", help: "print all group IDs" },
      name: { short: "n", long: "name", help: "print a name instead of a number, for -ugG" },
      real: { short: "r", long: "real", help: "print the real ID instead of the effective ID, with -ugG" },
      user: { short: "u", long: "user", help: "print only the effective user ID" },
      zero: { short: "z", long: "zero", help: "delimit entries with NUL characters, not whitespace" },
    },
  },
  async (tool) => {
    const { process } = tool;
    if (tool.has("context")) return tool.die("--context (-Z) works only on an SELinux-enabled kernel");
    const chosen = (["user", "group", "groups"] as const).filter((name) => tool.has(name));
    const [what] = chosen;
    if (chosen.length > 1) return tool.die('cannot print "only" of more than one choice');
    if (what === undefined && (tool.has("name") || tool.has("real")))
      return tool.die("cannot print only names or real IDs in default format");
    if (what === undefined && tool.has("zero")) return tool.die("option --zero not permitted in default format");
    const accounts = new Accounts(process);
    const end = tool.has("zero") ? "\0" : "\n";
    const print = async ({ uid, gid, groups }: Person): Promise<void> => {
      // As the kernel gives them: sorted, the process's own among them or before them.
      const all = groups.includes(gid) ? groups : [gid, ...groups];
      const named = (number: number, name: string | undefined) =>
        name === undefined ? String(number) : `${number}(${name})`;
      const short = (number: number, name: string | undefined) =>
        tool.has("name") ? (name ?? String(number)) : String(number);
      let text: string;
      if (what === "user") text = short(uid, accounts.user(uid));
      else if (what === "group") text = short(gid, accounts.group(gid));
      else if (what === "groups")
        text = all.map((group) => short(group, accounts.group(group))).join(tool.has("zero") ? "\0" : " ");
      else {
        const list = all.map((group) => named(group, accounts.group(group))).join(",");
        text = `uid=${named(uid, accounts.user(uid))} gid=${named(gid, accounts.group(gid))} groups=${list}`;
      }
      await tool.out.write(text + (what === "groups" && tool.has("zero") && tool.operands.length > 1 ? "\0\0" : end));
    };
    if (tool.operands.length === 0) await print(process);
    for (const who of tool.operands) {
      const person = personOf(accounts, who);
      if (person === undefined) await tool.complain(`${tool.word(who)}: no such user`);
      else await print(person);
    }
    return tool.status;
  },
);

export const whoami = tool({ name: "whoami", usage: "", options: {} }, async (tool) => {
  const [extra] = tool.operands;
  if (extra !== undefined) return tool.usage(`extra operand ${tool.word(extra)}`);
  const { uid } = tool.process;
  const name = new Accounts(tool.process).user(uid);
  if (name === undefined) return tool.die(`cannot find name for user ID ${uid}`);
  await tool.out.write(`${name}\n`);
  return 0;
});

export const groups = tool({ name: "groups", usage: "[OPTION]... [USERNAME]...", options: {} }, async (tool) => {
  const accounts = new Accounts(tool.process);
  const names = ({ gid, groups: more }: Person) =>
    (more.includes(gid) ? more : [gid, ...more]).map((group) => accounts.group(group) ?? String(group)).join(" ");
  if (tool.operands.length === 0) await tool.out.write(`${names(tool.process)}\n`);
  for (const who of tool.operands) {
    const person = personOf(accounts, who);
    if (person === undefined) await tool.complain(`${tool.word(who)}: no such user`);
    else await tool.out.write(`${who} : ${names(person)}\n`);
  }
  return tool.status;
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
    if (tool.operands[0] !== undefined) return tool.usage(`extra operand ${tool.word(tool.operands[0])}`);
    const fields = [
      ["kernel", "Linux"],
      ["node", tool.process.machine.hostname],
      ["release", KERNEL_RELEASE],
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
  const [extra] = tool.operands;
  if (extra !== undefined) return tool.usage(`extra operand ${tool.word(extra)}`);
  await tool.out.write("x86_64\n");
  return 0;
});

export const nproc = tool(
  {
    name: "nproc",
    usage: "[OPTION]...",
    summary: "Print the number of processing units available to the current process.",
    options: {
      all: { long: "all", help: "print the number of installed processors" },
      ignore: { long: "ignore", value: true, help: "if possible, exclude N processing units" },
    },
  },
  async (tool) => {
    const [extra] = tool.operands;
    const ignored = tool.value("ignore") ?? "0";
    if (!/^\d+$/.test(ignored)) return tool.die(`invalid number: ${tool.word(ignored)}`);
    if (extra !== undefined) return tool.usage(`extra operand ${tool.word(extra)}`);
    // What OpenMP programs would use, unless all there are is asked for.
    const variable = (name: string) => {
      const value = tool.has("all") ? 0 : Number.parseInt(tool.process.env.get(name) ?? "", 10);
      return value > 0 ? value : undefined;
    };
    const installed = Math.ceil(tool.process.machine.limits.cpu ?? 1);
    const wanted = Math.min(
      variable("OMP_NUM_THREADS") ?? installed,
      variable("OMP_THREAD_LIMIT") ?? Number.POSITIVE_INFINITY,
    );
    await tool.out.write(`${Math.max(1, wanted - Number(ignored))}\n`);
    return 0;
  },
);

export const tty = tool(
  {
    name: "tty",
    usage: "[OPTION]...",
    usageStatus: 2,
    options: { silent: { short: "s", long: "silent" }, quiet: { long: "quiet" } },
  },
  async (tool) => {
    const [extra] = tool.operands;
    if (extra !== undefined) return tool.usage(`extra operand ${tool.word(extra)}`);
    const terminal = tool.process.isTerminal(0);
    if (!tool.has("silent") && !tool.has("quiet")) await tool.out.write(terminal ? "/dev/pts/0\n" : "not a tty\n");
    return terminal ? 0 : 1;
  },
);
