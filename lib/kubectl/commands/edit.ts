/** kubectl edit (k8s.io/kubectl/pkg/cmd/util/editor). */
import { pathOf } from "../client/discovery.ts";
import type { Command } from "../command.ts";
import { editFile, temporaryFile } from "../editor.ts";
import { type ApiError, CommandError, isApiError } from "../errors.ts";
import {
  FILE_FLAGS,
  fieldManagerFlag,
  OUTPUT_FLAGS,
  RECORD_FLAG,
  SAVE_CONFIG_FLAG,
  SUBRESOURCE_FLAG,
  VALIDATE_FLAG,
} from "../flags/common.ts";
import { fieldValidation, type Invocation } from "../invocation.ts";
import { clone, isObject, type JsonObject, type KubeObject } from "../object.ts";
import { hasGoType } from "../patch/merge-keys.ts";
import { mergeDiff, twoWayStrategicPatch } from "../patch/three-way.ts";
import { shortName, withoutManagedFields } from "../printers/output.ts";
import { toYaml } from "../printers/yaml.ts";
import { build, fetchAll, type Target } from "../resources/builder.ts";
import { YamlProblem, yamlToJson } from "../resources/go-yaml.ts";

const HEADER = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;

const withoutComments = (text: string): string =>
  text
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n");

async function edit(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  const output = flags.string("output") || "yaml";
  if (output !== "yaml") throw new CommandError("only -o yaml is supported by edit here");
  const selection = await build(invocation, { args: invocation.args, all: true });
  const { targets, errors } = await fetchAll(invocation, selection);
  if (errors.length > 0) throw errors[0];
  if (targets.length === 0) throw new CommandError("edit cancelled, no objects found");
  for (const target of targets) await editOne(invocation, target);
}

async function editOne(invocation: Invocation, target: Target & { object: KubeObject }): Promise<void> {
  const { process } = invocation;
  const original = withoutManagedFields(clone(target.object));
  const file = temporaryFile(invocation, "yaml");
  let text = toYaml(original);
  let problem = "";
  for (;;) {
    process.files.writeFile(file, `${HEADER}${problem}${text}`);
    const before = process.files.readText(file);
    await editFile(invocation, file);
    const after = process.files.readText(file);
    const unchanged = after === before || withoutComments(after).trim() === withoutComments(text).trim();
    if (withoutComments(after).trim() === "") {
      process.files.remove(file, { force: true });
      await invocation.err("Edit cancelled, saved file was empty.\n");
      return;
    }
    if (unchanged && problem !== "") {
      await invocation.err(`error: Edit cancelled, no valid changes were saved.\n`);
      throw new CommandError(
        `Edit cancelled, no valid changes were saved. A copy of your changes has been stored to "${file}"`,
      );
    }
    if (unchanged) {
      process.files.remove(file, { force: true });
      await invocation.err("Edit cancelled, no changes made.\n");
      return;
    }
    text = withoutComments(after);
    try {
      const changed = await save(invocation, target, original, text);
      process.files.remove(file, { force: true });
      await invocation.out(`${shortName(changed ?? target.object)} ${changed === undefined ? "skipped" : "edited"}\n`);
      return;
    } catch (error) {
      if (error instanceof YamlProblem) problem = comment([`The edited file had a syntax error: ${error.message}`]);
      else if (isApiError(error, "Invalid") || isApiError(error, "BadRequest") || isApiError(error, "Forbidden")) {
        problem = comment(reasons(target, error));
        await invocation.err(
          `error: ${target.resource.name}${target.resource.group === "" ? "" : `.${target.resource.group}`} "${target.name}" is invalid\n`,
        );
      } else throw error;
    }
  }
}

const comment = (lines: readonly string[]): string => `${lines.map((line) => `# ${line}\n`).join("")}#\n`;

function reasons(target: Target, error: ApiError): string[] {
  const name = `${target.resource.name}${target.resource.group === "" ? "" : `.${target.resource.group}`} "${target.name}"`;
  const causes = error.status.details?.causes ?? [];
  if (causes.length === 0) return [`${name} was not valid:`, `* ${error.message}`];
  return [`${name} was not valid:`, ...causes.map((cause) => `* ${cause.field}: ${cause.message}`)];
}

/** Sends the difference; undefined where there is none. */
async function save(
  invocation: Invocation,
  target: Target,
  original: JsonObject,
  text: string,
): Promise<KubeObject | undefined> {
  const edited = yamlToJson(text);
  if (!isObject(edited)) throw new YamlProblem("yaml: the document is no object");
  const strategic = hasGoType(target.resource.group);
  const patch = strategic ? twoWayStrategicPatch(target.resource.kind, original, edited) : mergeDiff(original, edited);
  if (Object.keys(patch).length === 0) return undefined;
  const rest = await invocation.rest();
  return rest.json(
    "PATCH",
    pathOf(target.resource, target.namespace, target.name, invocation.flags.string("subresource")),
    {
      body: patch,
      contentType: strategic ? "application/strategic-merge-patch+json" : "application/merge-patch+json",
      query: { fieldManager: invocation.flags.string("field-manager"), fieldValidation: fieldValidation(invocation) },
    },
  );
}

export const EDIT: Command = {
  name: "edit",
  short: "Edit a resource on the server",
  arguments: "(RESOURCE/NAME | -f FILENAME)",
  examples: ["kubectl edit statefulset web"],
  completes: "resource-name",
  flags: [
    ...FILE_FLAGS,
    ...OUTPUT_FLAGS,
    VALIDATE_FLAG,
    RECORD_FLAG,
    SAVE_CONFIG_FLAG,
    SUBRESOURCE_FLAG,
    fieldManagerFlag("kubectl-edit"),
    { name: "output-patch", type: "bool", default: "false", usage: "Accepted" },
    { name: "windows-line-endings", type: "bool", default: "false", usage: "Accepted" },
  ],
  run: edit,
};
