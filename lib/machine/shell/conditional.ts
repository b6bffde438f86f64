/** `[[ ... ]]`, and the tests that it shares with `test`. */
import { RE2JS } from "re2js";
import type { TestExpression, Word } from "unbash";
import { ArithmeticFailure, ExpansionError } from "./control.ts";
import { trace } from "./execute.ts";
import { expandPattern, expandSegments, expandText } from "./expand.ts";
import type { SetOption } from "./options.ts";
import { compilePattern } from "./pattern.ts";
import type { Shell } from "./shell.ts";
import { expandTildes } from "./tilde.ts";
import { IndexedArray } from "./variables.ts";
import { segmentsOf } from "./word.ts";

export async function evaluateCondition(shell: Shell, expression: TestExpression): Promise<boolean> {
  switch (expression.type) {
    case "TestGroup":
      return evaluateCondition(shell, expression.expression);
    case "TestNot":
      return (await evaluateCondition(shell, expression.operand)) !== (expression.negations.length % 2 === 1);
    case "TestLogical": {
      for (const operand of expression.operands) {
        const value = await evaluateCondition(shell, operand);
        if (value === (expression.operator === "||")) return value;
      }
      return expression.operator === "&&";
    }
    case "TestUnary": {
      const operand =
        expression.operator === "-v" || expression.operator === "-R"
          ? await expandText(shell, expression.operand)
          : await expandText(shell, expression.operand);
      if (shell.option("xtrace")) await trace(shell, `[[ ${expression.operator} ${operand === "" ? "''" : operand} ]]`);
      return testUnary(shell, expression.operator, operand);
    }
    case "TestBinary":
      return evaluateBinary(shell, expression.operator, expression.left, expression.right);
  }
}

async function evaluateBinary(shell: Shell, operator: string, leftWord: Word, rightWord: Word): Promise<boolean> {
  const left = await expandText(shell, leftWord);
  if (operator === "=~") return matchRegex(shell, left, await expandRegex(shell, rightWord));
  if (operator === "==" || operator === "=" || operator === "!=") {
    const source = await expandPattern(shell, rightWord);
    if (shell.option("xtrace"))
      await trace(shell, `[[ ${left === "" ? "''" : left} ${operator} ${source === "" ? "''" : source} ]]`);
    const pattern = compilePattern(source, { extended: true, ignoreCase: shell.shopt("nocasematch") });
    return (await pattern.matches(left, (units) => shell.process.spend(units))) === (operator !== "!=");
  }
  const right = await expandText(shell, rightWord);
  if (shell.option("xtrace"))
    await trace(shell, `[[ ${left === "" ? "''" : left} ${operator} ${right === "" ? "''" : right} ]]`);
  const arithmetic = COMPARISONS[operator];
  if (arithmetic !== undefined) return arithmetic(operand(shell, left), operand(shell, right));
  return testStrings(shell, left, operator, right);
}

function operand(shell: Shell, text: string): bigint {
  try {
    return shell.evaluateNow(text);
  } catch (error) {
    if (error instanceof ArithmeticFailure) error.operand = true;
    throw error;
  }
}

export const COMPARISONS: Readonly<Record<string, (left: bigint, right: bigint) => boolean>> = {
  "-eq": (left, right) => left === right,
  "-ne": (left, right) => left !== right,
  "-lt": (left, right) => left < right,
  "-le": (left, right) => left <= right,
  "-gt": (left, right) => left > right,
  "-ge": (left, right) => left >= right,
};

export function testStrings(shell: Shell, left: string, operator: string, right: string): boolean {
  switch (operator) {
    case "<":
      return left < right;
    case ">":
      return left > right;
    case "-nt":
    case "-ot": {
      const one = modified(shell, left);
      const other = modified(shell, right);
      if (operator === "-ot") return other !== undefined && (one === undefined || one < other);
      return one !== undefined && (other === undefined || one > other);
    }
    case "-ef": {
      const one = identity(shell, left);
      return one !== undefined && one === identity(shell, right);
    }
    default:
      throw new ExpansionError(`${operator}: binary operator expected`);
  }
}

function modified(shell: Shell, path: string): number | undefined {
  try {
    return shell.process.files.stat(path).modified;
  } catch {
    return undefined;
  }
}

function identity(shell: Shell, path: string): string | undefined {
  try {
    return shell.process.files.realPath(path);
  } catch {
    return undefined;
  }
}

/** Quoted parts match literally. */
async function expandRegex(shell: Shell, word: Word): Promise<string> {
  let out = "";
  for (const segment of expandTildes(shell, segmentsOf(word), false)) {
    const text = segment.kind === "text" ? segment.text : await expandSegments(shell, [segment]);
    out += segment.quoted ? text.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&") : text;
  }
  return out;
}

const MAX_PATTERN = 4096;
const MAX_SUBJECT = 262_144;
const regexes = new Map<string, RE2JS>();

