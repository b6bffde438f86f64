/** Runs templates as text/template/exec.go does, a step at a time, so that whoever runs them can pay for the work. */
import { quote } from "../encoding/index.ts";
import { formatValue } from "./format.ts";
import {
  assignable,
  canBeNil,
  type FunctionTable,
  type ParameterType,
  parameterName,
  type Running,
  type TemplateFunction,
} from "./functions.ts";
import { type AnyNode, type Command, nodeText, type Operand, type Pipeline, type TemplateNode } from "./nodes.ts";
import { Integer, int, isMap, isNil, isTrue, plain, Struct, sortedKeys, typeName, type Value } from "./values.ts";

/** "template: NAME:LINE:COLUMN: executing "NAME" at <...>: what is wrong". */
export class ExecutionError extends Error {
  /** What was written before it. */
  written = "";
}

/** What a field that is not in a map is: no value (Go's default), nil (missingkey=zero) or an error. */
export type MissingKey = "invalid" | "zero" | "error";

interface ExecuteOptions {
  readonly functions: FunctionTable;
  readonly missingKey: MissingKey;
  readonly find: (name: string) => readonly TemplateNode[] | undefined;
  /** Counts what the whole run has cost and written, across nested templates. */
  readonly meter: Meter;
  /** Letters one template may write. */
  readonly maxOutput?: number;
}

/** Work since it was last paid for. */
export class Meter {
  /** Microseconds of work, about. */
  units = 0;
  depth = 0;
}
const UNITS_PER_STEP = 500;
const DEFAULT_MAX_OUTPUT = 16 * 1024 * 1024;
/** exec.go's maxExecDepth is 100000; the stack here ends earlier, with the same words. */
export const MAX_DEPTH = 150;
const MAX_DEPTH_SHOWN = 100_000;

const MISSING = Symbol("no final argument");
type Final = Value | typeof MISSING;
type Flow = "on" | "break" | "continue";

interface Variable {
  readonly name: string;
  value: Value;
}

/** Executes the template `name` on `data`; what it writes is returned. */
export function* execute(name: string, data: Value, options: ExecuteOptions): Running<string> {
  const nodes = options.find(name);
  if (nodes === undefined) throw new ExecutionError(`template: ${name}: "${name}" is an incomplete or empty template`);
  const state = new State(name, options, { text: "" }, [{ name: "$", value: data }]);
  try {
    yield* state.walkAll(data, nodes);
  } catch (error) {
    if (error instanceof ExecutionError && error.written === "") error.written = state.out.text;
    throw error;
  }
  return state.out.text;
}

class State {
  readonly #name: string;
  readonly #options: ExecuteOptions;
  readonly out: { text: string };
  readonly #variables: Variable[];
  #node: AnyNode | undefined;

  constructor(name: string, options: ExecuteOptions, out: { text: string }, variables: Variable[]) {
    this.#name = name;
    this.#options = options;
    this.out = out;
    this.#variables = variables;
  }

