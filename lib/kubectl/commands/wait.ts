/** kubectl wait (k8s.io/kubectl/pkg/cmd/wait). */
import { groupKind, pathOf } from "../client/discovery.ts";
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
import { build, fetchAll, type Target } from "../resources/builder.ts";
import { deadline } from "./wait-gone.ts";

type Condition =
  | { readonly kind: "delete" }
  | { readonly kind: "create" }
  | { readonly kind: "met"; test(object: KubeObject): boolean };

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
  if (lower.startsWith("jsonpath=")) {
    const body = text.slice("jsonpath=".length);
    // The expression may hold "=" itself: the value is what follows the closing brace.
    const brace = body.lastIndexOf("}");
    const equals = body.indexOf("=", brace === -1 ? 0 : brace);
    const expression = (equals === -1 ? body : body.slice(0, equals)).replace(/^["']|["']$/g, "");
    const value = equals === -1 ? undefined : body.slice(equals + 1).replace(/^["']|["']$/g, "");
    if (value === "") throw new CommandError("jsonpath wait value cannot be empty");
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
          throw new CommandError("jsonpath leads to a nested object or list, expected a primitive value");
        return textOf(found[0] ?? null) === value;
      },
    };
  }
  throw new CommandError(`unrecognized condition: "${text}"`);
}

async function wait(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation;
  const forText = flags.list("for");
  const conditions = (forText.length === 0 ? [""] : forText).map(parseCondition);
  const printer = printerFor(invocation);
  if (args.length === 0 && flags.list("filename").length === 0) {
    throw new CommandError(
      "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'",
    );
  }
  const timeout = flags.duration("timeout");
  // Zero asks once; negative waits for a week.
  const limit = deadline(invocation, timeout < 0 ? 7 * 24 * 3_600_000 : timeout);
  const errors: unknown[] = [];
  try {
    const selection = await build(invocation, {
      args,
      all: flags.bool("all") || flags.string("selector") !== "",
      selector: flags.string("selector"),
      fieldSelector: flags.string("field-selector"),
      allNamespaces: flags.bool("all-namespaces"),
    });
    const [condition] = conditions;
    if (condition?.kind === "create") {
      for (const target of selection.targets) await waitForCreation(invocation, target, limit.signal, timeout);
      for (const target of selection.targets)
        await invocation.out(`${groupKind(target.resource)}/${target.name} condition met\n`);
      return;
    }
    const { targets, errors: problems } = await fetchAll(invocation, selection);
    const real = problems.filter((error) => !(conditions.every((one) => one.kind === "delete") && isNotFound(error)));
    throwAll(real);
    if (targets.length === 0) {
      if (conditions.every((one) => one.kind === "delete")) return;
      throw new CommandError("no matching resources found");
    }
    for (const target of targets) {
      try {
        let object = target.object;
        for (const one of conditions) object = await waitFor(invocation, target, one, limit.signal, timeout);
        await printResult(
          invocation,
          { apiVersion: target.object["apiVersion"] ?? "", kind: target.resource.kind, ...object },
          "condition met",
          printer,
        );
      } catch (error) {
        errors.push(error);
      }
    }
  } finally {
    limit.stop();
  }
  throwAll(errors);
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

async function waitForCreation(
  invocation: Invocation,
  target: Target,
  signal: AbortSignal,
  timeout: number,
): Promise<void> {
  const rest = await invocation.rest();
  for (;;) {
    try {
      await rest.get(pathOf(target.resource, target.namespace, target.name));
      return;
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    if (timeout === 0 || signal.aborted) throw timedOut(target);
    await invocation.process.clock.sleep(500, signal).catch(() => undefined);
  }
}

export const WAIT: Command = {
  name: "wait",
  short: "Wait for a specific condition on one or many resources",
  arguments:
    "([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
  examples: ["kubectl wait --for=condition=Ready pod/web-0", "kubectl wait --for=delete pod/web-0 --timeout=60s"],
  flags: [
    ...FILE_FLAGS,
    ...OUTPUT_FLAGS,
    SELECTOR_FLAG,
    FIELD_SELECTOR_FLAG,
    ALL_FLAG,
    ALL_NAMESPACES_FLAG,
    LOCAL_FLAG,
    { name: "for", type: "array", usage: "delete, create, condition=NAME[=VALUE] or jsonpath=EXPRESSION[=VALUE]" },
    { name: "timeout", type: "duration", default: "30s", usage: "How long to wait; 0: look once; negative: a week" },
  ],
  run: wait,
};
