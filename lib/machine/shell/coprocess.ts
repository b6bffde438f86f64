/** `coproc`: a background command whose input and output the shell holds. */
import type { Coproc } from "unbash";
import type { Descriptor } from "../types.ts";
import { executeCommand, guarded } from "./execute.ts";
import { sourceOf } from "./pipeline.ts";
import type { Shell } from "./shell.ts";
import { startSubshell, tableWith } from "./subshell.ts";

export function startCoprocess(shell: Shell, node: Coproc): Promise<number> {
  return guarded(shell, async () => {
    const name = node.name?.value ?? "COPROC";
    const input = shell.process.pipe();
    const output = shell.process.pipe();
    const child = startSubshell(shell, (copy) => executeCommand(copy, node.body, { last: true }), {
      descriptors: tableWith(
        shell,
        new Map<number, Descriptor>([
          [0, input.reader],
          [1, output.writer],
        ]),
      ),
      ...(shell.option("monitor") ? { processGroup: 0 } : {}),
    });
    input.reader.close();
    output.writer.close();
    const numbers = [output.reader, input.writer].map((descriptor) => {
      let number = 63;
      while (shell.process.descriptors.has(number)) number--;
      shell.process.descriptors.set(number, descriptor);
      return String(number);
    });
    shell.variables.setArray(name, numbers);
    shell.variables.set(`${name}_PID`, String(child.pid));
    shell.lastBackground = child.pid;
    const job = shell.jobs.add([child], child.processGroup, sourceOf(shell, node));
    if (shell.interactive) await shell.write(2, `[${job.number}] ${child.pid}\n`);
    void child.exited.then(() => {
      for (const number of numbers) {
        shell.process.descriptors.get(Number(number))?.close();
        shell.process.descriptors.delete(Number(number));
      }
      shell.variables.unset(name);
      shell.variables.unset(`${name}_PID`);
    });
    return 0;
  });
}
