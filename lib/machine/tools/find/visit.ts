/** What find's tests ask and its actions do. */
import type { FileStat } from "../../types.ts";
import { UsageError } from "../support/options.ts";
import type { Tool } from "../support/tool.ts";

export interface Visit {
  readonly path: string;
  /** The operand it was found under, and how far below. */
  readonly start: string;
  readonly depth: number;
  readonly stat: FileStat;
  pruned: boolean;
  quit: boolean;
}

export type Test = (visit: Visit) => boolean | Promise<boolean>;

/** What the whole command line has decided: options hold for all of it, wherever they stand. */
export interface Plan {
  minimum: number;
  maximum: number;
  depthFirst: boolean;
  /** `-depth` itself, and not `-delete`. */
  saysDepth: boolean;
  deletes: boolean;
  prunes: boolean;
  acts: boolean;
  oneFileSystem: boolean;
  follow: "never" | "given" | "always";
  dayStart: boolean;
  regexType: string;
  /** Run after the walk: commands that collect names. */
  readonly batches: (() => Promise<void>)[];
}

/** The words of an expression, read from left to right. */
export class Words {
  readonly #words: readonly string[];
  readonly tool: Tool;
  readonly plan: Plan;
  at = 0;

  constructor(tool: Tool, words: readonly string[], plan: Plan) {
    this.tool = tool;
    this.#words = words;
    this.plan = plan;
  }

  peek(): string | undefined {
    return this.#words[this.at];
  }

  next(): string | undefined {
    return this.#words[this.at++];
  }

  last(): string | undefined {
    return this.#words[this.at - 1];
  }

  argument(name: string): string {
    const word = this.next();
    if (word === undefined) this.fail(`missing argument to \`${name}'`);
    return word;
  }

  fail(message: string): never {
    throw new UsageError(message, true);
  }

  invalid(text: string, name: string): never {
    this.fail(`invalid argument \`${text}' to \`${name}'`);
  }

  word(text: string): string {
    return this.tool.word(text);
  }
}
