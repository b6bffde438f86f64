/** kubectl patch. */

import { apiVersion, pathOf, type Resource } from "../client/discovery.ts";
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
import { dryRunOf, dryRunQuery, type Invocation } from "../invocation.ts";
import { parseJson } from "../json-text.ts";
import { equalJson, type Json, type JsonObject, type KubeObject, textAt } from "../object.ts";
import { mergePatched, strategicPatched } from "../patch/apply.ts";
import { jsonPatched } from "../patch/json-patch.ts";
import { hasGoType } from "../patch/merge-keys.ts";
import { sortKeys } from "../printers/json.ts";
import { printerFor, printResult } from "../printers/output.ts";
import { build, getNamed, nothingNamed } from "../resources/builder.ts";
import { JsonEnds, nextJson } from "../resources/go-json.ts";
import { YamlProblem, yamlToJson } from "../resources/go-yaml.ts";
import { localSelection } from "./local.ts";
import { recordAfter } from "./record.ts";
import { refuseLocalOnServer } from "./set/template.ts";

const TYPES: Readonly<Record<string, string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
};

async function patch(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  const dryRun = dryRunOf(invocation);
  invocation.checkNamespace();
  const type = TYPES[flags.string("type").toLowerCase()];
  if (flags.string("patch") !== "" && flags.string("patch-file") !== "")
    throw new CommandError("cannot specify --patch and --patch-file together");
  if (flags.string("patch") === "" && flags.string("patch-file") === "") {
    throw new CommandError("must specify --patch or --patch-file containing the contents of the patch");
  }
  const local = flags.bool("local");
  if (local && invocation.args.length > 0) throw new CommandError("cannot specify --local and server resources");
  refuseLocalOnServer(invocation);
  if (type === undefined)
    throw new CommandError(`--type must be one of [json merge strategic], not ${JSON.stringify(flags.string("type"))}`);
  const body = parsePatch(readPatch(invocation));
  if (local && flags.list("filename").length === 0 && flags.string("kustomize") === "") throw nothingNamed();
  const selection =
    local && flags.string("kustomize") === ""
      ? await localSelection(invocation)
      : await build(invocation, { args: invocation.args, skipNamespaceCheck: local });
  const rest = await invocation.rest();
  const errors: unknown[] = [...selection.errors];
  const subresource = flags.string("subresource");
  for (const target of selection.targets) {
    try {
      // The old object tells whether the patch changed anything.
      const before = target.object ?? (await getNamed(rest, target, subresource));
      const after =
        local || dryRun === "client"
          ? patchedHere(target.resource, before, body, type)
          : await rest.json("PATCH", pathOf(target.resource, target.namespace, target.name, subresource), {
              body: body instanceof Malformed ? body.text : body,
              contentType: type,
              query: { ...dryRunQuery(dryRun), fieldManager: flags.string("field-manager") },
            });
      if (!local && dryRun === "none") await recordAfter(invocation, target);
      const changed = !equalJson(before, after);
      // A dry run is not told of, as by upstream.
      await printResult(invocation, after, changed ? "patched" : "patched (no change)", printerFor(invocation));
    } catch (error) {
      const { group, version, kind } = target.resource;
      const where = `${group === "" ? `/${version}` : `${group}/${version}`}, Kind=${kind}`;
      errors.push(
        isApiError(error, "UnsupportedMediaType")
          ? new CommandError(`${type} is not supported by ${where}: ${error.message}`)
          : error,
      );
    }
  }
  if (selection.targets.length === 0 && errors.length === 0) throw new CommandError("no objects passed to patch");
  throwAll(errors);
}

function readPatch({ flags, process }: Invocation): string {
  const file = flags.string("patch-file");
  if (file === "") return flags.string("patch");
  try {
    return process.files.readText(file);
  } catch {
    throw new CommandError(`unable to read patch file: open ${file}: no such file or directory`);
  }
}

/** What the server would make of it, for --local and --dry-run=client. */
function patchedHere(resource: Resource, object: KubeObject, patch: Json | Malformed, type: string): KubeObject {
  if (type === TYPES["json"]) {
    if (patch instanceof Malformed) throw new CommandError(patch.words);
    return jsonPatched(object, patch) as KubeObject;
  }
  if (type === TYPES["merge"] && Array.isArray(patch))
    throw new CommandError("json: cannot unmarshal array into Go value of type unstructured.detector");
  if (type === TYPES["merge"] && !isPlainObject(patch)) throw new CommandError("Invalid JSON Patch");
  if (type === TYPES["merge"]) return mergePatched(object, patch as JsonObject) as KubeObject;
  if (!hasGoType(resource.group)) {
    throw new CommandError(
      `strategic merge patch is not supported for ${apiVersion(resource)}, Kind=${resource.kind} locally, try --type merge`,
    );
  }
  if (patch === null) return object;
  if (!isPlainObject(patch)) throw new CommandError("invalid JSON document");
  return strategicPatched(textAt(object, "kind"), object, patch as JsonObject);
}

/** Text that begins like JSON and is none. */
class Malformed {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  /** What Go's json.Unmarshal says of it. */
  get words(): string {
    try {
      const end = nextJson(this.text, 0)?.end ?? 0;
      return `invalid character '${this.text.slice(end).trim().charAt(0)}' after top-level value`;
    } catch (error) {
      return error instanceof JsonEnds ? "unexpected end of JSON input" : (error as Error).message;
    }
  }
}

const isPlainObject = (patch: Json | Malformed): patch is JsonObject =>
  typeof patch === "object" && patch !== null && !Array.isArray(patch) && !(patch instanceof Malformed);

/** JSON goes as it is: what is wrong with it is the server's to say. */
function parsePatch(text: string): Json | Malformed {
  if (/^\s*\{/.test(text)) {
    try {
      return parseJson(text);
    } catch {
      return new Malformed(text);
    }
  }
  try {
    // As it is marshalled again: what the server says of it comes in that order.
    return sortKeys(yamlToJson(text));
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
