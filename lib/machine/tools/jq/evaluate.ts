/**
 * Runs jq programs by generators: one gives a filter's outputs as they are asked for. Besides outputs they give
 * PAUSE (the work done so far is to be paid) and INPUT (`input` needs more text), which everybody passes on.
 *
 * An output carries its path within the value that `path(f)` and the assignments look at: undefined where nobody asks
 * for paths, null where it has none (a computed value).
 */
import { arithmetic, costOf } from "./arithmetic.ts";
import { HANDLERS } from "./control.ts";
import { JqError } from "./errors.ts";
import { formatValue } from "./formats.ts";
import { isArray, isObject, type Json, shortText, typeOf } from "./json.ts";
import { getKey } from "./paths.ts";
import { plainNative } from "./plain.ts";
import {
  type Closure,
  type Host,
  type Item,
  isTruthy,
  type Outputs,
  once,
  PAUSE,
  PAY_AT,
  pathOf,
  ROOT,
  type Scope,
  type Signal,
  step,
} from "./stream.ts";
import type { Definition, Node } from "./syntax.ts";
import { checkPath, compared, negate, objectKey } from "./values.ts";

const MAX_ITEMS = 4_000_000;
/** Arrays from this weight on remember it. */
const HEAVY = 1 << 16;

export class Evaluator {
  readonly host: Host;
  /** Names the program itself defines: they hide the built-in ones. */
  readonly #own: ReadonlySet<string>;
  readonly #simple = new WeakMap<Node, boolean>();
  readonly #weights = new WeakMap<object, number>();
  readonly definitions = new WeakMap<Definition, Closure>();
  fuel = 0;
  /** Bytes held by arrays in the making, about. */
  held = 0;
  depth = 0;

  constructor(host: Host, own: ReadonlySet<string>) {
    this.host = host;
    this.#own = own;
  }

  // ------------------------------------------------------------------------------------- filters with one output

  /** True where a filter gives exactly one output, and needs no names but variables: it runs without a generator. */
  isSimple(node: Node): boolean {
    let known = this.#simple.get(node);
    if (known === undefined) {
      known = this.#lookSimple(node);
      this.#simple.set(node, known);
    }
    return known;
  }

