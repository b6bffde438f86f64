/** Statements as code. */
import { sprintf } from "./builtins.ts";
import { type Code, combineAll, go, straight, wait, waiting } from "./code.ts";
import type { Expressions } from "./expressions.ts";
import { keysInOrder } from "./order.ts";
import type { Case, Expression, Statement } from "./syntax.ts";
import { compare, isTrue, toText, type Value } from "./values.ts";

/** How a statement ended. */
export type Flow = undefined | "next" | "nextfile" | "break" | "continue" | "exit" | "return";

export class Statements {
  readonly #expressions: Expressions;

  constructor(expressions: Expressions) {
    this.#expressions = expressions;
  }

  compile(statement: Statement): Code<Flow> {
    const expressions = this.#expressions;
    const { runtime } = expressions;
    switch (statement.type) {
      case "expression": {
        const code = expressions.compile(statement.expression);
        if (code.waits)
          return waiting(function* () {
            yield* code.run();
            return undefined;
          });
        return straight(() => {
          runtime.fuel++;
          code.run();
          return undefined;
        });
      }
      case "at":
        return this.#at(statement.line, statement.body);
      case "switch":
        return this.#switch(statement.subject, statement.cases);
      case "print":
        return this.#print(statement);
      case "block":
        return sequence(statement.body.map((each) => this.compile(each)));
      case "if": {
        const test = expressions.compile(statement.test);
        const yes = this.compile(statement.yes);
        const no = statement.no === undefined ? straight<Flow>(() => undefined) : this.compile(statement.no);
        if (!test.waits && !yes.waits && !no.waits) return straight(() => (isTrue(test.run()) ? yes.run() : no.run()));
        return waiting(function* () {
          return yield* go(isTrue(yield* go(test)) ? yes : no);
        });
      }
      case "while":
      case "do":
        return this.#loop({
          test: expressions.compile(statement.test),
          body: this.compile(statement.body),
          bodyFirst: statement.type === "do",
        });
      case "for": {
        const first = statement.first === undefined ? undefined : this.compile(statement.first);
        const loop = this.#loop({
          test: statement.test === undefined ? undefined : expressions.compile(statement.test),
          body: this.compile(statement.body),
          step: statement.step === undefined ? undefined : this.compile(statement.step),
        });
        return first === undefined ? loop : sequence([first, loop]);
      }
      case "forIn": {
        const array = expressions.array(statement.array);
        const { key, set } = expressions.reference(statement.target);
        const body = this.compile(statement.body);
        return waiting<Flow>(function* () {
          for (const name of keysInOrder(runtime, array())) {
            runtime.fuel += 2;
            const pay = runtime.pay();
            if (pay !== undefined) yield pay;
            set(yield* go(key), name);
            const flow = yield* go(body);
            if (flow === "break") break;
            if (flow !== undefined && flow !== "continue") return flow;
          }
          return undefined;
        });
      }
      case "delete": {
        const array = expressions.array(statement.array);
        if (statement.subscripts === undefined)
          return straight<Flow>(() => {
            runtime.elements -= array().size;
            array().clear();
            return undefined;
          });
        const key = expressions.subscript(statement.subscripts);
        return combineAll([key], ([name = ""]): Flow => {
          if (array().delete(name)) runtime.elements--;
          return undefined;
        });
      }
      case "next":
      case "nextfile":
      case "break":
      case "continue": {
        const { type } = statement;
        return straight<Flow>(() => type);
      }
      case "exit": {
        const code = statement.value === undefined ? undefined : expressions.compile(statement.value);
        return waiting<Flow>(function* () {
          if (code !== undefined) runtime.exitStatus = Math.trunc(runtime.number(yield* go(code))) & 255;
          return "exit";
        });
      }
      case "return": {
        const code = statement.value === undefined ? undefined : expressions.compile(statement.value);
        if (code === undefined || !code.waits)
          return straight<Flow>(() => {
            runtime.returned = code?.run();
            return "return";
          });
        return waiting<Flow>(function* () {
          runtime.returned = yield* code.run();
          return "return";
        });
      }
    }
  }

  /** mawk alone never says where it was. */
  #at(line: number, body: Statement): Code<Flow> {
    const { runtime } = this.#expressions;
    runtime.line = line;
    const code = this.compile(body);
    if (runtime.dialect.name === "mawk" || body.type === "block") return code;
    if (!code.waits) {
      const { run } = code;
      return straight(() => {
        runtime.line = line;
        return run();
      });
    }
    return waiting(function* () {
      runtime.line = line;
      return yield* code.run();
    });
  }

  #switch(subject: Expression, cases: readonly Case[]): Code<Flow> {
    const expressions = this.#expressions;
    const { runtime } = expressions;
    const value = expressions.compile(subject);
    const parts = cases.map((each) => ({
      body: sequence(each.body.map((statement) => this.compile(statement))),
      isDefault: each.value === undefined,
      pattern: each.value?.type === "regex" ? expressions.pattern(each.value) : undefined,
      value: each.value === undefined || each.value.type === "regex" ? undefined : expressions.compile(each.value),
    }));
    return waiting<Flow>(function* () {
      const found = yield* go(value);
      let from = parts.findIndex((part) => part.isDefault);
      for (const [index, part] of parts.entries()) {
        const pattern = part.pattern === undefined ? undefined : yield* go(part.pattern);
        const fits =
          pattern !== undefined
            ? runtime.matches(runtime.text(found), pattern)
            : part.value !== undefined && compare(found, yield* go(part.value), runtime.convfmt, runtime.dialect) === 0;
        if (!fits) continue;
        from = index;
        break;
      }
      if (from === -1) return undefined;
      for (const part of parts.slice(from)) {
        const flow = yield* go(part.body);
        if (flow === "break") return undefined;
        if (flow !== undefined) return flow;
      }
      return undefined;
    });
  }

  #loop(loop: {
    readonly test: Code | undefined;
    readonly body: Code<Flow>;
    readonly step?: Code<Flow> | undefined;
    readonly bodyFirst?: boolean;
  }): Code<Flow> {
    const { runtime } = this.#expressions;
    const { test, body, step } = loop;
    return waiting(function* () {
      let skipTest = loop.bodyFirst ?? false;
      for (;;) {
        runtime.fuel += 2;
        const pay = runtime.pay();
        if (pay !== undefined) yield pay;
        if (!skipTest && test !== undefined && !isTrue(test.waits ? yield* test.run() : test.run())) return undefined;
        skipTest = false;
        const flow = body.waits ? yield* body.run() : body.run();
        if (flow === "break") return undefined;
        if (flow !== undefined && flow !== "continue") return flow;
        if (step !== undefined) yield* go(step);
      }
    });
  }

  #print(statement: Extract<Statement, { type: "print" }>): Code<Flow> {
    const expressions = this.#expressions;
    const { runtime } = expressions;
    const args = combineAll(
      statement.args.map((each: Expression) => expressions.compile(each)),
      (values) => values,
    );
    const ors = runtime.global("ORS");
    const ofs = runtime.global("OFS");
    const ofmt = runtime.global("OFMT");
    const text = (values: readonly Value[]): string => {
      runtime.fuel += 1;
      if (statement.format) return sprintf(runtime, runtime.text(values[0]), values.slice(1), "printf");
      if (values.length === 0) return runtime.recordText() + runtime.text(ors.value);
      const format = typeof ofmt.value === "string" ? ofmt.value : "%.6g";
      const shown =
        values.length === 1
          ? toText(values[0], format, runtime.dialect)
          : values.map((value) => toText(value, format, runtime.dialect)).join(runtime.text(ofs.value));
      return runtime.checkLength(shown) + runtime.text(ors.value);
    };
    const { redirect } = statement;
    if (redirect === undefined && !args.waits) {
      return straight(() => {
        runtime.streams.print(text(args.run()));
        return undefined;
      });
    }
    const to = redirect === undefined ? undefined : expressions.text(redirect.to);
    return waiting(function* () {
      const shown = text(yield* go(args));
      if (redirect === undefined || to === undefined) {
        runtime.streams.print(shown);
        return undefined;
      }
      const name = runtime.outward(yield* go(to));
      if (redirect.mode === "|") yield* wait(runtime.streams.flush());
      const output = runtime.streams.output(name, redirect.mode);
      const full = runtime.streams.write(output, shown);
      if (full !== undefined) yield full;
      // What goes to the person at once is not held back.
      if (name === "/dev/stderr") yield* wait(output.flush() ?? Promise.resolve());
      return undefined;
    });
  }
}

function sequence(parts: readonly Code<Flow>[]): Code<Flow> {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  if (parts.every((part) => !part.waits)) {
    const runs = parts.map((part) => part.run as () => Flow);
    return straight(() => {
      for (const run of runs) {
        const flow = run();
        if (flow !== undefined) return flow;
      }
      return undefined;
    });
  }
  return waiting(function* () {
    for (const part of parts) {
      const flow = part.waits ? yield* part.run() : part.run();
      if (flow !== undefined) return flow;
    }
    return undefined;
  });
}
