import { concatBytes } from "../../encoding/index.ts";
import { isErrno } from "../errno.ts";
import type { ByteReader } from "../types.ts";
import { COUNT_SUFFIXES } from "./head.ts";
import { numberOption } from "./support/numbers.ts";
import { choice } from "./support/options.ts";
import { MAX_HELD_BYTES, tool } from "./support/tool.ts";

/** How often a followed file is looked at where nothing tells of its changes, ms. */
const POLL_MS = 1000;

const FOLLOWS = { descriptor: 0, name: 1 } as const;

export const tail = tool(
  {
    name: "tail",
    usage: "[OPTION]... [FILE]...",
    summary: "Print the last 10 lines of each FILE to standard output.",
    digits: "obsolete",
    digitsCluster: true,
    /** The old form, one word before at most one file: `+5`, `-3c`, `-2lf`. */
    rewrite: (words) => {
      const [word = "", second, third] = words;
      const alone =
        words.length === 1 ||
        (words.length === 2 && !/^-./.test(second ?? "")) ||
        (words.length >= 2 && words.length <= 3 && second === "--" && third !== undefined);
      const [, sign, digits = "", unit = "", follow = ""] = /^([+-])(\d*)([bcl]?)(f?)$/.exec(word) ?? [];
      if (!alone || sign === undefined || (sign === "-" && (word === "-" || word === "-c" || word === "-f")))
        return words;
      const count = digits === "" ? "10" : digits;
      const from = sign === "+" ? "+" : "";
      const amount = unit === "b" ? `-c${from}${count}b` : `${unit === "c" ? "-c" : "-n"}${from}${count}`;
      return [...(follow === "" ? [] : ["-f"]), amount, ...words.slice(1)];
    },
    options: {
      bytes: { short: "c", long: "bytes", value: true },
      follow: { short: "f", long: "follow", value: "optional" },
      followName: { short: "F" },
      lines: { short: "n", long: "lines", value: true },
      pid: { long: "pid", value: true },
      quiet: { short: "q", long: "quiet" },
      retry: { long: "retry" },
      interval: { short: "s", long: "sleep-interval", value: true },
      silent: { long: "silent" },
      verbose: { short: "v", long: "verbose" },
      unchanged: { long: "max-unchanged-stats", value: true },
      zero: { short: "z", long: "zero-terminated" },
      obsolete: {},
    },
  },
  async (tool) => {
    const { process } = tool;
    const obsolete = tool.value("obsolete");
    if (obsolete !== undefined) return tool.die(`option used in invalid context -- ${obsolete[0]}`);
    const operands = [...tool.operands];
    let byBytes = false;
    let sign = "";
    let count = 10;
    let interval = POLL_MS;
    for (const { name, value = "" } of tool.options.given) {
      if (name === "bytes" || name === "lines") {
        byBytes = name === "bytes";
        // Once from the start, always from the start.
        if (value.startsWith("+")) sign = "+";
        count = await numberOption(tool, value.slice(value.startsWith("-") ? 1 : 0), `invalid number of ${name}`, {
          suffixes: COUNT_SUFFIXES,
        });
      } else if (name === "pid") await numberOption(tool, value, "invalid PID", { max: (1n << 31n) - 1n });
      else if (name === "unchanged")
        await numberOption(tool, value, "invalid maximum number of unchanged stats between opens");
      else if (name === "interval") {
        if (!(Number(value) >= 0) || value.trim() === "")
          return tool.die(`invalid number of seconds: ${tool.word(value)}`);
        interval = Math.max(1, Number(value) * 1000);
      } else if (name === "follow" && value !== "") choice(tool, "--follow", value, FOLLOWS);
    }
    const end = tool.has("zero") ? 0 : 10;
    const heading = tool.options.last("quiet", "silent", "verbose");
    const titles = heading === "verbose" || (heading === undefined && operands.length > 1);
    const follow = tool.has("follow") || tool.has("followName");
    if (tool.has("retry") && !follow)
      await tool.complain("warning: --retry ignored; --retry is useful only when following", 0);
    if (tool.has("pid") && !follow)
      await tool.complain("warning: PID ignored; --pid=PID is useful only when following", 0);
    let shownLast: ByteReader | undefined;
    const title = async (name: string, reader: ByteReader) => {
      if (!titles || shownLast === reader) return;
      await tool.out.write(`${shownLast === undefined ? "" : "\n"}==> ${name === "-" ? "standard input" : name} <==\n`);
      shownLast = reader;
    };
    const followed: { readonly name: string; readonly reader: ByteReader }[] = [];
    for (const name of operands.length === 0 ? ["-"] : operands) {
      let reader: ByteReader;
      try {
        reader = tool.open(name);
        await title(name, reader);
        if (sign === "+") await fromStart(reader);
        else await fromEnd(reader);
      } catch (error) {
        if (!isErrno(error)) throw error;
        await tool.complain(
          error.code === "EISDIR"
            ? `error reading ${tool.named(name)}: ${error.message}`
            : `cannot open ${tool.named(name)} for reading: ${error.message}`,
        );
        continue;
      }
      followed.push({ name, reader });
    }
    if (!follow) return;
    if (followed.length === 0) {
      await tool.complain("no files remaining");
      return;
    }
    // A pipe has ended once it has ended; files are looked at again when something wrote to them.
    const files = followed.filter(({ name }) => name !== "-");
    while (files.length > 0) {
      let grew = false;
      for (const { name, reader } of files) {
        for (let chunk = await reader.read(); chunk !== null; chunk = await reader.read()) {
          await title(name, reader);
          await tool.out.write(chunk);
          grew = true;
        }
      }
      await tool.out.flush();
      const pid = Number(tool.value("pid") ?? Number.NaN);
      if (!Number.isNaN(pid) && !process.machine.processes().some((other) => other.pid === pid)) return;
      if (!grew) await changed(files.map(({ name }) => name));
    }

    /** Waits until one of the files changed; looks by itself now and then, for file systems that tell nothing. */
    async function changed(names: readonly string[]): Promise<void> {
      const stops: (() => void)[] = [];
      await new Promise<void>((resolve, reject) => {
        for (const name of names) {
          try {
            stops.push(process.files.watch(name, () => resolve()));
          } catch (error) {
            if (!isErrno(error)) throw error;
          }
        }
        process.sleep(stops.length === names.length ? POLL_MS * 3600 : interval).then(resolve, reject);
      }).finally(() => {
        for (const stop of stops) stop();
      });
      // What is written in one go comes out in one go.
      await process.sleep(0);
    }

    async function fromStart(reader: ByteReader): Promise<void> {
      let skip = Math.max(0, count - 1);
      for (;;) {
        await tool.out.flush();
        const chunk = await reader.read();
        if (chunk === null) return;
        let at = 0;
        if (byBytes) {
          at = Math.min(skip, chunk.length);
          skip -= at;
        } else {
          while (skip > 0) {
            const next = chunk.indexOf(end, at);
            at = next === -1 ? chunk.length : next + 1;
            if (next === -1) break;
            skip--;
          }
        }
        if (at < chunk.length) await tool.out.write(chunk.subarray(at));
      }
    }

    async function fromEnd(reader: ByteReader): Promise<void> {
      let held: Uint8Array[] = [];
      let size = 0;
      for (;;) {
        const chunk = await reader.read();
        if (chunk === null) break;
        held.push(chunk);
        size += chunk.length;
        if (held.length > 64 && (byBytes || held.length % 64 === 0)) {
          held = [lastPart(concatBytes(held)).slice()];
          size = held[0]?.length ?? 0;
          process.holdMemory(size);
        }
        if (size > MAX_HELD_BYTES) await tool.die("memory exhausted");
      }
      if (count > 0) await tool.out.write(lastPart(concatBytes(held)));
    }

    function lastPart(data: Uint8Array): Uint8Array {
      if (byBytes) return count === 0 ? data.subarray(data.length) : data.subarray(-count);
      let at = data.length;
      if (data[at - 1] === end) at--;
      for (let left = count; left > 0; left--) {
        if (at <= 0) return data;
        at = data.lastIndexOf(end, at - 1);
        if (at === -1) return data;
      }
      return data.subarray(at + 1);
    }
  },
);
