/** Runs scripts. Every call is waited for, so that what asks a server reads like what does not. */

import { methodOf } from "./methods.ts";
import type { Expression, Statement } from "./parse.ts";
import {
  errorValue,
  isHost,
  Scalar,
  ScriptFunction,
  ScriptObject,
  ScriptThrow,
  type ScriptValue,
  toNumber,
  toText,
  truthy,
  typeError,
} from "./values.ts";

export class Scope {
  readonly #names = new Map<string, { value: ScriptValue; readonly constant: boolean }>();
  readonly #outer: Scope | undefined;
  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  find(name: string): { value: ScriptValue; readonly constant: boolean } | undefined {
    return this.#names.get(name) ?? this.#outer?.find(name);
  }

  declare(name: string, value: ScriptValue, constant = false): void {
    this.#names.set(name, { value, constant });
  }

  get outermost(): Scope {
    return this.#outer?.outermost ?? this;
  }
}

type Completion =
  | { readonly kind: "normal" | "break" | "continue"; readonly value?: ScriptValue }
  | { readonly kind: "return"; readonly value: ScriptValue };

/** How deep functions may call each other. */
const MAX_CALLS = 150;
/** What a script may hold in one value, roughly in characters. */
const MAX_TEXT = 16 * 1024 * 1024;

export class Interpreter {
  readonly #spend: (units: number) => Promise<void> | void;
  #calls = 0;

  constructor(spend: (units: number) => Promise<void> | void) {
    this.#spend = spend;
  }

  /** The value of the last expression statement. Throws `ScriptThrow`. */
  async run(body: readonly Statement[], scope: Scope): Promise<ScriptValue> {
    let last: ScriptValue;
    for (const statement of body) {
      const completion = await this.#execute(statement, scope);
      if (completion.kind === "return")
        throw new ScriptThrow(errorValue("SyntaxError", "'return' outside of function."));
      if (statement.kind === "expression" || completion.value !== undefined) last = completion.value;
    }
    return last;
  }

  async call(
    callee: ScriptValue,
    args: readonly ScriptValue[],
    self: ScriptValue,
    shown: string,
  ): Promise<ScriptValue> {
    if (!(callee instanceof ScriptFunction)) throw typeError(`${shown} is not a function`);
    if (++this.#calls > MAX_CALLS) {
      this.#calls = 0;
      throw new ScriptThrow(errorValue("RangeError", "Maximum call stack size exceeded"));
    }
    try {
      return await callee.call(args, self);
    } finally {
      this.#calls = Math.max(0, this.#calls - 1);
    }
  }

  // --------------------------------------------------------------------------------------------------------- statements

