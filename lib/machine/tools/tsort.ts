import { readLines, tool } from "./support/tool.ts";

interface Item {
  readonly name: string;
  /** How many come before it and were not printed yet. */
  count: number;
  /** Those that come after it, the latest first. */
  readonly after: Item[];
  /** Next in the queue, or on the way along a loop. */
  next: Item | undefined;
  printed: boolean;
}

/** tsort(1): Knuth's algorithm T, with the order and the loops of the GNU tool. */
export const tsort = tool(
  {
    name: "tsort",
    usage: "[OPTION] [FILE]",
    summary: "Write totally ordered list consistent with the partial ordering in FILE.",
    options: {},
  },
  async (tool) => {
    const [file = "-", extra] = tool.operands;
    if (extra !== undefined) return tool.usage(`extra operand ${tool.word(extra)}`);
    const words: string[] = [];
    // A directory is read as something empty.
    if (file !== "-" && tool.process.files.exists(file) && tool.process.files.stat(file).type === "directory") return 0;
    const opened = await tool.attempt(tool.bare(file), async () => {
      for (const line of await readLines(tool, tool.open(file), { binary: true }))
        words.push(...line.split(/[ \t]+/).filter((word) => word !== ""));
    });
    if (!opened) return 1;
    const items = new Map<string, Item>();
    const itemOf = (name: string): Item => {
      const known = items.get(name);
      if (known !== undefined) return known;
      const made: Item = { name, count: 0, after: [], next: undefined, printed: false };
      items.set(name, made);
      return made;
    };
    for (let at = 0; at < words.length; at += 2) {
      const [from, to] = [words[at] as string, words[at + 1]];
      if (to === undefined) return tool.die(`${tool.bare(file)}: input contains an odd number of tokens`);
      const [item, later] = [itemOf(from), itemOf(to)];
      if (item !== later) {
        later.count++;
        item.after.unshift(later);
      }
      if ((at & 1023) === 0) await tool.spend(1024);
    }
    const sorted = [...items.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    let left = sorted.length;
    /** Where the search for a loop has got to, from one walk over all items to the next. */
    const search: { at: Item | undefined } = { at: undefined };
    while (left > 0) {
      const queue = sorted.filter((item) => item.count === 0 && !item.printed);
      for (let at = 0; at < queue.length; at++) {
        const item = queue[at] as Item;
        const full = tool.out.writeBinary(`${item.name}\n`);
        if (full !== undefined) await full;
        item.printed = true;
        left--;
        for (const later of item.after) if (--later.count === 0) queue.push(later);
        const spent = tool.spend(1 + item.after.length);
        if (spent !== undefined) await spent;
      }
      if (left === 0) break;
      await tool.complain(`${tool.bare(file)}: input contains a loop:`);
      for (let found: readonly Item[] | undefined; found === undefined; ) {
        found = breakLoop(sorted, search);
        await tool.spend(sorted.length);
        for (const item of found ?? []) await tool.complain(item.name);
      }
      search.at = undefined;
    }
    return tool.status;
  },
);

/** One walk; the loop where one is closed, after one of its relations was taken away. */
function breakLoop(sorted: readonly Item[], state: { at: Item | undefined }): readonly Item[] | undefined {
  for (const item of sorted) {
    if (item.count === 0) continue;
    if (state.at === undefined) {
      state.at = item;
      continue;
    }
    const position = item.after.indexOf(state.at);
    if (position === -1) continue;
    if (item.next === undefined) {
      item.next = state.at;
      state.at = item;
      continue;
    }
    const found: Item[] = [];
    let at: Item | undefined = state.at;
    while (at !== undefined) {
      const next: Item | undefined = at.next;
      found.push(at);
      if (at === item) {
        (item.after[position] as Item).count--;
        item.after.splice(position, 1);
        break;
      }
      at.next = undefined;
      at = next;
    }
    while (at !== undefined) {
      const next: Item | undefined = at.next;
      at.next = undefined;
      at = next;
    }
    state.at = undefined;
    return found;
  }
  return undefined;
}
