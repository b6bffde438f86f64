/** `bash < script`, `... | sh`: commands from a stream, each run as soon as it is complete. */
import { MAX_SOURCE, wantsMore } from "./parse.ts";
import { readRaw } from "./reading.ts";
import { runText, syntaxOptions } from "./run.ts";
import type { Shell } from "./shell.ts";

export async function runStandardInput(shell: Shell): Promise<number> {
  const decoder = new TextDecoder();
  let status = 0;
  let line = 1;
  let pending = "";
  let firstLine = 1;
  const more = (): Promise<boolean> => wantsMore(pending, syntaxOptions(shell), (units) => shell.process.spend(units));
  for (;;) {
    const read = await readRaw(shell, 0);
    const ended = read.end === "eof";
    const text = decoder.decode(read.bytes);
    if (!(ended && text === "")) {
      if (pending === "") firstLine = line;
      pending += `${text}\n`;
      line++;
    }
    if (pending.trim() !== "" && (ended || pending.length > MAX_SOURCE || !(await more()))) {
      status = await runText(shell, pending, { name: shell.name, firstLine });
      pending = "";
    }
    if (ended) return status;
  }
}
