/** kubectl edit, and what create --edit and apply edit-last-applied share with it. */
import { pathOf } from "../../client/discovery.ts";
import type { Command } from "../../command.ts";
import { CommandError } from "../../errors.ts";
import {
  FILE_FLAGS,
  fieldManagerFlag,
  OUTPUT_FLAGS,
  RECORD_FLAG,
  SAVE_CONFIG_FLAG,
  SUBRESOURCE_FLAG,
  VALIDATE_FLAG,
} from "../../flags/common.ts";
import { fieldValidation, type Invocation } from "../../invocation.ts";
import { at, equalJson, type KubeObject, objectAt, textAt } from "../../object.ts";
import { hasGoType } from "../../patch/merge-keys.ts";
import { mergeDiff, twoWayStrategicPatch } from "../../patch/three-way.ts";
import { goSyntax } from "../../printers/go-syntax.ts";
import { compactJson } from "../../printers/json.ts";
import { printerFor, printResult, withoutManagedFields } from "../../printers/output.ts";
import { build, fetchAll, type Target } from "../../resources/builder.ts";
import { withLastApplied } from "../last-applied.ts";
import { recordChange } from "../record.ts";
import { EDIT_HEADER, type EditResults, editFormat, editSession } from "./session.ts";

type Found = Target & { object: KubeObject };

async function edit(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  editFormat(invocation);
  const subresource = flags.string("subresource");
  const selection = await build(invocation, { args: invocation.args, all: true });
  const { targets, errors } = await fetchAll(invocation, selection, subresource);
  if (errors.length > 0) throw errors[0];
  if (targets.length === 0) throw new CommandError("edit cancelled, no objects found");
  await editSession(invocation, {
    objects: targets.map(({ object }) => object),
    subject: targets[0] as Found,
    header: EDIT_HEADER,
    save: async (edited, results) => {
      for (const object of edited) {
        const uid = textAt(object, "metadata", "uid");
        const target = targets.find((one) => textAt(one.object, "metadata", "uid") === uid);
        if (target === undefined) {
          const metadata = { namespace: invocation.namespace, ...objectAt(object, "metadata") };
          throw new CommandError(
            `no original object found for &unstructured.Unstructured{Object:${goSyntax({ ...object, metadata })}}`,
          );
        }
        await saveOne(invocation, target, object, results);
      }
    },
  });
}

async function saveOne(invocation: Invocation, target: Found, edited: KubeObject, results: EditResults): Promise<void> {
  const { flags } = invocation;
  const original = withoutManagedFields(target.object);
  const printer = printerFor(invocation);
  if (flags.bool("record")) recordChange(invocation, edited);
  let wanted = edited;
  if (flags.bool("save-config")) {
    // The configuration is of the object as it came, managed fields and all.
    const managedFields = at(target.object, "metadata", "managedFields");
    const metadata = objectAt(edited, "metadata");
    const whole = managedFields === undefined ? edited : { ...edited, metadata: { ...metadata, managedFields } };
    const annotations = objectAt(withLastApplied(whole), "metadata", "annotations");
    wanted = { ...edited, metadata: { ...metadata, annotations } };
  }
  if (equalJson(original, wanted)) {
    await printResult(invocation, wanted, "skipped", printer);
    return;
  }
  const changed = (...path: string[]) => textAt(original, ...path) !== textAt(wanted, ...path);
  if (changed("apiVersion") || changed("kind") || changed("metadata", "name"))
    throw new CommandError("At least one of apiVersion, kind and name was changed");
  const strategic = hasGoType(target.resource.group);
  const patch = strategic
    ? twoWayStrategicPatch(textAt(original, "kind"), original, wanted)
    : mergeDiff(original, wanted);
  if (flags.bool("output-patch")) await invocation.out(`Patch: ${compactJson(patch)}\n`);
  try {
    const rest = await invocation.rest();
    const path = pathOf(target.resource, target.namespace, target.name, flags.string("subresource"));
    const saved = await rest.json("PATCH", path, {
      body: patch,
      contentType: strategic ? "application/strategic-merge-patch+json" : "application/merge-patch+json",
      query: { fieldManager: flags.string("field-manager"), fieldValidation: fieldValidation(invocation) },
    });
    await printResult(invocation, saved, "edited", printer);
  } catch (error) {
    await invocation.err(results.add(error, target));
  }
}

/** create --edit: each manifest in an editor before it is sent; one that is not changed is not sent. */
export async function editAndCreate(invocation: Invocation): Promise<void> {
  editFormat(invocation);
  const selection = await build(invocation, { validate: true });
  if (selection.errors.length > 0) throw selection.errors[0];
  for (const target of selection.targets) {
    await editSession(invocation, {
      objects: [target.object as KubeObject],
      subject: target,
      header: EDIT_HEADER,
      save: async (edited) => {
        for (const object of edited) await createOne(invocation, target, object);
      },
    });
  }
}

async function createOne(invocation: Invocation, target: Target, object: KubeObject): Promise<void> {
  const { flags } = invocation;
  const rest = await invocation.rest();
  const resource = await invocation.lookUp((map) =>
    map.forObject(textAt(object, "kind"), textAt(object, "apiVersion")),
  );
  const made = await rest.json("POST", pathOf(resource, textAt(object, "metadata", "namespace") || target.namespace), {
    body: flags.bool("save-config") ? withLastApplied(object) : object,
    query: { fieldManager: flags.string("field-manager"), fieldValidation: fieldValidation(invocation) },
  });
  await printResult(invocation, made, "created", printerFor(invocation));
}

export const EDIT: Command = {
  name: "edit",
  short: "Edit a resource on the server",
  arguments: "(RESOURCE/NAME | -f FILENAME)",
  examples: ["kubectl edit statefulset web", "KUBE_EDITOR=nano kubectl edit service web"],
  completes: "resource-name",
  flags: [
    ...FILE_FLAGS,
    ...OUTPUT_FLAGS,
    VALIDATE_FLAG,
    RECORD_FLAG,
    SAVE_CONFIG_FLAG,
    SUBRESOURCE_FLAG,
    fieldManagerFlag("kubectl-edit"),
    { name: "output-patch", type: "bool", default: "false", usage: "Show the patch that is sent" },
    { name: "windows-line-endings", type: "bool", default: "false", usage: "Accepted; files have Unix line ends here" },
  ],
  run: edit,
};
