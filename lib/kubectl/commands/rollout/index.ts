/** kubectl rollout (k8s.io/kubectl/pkg/cmd/rollout). */
import { apiVersion, groupKind, pathOf, type Resource } from "../../client/discovery.ts";
import type { Command } from "../../command.ts";
import { podTemplate } from "../../describe/pod-template.ts";
import { DescribeWriter } from "../../describe/writer.ts";
import { CommandError, throwAll } from "../../errors.ts";
import { DRY_RUN_FLAG, FILE_FLAGS, fieldManagerFlag, OUTPUT_FLAGS, SELECTOR_FLAG } from "../../flags/common.ts";
import type { FlagDefinition } from "../../flags/parse.ts";
import { dryRunOf, dryRunQuery, dryRunSuffix, type Invocation } from "../../invocation.ts";
import { type JsonObject, type KubeObject, listAt, nameOf, textAt } from "../../object.ts";
import { asStruct } from "../../printers/as-struct.ts";
import { printerFor, printResult } from "../../printers/output.ts";
import { TABLE_TABS, TabWriter } from "../../printers/tabwriter.ts";
import { build, type Found, type Selection, visitEach } from "../../resources/builder.ts";
import { deadline, interruptible } from "../interrupts.ts";
import { type Revision, restartPatch, revisionsOf, revisionToRestore, rollBack } from "./history.ts";
import { rolloutState } from "./status.ts";

/** What arguments and files mean. */
async function select(invocation: Invocation): Promise<Selection> {
  const { flags, args } = invocation;
  return build(invocation, { args, all: true, selector: flags.optional("selector"), typed: true });
}

/** Throws where nothing was named at all. */
function requireResource({ flags, args }: Invocation): void {
  if (args.length === 0 && flags.list("filename").length === 0 && flags.string("kustomize") === "")
    throw new CommandError("required resource not specified");
}

/** Of kinds that upstream has no Go type for there is nothing to see. */
const visitTyped = (
  invocation: Invocation,
  selection: Selection,
  work: (found: Found) => Promise<void>,
): Promise<unknown[]> => visitEach(invocation, selection, work, { typed: true });

async function status(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  invocation.checkNamespace();
  invocation.checkAccess();
  requireResource(invocation);
  const revision = flags.number("revision");
  if (revision < 0) throw new CommandError(`revision must be a positive integer: ${revision}`);
  let count = 0;
  const errors = await visitTyped(invocation, await select(invocation), async (target) => {
    count++;
    await follow(invocation, target, revision);
  });
  if (count === 0 && errors.length === 0) {
    await invocation.err(`No resources found in ${invocation.namespace} namespace.\n`);
    return;
  }
  throwAll(errors);
}

async function follow(invocation: Invocation, target: Found, revision: number): Promise<void> {
  const { flags } = invocation;
  const rest = await invocation.rest();
  const limit = deadline(invocation, flags.duration("timeout"));
  let last = "";
  /** True where nothing more is to come. */
  const show = async (object: KubeObject): Promise<boolean> => {
    const state = rolloutState(
      { apiVersion: apiVersion(target.resource), kind: target.resource.kind, ...object },
      revision,
    );
    if (state.message !== last || state.done) await invocation.out(state.message);
    last = state.message;
    return state.done || !flags.bool("watch");
  };
  try {
    const path = pathOf(target.resource, target.namespace);
    const fieldSelector = `metadata.name=${target.name}`;
    const done = await interruptible(invocation, async () => {
      // A watch that ends begins anew with what there is then.
      while (!limit.signal.aborted) {
        const found = await rest.get(path, { fieldSelector });
        const [live] = listAt(found, "items");
        if (live === undefined) throw new CommandError("object has been deleted");
        if (await show(live as KubeObject)) return true;
        const resourceVersion = textAt(found, "metadata", "resourceVersion");
        for await (const event of rest.watch(path, { fieldSelector, resourceVersion }, undefined, limit.signal)) {
          if (event.type === "DELETED") throw new CommandError("object has been deleted");
          if (event.type === "BOOKMARK") continue;
          if (event.type === "ERROR") break;
          if (await show(event.object)) return true;
        }
      }
      return false;
    });
    if (!done && limit.expired()) throw new CommandError("timed out waiting for the condition");
  } finally {
    limit.stop();
  }
}

async function history(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  invocation.checkNamespace();
  requireResource(invocation);
  const revision = flags.number("revision");
  if (revision < 0) throw new CommandError(`revision must be a positive integer: ${revision}`);
  const selection = await select(invocation);
  if (flags.string("output") !== "") {
    const printer = printerFor(invocation);
    return throwAll(
      await visitTyped(invocation, selection, async (target) => {
        const revisions = await revisionsOf(invocation, target);
        const wanted = revisions.filter((one) => revision === 0 || one.number === revision);
        if (wanted.length === 0 && revision > 0) throw new CommandError("unable to find the specified revision");
        for (const one of wanted) await printResult(invocation, one.object, "", printer, true);
      }),
    );
  }
  throwAll(
    await visitTyped(invocation, selection, async (target) => {
      const text = historyText(await revisionsOf(invocation, target), revision);
      // A template without -o is about the workload itself.
      const printer = printerFor(invocation);
      if (printer !== undefined) return printResult(invocation, target.object, "", printer, true);
      const which = revision > 0 ? `with revision #${revision}` : "";
      await invocation.out(`${groupKind(target.resource)}/${target.name} ${which}\n${text}\n`);
    }),
  );
}

