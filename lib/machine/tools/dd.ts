import type { Descriptor } from "../types.ts";
import { parseSize } from "./support/sizes.ts";
import { concat, tool } from "./support/tool.ts";

const MOST_AT_ONCE = 64 << 20;
/** No file is larger. */
const MAX_FILE_BYTES = 1 << 30;
const NUMBERS = ["bs", "ibs", "obs", "count", "skip", "seek"] as const;
const WORDS = ["if", "of", "conv", "status", "iflag", "oflag"] as const;
const CONVERSIONS: readonly string[] = ["notrunc", "noerror", "sync", "fsync", "fdatasync", "nocreat"];
/** Flags that change nothing here: blocks are read whole, and what is written is on the disk. */
const FLAGS: Readonly<Record<"iflag" | "oflag", readonly string[]>> = {
  iflag: ["fullblock"],
  oflag: ["sync", "dsync", "direct"],
};
const STATUS: readonly string[] = ["none", "noxfer", "progress"];

/** "3.1 MB, 3.0 MiB": as GNU's dd, which leaves the second out below a KiB. */
function amount(bytes: number): string {
  const scaled = (base: number, units: readonly string[]) => {
    let value = bytes;
    let unit = -1;
    while (value >= base && unit < units.length - 1) {
      value /= base;
      unit++;
    }
    return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
  };
  if (bytes < 1000) return "";
  const decimal = scaled(1000, ["kB", "MB", "GB", "TB"]);
  return bytes < 1024 ? ` (${decimal})` : ` (${decimal}, ${scaled(1024, ["KiB", "MiB", "GiB", "TiB"])})`;
}