  async #execute(statement: Statement, scope: Scope): Promise<Completion> {
    await this.#spend(1);
    switch (statement.kind) {
      case "empty":
        return { kind: "normal" };
      case "expression":
        return { kind: "normal", value: await this.evaluate(statement.expression, scope) };
      case "declare":
        for (const { name, value } of statement.names)
          scope.declare(name, value === undefined ? undefined : await this.evaluate(value, scope), statement.constant);
        return { kind: "normal" };
      case "block":
        return this.#block(statement.body, new Scope(scope));
      case "if": {
        const branch = truthy(await this.evaluate(statement.test, scope)) ? statement.then : statement.otherwise;
        return branch === undefined ? { kind: "normal" } : this.#execute(branch, scope);
      }
      case "for": {
        const inner = new Scope(scope);
        if (statement.start !== undefined) await this.#execute(statement.start, inner);
        while (statement.test === undefined || truthy(await this.evaluate(statement.test, inner))) {
          const completion = await this.#execute(statement.body, inner);
          if (completion.kind === "break") break;
          if (completion.kind === "return") return completion;
          if (statement.step !== undefined) await this.evaluate(statement.step, inner);
        }
        return { kind: "normal" };
      }
      case "each":
        for await (const value of this.#iterate(await this.evaluate(statement.over, scope), statement.of)) {
          const inner = new Scope(scope);
          inner.declare(statement.name, value);
          const completion = await this.#execute(statement.body, inner);
          if (completion.kind === "break") break;
          if (completion.kind === "return") return completion;
        }
        return { kind: "normal" };
      case "while":
        for (
          let first = true;
          (first && !statement.first) || truthy(await this.evaluate(statement.test, scope));
          first = false
        ) {
          const completion = await this.#execute(statement.body, scope);
          if (completion.kind === "break") break;
          if (completion.kind === "return") return completion;
        }
        return { kind: "normal" };
      case "return":
        return {
          kind: "return",
          value: statement.value === undefined ? undefined : await this.evaluate(statement.value, scope),
        };
      case "throw":
        throw new ScriptThrow(statement.value === undefined ? undefined : await this.evaluate(statement.value, scope));
      case "break":
      case "continue":
        return { kind: statement.kind };
      case "try":
        return this.#try(statement, scope);
    }
  }

  async #block(body: readonly Statement[], scope: Scope): Promise<Completion> {
    let value: ScriptValue;
    for (const statement of body) {
      const completion = await this.#execute(statement, scope);
      if (completion.kind !== "normal") return completion;
      value = completion.value;
    }
    return { kind: "normal", value };
  }

  async #try({ body, name, handler, last }: Extract<Statement, { kind: "try" }>, scope: Scope): Promise<Completion> {
    let completion: Completion = { kind: "normal" };
    try {
      completion = await this.#execute(body, scope);
    } catch (problem) {
      if (!(problem instanceof ScriptThrow) || handler === undefined) throw problem;
      const inner = new Scope(scope);
      if (name !== undefined) inner.declare(name, problem.value);
      completion = await this.#execute(handler, inner);
    } finally {
      if (last !== undefined) {
        const end = await this.#execute(last, scope);
        if (end.kind !== "normal") completion = end;
      }
    }
    return completion;
  }

  async *#iterate(value: ScriptValue, of: boolean): AsyncGenerator<ScriptValue> {
    if (!of) {
      const keys = Array.isArray(value)
        ? value.map((_one, index) => String(index))
        : value instanceof ScriptObject
          ? [...value.fields.keys()]
          : [];
      yield* keys;
    } else if (Array.isArray(value) || typeof value === "string") yield* [...value];
    else if (isHost(value) && value.iterate !== undefined) yield* value.iterate();
    else throw typeError(`${toText(value)} is not iterable`);
  }

  // -------------------------------------------------------------------------------------------------------- expressions

  async evaluate(expression: Expression, scope: Scope): Promise<ScriptValue> {
    await this.#spend(1);
    switch (expression.kind) {
      case "value":
        return expression.value;
      case "regex":
        return new Scalar({
          $regularExpression: { pattern: expression.pattern, options: expression.flags.replace("g", "") },
        });
      case "template": {
        let text = "";
        for (const part of expression.parts)
          text += typeof part === "string" ? part : toText(await this.evaluate(part, scope));
        return text;
      }
      case "name": {
        const found = scope.find(expression.name);
        if (found === undefined)
          throw new ScriptThrow(errorValue("ReferenceError", `${expression.name} is not defined`));
        return found.value;
      }
      case "array":
        return this.#list(expression.items, scope);
      case "object": {
        const object = new ScriptObject();
        for (const field of expression.fields) {
          if (field.kind === "spread") {
            const from = await this.evaluate(field.value, scope);
            if (from instanceof ScriptObject) for (const [key, value] of from.fields) object.fields.set(key, value);
          } else
            object.fields.set(toText(await this.evaluate(field.key, scope)), await this.evaluate(field.value, scope));
        }
        return object;
      }
      case "function":
        return this.#closure(expression, scope);
      case "member": {
        const object = await this.evaluate(expression.object, scope);
        if (expression.optional && (object === undefined || object === null)) return undefined;
        return this.#get(object, await this.evaluate(expression.property, scope), expression.object);
      }
      case "call":
        return this.#called(expression, scope);
      case "new": {
        const callee = await this.evaluate(expression.callee, scope);
        const args = await this.#list(expression.args, scope);
        const made = callee instanceof ScriptFunction ? callee.members.get("new") : undefined;
        return this.call(made ?? callee, args, undefined, describe(expression.callee));
      }
      case "unary":
        return this.#unary(expression, scope);
      case "update": {
        const before = toNumber(await this.evaluate(expression.target, scope));
        const after = before + (expression.operator === "++" ? 1 : -1);
        await this.#assign(expression.target, after, scope);
        return expression.prefix ? after : before;
      }
      case "binary":
        return this.#binary(expression, scope);
      case "conditional":
        return this.evaluate(
          truthy(await this.evaluate(expression.test, scope)) ? expression.then : expression.otherwise,
          scope,
        );
      case "assign": {
        let value = await this.evaluate(expression.value, scope);
        if (expression.operator !== "=")
          value = combine(expression.operator.slice(0, -1), await this.evaluate(expression.target, scope), value);
        await this.#assign(expression.target, value, scope);
        return value;
      }
      case "spread":
        throw new ScriptThrow(errorValue("SyntaxError", "Unexpected token ..."));
    }
  }

  async #list(items: readonly Expression[], scope: Scope): Promise<ScriptValue[]> {
    const list: ScriptValue[] = [];
    for (const item of items) {
      if (item.kind !== "spread") list.push(await this.evaluate(item, scope));
      else for await (const value of this.#iterate(await this.evaluate(item.value, scope), true)) list.push(value);
    }
    return list;
  }

  #closure({ name, parameters, body, arrow }: Extract<Expression, { kind: "function" }>, scope: Scope): ScriptFunction {
    const closure: ScriptFunction = new ScriptFunction(name, async (args, self) => {
      const inner = new Scope(scope);
      if (!arrow) inner.declare("this", self);
      if (name !== "") inner.declare(name, closure);
      for (const [index, parameter] of parameters.entries()) inner.declare(parameter, args[index]);
      if (!isStatement(body)) return this.evaluate(body, inner);
      const completion = await this.#execute(body, inner);
      return completion.kind === "return" ? completion.value : undefined;
    });
    return closure;
  }

  async #called({ callee, args, optional }: Extract<Expression, { kind: "call" }>, scope: Scope): Promise<ScriptValue> {
    if (callee.kind !== "member") {
      const target = await this.evaluate(callee, scope);
      if (optional && (target === undefined || target === null)) return undefined;
      return this.call(target, await this.#list(args, scope), undefined, describe(callee));
    }
    const object = await this.evaluate(callee.object, scope);
    if (callee.optional && (object === undefined || object === null)) return undefined;
    const property = await this.evaluate(callee.property, scope);
    const target = this.#get(object, property, callee.object);
    if (optional && (target === undefined || target === null)) return undefined;
    return this.call(target, await this.#list(args, scope), object, `${describe(callee)}`);
  }

  #get(object: ScriptValue, property: ScriptValue, shown: Expression): ScriptValue {
    const name = toText(property);
    if (object === undefined || object === null)
      throw typeError(
        `Cannot read properties of ${object === null ? "null" : "undefined"} (reading '${name}')${describe(shown) === "" ? "" : ""}`,
      );
    if (isHost(object)) return object.get(name);
    if (object instanceof ScriptObject && object.fields.has(name)) return object.fields.get(name);
    if (object instanceof ScriptFunction && object.members.has(name)) return object.members.get(name);
    if (Array.isArray(object) && /^\d+$/.test(name)) return object[Number(name)];
    if (typeof object === "string" && /^\d+$/.test(name)) return object[Number(name)];
    return methodOf(object, name, (callee, args) => this.call(callee, args, undefined, "callback"));
  }

  async #assign(target: Expression, value: ScriptValue, scope: Scope): Promise<void> {
    if (target.kind === "name") {
      const found = scope.find(target.name);
      if (found?.constant === true) throw typeError(`"${target.name}" is read-only`);
      if (found === undefined) scope.outermost.declare(target.name, value);
      else found.value = value;
      return;
    }
    if (target.kind !== "member")
      throw new ScriptThrow(errorValue("SyntaxError", "Invalid left-hand side in assignment"));
    const object = await this.evaluate(target.object, scope);
    const name = toText(await this.evaluate(target.property, scope));
    if (object instanceof ScriptObject) object.fields.set(name, value);
    else if (Array.isArray(object) && /^\d+$/.test(name) && Number(name) <= object.length + 1000)
      object[Number(name)] = value;
    else if (Array.isArray(object) && name === "length") object.length = Math.min(object.length, toNumber(value));
    else throw typeError(`Cannot set properties of ${toText(object)} (setting '${name}')`);
  }

  async #unary({ operator, operand }: Extract<Expression, { kind: "unary" }>, scope: Scope): Promise<ScriptValue> {
    if (operator === "typeof" && operand.kind === "name" && scope.find(operand.name) === undefined) return "undefined";
    const value = await this.evaluate(operand, scope);
    switch (operator) {
      case "!":
        return !truthy(value);
      case "-":
        return -toNumber(value);
      case "+":
        return toNumber(value);
      case "void":
        return undefined;
      default:
        if (value instanceof ScriptFunction) return "function";
        return value === null ? "object" : typeof value;
    }
  }

  async #binary(
    { operator, left, right }: Extract<Expression, { kind: "binary" }>,
    scope: Scope,
  ): Promise<ScriptValue> {
    const a = await this.evaluate(left, scope);
    if (operator === "&&") return truthy(a) ? this.evaluate(right, scope) : a;
    if (operator === "||") return truthy(a) ? a : this.evaluate(right, scope);
    if (operator === "??") return a === undefined || a === null ? this.evaluate(right, scope) : a;
    const b = await this.evaluate(right, scope);
    return combine(operator, a, b);
  }
}

