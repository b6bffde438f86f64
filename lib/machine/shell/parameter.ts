/** `${...}` in all its forms. */
import { type ParameterOperation, parse, type Word } from "unbash";
import { inPieces } from "../pieces.ts";
import { ExpansionError } from "./control.ts";
import { expandPattern, expandSegments, expandString, expandText } from "./expand.ts";
import { compilePattern } from "./pattern.ts";
import type { Shell } from "./shell.ts";
import { attributeLetters, transform, transformArray } from "./transform.ts";
import type { Variable } from "./variables.ts";
import { type ParameterSegment, type Segment, segmentsOf } from "./word.ts";

type ParameterResult =
  | { readonly kind: "text"; readonly value: string }
  /** `joined`: `$*` rather than `$@`. */
  | { readonly kind: "list"; readonly values: readonly string[]; readonly joined: boolean }
  /** A word that stands in the place of the parameter. */
  | { readonly kind: "splice"; readonly segments: readonly Segment[] };

interface Reference {
  readonly name: string;
  readonly index: Word | string | undefined;
}

/** A parameter's value: one text (undefined: unset), or a list. */
type Value =
  | { readonly kind: "text"; readonly value: string | undefined }
  | { readonly kind: "list"; readonly values: readonly string[]; readonly joined: boolean };

const text = (value: string): ParameterResult => ({ kind: "text", value });

function listKind(index: Word | string | undefined): "@" | "*" | undefined {
  const written = typeof index === "object" ? index.text : index;
  return written === "@" || written === "*" ? written : undefined;
}

/** `${x~}` and `${x~~}`: a change of case that the parser does not know. */
const TOGGLES = new WeakSet<object>();
const toggled = new WeakMap<object, ParameterOperation>();

function toggling(segment: ParameterSegment): ParameterOperation | undefined {
  const { operation } = segment;
  if (operation?.type !== "Unknown") return undefined;
  const known = toggled.get(operation);
  if (known !== undefined) return known;
  const parts = /^\$\{(?:\w+(?:\[[^\]]*\])?|[@*])(~~?)(.*)\}$/s.exec(segment.text);
  if (parts === null) return undefined;
  const pattern = parts[2] === "" ? undefined : parse(`: ${parts[2]}`).commands[0]?.command;
  const operand = pattern?.type === "Command" ? pattern.suffix[0] : undefined;
  const made = {
    ...operation,
    type: "CaseModification",
    operator: parts[1] === "~" ? "," : ",,",
    operand: operand?.type === "Word" ? operand : undefined,
  } as unknown as ParameterOperation;
  TOGGLES.add(made);
  toggled.set(operation, made);
  return made;
}

