/**
 * A part of Python, for the one-page programs of manifests: names, numbers, texts, lists, if, while, for, print, and what
 * they ask of os, sys and time. Everything else is refused by name. Every step costs.
 */
import type { Process } from "../../../machine/index.ts";
import { Interpreter } from "./interpreter.ts";
import { logicalLines } from "./lines.ts";
import { Exit, Jump, Raised, Unsupported } from "./values.ts";

/** Runs a program; its exit status. `name`: what a traceback calls it. */
export async function runPython(process: Process, source: string, name: string): Promise<number> {
  if (source.length > 65_536) {
    await process.stderr.write("python: programs of more than 64 KiB are not run here\n");
    return 2;
  }
  try {
    await new Interpreter(process).block(logicalLines(source));
    return 0;
  } catch (error) {
    if (error instanceof Exit) return error.code;
    if (error instanceof Unsupported) {
      await process.stderr.write(
        `python: ${error.message} is not supported here: only a small part of Python is run\n`,
      );
      return 2;
    }
    if (error instanceof Jump) {
      await process.stderr.write(`  File "${name}", line 1\nSyntaxError: '${error.kind}' outside loop\n`);
      return 1;
    }
    if (!(error instanceof Raised)) throw error;
    await process.stderr.write(
      `Traceback (most recent call last):\n  File "${name}", line 1, in <module>\n${error.kind}: ${error.message}\n`,
    );
    return 1;
  }
}
