/** chown and chgrp. */
import { isErrno } from "../errno.ts";
import type { FileStat } from "../types.ts";
import { Accounts } from "./support/accounts.ts";
import { join } from "./support/paths.ts";
import { type Tool, tool } from "./support/tool.ts";

const OPTIONS = {
  changes: { short: "c", long: "changes", help: "like verbose but report only when a change is made" },
  quiet: { short: "f", long: "quiet", help: "suppress most error messages" },
  silent: { long: "silent" },
  verbose: { short: "v", long: "verbose", help: "output a diagnostic for every file processed" },
  dereference: { long: "dereference", help: "affect the referent of each symbolic link (this is the default)" },
  noDereference: { short: "h", long: "no-dereference", help: "affect symbolic links instead of any referenced file" },
  from: { long: "from", value: true, help: "change only if the current owner and group match" },
  noPreserve: { long: "no-preserve-root", help: "do not treat '/' specially (the default)" },
  preserve: { long: "preserve-root", help: "fail to operate recursively on '/'" },
  reference: { long: "reference", value: true, help: "use RFILE's owner and group" },
  recursive: { short: "R", long: "recursive", help: "operate on files and directories recursively" },
  followGiven: { short: "H", help: "if a command line argument is a link to a directory, traverse it" },
  followAll: { short: "L", help: "traverse every symbolic link to a directory encountered" },
  followNone: { short: "P", help: "do not traverse any symbolic links (default)" },
} as const;
const { from: _, ...GROUP_OPTIONS } = OPTIONS;
type Owners = Tool<typeof OPTIONS>;

interface Wanted {
  readonly uid?: number;
  readonly gid?: number;
  /** As they were given, for what is said. */
  readonly user?: string;
  readonly group?: string;
  /** Written with a dot, as it was once. */
  readonly dotted?: true;
}

/** "owner", "owner:group", ":group", "owner:" (their login group). A string says what is wrong. */
function parseOwners(text: string, accounts: Accounts, word: (text: string) => string): Wanted | string {
  let at = text.indexOf(":");
  // The old way, where the whole is no user.
  const dotted = at === -1 && text.includes(".") && accounts.userId(text) === undefined;
  if (dotted) at = text.indexOf(".");
  const user = at === -1 ? text : text.slice(0, at);
  const group = at === -1 ? "" : text.slice(at + 1);
  const uid = user === "" ? undefined : accounts.userId(user);
  if (user !== "" && uid === undefined) return `invalid user: ${word(text)}`;
  if (at !== -1 && user !== "" && group === "") {
    const login = accounts.loginGroup(user);
    if (login === undefined) return `invalid spec: ${word(text)}`;
    const own = { uid: uid as number, user };
    return { ...own, gid: login, group: accounts.group(login) ?? String(login), ...(dotted ? { dotted } : {}) };
  }
  const gid = group === "" ? undefined : accounts.groupId(group);
  if (group !== "" && gid === undefined) return `invalid group: ${word(text)}`;
  return {
    ...(uid === undefined ? {} : { uid, user }),
    ...(gid === undefined ? {} : { gid, group }),
    ...(dotted ? { dotted } : {}),
  };
}

class Changer {
  readonly #tool: Owners;
  readonly #wanted: Wanted;
  readonly #from: Wanted;
  readonly #accounts: Accounts;
  readonly #verbose: "verbose" | "changes" | undefined;
  readonly #follow: boolean;

  constructor(tool: Owners, accounts: Accounts, wanted: Wanted, from: Wanted) {
    this.#tool = tool;
    this.#wanted = wanted;
    this.#from = from;
    this.#accounts = accounts;
    this.#verbose = tool.options.last("verbose", "changes");
    const recursive = tool.has("recursive");
    const way = tool.options.last("followGiven", "followAll", "followNone");
    const links = tool.options.last("dereference", "noDereference");
    this.#follow =
      links === undefined ? !recursive || (way !== "followNone" && way !== undefined) : links === "dereference";
  }

