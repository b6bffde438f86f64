/**
 * Go templates for -o go-template: fields, variables, pipelines, if/else, range, with, define-free, and the functions
 * people use. Anything else of text/template is refused when the template is parsed.
 */
import { byText, isObject, type Json } from "../../object.ts";
import { goValue } from "../go-syntax.ts";
import { FUNCTIONS, isTrue } from "./functions.ts";
import { type Expression, type Node, type Pipeline, parseTemplate } from "./parse.ts";

export interface TemplateOptions {
  /** False: a missing key is an error. */
  readonly allowMissingKeys: boolean;
}

type ControlNode = Extract<Node, { readonly body: readonly Node[] }>;
type Scope = { readonly dot: Json | undefined; readonly variables: Map<string, Json | undefined> };

class BreakLoop extends Error {}
class ContinueLoop extends Error {}

export class GoTemplate {
  readonly #nodes: readonly Node[];
  readonly #options: TemplateOptions;

  constructor(text: string, options: TemplateOptions) {
    this.#nodes = parseTemplate(text);
    this.#options = options;
  }

  execute(data: Json): string {
    return this.#run(this.#nodes, { dot: data, variables: new Map([["$", data]]) });
  }

  #run(nodes: readonly Node[], scope: Scope): string {
    let out = "";
    for (const node of nodes) out += this.#one(node, scope);
    return out;
  }

  #one(node: Node, scope: Scope): string {
    switch (node.type) {
      case "text":
        return node.text;
      case "break":
        throw new BreakLoop();
      case "continue":
        throw new ContinueLoop();
      case "action": {
        const value = this.#pipeline(node.pipeline, scope);
        return node.pipeline.declares.length > 0
          ? ""
          : value === undefined || value === null
            ? "<no value>"
            : goValue(value);
      }
      case "if":
      case "with": {
        const inner: Scope = { dot: scope.dot, variables: new Map(scope.variables) };
        const value = this.#pipeline(node.pipeline, inner);
        const dot = node.type === "with" && isTrue(value) ? value : scope.dot;
        return this.#run(isTrue(value) ? node.body : node.otherwise, { dot, variables: inner.variables });
      }
      case "range":
        return this.#range(node, scope);
    }
  }

  #range(node: ControlNode, scope: Scope): string {
    const value = this.#pipeline({ ...node.pipeline, declares: [] }, scope);
    const entries: [Json, Json][] = Array.isArray(value)
      ? value.map((item, i) => [i, item])
      : isObject(value)
        ? Object.keys(value)
            .sort(byText)
            .map((key) => [key, value[key] as Json])
        : typeof value === "number"
          ? Array.from({ length: value }, (_, i) => [i, i])
          : value === undefined || value === null
            ? []
            : fail(`range can't iterate over ${goValue(value)}`);
    if (entries.length === 0) return this.#run(node.otherwise, scope);
    let out = "";
    const [first, second] = node.pipeline.declares;
    for (const [key, item] of entries) {
      const variables = new Map(scope.variables);
      if (second !== undefined && first !== undefined) variables.set(first, key).set(second, item);
      else if (first !== undefined) variables.set(first, item);
      try {
        out += this.#run(node.body, { dot: item, variables });
      } catch (error) {
        if (error instanceof BreakLoop) break;
        if (!(error instanceof ContinueLoop)) throw error;
      }
    }
    return out;
  }

  #pipeline(pipeline: Pipeline, scope: Scope): Json | undefined {
    let value: Json | undefined;
    pipeline.commands.forEach((command, i) => {
      value = this.#command(command, scope, i === 0 ? undefined : { value });
    });
    for (const name of pipeline.declares) scope.variables.set(name, value);
    return value;
  }

  #command(
    words: readonly Expression[],
    scope: Scope,
    piped: { readonly value: Json | undefined } | undefined,
  ): Json | undefined {
    const [head, ...rest] = words;
    if (head === undefined) return fail("missing value for command");
    if (head.type !== "function") {
      if (rest.length > 0 || piped !== undefined) fail("can't give argument to non-function");
      return this.#value(head, scope);
    }
    // and, or stop at the first argument that decides.
    if (head.name === "and" || head.name === "or") {
      let value: Json | undefined = null;
      for (const word of rest) {
        value = this.#value(word, scope);
        if (isTrue(value) === (head.name === "or")) return value;
      }
      return piped === undefined ? value : piped.value;
    }
    const run = FUNCTIONS[head.name];
    if (run === undefined) return fail(`function "${head.name}" not defined`);
    const values = rest.map((word) => this.#value(word, scope));
    return run(piped === undefined ? values : [...values, piped.value]);
  }

  #value(expression: Expression, scope: Scope): Json | undefined {
    switch (expression.type) {
      case "literal":
        return expression.value;
      case "dot":
        return this.#fields(scope.dot, expression.fields);
      case "variable":
        if (!scope.variables.has(expression.name)) fail(`undefined variable "${expression.name}"`);
        return this.#fields(scope.variables.get(expression.name), expression.fields);
      case "pipeline":
        return this.#fields(this.#pipeline(expression.pipeline, scope), expression.fields);
      case "function":
        return this.#command([expression], scope, undefined);
    }
  }

  #fields(from: Json | undefined, fields: readonly string[]): Json | undefined {
    let value = from;
    for (const field of fields) {
      if (value === undefined || value === null) {
        return fail(`nil data; no entry for key ${JSON.stringify(field)}`);
      }
      if (!isObject(value)) fail(`can't evaluate field ${field} in type interface {}`);
      if (!Object.hasOwn(value as object, field) && !this.#options.allowMissingKeys) {
        fail(`map has no entry for key ${JSON.stringify(field)}`);
      }
      value = isObject(value) && Object.hasOwn(value, field) ? value[field] : undefined;
      if (value === undefined) return undefined;
    }
    return value;
  }
}

function fail(message: string): never {
  throw new Error(message);
}
