/** echo and printf. */
import { isErrno } from "../../errno.ts";
import { formatFloat, pad, signed } from "../../format.ts";
import { joined } from "../../pieces.ts";
import { formatDate } from "../../strftime.ts";
import { complaint } from "../ash.ts";
import { parseAssignmentText } from "../assign.ts";
import { quoteBackslashPaid, readEscapesPaid } from "../quote.ts";
import type { Shell } from "../shell.ts";
import { type Builtin, type BuiltinContext, fail, usage } from "./types.ts";

async function print(shell: Shell, context: BuiltinContext, text: string): Promise<number> {
  try {
    const paid = shell.process.spend(1 + (text.length >> 10));
    if (paid !== undefined) await paid;
    await shell.out(text);
    return 0;
  } catch (error) {
    if (!isErrno(error) || error.code === "EPIPE") throw error;
    return fail(shell, context, `write error: ${error.message}`);
  }
}

const echo: Builtin["run"] = async (shell, args, context) => {
  if (shell.flavour.dash) {
    const quiet = args[0] === "-n";
    const spend = (units: number) => shell.process.spend(units);
    const { text, stop } = await readEscapesPaid(await joined(quiet ? args.slice(1) : args, " ", spend), "zero", spend);
    return print(shell, context, quiet || stop ? text : `${text}\n`);
  }
  let newline = true;
  let escapes = shell.shopt("xpg_echo");
  let at = 0;
  for (; at < args.length; at++) {
    const match = /^-([neE]+)$/.exec(args[at] as string);
    if (match === null) break;
    for (const letter of match[1] as string) {
      if (letter === "n") newline = false;
      else escapes = letter === "e";
    }
  }
  let text = await joined(args.slice(at), " ", (units) => shell.process.spend(units));
  if (escapes) {
    const read = await readEscapesPaid(text, "zero", (units) => shell.process.spend(units));
    text = read.text;
    if (read.stop) newline = false;
  }
  return print(shell, context, newline ? `${text}\n` : text);
};

