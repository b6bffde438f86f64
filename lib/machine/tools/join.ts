import { LineSource } from "./paste.ts";
import { fromBinary, toBinary } from "./support/binary.ts";
import { readNumber } from "./support/numbers.ts";
import { type Tool, tool } from "./support/tool.ts";

const OPTIONS = {
  also: { short: "a", value: true },
  empty: { short: "e", value: true },
  ignoreCase: { short: "i", long: "ignore-case" },
  field: { short: "j", value: true },
  output: { short: "o", value: true },
  separator: { short: "t", value: true },
  only: { short: "v", value: true },
  first: { short: "1", value: true },
  second: { short: "2", value: true },
  zero: { short: "z", long: "zero-terminated" },
  checkOrder: { long: "check-order" },
  noCheck: { long: "nocheck-order" },
  header: { long: "header" },
} as const;

interface Row {
  readonly key: string;
  readonly fields: readonly string[];
  readonly line: string;
}

const NOTHING: Row = { key: "", fields: [], line: "" };

interface Settings {
  readonly keys: readonly [number, number];
  /** Undefined: blanks. */
  readonly separator: string | undefined;
  readonly empty: string;
  readonly unpaired: readonly [boolean, boolean];
  readonly pairs: boolean;
  /** Undefined: the key and all other fields; "auto": as many as the first lines have. */
  readonly columns: readonly { readonly file: number; readonly field: number }[] | "auto" | undefined;
  readonly order: "checkOrder" | "noCheck" | undefined;
}

async function settingsOf(tool: Tool<typeof OPTIONS>): Promise<Settings> {
  const number = async (text: string): Promise<number> => {
    const value = readNumber(text);
    if (value === "overflow") return Number.MAX_SAFE_INTEGER;
    if (typeof value !== "bigint" || value === 0n) return tool.die(`invalid field number: ${tool.word(text)}`);
    return Number(value) - 1;
  };
  const keys: [number | undefined, number | undefined] = [undefined, undefined];
  const setKey = async (side: 0 | 1, field: number) => {
    const known = keys[side];
    if (known !== undefined && known !== field) await tool.die(`incompatible join fields ${known + 1}, ${field + 1}`);
    keys[side] = field;
  };
  const old = new Set<number>();
  const unpaired: [boolean, boolean] = [false, false];
  let separator: string | undefined;
  let pairs = true;
  let empty: string | undefined;
  let columns: { file: number; field: number }[] | "auto" | undefined;
  for (const { name, value = "" } of tool.options.given) {
    switch (name) {
      case "only":
      case "also":
        if (name === "only") pairs = false;
        if (!/^[12]$/.test(value)) await tool.die(`invalid field number: ${tool.word(value)}`);
        unpaired[Number(value) - 1] = true;
        break;
      case "empty":
        if (empty !== undefined && empty !== value) await tool.die("conflicting empty-field replacement strings");
        empty = value;
        break;
      case "field": {
        const field = await number(value);
        // What may be the old forms -j1 and -j2 is dealt with at the end.
        if (field < 2) old.add(field);
        else for (const side of [0, 1] as const) await setKey(side, field);
        break;
      }
      case "first":
      case "second":
        await setKey(name === "first" ? 0 : 1, await number(value));
        break;
      case "output":
        if (value === "auto") columns = "auto";
        else {
          const list = columns === "auto" || columns === undefined ? [] : columns;
          for (const word of value.split(/[, \t]/)) list.push(await columnOf(tool, word));
          columns = list;
        }
        break;
      case "separator": {
        let next = toBinary(value);
        if (next === "") next = "\n";
        else if (next.length > 1) {
          if (value !== "\\0") await tool.die(`multi-character tab ${tool.word(value)}`);
          next = "\0";
        }
        if (separator !== undefined && separator !== next) await tool.die("incompatible tabs");
        separator = next;
        break;
      }
      default:
    }
  }
  for (const field of [0, 1]) if (old.has(field)) for (const side of [0, 1] as const) await setKey(side, field);
  return {
    keys: [keys[0] ?? 0, keys[1] ?? 0],
    separator,
    empty: toBinary(empty ?? ""),
    unpaired,
    pairs,
    columns,
    order: tool.options.last("checkOrder", "noCheck"),
  };
}

