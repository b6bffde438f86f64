/** Go templates for -o go-template: the house's engine with kubectl's two functions. */
import { CorruptBase64, decodeBase64 } from "../../encoding/index.ts";
import {
  type FunctionTable,
  fn,
  isMap,
  type MissingKey,
  plain,
  runPaying,
  TemplateSet,
  type Value,
  withIntegers,
} from "../../template/index.ts";
import type { Json } from "../object.ts";

/** k8s.io/cli-runtime/pkg/printers/template.go: exists. */
function exists(item: Value, ...path: Value[]): boolean {
  let current = item;
  for (const key of path) {
    const below = plain(current);
    if (isMap(below) && typeof key === "string" && Object.hasOwn(below, key)) current = below[key];
    else if (Array.isArray(below) && typeof key === "object" && key !== null && "number" in key) {
      const { number } = key as { readonly number: number };
      if (number < 0 || number >= below.length) return false;
      current = below[number];
    } else return false;
  }
  return true;
}

const FUNCTIONS: FunctionTable = {
  exists: fn("any,any...", exists),
  base64decode: fn("string", (text: string) => {
    try {
      return new TextDecoder().decode(decodeBase64(text));
    } catch (error) {
      if (error instanceof CorruptBase64) throw new Error(`base64 decode failed: ${error.message}`);
      throw error;
    }
  }),
};

interface TemplateOptions {
  /** False: a missing key is an error. */
  readonly allowMissingKeys: boolean;
}

/** The name that upstream gives the template, which is in its errors. */
const NAME = "output";

export class GoTemplate {
  readonly #set: TemplateSet;

  /** Throws `ParseError`. */
  constructor(text: string, options: TemplateOptions) {
    const missingKey: MissingKey = options.allowMissingKeys ? "invalid" : "error";
    this.#set = new TemplateSet({ functions: FUNCTIONS, missingKey });
    this.#set.parse(NAME, text);
  }

  /** Throws `ExecutionError`. Whole numbers are int64, as upstream decodes what it prints. */
  execute(data: Json): string {
    return this.#set.execute(NAME, withIntegers(data));
  }

  /** The same, letting others run on the way. */
  print(data: Json, pace: (units: number) => Promise<void> | void): Promise<string> {
    return runPaying(this.#set.run(NAME, withIntegers(data)), pace);
  }
}
