/** A set of templates that know each other, and the two ways to run one. */
import { ExecutionError, execute, Meter, type MissingKey } from "./execute.ts";
import { BUILTINS, type FunctionTable, type Running } from "./functions.ts";
import type { TemplateNode } from "./nodes.ts";
import { isEmpty, parseTemplates, type Trees } from "./parse.ts";
import type { Value } from "./values.ts";

interface TemplateSetOptions {
  /** Beside those of text/template; of one name these win. */
  readonly functions?: FunctionTable;
  readonly missingKey?: MissingKey;
  /** Letters one template may write. Default 16 Mi. */
  readonly maxOutput?: number;
}

export class TemplateSet {
  readonly functions: FunctionTable;
  readonly #trees: Trees;
  readonly #options: TemplateSetOptions;

  constructor(options: TemplateSetOptions = {}, trees: Trees = new Map()) {
    this.#options = options;
    this.functions = { ...BUILTINS, ...options.functions };
    this.#trees = trees;
  }

  /** Adds a text and what it defines; of one name the last that is not empty counts. Throws `ParseError`. */
  parse(name: string, text: string): void {
    for (const [key, nodes] of parseTemplates(name, text, (one) => Object.hasOwn(this.functions, one))) {
      const before = this.#trees.get(key);
      if (before === undefined || isEmpty(before) || !isEmpty(nodes)) this.#trees.set(key, nodes);
    }
  }
  find(name: string): readonly TemplateNode[] | undefined {
    return this.#trees.get(name);
  }
  get names(): string[] {
    return [...this.#trees.keys()];
  }
  /** A copy to which more can be added, with functions of its own. */
  clone(options: TemplateSetOptions = this.#options): TemplateSet {
    return new TemplateSet(options, new Map(this.#trees));
  }

  /** Step by step; `meter` is shared by templates that run others. Throws `ExecutionError`. */
  *run(name: string, data: Value, meter: Meter = new Meter()): Running<string> {
    try {
      return yield* execute(name, data, {
        functions: this.functions,
        missingKey: this.#options.missingKey ?? "invalid",
        find: (one) => this.find(one),
        meter,
        ...(this.#options.maxOutput === undefined ? {} : { maxOutput: this.#options.maxOutput }),
      });
    } catch (error) {
      if (error instanceof RangeError)
        throw new ExecutionError(`template: ${name}: exceeded maximum template depth (100000)`);
      throw error;
    }
  }

  /** All at once, for templates that wait for nothing. */
  execute(name: string, data: Value): string {
    const running = this.run(name, data);
    for (;;) {
      const step = running.next();
      if (step.done === true) return step.value;
    }
  }
}

/** Runs to the end; `pay` is awaited for each stretch of work (microseconds, about). */
export async function runPaying<T>(running: Running<T>, pay: (units: number) => Promise<void> | void): Promise<T> {
  let step = running.next();
  while (step.done !== true) {
    if (typeof step.value === "number") {
      const paid = pay(Math.ceil(step.value));
      if (paid !== undefined) await paid;
      step = running.next();
    } else {
      let result: unknown;
      let failed: { readonly error: unknown } | undefined;
      try {
        result = await step.value;
      } catch (error) {
        failed = { error };
      }
      step = failed === undefined ? running.next(result) : running.throw(failed.error);
    }
  }
  return step.value;
}
