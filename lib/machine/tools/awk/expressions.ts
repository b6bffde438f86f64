/** Expressions as code. */

import type { Pattern } from "../support/regex.ts";
import { builtin } from "./builtins.ts";
import { type Code, combine1, combine2, combineAll, go, straight, type Waiting, wait, waiting } from "./code.ts";
import { AwkSyntaxError } from "./failure.ts";
import { AwkError, limit } from "./fatal.ts";
import type { RecordReader } from "./input.ts";
import { type Runtime, type Slot, slot } from "./runtime.ts";
import type { AssignOperator, BinaryOperator, Expression, FunctionDefinition, LeftValue, Variable } from "./syntax.ts";
import { compare, isTrue, type Value } from "./values.ts";

/** Reads and writes one place; the subscript or field number is computed once. */
interface Reference {
  readonly key: Code<unknown>;
  readonly get: (key: unknown) => Value;
  readonly set: (key: unknown, value: Value) => void;
}

/** What a call runs: filled in when all functions are compiled. */
export interface CompiledFunction {
  readonly definition: FunctionDefinition;
  body: Code<unknown> | undefined;
}

const MAX_CALLS = 1000;

/** `next`, `nextfile` or `exit` within a function: leaves all calls. */
export class Unwind extends Error {
  readonly flow: "next" | "nextfile" | "exit";
  constructor(flow: Unwind["flow"]) {
    super(flow);
    this.flow = flow;
  }
}

const NOTHING = straight<unknown>(() => undefined);

export class Expressions {
  readonly runtime: Runtime;
  readonly functions: ReadonlyMap<string, CompiledFunction>;

  constructor(runtime: Runtime, functions: ReadonlyMap<string, CompiledFunction>) {
    this.runtime = runtime;
    this.functions = functions;
  }

  compile(expression: Expression): Code {
    const { runtime } = this;
    switch (expression.type) {
      case "number":
      case "string": {
        const { value } = expression;
        return straight(() => value);
      }
      case "regex": {
        const pattern = this.#constant(expression.source);
        return straight(() => (runtime.matches(runtime.recordText(), pattern()) ? 1 : 0));
      }
      case "group": {
        const [only] = expression.items;
        if (only === undefined || expression.items.length > 1) return this.subscript(expression.items);
        return this.compile(only);
      }
      case "global":
      case "local":
      case "element":
      case "field": {
        const { key, get } = this.reference(expression);
        return combine1(key, get);
      }
      case "assign":
        return this.#assign(expression.operator, expression.target, expression.value);
      case "conditional": {
        const [test, yes, no] = [
          this.compile(expression.test),
          this.compile(expression.yes),
          this.compile(expression.no),
        ];
        if (!test.waits && !yes.waits && !no.waits) return straight(() => (isTrue(test.run()) ? yes.run() : no.run()));
        return waiting(function* () {
          return yield* go(isTrue(yield* go(test)) ? yes : no);
        });
      }
      case "logical": {
        const stop = expression.operator === "||";
        const [left, right] = [this.compile(expression.left), this.compile(expression.right)];
        if (!left.waits && !right.waits)
          return straight(() => {
            if (isTrue(left.run()) === stop) return stop ? 1 : 0;
            return isTrue(right.run()) ? 1 : 0;
          });
        return waiting(function* () {
          if (isTrue(yield* go(left)) === stop) return stop ? 1 : 0;
          return isTrue(yield* go(right)) ? 1 : 0;
        });
      }
      case "in": {
        const array = this.array(expression.array);
        return combine1(this.subscript(expression.subscripts), (key) => (array().has(key) ? 1 : 0));
      }
      case "match": {
        const yes = expression.negated ? 0 : 1;
        return combine2(this.compile(expression.left), this.pattern(expression.right), (value, pattern) =>
          runtime.matches(runtime.text(value), pattern) ? yes : 1 - yes,
        );
      }
      case "binary":
        return this.#binary(expression.operator, expression.left, expression.right);
      case "unary": {
        const operand = this.compile(expression.operand);
        if (expression.operator === "!") return combine1(operand, (value) => (isTrue(value) ? 0 : 1));
        return expression.operator === "-"
          ? combine1(operand, (value) => -runtime.number(value))
          : combine1(operand, (value) => runtime.number(value));
      }
      case "increment": {
        const { key, get, set } = this.reference(expression.target);
        const { by, prefix } = expression;
        return combine1(key, (place) => {
          const before = runtime.number(get(place));
          set(place, before + by);
          return prefix ? before + by : before;
        });
      }
      case "call":
        return this.#call(expression.name, expression.args);
      case "indirect":
        return this.#indirect(expression.name, expression.args);
      case "builtin":
        return builtin(this, expression);
      case "getline":
        return this.#getline(expression);
    }
  }

