/** Evaluates kubectl's JSONPath templates (k8s.io/client-go/util/jsonpath). */
import { isObject, type Json } from "../../object.ts";
import { goValue } from "../go-syntax.ts";
import { compactJson } from "../json.ts";
import { compares } from "./compare.ts";
import { JsonPathError, type Node, parseJsonPath } from "./parse.ts";

/** Where a template is while it is filled in: ranges are open and closed as they are met, not as they are nested. */
interface Ranges {
  begins: number;
  open: number;
  ends: number;
  /** Place of the `{end}` met last. */
  lastEnd: number;
}

/** One result of an action: many values, or one that stands for itself. */
type Results = readonly Json[];

export class JsonPath {
  readonly #nodes: readonly Node[];
  readonly #allowMissing: boolean;

  /** Throws `JsonPathError` where the template is none. */
  constructor(template: string, allowMissingKeys = true) {
    this.#nodes = parseJsonPath(template);
    this.#allowMissing = allowMissingKeys;
  }

  /** Whether the first action ends in `..`. */
  get descends(): boolean {
    const [first] = this.#nodes;
    return first?.type === "list" && first.nodes.at(-1)?.type === "recursive";
  }

  /** The values each action finds, one list per action; text between actions as itself. */
  results(data: Json): Results[] {
    const steps = this.steps(data);
    let step = steps.next();
    while (!step.done) step = steps.next();
    return step.value;
  }

  /** The same in steps, so that others run between them. */
  *steps(data: Json): Generator<void, Results[]> {
    const out: Results[] = [];
    yield* this.#walk(0, data, { begins: 0, open: 0, ends: 0, lastEnd: -1 }, out);
    return out;
  }

  /** The template filled in. */
  print(data: Json): string {
    return printed(this.results(data));
  }

  /** Fills in the nodes from one on. A range that is never closed goes on behind itself, as upstream's does. */
  *#walk(from: number, data: Json, ranges: Ranges, out: Results[]): Generator<void, void> {
    const nodes = this.#nodes;
    for (let i = from; i < nodes.length; i++) {
      const results = this.#evaluate(nodes[i] as Node, [data], ranges);
      if (ranges.ends > 0 && ranges.ends <= ranges.open) {
        ranges.ends--;
        ranges.lastEnd = i;
        return;
      }
      if (ranges.begins > 0) {
        ranges.begins--;
        ranges.open++;
        // Where there is nothing the body is gone through all the same: it says where the range ends.
        const items = results.length > 0 ? results : [null];
        for (const item of items) {
          yield;
          yield* this.#walk(i + 1, item, ranges, results.length > 0 ? out : []);
        }
        ranges.open--;
        if (ranges.lastEnd > i) i = ranges.lastEnd;
        continue;
      }
      out.push(results);
    }
  }

  #evaluateList(nodes: readonly Node[], input: Results, ranges: Ranges): Results {
    let current = input;
    for (const node of nodes) current = this.#evaluate(node, current, ranges);
    return current;
  }

  #evaluate(node: Node, input: Results, ranges: Ranges): Results {
    switch (node.type) {
      case "text":
        return [node.text];
      case "literal":
        return input.map(() => node.value);
      case "list":
        return this.#evaluateList(node.nodes, input, ranges);
      case "field":
        return this.#field(node.name, input);
      case "wildcard":
        return input.flatMap((value) => (Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []));
      case "recursive":
        return input.flatMap(descend);
      case "union":
        return node.members.flatMap((member) => this.#evaluate(member, input, ranges));
      case "slice":
        return this.#slice(node, input);
      case "filter":
        return input.flatMap((value) => this.#filter(node, value, ranges));
      case "identifier":
        if (node.name === "range") ranges.begins++;
        else if (node.name !== "end") throw new JsonPathError(`unrecognized identifier ${node.name}`);
        else if (ranges.open === 0) throw new JsonPathError("not in range, nothing to end");
        else ranges.ends++;
        return node.name === "range" ? input : [];
    }
  }

  #field(name: string, input: Results): Results {
    if (input.length === 0) return [];
    const found: Json[] = [];
    for (const value of input) {
      if (isObject(value) && Object.hasOwn(value, name)) found.push(value[name] as Json);
    }
    if (found.length === 0 && !this.#allowMissing) throw new JsonPathError(`${name} is not found`);
    return found;
  }

  #slice(node: Extract<Node, { type: "slice" }>, input: Results): Results {
    const found: Json[] = [];
    for (const value of input) {
      if (value === null) continue;
      if (!Array.isArray(value)) throw new JsonPathError(`${typeName(value)} is not array or slice`);
      const length = value.length;
      let start = node.start.value ?? 0;
      if (start < 0) start += length;
      let end = node.end.value ?? length;
      if (end < 0 || (end === 0 && node.end.derived === true)) end += length;
      if (start === end) return found;
      if (start >= length || start < 0)
        throw new JsonPathError(`array index out of bounds: index ${start}, length ${length}`);
      if (end > length || end < 0)
        throw new JsonPathError(`array index out of bounds: index ${end - 1}, length ${length}`);
      if (start > end) throw new JsonPathError(`starting index ${start} is greater than ending index ${end}`);
      const step = node.step.value ?? 1;
      if (step <= 0) throw new JsonPathError("step must be > 0");
      for (let i = start; i < end; i += step) found.push(value[i] as Json);
    }
    return found;
  }

  #filter(node: Extract<Node, { type: "filter" }>, value: Json, ranges: Ranges): Results {
    if (!Array.isArray(value)) throw new JsonPathError(`${goText(value)} is not array or slice and cannot be filtered`);
    const one = (nodes: readonly Node[], item: Json) => {
      const found = this.#evaluateList(nodes, [item], ranges);
      if (found.length > 1) throw new JsonPathError("can only compare one element at a time");
      const last = nodes.at(-1);
      return { found, float: last?.type === "literal" && last.float };
    };
    return value.filter((item) => {
      if (node.operator === "exists") return this.#exists(node.left, item, ranges);
      const left = one(node.left, item);
      if (left.found.length === 0) return false;
      const right = one(node.right, item);
      if (right.found.length === 0) return false;
      return compares({ value: left.found[0] as Json, float: left.float }, node.operator, {
        value: right.found[0] as Json,
        float: right.float,
      });
    });
  }

  /** What cannot be looked for is not there. */
  #exists(nodes: readonly Node[], item: Json, ranges: Ranges): boolean {
    try {
      return this.#evaluateList(nodes, [item], ranges).length > 0;
    } catch (error) {
      if (error instanceof JsonPathError) return false;
      throw error;
    }
  }
}

/** What a template's actions found, as text. */
export const printed = (results: readonly Results[]): string =>
  results.map((values) => values.map(textOf).join(" ")).join("");

/** A value and all within it, but for what is empty and what has nothing within (letters are within words). */
function descend(value: Json): Json[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  const children = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  return children.length === 0 ? [] : [value, ...children.flatMap(descend)];
}

/** A value's type as Go names it. */
function typeName(value: Json): string {
  if (Array.isArray(value)) return "[]interface {}";
  if (typeof value === "object") return "map[string]interface {}";
  if (typeof value === "bigint") return "int64";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value === "boolean" ? "bool" : "string";
}

const goText = (value: Json): string => (value === null ? "<invalid reflect.Value>" : goValue(value));

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
