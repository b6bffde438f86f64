/**
 * "sts.spec.template": a resource and fields of it, read as one JSONPath (k8s.io/kubectl/pkg/explain/explain.go).
 */
import { groupResource, type Resource } from "../client/discovery.ts";
import { CommandError, NoResourceMatch, PlainError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { type Node, parseJsonPath } from "../printers/jsonpath/parse.ts";
import { findResource } from "../resources/builder.ts";

export interface Requested {
  readonly resource: Resource;
  readonly path: readonly string[];
}

/** A dot at the end is none. */
const modelOf = (text: string): string => text.replace(/\.$/, "");

/** The steps of a path. Throws `CommandError` with the words of the parser. */
function stepsOf(text: string): readonly Node[] {
  let parsed: readonly Node[];
  try {
    parsed = parseJsonPath(`{.${text}}`);
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
  const [only] = parsed;
  if (parsed.length !== 1 || only?.type !== "list") throw new CommandError("must pass in 1 jsonpath string");
  return only.nodes;
}

function fieldNames(nodes: readonly Node[], words: string): string[] {
  return nodes.map((node) => {
    if (node.type !== "field") throw new CommandError(`invalid jsonpath syntax, ${words}`);
    return node.name;
  });
}

const NOT_FIRST = "first node must be field node";

/** The resource that a path begins with. */
async function firstOf(invocation: Invocation, nodes: readonly Node[]): Promise<Resource> {
  const [first] = nodes;
  if (first?.type !== "field") throw new CommandError(`invalid jsonpath syntax, ${NOT_FIRST}`);
  if (first.name === "") throw new CommandError("a resource must be present, got: /, Resource=");
  try {
    return await findResource(invocation, first.name);
  } catch (error) {
    // Upstream prints this one without "error: ".
    throw error instanceof NoResourceMatch ? new PlainError(error.message) : error;
  }
}

/** SplitAndParseResourceRequest: the first step is the resource, all others are fields. */
export async function requestedResource(invocation: Invocation, text: string): Promise<Requested> {
  const nodes = stepsOf(modelOf(text));
  const resource = await firstOf(invocation, nodes);
  return { resource, path: fieldNames(nodes.slice(1), "all nodes must be field nodes") };
}

/**
 * SplitAndParseResourceRequestWithMatchingPrefix: a resource may stand with its group. Whatever is between that and the
 * next dot is dropped, as upstream drops it.
 */
export async function requestedWithGroup(invocation: Invocation, text: string): Promise<Requested> {
  const model = modelOf(text);
  const nodes = stepsOf(model);
  const resource = await firstOf(invocation, nodes);
  const whole = groupResource(resource);
  const fields = model.startsWith(whole) && model !== whole ? stepsOf(model.slice(whole.length)) : nodes;
  return { resource, path: model === whole ? [] : fieldNames(fields.slice(1), NOT_FIRST) };
}
