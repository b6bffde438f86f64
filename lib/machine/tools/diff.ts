/** diff: normal and unified, files and directories. */
import { isErrno } from "../errno.ts";
import { type AnyTool, readAll, tool } from "./support/tool.ts";

/** A run of lines that differ: `a` from..to of the first file stand against `b` from..to of the second. */
interface Hunk {
  readonly a: readonly [number, number];
  readonly b: readonly [number, number];
}

/** Edit distance above which the search gives up on the shortest script and takes a greedy one. */
const MAX_DISTANCE = 1500;

/** Myers' O(ND) comparison; pays as it goes. */
async function compareLines(
  a: readonly string[],
  b: readonly string[],
  spend: (units: number) => Promise<void> | void,
): Promise<readonly Hunk[]> {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let aEnd = a.length;
  let bEnd = b.length;
  while (aEnd > start && bEnd > start && a[aEnd - 1] === b[bEnd - 1]) {
    aEnd--;
    bEnd--;
  }
  const n = aEnd - start;
  const m = bEnd - start;
  if (n === 0 && m === 0) return [];
  const trace: Int32Array[] = [];
  let furthest = new Int32Array([0, 0, 0]);
  for (let d = 0; d <= n + m; d++) {
    if (d > MAX_DISTANCE) return [{ a: [start, aEnd], b: [start, bEnd] }];
    const next = new Int32Array(2 * d + 3);
    trace.push(furthest);
    await spend(1 + (d >> 4));
    for (let k = -d; k <= d; k += 2) {
      // `furthest` holds diagonals -(d-1)-1 .. (d-1)+1 around its middle.
      const middle = (furthest.length - 1) / 2;
      const down = k === -d || (k !== d && (furthest[middle + k - 1] ?? 0) < (furthest[middle + k + 1] ?? 0));
      let x = d === 0 ? 0 : down ? (furthest[middle + k + 1] ?? 0) : (furthest[middle + k - 1] ?? 0) + 1;
      let y = x - k;
      while (x < n && y < m && a[start + x] === b[start + y]) {
        x++;
        y++;
      }
      next[d + 1 + k] = x;
      if (x >= n && y >= m) return backtrack(trace, start, n, m, d);
    }
    furthest = next;
  }
  return [];
}

function backtrack(trace: readonly Int32Array[], start: number, n: number, m: number, distance: number): Hunk[] {
  const edits: { readonly x: number; readonly y: number; readonly insert: boolean }[] = [];
  let x = n;
  let y = m;
  for (let d = distance; d > 0; d--) {
    const furthest = trace[d] as Int32Array;
    const middle = (furthest.length - 1) / 2;
    const k = x - y;
    const down = k === -d || (k !== d && (furthest[middle + k - 1] ?? 0) < (furthest[middle + k + 1] ?? 0));
    const before = down ? k + 1 : k - 1;
    const fromX = furthest[middle + before] ?? 0;
    const fromY = fromX - before;
    edits.push({ x: fromX, y: fromY, insert: down });
    x = fromX;
    y = fromY;
  }
  const hunks: { a: [number, number]; b: [number, number] }[] = [];
  for (const edit of edits.reverse()) {
    const at = start + edit.x;
    const bt = start + edit.y;
    const last = hunks.at(-1);
    const end: [number, number] = edit.insert ? [at, bt + 1] : [at + 1, bt];
    if (last !== undefined && last.a[1] === at && last.b[1] === bt) {
      last.a[1] = end[0];
      last.b[1] = end[1];
    } else hunks.push({ a: [at, end[0]], b: [bt, end[1]] });
  }
  return hunks;
}

interface Side {
  readonly path: string;
  readonly lines: readonly string[];
  /** The last line ends with a newline. */
  readonly terminated: boolean;
  readonly modified: number;
  readonly text: string;
}

async function load(
  tool: AnyTool & { open(path: string): import("../types.ts").ByteReader },
  path: string,
): Promise<Side> {
  const data = await readAll(tool, tool.open(path));
  const text = new TextDecoder().decode(data);
  const terminated = text === "" || text.endsWith("\n");
  const lines = text === "" ? [] : (terminated ? text.slice(0, -1) : text).split("\n");
  await tool.spend(lines.length >> 1);
  const modified = path === "-" ? tool.process.clock.now() : tool.process.files.stat(path).modified;
  return { path, lines, terminated, modified, text };
}