async function columnOf(tool: Tool<typeof OPTIONS>, word: string): Promise<{ file: number; field: number }> {
  if (word === "0") return { file: 0, field: 0 };
  if (word.startsWith("0")) return tool.die(`invalid field specifier: ${tool.word(word)}`);
  if (!/^[12]/.test(word)) return tool.die(`invalid file number in field spec: ${tool.word(word)}`);
  if (word[1] !== ".") return tool.die(`invalid field specifier: ${tool.word(word)}`);
  const field = readNumber(word.slice(2));
  if (typeof field !== "bigint" || field === 0n) return tool.die(`invalid field number: ${tool.word(word.slice(2))}`);
  return { file: Number(word[0]), field: Number(field) - 1 };
}

export const join = tool(
  {
    name: "join",
    usage: "[OPTION]... FILE1 FILE2",
    summary: "For each pair of input lines with identical join fields, write a line to standard output.",
    options: OPTIONS,
  },
  async (tool) => {
    const settings = await settingsOf(tool);
    const [left, right, extra] = tool.operands;
    if (left === undefined) return tool.usage("missing operand");
    if (right === undefined) return tool.usage(`missing operand after ${tool.word(left)}`);
    if (extra !== undefined) return tool.usage(`extra operand ${tool.named(extra)}`);
    if (left === "-" && right === "-") return tool.die("both files cannot be standard input");
    const zero = tool.has("zero");
    const sources: LineSource[] = [];
    for (const name of [left, right]) {
      const open = () => void sources.push(new LineSource(tool.lines(tool.open(name), { zero, binary: true })));
      if (!(await tool.attempt(tool.bare(name), open))) return 1;
    }
    const joiner = new Joiner(tool, settings, [left, right], sources);
    if (!(await tool.attempt("read error", () => joiner.run()))) return 1;
    if (joiner.disordered) await tool.die("input is not in sorted order");
    return tool.status;
  },
);

class Joiner {
  readonly #tool: Tool<typeof OPTIONS>;
  readonly #settings: Settings;
  readonly #names: readonly string[];
  readonly #sources: readonly LineSource[];
  readonly #end: string;
  readonly #before: (Row | undefined)[] = [undefined, undefined];
  readonly #numbers = [0, 0];
  readonly #warned = [false, false];
  #unpaired = false;
  #counts: readonly [number, number] | undefined;

  constructor(
    tool: Tool<typeof OPTIONS>,
    settings: Settings,
    names: readonly string[],
    sources: readonly LineSource[],
  ) {
    this.#tool = tool;
    this.#settings = settings;
    this.#names = names;
    this.#sources = sources;
    this.#end = tool.has("zero") ? "\0" : "\n";
  }

  get disordered(): boolean {
    return this.#warned.includes(true);
  }

