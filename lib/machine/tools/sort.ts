import { type AnyTool, MAX_HELD_BYTES, tool } from "./support/tool.ts";
import { compareVersions } from "./support/versions.ts";

interface Key {
  readonly fromField: number;
  readonly fromChar: number;
  /** 0: the end of the line. */
  readonly toField: number;
  readonly toChar: number;
  readonly flags: string;
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const UNITS: Readonly<Record<string, number>> = { K: 1, k: 1, M: 2, G: 3, T: 4, P: 5, E: 6, Z: 7, Y: 8 };

export const sort = tool(
  {
    name: "sort",
    usage: "[OPTION]... [FILE]...",
    summary: "Write sorted concatenation of all FILE(s) to standard output.",
    usageStatus: 2,
    options: {
      blanks: { short: "b", long: "ignore-leading-blanks" },
      dictionary: { short: "d", long: "dictionary-order" },
      fold: { short: "f", long: "ignore-case" },
      general: { short: "g", long: "general-numeric-sort" },
      printing: { short: "i", long: "ignore-nonprinting" },
      month: { short: "M", long: "month-sort" },
      human: { short: "h", long: "human-numeric-sort" },
      numeric: { short: "n", long: "numeric-sort" },
      version: { short: "V", long: "version-sort" },
      reverse: { short: "r", long: "reverse" },
      check: { short: "c", long: "check", value: "optional" },
      checkQuiet: { short: "C" },
      key: { short: "k", long: "key", value: true },
      merge: { short: "m", long: "merge" },
      output: { short: "o", long: "output", value: true },
      stable: { short: "s", long: "stable" },
      size: { short: "S", long: "buffer-size", value: true },
      separator: { short: "t", long: "field-separator", value: true },
      temporary: { short: "T", long: "temporary-directory", value: true },
      unique: { short: "u", long: "unique" },
      zero: { short: "z", long: "zero-terminated" },
    },
  },
  async (tool) => {
    const letters = {
      blanks: "b",
      dictionary: "d",
      fold: "f",
      general: "g",
      printing: "i",
      month: "M",
      human: "h",
      numeric: "n",
      version: "V",
      reverse: "r",
    } as const;
    const flags = Object.entries(letters)
      .filter(([name]) => tool.has(name as keyof typeof letters))
      .map(([, letter]) => letter)
      .join("");
    const separator = tool.value("separator");
    if (separator !== undefined && separator.length > 1 && separator !== "\\0") {
      await tool.die(`multi-character tab '${separator}'`, 2);
    }
    const keys: Key[] = [];
    for (const text of tool.options.values("key"))
      keys.push(
        parseKey(text) ?? (await tool.die(`invalid number at field start: invalid count at start of '${text}'`, 2)),
      );
    const compareKeys = comparison(keys, flags, separator);
    const reverse = flags.includes("r");
    const compare = (a: string, b: string) => {
      const byKeys = compareKeys(a, b);
      if (byKeys !== 0 || tool.has("stable") || tool.has("unique")) return byKeys;
      const last = a < b ? -1 : a > b ? 1 : 0;
      return reverse ? -last : last;
    };
    const zero = tool.has("zero");
    const end = zero ? "\0" : "\n";
    const lines: string[] = [];
    let held = 0;
    const checking = tool.has("check") || tool.has("checkQuiet");
    await tool.eachInput(
      async (reader, name) => {
        for await (const batch of tool.lines(reader, { zero })) {
          for (const line of batch) {
            if (checking) {
              const before = lines.at(-1);
              if (
                before !== undefined &&
                (tool.has("unique") ? compare(before, line) >= 0 : compare(before, line) > 0)
              ) {
                if (tool.has("checkQuiet")) tool.status = 1;
                else await tool.complain(`${name}:${lines.length + 1}: disorder: ${line}`);
                return;
              }
            }
            lines.push(line);
            held += line.length * 2 + 40;
          }
          tool.process.holdMemory(held);
          if (held > 4 * MAX_HELD_BYTES) await tool.die("memory exhausted", 2);
          await tool.spend(batch.length);
        }
      },
      {
        words: (name, error) =>
          error.code === "EISDIR" ? `read failed: ${name}: ${error.message}` : `cannot read: ${name}: ${error.message}`,
        status: 2,
      },
    );
    if (checking || tool.status !== 0) return;
    const sorted = await mergeSort(tool, lines, compare);
    const result: string[] = [];
    const unique = tool.has("unique");
    for (const line of sorted) {
      const before = result.at(-1);
      if (!(unique && before !== undefined && compareKeys(before, line) === 0)) result.push(line);
    }
    const output = tool.value("output");
    if (output !== undefined) {
      tool.process.files.writeFile(output, result.map((line) => line + end).join(""));
      return;
    }
    for (const line of result) {
      const full = tool.out.write(line + end);
      if (full !== undefined) await full;
    }
  },
);

/** "2,3n", "1.2,1.4". Undefined where it is none. */
function parseKey(text: string): Key | undefined {
  const [, fromField, fromChar, flags, toField, toChar, moreFlags] =
    /^(\d+)(?:\.(\d+))?([bdfgiMhnVr]*)(?:,(\d+)(?:\.(\d+))?([bdfgiMhnVr]*))?$/.exec(text) ?? [];
  if (fromField === undefined || fromField === "0") return undefined;
  return {
    fromField: Number(fromField),
    fromChar: Number(fromChar ?? 1),
    toField: Number(toField ?? 0),
    toChar: Number(toChar ?? 0),
    flags: `${flags ?? ""}${moreFlags ?? ""}`,
  };
}

function comparison(
  keys: readonly Key[],
  flags: string,
  separator: string | undefined,
): (a: string, b: string) => number {
  if (keys.length === 0) return compareBy(flags);
  const parts = keys.map((key) => {
    const own = key.flags === "" ? flags : key.flags;
    const compare = compareBy(own);
    return (a: string, b: string) => compare(keyOf(a, key, separator, own), keyOf(b, key, separator, own));
  });
  return (a, b) => {
    for (const part of parts) {
      const order = part(a, b);
      if (order !== 0) return order;
    }
    return 0;
  };
}

/** Start and end of field `number` (from 1). Without a separator, fields begin with the blanks before them. */
function fieldAt(line: string, number: number, separator: string | undefined): readonly [number, number] {
  let start = 0;
  for (let field = 1; ; field++) {
    let end = start;
    if (separator !== undefined) {
      end = line.indexOf(separator === "\\0" ? "\0" : separator, start);
      if (end === -1) end = line.length;
    } else {
      while (end < line.length && (line[end] === " " || line[end] === "\t")) end++;
      while (end < line.length && line[end] !== " " && line[end] !== "\t") end++;
    }
    if (field === number) return [start, end];
    if (end >= line.length) return [line.length, line.length];
    start = separator === undefined ? end : end + 1;
  }
}

function keyOf(line: string, key: Key, separator: string | undefined, flags: string): string {
  const skipBlanks = (at: number) => {
    let next = at;
    while (flags.includes("b") && (line[next] === " " || line[next] === "\t")) next++;
    return next;
  };
  const start = skipBlanks(fieldAt(line, key.fromField, separator)[0]) + key.fromChar - 1;
  if (key.toField === 0) return line.slice(start);
  const [from, to] = fieldAt(line, key.toField, separator);
  return line.slice(start, key.toChar === 0 ? to : Math.min(to, skipBlanks(from) + key.toChar));
}

function compareBy(flags: string): (a: string, b: string) => number {
  const sign = flags.includes("r") ? -1 : 1;
  const numeric = (value: (text: string) => number) => (a: string, b: string) => {
    const left = value(a);
    const right = value(b);
    return left < right ? -sign : left > right ? sign : 0;
  };
  if (flags.includes("n")) return numeric(leadingNumber);
  if (flags.includes("g"))
    return numeric((text) => {
      const value = Number.parseFloat(text);
      return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
    });
  if (flags.includes("h"))
    return numeric((text) => {
      const [, digits, unit] = /^\s*(-?\d*\.?\d*)([KkMGTPEZY]?)/.exec(text) ?? [];
      return Number(digits || 0) + Math.sign(Number(digits || 0)) * (UNITS[unit ?? ""] ?? 0) * 1e12;
    });
  if (flags.includes("M")) return numeric((text) => MONTHS.indexOf(text.trim().slice(0, 3).toUpperCase()));
  if (flags.includes("V")) return (a, b) => sign * compareVersions(a, b);
  const change = (text: string) => {
    let changed = flags.includes("b") ? text.replace(/^[ \t]+/, "") : text;
    if (flags.includes("d")) changed = changed.replace(/[^\p{L}\p{N} \t]/gu, "");
    if (flags.includes("f")) changed = changed.toUpperCase();
    return changed;
  };
  const plain = !/[bdf]/.test(flags);
  return (a, b) => {
    const left = plain ? a : change(a);
    const right = plain ? b : change(b);
    return left < right ? -sign : left > right ? sign : 0;
  };
}

function leadingNumber(text: string): number {
  const found = /^[ \t]*-?\d*\.?\d*/.exec(text)?.[0] ?? "";
  const value = Number(found);
  return Number.isNaN(value) ? 0 : value;
}

const RUN = 512;

/** Stable, and in pieces: sorting a lot lets others run in between. */
async function mergeSort(
  tool: AnyTool,
  lines: readonly string[],
  compare: (a: string, b: string) => number,
): Promise<readonly string[]> {
  let runs: string[][] = [];
  for (let at = 0; at < lines.length; at += RUN) {
    runs.push(lines.slice(at, at + RUN).sort(compare));
    await tool.spend(RUN);
  }
  while (runs.length > 1) {
    const next: string[][] = [];
    for (let index = 0; index < runs.length; index += 2) {
      const left = runs[index] as string[];
      const right = runs[index + 1];
      next.push(right === undefined ? left : await merge(tool, left, right, compare));
    }
    runs = next;
  }
  return runs[0] ?? [];
}

async function merge(
  tool: AnyTool,
  left: readonly string[],
  right: readonly string[],
  compare: (a: string, b: string) => number,
): Promise<string[]> {
  const out: string[] = [];
  let i = 0;
  let j = 0;
  while (i < left.length && j < right.length) {
    if (compare(left[i] as string, right[j] as string) <= 0) out.push(left[i++] as string);
    else out.push(right[j++] as string);
    if ((out.length & 255) === 0) await tool.spend(256);
  }
  for (; i < left.length; i++) out.push(left[i] as string);
  for (; j < right.length; j++) out.push(right[j] as string);
  return out;
}
