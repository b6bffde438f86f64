import { isErrno } from "../errno.ts";
import type { ByteReader } from "../types.ts";
import { countOption } from "./support/sizes.ts";
import { concat, MAX_HELD_BYTES, tool } from "./support/tool.ts";

/** How often a followed file is looked at where nothing tells of its changes, ms. */
const POLL_MS = 1000;

export const tail = tool(
  {
    name: "tail",
    usage: "[OPTION]... [FILE]...",
    summary: "Print the last 10 lines of each FILE to standard output.",
    digits: "lines",
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
      zero: { short: "z", long: "zero-terminated" },
    },
  },
  async (tool) => {
    const { process } = tool;
    let operands = [...tool.operands];
    let lineOption = tool.value("lines");
    // The old form `tail +5 file`.
    const old = /^\+(\d+)$/.exec(operands[0] ?? "");
    if (old !== null && lineOption === undefined && !process.files.exists(operands[0] as string)) {
      lineOption = operands[0];
      operands = operands.slice(1);
    }
    const byBytes = tool.options.last("bytes", "lines") === "bytes";
    const { sign, count } = countOption(
      (byBytes ? tool.value("bytes") : lineOption) ?? "10",
      byBytes ? "number of bytes" : "number of lines",
    );
    const end = tool.has("zero") ? 0 : 10;
    const titles = tool.has("verbose") || (operands.length > 1 && !tool.has("quiet") && !tool.has("silent"));
    const follow = tool.has("follow") || tool.has("followName");
    let shownLast: string | undefined;
    const title = async (name: string) => {
      if (!titles || shownLast === name) return;
      await tool.out.write(`${shownLast === undefined ? "" : "\n"}==> ${name === "-" ? "standard input" : name} <==\n`);
      shownLast = name;
    };
    const followed: { readonly name: string; readonly reader: ByteReader }[] = [];
    for (const name of operands.length === 0 ? ["-"] : operands) {
      let reader: ByteReader;
      try {
        reader = tool.open(name);
        await title(name);
        if (sign === "+") await fromStart(reader);
        else await fromEnd(reader);
      } catch (error) {
        if (!isErrno(error)) throw error;
        await tool.complain(
          error.code === "EISDIR"
            ? `error reading '${name}': ${error.message}`
            : `cannot open '${name}' for reading: ${error.message}`,
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
          await title(name);
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
        process.sleep(stops.length === names.length ? POLL_MS * 3600 : POLL_MS).then(resolve, reject);
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
          held = [lastPart(concat(held, size)).slice()];
          size = held[0]?.length ?? 0;
          process.holdMemory(size);
        }
        if (size > MAX_HELD_BYTES) await tool.die("memory exhausted");
      }
      if (count > 0) await tool.out.write(lastPart(concat(held, size)));
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
