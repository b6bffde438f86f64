/** kubectl patch. */
import { pathOf } from "../client/discovery.ts";
import type { Command } from "../command.ts";
import { CommandError, isApiError, throwAll } from "../errors.ts";
import {
  DRY_RUN_FLAG,
  FILE_FLAGS,
  fieldManagerFlag,
  LOCAL_FLAG,
  OUTPUT_FLAGS,
  RECORD_FLAG,
  SUBRESOURCE_FLAG,
} from "../flags/common.ts";
import { dryRunOf, dryRunQuery, dryRunSuffix, type Invocation } from "../invocation.ts";
import type { Json } from "../object.ts";
import { printerFor, printResult } from "../printers/output.ts";
import { build } from "../resources/builder.ts";
import { YamlProblem, yamlToJson } from "../resources/go-yaml.ts";

const TYPES: Readonly<Record<string, string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
};

async function patch(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  const type = TYPES[flags.string("type").toLowerCase()];
  if (flags.string("patch") !== "" && flags.string("patch-file") !== "")
    throw new CommandError("cannot specify --patch and --patch-file together");
  if (flags.string("patch") === "" && flags.string("patch-file") === "") {
    throw new CommandError("must specify --patch or --patch-file containing the contents of the patch");
  }
  if (type === undefined)
    throw new CommandError(`--type must be one of [json merge strategic], not ${JSON.stringify(flags.string("type"))}`);
  if (flags.bool("local")) throw new CommandError("--local is not supported here");
  const text =
    flags.string("patch-file") === ""
      ? flags.string("patch")
      : invocation.process.files.readText(flags.string("patch-file"));
  const dryRun = dryRunOf(invocation);
  const printer = printerFor(invocation);
  const selection = await build(invocation, { args: invocation.args });
  const rest = await invocation.rest();
  const errors: unknown[] = [...selection.errors];
  for (const target of selection.targets) {
    try {
      const path = pathOf(target.resource, target.namespace, target.name, flags.string("subresource"));
      // The old object tells whether the patch changed anything.
      const before = await rest.get(path);
      const body = parsePatch(text);
      const after =
        dryRun === "client"
          ? before
          : await rest.json("PATCH", path, {
              body,
              contentType: type,
              query: { ...dryRunQuery(dryRun), fieldManager: flags.string("field-manager") },
            });
      const changed =
        dryRun === "client" ||
        dryRun === "server" ||
        // Not by version: a patch that takes off the last finalizer removes the object, which keeps its version.
        JSON.stringify(before) !== JSON.stringify(after);
      await printResult(
        invocation,
        after,
        `${changed ? "patched" : "patched (no change)"}${dryRunSuffix(dryRun)}`,
        printer,
      );
    } catch (error) {
      const { group, version, kind } = target.resource;
      const where = `${group === "" ? `/${version}` : `${group}/${version}`}, Kind=${kind}`;
      errors.push(
        isApiError(error, "UnsupportedMediaType") ? new CommandError(`${type} is not supported by ${where}`) : error,
      );
    }
  }
  throwAll(errors);
}

function parsePatch(text: string): Json {
  try {
    return yamlToJson(text);
  } catch (error) {
    if (error instanceof YamlProblem)
      throw new CommandError(`unable to parse ${JSON.stringify(text)}: ${error.message}`);
    throw error;
  }
}

export const PATCH: Command = {
  name: "patch",
  short: "Update fields of a resource",
  arguments: "(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]",
  examples: [
    `kubectl patch statefulset web -p '{"spec":{"replicas":3}}'`,
    `kubectl patch statefulset web --type=json -p '[{"op":"replace","path":"/spec/replicas","value":3}]'`,
  ],
  completes: "resource-name",
  flags: [
    ...FILE_FLAGS,
    ...OUTPUT_FLAGS,
    DRY_RUN_FLAG,
    fieldManagerFlag("kubectl-patch"),
    LOCAL_FLAG,
    RECORD_FLAG,
    SUBRESOURCE_FLAG,
    { name: "patch", shorthand: "p", type: "string", usage: "The patch, as JSON or YAML" },
    { name: "patch-file", type: "string", usage: "A file with the patch" },
    { name: "type", type: "string", default: "strategic", usage: "json, merge or strategic" },
  ],
  run: patch,
};