  #fail(message: string): never {
    const node = this.#node;
    if (node === undefined) throw new ExecutionError(`template: ${this.#name}: ${message}`);
    const before = node.source.text.slice(0, node.position);
    const start = before.lastIndexOf("\n") + 1;
    const column = new TextEncoder().encode(before.slice(start)).length;
    let line = 1;
    for (let at = before.indexOf("\n"); at !== -1; at = before.indexOf("\n", at + 1)) line++;
    throw new ExecutionError(
      `template: ${node.source.name}:${line}:${column}: executing ${quote(this.#name)} at <${nodeText(node)}>: ${message}`,
    );
  }

  #write(text: string): void {
    this.#options.meter.units += text.length / 100;
    if (this.out.text.length + text.length > (this.#options.maxOutput ?? DEFAULT_MAX_OUTPUT))
      this.#fail("the output of the template is too large");
    this.out.text += text;
  }

  // ---------------------------------------------------------------------------------------------------------- nodes

  *walkAll(dot: Value, nodes: readonly TemplateNode[]): Running<Flow> {
    for (const node of nodes) {
      const flow = yield* this.#walk(dot, node);
      if (flow !== "on") return flow;
    }
    return "on";
  }

  *#walk(dot: Value, node: TemplateNode): Running<Flow> {
    this.#node = node;
    const { meter } = this.#options;
    meter.units += 2;
    if (meter.units > UNITS_PER_STEP) {
      const { units } = meter;
      meter.units = 0;
      yield units;
    }
    switch (node.type) {
      case "text":
        this.#write(node.text);
        return "on";
      case "action": {
        const value = yield* this.#pipeline(dot, node.pipeline);
        if (node.pipeline.declares.length > 0) return "on";
        this.#node = node;
        this.#write(isNil(value) ? "<no value>" : formatValue(value));
        return "on";
      }
      case "break":
      case "continue":
        return node.type;
      case "if":
      case "with": {
        const mark = this.#variables.length;
        const value = yield* this.#pipeline(dot, node.pipeline);
        let flow: Flow = "on";
        if (isTrue(value)) flow = yield* this.walkAll(node.type === "with" ? value : dot, node.body);
        else if (node.otherwise !== undefined) flow = yield* this.walkAll(dot, node.otherwise);
        this.#variables.length = mark;
        return flow;
      }
      case "range":
        return yield* this.#range(dot, node);
      case "template":
        yield* this.#template(dot, node);
        return "on";
    }
  }

  *#template(dot: Value, node: TemplateNode & { type: "template" }): Running<void> {
    const nodes = this.#options.find(node.name);
    if (nodes === undefined) this.#fail(`template ${quote(node.name)} not defined`);
    const { meter } = this.#options;
    if (meter.depth >= MAX_DEPTH) this.#fail(`exceeded maximum template depth (${MAX_DEPTH_SHOWN})`);
    const data = node.pipeline === undefined ? undefined : yield* this.#pipeline(dot, node.pipeline);
    const inner = new State(node.name, this.#options, this.out, [{ name: "$", value: data }]);
    meter.depth++;
    yield* inner.walkAll(data, nodes as readonly TemplateNode[]);
    meter.depth--;
  }

  *#range(dot: Value, node: TemplateNode & { type: "range" | "if" | "with" }): Running<Flow> {
    const outside = this.#variables.length;
    const value = plain(yield* this.#pipeline(dot, node.pipeline));
    const mark = this.#variables.length;
    const { declares, assigns } = node.pipeline;
    const { meter } = this.#options;
    let entries: Iterable<readonly [Value, Value]>;
    let empty: boolean;
    if (Array.isArray(value)) {
      empty = value.length === 0;
      entries = value.map((item, i) => [int(i), item ?? null] as const);
    } else if (isMap(value)) {
      const keys = sortedKeys(value);
      empty = keys.length === 0;
      entries = keys.map((key) => [key, value[key] ?? null] as const);
    } else if (value instanceof Integer) {
      if (declares.length > 1) return this.#fail(`can't use ${value.value} to iterate over more than one variable`);
      empty = value.value <= 0n;
      entries = counted(value);
    } else if (isNil(value)) {
      empty = true;
      entries = [];
    } else return this.#fail(`range can't iterate over ${formatValue(value)}`);
    let result: Flow = "on";
    if (empty) {
      if (node.otherwise !== undefined) result = yield* this.walkAll(dot, node.otherwise);
    } else {
      for (const [key, item] of entries) {
        meter.units++;
        const [first, second] = declares;
        if (assigns) {
          if (second !== undefined) {
            this.#assign(first as string, key);
            this.#assign(second, item);
          } else if (first !== undefined) this.#assign(first, item);
        } else {
          if (first !== undefined) this.#setTop(1, item);
          if (second !== undefined) this.#setTop(2, key);
        }
        const flow = yield* this.walkAll(item, node.body);
        this.#variables.length = mark;
        if (flow === "break") break;
      }
    }
    this.#variables.length = outside;
    return result;
  }

  // ------------------------------------------------------------------------------------------------------ variables

  #setTop(from: number, value: Value): void {
    const variable = this.#variables[this.#variables.length - from];
    // A new one each time: what a closure of an earlier round saw stays.
    if (variable !== undefined) this.#variables[this.#variables.length - from] = { name: variable.name, value };
  }
  #assign(name: string, value: Value): void {
    const variable = this.#variables.findLast((one) => one.name === name);
    if (variable === undefined) this.#fail(`undefined variable: ${name}`);
    else variable.value = value;
  }
  #variable(name: string): Value {
    const variable = this.#variables.findLast((one) => one.name === name);
    return variable === undefined ? this.#fail(`undefined variable: ${name}`) : variable.value;
  }

  // ---------------------------------------------------------------------------------------------------- expressions

  *#pipeline(dot: Value, pipeline: Pipeline): Running<Value> {
    this.#node = pipeline;
    let value: Final = MISSING;
    for (const command of pipeline.commands) {
      value = yield* this.#command(dot, command, value);
      // What an interface holds, and nothing where it holds nothing.
      if (value === null) value = undefined;
    }
    const result = value === MISSING ? undefined : value;
    for (const name of pipeline.declares) {
      if (pipeline.assigns) this.#assign(name, result);
      else this.#variables.push({ name, value: result });
    }
    return result;
  }

  *#command(dot: Value, command: Command, final: Final): Running<Value> {
    const [head, ...rest] = command.words as [Operand, ...Operand[]];
    this.#options.meter.units++;
    switch (head.type) {
      case "field":
        this.#node = head;
        return yield* this.#fieldChain(dot, dot, head.fields, head, rest, final);
      case "chain": {
        this.#node = head;
        if (head.node.type === "nil") this.#fail(`indirection through explicit nil in ${nodeText(head)}`);
        const from = yield* this.#argument(dot, undefined, head.node);
        return yield* this.#fieldChain(dot, from, head.fields, head, rest, final);
      }
      case "variable":
        this.#node = head;
        return yield* this.#variableChain(dot, head, rest, final);
      case "identifier":
        this.#node = head;
        return yield* this.#function(dot, head.name, command, rest, final);
      case "pipeline":
        this.#notAFunction(head, rest, final);
        return yield* this.#pipeline(dot, head);
    }
    this.#node = head;
    this.#notAFunction(head, rest, final);
    switch (head.type) {
      case "bool":
      case "string":
      case "number":
        return this.#constant(head, "any");
      case "dot":
        return dot;
      case "nil":
        return this.#fail("nil is not a command");
    }
  }
  #notAFunction(head: Operand, rest: readonly Operand[], final: Final): void {
    if (rest.length > 0 || final !== MISSING) this.#fail(`can't give argument to non-function ${nodeText(head)}`);
  }

  *#variableChain(
    dot: Value,
    node: Operand & { type: "variable" },
    args: readonly Operand[],
    final: Final,
  ): Running<Value> {
    const [name, ...fields] = node.fields;
    const value = this.#variable(name as string);
    if (fields.length > 0) return yield* this.#fieldChain(dot, value, fields, node, args, final);
    this.#notAFunction(node, args, final);
    return value;
  }

  *#fieldChain(
    dot: Value,
    from: Value,
    fields: readonly string[],
    node: Operand,
    args: readonly Operand[],
    final: Final,
  ): Running<Value> {
    let value = from;
    for (let i = 0; i < fields.length - 1; i++)
      value = yield* this.#field(dot, value, fields[i] as string, node, [], MISSING);
    return yield* this.#field(dot, value, fields[fields.length - 1] as string, node, args, final);
  }

  *#field(
    dot: Value,
    receiver: Value,
    name: string,
    node: Operand,
    args: readonly Operand[],
    final: Final,
  ): Running<Value> {
    const { missingKey } = this.#options;
    if (receiver === undefined) {
      if (missingKey === "error") this.#fail(`nil data; no entry for key ${quote(name)}`);
      return undefined;
    }
    if (receiver === null) this.#fail(`nil pointer evaluating interface {}.${name}`);
    const hasArguments = args.length > 0 || final !== MISSING;
    if (receiver instanceof Struct) {
      const method = Object.hasOwn(receiver.methods, name) ? receiver.methods[name] : undefined;
      if (method !== undefined) {
        const values: Value[] = [];
        for (const arg of args) values.push(yield* this.#argument(dot, "any", arg));
        if (final !== MISSING) values.push(final);
        if (method.length !== values.length)
          this.#fail(`wrong number of args for ${name}: want ${method.length} got ${values.length}`);
        try {
          return method(...values);
        } catch (error) {
          this.#node = node;
          return this.#fail(`error calling ${name}: ${(error as Error).message}`);
        }
      }
      if (Object.hasOwn(receiver.fields, name)) {
        if (hasArguments) this.#fail(`${name} has arguments but cannot be invoked as function`);
        return receiver.fields[name] ?? null;
      }
    }
    const below = plain(receiver);
    if (isMap(below)) {
      if (hasArguments) this.#fail(`${name} is not a method but has arguments`);
      if (Object.hasOwn(below, name)) return below[name] ?? null;
      if (missingKey === "error") this.#fail(`map has no entry for key ${quote(name)}`);
      return missingKey === "zero" ? null : undefined;
    }
    return this.#fail(
      `can't evaluate field ${name} in type ${below === receiver && !(receiver instanceof Struct) ? this.#shownType(node, receiver) : typeName(receiver)}`,
    );
  }
  /** What was reached through maps and lists has the type they hold. */
  #shownType(node: Operand, receiver: Value): string {
    return node.type === "chain" || (node.type === "variable" && node.fields.length <= 2)
      ? typeName(receiver)
      : "interface {}";
  }

  *#function(dot: Value, name: string, command: AnyNode, args: readonly Operand[], final: Final): Running<Value> {
    const { functions, meter } = this.#options;
    const called = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (called === undefined) return this.#fail(`${quote(name)} is not a defined function`);
    const count = args.length + (final === MISSING ? 0 : 1);
    const fixed = called.parameters.length;
    if (called.variadic !== undefined) {
      if (count < fixed) this.#fail(`wrong number of args for ${name}: want at least ${fixed} got ${args.length}`);
    } else if (count !== fixed) this.#fail(`wrong number of args for ${name}: want ${fixed} got ${count}`);
    if (name === "and" || name === "or") {
      let value: Value;
      for (const arg of args) {
        value = yield* this.#argument(dot, "any", arg);
        if (isTrue(value) === (name === "or")) return value;
      }
      return final === MISSING ? value : final;
    }
    const values: Value[] = [];
    for (const [i, arg] of args.entries()) values.push(yield* this.#argument(dot, typeAt(called, i), arg));
    if (final !== MISSING) values.push(this.#checked(final, typeAt(called, args.length)));
    if (name === "call" && !isNil(values[0]) && args[0] !== undefined) {
      this.#node = command;
      return this.#fail(`error calling call: non-function ${nodeText(args[0])} of type ${typeName(values[0])}`);
    }
    meter.units += 2;
    try {
      const result = (called.call as (...args: Value[]) => Value | Running<Value>)(...values);
      if (typeof result !== "object" || result === null || Array.isArray(result)) {
        if (typeof result === "string") meter.units += result.length / 100;
        return result;
      }
      if (typeof (result as { next?: unknown }).next === "function" && Symbol.iterator in result)
        return yield* result as Running<Value>;
      return result as Value;
    } catch (error) {
      if (error instanceof RangeError) throw error;
      if (!(error instanceof Error) || isFatal(error)) throw error;
      this.#node = command;
      return this.#fail(`error calling ${name}: ${error.message}`);
    }
  }

  #checked(value: Value, type: ParameterType | undefined): Value {
    if (type === undefined || type === "any") return value;
    if (value === undefined) {
      if (canBeNil(type)) return null;
      return this.#fail(`invalid value; expected ${parameterName(type)}`);
    }
    if (value === null) {
      if (canBeNil(type)) return null;
      return this.#fail(`wrong type for value; expected ${parameterName(type)}; got interface {}`);
    }
    if (assignable(value, type)) return value;
    return this.#fail(`wrong type for value; expected ${parameterName(type)}; got ${typeName(value)}`);
  }

  *#argument(dot: Value, type: ParameterType | undefined, node: Operand): Running<Value> {
    this.#node = node;
    switch (node.type) {
      case "dot":
        return this.#checked(dot, type);
      case "nil":
        if (type === undefined || canBeNil(type)) return undefined;
        return this.#fail(`cannot assign nil to ${parameterName(type)}`);
      case "field":
        return this.#checked(yield* this.#fieldChain(dot, dot, node.fields, node, [], MISSING), type);
      case "variable":
        return this.#checked(yield* this.#variableChain(dot, node, [], MISSING), type);
      case "pipeline":
        return this.#checked(yield* this.#pipeline(dot, node), type);
      case "identifier":
        return this.#checked(yield* this.#function(dot, node.name, node, [], MISSING), type);
      case "chain": {
        if (node.node.type === "nil") this.#fail(`indirection through explicit nil in ${nodeText(node)}`);
        const from = yield* this.#argument(dot, undefined, node.node);
        this.#node = node;
        return this.#checked(yield* this.#fieldChain(dot, from, node.fields, node, [], MISSING), type);
      }
    }
    return this.#constant(node, type ?? "any");
  }

  #constant(node: Operand & { type: "bool" | "number" | "string" }, type: ParameterType): Value {
    const wrong = (expected: string) => this.#fail(`expected ${expected}; found ${nodeText(node)}`);
    switch (type) {
      case "any":
        if (node.type === "number" && node.value instanceof Integer && node.value.type === "uint64")
          return this.#fail(`${node.text} overflows int`);
        return node.value;
      case "bool":
        return node.type === "bool" ? node.value : wrong("bool");
      case "string":
        return node.type === "string" ? node.value : wrong("string");
      case "float64":
        if (node.type !== "number") return wrong("float");
        return node.value instanceof Integer ? node.value.number : node.value;
      case "int":
      case "int64":
      case "uint32":
        if (node.type !== "number" || !node.integer) return wrong(type === "uint32" ? "unsigned integer" : "integer");
        return new Integer(node.value instanceof Integer ? node.value.value : BigInt(node.value as number), type);
      default:
        return this.#fail(`can't handle ${nodeText(node)} for arg of type ${parameterName(type)}`);
    }
  }
}

function* counted(limit: Integer): Generator<readonly [Value, Value]> {
  for (let i = 0n; i < limit.value; i++) {
    const value = new Integer(i, limit.type);
    yield [value, value];
  }
}

const typeAt = (called: TemplateFunction, i: number): ParameterType => called.parameters[i] ?? called.variadic ?? "any";

/** Errors that are no template's: a killed process, say. They pass through all functions. */
const isFatal = (error: Error): boolean => error.name === "AbortError" || error.name === "ProcessEnded";
