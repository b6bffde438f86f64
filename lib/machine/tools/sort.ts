import { isErrno } from "../errno.ts";
import { bytesOfBinary, toBinary } from "./support/binary.ts";
import { readNumber } from "./support/numbers.ts";
import { choice } from "./support/options.ts";
import { keyWarnings, underlines } from "./support/sort-debug.ts";
import { checkCompatible, type Key, keyComparison, parseKey, SortError, WHOLE } from "./support/sort-keys.ts";
import { type AnyTool, Exit, type Lines, MAX_HELD_BYTES, type Tool, tool } from "./support/tool.ts";

const FAILED = 2;
const ORDERS = {
  "general-numeric": "g",
  "human-numeric": "h",
  month: "M",
  numeric: "n",
  random: "R",
  version: "V",
} as const;
const CHECKS = { quiet: "C", silent: "C", "diagnose-first": "c" } as const;

const OPTIONS = {
  b: { short: "b", long: "ignore-leading-blanks" },
  d: { short: "d", long: "dictionary-order" },
  f: { short: "f", long: "ignore-case" },
  g: { short: "g", long: "general-numeric-sort" },
  i: { short: "i", long: "ignore-nonprinting" },
  M: { short: "M", long: "month-sort" },
  h: { short: "h", long: "human-numeric-sort" },
  n: { short: "n", long: "numeric-sort" },
  R: { short: "R", long: "random-sort" },
  V: { short: "V", long: "version-sort" },
  r: { short: "r", long: "reverse" },
  order: { long: "sort", value: true },
  batch: { long: "batch-size", value: true },
  check: { short: "c" },
  checkAs: { long: "check", value: "optional" },
  checkQuiet: { short: "C" },
  compress: { long: "compress-program", value: true },
  debug: { long: "debug" },
  filesFrom: { long: "files0-from", value: true },
  key: { short: "k", long: "key", value: true },
  merge: { short: "m", long: "merge" },
  output: { short: "o", long: "output", value: true },
  parallel: { long: "parallel", value: true },
  randomSource: { long: "random-source", value: true },
  stable: { short: "s", long: "stable" },
  size: { short: "S", long: "buffer-size", value: true },
  separator: { short: "t", long: "field-separator", value: true },
  temporary: { short: "T", long: "temporary-directory", value: true },
  unique: { short: "u", long: "unique" },
  zero: { short: "z", long: "zero-terminated" },
} as const;

type SortTool = Tool<typeof OPTIONS>;

interface Settings {
  readonly keys: readonly Key[];
  readonly globals: Key;
  /** The key stands for options that were given outside of keys. */
  readonly only: boolean;
  readonly tab: string | undefined;
  /** 0: no check; else the status of input that is out of order, and whether it is said where. */
  readonly check: "" | "c" | "C";
}

async function settingsOf(tool: SortTool): Promise<Settings> {
  const quote = (text: string) => tool.word(text);
  const globals: Key = { ...WHOLE, flags: "" };
  const keys: Key[] = [];
  let tab: string | undefined;
  let check: "" | "c" | "C" = "";
  let output: string | undefined;
  for (const { name, value = "" } of tool.options.given) {
    switch (name) {
      case "b":
        globals.skipStart = globals.skipEnd = true;
        break;
      case "order":
        globals.flags += ORDERS[choice(tool, "--sort", value, ORDERS)];
        break;
      case "check":
      case "checkAs":
      case "checkQuiet": {
        const next = name === "checkQuiet" ? "C" : value === "" ? "c" : CHECKS[choice(tool, "--check", value, CHECKS)];
        if (check !== "" && check !== next) throw new SortError("options '-cC' are incompatible");
        check = next;
        break;
      }
      case "key":
        keys.push(parseKey(value, quote));
        break;
      case "separator": {
        if (value === "") throw new SortError("empty tab");
        let next = toBinary(value);
        if (next.length > 1) {
          if (value !== "\\0") throw new SortError(`multi-character tab ${quote(value)}`);
          next = "\0";
        }
        if (tab !== undefined && tab !== next) throw new SortError("incompatible tabs");
        tab = next;
        break;
      }
      case "output":
        if (output !== undefined && output !== value) throw new SortError("multiple output files specified");
        output = value;
        break;
      case "size":
      case "batch":
      case "parallel":
        await checkNumber(tool, name, value);
        break;
      case "compress":
        // Nothing is ever written to temporary files here.
        break;
      default:
        if (name.length === 1) globals.flags += name;
    }
  }
  const unset = (key: Key) => key.flags === "" && !key.skipStart && !key.skipEnd;
  for (const key of keys)
    if (unset(key)) {
      key.flags = globals.flags;
      key.skipStart = globals.skipStart;
      key.skipEnd = globals.skipEnd;
    }
  const only = keys.length === 0 && (/[^r]/.test(globals.flags) || globals.skipStart);
  const all = only ? [globals] : keys;
  checkCompatible(all);
  return { keys: all, globals, only, tab, check };
}

