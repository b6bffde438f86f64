import { concatBytes } from "../../encoding/index.ts";
import { decodeBytes, unfinished } from "../bytes.ts";
import { isErrno } from "../errno.ts";
import { codePointWidth } from "../tty/width.ts";
import type { ByteReader } from "../types.ts";
import { Exit, type Tool, tool } from "./support/tool.ts";

const OPTIONS = {
  bytes: { short: "c", long: "bytes" },
  chars: { short: "m", long: "chars" },
  lines: { short: "l", long: "lines" },
  words: { short: "w", long: "words" },
  filesFrom: { long: "files0-from", value: true },
  longest: { short: "L", long: "max-line-length" },
} as const;

const COLUMNS = ["lines", "words", "chars", "bytes", "longest"] as const;
type Counts = Record<(typeof COLUMNS)[number], number>;
const none = (): Counts => ({ lines: 0, words: 0, chars: 0, bytes: 0, longest: 0 });

const SPACE = /^[\s\u2060]$/u;
const UNPRINTABLE = /^[\p{Cc}\p{Cn}\p{Cs}\u2028\u2029]$/u;

const make = (box: boolean) =>
  tool(
    {
      name: "wc",
      usage: "[OPTION]... [FILE]...",
      summary: "Print newline, word, and byte counts for each FILE.",
      options: OPTIONS,
    },
    async (tool) => {
      const chosen = COLUMNS.filter((name) => tool.has(name));
      const shown = chosen.length === 0 ? (["lines", "words", "bytes"] as const) : chosen;
      const names = await namesOf(tool);
      const width = box ? (shown.length === 1 ? 1 : 9) : widthOf(tool, names, shown.length);
      const total = none();
      const row = async (counts: Counts, name: string | undefined) => {
        const cells = shown.map((column) => String(counts[column]).padStart(width));
        await tool.out.write(`${cells.join(" ")}${name === undefined ? "" : ` ${name}`}\n`);
      };
      for (const [index, name] of names.entries()) {
        if (name === "") {
          const list = tool.value("filesFrom");
          await tool.complain(
            `${list === undefined ? "" : `${tool.bare(list)}:${index + 1}: `}invalid zero-length file name`,
          );
          continue;
        }
        const counts = none();
        try {
          await count(tool, tool.open(name ?? "-"), counts, shown, box);
        } catch (error) {
          if (!isErrno(error)) throw error;
          await tool.complain(`${tool.bare(name ?? "-")}: ${error.message}`);
          if (error.code !== "EISDIR" || box) continue;
        }
        for (const key of ["lines", "words", "chars", "bytes"] as const) total[key] += counts[key];
        total.longest = Math.max(total.longest, counts.longest);
        await row(counts, name);
      }
      if (names.length > 1) await row(total, "total");
      return tool.status;
    },
  );

/** Undefined: the standard input, without a name. */
async function namesOf(tool: Tool<typeof OPTIONS>): Promise<readonly (string | undefined)[]> {
  const list = tool.value("filesFrom");
  if (list === undefined) return tool.operands.length === 0 ? [undefined] : tool.operands;
  const [extra] = tool.operands;
  if (extra !== undefined)
    tool.usage(`extra operand ${tool.named(extra)}\nfile operands cannot be combined with --files0-from`);
  const names: string[] = [];
  const opened = await tool.attempt(`cannot open ${tool.named(list)} for reading`, async () => {
    for await (const batch of tool.lines(tool.open(list), { zero: true })) names.push(...batch);
  });
  if (!opened) throw new Exit(1);
  return names;
}

/** As many digits as all regular files together need; seven where there is something else. */
function widthOf(tool: Tool<typeof OPTIONS>, names: readonly (string | undefined)[], columns: number): number {
  if (names.length === 1 && columns === 1) return 1;
  const { files, descriptors } = tool.process;
  let least = 1;
  let size = 0;
  for (const name of names) {
    const path = name === undefined || name === "-" ? descriptors.get(0)?.path : name;
    const kind = name === undefined || name === "-" ? descriptors.get(0)?.kind : "file";
    if (kind !== "file" || path === undefined) least = 7;
    else if (files.exists(path)) {
      const stat = files.stat(path);
      if (stat.type === "file") size += stat.size;
      else least = 7;
    }
  }
  return Math.max(least, String(size).length);
}

async function count(
  tool: Tool<typeof OPTIONS>,
  reader: ByteReader,
  counts: Counts,
  shown: readonly string[],
  box: boolean,
): Promise<void> {
  const { utf8 } = tool;
  const text = shown.some((column) => column === "chars" || column === "longest" || column === "words");
  let torn: Uint8Array = new Uint8Array();
  let inWord = false;
  let width = 0;
  const take = (part: string) => {
    for (const character of part) {
      const code = character.codePointAt(0) ?? 0;
      // A byte that is no character.
      if (character.length === 1 && code >= 0xdc80 && code <= 0xdcff) {
        if (!utf8 || box) counts.chars++;
        if (box && !inWord) {
          counts.words++;
          inWord = true;
        }
        continue;
      }
      counts.chars++;
      const space = code < 128 ? code === 32 || (code >= 9 && code <= 13) : utf8 && SPACE.test(character);
      if (space) {
        inWord = false;
        if (code === 10 || code === 13 || code === 12) {
          counts.longest = Math.max(counts.longest, width);
          width = 0;
        } else if (code === 9) width += 8 - (width % 8);
        else if (code !== 11) width += codePointWidth(code);
        continue;
      }
      const printable = code < 128 ? code > 32 && code < 127 : !UNPRINTABLE.test(character);
      if (!printable && !box) continue;
      width += printable ? codePointWidth(code) : 0;
      if (!inWord) counts.words++;
      inWord = true;
    }
  };
  for (let chunk = await reader.read(16_384); chunk !== null; chunk = await reader.read(16_384)) {
    counts.bytes += chunk.length;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) counts.lines++;
    if (text) {
      const bytes = torn.length === 0 ? chunk : concatBytes([torn, chunk]);
      const keep = unfinished(bytes);
      torn = bytes.slice(bytes.length - keep);
      take(decodeBytes(bytes.subarray(0, bytes.length - keep)));
    }
    await tool.spend(chunk.length >> 2);
  }
  take(decodeBytes(torn));
  counts.longest = Math.max(counts.longest, width);
}

export const wc = make(false);
/** Its columns are nine wide. */
export const busyboxWc = make(true);
