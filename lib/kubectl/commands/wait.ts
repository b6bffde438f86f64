/** kubectl wait (k8s.io/kubectl/pkg/cmd/wait). */
import { pathOf } from "../client/discovery.ts";
import type { Command } from "../command.ts";
import { CommandError, isNotFound, throwAll } from "../errors.ts";
import {
  ALL_FLAG,
  ALL_NAMESPACES_FLAG,
  FIELD_SELECTOR_FLAG,
  FILE_FLAGS,
  LOCAL_FLAG,
  OUTPUT_FLAGS,
  SELECTOR_FLAG,
} from "../flags/common.ts";
import type { Invocation } from "../invocation.ts";
import { type KubeObject, listAt, numberAt, textAt } from "../object.ts";
import { JsonPath, relaxed, textOf } from "../printers/jsonpath/index.ts";
import { printerFor, printResult } from "../printers/output.ts";
import { build, fetchAll, type Selection, type Target } from "../resources/builder.ts";
import { deadline, interruptible } from "./interrupts.ts";

type Condition =
  | { readonly kind: "delete" }
  | { readonly kind: "create" }
  | { readonly kind: "met"; test(object: KubeObject): boolean };

/** Expression and value around a single "="; "==" belongs to the expression. */
function splitPath(input: string): { readonly expression: string; readonly value: string | undefined } {
  const parts = [""];
  for (let i = 0; i < input.length; i++) {
    const char = input[i] ?? "";
    if (char !== "=") parts[parts.length - 1] += char;
    else if (input[i + 1] === "=") {
      parts[parts.length - 1] += "==";
      i++;
    } else parts.push("");
  }
  const [expression = "", given] = parts;
  if (parts.length > 2)
    throw new CommandError(
      "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'",
    );
  const value = given?.replace(/^["']+|["']+$/g, "");
  if (expression === "") throw new CommandError("jsonpath expression cannot be empty");
  if (value === "") {
    relaxed(expression);
    throw new CommandError(
      "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
    );
  }
  return { expression, value };
}

function parseCondition(text: string): Condition {
  const lower = text.toLowerCase();
  if (lower === "delete") return { kind: "delete" };
  if (lower === "create") return { kind: "create" };
  if (lower.startsWith("condition=")) {
    const [type = "", value = "true"] = text.slice("condition=".length).split("=");
    return {
      kind: "met",
      test: (object) => {
        const condition = listAt(object, "status", "conditions").find(
          (one) => textAt(one, "type").toLowerCase() === type.toLowerCase(),
        );
        if (condition === undefined) return false;
        const observed = numberAt(condition, "observedGeneration") || numberAt(object, "status", "observedGeneration");
        if (observed !== 0 && observed < numberAt(object, "metadata", "generation")) return false;
        return textAt(condition, "status").toLowerCase() === value.toLowerCase();
      },
    };
  }
  if (text.startsWith("jsonpath=")) {
    const { expression, value } = splitPath(text.slice("jsonpath=".length));
    let path: JsonPath;
    try {
      path = new JsonPath(relaxed(expression), true);
    } catch (error) {
      throw new CommandError((error as Error).message);
    }
    return {
      kind: "met",
      test: (object) => {
        const found = path.results(object).flat();
        if (found.length === 0) return false;
        if (value === undefined) return true;
        if (found.length > 1) throw new CommandError("given jsonpath expression matches more than one value");
        if (typeof found[0] === "object" && found[0] !== null)
          throw new CommandError("jsonpath leads to a nested object or list which is not supported");
        return textOf(found[0] ?? null) === value;
      },
    };
  }
  throw new CommandError(`unrecognized condition: "${text}"`);
}

async function wait(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation;
  const condition = parseCondition(flags.string("for"));
  const printer = printerFor(invocation);
  if (flags.bool("local"))
    throw new CommandError(
      flags.list("filename").length === 0
        ? "you must specify resources by --filename when --local is set.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'"
        : "--local is not supported here: without a server nothing comes to pass",
    );
  const timeout = flags.duration("timeout");
  // Zero asks once; negative waits for a week.
  const limit = deadline(invocation, timeout < 0 ? 7 * 24 * 3_600_000 : timeout);
  const errors: unknown[] = [];
  let visited = 0;
  try {
    const options = {
      args,
      all: flags.bool("all"),
      selector: flags.string("selector"),
      fieldSelector: flags.string("field-selector"),
      allNamespaces: flags.bool("all-namespaces"),
    };
    const selection = await build(invocation, options);
    const whole =
      condition.kind === "create" ? await existing(invocation, selection, limit.signal, timeout) : selection;
    errors.push(...whole.errors);
    // One after the other: what is there is waited for and told before the next is looked up.
    for await (const found of eachOf(invocation, whole)) {
      if ("error" in found) {
        if (condition.kind !== "delete" || !isNotFound(found.error)) errors.push(found.error);
        // Files are gone through once, up to the first that is not there.
        if (condition.kind === "create" && selection.fromFiles) break;
        continue;
      }
      visited++;
      const { target } = found;
      try {
        const object =
          condition.kind === "create"
            ? target.object
            : await interruptible(invocation, () => waitFor(invocation, target, condition, limit.signal, timeout));
        const shown = { apiVersion: target.object["apiVersion"] ?? "", kind: target.resource.kind, ...object };
        await printResult(invocation, shown, "condition met", printer);
      } catch (error) {
        errors.push(error);
      }
    }
  } finally {
    limit.stop();
  }
  throwAll(errors);
  if (visited === 0 && condition.kind !== "delete") throw new CommandError("no matching resources found");
}

type Found = { readonly target: Target & { object: KubeObject } } | { readonly error: unknown };

/** What a selection means, read from the server piece by piece. */
async function* eachOf(invocation: Invocation, selection: Selection): AsyncGenerator<Found> {
  for (const part of [...selection.targets, ...selection.queries]) {
    const one = { ...selection, targets: [], queries: [], errors: [] };
    const piece = "name" in part ? { ...one, targets: [part] } : { ...one, queries: [part] };
    const { targets, errors } = await fetchAll(invocation, piece);
    for (const error of errors) yield { error };
    for (const target of targets) yield { target };
  }
}

const POLL_MS = 500;

/** Asks until something is there, as upstream does: for the whole selection, and for files only once. */
async function existing(
  invocation: Invocation,
  selection: Selection,
  signal: AbortSignal,
  timeout: number,
): Promise<Selection> {
  if (selection.fromFiles) return selection;
  for (;;) {
    let found = 0;
    let missing = 0;
    for await (const one of eachOf(invocation, selection)) {
      if ("target" in one) found++;
      else if (isNotFound(one.error)) missing++;
      else return selection;
    }
    if (found > 0 && missing === 0) return selection;
    if (timeout === 0 || signal.aborted) throw new CommandError("timed out waiting for the condition");
    await invocation.process.clock.sleep(POLL_MS, signal).catch(() => undefined);
  }
}

const timedOut = (target: Target): CommandError =>
  new CommandError(`timed out waiting for the condition on ${target.resource.name}/${target.name}`);

async function waitFor(
  invocation: Invocation,
  target: Target & { object: KubeObject },
  condition: Condition,
  signal: AbortSignal,
  timeout: number,
): Promise<KubeObject> {
  const rest = await invocation.rest();
  const collection = pathOf(target.resource, target.namespace);
  // The time is that of all: where one took it, the next are not looked at any more.
  if (condition.kind === "met" && timeout !== 0 && signal.aborted) throw timedOut(target);
  for (;;) {
    let live: KubeObject;
    try {
      live = await rest.get(pathOf(target.resource, target.namespace, target.name));
    } catch (error) {
      if (isNotFound(error) && condition.kind === "delete") return target.object;
      throw error;
    }
    if (condition.kind === "delete" && textAt(live, "metadata", "uid") !== textAt(target.object, "metadata", "uid"))
      return target.object;
    if (condition.kind === "met" && condition.test(live)) return live;
    if (timeout === 0) {
      throw condition.kind === "delete"
        ? new CommandError(`condition not met for ${target.resource.name}/${target.name}`)
        : new CommandError(`condition not met for ${target.resource.name}/${target.name}`);
    }
    const query = {
      fieldSelector: `metadata.name=${target.name}`,
      resourceVersion: textAt(live, "metadata", "resourceVersion"),
    };
    for await (const event of rest.watch(collection, query, undefined, signal)) {
      if (event.type === "DELETED") {
        if (condition.kind === "delete") return target.object;
        break;
      }
      if (event.type === "ERROR") break;
      if (condition.kind === "met" && event.type !== "BOOKMARK" && condition.test(event.object)) return event.object;
    }
    if (signal.aborted) throw timedOut(target);
  }
}

export const WAIT: Command = {
  name: "wait",
  short: "Wait for a specific condition on one or many resources",
  arguments:
    "([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
  examples: ["kubectl wait --for=condition=Ready pod/web-0", "kubectl wait --for=delete pod/web-0 --timeout=60s"],
  flags: [
    ...FILE_FLAGS.filter(({ name }) => name !== "kustomize").map((flag) =>
      flag.name === "recursive" ? { ...flag, default: "true" } : flag,
    ),
    ...OUTPUT_FLAGS,
    SELECTOR_FLAG,
    FIELD_SELECTOR_FLAG,
    ALL_FLAG,
    ALL_NAMESPACES_FLAG,
    LOCAL_FLAG,
    { name: "for", type: "string", usage: "delete, create, condition=NAME[=VALUE] or jsonpath=EXPRESSION[=VALUE]" },
    { name: "timeout", type: "duration", default: "30s", usage: "How long to wait; 0: look once; negative: a week" },
  ],
  run: wait,
};
