/** kubectl delete (k8s.io/kubectl/pkg/cmd/delete). */
import { groupKind, pathOf } from "../client/discovery.ts";
import type { Command } from "../command.ts";
import { CommandError, isNotFound, throwAll, withSource } from "../errors.ts";
import {
  ALL_FLAG,
  ALL_NAMESPACES_FLAG,
  DRY_RUN_FLAG,
  FIELD_SELECTOR_FLAG,
  FILE_FLAGS,
  SELECTOR_FLAG,
} from "../flags/common.ts";
import { type DryRun, dryRunOf, dryRunQuery, type Invocation } from "../invocation.ts";
import { type JsonObject, type KubeObject, nameOf, namespaceOf, textAt } from "../object.ts";
import { build, list, listError, type Selection, type Target } from "../resources/builder.ts";
import { rawFile, sendRaw } from "./raw.ts";
import { waitUntilGone } from "./wait-gone.ts";

const CASCADES: Readonly<Record<string, string>> = {
  background: "Background",
  foreground: "Foreground",
  orphan: "Orphan",
};

export function cascadeOf(invocation: Invocation): string {
  const value = invocation.flags.string("cascade");
  if (["true", "false"].includes(value)) {
    const meant = value === "true" ? "background" : "orphan";
    // As upstream words it, deprecated since 1.20.
    void invocation.err(
      `warning: --cascade=${value} is deprecated (boolean value) and can be replaced with --cascade=${meant}.\n`,
    );
    return CASCADES[meant] ?? "";
  }
  const policy = CASCADES[value];
  if (policy === undefined) {
    throw new CommandError(`invalid cascade value (${value}). Must be "background", "foreground", or "orphan"`);
  }
  return policy;
}

async function remove(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation;
  const policy = cascadeOf(invocation);
  invocation.checkNamespace();
  const everything = flags.bool("all");
  const selector = flags.string("selector");
  const fieldSelector = flags.string("field-selector");
  let grace = flags.number("grace-period");
  const force = flags.bool("force");
  let waitFor = flags.bool("wait");
  if (flags.bool("now")) {
    if (grace !== -1) throw new CommandError("--now and --grace-period cannot be specified together");
    grace = 1;
  }
  if (grace === 0 && !force) {
    // Without --force a zero would kill Pods without their nodes knowing: one second, and wait for it.
    grace = 1;
  } else if (force && grace < 0) grace = 0;
  const dryRun = dryRunOf(invocation);
  const raw = flags.string("raw") !== "";
  const find = (): Promise<Selection> => {
    if (everything && (selector !== "" || fieldSelector !== ""))
      throw new CommandError("setting 'all' parameter but found a non empty selector. ");
    return build(invocation, {
      args,
      all: everything,
      everything,
      selector,
      fieldSelector,
      allNamespaces: flags.bool("all-namespaces"),
    });
  };
  const selection = raw ? undefined : await find();
  const output = flags.string("output");
  if (output !== "" && output !== "name")
    throw new CommandError("unexpected -o output mode: " + `${output}. We only support '-o name'`);
  if (grace === 0 && force) {
    invocation.warn(
      "Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.",
    );
  } else if (grace > 0 && force)
    throw new CommandError("--force and --grace-period greater than 0 cannot be specified together");
  if (selection === undefined) return sendRaw(invocation, "DELETE", rawFile(invocation, 0));
  if (force && !flags.changed("wait")) waitFor = false;
  if (dryRun !== "none") waitFor = false;
  const ignoreMissing = flags.changed("ignore-not-found")
    ? flags.bool("ignore-not-found")
    : everything || selector !== "" || fieldSelector !== "";
  const errors: unknown[] = [...selection.errors];
  const targets: Target[] = [...selection.targets];
  for (const query of selection.queries) {
    try {
      const { items } = await list(invocation, query, 0);
      for (const object of (items ?? []) as KubeObject[]) {
        targets.push({
          resource: query.resource,
          namespace: namespaceOf(object),
          name: nameOf(object),
          source: "",
          object,
        });
      }
    } catch (error) {
      errors.push(listError(query, error));
    }
  }
  if (flags.bool("interactive") && targets.length > 0 && !(await confirm(invocation, targets))) {
    await invocation.out("deletion is cancelled\n");
    return;
  }
  const rest = await invocation.rest();
  const deleted: { target: Target; uid: string }[] = [];
  let found = 0;
  let warns = invocation.enforceNamespace && !flags.bool("all-namespaces");
  for (const target of targets) {
    try {
      if (warns && !target.resource.namespaced) {
        await invocation.err("Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n");
        warns = false;
      }
      if (dryRun === "client") {
        found++;
        await announce(invocation, target, grace, dryRun);
        continue;
      }
      const options: JsonObject = {
        ...(grace >= 0 ? { gracePeriodSeconds: grace } : {}),
        propagationPolicy: policy,
        ...(dryRun === "server" ? { dryRun: ["All"] } : {}),
      };
      const path = pathOf(target.resource, target.namespace, target.name);
      const answer = await rest.json("DELETE", path, { body: options, query: dryRunQuery(dryRun) });
      found++;
      const uid =
        textAt(answer, "kind") === "Status" ? textAt(answer, "details", "uid") : textAt(answer, "metadata", "uid");
      deleted.push({ target, uid });
      await announce(invocation, target, grace, dryRun);
    } catch (error) {
      if (isNotFound(error) && ignoreMissing) continue;
      errors.push(withSource("deleting", target.source, error));
    }
  }
  const asked = flags.changed("ignore-not-found") && flags.bool("ignore-not-found");
  if (errors.length === 0 && found === 0 && !asked && !(selection.fromFiles && selector !== ""))
    await invocation.out("No resources found\n");
  throwAll(errors);
  if (waitFor) await waitUntilGone(invocation, deleted, flags.duration("timeout"));
}