function stamp(time: number): string {
  return `${new Date(time).toISOString().replace("T", " ").slice(0, 23)}000000 +0000`;
}

function* unified(
  a: Side,
  b: Side,
  hunks: readonly Hunk[],
  context: number,
  labels: readonly string[],
): Generator<string> {
  yield `--- ${labels[0] ?? `${a.path}\t${stamp(a.modified)}`}\n+++ ${labels[1] ?? `${b.path}\t${stamp(b.modified)}`}\n`;
  const line = (side: Side, mark: string, at: number): string => {
    const last = at === side.lines.length - 1 && !side.terminated;
    return `${mark}${side.lines[at]}\n${last ? "\\ No newline at end of file\n" : ""}`;
  };
  for (let i = 0; i < hunks.length; ) {
    let end = i;
    while (end + 1 < hunks.length && (hunks[end + 1] as Hunk).a[0] - (hunks[end] as Hunk).a[1] <= 2 * context) end++;
    const group = hunks.slice(i, end + 1);
    const first = group[0] as Hunk;
    const last = group.at(-1) as Hunk;
    const before = Math.min(context, first.a[0]);
    const after = Math.min(context, a.lines.length - last.a[1]);
    const range = (from: number, to: number): string => {
      const count = to - from;
      return count === 1 ? `${from + 1}` : `${count === 0 ? from : from + 1},${count}`;
    };
    yield `@@ -${range(first.a[0] - before, last.a[1] + after)} +${range(first.b[0] - before, last.b[1] + after)} @@\n`;
    let at = first.a[0] - before;
    for (const hunk of group) {
      for (; at < hunk.a[0]; at++) yield line(a, " ", at);
      for (; at < hunk.a[1]; at++) yield line(a, "-", at);
      for (let added = hunk.b[0]; added < hunk.b[1]; added++) yield line(b, "+", added);
    }
    for (; at < last.a[1] + after; at++) yield line(a, " ", at);
    i = end + 1;
  }
}

function* normal(a: Side, b: Side, hunks: readonly Hunk[]): Generator<string> {
  const range = (from: number, to: number): string => (to - from <= 1 ? String(to) : `${from + 1},${to}`);
  function* lines(side: Side, mark: string, [from, to]: readonly [number, number]): Generator<string> {
    for (let at = from; at < to; at++) {
      const last = at === side.lines.length - 1 && !side.terminated;
      yield `${mark} ${side.lines[at]}\n${last ? "\\ No newline at end of file\n" : ""}`;
    }
  }
  for (const hunk of hunks) {
    if (hunk.a[0] === hunk.a[1]) {
      yield `${hunk.a[0]}a${range(...hunk.b)}\n`;
      yield* lines(b, ">", hunk.b);
    } else if (hunk.b[0] === hunk.b[1]) {
      yield `${range(...hunk.a)}d${hunk.b[0]}\n`;
      yield* lines(a, "<", hunk.a);
    } else {
      yield `${range(...hunk.a)}c${range(...hunk.b)}\n`;
      yield* lines(a, "<", hunk.a);
      yield "---\n";
      yield* lines(b, ">", hunk.b);
    }
  }
}

