/** column (util-linux 2.38): lists in columns, lines as tables or JSON. */
import { displayWidth } from "../tty/width.ts";
import type { ByteReader } from "../types.ts";
import { layOut, type TableColumn, tableLines } from "./column/table.ts";
import { type Tool, tool } from "./support/tool.ts";

/** Cells of one row. */
const MAX_CELLS = 50_000;

const OPTIONS = {
  table: { short: "t", long: "table", help: "create a table" },
  name: { short: "n", long: "table-name", value: true, help: "table name for JSON output" },
  order: { short: "O", long: "table-order", value: true, help: "specify order of output columns" },
  names: { short: "N", long: "table-columns", value: true, help: "comma separated columns names" },
  limit: { short: "l", long: "table-columns-limit", value: true, help: "maximal number of input columns" },
  noExtreme: { short: "E", long: "table-noextreme", value: true, help: "don't count long text in these columns" },
  noHeadings: { short: "d", long: "table-noheadings", help: "don't print header" },
  headerRepeat: { short: "e", long: "table-header-repeat", help: "repeat header for each page" },
  hide: { short: "H", long: "table-hide", value: true, help: "don't print the columns" },
  right: { short: "R", long: "table-right", value: true, help: "right align text in these columns" },
  truncate: { short: "T", long: "table-truncate", value: true, help: "truncate text in the columns when necessary" },
  wrap: { short: "W", long: "table-wrap", value: true, help: "wrap text in the columns when necessary" },
  keepEmpty: { short: "L", long: "keep-empty-lines", help: "don't ignore empty lines" },
  json: { short: "J", long: "json", help: "use JSON output format for table" },
  tree: { short: "r", long: "tree", value: true, help: "not available here" },
  width: { short: "c", long: "output-width", value: true, help: "width of output in number of characters" },
  output: { short: "o", long: "output-separator", value: true, help: "columns separator for table output" },
  separator: { short: "s", long: "separator", value: true, help: "possible table delimiters" },
  fillRows: { short: "x", long: "fillrows", help: "fill rows before columns" },
  version: { short: "V", long: "version", help: "display version" },
} as const;
type Column = Tool<typeof OPTIONS>;

const OF_TABLES = ["order", "names", "noExtreme", "noHeadings", "hide", "right", "truncate", "wrap"] as const;

export const column = tool(
  { name: "column", usage: "[options] [<file>...]", summary: "Columnate lists.", options: OPTIONS },
  async (tool) => {
    if (tool.has("version")) {
      await tool.out.write("column from util-linux 2.38.1\n");
      return 0;
    }
    const number = async (name: "width" | "limit", words: string) => {
      const text = tool.value(name);
      if (text === undefined) return undefined;
      if (/^-\d+$/.test(text)) return tool.die(`invalid ${words} argument: '${text}': Numerical result out of range`);
      return /^\d+$/.test(text) ? Number(text) : tool.die(`invalid ${words} argument: '${text}'`);
    };
    const width =
      (await number("width", "columns")) ??
      tool.process.tty?.size.columns ??
      (Number(tool.process.env.get("COLUMNS")) || 80);
    const limit = (await number("limit", "columns limit")) ?? 0;
    if (tool.has("tree"))
      return tool.die(
        tool.has("table") || tool.has("json")
          ? "options --tree-id and --tree-parent are required for tree formatting"
          : "option --table required for --tree",
      );
    const tables = tool.has("table") || tool.has("json");
    if (!tables && OF_TABLES.some((name) => name !== "noHeadings" && tool.has(name)))
      return tool.die("option --table required for all --table-*");
    if (tool.has("json") && !tool.has("names")) return tool.die("option --table-columns required for --json");
    const lines: string[] = [];
    const words = (name: string, error: Error) =>
      error.message === "Is a directory" ? `read failed: ${error.message}` : `${tool.bare(name)}: ${error.message}`;
    const read = async (reader: ByteReader) => {
      for await (const batch of tool.lines(reader)) {
        for (const line of batch) if (/\S/.test(line) || tool.has("keepEmpty")) lines.push(shown(line));
        await tool.spend(batch.length);
        tool.process.holdMemory(lines.length * 64);
      }
    };
    await tool.eachInput(read, { words });
    return tables ? showTable(tool, lines, width, limit) : showList(tool, lines, width);
  },
);

/** Bytes that are no text are written out. */
const shown = (line: string) =>
  line.replace(/(?<![\ud800-\udbff])[\udc80-\udcff]/g, (byte) => `\\x${(byte.charCodeAt(0) - 0xdc00).toString(16)}`);

async function showList(tool: Column, lines: readonly string[], columns: number): Promise<number> {
  // Columns as many as fit, each as wide as the widest word and at least one blank, up to the next tab stop.
  let widest = 0;
  for (const line of lines) {
    widest = Math.max(widest, displayWidth(line));
    const spent = tool.spend();
    if (spent !== undefined) await spent;
  }
  const fill = tool.has("fillRows");
  const wide = (Math.floor(widest / 8) + 1) * 8;
  const across = Math.max(1, Math.floor(columns / wide));
  const down = Math.ceil(lines.length / across);
  for (let row = 0; row < down; row++) {
    let line = "";
    for (let at = 0; at < across; at++) {
      const index = fill ? row * across + at : at * down + row;
      const word = lines[index];
      if (word === undefined) break;
      const last = at === across - 1 || lines[fill ? index + 1 : index + down] === undefined;
      line += word;
      if (!last) line += "\t".repeat(Math.ceil((wide - displayWidth(word)) / 8));
    }
    await tool.spend(across);
    await tool.out.write(`${line}\n`);
  }
  return tool.status;
}

