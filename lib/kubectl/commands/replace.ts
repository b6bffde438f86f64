/** kubectl replace (k8s.io/kubectl/pkg/cmd/replace/replace.go). */
import { groupKind, pathOf } from "../client/discovery.ts";
import type { Command } from "../command.ts";
import { CommandError, isNotFound, throwAll, withSource } from "../errors.ts";
import {
  DRY_RUN_FLAG,
  FILE_FLAGS,
  fieldManagerFlag,
  OUTPUT_FLAGS,
  SAVE_CONFIG_FLAG,
  SUBRESOURCE_FLAG,
  VALIDATE_FLAG,
} from "../flags/common.ts";
import { dryRunOf, dryRunQuery, dryRunSuffix, fieldValidation, type Invocation } from "../invocation.ts";
import { clone, type JsonObject, type KubeObject, setAt, textAt } from "../object.ts";
import { printerFor, printResult } from "../printers/output.ts";
import { build, inOrder, type Target } from "../resources/builder.ts";
import { cascadeOf } from "./delete.ts";
import { LAST_APPLIED, withLastApplied } from "./last-applied.ts";
import { rawFile, sendRaw } from "./raw.ts";
import { waitUntilGone } from "./wait-gone.ts";

/** The annotation is kept true where it is there, and made with --save-config. */
function annotated(invocation: Invocation, object: KubeObject): KubeObject {
  const has = textAt(object, "metadata", "annotations", LAST_APPLIED) !== "";
  return has || invocation.flags.bool("save-config") ? withLastApplied(object) : clone(object);
}

const queryOf = (invocation: Invocation) => ({
  fieldManager: invocation.flags.string("field-manager"),
  fieldValidation: fieldValidation(invocation),
  ...dryRunQuery(dryRunOf(invocation)),
});

async function replaceOne(invocation: Invocation, target: Target): Promise<KubeObject> {
  const body = annotated(invocation, target.object as KubeObject);
  if (dryRunOf(invocation) === "client") return body;
  const rest = await invocation.rest();
  const subresource = invocation.flags.string("subresource");
  const path = pathOf(target.resource, target.namespace, target.name, subresource);
  if (textAt(body, "metadata", "resourceVersion") === "") {
    try {
      const live = await rest.json("GET", path, { place: "helper.go:294" });
      setAt(body, ["metadata", "resourceVersion"], textAt(live, "metadata", "resourceVersion"));
    } catch (error) {
      // Not there: the server says so in its answer to the update.
      if (!isNotFound(error)) throw error;
    }
  }
  return rest.json("PUT", path, { body, query: queryOf(invocation) });
}

async function removeFirst(invocation: Invocation, targets: readonly Target[]): Promise<void> {
  const { flags } = invocation;
  const rest = await invocation.rest();
  const given = flags.number("grace-period");
  // Zero would remove Pods while their containers still run.
  const grace = given === 0 ? 1 : given;
  const policy = cascadeOf(invocation);
  const doomed: { target: Target; uid: string }[] = [];
  for (const target of targets) {
    const body: JsonObject = { ...(grace >= 0 ? { gracePeriodSeconds: grace } : {}), propagationPolicy: policy };
    let answer: JsonObject;
    try {
      answer = await rest.json("DELETE", pathOf(target.resource, target.namespace, target.name), { body });
    } catch (error) {
      if (isNotFound(error)) continue;
      throw withSource("deleting", target.source, error);
    }
    doomed.push({ target, uid: textAt(answer, "details", "uid") || textAt(answer, "metadata", "uid") });
    const kind = groupKind(target.resource);
    await invocation.out(
      flags.string("output") === "name" ? `${kind}/${target.name}\n` : `${kind} "${target.name}" deleted\n`,
    );
  }
  await waitUntilGone(invocation, doomed, flags.duration("timeout") || 5 * 60_000);
}

async function replace(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  const force = flags.bool("force");
  fieldValidation(invocation);
  const dryRun = dryRunOf(invocation);
  const printer = printerFor(invocation);
  invocation.checkAccess();
  cascadeOf(invocation);
  if (flags.list("filename").length === 0 && flags.string("kustomize") === "")
    throw new CommandError("must specify one of -f and -k");
  invocation.checkNamespace();
  if (flags.number("grace-period") >= 0 && !force) throw new CommandError("--grace-period must have --force specified");
  if (flags.duration("timeout") !== 0 && !force) throw new CommandError("--timeout must have --force specified");
  // What was deleted in order to be made anew would be gone.
  if (force && dryRun !== "none") throw new CommandError("--dry-run can not be used when --force is set");
  if (flags.string("raw") !== "") return sendRaw(invocation, "PUT", rawFile(invocation, 1));
  const selection = await build(invocation, { validate: true });
  const failures = new Map<number, unknown>();
  if (force) {
    throwAll(selection.errors);
    await removeFirst(invocation, selection.targets);
  }
  for (const [i, target] of selection.targets.entries()) {
    try {
      const object = force
        ? await (await invocation.rest()).json("POST", pathOf(target.resource, target.namespace), {
            body: annotated(invocation, target.object as KubeObject),
            query: queryOf(invocation),
          })
        : await replaceOne(invocation, target);
      await printResult(invocation, object, `replaced${dryRunSuffix(dryRun)}`, printer);
    } catch (error) {
      failures.set(i, force ? error : withSource("replacing", target.source, error));
    }
  }
  const errors = inOrder(selection, failures);
  if (selection.targets.length === 0 && errors.length === 0) throw new CommandError("no objects passed to replace");
  throwAll(errors);
}

export const REPLACE: Command = {
  name: "replace",
  short: "Replace a resource by file name or stdin",
  arguments: "-f FILENAME",
  examples: ["kubectl replace -f web.yaml", "kubectl replace --force -f web.yaml"],
  flags: [
    ...FILE_FLAGS,
    ...OUTPUT_FLAGS,
    DRY_RUN_FLAG,
    VALIDATE_FLAG,
    SAVE_CONFIG_FLAG,
    SUBRESOURCE_FLAG,
    fieldManagerFlag("kubectl-replace"),
    {
      name: "cascade",
      type: "string",
      default: "background",
      bare: "background",
      usage: "How the deletion of --force treats dependents",
    },
    { name: "force", type: "bool", default: "false", usage: "Delete and make anew" },
    { name: "grace-period", type: "int", default: "-1", usage: "Seconds that deleted Pods get to end, with --force" },
    { name: "raw", type: "string", usage: "Path to PUT the file to" },
    { name: "timeout", type: "duration", default: "0s", usage: "How long to wait for the deletion, with --force" },
    { name: "wait", type: "bool", default: "false", usage: "Wait for deletions; --force always does" },
  ],
  run: replace,
};