/** Copies blocks; what is moved is told on standard error. Blocks are read whole where the input is slow, as iflag=fullblock. */
export const dd = tool(
  {
    name: "dd",
    usage: "[OPERAND]...\n  or:  dd OPTION",
    summary: "Copy a file, converting and formatting according to the operands.",
    options: {},
  },
  async (tool) => {
    const { process } = tool;
    const numbers = new Map<string, number>();
    const words = new Map<string, string>();
    for (const operand of tool.operands) {
      const at = operand.indexOf("=");
      const [name, value] = at === -1 ? [operand, ""] : [operand.slice(0, at), operand.slice(at + 1)];
      if (at !== -1 && (NUMBERS as readonly string[]).includes(name)) {
        const parsed = parseSize(value.replace(/c$/, "").replace(/w$/, ""));
        if (parsed === undefined) return tool.die(`invalid number: '${value}'`);
        if (parsed === 0 && name.endsWith("bs")) return tool.die(`invalid number: '${value}'`);
        numbers.set(name, parsed);
      } else if (at !== -1 && (WORDS as readonly string[]).includes(name)) words.set(name, value);
      else return tool.usage(`unrecognized operand '${operand}'`);
    }
    const conversions = (words.get("conv") ?? "").split(",").filter(Boolean);
    for (const one of conversions) if (!CONVERSIONS.includes(one)) return tool.usage(`invalid conversion: '${one}'`);
    for (const name of ["iflag", "oflag"] as const)
      for (const flag of (words.get(name) ?? "").split(",").filter(Boolean))
        if (!FLAGS[name].includes(flag))
          return tool.usage(`invalid ${name === "iflag" ? "input" : "output"} flag: '${flag}'`);
    const status = words.get("status") ?? "";
    if (status !== "" && !STATUS.includes(status)) return tool.usage(`invalid status level: '${status}'`);
    const size = numbers.get("bs") ?? numbers.get("ibs") ?? 512;
    const out = numbers.get("bs") ?? numbers.get("obs") ?? 512;
    if (size > MOST_AT_ONCE)
      return tool.die(`memory exhausted by input buffer of size ${size} bytes (${amount(size).trim()})`);
    const limit = numbers.get("count") ?? Number.POSITIVE_INFINITY;
    let input: Descriptor | undefined;
    let output: Descriptor | undefined;
    const source = words.get("if");
    const target = words.get("of");
    const began = process.clock.now();
    const counts = { fullIn: 0, partIn: 0, written: 0 };
    // Devices can be large and are mostly empty: there one goes to the place.
    const isBlock = (path: string | undefined) =>
      path !== undefined && process.files.exists(path) && process.files.stat(path).type === "block";
    const skipped = (numbers.get("skip") ?? 0) * size;
    const seek = (numbers.get("seek") ?? 0) * out;
    const [skips, seeks] = [isBlock(source), isBlock(target)];
    try {
      if (
        source !== undefined &&
        !(await tool.attempt(`failed to open '${source}'`, () => {
          input = process.open(source, { read: true, ...(skips ? { position: skipped } : {}) });
        }))
      )
        return 1;
      const keeps = conversions.includes("notrunc") || (numbers.get("seek") ?? 0) > 0;
      if (
        target !== undefined &&
        !(await tool.attempt(`failed to open '${target}'`, () => {
          if (seeks) output = process.open(target, { write: true, position: seek });
          if (seek > 0 || seeks) return;
          output = process.open(target, { write: true, create: !conversions.includes("nocreat"), truncate: !keeps });
        }))
      )
        return 1;
      const reader = input?.reader ?? process.stdin;
      const block = async (): Promise<Uint8Array | undefined> => {
        const pieces: Uint8Array[] = [];
        let got = 0;
        while (got < size) {
          const piece = await reader.read(size - got);
          if (piece === null) break;
          pieces.push(piece);
          got += piece.length;
        }
        return got === 0 ? undefined : concat(pieces);
      };
      if (!skips) for (let left = numbers.get("skip") ?? 0; left > 0; left--) if ((await block()) === undefined) break;
      if (seek > 0 && target !== undefined && !seeks) {
        if (seek > MAX_FILE_BYTES)
          return await tool.die(`failed to truncate to ${seek} bytes in output file '${target}': File too large`);
        const there = process.files.exists(target) ? process.files.stat(target).size : 0;
        if (there > seek) return await patch(seek, target);
        // What is skipped of a shorter file is a hole, for which there is room or not.
        const opened = await tool.attempt(`failed to open '${target}'`, () => {
          output = process.open(target, { write: true, create: true, position: seek });
        });
        if (!opened) return 1;
      }
      const writer = output?.writer ?? process.stdout;
      let failed = 0;
      for (let turn = 0; turn < limit; turn++) {
        const data = await block();
        if (data === undefined) break;
        if (data.length === size) counts.fullIn++;
        else counts.partIn++;
        const padded =
          conversions.includes("sync") && data.length < size
            ? concat([data, new Uint8Array(size - data.length)])
            : data;
        if (!(await tool.attempt(`error writing '${target ?? "standard output"}'`, () => writer.write(padded)))) {
          failed = 1;
          break;
        }
        counts.written += padded.length;
      }
      await report();
      return failed;

      /** With seek the file's beginning stays: read it, change it, write it. */
      async function patch(offset: number, name: string): Promise<number> {
        const before = process.files.exists(name) ? process.files.readFile(name) : new Uint8Array(0);
        const blocks: Uint8Array[] = [];
        for (let turn = 0; turn < limit; turn++) {
          const data = await block();
          if (data === undefined) break;
          if (data.length === size) counts.fullIn++;
          else counts.partIn++;
          blocks.push(data);
        }
        const added = concat(blocks);
        const keepsTail = conversions.includes("notrunc") && before.length > offset + added.length;
        const whole = new Uint8Array(keepsTail ? before.length : offset + added.length);
        whole.set(before.subarray(0, keepsTail ? before.length : Math.min(before.length, offset)));
        whole.set(added, offset);
        const done = await tool.attempt(`error writing '${name}'`, () => process.files.writeFile(name, whole));
        if (done) counts.written = added.length;
        await report();
        return done ? 0 : 1;
      }
    } finally {
      input?.close();
      output?.close();
    }

    async function report(): Promise<void> {
      if (status === "none") return;
      const { fullIn, partIn, written } = counts;
      let text = `${fullIn}+${partIn} records in\n${Math.floor(written / out)}+${written % out === 0 ? 0 : 1} records out\n`;
      if (status !== "noxfer") {
        const seconds = Math.max(process.clock.now() - began, 0.1) / 1000;
        const rate =
          amount(Math.round(written / seconds))
            .split(",")[0]
            ?.replace(" (", "")
            .replace(")", "") || `${Math.round(written / seconds)} B`;
        text += `${written} bytes${amount(written)} copied, ${seconds} s, ${rate}/s\n`;
      }
      await process.stderr.write(text);
    }
  },
);