async function showTable(tool: Column, lines: readonly string[], width: number, limit: number): Promise<number> {
  const separator = tool.value("separator");
  const rows: string[][] = [];
  let most = 0;
  for (const line of lines) {
    const cells = cellsOf(line, separator, limit);
    if (cells.length > MAX_CELLS) return tool.die("line too long");
    rows.push(cells);
    most = Math.max(most, cells.length);
    const spent = tool.spend(2 + (line.length >> 5));
    if (spent !== undefined) await spent;
  }
  if (rows.length === 0) return tool.status;
  const names = (tool.value("names") ?? "").split(",").filter((name) => name !== "");
  if (tool.has("json")) {
    const wrong = rows.findIndex((row) => row.length > names.length);
    if (wrong !== -1)
      return tool.die(`line ${wrong + 2}: for JSON the name of the column ${names.length + 1} is required`);
  }
  const columns: TableColumn[] = Array.from({ length: Math.max(most, names.length) }, (_, index) => ({
    index,
    name: names[index] ?? "",
    right: false,
    hidden: false,
    shrinks: undefined,
    width: 0,
  }));
  await mark(tool, columns, names.length);
  const ordered = await inOrder(tool, columns);
  const visible = ordered.filter((each) => !each.hidden);
  if (tool.has("json")) return showJson(tool, rows, visible);
  // Headings count for the widths, shown or not.
  const heading = columns.map((each) => each.name);
  if (names.length > 0 && !tool.has("noHeadings")) rows.unshift(heading);
  await layOut(tool, [heading, ...rows], visible, { between: tool.value("output") ?? "  ", width });
  for (const row of rows) {
    await tool.spend(1 + (visible.length >> 2));
    for (const line of tableLines(row, visible, tool.value("output") ?? "  ")) await tool.out.write(`${line}\n`);
  }
  return tool.status;
}

/** At each of the separators; without `-s` blanks, of which several are one. */
function cellsOf(line: string, separator: string | undefined, limit: number): string[] {
  const greedy = separator === undefined;
  const separators = separator ?? " \t";
  const text = greedy ? line.replace(/^[ \t]+|[ \t]+$/g, "") : line;
  const cells: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length && cells.length <= MAX_CELLS; at++) {
    if (!separators.includes(text.charAt(at))) continue;
    if (limit > 0 && cells.length >= limit - 1) break;
    if (!greedy || at > from) cells.push(text.slice(from, at));
    from = at + 1;
  }
  cells.push(greedy ? text.slice(from).replace(/^[ \t]+/, "") : text.slice(from));
  return cells;
}

/** Columns by number or name, as the options name them. */
async function listed(tool: Column, text: string, columns: readonly TableColumn[]): Promise<TableColumn[]> {
  const found: TableColumn[] = [];
  for (const word of text.split(",").filter((each) => each !== "")) {
    const column = /^\d+$/.test(word)
      ? columns[Number(word) - 1]
      : columns.find((each) => each.name === word && word !== "");
    if (column === undefined && !/^\d+$/.test(word)) return tool.die(`undefined column name '${word}'`);
    if (column !== undefined) found.push(column);
  }
  return found;
}

async function mark(tool: Column, columns: readonly TableColumn[], named: number): Promise<void> {
  const right = tool.value("right");
  for (const each of right === undefined ? [] : right === "0" ? columns : await listed(tool, right, columns))
    each.right = true;
  const hide = tool.value("hide");
  for (const each of hide === undefined ? [] : hide === "-" ? columns.slice(named) : await listed(tool, hide, columns))
    each.hidden = true;
  for (const [option, how] of [
    ["truncate", "cut"],
    ["wrap", "wrap"],
  ] as const) {
    const text = tool.value(option);
    if (text !== undefined) for (const each of await listed(tool, text, columns)) each.shrinks = how;
  }
  const extreme = tool.value("noExtreme");
  if (extreme !== undefined) await listed(tool, extreme, columns);
}

async function inOrder(tool: Column, columns: readonly TableColumn[]): Promise<TableColumn[]> {
  const text = tool.value("order");
  if (text === undefined) return [...columns];
  const first = await listed(tool, text, columns);
  return [...first, ...columns.filter((each) => !first.includes(each))];
}

async function showJson(
  tool: Column,
  rows: readonly (readonly string[])[],
  columns: readonly TableColumn[],
): Promise<number> {
  const quoted = (text: string) => JSON.stringify(text);
  await tool.out.write(`{\n   ${quoted(tool.value("name") ?? "table")}: [\n      {\n`);
  for (const [index, row] of rows.entries()) {
    if (index > 0) await tool.out.write("      },{\n");
    const members = columns.map(({ index: at, name }) => {
      const cell = row[at];
      return `         ${quoted(name.toLowerCase())}: ${cell === undefined || cell === "" ? "null" : quoted(cell)}`;
    });
    await tool.spend(1 + members.length);
    await tool.out.write(`${members.join(",\n")}\n`);
  }
  await tool.out.write("      }\n   ]\n}\n");
  return tool.status;
}
