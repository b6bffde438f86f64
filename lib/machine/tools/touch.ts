import { isErrno } from "../errno.ts";
import { parseDate } from "./support/dates.ts";
import { choice } from "./support/options.ts";
import { tool } from "./support/tool.ts";

const TIMES = { atime: "a", access: "a", use: "a", mtime: "m", modify: "m" } as const;

/** "[[CC]YY]MMDDhhmm[.ss]" in ms; undefined where it is none. */
function stampTime(text: string, now: number): number | undefined {
  const [, century, year, month, day, hour, minute, second = "0"] =
    /^(?:(\d\d)?(\d\d))?(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d\d))?$/.exec(text) ?? [];
  if (month === undefined) return undefined;
  const full =
    year === undefined
      ? new Date(now).getUTCFullYear()
      : Number(century ?? (Number(year) < 69 ? 20 : 19)) * 100 + Number(year);
  const parts = [full, Number(month) - 1, Number(day), Number(hour), Number(minute)] as const;
  const time = new Date(Date.UTC(...parts, 0));
  const same =
    time.getUTCMonth() === parts[1] &&
    time.getUTCDate() === parts[2] &&
    time.getUTCHours() === parts[3] &&
    time.getUTCMinutes() === parts[4];
  return same && Number(second) <= 60 ? time.getTime() + Number(second) * 1000 : undefined;
}

export const touch = tool(
  {
    name: "touch",
    usage: "[OPTION]... FILE...",
    summary: "Update the access and modification times of each FILE to the current time.",
    options: {
      accessed: { short: "a", help: "change only the access time" },
      noCreate: { short: "c", long: "no-create", help: "do not create any files" },
      date: { short: "d", long: "date", value: true, help: "parse STRING and use it instead of current time" },
      f: { short: "f", help: "(ignored)" },
      noFollow: { short: "h", long: "no-dereference", help: "affect each symbolic link instead of what it leads to" },
      modified: { short: "m", help: "change only the modification time" },
      reference: { short: "r", long: "reference", value: true, help: "use this file's times instead of current time" },
      stamp: { short: "t", value: true, help: "use [[CC]YY]MMDDhhmm[.ss] instead of current time" },
      time: { long: "time", value: true, help: "change the specified time: access, atime, use; modify, mtime" },
    },
  },
  async (tool) => {
    const { process, operands } = tool;
    const { files } = process;
    const now = process.clock.now();
    const text = tool.value("date");
    const stamp = tool.value("stamp");
    const reference = tool.value("reference");
    const which = tool.value("time");
    const only = which === undefined ? undefined : TIMES[choice(tool, "--time", which, TIMES)];
    const onlyAccessed = (tool.has("accessed") || only === "a") && !(tool.has("modified") || only === "m");
    const onlyModified = (tool.has("modified") || only === "m") && !(tool.has("accessed") || only === "a");
    if (stamp !== undefined && (text !== undefined || reference !== undefined))
      return tool.usage("cannot specify times from more than one source");
    let accessed = now;
    let modified = now;
    const follow = !tool.has("noFollow");
    if (reference !== undefined) {
      const found = await tool.attempt(`failed to get attributes of ${tool.named(reference)}`, () => {
        ({ accessed, modified } = follow ? files.stat(reference) : files.lstat(reference));
      });
      if (!found) return 1;
    }
    if (text !== undefined) {
      const from = (base: number) => parseDate(text, base);
      const times = [from(reference === undefined ? now : accessed), from(reference === undefined ? now : modified)];
      const [first, second] = times;
      if (first === undefined || second === undefined) return tool.die(`invalid date format ${tool.word(text)}`);
      accessed = first;
      modified = second;
    } else if (stamp !== undefined) {
      const time = stampTime(stamp, now);
      if (time === undefined) return tool.die(`invalid date format ${tool.word(stamp)}`);
      accessed = modified = time;
    }
    if (operands.length === 0) return tool.usage("missing file operand");
    const toNow =
      text === undefined && stamp === undefined && reference === undefined && !onlyAccessed && !onlyModified;
    for (const path of operands) {
      let opening: string | undefined;
      const spent = tool.spend(4);
      if (spent !== undefined) await spent;
      if (path === "-") {
        await tool.complain("-: times of the standard output cannot be set here");
        continue;
      }
      if (follow && !tool.has("noCreate")) {
        try {
          process.open(path, { write: true, create: true }).close();
        } catch (error) {
          if (!isErrno(error)) throw error;
          // Directories cannot be opened so, and need not be.
          if (!["EISDIR", "EINVAL", "EPERM"].includes(error.code)) opening = error.message;
        }
      }
      try {
        const before = follow ? files.stat(path) : files.lstat(path);
        files.setTimes(path, onlyModified ? before.accessed : accessed, onlyAccessed ? before.modified : modified, {
          follow,
          toNow,
        });
      } catch (error) {
        if (!isErrno(error)) throw error;
        if (opening !== undefined) await tool.complain(`cannot touch ${tool.named(path)}: ${opening}`);
        else if (!(tool.has("noCreate") && error.code === "ENOENT"))
          await tool.complain(`setting times of ${tool.named(path)}: ${error.message}`);
      }
    }
    return tool.status;
  },
);