function isStatement(body: Statement | Expression): body is Statement {
  return body.kind === "block";
}

function same(a: ScriptValue, b: ScriptValue): boolean {
  return a === b;
}

function combine(operator: string, a: ScriptValue, b: ScriptValue): ScriptValue {
  const textual = typeof a === "string" && typeof b === "string";
  switch (operator) {
    case ",":
      return b;
    case "+": {
      const plain = (value: ScriptValue) =>
        typeof value === "number" || typeof value === "boolean" || value === null || value === undefined;
      if (plain(a) && plain(b)) return toNumber(a) + toNumber(b);
      const joined = toText(a) + toText(b);
      if (joined.length > MAX_TEXT) throw new ScriptThrow(errorValue("RangeError", "Invalid string length"));
      return joined;
    }
    case "-":
      return toNumber(a) - toNumber(b);
    case "*":
      return toNumber(a) * toNumber(b);
    case "/":
      return toNumber(a) / toNumber(b);
    case "%":
      return toNumber(a) % toNumber(b);
    case "**":
      return toNumber(a) ** toNumber(b);
    case "&":
      return toNumber(a) & toNumber(b);
    case "|":
      return toNumber(a) | toNumber(b);
    case "^":
      return toNumber(a) ^ toNumber(b);
    case "===":
      return same(a, b);
    case "!==":
      return !same(a, b);
    case "==":
    case "!=": {
      const empty = (value: ScriptValue) => value === undefined || value === null;
      const equal =
        same(a, b) ||
        (empty(a) && empty(b)) ||
        (!empty(a) && !empty(b) && typeof a !== "object" && typeof b !== "object" && toNumber(a) === toNumber(b)) ||
        (!empty(a) && !empty(b) && (typeof a === "object") !== (typeof b === "object") && toText(a) === toText(b));
      return equal === (operator === "==");
    }
    case "<":
      return textual ? a < b : toNumber(a) < toNumber(b);
    case ">":
      return textual ? a > b : toNumber(a) > toNumber(b);
    case "<=":
      return textual ? a <= b : toNumber(a) <= toNumber(b);
    case ">=":
      return textual ? a >= b : toNumber(a) >= toNumber(b);
    case "in":
      return b instanceof ScriptObject ? b.fields.has(toText(a)) : Array.isArray(b) && toNumber(a) in b;
    case "instanceof":
      throw typeError("instanceof is not supported here");
    default:
      throw typeError(`the operator ${operator} is not supported here`);
  }
}

/** How an expression reads, for errors. */
function describe(expression: Expression): string {
  if (expression.kind === "name") return expression.name;
  if (expression.kind === "member" && expression.property.kind === "value")
    return `${describe(expression.object) || "(intermediate value)"}.${String(expression.property.value)}`;
  if (expression.kind === "call") return `${describe(expression.callee)}(...)`;
  return "";
}
