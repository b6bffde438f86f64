/** kubectl describe. */
import type { Command } from "../command.ts";
import { describerFor } from "../describe/index.ts";
import { DescribeWriter } from "../describe/writer.ts";
import { CommandError, Failures, isNotFound, throwAll } from "../errors.ts";
import { ALL_NAMESPACES_FLAG, FILE_FLAGS, PAGE_FLAG, SELECTOR_FLAG } from "../flags/common.ts";
import type { Invocation } from "../invocation.ts";
import { type Json, type KubeObject, listAt, nameOf, namespaceOf, textAt } from "../object.ts";
import { build, fetchAll, type Target } from "../resources/builder.ts";

const MIRROR = "kubernetes.io/config.mirror";

/** What one description costs, in units of Process.spend (about microseconds). */
const DESCRIPTION_UNITS = 300;

async function eventsOf(
  invocation: Invocation,
  { object, resource }: Target & { object: KubeObject },
): Promise<Json[]> {
  const rest = await invocation.rest();
  const fields: Record<string, string> = {
    "involvedObject.name": nameOf(object),
    "involvedObject.namespace": namespaceOf(object),
    "involvedObject.kind": resource.kind,
    // What a kubelet says of a Pod from a file is about that Pod, not about its picture in the API.
    "involvedObject.uid": textAt(object, "metadata", "annotations", MIRROR) || textAt(object, "metadata", "uid"),
  };
  const namespace = namespaceOf(object);
  const path = namespace === "" ? "/api/v1/events" : `/api/v1/namespaces/${namespace}/events`;
  const search = async (): Promise<Json[]> => {
    const selector = Object.entries(fields)
      .filter(([key, value]) => value !== "" || (key === "involvedObject.namespace" && resource.kind !== "Node"))
      .map(([key, value]) => `${key}=${value}`)
      .join(",");
    return listAt(await rest.get(path, { fieldSelector: selector, limit: 500 }), "items");
  };
  const found = await search();
  if (resource.kind !== "Node") return found;
  // Kubelets write their node's name where controllers write its uid.
  fields["involvedObject.uid"] = nameOf(object);
  return [...found, ...(await search())];
}

/** Objects whose names begin so. */
async function matching(
  invocation: Invocation,
  type: string,
  prefix: string,
): Promise<(Target & { object: KubeObject })[]> {
  if (type.split(",").filter((one) => one !== "").length > 1)
    throw new CommandError("you may only specify a single resource type");
  const selection = await build(invocation, {
    args: [type],
    all: true,
    selector: invocation.flags.string("selector"),
    allNamespaces: invocation.flags.bool("all-namespaces"),
  });
  const found = await fetchAll(invocation, selection);
  throwAll(found.errors);
  return found.targets.filter(({ name }) => name.startsWith(prefix));
}

async function describe(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation;
  invocation.checkNamespace();
  if (args.length === 0 && flags.list("filename").length === 0 && flags.string("kustomize") === "") {
    throw new CommandError(
      `You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.\n`.trimEnd(),
    );
  }
  const selection = await build(invocation, {
    args,
    all: true,
    selector: flags.string("selector"),
    allNamespaces: flags.bool("all-namespaces"),
  });
  const { targets, errors } = await fetchAll(invocation, selection);
  // What goes wrong before anything is described is an error within another where files are read.
  const nested = selection.fromFiles && errors.length > 0;
  // A name that is none may be the beginning of names; upstream asks this of any two arguments.
  if (args.length === 2 && errors.length === 1 && isNotFound(errors[0])) {
    targets.length = 0;
    const [type = "", prefix = ""] = args;
    if (!type.includes("/")) targets.push(...(await matching(invocation, type, prefix)));
    if (targets.length > 0) errors.length = 0;
  }
  const byPrefix = targets.length > 0 && targets.some((target) => !args.some((arg) => arg.endsWith(target.name)));
  const named = byPrefix && selection.targets.length === 1 && !selection.fromFiles;
  let first = true;
  for (const target of targets) {
    try {
      if (target.name === "") throw new CommandError("resource name may not be empty");
      const writer = new DescribeWriter();
      await describerFor(target.resource.kind, target.resource.group)(writer, {
        invocation,
        resource: target.resource,
        object: target.object,
        events: flags.bool("show-events") ? await eventsOf(invocation, target) : undefined,
        now: invocation.now,
      });
      // Objects found by the beginning of their name are printed a little differently.
      await invocation.out(named ? `${writer.toString()}\n` : `${first ? "" : "\n\n"}${writer.toString()}`);
      first = false;
      await invocation.pace(DESCRIPTION_UNITS);
    } catch (error) {
      errors.push(error);
    }
  }
  if (first && errors.length === 0) {
    await invocation.err(
      flags.bool("all-namespaces")
        ? "No resources found\n"
        : `No resources found in ${invocation.namespace} namespace.\n`,
    );
  }
  if (nested) throw new Failures(errors);
  throwAll(errors);
}

export const DESCRIBE: Command = {
  name: "describe",
  short: "Show details of a specific resource or group of resources",
  arguments: "(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
  examples: ["kubectl describe pod web-0", "kubectl describe statefulset web"],
  completes: "resource-name",
  flags: [
    ...FILE_FLAGS,
    SELECTOR_FLAG,
    ALL_NAMESPACES_FLAG,
    PAGE_FLAG,
    { name: "show-events", type: "bool", default: "true", usage: "Also the object's events" },
  ],
  run: describe,
};
