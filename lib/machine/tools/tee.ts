import type { Descriptor } from "../types.ts";
import { tool } from "./support/tool.ts";

export const tee = tool(
  {
    name: "tee",
    usage: "[OPTION]... [FILE]...",
    summary: "Copy standard input to each FILE, and also to standard output.",
    options: {
      append: { short: "a", long: "append" },
      ignore: { short: "i", long: "ignore-interrupts" },
      pipe: { short: "p" },
    },
  },
  async (tool) => {
    const { process } = tool;
    if (tool.has("ignore")) process.onSignal("SIGINT", "ignore");
    const targets: { readonly name: string; readonly descriptor: Descriptor }[] = [];
    for (const name of tool.operands) {
      await tool.attempt(name, () => {
        const append = tool.has("append");
        targets.push({
          name,
          descriptor: process.open(
            name,
            append ? { append, create: true } : { write: true, create: true, truncate: true },
          ),
        });
      });
    }
    for await (const chunk of process.stdin) {
      await process.stdout.write(chunk);
      for (const { name, descriptor } of [...targets]) {
        const written = await tool.attempt(name, () => descriptor.writer?.write(chunk));
        if (!written)
          targets.splice(
            targets.findIndex((target) => target.descriptor === descriptor),
            1,
          );
      }
    }
  },
);
