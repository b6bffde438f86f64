/** Finds names that nothing defines before a program runs, and the names it defines itself. */
import { isBuiltin } from "./natives.ts";
import { JqSyntaxError, type Node, type Pattern } from "./syntax.ts";

interface Names {
  readonly parent: Names | undefined;
  readonly name: string;
}

function knows(names: Names | undefined, name: string): boolean {
  for (let here = names; here !== undefined; here = here.parent) if (here.name === name) return true;
  return false;
}

function bindings(patterns: readonly Pattern[], names: Names | undefined): Names | undefined {
  let here = names;
  for (const pattern of patterns) {
    if (pattern.type === "variable") here = { parent: here, name: `$${pattern.name}` };
    else if (pattern.type === "array") here = bindings(pattern.items, here);
    else
      for (const { variable, value } of pattern.entries) {
        if (variable !== undefined) here = { parent: here, name: `$${variable}` };
        if (value !== undefined) here = bindings([value], here);
      }
  }
  return here;
}

/** `globals`: the variables the command line gives. Returns the names of filters the program defines. */
export function checkProgram(program: Node, globals: Iterable<string>): ReadonlySet<string> {
  const own = new Set<string>();
  let start: Names | undefined = { parent: undefined, name: "$ENV" };
  for (const name of globals) start = { parent: start, name: `$${name}` };
  const errors: JqSyntaxError[] = [];
  check(program, start, own, errors);
  const [first, ...more] = errors;
  if (first !== undefined) throw new JqSyntaxError(first.message, first.at, more);
  return own;
}

function check(node: Node, names: Names | undefined, own: Set<string>, errors: JqSyntaxError[]): void {
  const each = (...nodes: (Node | undefined)[]) => {
    for (const inner of nodes) if (inner !== undefined) check(inner, names, own, errors);
  };
  switch (node.type) {
    case "identity":
    case "recurse":
    case "literal":
      return;
    case "format":
      // One that is none is an error where it is used.
      return;
    case "index":
      each(node.of, node.key);
      return;
    case "slice":
      each(node.of, node.from, node.to);
      return;
    case "iterate":
      each(node.of);
      return;
    case "string":
      each(...node.parts.map((part) => (typeof part === "string" ? undefined : part)));
      return;
    case "array":
    case "negate":
      each(node.body);
      return;
    case "object":
      each(...node.entries.flatMap(({ key, value }) => [key, value]));
      return;
    case "pipe":
    case "comma":
    case "alternative":
    case "and":
    case "or":
    case "arithmetic":
    case "compare":
    case "update":
      each(node.left, node.right);
      return;
    case "if":
      each(node.test, node.yes, node.no);
      return;
    case "try":
      each(node.body, node.handler);
      return;
    case "reduce":
    case "foreach": {
      each(node.source, node.first);
      const inner = bindings(node.patterns, names);
      check(node.update, inner, own, errors);
      if (node.type === "foreach" && node.extract !== undefined) check(node.extract, inner, own, errors);
      return;
    }
    case "as":
      each(node.source);
      check(node.body, bindings(node.patterns, names), own, errors);
      return;
    case "define": {
      const { name, parameters, body } = node.definition;
      const full = `${name}/${parameters.length}`;
      own.add(full);
      const itself: Names = { parent: names, name: full };
      let inner: Names = itself;
      for (const parameter of parameters) {
        const bare = parameter.replace(/^\$/, "");
        own.add(`${bare}/0`);
        inner = { parent: inner, name: `${bare}/0` };
        if (bare !== parameter) inner = { parent: inner, name: parameter };
      }
      check(body, inner, own, errors);
      check(node.body, itself, own, errors);
      return;
    }
    case "call": {
      const full = `${node.name}/${node.args.length}`;
      if (!knows(names, full) && ((node.name.startsWith("_") && full !== "_nwise/1") || !isBuiltin(full)))
        errors.push(new JqSyntaxError(`${full} is not defined`, node.at));
      each(...node.args);
      return;
    }
    case "variable":
      if (!knows(names, `$${node.name}`)) errors.push(new JqSyntaxError(`$${node.name} is not defined`, node.at));
      return;
    case "label":
      check(node.body, { parent: names, name: `*${node.name}` }, own, errors);
      return;
    case "break":
      if (!knows(names, `*${node.name}`))
        errors.push(new JqSyntaxError(`$*label-${node.name} is not defined`, node.at));
  }
}
