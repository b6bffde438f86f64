import type { Descriptor } from "../types.ts";
import { choice } from "./support/options.ts";
import { tool } from "./support/tool.ts";

const ERRORS = { warn: 0, "warn-nopipe": 1, exit: 2, "exit-nopipe": 3 } as const;

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
    const [given] = tool.options.values("outputError");
    const onError = given === undefined ? "warn" : choice(tool, "--output-error", given, ERRORS);
    if (tool.has("ignore")) process.onSignal("SIGINT", "ignore");
    const targets: { readonly name: string; readonly descriptor: Descriptor }[] = [];
    for (const name of tool.operands) {
      const opened = await tool.attempt(tool.bare(name), () => {
        const append = tool.has("append");
        targets.push({
          name,
          descriptor: process.open(
            name,
            append ? { append, create: true } : { write: true, create: true, truncate: true },
          ),
        });
      });
      if (!opened && onError.startsWith("exit")) return 1;
    }
    for await (const chunk of process.stdin) {
      await process.stdout.write(chunk);
      for (const { name, descriptor } of [...targets]) {
        const written = await tool.attempt(tool.bare(name), () => descriptor.writer?.write(chunk));
        if (!written && onError.startsWith("exit")) return 1;
        if (!written)
          targets.splice(
            targets.findIndex((target) => target.descriptor === descriptor),
            1,
          );
      }
    }
    return tool.status;
  },
);
