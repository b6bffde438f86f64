/** kubectl create: from files, and from generators. */
import { pathOf } from "../../client/discovery.ts";
import type { Command } from "../../command.ts";
import { CommandError, throwAll, withSource } from "../../errors.ts";
import {
  DRY_RUN_FLAG,
  FILE_FLAGS,
  fieldManagerFlag,
  OUTPUT_FLAGS,
  RECORD_FLAG,
  SAVE_CONFIG_FLAG,
  SELECTOR_FLAG,
  VALIDATE_FLAG,
} from "../../flags/common.ts";
import { dryRunOf, dryRunQuery, dryRunSuffix, fieldValidation, type Invocation } from "../../invocation.ts";
import { clone, type KubeObject, stringsAt } from "../../object.ts";
import { printerFor, printResult } from "../../printers/output.ts";
import { build, inOrder } from "../../resources/builder.ts";
import { editAndCreate } from "../edit/index.ts";
import { withLastApplied } from "../last-applied.ts";
import { rawFile, sendRaw } from "../raw.ts";
import { recordChange } from "../record.ts";
import { matchesSelector } from "../selectors.ts";
import { GENERATORS } from "./generators.ts";

async function create(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation;
  if (flags.list("filename").length === 0 && flags.string("kustomize") === "") {
    if (args.length > 0) throw invocation.usageError(`Unexpected args: [${args.join(" ")}]`);
    throw new CommandError("must specify one of -f and -k");
  }
  if (args.length > 0) throw invocation.usageError(`Unexpected args: [${args.join(" ")}]`);
  if (flags.string("raw") !== "") {
    if (flags.bool("edit")) throw new CommandError("--raw and --edit are mutually exclusive");
    return sendRaw(invocation, "POST", rawFile(invocation, 1));
  }
  if (flags.bool("edit")) return editAndCreate(invocation);
  const dryRun = dryRunOf(invocation);
  const printer = printerFor(invocation);
  const selection = await build(invocation, { validate: true });
  const errors = new Map<number, unknown>();
  const selector = flags.string("selector");
  let count = 0;
  for (const [i, target] of selection.targets.entries()) {
    const wanted = target.object as KubeObject;
    if (selector !== "" && !matchesSelector(selector, stringsAt(wanted, "metadata", "labels"))) continue;
    count++;
    try {
      const body = flags.bool("save-config") ? withLastApplied(wanted) : clone(wanted);
      recordChange(invocation, body);
      const object =
        dryRun === "client"
          ? body
          : await (await invocation.rest()).json("POST", pathOf(target.resource, target.namespace), {
              body,
              query: {
                fieldManager: flags.string("field-manager"),
                fieldValidation: fieldValidation(invocation),
                ...dryRunQuery(dryRun),
              },
            });
      await printResult(invocation, object, `created${dryRunSuffix(dryRun)}`, printer);
    } catch (error) {
      errors.set(i, withSource("creating", target.source, error));
    }
  }
  if (count === 0 && errors.size + selection.errors.length === 0) throw new CommandError("no objects passed to create");
  throwAll(inOrder(selection, errors));
}

export const CREATE: Command = {
  name: "create",
  short: "Create a resource from a file or from stdin",
  arguments: "-f FILENAME",
  examples: ["kubectl create -f web.yaml", "kubectl create deployment web --image=nginx"],
  subcommands: GENERATORS,
  flags: [
    ...FILE_FLAGS,
    ...OUTPUT_FLAGS,
    DRY_RUN_FLAG,
    VALIDATE_FLAG,
    SAVE_CONFIG_FLAG,
    SELECTOR_FLAG,
    RECORD_FLAG,
    fieldManagerFlag("kubectl-create"),
    { name: "edit", type: "bool", default: "false", usage: "Edit before creating" },
    { name: "raw", type: "string", usage: "Path to POST to" },
    { name: "windows-line-endings", type: "bool", default: "false", usage: "Accepted" },
  ],
  run: create,
};
