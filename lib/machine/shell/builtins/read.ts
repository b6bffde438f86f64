/** read and mapfile. */
import { parseAssignmentText } from "../assign.ts";
import { Interrupted } from "../control.ts";
import { quoteSingle } from "../quote.ts";
import { type RawLine, type ReadLimits, readAllLines, readRaw } from "../reading.ts";
import { runText } from "../run.ts";
import type { Shell } from "../shell.ts";
import type { Builtin } from "./types.ts";
import { fail, parseOptions, usage } from "./types.ts";

const READ_USAGE =
  "read [-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt] [-t timeout] [-u fd] [name ...]";

/** A character of input; escaped ones do not separate fields. */
interface Char {
  readonly text: string;
  readonly escaped: boolean;
}

function unescapeLine(text: string): Char[] {
  const out: Char[] = [];
  const points = Array.from(text);
  for (let i = 0; i < points.length; i++) {
    const char = points[i] as string;
    if (char !== "\\") out.push({ text: char, escaped: false });
    else if (i + 1 < points.length) {
      const next = points[++i] as string;
      if (next !== "\n") out.push({ text: next, escaped: true });
    }
  }
  return out;
}

/** Splits a line for `count` names: the last gets the rest. */
function splitForNames(chars: readonly Char[], separators: string, count: number): string[] {
  const space = (char: Char | undefined): boolean =>
    char !== undefined && !char.escaped && /[ \t\n]/.test(char.text) && separators.includes(char.text);
  const separator = (char: Char | undefined): boolean =>
    char !== undefined && !char.escaped && separators.includes(char.text);
  const fields: string[] = [];
  let at = 0;
  while (space(chars[at])) at++;
  while (at < chars.length && fields.length < count - 1) {
    let field = "";
    while (at < chars.length && !separator(chars[at])) field += (chars[at++] as Char).text;
    fields.push(field);
    while (space(chars[at])) at++;
    if (at < chars.length && separator(chars[at]) && !space(chars[at])) {
      at++;
      while (space(chars[at])) at++;
    }
  }
  if (at < chars.length) {
    let end = chars.length;
    while (end > at && space(chars[end - 1])) end--;
    const rest = chars.slice(at, end);
    // One separator at the very end belongs to the last field's delimiter.
    const last = rest.at(-1);
    if (last !== undefined && separator(last) && !space(last) && !rest.slice(0, -1).some(separator)) rest.pop();
    fields.push(rest.map((char) => char.text).join(""));
  }
  return fields;
}

/** `read -e`: with the keys of the line editor. */
async function readEdited(
  shell: Shell,
  number: number,
  prompt: string,
  preset: string | undefined,
): Promise<{ readonly text: string; readonly end: string }> {
  const descriptor = shell.process.descriptors.get(number);
  const tty = descriptor?.tty ?? shell.process.tty;
  if (tty === undefined || descriptor?.reader === undefined) return { text: "", end: "eof" };
  // Loaded when it is needed: the editor asks for builtins itself.
  const { LineEditor } = await import("../editor/editor.ts");
  const editor = new LineEditor(shell, tty, descriptor.reader);
  if (preset !== undefined) editor.preset(preset);
  const answer = await editor.read(prompt, shell.history);
  if (answer.kind === "interrupt") throw new Interrupted(true);
  return answer.kind === "line" ? { text: answer.text, end: "delimiter" } : { text: "", end: "eof" };
}

const read: Builtin["run"] = async (shell, args, context) => {
  const { options, rest, bad } = parseOptions(
    args,
    shell.flavour.dash ? "rp:" : shell.flavour.bash ? "ersa:d:i:n:N:p:t:u:" : "rsd:n:p:t:u:",
  );
  if (bad !== undefined) return usage(shell, context, bad, READ_USAGE);
  if (shell.flavour.dash && rest.length === 0) return fail(shell, context, "arg count", 2);
  const number = Number(options.get("u") ?? 0);
  if (!Number.isInteger(number))
    return fail(shell, context, `${options.get("u")}: invalid file descriptor specification`);
  const terminal = shell.process.isTerminal(number);
  const prompt = options.get("p");
  const edited = options.has("e") && terminal && shell.flavour.bash && !options.has("s");
  if (prompt !== undefined && !edited && (terminal || (!shell.flavour.bash && !shell.flavour.dash)))
    await shell.write(2, prompt);
  for (const name of rest) {
    if (parseAssignmentText(`${name}=`) === undefined) {
      if (shell.flavour.dash) return fail(shell, context, `${name}: bad variable name`, 2);
      if (!shell.flavour.bash) {
        await shell.write(2, `${shell.name}: read: '${name}': bad variable name\n`);
        return 1;
      }
      return fail(shell, context, `\`${name}': not a valid identifier`);
    }
  }
  const raw = options.has("r");
  const exact = options.get("N");
  const delimiterText = options.get("d");
  const delimiter = delimiterText === undefined ? 10 : (new TextEncoder().encode(delimiterText)[0] ?? 0);
  const count = exact ?? options.get("n");
  if (count !== undefined && !/^\d+$/.test(count)) return fail(shell, context, `${count}: invalid number`);
  const seconds = options.get("t");
  if (seconds !== undefined && !/^\d*\.?\d*$/.test(seconds)) {
    return fail(shell, context, `${seconds}: invalid timeout specification`);
  }
  let cancel: (() => void) | undefined;
  const limits: ReadLimits = {
    delimiter: exact === undefined ? delimiter : -1,
    ...(count === undefined ? {} : { characters: Number(count) }),
    ...(seconds === undefined
      ? {}
      : {
          timeout: new Promise<"timeout">((resolve) => {
            cancel = shell.process.clock.after(Number(seconds) * 1000, () => resolve("timeout"));
          }),
        }),
  };
  const tty = shell.process.descriptors.get(number)?.tty;
  const mode = tty?.mode;
  if (tty !== undefined && mode !== undefined && (options.has("s") || count !== undefined || delimiter !== 10)) {
    tty.mode = {
      canonical: count === undefined && delimiter === 10,
      echo: mode.echo && !options.has("s"),
      signals: true,
    };
  }
  let text = "";
  let end: string;
  try {
    if (edited) ({ text, end } = await readEdited(shell, number, prompt ?? "", options.get("i")));
    else end = "";
    while (!edited) {
      const line = await readRaw(shell, number, limits);
      text += new TextDecoder().decode(line.bytes);
      end = line.end;
      if (raw || end !== "delimiter" || !/(^|[^\\])(\\\\)*\\$/.test(text)) break;
      // A backslash before the end of the line joins it with the next.
      text = text.slice(0, -1);
    }
  } finally {
    cancel?.();
    if (tty !== undefined && mode !== undefined) tty.mode = mode;
  }
  const status = end === "eof" ? 1 : end === "timeout" ? 142 : 0;
  await store(shell, text.replaceAll("\0", ""), rest, { raw, array: options.get("a"), whole: exact !== undefined });
  return status;
};