  text(expression: Expression): Code<string> {
    return combine1(this.compile(expression), (value) => this.runtime.text(value));
  }

  /** A pattern where one is expected: a regex as it stands, any other value as the source of one. */
  pattern(expression: Expression): Code<Pattern> {
    if (expression.type === "group" && expression.items.length === 1)
      return this.pattern(expression.items[0] as Expression);
    const { runtime } = this;
    if (expression.type === "regex") {
      return straight(this.#constant(expression.source));
    }
    return combine1(this.compile(expression), (value) => runtime.pattern(runtime.text(value)));
  }

  /** A pattern of the program. Where case may come not to count it is looked up anew each time. */
  #constant(source: string): () => Pattern {
    const { runtime } = this;
    const pattern = runtime.pattern(source, true);
    if (runtime.globals.get("IGNORECASE") === undefined) return () => pattern;
    return () => runtime.pattern(source);
  }

  slot(variable: Variable): () => Slot {
    const { runtime } = this;
    if (variable.type === "local") return () => runtime.locals[variable.index] as Slot;
    if (this.functions.has(variable.name) && runtime.dialect.name !== "busybox")
      throw new AwkSyntaxError({ type: "spaced", name: variable.name }, runtime.line || 1);
    const found = runtime.global(variable.name);
    return () => found;
  }

  array(variable: Variable): () => Map<string, Value> {
    const { runtime } = this;
    const find = this.slot(variable);
    const parameter = variable.type === "local";
    return () => runtime.arrayOf(find(), variable.name, parameter);
  }

  subscript(subscripts: readonly Expression[]): Code<string> {
    const { runtime } = this;
    const [only] = subscripts;
    if (subscripts.length === 1 && only !== undefined) {
      // Whole numbers are written as such whatever CONVFMT says.
      return combine1(this.compile(only), (value) => (typeof value === "string" ? value : runtime.text(value)));
    }
    return combineAll(
      subscripts.map((each) => this.compile(each)),
      (values) => values.map((value) => runtime.text(value)).join(runtime.text(runtime.global("SUBSEP").value)),
    );
  }

  reference(target: LeftValue): Reference {
    const { runtime } = this;
    switch (target.type) {
      case "field":
        return {
          key: combine1(this.compile(target.index), (value) => runtime.number(value)),
          get: (index) => runtime.field(index as number),
          set: (index, value) => runtime.setField(index as number, value),
        };
      case "element": {
        const array = this.array(target.array);
        return {
          key: this.subscript(target.subscripts),
          get: (key) => {
            const elements = array();
            const value = elements.get(key as string);
            // Naming an element makes it.
            if (value === undefined && !elements.has(key as string))
              runtime.setElement(elements, key as string, undefined);
            return value;
          },
          set: (key, value) => runtime.setElement(array(), key as string, value),
        };
      }
      default: {
        if (target.type === "global" && target.name === "NF")
          return { key: NOTHING, get: () => runtime.fieldCount, set: (_, value) => runtime.setFieldCount(value) };
        const find = this.slot(target);
        const { name } = target;
        const parameter = target.type === "local";
        const plain = (): Slot => {
          const variable = find();
          // BusyBox takes the array away.
          if (variable.array !== undefined) {
            if (runtime.dialect.name !== "busybox") throw new AwkError({ type: "array", name, parameter });
            variable.array = undefined;
          }
          return variable;
        };
        if (parameter) return { key: NOTHING, get: () => plain().value, set: (_, value) => this.#give(plain(), value) };
        const variable = find();
        const watched = name === "FS" || name === "FPAT" || name === "FIELDWIDTHS";
        return {
          key: NOTHING,
          get: () => (variable.array === undefined ? variable.value : plain().value),
          set: (_, value) => {
            if (variable.array !== undefined) plain();
            variable.value = value;
            if (watched) runtime.noteAssignment(name);
          },
        };
      }
    }
  }

  #give(variable: Slot, value: Value): void {
    variable.value = value;
  }