  async change(path: string, isOperand: boolean): Promise<void> {
    const tool = this.#tool;
    const { files } = tool.process;
    await tool.spend(3);
    const way = tool.options.last("followGiven", "followAll", "followNone");
    let stat: FileStat;
    let enters = false;
    try {
      const link = files.lstat(path);
      stat = link;
      if (link.type === "symlink") {
        const inside = tool.has("recursive") && (way === "followAll" || (way === "followGiven" && isOperand));
        const target = this.#follow || inside ? files.stat(path) : link;
        if (this.#follow) stat = target;
        enters = inside && target.type === "directory";
      } else enters = tool.has("recursive") && link.type === "directory";
    } catch (error) {
      if (!isErrno(error)) throw error;
      const link = this.#linkAt(path);
      const verb = link === undefined ? "access" : "dereference";
      await this.#complain(`cannot ${verb} ${tool.named(path)}: ${error.message}`);
      await this.#told(path, link, "failed");
      return;
    }
    if (enters) {
      try {
        for (const { name } of files.list(path)) await this.change(join(path, name), false);
      } catch (error) {
        if (!isErrno(error)) throw error;
        await this.#complain(`cannot read directory ${tool.named(path)}: ${error.message}`);
      }
    }
    await this.#one(path, stat);
  }

  async #one(path: string, stat: FileStat): Promise<void> {
    const tool = this.#tool;
    const { uid, gid } = this.#wanted;
    const from = this.#from;
    const fits = (from.uid ?? stat.uid) === stat.uid && (from.gid ?? stat.gid) === stat.gid;
    if (!fits) return this.#told(path, stat, "retained");
    try {
      tool.process.files.chown(path, uid ?? stat.uid, gid ?? stat.gid, { follow: this.#follow });
      const same = (uid ?? stat.uid) === stat.uid && (gid ?? stat.gid) === stat.gid;
      await this.#told(path, stat, same ? "retained" : "changed");
    } catch (error) {
      if (!isErrno(error)) throw error;
      const what = tool.name === "chgrp" || (uid === undefined && gid !== undefined) ? "group" : "ownership";
      await this.#complain(`changing ${what} of ${tool.named(path)}: ${error.message}`);
      await this.#told(path, stat, "failed");
    }
  }

  #linkAt(path: string): FileStat | undefined {
    try {
      return this.#tool.process.files.lstat(path);
    } catch (error) {
      if (isErrno(error)) return undefined;
      throw error;
    }
  }

  async #complain(words: string): Promise<void> {
    if (this.#tool.has("quiet") || this.#tool.has("silent")) this.#tool.status = 1;
    else await this.#tool.complain(words);
  }

  async #told(path: string, stat: FileStat | undefined, result: "changed" | "failed" | "retained"): Promise<void> {
    if (this.#verbose === undefined || (this.#verbose === "changes" && result !== "changed")) return;
    const { user, group } = this.#wanted;
    const spec = (own: string | undefined, ours: string | undefined) =>
      own === undefined ? (ours ?? "") : ours === undefined ? own : `${own}:${ours}`;
    const what = user !== undefined ? "ownership" : group !== undefined ? "group" : undefined;
    const name = this.#tool.named(path);
    const wanted = spec(user, group);
    const before =
      stat === undefined
        ? undefined
        : spec(
            user === undefined ? undefined : (this.#accounts.user(stat.uid) ?? String(stat.uid)),
            group === undefined ? undefined : (this.#accounts.group(stat.gid) ?? String(stat.gid)),
          );
    let text: string;
    if (result === "changed")
      text =
        what === undefined
          ? `no change to ownership of ${name}`
          : `changed ${what} of ${name} from ${before} to ${wanted}`;
    else if (result === "retained")
      text = what === undefined ? `ownership of ${name} retained` : `${what} of ${name} retained as ${before}`;
    else if (before === undefined)
      text =
        what === undefined
          ? `failed to change ownership of ${name}`
          : `failed to change ${what} of ${name} to ${wanted}`;
    else
      text =
        what === undefined
          ? `failed to change ownership of ${name}`
          : `failed to change ${what} of ${name} from ${before} to ${wanted}`;
    await this.#tool.out.write(`${text}\n`);
  }
}

async function run(tool: Owners, parse: (text: string, accounts: Accounts) => Promise<Wanted>): Promise<number> {
  const { process, operands } = tool;
  const reference = tool.value("reference");
  const way = tool.options.last("followGiven", "followAll", "followNone");
  if (tool.has("recursive") && tool.has("dereference") && (way === undefined || way === "followNone"))
    return tool.die("-R --dereference requires either -H or -L");
  const [who] = operands;
  const paths = reference === undefined ? operands.slice(1) : operands;
  if (paths.length === 0)
    return tool.usage(
      who === undefined ? "missing operand" : `missing operand after ${tool.word(process.argv.at(-1) ?? "")}`,
    );
  const accounts = new Accounts(process);
  let wanted: Wanted;
  if (reference !== undefined) {
    let stat: FileStat | undefined;
    const found = await tool.attempt(`failed to get attributes of ${tool.named(reference)}`, () => {
      stat = process.files.stat(reference);
    });
    if (!found || stat === undefined) return 1;
    const group = { gid: stat.gid, group: accounts.group(stat.gid) ?? String(stat.gid) };
    wanted =
      tool.name === "chgrp" ? group : { uid: stat.uid, user: accounts.user(stat.uid) ?? String(stat.uid), ...group };
  } else wanted = await parse(who ?? "", accounts);
  const fromText = tool.value("from");
  const from = fromText === undefined ? {} : parseOwners(fromText, accounts, (text) => tool.word(text));
  if (typeof from === "string") return tool.die(from);
  const changer = new Changer(tool, accounts, wanted, from);
  for (const path of paths) await changer.change(path, true);
  return tool.status;
}

export const chown = tool(
  {
    name: "chown",
    usage: "[OPTION]... [OWNER][:[GROUP]] FILE...",
    summary: "Change the owner and/or group of each FILE.",
    options: OPTIONS,
  },
  (tool) =>
    run(tool, async (text, accounts) => {
      const parsed = parseOwners(text, accounts, (word) => tool.word(word));
      if (typeof parsed === "string") return tool.die(parsed);
      if (parsed.dotted) await tool.process.stderr.write(`chown: warning: '.' should be ':': ${tool.word(text)}\n`);
      return parsed;
    }),
);

export const chgrp = tool(
  {
    name: "chgrp",
    usage: "[OPTION]... GROUP FILE...",
    summary: "Change the group of each FILE to GROUP.",
    options: GROUP_OPTIONS as typeof OPTIONS,
  },
  (tool) =>
    run(tool, async (text, accounts) => {
      if (text === "") return {};
      const gid = accounts.groupId(text);
      return gid === undefined ? tool.die(`invalid group: ${tool.word(text)}`) : { gid, group: text };
    }),
);
