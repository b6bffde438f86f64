/** Assignments: `a=1`, `a+=(b c)`, `a[i]=x`. */
import type { ArrayValue, Assignment, Word } from "unbash";
import { parse } from "unbash";
import { ExpansionError } from "./control.ts";
import { braceWords, expandAssigned, expandText, expandWords } from "./expand.ts";
import type { Shell } from "./shell.ts";
import { tracedWord } from "./tracing.ts";
import { AssociativeArray, foldCase, IndexedArray, type Variable } from "./variables.ts";
import { segmentsOf } from "./word.ts";

/** An assignment whose right side is expanded; `elements` where it is an array. */
export interface Assigned {
  readonly name: string;
  readonly index: Word | string | undefined;
  readonly append: boolean;
  readonly value: string;
  readonly elements: ArrayValue | undefined;
}

export async function expandAssignment(shell: Shell, node: Assignment): Promise<Assigned> {
  const { value } = node;
  if (typeof node.index === "object" && node.index.text === "")
    throw new ExpansionError(`${node.name}[]: bad array subscript`);
  const base = { name: node.name, index: node.index, append: node.append ?? false };
  if (value.type === "ArrayValue") {
    if (!shell.flavour.bash) throw new ExpansionError('syntax error: unexpected "("', true);
    return { ...base, value: "", elements: value };
  }
  return { ...base, value: await expandAssigned(shell, value), elements: undefined };
}

const bracedCache = new WeakMap<Assignment, Word | null>();

/** Braces make plain words of an argument of `declare` and its kin, several of them. Undefined: there are none. */
export function bracedWord(shell: Shell, node: Assignment): Word | undefined {
  const { value } = node;
  if (value.type === "ArrayValue" || !shell.flavour.bash || !value.text.includes("{")) return undefined;
  const known = bracedCache.get(node);
  if (known !== undefined) return known ?? undefined;
  let found: Word | null = null;
  let count = 0;
  for (const _ of braceWords(shell, segmentsOf(value))) if (++count > 1) break;
  if (count > 1) {
    const statement = parse(`: ${node.text}`).commands[0]?.command;
    const word = statement?.type === "Command" ? statement.suffix[0] : undefined;
    if (word?.type === "Word") found = word;
  }
  bracedCache.set(node, found);
  return found ?? undefined;
}

/** Elements that are stored at a stretch. */
const MANY = 4096;

/** Carries it out on the visible variable. */
export async function assign(shell: Shell, assigned: Assigned): Promise<void> {
  const { name, index, append, value, elements } = assigned;
  if (elements === undefined) {
    await shell.assignElement(name, index, value, append);
    return;
  }
  if (index !== undefined) {
    throw new ExpansionError(
      `${name}[${typeof index === "string" ? index : index.text}]: cannot assign list to array member`,
    );
  }
  await assignArray(shell, name, shell.variables.writable(name), elements, append);
}

export async function assignArray(
  shell: Shell,
  name: string,
  variable: Variable,
  elements: ArrayValue,
  append: boolean,
): Promise<void> {
  if (variable.blank === true) variable.blank = false;
  if (variable.map !== undefined) {
    const map = append ? variable.map : new AssociativeArray();
    await fillMap(shell, name, variable, map, elements);
    variable.map = map;
    return;
  }
  if (append && variable.array !== undefined && elements.elements.every((each) => keyedElement(each) === undefined)) {
    // The usual `a+=(x)`: no copy, so that building an array word by word stays cheap.
    const values: string[] = [];
    for (const element of elements.elements)
      for (const value of await expandWords(shell, [element]))
        if (values.push(stored(shell, variable, value)) % MANY === 0) await shell.process.spend(MANY >> 4);
    let at = variable.array.end;
    for (const value of values) variable.array.set(at++, value);
    return;
  }
  let array = append ? variable.array?.copy() : undefined;
  if (array === undefined) {
    array = new IndexedArray();
    if (append && variable.value !== undefined) array.set(0, variable.value);
  }
  let next = array.end;
  for (const element of elements.elements) {
    const keyed = keyedElement(element);
    if (keyed === undefined) {
      for (const value of await expandWords(shell, [element])) {
        array.set(next++, stored(shell, variable, value));
        if (next % MANY === 0) await shell.process.spend(MANY >> 4);
      }
      continue;
    }
    const at = Number(await shell.arithmetic(keyed.key.text));
    const index = at < 0 ? at + array.end : at;
    if (index < 0) throw new ExpansionError(`[${at}]=${keyed.value.text}: bad array subscript`);
    const value = await expandAssigned(shell, keyed.value);
    array.set(index, stored(shell, variable, keyed.append ? (array.get(index) ?? "") + value : value));
    next = index + 1;
  }
  variable.value = undefined;
  variable.array = array;
}