const CONVERSION =
  /^%([-+ #0']*)(\*|\d+)?(?:\.(\*|-?\d+)?)?(?:hh|h|ll|l|L|q|j|z|t)?(\([^)]*\)T|[diouxXeEfFgGaAcsbqQn]|(?<=^%)%)/;
const MAX_WIDTH = 65_536;
const MAX_INTEGER = 2n ** 63n - 1n;
const MAX_UNSIGNED = 2n ** 64n - 1n;

interface Printing {
  readonly shell: Shell;
  readonly context: BuiltinContext;
  readonly args: readonly string[];
  at: number;
  status: number;
  /** What was made so far. */
  readonly parts: string[];
  /** Writes whole lines before something is said: bash's output is buffered by lines. */
  readonly flush: ((text: string) => Promise<unknown>) | undefined;
}

/** Says what is wrong, behind the lines that are whole. */
async function say(state: Printing, message: string, status?: number): Promise<number> {
  if (state.flush !== undefined) {
    const text = state.parts.join("");
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    if (whole !== "") {
      await state.flush(whole);
      state.parts.splice(0, state.parts.length, text.slice(whole.length));
    }
  }
  return fail(state.shell, state.context, message, status);
}

function invalidNumber(shell: Shell, text: string): string {
  if (!shell.flavour.bash) return `invalid number '${text}'`;
  return `${text}: invalid ${/^0\d/.test(text) ? "octal " : /^0x/.test(text) ? "hex " : ""}number`;
}

async function number(state: Printing, text: string, most = MAX_INTEGER): Promise<bigint> {
  const ash = state.shell.flavour.dialect.name === "ash";
  if (text === "" && !ash) return 0n;
  if (/^["']/.test(text)) return BigInt(text.codePointAt(1) ?? 0);
  const match = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)(.*)$/s.exec(text);
  if (match === null) {
    state.status = await say(state, invalidNumber(state.shell, text));
    return 0n;
  }
  const [, sign, digits, rest] = match as unknown as [string, string, string, string];
  if (rest !== "") {
    const shown = ash ? text.trimStart() : text;
    const words = state.shell.flavour.dash ? `${text}: not completely converted` : invalidNumber(state.shell, shown);
    state.status = await say(state, words);
    if (ash) return 0n;
  }
  const magnitude = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  const value = sign === "-" ? -magnitude : magnitude;
  const clamped = value > most ? most : value < -MAX_INTEGER - 1n ? -MAX_INTEGER - 1n : value;
  if (clamped !== value) {
    await say(state, `warning: ${text}: Numerical result out of range`);
  }
  return clamped;
}

async function float(state: Printing, text: string): Promise<number> {
  if (text === "") return 0;
  if (/^["']/.test(text)) return text.codePointAt(1) ?? 0;
  const match = /^\s*[+-]?(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf|nan)/i.exec(text);
  if (match === null || match[0].length !== text.length) {
    state.status = await say(state, invalidNumber(state.shell, text));
    if (state.shell.flavour.dialect.name === "ash") return 0;
  }
  if (match === null) return 0;
  const read = match[0].trim();
  return /inf$/i.test(read) ? (read.startsWith("-") ? -Infinity : Infinity) : Number(read);
}

async function convert(state: Printing, match: RegExpExecArray): Promise<{ text: string; stop: boolean }> {
  let [, flags, widthText, precisionText, letter] = match as unknown as [
    string,
    string,
    string | undefined,
    string | undefined,
    string,
  ];
  const hasPrecision = /\./.test(match[0].replace(/\([^)]*\)T$/, ""));
  if (letter === "%") return { text: "%", stop: false };
  let width = widthText === "*" ? Number(await number(state, take(state))) : Number(widthText ?? 0);
  if (width < 0) {
    flags += "-";
    width = -width;
  }
  let precision = precisionText === "*" ? Number(await number(state, take(state))) : Number(precisionText ?? 0);
  const precise = hasPrecision && precision >= 0;
  width = Math.min(width, MAX_WIDTH);
  precision = Math.min(precision, MAX_WIDTH);
  const spend = (units: number) => state.shell.process.spend(units);
  const done = (text: string, zero = false): { text: string; stop: boolean } => ({
    text: pad(text, width, flags, zero),
    stop: false,
  });
  if (letter.endsWith("T") && letter.startsWith("(")) {
    const argument = state.at < state.args.length ? take(state) : "-1";
    const seconds = Number(await number(state, argument));
    const now = state.shell.process.clock.now();
    const time = seconds === -1 ? now : seconds === -2 ? state.shell.startedAt : seconds * 1000;
    const format = letter.slice(1, -2);
    return done(formatDate(time, format === "" ? "%H:%M:%S" : format));
  }
  const argument = take(state);
  switch (letter) {
    case "s": {
      const text = precise ? Array.from(argument).slice(0, precision).join("") : argument;
      return done(text);
    }
    case "b": {
      const read = await readEscapesPaid(argument, "both", spend);
      await tellMissing(state, read.missing);
      const text = precise ? Array.from(read.text).slice(0, precision).join("") : read.text;
      return { text: pad(text, width, flags, false), stop: read.stop };
    }
    case "q": {
      const quoted = await quoteBackslashPaid(argument, spend);
      return done(precise ? Array.from(quoted).slice(0, precision).join("") : quoted);
    }
    case "Q":
      return done(
        await quoteBackslashPaid(precise ? Array.from(argument).slice(0, precision).join("") : argument, spend),
      );
    case "c":
      return done(Array.from(argument)[0] ?? "\0");
    case "n":
      return { text: "", stop: false };
    case "d":
    case "i": {
      const value = await number(state, argument);
      let digits = (value < 0n ? -value : value).toString();
      if (precise) digits = digits.padStart(precision, "0");
      return done(signed(value < 0n ? `-${digits}` : digits, flags), !precise);
    }
    case "o":
    case "u":
    case "x":
    case "X": {
      const value = BigInt.asUintN(64, await number(state, argument, MAX_UNSIGNED));
      let digits = value.toString(letter === "o" ? 8 : letter === "u" ? 10 : 16);
      if (precise) digits = digits.padStart(precision, "0");
      if (flags.includes("#") && value !== 0n) {
        if (letter === "o") digits = `0${digits}`;
        else if (letter !== "u") digits = `0x${digits}`;
      }
      return done(letter === "X" ? digits.toUpperCase() : digits, !precise);
    }
    default:
      return done(formatFloat(await float(state, argument), letter, precise ? precision : 6, flags), true);
  }
}

/** Escapes that lack their digits are said so, and stand as they are. */
async function tellMissing(state: Printing, missing: readonly string[] | undefined): Promise<void> {
  if (missing === undefined || !state.shell.flavour.bash) return;
  for (const each of missing) await say(state, `missing ${each === "\\x" ? "hex" : "unicode"} digit for ${each}`);
}

function take(state: Printing): string {
  return state.args[state.at++] ?? "";
}

const MAX_OUTPUT = 4 << 20;

/** The text `printf` prints. */
export async function formatPrintf(
  shell: Shell,
  context: BuiltinContext,
  format: string,
  args: readonly string[],
  flush?: (text: string) => Promise<unknown>,
): Promise<{ readonly text: string; readonly status: number }> {
  const parts: string[] = [];
  const state: Printing = { shell, context, args, at: 0, status: 0, parts, flush };
  let length = 0;
  do {
    const before = state.at;
    for (let i = 0; i < format.length; ) {
      const percent = format.indexOf("%", i);
      if (percent !== i) {
        const literal = format.slice(i, percent === -1 ? undefined : percent);
        const read = await readEscapesPaid(literal, "plain", (units) => shell.process.spend(units));
        await tellMissing(state, read.missing);
        parts.push(read.text);
        i = percent === -1 ? format.length : percent;
        continue;
      }
      const match = CONVERSION.exec(format.slice(i, i + 200));
      if (match === null || (!shell.flavour.bash && /[qQTn]$/.test(match[0]))) {
        if (!shell.flavour.bash) {
          await say(state, `${format.slice(i)}: invalid format`);
          return { text: parts.join(""), status: shell.flavour.dash ? 2 : 1 };
        }
        const bad = /^%[-+ #0']*(?:\*|\d+)?(?:\.(?:\*|-?\d+)?)?[hlLjzt]*/.exec(format.slice(i, i + 200))?.[0] ?? "%";
        const letter = format.charAt(i + bad.length);
        await say(
          state,
          letter === "" ? `\`${format.slice(i)}': missing format character` : `\`${letter}': invalid format character`,
        );
        return { text: parts.join(""), status: 1 };
      }
      const converted = await convert(state, match);
      parts.push(converted.text);
      length += converted.text.length;
      if (length > MAX_OUTPUT) {
        await say(state, "Cannot allocate memory");
        return { text: "", status: 1 };
      }
      if (converted.stop) return { text: parts.join(""), status: state.status };
      i += match[0].length;
    }
    if (state.at === before) break;
    const paid = shell.process.spend();
    if (paid !== undefined) await paid;
  } while (state.at < args.length);
  return { text: parts.join(""), status: state.status };
}

const printf: Builtin["run"] = async (shell, args, context) => {
  let rest = args;
  let variable: string | undefined;
  if (rest[0] === "-v" && shell.flavour.bash) {
    variable = rest[1];
    rest = rest.slice(2);
    if (variable === undefined) return usage(shell, context, "-v:", "printf [-v var] format [arguments]");
  }
  if (rest[0] === "--") rest = rest.slice(1);
  else if (shell.flavour.dash && /^-./.test(rest[0] ?? ""))
    return usage(shell, context, (rest[0] as string).slice(0, 2), "");
  else if (shell.flavour.bash && /^-./.test(rest[0] ?? ""))
    return usage(shell, context, (rest[0] as string).slice(0, 2), "printf [-v var] format [arguments]");
  const [format, ...values] = rest;
  if (format === undefined) {
    await shell.write(
      2,
      shell.flavour.bash
        ? "printf: usage: printf [-v var] format [arguments]\n"
        : shell.flavour.dash
          ? complaint(shell, context.name, "usage: printf format [arg ...]")
          : `${shell.name}: usage: printf FORMAT [ARGUMENT...]\n`,
    );
    return 2;
  }
  const { text, status } = await formatPrintf(
    shell,
    context,
    format,
    values,
    variable === undefined && shell.flavour.bash ? (whole) => print(shell, context, whole) : undefined,
  );
  if (variable === undefined) {
    const printed = await print(shell, context, text);
    return printed === 0 ? status : printed;
  }
  const target = parseAssignmentText(`${variable}=`);
  if (target === undefined) return fail(shell, context, `\`${variable}': not a valid identifier`, 2);
  await shell.assignElement(target.name, target.index, text);
  return status;
};

export const PRINT_BUILTINS: Readonly<Record<string, Builtin>> = {
  echo: { run: echo },
  printf: { run: printf },
};
