import { isErrno } from "../errno.ts";
import { formatDate } from "../strftime.ts";
import { displayWidth } from "../tty/width.ts";
import type { ChildProcess } from "../types.ts";
import { MAX_HELD_BYTES, tool } from "./support/tool.ts";
import { fitColumns } from "./terminal/full-screen.ts";

/** More is on no screen. */
const MAX_SHOWN = 1 << 18;
/** Escape sequences and marks over letters take no room: more of them than this are cut. */
const LETTERS_PER_COLUMN = 64;

export const watch = tool(
  {
    name: "watch",
    usage: "[options] command",
    stopAtOperand: true,
    options: {
      differences: { short: "d", long: "differences", value: "optional" },
      errexit: { short: "e", long: "errexit" },
      change: { short: "g", long: "chgexit" },
      interval: { short: "n", long: "interval", value: true },
      noTitle: { short: "t", long: "no-title" },
      color: { short: "c", long: "color" },
      exec: { short: "x", long: "exec" },
      noWrap: { short: "w", long: "no-wrap" },
    },
  },
  async (tool) => {
    const { process } = tool;
    if (tool.operands.length === 0) return tool.usage("missing command");
    const given = Number(tool.value("interval") ?? process.env.get("WATCH_INTERVAL") ?? 2);
    if (Number.isNaN(given)) return tool.die(`failed to parse argument: '${tool.value("interval")}': Invalid argument`);
    if (!process.env.has("TERM") && process.tty === undefined) {
      await process.stderr.write("Error opening terminal: unknown.\n");
      return 1;
    }
    const seconds = Math.max(0.1, given);
    const command = tool.operands.join(" ");
    const interactive = process.tty !== undefined && process.isTerminal(1);
    let stop = false;
    let child: ChildProcess | undefined;
    let wake: (() => void) | undefined;
    const end = () => {
      stop = true;
      child?.kill("SIGTERM");
      wake?.();
    };
    process.onSignal("SIGINT", end);
    process.onSignal("SIGTERM", end);
    process.onSignal("SIGWINCH", () => wake?.());
    let before: string | undefined;
    let shown: readonly string[] | undefined;
    if (interactive) await process.stdout.write("\x1b[?1049h");
    try {
      while (!stop) {
        const { columns, rows } = process.tty?.size ?? { columns: 80, rows: 24 };
        const { reader, writer } = process.pipe();
        try {
          child = process.spawn({
            argv: tool.has("exec") ? tool.operands : ["sh", "-c", command],
            descriptors: new Map([
              [1, writer],
              [2, writer],
            ]),
          });
        } catch (error) {
          if (!isErrno(error)) throw error;
          return await tool.die(`${command}: ${error.message}`);
        } finally {
          writer.close();
        }
        const decoder = new TextDecoder();
        let text = "";
        for (let chunk = await reader.reader?.read(); chunk; chunk = await reader.reader?.read()) {
          if (text.length < MAX_HELD_BYTES >> 6) text += decoder.decode(chunk, { stream: true });
        }
        reader.close();
        const { code } = await child.exited;
        child = undefined;
        if (stop) break;
        const title = `Every ${seconds.toFixed(1)}s: ${command}`;
        const right = `${process.machine.hostname}: ${formatDate(process.clock.now(), "%a %b %e %H:%M:%S %Y")}`;
        const room = Math.max(0, columns - right.length - 2);
        const head = tool.has("noTitle")
          ? []
          : [
              `${(title.length > room ? `${title.slice(0, Math.max(0, room - 3))}...` : title).padEnd(room)}  ${right}`,
              "",
            ];
        const lines = text
          .slice(0, MAX_SHOWN)
          .replace(/\n$/, "")
          .split("\n", rows)
          .flatMap((long) => {
            const line = long.slice(0, columns * LETTERS_PER_COLUMN);
            if (tool.has("color")) return [line];
            const plain = line.replace(/\x1b\[[\d;]*[A-Za-z]/g, "").replace(/\r/g, "");
            return tool.has("noWrap") ? [fitColumns(plain, 0, columns)] : wrapped(plain, columns, rows);
          })
          .slice(0, rows);
        const drawn = lines.map((line, index) =>
          tool.has("differences") && shown !== undefined ? marked(line, shown[index] ?? "") : line,
        );
        shown = lines;
        const whole = [...head, ...drawn].slice(0, rows);
        await process.stdout.write(
          interactive
            ? `\x1b[H${whole.map((line) => `\x1b[K${line}`).join("\r\n")}\x1b[J\x1b[${rows};${columns}H`
            : `${whole.join("\n")}\n`,
        );
        if (tool.has("errexit") && code !== 0) return code;
        if (tool.has("change") && before !== undefined && before !== text) return 0;
        before = text;
        await Promise.race([
          process.sleep(seconds * 1000),
          new Promise<void>((resolve) => {
            wake = resolve;
          }),
        ]);
        wake = undefined;
      }
    } finally {
      if (interactive) await process.stdout.write("\x1b[?1049l").catch(() => undefined);
    }
    return 0;
  },
);

/** What changed since the last time is shown in reverse. */
function marked(line: string, before: string): string {
  let out = "";
  let on = false;
  for (let index = 0; index < line.length; index++) {
    const differs = line[index] !== before[index];
    if (differs !== on) out += differs ? "\x1b[7m" : "\x1b[27m";
    on = differs;
    out += line[index];
  }
  return on ? `${out}\x1b[27m` : out;
}

/** A line goes on in the rows below, as far as there are rows. */
function wrapped(line: string, columns: number, rows: number): string[] {
  const all = [fitColumns(line, 0, columns)];
  for (let from = columns; from < displayWidth(line) && all.length < rows; from += columns)
    all.push(fitColumns(line, from, columns));
  return all;
}