  #assign(operator: AssignOperator, target: LeftValue, value: Expression): Code {
    const { key, get, set } = this.reference(target);
    const right = this.compile(value);
    const { runtime } = this;
    if (operator === "=") {
      const put = (place: unknown, assigned: Value) => {
        set(place, assigned);
        return assigned;
      };
      return runtime.dialect.targetFirst
        ? combine2(key, right, put)
        : combine2(right, key, (assigned, place) => put(place, assigned));
    }
    const compute = this.#arithmetic(operator.slice(0, -1) as keyof typeof ARITHMETIC, operator, value);
    const put = (place: unknown, operand: Value) => {
      const result = compute(runtime.number(get(place)), runtime.number(operand));
      set(place, result);
      return result;
    };
    return runtime.dialect.targetFirst
      ? combine2(key, right, put)
      : combine2(right, key, (operand, place) => put(place, operand));
  }

  /** `shown` is the operator as it is written; `divisor`: the right side, if it is a number the program is wrong. */
  #arithmetic(operator: keyof typeof ARITHMETIC, shown: string, divisor: Expression | undefined) {
    const { dialect, line } = this.runtime;
    const compute = ARITHMETIC[operator];
    if ((operator !== "/" && operator !== "%") || !dialect.divisionFails) return compute;
    if (dialect.name === "gawk" && divisor?.type === "number" && divisor.value === 0)
      throw new AwkSyntaxError({ type: "division", operator: shown }, line || 1);
    return (a: number, b: number) => {
      if (b === 0) throw new AwkError({ type: "division", operator: shown });
      return compute(a, b);
    };
  }

  #binary(operator: BinaryOperator, leftSide: Expression, rightSide: Expression): Code {
    const { runtime } = this;
    const [left, right] = [this.compile(leftSide), this.compile(rightSide)];
    const comparison = (holds: (order: number) => boolean) =>
      combine2(left, right, (a, b) => (holds(this.#compare(a, b)) ? 1 : 0));
    switch (operator) {
      case " ":
        return combine2(left, right, (a, b) => runtime.checkLength(runtime.text(a) + runtime.text(b)));
      case "<":
        return comparison((order) => order < 0);
      case "<=":
        return comparison((order) => order <= 0);
      case ">":
        return comparison((order) => order > 0);
      case ">=":
        return comparison((order) => order >= 0);
      case "==":
        return comparison((order) => order === 0);
      case "!=":
        return comparison((order) => order !== 0);
      default: {
        // gawk computes what is constant when it reads it.
        const compute = this.#arithmetic(operator, operator, leftSide.type === "number" ? rightSide : undefined);
        return combine2(left, right, (a, b) => compute(runtime.number(a), runtime.number(b)));
      }
    }
  }

  #compare(left: Value, right: Value): number {
    const { runtime } = this;
    const { convfmt, dialect } = runtime;
    if ((typeof left === "string" || typeof right === "string") && runtime.ignoreCase)
      return compare(runtime.text(left).toLowerCase(), runtime.text(right).toLowerCase(), convfmt, dialect);
    return compare(left, right, convfmt, dialect);
  }

  #indirect(variable: Variable, args: readonly Expression[]): Code {
    const { runtime } = this;
    const find = this.slot(variable);
    const known = new Map<string, Code>();
    return waiting(
      function* (this: Expressions): Waiting<Value> {
        const name = runtime.text(find().value);
        let code = known.get(name);
        if (code === undefined) {
          if (!this.functions.has(name)) throw new AwkError({ type: "undefined", name });
          code = this.#call(name, args);
          known.set(name, code);
        }
        return yield* go(code);
      }.bind(this),
    );
  }

  #call(name: string, args: readonly Expression[]): Code {
    const { runtime } = this;
    const called = this.functions.get(name);
    if (called === undefined) throw new AwkError({ type: "undefined", name });
    const { parameters } = called.definition;
    if (args.length > parameters.length) {
      if (runtime.dialect.name === "mawk") throw new AwkSyntaxError({ type: "tooMany", name }, runtime.line || 1);
      if (runtime.dialect.name === "gawk") runtime.warn(`function \`${name}' called with more arguments than declared`);
    }
    const makers = args.map((argument): Code<Slot> => {
      if (
        (argument.type !== "global" && argument.type !== "local") ||
        (argument.type === "global" && argument.name === "NF")
      )
        return combine1(this.compile(argument), (value) => slot(value));
      const find = this.slot(argument);
      return straight(() => {
        const given = find();
        if (given.array === undefined && given.value !== undefined) return slot(given.value);
        // An array, or what may yet turn out to be one.
        return given.array === undefined
          ? slot(undefined, given)
          : { value: undefined, array: given.array, origin: given };
      });
    });
    const prepared = combineAll(makers, (slots) => slots);
    return waiting(function* () {
      const locals = [...(yield* go(prepared))];
      while (locals.length < parameters.length) locals.push(slot());
      if (++runtime.depth > MAX_CALLS) throw limit("function call nesting too deep");
      const before = runtime.locals;
      runtime.locals = locals;
      runtime.returned = undefined;
      runtime.fuel += 2;
      const pay = runtime.pay();
      if (pay !== undefined) yield pay;
      if (called.body !== undefined) {
        const flow = yield* go(called.body);
        if (flow === "exit" || flow === "next" || flow === "nextfile") throw new Unwind(flow);
      }
      runtime.locals = before;
      runtime.depth--;
      const { returned } = runtime;
      runtime.returned = undefined;
      return returned;
    });
  }

  #getline(expression: Extract<Expression, { type: "getline" }>): Code {
    const { runtime } = this;
    const { from } = expression;
    const source = expression.source === undefined ? undefined : this.text(expression.source);
    const target = expression.target === undefined ? undefined : this.reference(expression.target);
    return waiting(function* () {
      const name = source === undefined ? "" : yield* go(source);
      let text: string | undefined;
      if (from === "input") text = yield* wait(runtime.mainRecord());
      else {
        const path = runtime.outward(name);
        const records: RecordReader | string =
          from === "file" ? runtime.streams.file(path) : yield* wait(runtime.streams.command(path));
        if (typeof records === "string") {
          if (runtime.dialect.name === "gawk") runtime.global("ERRNO").value = records;
          return -1;
        }
        text = yield* wait(runtime.record(records));
      }
      runtime.fuel += 2;
      const pay = runtime.pay();
      if (pay !== undefined) yield pay;
      if (text === undefined) return 0;
      // None of the three counts what comes from a command.
      if (from === "input") runtime.count();
      if (target === undefined) runtime.setRecord(text);
      else target.set(yield* go(target.key), runtime.input(text));
      return 1;
    });
  }
}

const ARITHMETIC = {
  "+": (a: number, b: number) => a + b,
  "-": (a: number, b: number) => a - b,
  "*": (a: number, b: number) => a * b,
  "/": (a: number, b: number) => a / b,
  "%": (a: number, b: number) => a % b,
  "^": (a: number, b: number) => a ** b,
} as const;
