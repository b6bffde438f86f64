import { isErrno } from "../errno.ts";
import type { ByteWriter } from "../types.ts";
import { choice } from "./support/options.ts";
import { tool } from "./support/tool.ts";

/** What an output that fails means: whether all ends, and whether a pipe that nobody reads any more is a fault. */
const MODES = {
  warn: { exits: false, pipes: true },
  "warn-nopipe": { exits: false, pipes: false },
  exit: { exits: true, pipes: true },
  "exit-nopipe": { exits: true, pipes: false },
} as const;

interface Output {
  /** As complaints have it. */
  readonly name: string;
  readonly writer: ByteWriter;
}

export const tee = tool(
  {
    name: "tee",
    usage: "[OPTION]... [FILE]...",
    summary: "Copy standard input to each FILE, and also to standard output.",
    options: {
      append: { short: "a", long: "append" },
      ignore: { short: "i", long: "ignore-interrupts" },
      pipe: { short: "p" },
      outputError: { long: "output-error", value: "optional" },
    },
  },
  async (tool) => {
    const { process } = tool;
    const asked = tool.has("outputError") || tool.has("pipe");
    const given = tool.options.values("outputError").at(-1) ?? "";
    const mode = MODES[given !== "" ? choice(tool, "--output-error", given, MODES) : asked ? "warn-nopipe" : "warn"];
    // Where nobody asked, a pipe that is not read any more ends tee by its signal.
    if (asked) process.onSignal("SIGPIPE", "ignore");
    if (tool.has("ignore")) process.onSignal("SIGINT", "ignore");
    let outputs: readonly Output[] = [{ name: tool.word("standard output"), writer: process.stdout }];
    for (const path of tool.operands) {
      const name = tool.bare(path);
      const opened = await tool.attempt(name, () => {
        const { writer } = process.open(path, {
          create: true,
          ...(tool.has("append") ? { append: true } : { write: true, truncate: true }),
        });
        if (writer !== undefined) outputs = [...outputs, { name, writer }];
      });
      if (!opened && mode.exits) return 1;
    }
    for await (const chunk of process.stdin) {
      for (const output of outputs) {
        try {
          await output.writer.write(chunk);
        } catch (error) {
          if (!isErrno(error)) throw error;
          outputs = outputs.filter((one) => one !== output);
          if (error.code === "EPIPE" && !mode.pipes) continue;
          await tool.complain(`${output.name}: ${error.message}`);
          if (mode.exits) return 1;
        }
      }
      if (outputs.length === 0) break;
    }
    return tool.status;
  },
);
