/** watch: runs a command again and again and shows its output on the whole screen. */
import { formatTime } from "../../shell/strftime.ts";
import type { Process, Program } from "../../types.ts";
import { FullScreen, fitColumns } from "./full-screen.ts";

const MAX_OUTPUT = 1 << 20;

interface Options {
  seconds: number;
  title: boolean;
  differences: boolean;
  untilChange: boolean;
  failing: boolean;
  command: readonly string[];
}

function parse(args: readonly string[]): Options | string {
  const options: Options = {
    seconds: 2,
    title: true,
    differences: false,
    untilChange: false,
    failing: false,
    command: [],
  };
  let at = 0;
  for (; at < args.length; at++) {
    const word = args[at] as string;
    if (!/^-./.test(word) || word === "--") break;
    const interval = /^(?:-n|--interval=?)(.*)$/.exec(word);
    if (interval !== null) {
      const text = interval[1] === "" ? (args[++at] ?? "") : (interval[1] as string);
      if (!/^\d*[.,]?\d+$/.test(text)) return `failed to parse argument: '${text}'`;
      options.seconds = Math.max(0.1, Number(text.replace(",", ".")));
    } else if (word === "-t" || word === "--no-title") options.title = false;
    else if (word === "-d" || word === "--differences") options.differences = true;
    else if (word === "-g" || word === "--chgexit") options.untilChange = true;
    else if (word === "-e" || word === "--errexit") options.failing = true;
    else if (word !== "-c" && word !== "--color" && word !== "-x" && word !== "--exec") {
      return `unrecognized option '${word}'`;
    }
  }
  options.command = args.slice(args[at] === "--" ? at + 1 : at);
  return options.command.length === 0 ? "no command given" : options;
}

export const watch: Program = async (process) => {
  const options = parse(process.argv.slice(1));
  if (typeof options === "string") {
    await process.stderr.write(`watch: ${options}\nUsage: watch [-degt] [-n <seconds>] <command>\n`);
    return 1;
  }
  const screen = FullScreen.open(process);
  if (screen === undefined) {
    await process.stderr.write("Error opening terminal: unknown.\n");
    return 1;
  }
  await screen.enter();
  try {
    return await repeat(process, screen, options);
  } finally {
    await screen.leave();
  }
};

interface Run {
  readonly output: string;
  readonly code: number;
}

async function run(process: Process, options: Options): Promise<Run> {
  const { reader, writer } = process.pipe();
  const descriptors = new Map(process.descriptors);
  descriptors.set(1, writer);
  descriptors.set(2, writer);
  const child = process.spawn({ argv: ["sh", "-c", options.command.join(" ")], descriptors });
  writer.close();
  const decoder = new TextDecoder();
  let output = "";
  for await (const chunk of reader.reader ?? []) {
    if (output.length < MAX_OUTPUT) output += decoder.decode(chunk, { stream: true });
  }
  reader.close();
  return { output, code: (await child.exited).code };
}

async function repeat(process: Process, screen: FullScreen, options: Options): Promise<number> {
  const { clock } = process;
  let last: Run = { output: "", code: 0 };
  let previous: string | undefined;
  let due = true;
  let running = false;
  let finished: number | undefined;
  const again = (): void => {
    running = true;
    void run(process, options).then(
      (result) => {
        previous = previous === undefined ? result.output : last.output;
        last = result;
        running = false;
        if (options.failing && result.code !== 0) finished = result.code;
        if (options.untilChange && previous !== result.output) finished = 0;
        clock.after(options.seconds * 1000, () => {
          due = true;
          screen.wake();
        });
        screen.wake();
      },
      () => {
        // The process is going away with its children.
      },
    );
  };
  for (;;) {
    if (due && !running) {
      due = false;
      again();
    }
    await draw(process, screen, options, last.output, previous);
    if (finished !== undefined) return finished;
    const event = await screen.event();
    if (event === "ended") return 0;
    if (typeof event !== "string" && event.kind === "key" && event.name === "ctrl-c") return 0;
    if (typeof event !== "string" && event.kind === "text" && event.text === "q") return 0;
    const paid = process.spend(10);
    if (paid !== undefined) await paid;
  }
}

async function draw(
  process: Process,
  screen: FullScreen,
  options: Options,
  output: string,
  previous: string | undefined,
): Promise<void> {
  const rows: string[] = [];
  if (options.title) {
    const left = `Every ${options.seconds.toFixed(1)}s: ${options.command.join(" ")}`;
    const right = `${process.machine.hostname}: ${formatTime("%a %b %e %H:%M:%S %Y", process.clock.now())}`;
    const room = Math.max(0, screen.columns - right.length - 1);
    rows.push(`${fitColumns(left, 0, room).padEnd(room)} ${right}`.slice(0, screen.columns), "");
  }
  const before = previous?.split("\n") ?? [];
  for (const [i, line] of output
    .replace(/\x1b\[[0-9;]*m/g, "")
    .split("\n")
    .entries()) {
    if (rows.length >= screen.rows) break;
    const text = fitColumns(line, 0, screen.columns);
    const changed = options.differences && before[i] !== undefined && before[i] !== line;
    rows.push(changed ? `\x1b[7m${text}\x1b[m` : text);
  }
  await screen.draw(rows, { row: screen.rows - 1, column: 0 });
}
