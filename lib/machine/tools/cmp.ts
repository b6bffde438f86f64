import { isErrno } from "../errno.ts";
import { readAll, tool } from "./support/tool.ts";

export const cmp = tool(
  {
    name: "cmp",
    usage: "[OPTION]... FILE1 [FILE2 [SKIP1 [SKIP2]]]",
    summary: "Compare two files byte by byte.",
    usageStatus: 2,
    options: {
      bytes: { short: "b", long: "print-bytes" },
      skip: { short: "i", long: "ignore-initial", value: true },
      verbose: { short: "l", long: "verbose" },
      count: { short: "n", long: "bytes", value: true },
      silent: { short: "s", long: "silent" },
      quiet: { long: "quiet" },
    },
  },
  async (tool) => {
    const [one, two = "-"] = tool.operands;
    if (one === undefined) return tool.usage("missing operand after 'cmp'");
    const sides: Uint8Array[] = [];
    for (const name of [one, two]) {
      try {
        const reader = tool.open(name);
        sides.push(await readAll(tool, reader));
        if (name !== "-") reader.close();
      } catch (error) {
        if (!isErrno(error)) throw error;
        return tool.die(`${name}: ${error.message}`, 2);
      }
    }
    const quiet = tool.has("silent") || tool.has("quiet");
    const skips = (tool.value("skip") ?? "0").split(":").map(Number);
    const limit = Number(tool.value("count") ?? Number.POSITIVE_INFINITY);
    const part = (data: Uint8Array, skip: number) => data.subarray(skip, skip + Math.min(limit, data.length));
    const a = part(sides[0] as Uint8Array, skips[0] ?? 0);
    const b = part(sides[1] as Uint8Array, skips[1] ?? skips[0] ?? 0);
    const shared = Math.min(a.length, b.length);
    let line = 1;
    let differ = false;
    for (let at = 0; at < shared; at++) {
      if ((at & 1023) === 1023) await tool.spend(64);
      const [left, right] = [a[at] as number, b[at] as number];
      if (left === right) {
        if (left === 10) line++;
        continue;
      }
      differ = true;
      if (quiet) return 1;
      const octal = (byte: number) => byte.toString(8).padStart(3);
      if (tool.has("verbose")) {
        const width = String(shared).length;
        await tool.out.write(`${String(at + 1).padStart(width)} ${octal(left)} ${octal(right)}\n`);
        continue;
      }
      const bytes = tool.has("bytes")
        ? ` is ${octal(left)} ${String.fromCharCode(left)} ${octal(right)} ${String.fromCharCode(right)}`
        : "";
      await tool.out.write(
        `${one} ${two} differ: ${tool.has("bytes") ? "byte" : "char"} ${at + 1}, line ${line}${bytes}\n`,
      );
      return 1;
    }
    if (a.length === b.length) return differ ? 1 : 0;
    if (quiet) return 1;
    const shorter = a.length < b.length ? one : two;
    const size = Math.min(a.length, b.length);
    const where =
      size === 0
        ? " which is empty"
        : tool.has("verbose")
          ? ` after byte ${size}`
          : ` after byte ${size}, ${a.length < b.length ? endLine(a) : endLine(b)}`;
    await tool.process.stderr.write(`cmp: EOF on ${shorter}${where}\n`);
    return 1;
  },
);

function endLine(data: Uint8Array): string {
  const newlines = data.reduce((count, byte) => count + (byte === 10 ? 1 : 0), 0);
  return data.at(-1) === 10 ? `line ${newlines}` : `in line ${newlines + 1}`;
}
