import { parseDate } from "./support/dates.ts";
import { tool } from "./support/tool.ts";

export const touch = tool(
  {
    name: "touch",
    usage: "[OPTION]... FILE...",
    summary: "Update the access and modification times of each FILE to the current time.",
    options: {
      accessed: { short: "a" },
      noCreate: { short: "c", long: "no-create" },
      date: { short: "d", long: "date", value: true },
      f: { short: "f" },
      modified: { short: "m" },
      reference: { short: "r", long: "reference", value: true },
      stamp: { short: "t", value: true },
    },
  },
  async (tool) => {
    const { process, operands } = tool;
    const { files } = process;
    if (operands.length === 0) return tool.usage("missing file operand");
    const now = process.clock.now();
    let accessed = now;
    let modified = now;
    const text = tool.value("date");
    const stamp = tool.value("stamp");
    const reference = tool.value("reference");
    if (text !== undefined) {
      const time = parseDate(text, now);
      if (time === undefined) return tool.die(`invalid date format '${text}'`);
      accessed = modified = time;
    } else if (stamp !== undefined) {
      const [, century, year, month, day, hour, minute, second = "0"] =
        /^(?:(\d\d)?(\d\d))?(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d\d))?$/.exec(stamp) ?? [];
      if (month === undefined) return tool.die(`invalid date format '${stamp}'`);
      const full =
        year === undefined
          ? new Date(now).getUTCFullYear()
          : Number(century ?? (Number(year) < 69 ? 20 : 19)) * 100 + Number(year);
      accessed = modified = Date.UTC(
        full,
        Number(month) - 1,
        Number(day),
        Number(hour),
        Number(minute),
        Number(second),
      );
    } else if (reference !== undefined) {
      const found = await tool.attempt(`failed to get attributes of '${reference}'`, () => {
        ({ accessed, modified } = files.stat(reference));
      });
      if (!found) return 1;
    }
    for (const path of operands) {
      await tool.attempt(`cannot touch '${path}'`, () => {
        if (!files.exists(path)) {
          if (tool.has("noCreate")) return;
          process.open(path, { write: true, create: true }).close();
        }
        const before = files.stat(path);
        const only = tool.has("accessed") !== tool.has("modified");
        files.setTimes(
          path,
          only && tool.has("modified") ? before.accessed : accessed,
          only && tool.has("accessed") ? before.modified : modified,
        );
      });
    }
    return tool.status;
  },
);
