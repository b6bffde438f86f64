import { compareText } from "./jq/json.ts";
import { type Lines, tool } from "./support/tool.ts";

interface Side {
  readonly lines: Lines;
  queue: readonly string[];
  at: number;
}

interface Row {
  readonly key: string;
  readonly fields: readonly string[];
}

export const join = tool(
  {
    name: "join",
    usage: "[OPTION]... FILE1 FILE2",
    summary: "For each pair of input lines with identical join fields, write a line to standard output.",
    options: {
      also: { short: "a", value: true },
      empty: { short: "e", value: true },
      ignoreCase: { short: "i", long: "ignore-case" },
      field: { short: "j", value: true },
      output: { short: "o", value: true },
      separator: { short: "t", value: true },
      only: { short: "v", value: true },
      first: { short: "1", value: true },
      second: { short: "2", value: true },
      header: { long: "header" },
      checkOrder: { long: "check-order" },
      noCheck: { long: "nocheck-order" },
    },
  },
  async (tool) => {
    const [left, right, extra] = tool.operands;
    if (left === undefined) return tool.usage("missing operand");
    if (right === undefined) return tool.usage(`missing operand after '${left}'`);
    if (extra !== undefined) return tool.usage(`extra operand '${extra}'`);
    const fieldOf = (name: "first" | "second") => {
      const text = tool.value(name) ?? tool.value("field") ?? "1";
      if (!/^[1-9]\d*$/.test(text)) throw tool.usage(`invalid field number: '${text}'`);
      return Number(text) - 1;
    };
    const keys = [fieldOf("first"), fieldOf("second")] as const;
    const separator = tool.value("separator");
    if (separator !== undefined && [...separator].length > 1 && separator !== "\\0")
      return tool.die(`multi-character tab '${separator}'`);
    const between = separator === undefined ? " " : separator;
    const empty = tool.value("empty") ?? "";
    const split = (line: string) =>
      separator === undefined
        ? line.split(/[ \t]+/).filter((field, index) => field !== "" || index > 0)
        : line.split(separator);
    const unpaired = new Set([...tool.options.values("also"), ...tool.options.values("only")]);
    for (const side of unpaired) if (!/^[12]$/.test(side)) return tool.die(`invalid file number: '${side}'`);
    const pairs = !tool.has("only");
    const open = (name: string): Side => ({ lines: tool.lines(tool.open(name)), queue: [], at: 0 });
    let sides: readonly [Side, Side] | undefined;
    for (const [index, name] of [left, right].entries()) {
      const fine = await tool.attempt(name, () => {
        if (index === 0) sides = [open(name), { lines: undefined as never, queue: [], at: 0 }];
        else sides = [(sides as readonly [Side, Side])[0], open(name)];
      });
      if (!fine) return 1;
    }
    const [one, two] = sides as readonly [Side, Side];
    const next = async (side: Side, index: 0 | 1): Promise<Row | undefined> => {
      if (side.at >= side.queue.length) {
        const batch = await side.lines.batch();
        if (batch === null) return undefined;
        side.queue = batch;
        side.at = 0;
      }
      const spent = tool.spend(2);
      if (spent !== undefined) await spent;
      const fields = split(side.queue[side.at++] as string);
      const key = fields[keys[index]] ?? "";
      return { key: tool.has("ignoreCase") ? key.toLowerCase() : key, fields };
    };
    let list = tool.value("output");
    let auto: readonly [number, number] | undefined;
    const print = async (a: Row | undefined, b: Row | undefined) => {
      const rest = (row: Row | undefined, index: 0 | 1) =>
        row === undefined
          ? auto === undefined
            ? []
            : Array.from({ length: (auto[index] ?? 1) - 1 }, () => empty)
          : row.fields.filter((_, field) => field !== keys[index]);
      const rawKey = a?.fields[keys[0]] ?? b?.fields[keys[1]] ?? "";
      const cells =
        list === undefined || list === "auto"
          ? [rawKey, ...rest(a, 0), ...rest(b, 1)]
          : list.split(/[ ,]+/).map((each) => {
              if (each === "0") return rawKey;
              const [file, field] = each.split(".").map(Number);
              return (file === 1 ? a : b)?.fields[(field ?? 1) - 1] || empty;
            });
      await tool.out.write(`${cells.join(between)}\n`);
    };
    if (list !== undefined && list !== "auto" && !/^(0|[12]\.[1-9]\d*)([ ,]+(0|[12]\.[1-9]\d*))*$/.test(list))
      return tool.die(`invalid field specifier: '${list}'`);
    let a = await next(one, 0);
    let b = await next(two, 1);
    if (list === "auto") {
      auto = [a?.fields.length ?? 1, b?.fields.length ?? 1];
      list = undefined;
    }
    if (tool.has("header")) {
      if (a !== undefined && b !== undefined) await print(a, b);
      a = await next(one, 0);
      b = await next(two, 1);
    }
    while (a !== undefined || b !== undefined) {
      const order = a === undefined ? 1 : b === undefined ? -1 : compareText(a.key, b.key);
      if (order < 0) {
        if (unpaired.has("1")) await print(a, undefined);
        a = await next(one, 0);
      } else if (order > 0) {
        if (unpaired.has("2")) await print(undefined, b);
        b = await next(two, 1);
      } else {
        // Every line of the one with every line of the other that has the key.
        const { key } = a as Row;
        const group: Row[] = [];
        while (b !== undefined && b.key === key) {
          group.push(b);
          b = await next(two, 1);
        }
        while (a !== undefined && a.key === key) {
          if (pairs)
            for (const each of group) {
              await print(a, each);
              const spent = tool.spend(2);
              if (spent !== undefined) await spent;
            }
          a = await next(one, 0);
        }
      }
    }
    return tool.status;
  },
);