export const diff = tool(
  {
    name: "diff",
    usage: "[OPTION]... FILES",
    summary: "Compare FILES line by line.",
    usageStatus: 2,
    options: {
      unified: { short: "u" },
      context: { short: "U", long: "unified", value: true },
      brief: { short: "q", long: "brief" },
      same: { short: "s", long: "report-identical-files" },
      recursive: { short: "r", long: "recursive" },
      newFile: { short: "N", long: "new-file" },
      ignoreCase: { short: "i", long: "ignore-case" },
      ignoreSpace: { short: "w", long: "ignore-all-space" },
      ignoreAmount: { short: "b", long: "ignore-space-change" },
      label: { short: "L", long: "label", value: true },
    },
  },
  async (tool) => {
    const [one, two, extra] = tool.operands;
    if (one === undefined || two === undefined) return tool.usage(`missing operand after '${one ?? "diff"}'`);
    if (extra !== undefined) return tool.usage(`extra operand '${extra}'`);
    const { files } = tool.process;
    const isDirectory = (path: string): boolean =>
      path !== "-" && files.exists(path) && files.stat(path).type === "directory";
    const key = (line: string): string => {
      let out = line;
      if (tool.has("ignoreSpace")) out = out.replace(/\s+/g, "");
      else if (tool.has("ignoreAmount")) out = out.replace(/\s+/g, " ").trimEnd();
      return tool.has("ignoreCase") ? out.toLowerCase() : out;
    };
    const context = Number(tool.value("context") ?? 3);
    let differ = false;

    /** The lines as they are compared. */
    async function mark(side: Side): Promise<readonly string[]> {
      const plain = !["ignoreSpace", "ignoreAmount", "ignoreCase"].some((name) => tool.has(name as "ignoreCase"));
      const lines: string[] = plain ? [...side.lines] : [];
      for (let at = lines.length; at < side.lines.length; at++) {
        lines.push(key(side.lines[at] as string));
        const spent = tool.spend();
        if (spent !== undefined) await spent;
      }
      if (!side.terminated && lines.length > 0) lines.push(`${lines.pop()}\0`);
      await tool.spend(lines.length >> 3);
      return lines;
    }

    async function compare(a: string, b: string, header: string): Promise<void> {
      const left = tool.has("newFile") && !files.exists(a) ? { ...EMPTY, path: a } : await load(tool, a);
      const right = tool.has("newFile") && !files.exists(b) ? { ...EMPTY, path: b } : await load(tool, b);
      const hunks = await compareLines(await mark(left), await mark(right), (units) => tool.spend(units));
      if (hunks.length === 0) {
        if (tool.has("same")) await tool.out.write(`Files ${a} and ${b} are identical\n`);
        return;
      }
      differ = true;
      if (tool.has("brief")) await tool.out.write(`Files ${a} and ${b} differ\n`);
      else if (left.text.includes("\0") || right.text.includes("\0")) {
        await tool.out.write(`Binary files ${a} and ${b} differ\n`);
      } else if (tool.has("unified") || tool.has("context")) {
        await show(header, unified(left, right, hunks, context, tool.options.values("label")));
      } else await show(header, normal(left, right, hunks));
    }

    async function show(header: string, lines: Iterable<string>): Promise<void> {
      await tool.out.write(header);
      for (const line of lines) {
        const full = tool.out.write(line);
        if (full !== undefined) await full;
        const spent = tool.spend(1 + (line.length >> 6));
        if (spent !== undefined) await spent;
      }
    }

    async function compareDirectories(a: string, b: string): Promise<void> {
      const names = (path: string) => new Set(files.exists(path) ? files.list(path).map((entry) => entry.name) : []);
      const left = names(a);
      const right = names(b);
      for (const name of [...new Set([...left, ...right])].sort()) {
        await tool.spend(4);
        const x = `${a}/${name}`;
        const y = `${b}/${name}`;
        const missing = !left.has(name) ? b : !right.has(name) ? a : undefined;
        if (missing !== undefined && !tool.has("newFile")) {
          differ = true;
          await tool.out.write(`Only in ${missing}: ${name}\n`);
        } else if (isDirectory(x) || isDirectory(y)) {
          if (tool.has("recursive")) await compareDirectories(x, y);
          else await tool.out.write(`Common subdirectories: ${x} and ${y}\n`);
        } else {
          const options = tool.options.given.map((option) => DISPLAY[option.name] ?? "").filter((text) => text !== "");
          await compare(x, y, tool.has("brief") ? "" : `${["diff", ...options, x, y].join(" ")}\n`);
        }
      }
    }

    try {
      if (isDirectory(one) && isDirectory(two)) await compareDirectories(one, two);
      else {
        const base = (path: string) => path.replace(/\/+$/, "").split("/").at(-1) ?? path;
        await compare(
          isDirectory(one) ? `${one}/${base(two)}` : one,
          isDirectory(two) ? `${two}/${base(one)}` : two,
          "",
        );
      }
    } catch (error) {
      if (!isErrno(error)) throw error;
      await tool.complain(`${error.path ?? one}: ${error.message}`, 2);
      return 2;
    }
    return differ ? 1 : 0;
  },
);

const EMPTY: Side = { path: "", lines: [], terminated: true, modified: 0, text: "" };
/** Options as they are repeated in the line before a pair of files. */
const DISPLAY: Readonly<Record<string, string>> = {
  unified: "-u",
  recursive: "-r",
  newFile: "-N",
  ignoreCase: "-i",
  ignoreSpace: "-w",
  ignoreAmount: "-b",
};