  #lookSimple(node: Node): boolean {
    switch (node.type) {
      case "identity":
      case "literal":
      case "variable":
      case "format":
        return true;
      case "index":
        return this.isSimple(node.of) && this.isSimple(node.key);
      case "negate":
        return this.isSimple(node.body);
      case "arithmetic":
      case "compare":
      case "and":
      case "or":
      case "pipe":
        return this.isSimple(node.left) && this.isSimple(node.right);
      case "if":
        return this.isSimple(node.test) && this.isSimple(node.yes) && (node.no === undefined || this.isSimple(node.no));
      case "array":
        return node.body === undefined || this.isSimple(node.body);
      case "object":
        return node.entries.every(({ key, value }) => this.isSimple(key) && this.isSimple(value));
      case "string":
        return node.parts.every((part) => typeof part === "string" || this.isSimple(part));
      case "call": {
        const name = `${node.name}/${node.args.length}`;
        return (
          !this.#own.has(name) &&
          plainNative(name) !== undefined &&
          node.args.every((argument) => this.isSimple(argument))
        );
      }
      default:
        return false;
    }
  }

  one(node: Node, scope: Scope | undefined, input: Json): Json {
    this.fuel++;
    switch (node.type) {
      case "identity":
        return input;
      case "literal":
        return node.value;
      case "variable":
        return this.variable(node.name, scope);
      case "format":
        return formatValue(node.name, input);
      case "index": {
        const of = this.one(node.of, scope, input);
        return getKey(of, this.one(node.key, scope, input));
      }
      case "negate":
        return negate(this.one(node.body, scope, input));
      case "arithmetic": {
        const right = this.one(node.right, scope, input);
        return this.arithmetic(node.operator, this.one(node.left, scope, input), right);
      }
      case "compare": {
        const right = this.one(node.right, scope, input);
        return compared(node.operator, this.one(node.left, scope, input), right);
      }
      case "and":
        return isTruthy(this.one(node.left, scope, input)) && isTruthy(this.one(node.right, scope, input));
      case "or":
        return isTruthy(this.one(node.left, scope, input)) || isTruthy(this.one(node.right, scope, input));
      case "pipe":
        return this.one(node.right, scope, this.one(node.left, scope, input));
      case "if":
        if (isTruthy(this.one(node.test, scope, input))) return this.one(node.yes, scope, input);
        return node.no === undefined ? input : this.one(node.no, scope, input);
      case "array":
        return node.body === undefined ? [] : [this.one(node.body, scope, input)];
      case "object": {
        const made = new Map<string, Json>();
        for (const { key, value } of node.entries)
          made.set(objectKey(this.one(key, scope, input)), this.one(value, scope, input));
        return made;
      }
      case "string": {
        let text = "";
        for (const part of node.parts)
          text += typeof part === "string" ? part : formatValue(node.format ?? "@text", this.one(part, scope, input));
        return text;
      }
      case "call": {
        const args = node.args.map((argument) => this.one(argument, scope, input));
        return (plainNative(`${node.name}/${node.args.length}`) as NonNullable<ReturnType<typeof plainNative>>)(
          input,
          args,
          this,
        );
      }
      default:
        throw new Error(`${node.type} has no single output`);
    }
  }

  arithmetic(operator: Parameters<typeof arithmetic>[0], left: Json, right: Json): Json {
    this.fuel += costOf(left, right);
    return arithmetic(operator, left, right);
  }

  variable(name: string, scope: Scope | undefined): Json {
    for (let here = scope; here !== undefined; here = here.parent)
      if (here.value !== undefined && here.name.length === name.length + 1 && here.name.endsWith(name))
        return here.value;
    if (name === "ENV") return new Map(this.host.environment);
    throw new JqError(`$${name} is not defined`);
  }

  // --------------------------------------------------------------------------------------------------- generators

  eval(node: Node, scope: Scope | undefined, item: Item): Outputs {
    this.fuel++;
    if (item.path === undefined && this.isSimple(node))
      return once({ value: this.one(node, scope, item.value), path: undefined });
    const handler = HANDLERS[node.type] as (ev: Evaluator, node: Node, scope: Scope | undefined, item: Item) => Outputs;
    return handler(this, node, scope, item);
  }

  /** The outputs' values, where paths do not matter. */
  *values(node: Node, scope: Scope | undefined, item: Item): Generator<Json | Signal, void, undefined> {
    if (this.isSimple(node)) {
      yield this.one(node, scope, item.value);
      return;
    }
    const input = item.path === undefined ? item : { value: item.value, path: undefined };
    for (const output of this.eval(node, scope, input)) yield typeof output === "symbol" ? output : output.value;
  }

  /** All outputs in an array. */
  *collect(node: Node, scope: Scope | undefined, item: Item): Generator<Signal, Json[], undefined> {
    const items: Json[] = [];
    let weight = 0;
    try {
      for (const value of this.values(node, scope, item)) {
        if (typeof value === "symbol") {
          yield value;
          continue;
        }
        items.push(value);
        const more = 16 + this.#weightOf(value);
        weight += more;
        this.held += more;
        if (items.length > MAX_ITEMS) throw new JqError("array is too large");
      }
    } finally {
      this.held -= weight;
    }
    if (weight > HEAVY) this.#weights.set(items, weight);
    return items;
  }

  #weightOf(value: Json): number {
    if (typeof value === "string") return value.length * 2;
    if (value === null || typeof value !== "object") return 0;
    const shallow = isArray(value) ? value.length * 16 : isObject(value) ? value.size * 80 : 0;
    return Math.max(shallow, this.#weights.get(value) ?? 0);
  }

  // ------------------------------------------------------------------------------------------------------ access

  index(item: Item, key: Json): Item {
    checkPath(item, () => `access element ${shortText(key, 29)}`);
    return step(item, key, getKey(item.value, key));
  }

  *iterate(item: Item): Outputs {
    if (item.path === null)
      throw new JqError(`Invalid path expression near attempt to iterate through ${shortText(item.value, 29)}`);
    const { value } = item;
    if (isArray(value)) {
      for (let index = 0; index < value.length; index++) {
        if (++this.fuel >= PAY_AT) yield PAUSE;
        yield step(item, index, value[index] as Json);
      }
    } else if (isObject(value)) {
      for (const [key, member] of value) {
        if (++this.fuel >= PAY_AT) yield PAUSE;
        yield step(item, key, member);
      }
    } else throw new JqError(`Cannot iterate over ${typeOf(value)} (${shortText(value)})`);
  }

  /** `..`: the value and everything in it. */
  *recurse(item: Item): Outputs {
    const stack: Item[] = [item];
    for (;;) {
      const here = stack.pop();
      if (here === undefined) return;
      if (++this.fuel >= PAY_AT) yield PAUSE;
      yield here;
      const { value } = here;
      if (isArray(value)) {
        this.fuel += value.length >> 4;
        for (let index = value.length - 1; index >= 0; index--) stack.push(step(here, index, value[index] as Json));
      } else if (isObject(value)) {
        for (const [key, member] of [...value].reverse()) stack.push(step(here, key, member));
      }
    }
  }

  /** Runs `body` with the variables of the first pattern that it can live with (`?//`). */

  /** Paths of a filter's outputs within the input. */
  *paths(node: Node, scope: Scope | undefined, input: Json): Generator<Json[] | Signal, void, undefined> {
    for (const output of this.eval(node, scope, { value: input, path: ROOT })) {
      if (typeof output === "symbol") yield output;
      else if (output.path === null || output.path === undefined)
        throw new JqError(`Invalid path expression with result ${shortText(output.value, 29)}`);
      else yield pathOf(output.path);
    }
  }
}
