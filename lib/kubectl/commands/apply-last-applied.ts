/** kubectl apply view-last-applied, set-last-applied. */
import { pathOf } from "../client/discovery.ts";
import type { Command } from "../command.ts";
import { CommandError, throwAll } from "../errors.ts";
import { ALL_FLAG, DRY_RUN_FLAG, FILE_FLAGS, OUTPUT_FLAGS, SELECTOR_FLAG } from "../flags/common.ts";
import { dryRunOf, dryRunQuery, dryRunSuffix, type Invocation } from "../invocation.ts";
import { type KubeObject, objectAt } from "../object.ts";
import { prettyJson } from "../printers/json.ts";
import { printerFor, printResult } from "../printers/output.ts";
import { toYaml } from "../printers/yaml.ts";
import { build, fetchAll } from "../resources/builder.ts";
import { LAST_APPLIED, lastApplied, withLastApplied } from "./last-applied.ts";

async function view(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  const format = flags.string("output") || "yaml";
  if (format !== "yaml" && format !== "json") {
    throw invocation.usageError(`Unexpected -o output mode: ${format}, the flag 'output' must be one of yaml|json`);
  }
  const selection = await build(invocation, {
    args: invocation.args,
    all: flags.bool("all"),
    selector: flags.string("selector"),
  });
  const { targets, errors } = await fetchAll(invocation, selection);
  for (const { object, name } of targets) {
    const configuration = lastApplied(object);
    if (configuration === undefined) {
      throw new CommandError(`no last-applied-configuration annotation found on resource: ${name}`);
    }
    await invocation.out(format === "json" ? prettyJson(configuration) : toYaml(configuration));
  }
  throwAll(errors);
}

async function set(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  const dryRun = dryRunOf(invocation);
  const printer = printerFor(invocation);
  const selection = await build(invocation, {});
  throwAll(selection.errors);
  const rest = await invocation.rest();
  for (const target of selection.targets) {
    const path = pathOf(target.resource, target.namespace, target.name);
    const live = await rest.get(path);
    if (lastApplied(live) === undefined && !flags.bool("create-annotation")) {
      throw new CommandError(
        `no last-applied-configuration annotation found on resource: ${target.name}, to create the annotation, run the command with --create-annotation`,
      );
    }
    const annotated = withLastApplied(target.object as KubeObject);
    const annotations = objectAt(annotated, "metadata", "annotations");
    const object =
      dryRun === "client"
        ? live
        : await rest.json("PATCH", path, {
            query: dryRunQuery(dryRun),
            body: { metadata: { annotations: { [LAST_APPLIED]: annotations[LAST_APPLIED] ?? "" } } },
            contentType: "application/merge-patch+json",
          });
    await printResult(invocation, object, `configured${dryRunSuffix(dryRun)}`, printer);
  }
}

export const APPLY_SUBCOMMANDS: readonly Command[] = [
  {
    name: "set-last-applied",
    short: "Set the last-applied-configuration annotation to the contents of a file",
    arguments: "-f FILENAME",
    flags: [
      ...FILE_FLAGS,
      ...OUTPUT_FLAGS,
      DRY_RUN_FLAG,
      { name: "create-annotation", type: "bool", default: "false", usage: "Make the annotation where there is none" },
    ],
    run: set,
  },
  {
    name: "view-last-applied",
    short: "View the configuration that was applied last",
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
