/** Evaluates kubectl's JSONPath templates (k8s.io/client-go/util/jsonpath). */
import { isObject, type Json } from "../../object.ts";
import { compactJson } from "../json.ts";
import { JsonPathError, type Node, parseJsonPath } from "./parse.ts";

export { JsonPathError } from "./parse.ts";

export class JsonPath {
  readonly #nodes: readonly Node[];
  readonly #allowMissing: boolean;

  /** Throws `JsonPathError` where the template is none. */
  constructor(template: string, allowMissingKeys = true) {
    this.#nodes = parseJsonPath(template);
    this.#allowMissing = allowMissingKeys;
  }

  /** The values each action finds, one list per action; text between actions as itself. */
  results(data: Json): Json[][] {
    return this.#walk(this.#nodes, data).map(({ values }) => values);
  }

  /** The template filled in. `asJson`: every action's values as a JSON array (jsonpath-as-json). */
  print(data: Json): string {
    return this.#walk(this.#nodes, data)
      .map(({ values }) => values.map(textOf).join(" "))
      .join("");
  }

  #walk(nodes: readonly Node[], data: Json): { values: Json[] }[] {
    const out: { values: Json[] }[] = [];
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i] as Node;
      const first = node.type === "list" ? node.nodes[0] : undefined;
      if (first?.type === "identifier") {
        if (first.name === "range") {
          const end = matchingEnd(nodes, i);
          const body = nodes.slice(i + 1, end);
          for (const item of this.#evaluateList((node as { nodes: readonly Node[] }).nodes.slice(1), [data], data)) {
            out.push(...this.#walk(body, item));
          }
          i = end;
          continue;
        }
        if (first.name === "end") throw new JsonPathError("not in range, nothing to end");
        throw new JsonPathError(`unrecognized identifier ${first.name}`);
      }
      out.push({ values: node.type === "text" ? [node.text] : this.#evaluate(node, [data], data) });
    }
    return out;
  }

  #evaluateList(nodes: readonly Node[], input: Json[], root: Json): Json[] {
    let current = input;
    for (const node of nodes) current = this.#evaluate(node, current, root);
    return current;
  }

  #evaluate(node: Node, input: Json[], root: Json): Json[] {
    switch (node.type) {
      case "text":
        return [node.text];
      case "literal":
        return [node.value];
      case "list":
        return this.#evaluateList(node.nodes, input, root);
      case "field":
        return this.#field(node.name, input);
      case "wildcard":
        return input.flatMap((value) => (Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []));
      case "recursive":
        return input.flatMap(descend);
      case "union":
        return node.members.flatMap((member) => this.#evaluate(member, input, root));
      case "slice":
        return input.flatMap((value) => this.#slice(node, value));
      case "filter":
        return input.flatMap((value) => this.#filter(node, value));
      case "identifier":
        throw new JsonPathError(`unrecognized identifier ${node.name}`);
    }
  }

  #field(name: string, input: Json[]): Json[] {
    const found: Json[] = [];
    // An empty name (the template "{.}") is the value itself.
    if (name === "") return input;
    for (const value of input) {
      if (isObject(value) && Object.hasOwn(value, name)) found.push(value[name] as Json);
    }
    if (found.length === 0 && !this.#allowMissing && input.length > 0) throw new JsonPathError(`${name} is not found`);
    return found;
  }

  #slice(node: Extract<Node, { type: "slice" }>, value: Json): Json[] {
    if (value === null) return [];
    if (!Array.isArray(value)) throw new JsonPathError(`${textOf(value)} is not array or slice`);
    const length = value.length;
    let start = node.start ?? 0;
    let end = node.single ? start + 1 : (node.end ?? length);
    if (start < 0) start += length;
    if (node.single) end = start + 1;
    else if (end < 0) end += length;
    if (node.single || node.start !== undefined || node.end !== undefined) {
      if (end - start !== 0 || node.single) {
        if (start >= length || start < 0)
          throw new JsonPathError(`array index out of bounds: index ${start}, length ${length}`);
        if (end > length || end < 0)
          throw new JsonPathError(`array index out of bounds: index ${end - 1}, length ${length}`);
      }
      if (start > end) throw new JsonPathError(`starting index ${start} is greater than ending index ${end}`);
    }
    const step = node.step ?? 1;
    if (step <= 0) throw new JsonPathError(`step must be > 0`);
    return value.slice(start, end).filter((_, i) => i % step === 0);
  }

  #filter(node: Extract<Node, { type: "filter" }>, value: Json): Json[] {
    if (value === null) return [];
    if (!Array.isArray(value)) throw new JsonPathError(`${textOf(value)} is not array or slice and cannot be filtered`);
    const lenient = new JsonPath("", true);
    return value.filter((item) => {
      const left = lenient.#evaluate(node.left, [item], item);
      if (node.operator === "exists") return left.length > 0;
      if (left.length === 0) return false;
      if (left.length > 1) throw new JsonPathError("can only compare one element at a time");
      const right = node.right === undefined ? [] : lenient.#evaluate(node.right, [item], item);
      if (right.length === 0) return false;
      if (right.length > 1) throw new JsonPathError("can only compare one element at a time");
      return compare(left[0] as Json, node.operator, right[0] as Json);
    });
  }
}

function matchingEnd(nodes: readonly Node[], from: number): number {
  let depth = 0;
  for (let i = from; i < nodes.length; i++) {
    const node = nodes[i];
    const first = node?.type === "list" ? node.nodes[0] : undefined;
    if (first?.type !== "identifier") continue;
    if (first.name === "range") depth++;
    else if (first.name === "end" && --depth === 0) return i;
  }
  throw new JsonPathError("unexpected end of range");
}

function descend(value: Json): Json[] {
  const children = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  return [value, ...children.flatMap(descend)].filter((one) => typeof one === "object" && one !== null);
}

function compare(left: Json, operator: string, right: Json): boolean {
  const same = typeof left === typeof right;
  if (operator === "==") return same && left === right;
  if (operator === "!=") {
    if (!same) throw new JsonPathError("incompatible types for comparison");
    return left !== right;
  }
  if (!same || left === null || right === null) throw new JsonPathError("incompatible types for comparison");
  switch (operator) {
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    default:
      return left >= right;
  }
}

export function textOf(value: Json): string {
  if (value === null) return "";
  return typeof value === "object" ? compactJson(value) : String(value);
}

/** RelaxedJSONPathExpression: "metadata.name", ".metadata.name" and "{.metadata.name}" mean the same. */
export function relaxed(expression: string): string {
  if (expression === "") return expression;
  const match = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/.exec(expression);
  if (match === null) {
    throw new JsonPathError(
      `unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'`,
    );
  }
  return `{.${match[1] ?? match[2]}}`;
}