  async run(): Promise<void> {
    const { unpaired, pairs, columns, order } = this.#settings;
    let one = await this.#read(0);
    let two = await this.#read(1);
    if (columns === "auto") this.#counts = [one?.fields.length ?? 0, two?.fields.length ?? 0];
    if (this.#tool.has("header") && (one !== undefined || two !== undefined)) {
      await this.#print(one ?? NOTHING, two ?? NOTHING);
      this.#before.fill(undefined);
      if (one !== undefined) one = await this.#read(0);
      if (two !== undefined) two = await this.#read(1);
    }
    while (one !== undefined && two !== undefined) {
      if (one.key !== two.key) {
        const side = one.key < two.key ? 0 : 1;
        if (unpaired[side]) await (side === 0 ? this.#print(one, NOTHING) : this.#print(NOTHING, two));
        if (side === 0) one = await this.#read(0);
        else two = await this.#read(1);
        this.#unpaired = true;
        continue;
      }
      const { key } = two;
      const [lefts, rights]: [Row[], Row[]] = [[one], [two]];
      for (one = await this.#read(0); one !== undefined && one.key === key; one = await this.#read(0)) lefts.push(one);
      for (two = await this.#read(1); two !== undefined && two.key === key; two = await this.#read(1)) rights.push(two);
      if (pairs) for (const a of lefts) for (const b of rights) await this.#print(a, b);
    }
    const checkTail = order !== "noCheck" && !this.#warned.every(Boolean);
    for (const side of [0, 1] as const) {
      let row = side === 0 ? one : two;
      if (row === undefined || !(unpaired[side] || checkTail)) continue;
      const show = async (each: Row) => {
        if (unpaired[side]) await (side === 0 ? this.#print(each, NOTHING) : this.#print(NOTHING, each));
      };
      await show(row);
      if ((side === 0 ? two : one) !== undefined) this.#unpaired = true;
      for (row = await this.#read(side); row !== undefined; row = await this.#read(side)) {
        await show(row);
        if (this.#warned[side] && !unpaired[side]) break;
      }
    }
  }

  async #read(side: 0 | 1): Promise<Row | undefined> {
    const line = await this.#sources[side]?.next();
    if (line === undefined) return undefined;
    const spent = this.#tool.spend(2 + (line.length >> 5));
    if (spent !== undefined) await spent;
    this.#numbers[side] = (this.#numbers[side] ?? 0) + 1;
    const fields = this.#split(line);
    const key = fields[this.#settings.keys[side]] ?? "";
    const row = {
      key: this.#tool.has("ignoreCase") ? key.replace(/[a-z]+/g, (all) => all.toUpperCase()) : key,
      fields,
      line,
    };
    const before = this.#before[side];
    if (before !== undefined) await this.#check(before, row, side);
    this.#before[side] = row;
    return row;
  }

  #split(line: string): string[] {
    const { separator } = this.#settings;
    if (separator !== undefined) return separator === "\n" ? [line] : line === "" ? [] : line.split(separator);
    const text = line.replace(/^[ \t\n]+/, "");
    return text === "" ? [] : text.split(/[ \t\n]+/);
  }

  async #check(before: Row, row: Row, side: 0 | 1): Promise<void> {
    const { order } = this.#settings;
    if (order === "noCheck" || (order !== "checkOrder" && !this.#unpaired) || this.#warned[side]) return;
    if (before.key <= row.key) return;
    const message = `${this.#names[side]}:${this.#numbers[side]}: is not sorted: ${fromBinary(row.line.split("\0", 1)[0] ?? "")}`;
    if (order === "checkOrder") await this.#tool.die(message);
    await this.#tool.complain(message, 0);
    this.#warned[side] = true;
  }

  async #print(a: Row, b: Row): Promise<void> {
    const { keys, columns, empty, separator } = this.#settings;
    const cell = (row: Row, field: number) => row.fields[field] || empty;
    const key = () => (a === NOTHING ? cell(b, keys[1]) : cell(a, keys[0]));
    let cells: string[];
    if (columns !== undefined && columns !== "auto")
      cells = columns.map(({ file, field }) => (file === 0 ? key() : cell(file === 1 ? a : b, field)));
    else {
      cells = [key()];
      for (const side of [0, 1] as const) {
        const row = side === 0 ? a : b;
        const count = this.#counts?.[side] ?? row.fields.length;
        for (let field = 0; field < count; field++) if (field !== keys[side]) cells.push(cell(row, field));
      }
    }
    const full = this.#tool.out.writeBinary(cells.join(separator ?? " ") + this.#end);
    if (full !== undefined) await full;
    const spent = this.#tool.spend(1 + cells.length);
    if (spent !== undefined) await spent;
  }
}