async function store(
  shell: Shell,
  text: string,
  names: readonly string[],
  how: { readonly raw: boolean; readonly array: string | undefined; readonly whole: boolean },
): Promise<void> {
  const chars: readonly Char[] = how.raw
    ? Array.from(text, (char) => ({ text: char, escaped: false }))
    : unescapeLine(text);
  if (how.array !== undefined) {
    const fields = splitForNames(chars, shell.separators, Number.MAX_SAFE_INTEGER);
    shell.variables.setArray(how.array, fields);
    return;
  }
  const whole = chars.map((char) => char.text).join("");
  if (names.length === 0 || how.whole) {
    await assignTo(shell, names[0] ?? "REPLY", whole);
    for (const name of names.slice(1)) await assignTo(shell, name, "");
    return;
  }
  const fields = splitForNames(chars, shell.separators, names.length);
  for (const [position, name] of names.entries()) await assignTo(shell, name, fields[position] ?? "");
}

async function assignTo(shell: Shell, name: string, value: string): Promise<void> {
  const target = parseAssignmentText(`${name}=`);
  if (target !== undefined) await shell.assignElement(target.name, target.index, value);
}

const MAPFILE_USAGE =
  "mapfile [-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [-C callback] [-c quantum] [array]";

const COUNTS = [
  ["n", "line count"],
  ["O", "array origin"],
  ["s", "line count"],
  ["c", "callback quantum"],
  ["u", "file descriptor specification"],
] as const;

const mapfile: Builtin["run"] = async (shell, args, context) => {
  const { options, rest, bad } = parseOptions(args, "d:n:O:s:tu:C:c:");
  if (bad !== undefined) return usage(shell, context, bad, MAPFILE_USAGE);
  const name = rest[0] ?? "MAPFILE";
  if (!/^[A-Za-z_]\w*$/.test(name)) return fail(shell, context, `\`${name}': not a valid identifier`);
  const delimiter = options.get("d");
  const byte = delimiter === undefined ? 10 : (new TextEncoder().encode(delimiter)[0] ?? 0);
  const limit = Number(options.get("n") ?? 0);
  const skip = Number(options.get("s") ?? 0);
  const origin = Number(options.get("O") ?? 0);
  const quantum = Number(options.get("c") ?? 5000);
  for (const [letter, what] of COUNTS) {
    const text = options.get(letter);
    if (text !== undefined && !/^\d+$/.test(text)) return fail(shell, context, `${text}: invalid ${what}`);
  }
  if (shell.variables.lookup(name)?.map !== undefined) return fail(shell, context, `${name}: not an indexed array`);
  if (!options.has("O")) shell.variables.setArray(name, []);
  let index = origin;
  let seen = 0;
  const decoder = new TextDecoder();
  const descriptor = Number(options.get("u") ?? 0);
  async function* limited(): AsyncGenerator<RawLine> {
    while (index - origin < limit) {
      const line = await readRaw(shell, descriptor, { delimiter: byte });
      if (line.end === "eof" && line.bytes.length === 0) return;
      yield line;
    }
  }
  for await (const line of limit === 0 ? readAllLines(shell, descriptor, byte) : limited()) {
    if (seen++ < skip) continue;
    let text = decoder.decode(line.bytes);
    if (!options.has("t") && line.end === "delimiter" && byte !== 0) text += String.fromCharCode(byte);
    const callback = options.get("C");
    if (callback !== undefined && (index - origin + 1) % quantum === 0) {
      await runText(shell, `${callback} ${index} ${quoteSingle(text)}`, { name: shell.source.name });
    }
    await shell.assignElement(name, String(index), text);
    index++;
    if (line.end === "eof") break;
  }
  return 0;
};

export const READ_BUILTINS: Readonly<Record<string, Builtin>> = {
  read: { run: read },
  mapfile: { run: mapfile, bashOnly: true },
  readarray: { run: mapfile, bashOnly: true },
};
