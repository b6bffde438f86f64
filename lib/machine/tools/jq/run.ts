/** Runs a program on one input after the other. Shared by jq and yq. */
import type { AnyTool } from "../support/tool.ts";
import { checkProgram } from "./check.ts";
import { Break, JqError } from "./errors.ts";
import { Evaluator } from "./evaluate.ts";
import type { Json } from "./json.ts";
import { parseJq } from "./parser.ts";
import { type Host, INPUT, type Scope } from "./stream.ts";
import type { JqSyntaxError, Node } from "./syntax.ts";

export interface Compiled {
  readonly program: Node;
  readonly own: ReadonlySet<string>;
}

/** Throws `JqSyntaxError`. */
export function compileJq(source: string, globals: Iterable<string>): Compiled {
  const program = parseJq(source);
  return { program, own: checkProgram(program, globals) };
}

/** As jq tells of it, with the line it stands in. */
export function syntaxComplaint(source: string, error: JqSyntaxError): string {
  const errors = [error, ...error.more];
  const count = `jq: ${errors.length} compile error${errors.length === 1 ? "" : "s"}\n`;
  return errors.map((each) => located(source, each)).join("") + count;
}

function located(source: string, error: JqSyntaxError): string {
  const before = source.slice(0, error.at);
  const line = before.split("\n").length;
  const start = before.lastIndexOf("\n") + 1;
  const end = source.indexOf("\n", start);
  const text = source.slice(start, end === -1 ? undefined : end);
  return `jq: error: ${error.message} at <top-level>, line ${line}:\n${text}${" ".repeat(error.at - start)}\n`;
}

export class Runner {
  readonly #tool: AnyTool;
  readonly #evaluator: Evaluator;
  readonly #program: Node;
  readonly #scope: Scope | undefined;
  readonly #host: Host;
  readonly #fill: () => Promise<void>;

  constructor(
    tool: AnyTool,
    compiled: Compiled,
    host: Host,
    globals: ReadonlyMap<string, Json>,
    fill: () => Promise<void>,
  ) {
    this.#tool = tool;
    this.#host = host;
    this.#fill = fill;
    this.#program = compiled.program;
    this.#evaluator = new Evaluator(host, compiled.own);
    let scope: Scope | undefined;
    for (const [name, value] of globals) scope = { parent: scope, name: `$${name}`, value };
    this.#scope = scope;
  }

  async #pay(): Promise<void> {
    const { fuel, held } = this.#evaluator;
    this.#evaluator.fuel = 0;
    this.#tool.process.holdMemory(held);
    await this.#say();
    const spent = this.#tool.spend(fuel);
    if (spent !== undefined) await spent;
  }

  async #say(): Promise<void> {
    for (const message of this.#host.messages.splice(0)) {
      await this.#tool.out.flush();
      await this.#tool.process.stderr.write(message);
    }
  }

  /** Calls `print` with each output. Throws `JqError` and `Halt`. */
  async run(input: Json, print: (output: Json) => Promise<void> | void): Promise<void> {
    this.#evaluator.depth = 0;
    try {
      for (const output of this.#evaluator.eval(this.#program, this.#scope, { value: input, path: undefined })) {
        if (output === INPUT) await this.#fill();
        else if (typeof output === "symbol") await this.#pay();
        else {
          const printed = print(output.value);
          if (printed !== undefined) await printed;
        }
      }
    } catch (error) {
      if (error instanceof Break) throw new JqError("break");
      // The host's own stack may end before the count of calls does.
      if (error instanceof RangeError && /call stack/.test(error.message))
        throw new JqError("call depth limit exceeded");
      throw error;
    } finally {
      await this.#say();
    }
    if (this.#evaluator.fuel > 50) await this.#pay();
  }
}
