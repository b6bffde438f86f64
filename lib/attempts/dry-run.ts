/** The API server's own verdict on a manifest, placed on the lines it is about. */
import { isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from "yaml";
import type { Sandbox } from "../sandbox/types.ts";

/** 1-based positions; the end is exclusive. */
export interface Problem {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly message: string;
}

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

interface StatusBody {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message?: string }[] };
}

const MANAGER = "statecraft-editor";

/** Problems of a YAML manifest: syntax, unknown kinds, and whatever a server-side dry run refuses. Changes nothing. */
export async function dryRun(sandbox: Sandbox, namespace: string, text: string): Promise<readonly Problem[]> {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines });
  if (!Array.isArray(documents)) return [];
  const problems: Problem[] = [];
  for (const document of documents) {
    for (const error of document.errors) {
      problems.push(place(lines, error.pos[0], error.pos[1], error.message.split("\n")[0] ?? error.message));
    }
    if (document.errors.length > 0 || !isMap(document.contents)) continue;
    const contents = document.contents as Node;
    const at = (path: readonly (string | number)[], message: string) => {
      const range = rangeOf(contents, path);
      problems.push(place(lines, range[0], range[1], message));
    };
    const object = document.toJS() as {
      apiVersion?: unknown;
      kind?: unknown;
      metadata?: { name?: unknown; namespace?: unknown };
    };
    if (typeof object.apiVersion !== "string" || typeof object.kind !== "string") {
      at([], "apiVersion and kind must be set");
      continue;
    }
    const resource = await findResource(sandbox, object.apiVersion, object.kind);
    if (resource === undefined) {
      at(["kind"], `no matches for kind "${object.kind}" in version "${object.apiVersion}"`);
      continue;
    }
    const name = object.metadata?.name;
    if (typeof name !== "string") continue;
    const root = object.apiVersion.includes("/") ? `/apis/${object.apiVersion}` : `/api/${object.apiVersion}`;
    const scope = resource.namespaced
      ? `/namespaces/${typeof object.metadata?.namespace === "string" ? object.metadata.namespace : namespace}`
      : "";
    const path = `${root}${scope}/${resource.name}/${encodeURIComponent(name)}?dryRun=All&force=true&fieldManager=${MANAGER}&fieldValidation=Strict`;
    const answer = await sandbox.api("PATCH", path, object, "application/apply-patch+yaml");
    if (answer.status < 400) continue;
    const status = answer.body as StatusBody;
    const causes = (status.details?.causes ?? []).filter((cause) => cause.field !== undefined && cause.field !== "");
    if (causes.length === 0)
      at(fieldIn(status.message ?? ""), status.message ?? `refused with status ${answer.status}`);
    for (const cause of causes)
      at(parsePath(cause.field ?? ""), `${cause.field}: ${cause.message ?? status.message ?? ""}`);
  }
  return problems;
}

async function findResource(sandbox: Sandbox, apiVersion: string, kind: string): Promise<Resource | undefined> {
  const answer = await sandbox.api("GET", apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`);
  if (answer.status !== 200) return undefined;
  const { resources } = answer.body as { resources: readonly Resource[] };
  return resources.find((resource) => resource.kind === kind && !resource.name.includes("/"));
}

/** The field that a message names: `unknown field "spec.foo"` of strict decoding, `.spec.foo: field not declared in schema` of apply. */
function fieldIn(message: string): (string | number)[] {
  const named = /(?:unknown|duplicate) field "([^"]+)"|\.([\w.[\]"-]+): field not declared in schema/.exec(message);
  return parsePath(named?.[1] ?? named?.[2] ?? "");
}

/** "spec.containers[0].ports[1].name" or "metadata.labels[app]" as steps. */
export function parsePath(path: string): (string | number)[] {
  const steps: (string | number)[] = [];
  for (const match of path.matchAll(/([^.[\]]+)|\[([^\]]*)\]/g)) {
    const index = match[2];
    if (index === undefined) steps.push(match[1] ?? "");
    else steps.push(/^\d+$/.test(index) ? Number(index) : index.replace(/^"|"$/g, ""));
  }
  return steps;
}

/** Where a field's key and value stand; of the nearest thing around it where it does not exist. */
function rangeOf(root: Node, path: readonly (string | number)[]): readonly [number, number] {
  let node: Node | null = root;
  let range: readonly [number, number] =
    isMap(root) && root.items[0] !== undefined ? keyRange(root.items[0].key as Node) : [0, 1];
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined) break;
      range = keyRange(pair.key as Node);
      node = pair.value as Node | null;
      if (isScalar(node) && node.range) range = [range[0], node.range[1]];
    } else if (isSeq(node)) {
      const item = node.items[Number(step)] as Node | undefined;
      if (item === undefined) break;
      range = item.range ? [item.range[0], item.range[1]] : range;
      node = item;
    } else break;
  }
  return range;
}

const keyRange = (key: Node): readonly [number, number] => (key.range ? [key.range[0], key.range[1]] : [0, 1]);

function place(lines: LineCounter, start: number, end: number, message: string): Problem {
  const from = lines.linePos(start);
  const to = lines.linePos(Math.max(end, start + 1));
  return { line: from.line, column: from.col, endLine: to.line, endColumn: to.col, message };
}