function stored(shell: Shell, variable: Variable, value: string): string {
  return foldCase(variable, variable.integer ? integerText(shell, value) : value);
}

function integerText(shell: Shell, value: string): string {
  return String(shell.evaluateNow(value));
}

async function fillMap(
  shell: Shell,
  name: string,
  variable: Variable,
  map: AssociativeArray,
  elements: ArrayValue,
): Promise<void> {
  const pending: string[] = [];
  for (const element of elements.elements) {
    const keyed = keyedElement(element);
    if (keyed !== undefined) {
      const key = await expandText(shell, keyed.key);
      if (key === "") throw new ExpansionError(`${element.text}: bad array subscript`);
      const value = await expandAssigned(shell, keyed.value);
      map.set(key, stored(shell, variable, keyed.append ? (map.get(key) ?? "") + value : value));
    } else pending.push(...(await expandWords(shell, [element])));
  }
  if (pending.length > 0 && elements.elements.some((element) => keyedElement(element) !== undefined)) {
    throw new ExpansionError(`${name}: ${pending[0]}: must use subscript when assigning associative array`);
  }
  for (let i = 0; i < pending.length; i += 2) {
    map.set(pending[i] as string, stored(shell, variable, pending[i + 1] ?? ""));
    if (i % MANY === 0) await shell.process.spend(MANY >> 4);
  }
}

interface Keyed {
  readonly key: Word;
  readonly value: Word;
  readonly append: boolean;
}
const keyedCache = new WeakMap<Word, Keyed | null>();

/** `[key]=value` within an array's parentheses. */
function keyedElement(element: Word): Keyed | undefined {
  if (!element.text.startsWith("[")) return undefined;
  const known = keyedCache.get(element);
  if (known !== undefined) return known ?? undefined;
  const statement = parse(`x${element.text}`).commands[0]?.command;
  const assignment = statement?.type === "Command" ? statement.prefix[0] : undefined;
  const keyed =
    assignment?.type === "Assignment" && assignment.index !== undefined && assignment.value.type === "Word"
      ? { key: assignment.index, value: assignment.value, append: assignment.append ?? false }
      : null;
  keyedCache.set(element, keyed);
  return keyed ?? undefined;
}

/** As `set -x` shows it. */
export async function describeAssignment(shell: Shell, assigned: Assigned): Promise<string> {
  const index =
    assigned.index === undefined
      ? ""
      : `[${typeof assigned.index === "string" ? assigned.index : assigned.index.text}]`;
  const value =
    assigned.elements === undefined
      ? assigned.value === ""
        ? ""
        : await tracedWord(shell, assigned.value)
      : `(${assigned.elements.elements.map((element) => element.text).join(" ")})`;
  return `${assigned.name}${index}${assigned.append ? "+" : ""}=${value}`;
}

/** An array among the arguments of `declare`, as `set -x` shows it: each element in quotes. */
export function describeArray(assigned: Assigned): string {
  const elements = (assigned.elements?.elements ?? []).map((element) =>
    element.parts === undefined ? `'${element.text}'` : `'${element.text.replace(/^(["'])(.*)\1$/s, "$2")}'`,
  );
  return `${assigned.name}${assigned.append ? "+" : ""}=(${elements.join(" ")})`;
}

/** Reads `name`, `name[index]`, `name=value`, `name[index]+=value` as an argument of a builtin. */
export function parseAssignmentText(text: string): Assigned | undefined {
  const match = /^([A-Za-z_]\w*)(?:\[(.*?)\])?(\+?)=(.*)$/s.exec(text);
  if (match === null) return undefined;
  return {
    name: match[1] as string,
    index: match[2],
    append: match[3] === "+",
    value: match[4] as string,
    elements: undefined,
  };
}

/** `(a b [k]=c)` given as text (`declare "x=(1 2)"`, `eval`-like uses). */
export function parseArrayText(text: string): ArrayValue | undefined {
  if (!text.startsWith("(") || !text.endsWith(")")) return undefined;
  const statement = parse(`x=${text}`).commands[0]?.command;
  const assignment = statement?.type === "Command" ? statement.prefix[0] : undefined;
  return assignment?.type === "Assignment" && assignment.value.type === "ArrayValue" ? assignment.value : undefined;
}