async function checkNumber(tool: SortTool, name: "size" | "batch" | "parallel", text: string): Promise<void> {
  if (name === "size") {
    const percent = /^\d+%$/.test(text);
    const value = percent ? 0n : readNumber(text, { suffixes: "EgGkKmMPtTYZb" });
    if (typeof value === "bigint") return;
    const option = tool.process.argv.some((word) => word.startsWith("--b")) ? "--buffer-size" : "-S";
    if (value === "overflow") throw new SortError(`${option} argument '${text}' too large`);
    throw new SortError(`invalid ${value === "suffix" ? "suffix in " : ""}${option} argument '${text}'`);
  }
  const option = name === "batch" ? "--batch-size" : "--parallel";
  const value = readNumber(text, {});
  if (value === "suffix") throw new SortError(`invalid suffix in ${option} argument '${text}'`);
  if (value === "invalid") throw new SortError(`invalid ${option} argument '${text}'`);
  if (name === "batch" && typeof value === "bigint" && value < 2n)
    throw new SortError(
      `invalid ${option} argument ${tool.word(text)}\nsort: minimum ${option} argument is ${tool.word("2")}`,
    );
  if (name === "parallel" && value === 0n) throw new SortError("number in parallel must be nonzero");
}

export const sort = tool(
  {
    name: "sort",
    usage: "[OPTION]... [FILE]...",
    summary: "Write sorted concatenation of all FILE(s) to standard output.",
    usageStatus: FAILED,
    options: OPTIONS,
  },
  async (tool) => {
    try {
      return await sortAll(tool, await settingsOf(tool));
    } catch (error) {
      if (error instanceof SortError) return tool.die(error.message, FAILED);
      throw error;
    }
  },
);

async function inputsOf(tool: SortTool): Promise<readonly string[]> {
  const list = tool.value("filesFrom");
  if (list === undefined) return tool.operands.length === 0 ? ["-"] : tool.operands;
  const [extra] = tool.operands;
  if (extra !== undefined)
    tool.usage(`extra operand ${tool.named(extra)}\nfile operands cannot be combined with --files0-from`);
  const names: string[] = [];
  const opened = await tool.attempt(
    `open failed: ${tool.bare(list)}`,
    async () => {
      for await (const batch of tool.lines(tool.open(list), { zero: true })) names.push(...batch);
    },
    FAILED,
  );
  if (!opened) throw new Exit(FAILED);
  const empty = names.indexOf("");
  if (names.length === 0) throw new SortError(`no input from ${tool.named(list)}`);
  if (empty !== -1) throw new SortError(`${tool.bare(list)}:${empty + 1}: invalid zero-length file name`);
  if (list === "-" && names.includes("-"))
    throw new SortError("when reading file names from stdin, no file name of '-' allowed");
  return names;
}

async function saltOf(tool: SortTool): Promise<Uint8Array> {
  const source = tool.value("randomSource");
  if (source !== undefined) {
    let bytes = new Uint8Array();
    const fine = await tool.attempt(
      `open failed: ${tool.bare(source)}`,
      () => {
        bytes = tool.process.files.readFile(source).slice(0, 16);
      },
      FAILED,
    );
    if (!fine) throw new Exit(FAILED);
    if (bytes.length < 16) throw new SortError(`${tool.bare(source)}: end of file`);
    return bytes;
  }
  const { clock } = tool.process;
  return Uint8Array.from({ length: 16 }, () => Math.floor(clock.random() * 256));
}