/** ViewHistory: all revisions, or the template of one. */
function historyText(revisions: readonly Revision[], revision: number): string {
  if (revisions.length === 0) return "No rollout history found.";
  if (revision > 0) {
    const found = revisions.find((one) => one.number === revision);
    if (found === undefined) throw new CommandError("unable to find the specified revision");
    const writer = new DescribeWriter();
    podTemplate(writer, found.shown);
    return writer.raw;
  }
  const writer = new TabWriter({ ...TABLE_TABS, minWidth: 0, padding: 2 });
  writer.write("REVISION\tCHANGE-CAUSE\n");
  for (const one of revisions) writer.write(`${one.number}\t${one.changeCause === "" ? "<none>" : one.changeCause}\n`);
  return writer.flush();
}

async function undo(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  const dryRun = dryRunOf(invocation);
  invocation.checkNamespace();
  requireResource(invocation);
  const to = flags.number("to-revision");
  throwAll(
    await visitTyped(invocation, await select(invocation), async (target) => {
      let result = "rolled back";
      if (dryRun === "client") await revisionToRestore(invocation, target, to);
      else result = await rollBack(invocation, target, to, dryRunQuery(dryRun) as JsonObject);
      await invocation.out(`${groupKind(target.resource)}/${target.name} ${result}${dryRunSuffix(dryRun)}\n`);
    }),
  );
}

const WITH_TEMPLATE = new Set(["Deployment", "StatefulSet", "DaemonSet"]);

/** pause, resume and restart: one patch each, with upstream's refusals. */
function change(verb: "paused" | "resumed" | "restarted", make: (target: Found, now: number) => JsonObject) {
  return async (invocation: Invocation): Promise<void> => {
    invocation.checkNamespace();
    requireResource(invocation);
    let count = 0;
    const errors = await visitTyped(invocation, await select(invocation), async (target) => {
      count++;
      const patch = make(target, invocation.now);
      const object = await (await invocation.rest()).json(
        "PATCH",
        pathOf(target.resource, target.namespace, target.name),
        {
          body: patch,
          contentType: "application/strategic-merge-patch+json",
          query: { fieldManager: invocation.flags.string("field-manager") },
        },
      );
      const printer = printerFor(invocation);
      await invocation.out(
        printer === undefined
          ? `${groupKind(target.resource)}/${nameOf(object)} ${verb}\n`
          : printer(asStruct(object), true),
      );
    });
    if (count === 0 && errors.length === 0)
      await invocation.err(`No resources found in ${invocation.namespace} namespace.\n`);
    throwAll(errors);
  };
}

const named = (resource: Resource, name: string): string =>
  `${resource.name}${resource.group === "" ? "" : `.${resource.group}`} "${name}"`;

const pause = change("paused", ({ resource, name, object }) => {
  if (resource.kind !== "Deployment") throw new CommandError(`${named(resource, name)} pausing is not supported`);
  if (textAt(object, "spec", "paused") === "true") throw new CommandError(`${named(resource, name)} is already paused`);
  return { spec: { paused: true } };
});
const resume = change("resumed", ({ resource, name, object }) => {
  if (resource.kind !== "Deployment") throw new CommandError(`${named(resource, name)} resuming is not supported`);
  if (textAt(object, "spec", "paused") !== "true") throw new CommandError(`${named(resource, name)} is not paused`);
  return { spec: { paused: null } };
});
const restart = change("restarted", ({ resource, name, object }, now) => {
  if (!WITH_TEMPLATE.has(resource.kind)) throw new CommandError(`${named(resource, name)} restarting is not supported`);
  if (textAt(object, "spec", "paused") === "true")
    throw new CommandError(`${named(resource, name)} can't restart paused deployment (run rollout resume first)`);
  return restartPatch(object, now);
});

const common: readonly FlagDefinition[] = [...FILE_FLAGS, SELECTOR_FLAG];
const writing: readonly FlagDefinition[] = [...common, ...OUTPUT_FLAGS, fieldManagerFlag("kubectl-rollout")];
const sub = (
  name: string,
  short: string,
  flags: readonly FlagDefinition[],
  run: (invocation: Invocation) => Promise<void>,
): Command => ({
  name,
  short,
  arguments: "(TYPE NAME | TYPE/NAME) [flags]",
  completes: {
    types: name === "pause" || name === "resume" ? ["deployment"] : ["deployment", "daemonset", "statefulset"],
    several: name !== "status",
  },
  flags,
  run,
});

export const ROLLOUT: Command = {
  name: "rollout",
  aloneExitCode: 1,
  short: "Manage the rollout of a resource",
  subcommands: [
    sub(
      "history",
      "View rollout history",
      [
        ...common,
        ...OUTPUT_FLAGS,
        { name: "revision", type: "int64", default: "0", usage: "Details of this revision" },
      ],
      history,
    ),
    sub("pause", "Mark the provided resource as paused", writing, pause),
    sub("restart", "Restart a resource", writing, restart),
    sub("resume", "Resume a paused resource", writing, resume),
    sub(
      "status",
      "Show the status of the rollout",
      [
        ...common,
        { name: "revision", type: "int64", default: "0", usage: "Only where this is the latest revision" },
        { name: "timeout", type: "duration", default: "0s", usage: "How long to wait; 0: as long as it takes" },
        { name: "watch", shorthand: "w", type: "bool", default: "true", usage: "Until it is done" },
      ],
      status,
    ),
    sub(
      "undo",
      "Undo a previous rollout",
      [
        ...common,
        ...OUTPUT_FLAGS,
        DRY_RUN_FLAG,
        { name: "to-revision", type: "int64", default: "0", usage: "The revision to go back to; 0: the one before" },
      ],
      undo,
    ),
  ],
};
