/** Expressions as code. */

import type { Pattern } from "../support/regex.ts";
import { builtin } from "./builtins.ts";
import { type Code, combine1, combine2, combineAll, go, straight, wait, waiting } from "./code.ts";
import type { RecordReader } from "./input.ts";
import { AwkError, type Runtime, type Slot, slot } from "./runtime.ts";
import type { AssignOperator, BinaryOperator, Expression, FunctionDefinition, LeftValue, Variable } from "./syntax.ts";
import { compare, fromInput, isTrue, toNumber, type Value } from "./values.ts";

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
        const pattern = runtime.pattern(expression.source);
        return straight(() => (runtime.matches(runtime.recordText(), pattern) ? 1 : 0));
      }
      case "group": {
        const [only] = expression.items;
        if (only === undefined || expression.items.length > 1)
          throw new AwkError("syntax error: a list stands where a value is expected");
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
        return this.#binary(expression.operator, this.compile(expression.left), this.compile(expression.right));
      case "unary": {
        const operand = this.compile(expression.operand);
        if (expression.operator === "!") return combine1(operand, (value) => (isTrue(value) ? 0 : 1));
        return expression.operator === "-"
          ? combine1(operand, (value) => -toNumber(value))
          : combine1(operand, toNumber);
      }
      case "increment": {
        const { key, get, set } = this.reference(expression.target);
        const { by, prefix } = expression;
        return combine1(key, (place) => {
          const before = toNumber(get(place));
          set(place, before + by);
          return prefix ? before + by : before;
        });
      }
      case "call":
        return this.#call(expression.name, expression.args);
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
      const pattern = runtime.pattern(expression.source);
      return straight(() => pattern);
    }
    return combine1(this.compile(expression), (value) => runtime.pattern(runtime.text(value)));
  }

  slot(variable: Variable): () => Slot {
    const { runtime } = this;
    if (variable.type === "local") return () => runtime.locals[variable.index] as Slot;
    if (this.functions.has(variable.name))
      throw new AwkError(`syntax error: function ${variable.name} used as a variable`);
    const found = runtime.global(variable.name);
    return () => found;
  }

  array(variable: Variable): () => Map<string, Value> {
    const { runtime } = this;
    const find = this.slot(variable);
    return () => runtime.arrayOf(find(), variable.name);
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
          key: combine1(this.compile(target.index), toNumber),
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
        if (target.type === "global") {
          const variable = find();
          return {
            key: NOTHING,
            get: () => {
              if (variable.array !== undefined) throw new AwkError(`type error: array ${target.name} used as a scalar`);
              return variable.value;
            },
            set: (_, value) => {
              if (variable.array !== undefined) throw new AwkError(`type error: array ${target.name} used as a scalar`);
              variable.value = value;
            },
          };
        }
        return {
          key: NOTHING,
          get: () => find().value,
          set: (_, value) => {
            const variable = find();
            if (variable.array !== undefined) throw new AwkError(`type error: array ${target.name} used as a scalar`);
            variable.value = value;
          },
        };
      }
    }
  }

  #assign(operator: AssignOperator, target: LeftValue, value: Expression): Code {
    const { key, get, set } = this.reference(target);
    const right = this.compile(value);
    if (operator === "=")
      return combine2(right, key, (assigned, place) => {
        set(place, assigned);
        return assigned;
      });
    const compute = ARITHMETIC[operator.slice(0, -1) as keyof typeof ARITHMETIC];
    return combine2(right, key, (operand, place) => {
      const result = compute(toNumber(get(place)), toNumber(operand));
      set(place, result);
      return result;
    });
  }

  #binary(operator: BinaryOperator, left: Code, right: Code): Code {
    const { runtime } = this;
    switch (operator) {
      case " ":
        return combine2(left, right, (a, b) => runtime.checkLength(runtime.text(a) + runtime.text(b)));
      case "<":
        return combine2(left, right, (a, b) => (compare(a, b, runtime.convfmt) < 0 ? 1 : 0));
      case "<=":
        return combine2(left, right, (a, b) => (compare(a, b, runtime.convfmt) <= 0 ? 1 : 0));
      case ">":
        return combine2(left, right, (a, b) => (compare(a, b, runtime.convfmt) > 0 ? 1 : 0));
      case ">=":
        return combine2(left, right, (a, b) => (compare(a, b, runtime.convfmt) >= 0 ? 1 : 0));
      case "==":
        return combine2(left, right, (a, b) => (compare(a, b, runtime.convfmt) === 0 ? 1 : 0));
      case "!=":
        return combine2(left, right, (a, b) => (compare(a, b, runtime.convfmt) === 0 ? 0 : 1));
      default: {
        const compute = ARITHMETIC[operator];
        return combine2(left, right, (a, b) => compute(toNumber(a), toNumber(b)));
      }
    }
  }

  #call(name: string, args: readonly Expression[]): Code {
    const { runtime } = this;
    const called = this.functions.get(name);
    if (called === undefined) throw new AwkError(`function ${name} never defined`);
    const { parameters } = called.definition;
    if (args.length > parameters.length) throw new AwkError(`too many arguments in call to ${name}`);
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
      if (++runtime.depth > MAX_CALLS) throw new AwkError("function call nesting too deep");
      const before = runtime.locals;
      runtime.locals = locals;
      runtime.returned = undefined;
      runtime.fuel += 2;
      const pay = runtime.pay();
      if (pay !== undefined) yield pay;
      if (called.body !== undefined) yield* go(called.body);
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
        const records: RecordReader | undefined =
          from === "file" ? runtime.streams.file(name) : yield* wait(runtime.streams.command(name));
        if (records === undefined) return -1;
        text = yield* wait(runtime.record(records));
      }
      runtime.fuel += 2;
      const pay = runtime.pay();
      if (pay !== undefined) yield pay;
      if (text === undefined) return 0;
      if (from === "input") runtime.count();
      else if (from === "command") runtime.countCommand();
      if (target === undefined) runtime.setRecord(text);
      else target.set(yield* go(target.key), fromInput(text));
      return 1;
    });
  }
}

const ARITHMETIC = {
  "+": (a: number, b: number) => a + b,
  "-": (a: number, b: number) => a - b,
  "*": (a: number, b: number) => a * b,
  "/": (a: number, b: number) => {
    if (b === 0) throw new AwkError("division by zero");
    return a / b;
  },
  "%": (a: number, b: number) => {
    if (b === 0) throw new AwkError("division by zero in %");
    return a % b;
  },
  "^": (a: number, b: number) => a ** b,
} as const;