async function sortAll(tool: SortTool, settings: Settings): Promise<number> {
  const { keys, globals, tab, check } = settings;
  const names = await inputsOf(tool);
  const output = tool.value("output");
  const unique = tool.has("unique");
  const stable = tool.has("stable");
  const debug = tool.has("debug");
  if (debug) {
    if (check !== "" || output !== undefined) {
      throw new SortError(`options '-${check === "" ? "o" : check} --debug' are incompatible`);
    }
    const locale = tool.process.env.get("LC_ALL") || tool.process.env.get("LANG") || "C";
    await tool.complain(
      locale === "C" || locale === "POSIX"
        ? "text ordering performed using simple byte comparison"
        : `text ordering performed using ${tool.word(locale)} sorting rules`,
      0,
    );
    for (const warning of keyWarnings(keys, globals, { only: settings.only, tab, stable, unique }))
      await tool.complain(warning, 0);
  }
  if (check !== "") {
    if (names.length > 1)
      throw new SortError(`extra operand ${tool.named(names[1] as string)} not allowed with -${check}`);
    if (output !== undefined) throw new SortError(`options '-${check}o' are incompatible`);
  }
  const random = keys.some((key) => key.flags.includes("R"));
  const byKeys =
    keys.length === 0 ? undefined : keyComparison(keys, tab, random ? await saltOf(tool) : new Uint8Array());
  const sign = globals.flags.includes("r") ? -1 : 1;
  const compare = (a: string, b: string): number => {
    const result = byKeys?.(a, b) ?? 0;
    if (result !== 0 || (byKeys !== undefined && (stable || unique))) return result;
    return a < b ? -sign : a > b ? sign : 0;
  };
  const zero = tool.has("zero");
  const linesOf = (name: string) => tool.lines(tool.open(name), { zero, binary: true });
  if (check !== "") return checkOrder(tool, names[0] as string, linesOf, compare, check);
  for (const name of names)
    if (name !== "-") {
      const open = await tool.attempt(`cannot read: ${tool.bare(name)}`, () => tool.open(name).close(), FAILED);
      if (!open) return FAILED;
    }
  const merging = tool.has("merge");
  const runs: Run[] = [];
  let held = 0;
  for (const name of names) {
    const run: string[][] = [];
    let piece: string[] = [];
    const pieceIsFull = (): void => {
      if (merging) run.push(piece);
      else runs.push([piece.sort(compare)]);
      piece = [];
    };
    try {
      for await (const batch of linesOf(name)) {
        for (const line of batch) {
          held += line.length + 40;
          if (piece.push(line) === PIECE) pieceIsFull();
        }
        tool.process.holdMemory(held);
        if (held > 4 * MAX_HELD_BYTES) await tool.die("memory exhausted", FAILED);
        await tool.spend(batch.length);
      }
    } catch (error) {
      if (!isErrno(error)) throw error;
      return tool.die(`read failed: ${tool.bare(name)}: ${error.message}`, FAILED);
    }
    pieceIsFull();
    if (merging) runs.push(run);
  }
  const end = zero ? "\0" : "\n";
  const kept: string[] = [];
  let before: string | undefined;
  for await (const piece of merged(tool, runs, compare)) {
    for (const line of piece) {
      if (unique && before !== undefined && compare(before, line) === 0) continue;
      before = line;
      const text = debug
        ? `${line.replaceAll("\t", ">")}\n${underlines(line, keys, tab, !(unique || stable))}`
        : line + end;
      if (output !== undefined) kept.push(text);
      else {
        const full = tool.out.writeBinary(text);
        if (full !== undefined) await full;
      }
    }
  }
  if (output === undefined) return tool.status;
  await tool.attempt(
    `open failed: ${tool.bare(output)}`,
    () => tool.process.files.writeFile(output, bytesOfBinary(kept.join(""))),
    FAILED,
  );
  return tool.status;
}

async function checkOrder(
  tool: SortTool,
  name: string,
  linesOf: (name: string) => Lines,
  compare: (a: string, b: string) => number,
  check: "c" | "C",
): Promise<number> {
  const unique = tool.has("unique");
  let before: string | undefined;
  let number = 0;
  try {
    for await (const batch of linesOf(name)) {
      for (const line of batch) {
        number++;
        if (before !== undefined && compare(before, line) > (unique ? -1 : 0)) {
          if (check === "c") {
            await tool.out.flush();
            await tool.process.stderr.write(
              bytesOfBinary(`sort: ${toBinary(tool.bare(name))}:${number}: disorder: ${line}\n`),
            );
          }
          return 1;
        }
        before = line;
      }
      await tool.spend(batch.length);
    }
  } catch (error) {
    if (!isErrno(error)) throw error;
    const what = error.code === "EISDIR" ? "read failed" : "open failed";
    return tool.die(`${what}: ${tool.bare(name)}: ${error.message}`, FAILED);
  }
  return 0;
}

/** As many lines are sorted, or handed on, in one go: sorting a lot lets others run in between. */
const PIECE = 256;
/** Lines in order, in pieces that are full but for the last: growing one long array would hold everybody up. */
type Run = readonly (readonly string[])[];

/** The lines of all runs in order, a piece at a time; of equal ones those of the earlier run come first. */
async function* merged(
  tool: AnyTool,
  runs: readonly Run[],
  compare: (a: string, b: string) => number,
): AsyncGenerator<readonly string[]> {
  const next = runs.map(() => 0);
  const lineOf = (run: number): string | undefined => {
    const at = next[run] as number;
    return runs[run]?.[Math.floor(at / PIECE)]?.[at % PIECE];
  };
  const before = (a: number, b: number): boolean => {
    const order = compare(lineOf(a) as string, lineOf(b) as string);
    return order === 0 ? a < b : order < 0;
  };
  // A heap of the runs that have lines left, by their next one.
  const heap: number[] = [];
  const sink = (from: number): void => {
    const run = heap[from] as number;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child + 1 < heap.length && before(heap[child + 1] as number, heap[child] as number)) child++;
      if (child >= heap.length || before(run, heap[child] as number)) break;
      heap[at] = heap[child] as number;
      at = child;
    }
    heap[at] = run;
  };
  for (let run = 0; run < runs.length; run++) if (lineOf(run) !== undefined) heap.push(run);
  for (let at = (heap.length >> 1) - 1; at >= 0; at--) {
    sink(at);
    if ((at & 255) === 0) await tool.spend(256);
  }
  for (let out: string[] = []; heap.length > 0; ) {
    const run = heap[0] as number;
    out.push(lineOf(run) as string);
    next[run] = (next[run] as number) + 1;
    if (lineOf(run) === undefined) {
      const last = heap.pop() as number;
      if (heap.length > 0) heap[0] = last;
    }
    if (heap.length > 1) sink(0);
    if (out.length === PIECE || heap.length === 0) {
      await tool.spend(out.length);
      yield out;
      out = [];
    }
  }
}