async function matchRegex(shell: Shell, subject: string, source: string): Promise<boolean> {
  if (shell.option("xtrace")) await trace(shell, `[[ ${subject === "" ? "''" : subject} =~ ${source} ]]`);
  if (source.length > MAX_PATTERN || subject.length > MAX_SUBJECT) {
    throw new ExpansionError("regular expression or text too large");
  }
  const ignoreCase = shell.shopt("nocasematch");
  const key = (ignoreCase ? "i" : "-") + source;
  let regex = regexes.get(key);
  if (regex === undefined) {
    try {
      const flags = RE2JS.DOTALL | RE2JS.LONGEST_MATCH | (ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
      regex = RE2JS.compile(translate(source), flags);
    } catch {
      // What POSIX refuses too, or a back reference, which no linear engine has.
      if (/\\[1-9]/.test(source)) await shell.complain(`[[: back references are not available: ${source}`);
      throw new RegexRefused();
    }
    if (regexes.size > 100) regexes.clear();
    regexes.set(key, regex);
  }
  const paid = shell.process.spend(1 + ((subject.length * source.length) >> 10));
  if (paid !== undefined) await paid;
  const matcher = regex.matcher(subject);
  const found = matcher.find();
  const groups: string[] = [];
  if (found) for (let i = 0; i <= matcher.groupCount(); i++) groups.push(matcher.group(i) ?? "");
  const variable = shell.variables.global("BASH_REMATCH");
  variable.array = IndexedArray.of(groups);
  return found;
}

/** A regular expression that does not compile: the command's status is 2. */
export class RegexRefused extends Error {}

/** Differences between POSIX extended expressions and the engine's. */
function translate(source: string): string {
  let out = "";
  for (let i = 0; i < source.length; i++) {
    const char = source.charAt(i);
    if (char === "[") {
      let end = i + 1;
      if (source.charAt(end) === "^") end++;
      if (source.charAt(end) === "]") end++;
      while (end < source.length && source.charAt(end) !== "]") {
        if (source.startsWith("[:", end)) end = Math.max(end, source.indexOf(":]", end) + 1);
        end++;
      }
      // Inside brackets a backslash is itself.
      const inside = source
        .slice(i + 1, end)
        .replace(/\\/g, "\\\\")
        .replace(/^(\^?)\]/, "$1\\]")
        .replace(/\[(?!:)/g, "\\[");
      out += `[${inside}]`;
      i = end;
    } else if (char === "\\") {
      const next = source.charAt(++i);
      if (next === "<" || next === ">") out += "\\b";
      else out += /[A-Za-z0-9]/.test(next) && !/[bBwWsSdD]/.test(next) ? next : `\\${next}`;
    } else out += char;
  }
  return out;
}

export async function testUnary(shell: Shell, operator: string, operand: string): Promise<boolean> {
  switch (operator) {
    case "-n":
      return operand !== "";
    case "-z":
      return operand === "";
    case "-t":
      return /^\d+$/.test(operand) && shell.process.isTerminal(Number(operand));
    case "-o":
      return shell.option(operand as SetOption);
    case "-v":
      return isVariableSet(shell, operand);
    case "-R":
      return shell.variables.find(operand)?.reference ?? false;
    default:
      return testFile(shell, operator, operand);
  }
}

async function isVariableSet(shell: Shell, text: string): Promise<boolean> {
  const match = /^(\w+)(?:\[(.*)\])?$/s.exec(text);
  if (match === null) return false;
  const [, name, index] = match as unknown as [string, string, string | undefined];
  if (index === undefined) return shell.parameter(name) !== undefined;
  if (index === "@" || index === "*") {
    const variable = shell.variables.lookup(name);
    return (variable?.array?.count ?? variable?.map?.count ?? 0) > 0;
  }
  return (await shell.readElement(name, index)) !== undefined;
}

function testFile(shell: Shell, operator: string, path: string): boolean {
  const { files, uid, gid } = shell.process;
  const fd = /^\/dev\/(?:fd\/(\d+)|std(in|out|err))$/.exec(path);
  if (fd !== null) {
    const number = fd[1] !== undefined ? Number(fd[1]) : ["in", "out", "err"].indexOf(fd[2] as string);
    const descriptor = shell.process.descriptors.get(number);
    if (descriptor !== undefined) return operator === "-p" ? descriptor.kind === "pipe" : /^-[aerwG O]$/.test(operator);
  }
  try {
    const stat = operator === "-h" || operator === "-L" ? files.lstat(path) : files.stat(path);
    switch (operator) {
      case "-a":
      case "-e":
        return true;
      case "-f":
        return stat.type === "file";
      case "-d":
        return stat.type === "directory";
      case "-h":
      case "-L":
        return stat.type === "symlink";
      case "-p":
        return stat.type === "fifo";
      case "-c":
        return stat.type === "device";
      case "-b":
        return stat.type === "block";
      case "-S":
        return false;
      case "-s":
        return stat.size > 0;
      case "-u":
        return (stat.mode & 0o4000) !== 0;
      case "-g":
        return (stat.mode & 0o2000) !== 0;
      case "-k":
        return (stat.mode & 0o1000) !== 0;
      case "-O":
        return stat.uid === uid;
      case "-G":
        return stat.gid === gid;
      case "-N":
        return stat.modified > stat.accessed;
      case "-r":
      case "-w":
      case "-x": {
        const bit = operator === "-r" ? 4 : operator === "-w" ? 2 : 1;
        if (uid === 0) return bit !== 1 || stat.type === "directory" || (stat.mode & 0o111) !== 0;
        const shift = stat.uid === uid ? 6 : stat.gid === gid ? 3 : 0;
        return ((stat.mode >> shift) & bit) !== 0;
      }
      default:
        throw new ExpansionError(`${operator}: unary operator expected`);
    }
  } catch (error) {
    if (error instanceof ExpansionError) throw error;
    // Nothing there, or not to be reached.
    return false;
  }
}