async function confirm(invocation: Invocation, targets: readonly Target[]): Promise<boolean> {
  await invocation.out("You are about to delete the following " + `${targets.length} resource(s):\n`);
  for (const target of targets) await invocation.out(`${groupKind(target.resource)}/${target.name}\n`);
  await invocation.out("Do you want to continue? (y/n): ");
  const answer = await invocation.process.stdin.read();
  return answer !== null && new TextDecoder().decode(answer).trim().toLowerCase() === "y";
}

async function announce(invocation: Invocation, target: Target, grace: number, dryRun: DryRun): Promise<void> {
  const kind = groupKind(target.resource);
  if (invocation.flags.string("output") === "name") {
    await invocation.out(`${kind}/${target.name}\n`);
    return;
  }
  const operation = grace === 0 ? "force deleted" : "deleted";
  const suffix = dryRun === "client" ? " (dry run)" : dryRun === "server" ? " (server dry run)" : "";
  await invocation.out(`${kind} "${target.name}" ${operation}${suffix}\n`);
}

export const DELETE: Command = {
  name: "delete",
  short: "Delete resources by file names, stdin, resources and names, or by resources and label selector",
  arguments: "([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])",
  examples: [
    "kubectl delete pod web-0",
    "kubectl delete -f web.yaml",
    "kubectl delete statefulset web --cascade=orphan",
  ],
  completes: "resource-name",
  flags: [
    ...FILE_FLAGS,
    SELECTOR_FLAG,
    FIELD_SELECTOR_FLAG,
    ALL_FLAG,
    ALL_NAMESPACES_FLAG,
    DRY_RUN_FLAG,
    {
      name: "cascade",
      type: "string",
      default: "background",
      bare: "background",
      usage: "background, foreground or orphan",
    },
    {
      name: "force",
      type: "bool",
      default: "false",
      usage: "Remove from the API at once, without waiting for the node",
    },
    {
      name: "grace-period",
      type: "int",
      default: "-1",
      usage: "Seconds that Pods get to end; negative: as they declare",
    },
    { name: "ignore-not-found", type: "bool", default: "false", usage: "Nothing to delete is no error" },
    { name: "interactive", shorthand: "i", type: "bool", default: "false", usage: "Ask before" },
    { name: "now", type: "bool", default: "false", usage: "Same as --grace-period=1" },
    { name: "output", shorthand: "o", type: "string", usage: "name, for short output" },
    { name: "raw", type: "string", usage: "Path to DELETE as it is" },
    { name: "timeout", type: "duration", default: "0s", usage: "How long to wait; 0: as long as it takes" },
    { name: "wait", type: "bool", default: "true", usage: "Wait until the objects are gone" },
  ],
  run: remove,
};
