/** who, users and w. Containers keep no record of logins: the real ones have nobody to tell of there, and nor have these. */
import { uptimeLine } from "./support/procps.ts";
import { tool } from "./support/tool.ts";

export const who = tool(
  {
    name: "who",
    usage: "[OPTION]... [ FILE | ARG1 ARG2 ]",
    summary: "Print information about users who are currently logged in.",
    options: {
      all: { short: "a", long: "all", help: "same as -b -d --login -p -r -t -T -u" },
      boot: { short: "b", long: "boot", help: "time of last system boot" },
      dead: { short: "d", long: "dead", help: "print dead processes" },
      heading: { short: "H", long: "heading", help: "print line of column headings" },
      login: { short: "l", long: "login", help: "print system login processes" },
      lookup: { long: "lookup", help: "attempt to canonicalize hostnames via DNS" },
      mine: { short: "m", help: "only hostname and user associated with stdin" },
      process: { short: "p", long: "process", help: "print active processes spawned by init" },
      count: { short: "q", long: "count", help: "all login names and number of users logged on" },
      runLevel: { short: "r", long: "runlevel", help: "print current runlevel" },
      short: { short: "s", long: "short", help: "print only name, line, and time (default)" },
      time: { short: "t", long: "time", help: "print last system clock change" },
      message: { short: "T", long: "mesg", help: "add user's message status as +, - or ?" },
      users: { short: "u", long: "users", help: "list users logged in" },
    },
  },
  async (tool) => {
    const [, , extra] = tool.operands;
    if (extra !== undefined) return tool.usage(`extra operand ${tool.word(extra)}`);
    if (tool.has("count")) {
      await tool.out.write("\n# users=0\n");
      return 0;
    }
    if (!tool.has("heading")) return 0;
    const status = tool.has("message") || tool.has("all") ? "  " : "";
    const idle = tool.has("users") || tool.has("dead") || tool.has("all") ? "IDLE          PID " : "";
    const exit = tool.has("dead") || tool.has("all") ? "  EXIT" : "";
    await tool.out.write(`NAME   ${status}  LINE         TIME             ${idle}COMMENT${exit}\n`);
    return 0;
  },
);

export const users = tool(
  { name: "users", usage: "[OPTION]... [FILE]", summary: "Output who is currently logged in.", options: {} },
  async (tool) => {
    const [, extra] = tool.operands;
    return extra === undefined ? 0 : tool.usage(`extra operand ${tool.word(extra)}`);
  },
);

export const w = tool(
  {
    name: "w",
    usage: "[options] [user]",
    summary: "Show who is logged on and what they are doing.",
    options: {
      noHeader: { short: "h", long: "no-header", help: "do not print header" },
      noCurrent: { short: "u", long: "no-current", help: "ignore current process username" },
      short: { short: "s", long: "short", help: "short format" },
      from: { short: "f", long: "from", help: "show remote hostname field" },
      oldStyle: { short: "o", long: "old-style", help: "old style output" },
      address: { short: "i", long: "ip-addr", help: "display IP address instead of hostname" },
    },
  },
  async (tool) => {
    if (tool.has("noHeader")) return 0;
    const from = tool.has("from") ? " " : "FROM            ";
    const times = tool.has("short") ? "  IDLE" : " LOGIN@   IDLE   JCPU   PCPU";
    await tool.out.write(`${uptimeLine(tool.process)}\nUSER     TTY      ${from}${times} WHAT\n`);
    return 0;
  },
);
