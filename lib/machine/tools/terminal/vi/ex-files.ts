/** Colon commands about files, buffers and the shell. */

import type { Command } from "./ex-command.ts";
import { show } from "./ex-command.ts";
import type { Range } from "./ex-range.ts";
import { editFile, mayLeave, switchTo, writeBuffer } from "./files.ts";
import { filterLines } from "./operators.ts";
import type { Step, Vi } from "./state.ts";
import { firstNonBlank } from "./text.ts";

export function* shell(vi: Vi, range: Range, text: string, echo: string): Step<void> {
  const command = text
    .replace(/(?<!\\)!/g, () => vi.lastShell)
    .replace(/\\!/g, "!")
    .replace(
      /(?<!\\)%/g,
      () => vi.buffer.path ?? vi.fail("E499: Empty file name for '%' or '#', only works with \":p:h\""),
    )
    .replace(/\\%/g, "%")
    .trim();
  if (command === "") return vi.fail("E34: No previous command");
  vi.lastShell = command;
  if (range.addresses > 0) {
    vi.say(`:${echo.replace(text, command)}`, false);
    yield* filterLines(vi, range.from, range.to, command);
    return;
  }
  yield { kind: "shell", command, input: undefined, show: true };
  vi.message = undefined;
}

// ------------------------------------------------------------------------------------------------------- the commands

export function write(vi: Vi, { from, to, addresses, bang, argument, echo }: Command): Step<void> | void {
  const [first, last] = addresses === 0 ? [0, vi.lastRow] : [from, to];
  if (argument.startsWith("!")) {
    return (function* (): Step<void> {
      const answer = yield {
        kind: "shell",
        command: argument.slice(1).trim(),
        input: `${vi.lines.slice(first, last + 1).join("\n")}\n`,
        show: false,
      };
      if (typeof answer !== "object") return;
      yield* show(vi, echo, [...answer.output.replace(/\n$/, "").split("\n"), ""]);
    })();
  }
  const append = argument.startsWith(">>");
  const path = append ? argument.slice(2).trim() : argument;
  writeBuffer(vi, { from: first, to: last, path: path === "" ? undefined : path, force: bang, append });
}

export function writeQuit(vi: Vi, command: Command): void {
  const lazy = /^x/.test(command.echo.trim()) || /^exi/.test(command.echo.trim());
  if (!lazy || vi.buffer.changed || command.argument !== "") void write(vi, { ...command, echo: "" });
  if (/^(?:wq|x)a/.test(command.echo.trim()))
    for (const buffer of vi.buffers) {
      if (!buffer.changed) continue;
      switchTo(vi, buffer);
      void write(vi, { ...command, addresses: 0, argument: "" });
    }
  moreFiles(vi, command.bang);
  vi.quit = 0;
}

function moreFiles(vi: Vi, force: boolean): void {
  const left = vi.args.length - vi.argument - 1;
  if (left <= 0 || force || vi.warnedOfFiles || vi.sawLast) return;
  vi.warnedOfFiles = true;
  vi.fail(`E173: ${left} more ${left === 1 ? "file" : "files"} to edit`);
}

export function quit(vi: Vi, { bang }: Command): void {
  mayLeave(vi, bang);
  const other = vi.buffers.find((buffer) => buffer.changed && buffer !== vi.buffer);
  if (other !== undefined && !bang)
    vi.fail(`E162: No write since last change for buffer "${other.path ?? "[No Name]"}"`);
  moreFiles(vi, bang);
  vi.quit = 0;
}

export function quitAll(vi: Vi, { bang }: Command): void {
  if (!bang) {
    mayLeave(vi, false);
    const other = vi.buffers.find((buffer) => buffer.changed);
    if (other !== undefined) vi.fail(`E162: No write since last change for buffer "${other.path ?? "[No Name]"}"`);
  }
  vi.quit = 0;
}

export function edit(vi: Vi, { bang, argument }: Command): void {
  const path =
    argument === "#"
      ? (vi.alternate?.path ?? vi.fail("E23: No alternate file"))
      : argument === "" || argument === "%"
        ? vi.buffer.path
        : argument;
  if (path === undefined) vi.fail("E32: No file name");
  mayLeave(vi, bang);
  editFile(vi, path, bang || path === vi.buffer.path);
}

export function goArgument(vi: Vi, index: number, { bang }: Pick<Command, "bang">): void {
  if (vi.args.length <= 1) vi.fail("E163: There is only one file to edit");
  if (index >= vi.args.length) vi.fail("E165: Cannot go beyond last file");
  if (index < 0) vi.fail("E164: Cannot go before first file");
  mayLeave(vi, bang);
  if (bang && vi.buffer.changed && vi.buffer.path !== undefined) {
    const { path } = vi.buffer;
    editFile(vi, path, true);
  }
  vi.argument = index;
  vi.sawLast ||= index === vi.args.length - 1;
  editFile(vi, vi.args[index] as string, false);
}

export function goBuffer(vi: Vi, { argument, bang }: Command): void {
  const found = /^\d+$/.test(argument)
    ? vi.buffers[Number(argument) - 1]
    : argument === "#"
      ? vi.alternate
      : vi.buffers.find(({ path }) => path?.includes(argument));
  if (found === undefined)
    vi.fail(
      /^\d+$/.test(argument) ? `E86: Buffer ${argument} does not exist` : `E94: No matching buffer for ${argument}`,
    );
  mayLeave(vi, bang);
  if (found.path === undefined) switchTo(vi, found);
  else editFile(vi, found.path, false);
}

export function saveAs(vi: Vi, command: Command): void {
  if (command.argument === "") vi.fail("E471: Argument required");
  writeBuffer(vi, { from: 0, to: vi.lastRow, path: command.argument, force: command.bang, append: false });
  (vi.buffer as { path: string | undefined }).path = command.argument;
  vi.buffer.written();
}

export function* read(vi: Vi, { to, addresses, argument, bang, echo }: Command): Step<void> {
  const first = addresses > 0 && /^0/.test(echo.trim()) ? -1 : to;
  let lines: readonly string[];
  let said: string | undefined;
  if (bang || argument.startsWith("!")) {
    const answer = yield { kind: "shell", command: argument.replace(/^!/, "").trim(), input: undefined, show: false };
    if (typeof answer !== "object") return;
    lines = answer.output === "" ? [] : answer.output.replace(/\n$/, "").split("\n");
    vi.message = undefined;
  } else {
    const path = argument === "" ? (vi.buffer.path ?? vi.fail("E32: No file name")) : argument;
    const found = vi.files.read(path);
    if (found === undefined || "problem" in found) return vi.fail(`E484: Can't open file ${path}`);
    lines = found.text === "" ? [] : found.text.replace(/\n$/, "").split("\n");
    said = `"${path}" ${lines.length}L, ${new TextEncoder().encode(found.text).length}B`;
  }
  yield* vi.change();
  const at = vi.buffer.empty ? 0 : first + 1;
  vi.buffer.insertLines(at, lines);
  if (lines.length > 0) {
    vi.buffer.empty = false;
    vi.go({ row: at, column: firstNonBlank(vi.buffer.line(at)) });
  }
  if (said !== undefined) vi.say(said, false);
}
