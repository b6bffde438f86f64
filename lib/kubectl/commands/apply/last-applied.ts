/** kubectl apply view-last-applied, set-last-applied. */

import { toYaml } from "../../../encoding/index.ts";
import { pathOf } from "../../client/discovery.ts";
import type { Command } from "../../command.ts";
import { CommandError, throwAll } from "../../errors.ts";
import {
  ALL_FLAG,
  DRY_RUN_FLAG,
  FILE_FLAGS,
  fieldManagerFlag,
  OUTPUT_FLAGS,
  RECORD_FLAG,
  SELECTOR_FLAG,
  VALIDATE_FLAG,
} from "../../flags/common.ts";
import { dryRunOf, dryRunQuery, dryRunSuffix, type Invocation } from "../../invocation.ts";
import { equalJson, type JsonObject, type KubeObject, kindOf, nameOf, textAt } from "../../object.ts";
import { prettyJson } from "../../printers/json.ts";
import { printerFor, printResult, shortName } from "../../printers/output.ts";
import { build, fetchAll } from "../../resources/builder.ts";
import { editFormat, editSession, LAST_APPLIED_HEADER } from "../edit/session.ts";
import { LAST_APPLIED, lastApplied, recordedText } from "../last-applied.ts";

async function view(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  const selection = await build(invocation, {
    args: invocation.args,
    all: flags.bool("all"),
    selector: flags.string("selector"),
  });
  const { targets, errors } = await fetchAll(invocation, selection);
  const configurations: JsonObject[] = [];
  for (const { object, name, source } of targets) {
    const configuration = lastApplied(object);
    if (configuration !== undefined) configurations.push(configuration);
    // Upstream gives this as the cause of an error, of which there is none where no file was read.
    else if (source !== "")
      throw new CommandError(
        `error when no last-applied-configuration annotation found on resource: ${name}\n ${JSON.stringify(source)}: <nil>`,
      );
  }
  throwAll(errors);
  const format = flags.string("output") || "yaml";
  for (const configuration of configurations) {
    if (format !== "yaml" && format !== "json")
      throw invocation.usageError(`Unexpected -o output mode: ${format}, the flag 'output' must be one of yaml|json`);
    await invocation.out(format === "json" ? prettyJson(configuration, false, 2) : toYaml(configuration));
  }
}

const NO_ANNOTATION =
  "no last-applied-configuration annotation found on resources, to create the annotation, use command `kubectl apply set-last-applied --create-annotation`";

/** The configurations in an editor, several as one List; each that changed is written back. */
async function edit(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  editFormat(invocation);
  const selection = await build(invocation, { args: invocation.args });
  const { targets, errors } = await fetchAll(invocation, selection);
  throwAll(errors);
  const configured = targets.flatMap((target) => {
    const configuration = lastApplied(target.object);
    return configuration === undefined ? [] : [{ target, configuration }];
  });
  const [first] = configured;
  if (first === undefined) throw new CommandError(NO_ANNOTATION);
  const rest = await invocation.rest();
  await editSession(invocation, {
    objects: configured.map(({ configuration }) => configuration),
    subject: first.target,
    header: LAST_APPLIED_HEADER,
    save: async (edited) => {
      for (const object of edited) {
        const one = configured.find(
          ({ configuration }) => nameOf(configuration) === nameOf(object) && kindOf(configuration) === kindOf(object),
        );
        if (one === undefined) throw new CommandError("At least one of apiVersion, kind and name was changed");
        const { resource, namespace, name } = one.target;
        if (equalJson(one.configuration, object)) {
          await invocation.out(`${shortName(object)} skipped\n`);
          continue;
        }
        const patch = { metadata: { annotations: { [LAST_APPLIED]: recordedText(object) } } };
        await rest.json("PATCH", pathOf(resource, namespace, name), {
          body: patch,
          contentType: "application/merge-patch+json",
          query: { fieldManager: flags.string("field-manager") },
        });
        await invocation.out(`${shortName(object)} edited\n`);
      }
    },
  });
}

async function set(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  const dryRun = dryRunOf(invocation);
  invocation.checkNamespace();
  const printer = printerFor(invocation);
  const selection = await build(invocation, {});
  throwAll(selection.errors);
  const rest = await invocation.rest();
  const changes: { readonly path: string; readonly live: KubeObject; readonly text: string }[] = [];
  // All are looked at before the first is changed.
  for (const target of selection.targets) {
    const path = pathOf(target.resource, target.namespace, target.name);
    const live = await rest.get(path);
    const before = textAt(live, "metadata", "annotations", LAST_APPLIED);
    const text = recordedText(target.object as KubeObject);
    if (before === "" && !flags.bool("create-annotation"))
      throw new CommandError(
        `no last-applied-configuration annotation found on resource: ${target.name}, to create the annotation, run the command with --create-annotation`,
      );
    if (before.trim() === text.trim()) await invocation.out(`set-last-applied ${target.name}: no changes required.\n`);
    else changes.push({ path, live, text });
  }
  for (const { path, live, text } of changes) {
    const object =
      dryRun === "client"
        ? live
        : await rest.json("PATCH", path, {
            query: dryRunQuery(dryRun),
            body: { metadata: { annotations: { [LAST_APPLIED]: text } } },
            contentType: "application/merge-patch+json",
          });
    await printResult(invocation, object, `configured${dryRunSuffix(dryRun)}`, printer);
  }
}

export const APPLY_SUBCOMMANDS: readonly Command[] = [
  {
    name: "edit-last-applied",
    short: "Edit latest last-applied-configuration annotations of a resource/object",
    arguments: "(RESOURCE/NAME | -f FILENAME)",
    completes: "resource-name",
    flags: [
      ...FILE_FLAGS,
      ...OUTPUT_FLAGS,
      RECORD_FLAG,
      VALIDATE_FLAG,
      fieldManagerFlag("kubectl-client-side-apply"),
      { name: "windows-line-endings", type: "bool", default: "false", usage: "Accepted; files have Unix line ends" },
    ],
    run: edit,
  },
  {
    name: "set-last-applied",
    short: "Set the last-applied-configuration annotation on a live object to match the contents of a file",
    arguments: "-f FILENAME",
    flags: [
      ...FILE_FLAGS.filter(({ name }) => name === "filename"),
      ...OUTPUT_FLAGS,
      DRY_RUN_FLAG,
      { name: "create-annotation", type: "bool", default: "false", usage: "Make the annotation where there is none" },
    ],
    run: set,
  },
  {
    name: "view-last-applied",
    completes: "resource-name",
    short: "View the latest last-applied-configuration annotations of a resource/object",
    arguments: "(TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)",
    flags: [
      ...FILE_FLAGS,
      SELECTOR_FLAG,
      ALL_FLAG,
      { name: "output", shorthand: "o", type: "string", default: "yaml", usage: "yaml or json" },
    ],
    run: view,
  },
];