export async function evaluateParameter(shell: Shell, segment: ParameterSegment): Promise<ParameterResult> {
  const { prefix } = segment;
  const operation = toggling(segment) ?? segment.operation;
  if (operation === undefined && prefix === undefined && segment.index === undefined) {
    // The common case: $name.
    const value = shell.parameter(segment.name);
    if (value !== undefined) return text(value);
  }
  if (operation?.type === "Transform" && operation.operand.text === "" && shell.flavour.bash) {
    const value = await read(shell, { name: segment.name, index: segment.index });
    const nothing = value.kind === "list" ? value.values.length === 0 : value.value === undefined;
    if (nothing && prefix === undefined) return value.kind === "list" ? value : text("");
    throw new ExpansionError(`${segment.whole}: bad substitution`, true);
  }
  if (
    operation?.type === "Unknown" ||
    (operation?.type === "Slice" && operation.length === undefined && operation.offset.text.trim() === "") ||
    (typeof segment.index === "object" && segment.index.text === "") ||
    !/^(?:[A-Za-z_]\w*|\d+|[-@*#?$!])$/.test(segment.name) ||
    (segment.text.startsWith("${ ") && shell.flavour.bash)
  ) {
    if (!shell.flavour.bash) throw new ExpansionError("syntax error: bad substitution", true);
    throw new ExpansionError(`${segment.whole}: bad substitution`);
  }
  if (
    !shell.flavour.bash &&
    (segment.index !== undefined ||
      prefix === "!" ||
      (shell.flavour.dash && (operation?.type === "Slice" || operation?.type === "Replace")) ||
      operation?.type === "Transform" ||
      operation?.type === "CaseModification")
  ) {
    throw new ExpansionError("syntax error: bad substitution", true);
  }
  if (prefix === "!" && operation?.type === "Names") {
    const names = shell.variables.names().filter((name) => name.startsWith(segment.name) && shell.isSetName(name));
    return { kind: "list", values: names, joined: operation.operator === "*" };
  }
  if (prefix === "!" && listKind(segment.index) !== undefined && operation === undefined) {
    return { kind: "list", values: await arrayKeys(shell, segment.name), joined: listKind(segment.index) === "*" };
  }
  let reference: Reference = { name: segment.name, index: segment.index };
  if (prefix === "!") {
    const followed = await follow(shell, segment);
    if (typeof followed === "string") return text(followed);
    reference = followed;
  }
  if (operation?.type === "Transform" && listKind(reference.index) !== undefined) {
    const whole = transformArray(shell, reference.name, operation.operand.text);
    if (whole !== undefined && operation.operand.text === "A" && listKind(reference.index) === "@")
      return {
        kind: "list",
        values: /^(declare) (-\w+) (.*)$/s.exec(whole[0] ?? "")?.slice(1) ?? whole,
        joined: false,
      };
    if (whole !== undefined) return { kind: "list", values: whole, joined: listKind(reference.index) === "*" };
  }
  const value = await read(shell, reference);
  if (prefix === "#" && operation === undefined) return text(String(await measure(shell, value, reference)));
  if (operation === undefined) {
    if (value.kind === "list") return value;
    if (value.value === undefined) {
      if (shell.option("nounset")) throw unbound(shell, reference);
      return text("");
    }
    return text(value.value);
  }
  return operate(shell, segment, reference, value, operation);
}

function unbound(shell: Shell, reference: Reference): ExpansionError {
  const index =
    reference.index === undefined
      ? ""
      : `[${typeof reference.index === "string" ? reference.index : reference.index.text}]`;
  const written = `${shell.flavour.bash && /^\d+$/.test(reference.name) ? "$" : ""}${reference.name}${index}`;
  return new ExpansionError(
    shell.flavour.bash ? `${written}: unbound variable` : `${written}: parameter not set`,
    true,
  );
}

/** `${!name}`: what the value names; or, for a reference variable, the name itself. */
async function follow(shell: Shell, segment: ParameterSegment): Promise<Reference | string> {
  const variable = shell.variables.find(segment.name);
  if (variable?.reference) return variable.value ?? "";
  const value = await read(shell, { name: segment.name, index: segment.index });
  const target = value.kind === "text" ? value.value : value.values.join(" ");
  if (target === undefined) {
    if (/^\d+$/.test(segment.name) || (segment.index !== undefined && listKind(segment.index) === undefined)) return "";
    throw new ExpansionError(`${segment.text.slice(2, -1).replace(/^!/, "")}: invalid indirect expansion`);
  }
  const parsed = /^([A-Za-z_]\w*|\d+|[-@*#?$!])(?:\[(.*)\])?$/s.exec(target);
  if (parsed === null) throw new ExpansionError(`${target}: invalid variable name`);
  return {
    name: parsed[1] as string,
    index: parsed[2] === undefined ? undefined : await expandString(shell, parsed[2]),
  };
}

async function arrayKeys(shell: Shell, name: string): Promise<string[]> {
  const variable = shell.variables.lookup(name);
  if (variable?.array !== undefined) {
    const out: string[] = [];
    for (const key of variable.array.keys()) if (out.push(String(key)) % 4096 === 0) await shell.process.spend(512);
    return out;
  }
  if (variable?.map !== undefined) return [...variable.map.keys()];
  return shell.variables.get(name) === undefined ? [] : ["0"];
}

async function read(shell: Shell, reference: Reference): Promise<Value> {
  const { name, index } = reference;
  if (name === "@" || name === "*") return { kind: "list", values: shell.positional, joined: name === "*" };
  if (index === undefined) return { kind: "text", value: shell.parameter(name) };
  const list = listKind(index);
  if (list !== undefined) {
    shell.refreshArray(name);
    const variable = shell.variables.lookup(name);
    const scalar = shell.variables.get(name);
    const values = variable?.array?.values() ?? variable?.map?.values() ?? (scalar === undefined ? [] : [scalar]);
    return { kind: "list", values, joined: list === "*" };
  }
  shell.refreshArray(name);
  return { kind: "text", value: await shell.readElement(name, index) };
}

async function measure(shell: Shell, value: Value, reference: Reference): Promise<number> {
  // Ash and dash measure `$@` as one text.
  if (value.kind === "list" && !shell.flavour.bash) return characters(value.values.join(shell.firstSeparator));
  if (value.kind === "list") return value.values.length;
  if (value.value === undefined) {
    if (shell.option("nounset")) throw unbound(shell, reference);
    return 0;
  }
  return characters(value.value);
}

function characters(value: string): number {
  return /[\ud800-\udfff]/.test(value) ? Array.from(value).length : value.length;
}

async function operate(
  shell: Shell,
  segment: ParameterSegment,
  reference: Reference,
  value: Value,
  operation: ParameterOperation,
): Promise<ParameterResult> {
  switch (operation.type) {
    case "Default":
      return defaultFor(shell, segment, reference, value, operation);
    case "Slice":
      return slice(shell, value, operation, reference);
    case "Names":
    case "Unknown":
      throw new ExpansionError(`${segment.whole}: bad substitution`);
    default:
  }
  if (value.kind === "text" && value.value === undefined) {
    if (shell.option("nounset")) throw unbound(shell, reference);
    if (operation.type !== "Transform") return text("");
    const variable = shell.variables.lookup(reference.name);
    // An array whose element 0 is not set still has attributes.
    if (operation.operand.text === "A" && (variable?.map ?? variable?.array) !== undefined)
      return text(`declare -${attributeLetters(variable as Variable)} ${reference.name}`);
    if (operation.operand.text !== "a") return text("");
  }
  const change = await changer(shell, segment, reference, operation);
  if (value.kind === "text") return text(await change(value.value ?? ""));
  const values: string[] = [];
  for (const each of value.values) {
    const spent = shell.process.spend();
    if (spent !== undefined) await spent;
    values.push(await change(each));
  }
  return { kind: "list", values, joined: value.joined };
}

async function defaultFor(
  shell: Shell,
  segment: ParameterSegment,
  reference: Reference,
  value: Value,
  operation: Extract<ParameterOperation, { type: "Default" }>,
): Promise<ParameterResult> {
  const { operator, operand } = operation;
  const colon = operator.startsWith(":");
  const missing =
    value.kind === "list" && !shell.flavour.bash
      ? // `$@` is always set.
        colon && value.values.every((each) => each === "") && value.values.length <= 1
      : value.kind === "list"
        ? value.values.length === 0 || (colon && value.values.length === 1 && value.values[0] === "")
        : value.value === undefined || (colon && value.value === "");
  const present = (): ParameterResult =>
    value.kind === "text"
      ? text(value.value ?? "")
      : // Ash and dash make an empty word of it in quotes.
        value.values.length === 0 && !shell.flavour.bash
        ? text("")
        : value;
  const splice = (): ParameterResult => ({ kind: "splice", segments: segmentsOf(operand, segment.quoted) });
  switch (operator.at(-1)) {
    case "-":
      return missing ? splice() : present();
    case "+":
      return missing ? text("") : splice();
    case "=": {
      if (!missing) return present();
      const assigned = await expandText(shell, operand, segment.quoted);
      if (!/^[A-Za-z_]/.test(reference.name)) {
        throw shell.flavour.bash
          ? new ExpansionError(`$${reference.name}: cannot assign in this way`)
          : new ExpansionError(`${reference.name}: bad variable name`, true);
      }
      await shell.assignElement(reference.name, reference.index, assigned);
      return text(assigned);
    }
    default: {
      if (!missing) return present();
      const message = await expandText(shell, operand, segment.quoted);
      const said =
        message !== ""
          ? message
          : colon
            ? shell.flavour.bash
              ? "parameter null or not set"
              : "parameter not set or null"
            : "parameter not set";
      throw new ExpansionError(`${reference.name}: ${said}`, true);
    }
  }
}

async function slice(
  shell: Shell,
  value: Value,
  operation: Extract<ParameterOperation, { type: "Slice" }>,
  reference: Reference,
): Promise<ParameterResult> {
  if (value.kind === "text" && value.value === undefined && !shell.option("nounset")) return text("");
  const measured = async (written: string): Promise<number> => {
    try {
      return Number(await shell.arithmetic(written));
    } catch (error) {
      if (error instanceof ExpansionError && !error.fatal)
        throw new ExpansionError(`${reference.name}: ${error.message}`);
      throw error;
    }
  };
  const offset = await measured(operation.offset.text);
  const measuredLength = async () =>
    operation.length === undefined ? undefined : await measured(operation.length.text);
  if (value.kind === "list") {
    let values = value.values;
    let from = offset;
    if (reference.name === "@" || reference.name === "*") values = [shell.name, ...values];
    const variable = shell.variables.lookup(reference.name);
    if (variable?.array !== undefined && reference.index !== undefined) {
      // The offset is an index, not a count of elements.
      if (from < 0) from += variable.array.end;
      const keys = variable.array.keys();
      const at = keys.findIndex((key) => key >= from);
      from = at === -1 ? values.length : at;
    } else if (from < 0) from += values.length;
    else if (values !== value.values && from === 0 && offset === 0) from = 0;
    if (from < 0 || from >= values.length + 1) return { kind: "list", values: [], joined: value.joined };
    const length = await measuredLength();
    if (length !== undefined && length < 0) {
      throw new ExpansionError(`${operation.length?.text}: substring expression < 0`);
    }
    return {
      kind: "list",
      values: values.slice(from, length === undefined ? undefined : from + length),
      joined: value.joined,
    };
  }
  const length = await measuredLength();
  if (value.value === undefined && shell.option("nounset")) throw unbound(shell, reference);
  const whole = value.value ?? "";
  const points = /[\ud800-\udfff]/.test(whole) ? Array.from(whole) : whole;
  const start = offset < 0 ? offset + points.length : offset;
  if (start < 0 || start > points.length) return text("");
  const end = length === undefined ? points.length : length < 0 ? points.length + length : start + length;
  if (end < start) throw new ExpansionError(`${operation.length?.text}: substring expression < 0`);
  const part = points.slice(start, end);
  return text(typeof part === "string" ? part : part.join(""));
}

/** What an operation does to one value. */
async function changer(
  shell: Shell,
  segment: ParameterSegment,
  reference: Reference,
  operation: Extract<ParameterOperation, { type: "Remove" | "Replace" | "CaseModification" | "Transform" }>,
): Promise<(value: string) => Promise<string> | string> {
  const spend = (units: number): Promise<void> | void => shell.process.spend(units);
  const options = { extended: shell.shopt("extglob"), ignoreCase: false };
  switch (operation.type) {
    case "Remove": {
      const pattern = compilePattern(await expandPattern(shell, operation.operand), options);
      const longest = operation.operator.length === 2;
      if (operation.operator.startsWith("#")) {
        return async (value) => {
          const end = await pattern.prefix(value, longest, spend);
          return end === -1 ? value : value.slice(end);
        };
      }
      return async (value) => {
        const start = await pattern.suffix(value, longest, spend);
        return start === -1 ? value : value.slice(0, start);
      };
    }
    case "Replace": {
      const ignoreCase = shell.shopt("nocasematch");
      const source = await expandPattern(shell, operation.pattern);
      const pattern = compilePattern(source, { ...options, ignoreCase });
      const replacement = await replacementOf(shell, operation.replacement);
      if (operation.operator === "/#" || operation.operator === "/%") {
        const front = operation.operator === "/#";
        return async (value) => {
          const at = front ? await pattern.prefix(value, true, spend) : await pattern.suffix(value, true, spend);
          if (at === -1) return value;
          return front
            ? replacement(value.slice(0, at)) + value.slice(at)
            : value.slice(0, at) + replacement(value.slice(at));
        };
      }
      return (value) => pattern.replace(value, operation.operator === "//", replacement, spend);
    }
    case "CaseModification": {
      const toggles = TOGGLES.has(operation);
      const upper = operation.operator.startsWith("^");
      const all = operation.operator.length === 2;
      const source = operation.operand === undefined ? "" : await expandPattern(shell, operation.operand);
      const pattern = source === "" ? undefined : compilePattern(source, options);
      const folding = (char: string): string => {
        if (pattern !== undefined && !pattern.test(char)) return char;
        if (toggles) return char === char.toUpperCase() ? char.toLowerCase() : char.toUpperCase();
        return upper ? char.toUpperCase() : char.toLowerCase();
      };
      /** What characters became: texts have few different ones. */
      const folded = new Map<string, string>();
      const fold = (char: string): string => {
        let known = folded.get(char);
        if (known === undefined) {
          known = folding(char);
          folded.set(char, known);
        }
        return known;
      };
      return (value) => {
        if (all && pattern === undefined && !toggles) return folding(value);
        if (all) return inPieces(value, (piece) => Array.from(piece, fold).join(""), spend);
        const first = value === "" ? "" : String.fromCodePoint(value.codePointAt(0) as number);
        return folding(first) + value.slice(first.length);
      };
    }
    case "Transform": {
      const operator = operation.operand.text;
      if (!/^[QEPAaUuLKk]$/.test(operator)) throw new ExpansionError(`${segment.whole}: bad substitution`, true);
      return (value) => transform(shell, reference.name, value, operator);
    }
  }
}

/** Replacement text, in which an unquoted `&` stands for the match. */
async function replacementOf(shell: Shell, word: Word): Promise<(match: string) => string> {
  let template = "";
  let plain = true;
  for (const segment of segmentsOf(word)) {
    if (segment.kind === "text") {
      if (segment.quoted) template += segment.text.replace(/[\\&]/g, "\\$&");
      else {
        template += segment.text;
        if (segment.text.includes("&")) plain = false;
      }
    } else {
      const expanded = await expandSegments(shell, [segment]);
      template += segment.quoted ? expanded.replace(/[\\&]/g, "\\$&") : expanded;
      if (!segment.quoted && expanded.includes("&")) plain = false;
    }
  }
  if (plain || !shell.shopt("patsub_replacement")) {
    const fixed = template.replace(/\\([\\&])/g, "$1");
    return () => fixed;
  }
  return (match) => template.replace(/\\([\\&])|&/g, (_, escaped: string | undefined) => escaped ?? match);
}
