/** kubectl apply (k8s.io/kubectl/pkg/cmd/apply). */

import { apiVersion, pathOf } from "../../client/discovery.ts";
import type { Command } from "../../command.ts";
import { ApiError, CommandError, isApiError, isNotFound, throwAll, withSource } from "../../errors.ts";
import {
  ALL_FLAG,
  DRY_RUN_FLAG,
  FILE_FLAGS,
  fieldManagerFlag,
  OUTPUT_FLAGS,
  RECORD_FLAG,
  SELECTOR_FLAG,
  SUBRESOURCE_FLAG,
  VALIDATE_FLAG,
} from "../../flags/common.ts";
import {
  type DryRun,
  dryRunOf,
  dryRunQuery,
  dryRunSuffix,
  fieldValidation,
  type Invocation,
} from "../../invocation.ts";
import {
  isObject,
  type JsonObject,
  type KubeObject,
  listAt,
  nameOf,
  objectAt,
  stringsAt,
  textAt,
} from "../../object.ts";
import { hasGoType } from "../../patch/merge-keys.ts";
import { threeWayMergePatch, threeWayStrategicPatch } from "../../patch/three-way.ts";
import { compactJson, sortKeys } from "../../printers/json.ts";
import { printerFor, printResult } from "../../printers/output.ts";
import { build, type Target } from "../../resources/builder.ts";
import { cascadeOf } from "../delete.ts";
import { LAST_APPLIED, lastApplied, withLastApplied } from "../last-applied.ts";
import { recordChange } from "../record.ts";
import { matchesSelector } from "../selectors.ts";
import { ApplySet } from "./applyset.ts";
import { keepLastApplied } from "./keep-last-applied.ts";
import { APPLY_SUBCOMMANDS } from "./last-applied.ts";
import { allowlistOf, prune } from "./prune.ts";

interface Applied {
  readonly object: KubeObject;
  readonly operation: "created" | "configured" | "unchanged" | "serverside-applied";
}

const MANAGER = "kubectl-client-side-apply";

async function apply(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  if (invocation.args.length > 0) throw invocation.usageError(`Unexpected args: [${invocation.args.join(" ")}]`);
  const dryRun = dryRunOf(invocation);
  invocation.checkAccess();
  cascadeOf(invocation);
  if (flags.list("filename").length === 0 && flags.string("kustomize") === "") {
    throw new CommandError("must specify one of -f and -k");
  }
  fieldValidation(invocation);
  invocation.checkNamespace();
  const serverSide = flags.bool("server-side");
  if (flags.string("subresource") !== "" && !serverSide)
    throw new CommandError("--subresource can only be specified for --server-side");
  if (flags.bool("force-conflicts") && !serverSide)
    throw new CommandError("--force-conflicts only works with --server-side");
  if (dryRun === "client" && serverSide) {
    throw new CommandError("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)");
  }
  if (flags.bool("force") && serverSide) throw new CommandError("--force cannot be used with --server-side");
  if (dryRun === "server" && flags.bool("force"))
    throw new CommandError("--dry-run=server cannot be used with --force");
  if (flags.bool("all") && flags.string("selector") !== "")
    throw new CommandError("cannot set --all and --selector at the same time");
  const set = await applySetOf(invocation);
  if (flags.bool("prune")) validatePrune(invocation, set !== undefined);
  const allowlist = flags.bool("prune") ? await allowlistOf(invocation) : [];
  for (const name of ["timeout", "wait"])
    if (flags.changed(name) && flags.bool("prune"))
      throw new CommandError(`--${name} is not supported here: what --prune deletes is not waited for`);
  const printer = printerFor(invocation);
  const selection = await build(invocation, { validate: true });
  const errors: unknown[] = [...selection.errors];
  const selector = flags.string("selector");
  const targets = selection.targets.filter(
    (target) => selector === "" || matchesSelector(selector, stringsAt(target.object, "metadata", "labels")),
  );
  if (targets.length === 0 && errors.length === 0) throw new CommandError("no objects passed to apply");
  if (set !== undefined && errors.length === 0) {
    await set.load();
    for (const target of targets) {
      set.adopt(target.object as KubeObject);
      set.include(target.resource, target.namespace);
    }
    await set.save("superset", dryRun);
  }
  const printed: KubeObject[] = [];
  const uids = new Set<string>();
  const namespaces = new Set<string>();
  for (const target of targets) {
    try {
      const applied = serverSide
        ? await applyOnServer(invocation, target, dryRun)
        : await applyHere(invocation, target, dryRun);
      uids.add(textAt(applied.object, "metadata", "uid"));
      if (target.resource.namespaced) namespaces.add(target.namespace);
      if (printer === undefined)
        await printResult(invocation, applied.object, `${applied.operation}${dryRunSuffix(dryRun)}`);
      else printed.push(applied.object);
    } catch (error) {
      errors.push(error);
    }
  }
  const [first] = printed;
  if (printer !== undefined && first !== undefined) {
    const list = { kind: "List", apiVersion: "v1", metadata: {}, items: printed.map((one) => sortKeys(one)) };
    await invocation.out(printed.length === 1 ? printer(first) : printer(list, true));
  }
  throwAll(errors);
  invocation.log(4, "apply.go:548", "Running apply post-processor function");
  if (!flags.bool("prune")) return;
  const tell = (object: KubeObject) => printResult(invocation, object, `pruned${dryRunSuffix(dryRun)}`, printer);
  if (set === undefined) return prune(invocation, allowlist, { uids, namespaces }, dryRun, tell);
  await set.prune(uids, dryRun, tell);
  await set.save("latest", dryRun);
}

/** --applyset; without KUBECTL_APPLYSET=true the flag does not exist. */
async function applySetOf(invocation: Invocation): Promise<ApplySet | undefined> {
  const { flags, process } = invocation;
  if (!flags.changed("applyset") || flags.string("applyset") === "") return undefined;
  if (!["1", "t", "T", "TRUE", "true", "True"].includes(process.env.get("KUBECTL_APPLYSET") ?? "")) {
    throw new CommandError("unknown flag: --applyset\nSee 'kubectl apply --help' for usage.");
  }
  const set = await ApplySet.parse(invocation, flags.string("applyset"));
  if (!flags.bool("prune")) throw new CommandError("--applyset requires --prune");
  await set.validate();
  return set;
}

function validatePrune({ flags }: Invocation, withSet: boolean): void {
  const fail = (message: string): never => {
    throw new CommandError(message);
  };
  if (flags.bool("force")) fail("--force cannot be used with --prune");
  if (withSet) {
    if (flags.bool("all")) fail("--all is incompatible with --applyset");
    if (flags.string("selector") !== "") fail("--selector is incompatible with --applyset");
    if (flags.list("prune-allowlist").length > 0) fail("--prune-allowlist is incompatible with --applyset");
    return;
  }
  if (!flags.bool("all") && flags.string("selector") === "") {
    fail(
      "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector",
    );
  }
  if (flags.bool("server-side"))
    fail("--prune is in alpha and doesn't currently work on objects created by server-side apply");
}

async function applyHere(invocation: Invocation, target: Target, dryRun: DryRun): Promise<Applied> {
  const { resource, namespace, name, source } = target;
  const rest = await invocation.rest();
  const manager = invocation.flags.string("field-manager");
  const query = { fieldManager: manager, fieldValidation: fieldValidation(invocation), ...dryRunQuery(dryRun) };
  recordChange(invocation, target.object as KubeObject);
  const wanted = withLastApplied(target.object as KubeObject);
  const generated = textAt(wanted, "metadata", "generateName");
  if (name === "" && generated !== "") throw new CommandError(`from ${generated}: cannot use generate name with apply`);
  if (name === "") {
    throw withSource(
      "retrieving current configuration of",
      "",
      new CommandError(
        `error when retrieving current configuration of:\n${describeTarget(target)}\nfrom server for: "${source}": resource name may not be empty`,
      ),
    );
  }
  let live: KubeObject;
  try {
    live = await rest.get(pathOf(resource, namespace, name));
  } catch (error) {
    if (!isNotFound(error)) {
      const prefix = `error when retrieving current configuration of:\n${describeTarget(target)}\nfrom server for: "${source}"`;
      throw error instanceof ApiError ? error.prefixed(prefix) : error;
    }
    if (dryRun === "client") return { object: wanted, operation: "created" };
    try {
      return {
        object: await rest.json("POST", pathOf(resource, namespace), { query, body: wanted }),
        operation: "created",
      };
    } catch (failure) {
      throw withSource("creating", source, failure);
    }
  }
  const original = lastApplied(live);
  if (original === undefined && dryRun !== "client") {
    invocation.warn(
      `resource ${resource.name}/${name} is missing the ${LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.`,
    );
  }
  if (dryRun === "client") return { object: live, operation: "configured" };
  for (let attempt = 0; ; attempt++) {
    const strategic = hasGoType(resource.group);
    const patch = strategic
      ? threeWayStrategicPatch(resource.kind, lastApplied(live) ?? {}, wanted, live)
      : threeWayMergePatch(lastApplied(live) ?? {}, wanted, live);
    if (Object.keys(patch).length === 0) return { object: live, operation: "unchanged" };
    try {
      const object = await rest.json("PATCH", pathOf(resource, namespace, name), {
        query,
        body: patch,
        contentType: strategic ? "application/strategic-merge-patch+json" : "application/merge-patch+json",
      });
      // Whatever the server made of it: a patch that was sent counts as a change.
      return { object, operation: "configured" };
    } catch (error) {
      if (isApiError(error, "Conflict") && attempt < 5) {
        live = await rest.get(pathOf(resource, namespace, name));
        continue;
      }
      if (invocation.flags.bool("force") && (isApiError(error, "Invalid") || isApiError(error, "Conflict"))) {
        return { object: await recreate(invocation, target, wanted, query), operation: "configured" };
      }
      const prefix = `error when applying patch:\n${compactJson(patch)}\nto:\n${describeTarget(target)}\nfor: "${source}"`;
      throw error instanceof ApiError ? error.prefixed(`error when patching "${source}"`).prefixed(prefix) : error;
    }
  }
}

/** --force: what cannot be patched is deleted and made anew. */
async function recreate(
  invocation: Invocation,
  target: Target,
  wanted: KubeObject,
  query: Record<string, string>,
): Promise<JsonObject> {
  const { resource, namespace, name } = target;
  const rest = await invocation.rest();
  await rest.json("DELETE", pathOf(resource, namespace, name), { body: { propagationPolicy: "Background" } });
  for (;;) {
    try {
      await rest.get(pathOf(resource, namespace, name));
    } catch (error) {
      if (isNotFound(error)) break;
      throw error;
    }
    await invocation.process.sleep(1000);
  }
  return rest.json("POST", pathOf(resource, namespace), { query, body: wanted });
}

function describeTarget({ resource, namespace, name }: Target): string {
  const version = apiVersion(resource);
  const gvr = resource.group === "" ? `/${resource.version}` : version;
  return `Resource: "${gvr}, Resource=${resource.name}", GroupVersionKind: "${gvr}, Kind=${resource.kind}"\nName: "${name}", Namespace: "${namespace}"`;
}

/**
 * Fields that client-side apply owned become the server-side manager's, so that what is no longer in the manifest goes
 * (migrateToSSAIfNecessary; client-go util/csaupgrade). Undefined where there is nothing to migrate.
 */
function migrationPatch(object: KubeObject, manager: string): JsonObject[] | undefined {
  const entries = listAt(object, "metadata", "managedFields").filter(isObject);
  const annotation = ["fieldsV1", "f:metadata", "f:annotations", `f:${LAST_APPLIED}`];
  const isOld = (entry: JsonObject) =>
    entry["operation"] === "Update" &&
    textAt(entry, "subresource") === "" &&
    (entry["manager"] === MANAGER ||
      Object.keys(objectAt(entry, ...annotation.slice(0, 3))).includes(annotation[3] ?? ""));
  const old = entries.filter(isOld);
  if (old.length === 0) return undefined;
  const value = entries
    .filter((entry) => !isOld(entry))
    .map((entry) =>
      entry["manager"] === manager && entry["operation"] === "Apply" && textAt(entry, "subresource") === ""
        ? {
            ...entry,
            fieldsV1: old.reduce((all, one) => joined(all, objectAt(one, "fieldsV1")), objectAt(entry, "fieldsV1")),
          }
        : entry,
    );
  const resourceVersion = textAt(object, "metadata", "resourceVersion");
  return [
    { op: "replace", path: "/metadata/managedFields", value },
    { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
  ];
}

/** Two sets of fields (FieldsV1) as one. */
function joined(a: JsonObject, b: JsonObject): JsonObject {
  const result: JsonObject = { ...a };
  for (const [key, value] of Object.entries(b))
    result[key] = isObject(value) && isObject(result[key]) ? joined(result[key], value) : value;
  return result;
}

async function applyOnServer(invocation: Invocation, target: Target, dryRun: DryRun): Promise<Applied> {
  const { resource, namespace, name, source } = target;
  const { flags } = invocation;
  const rest = await invocation.rest();
  const manager = flags.changed("field-manager") ? flags.string("field-manager") : "kubectl";
  const path = pathOf(resource, namespace, name, flags.string("subresource"));
  const send = () =>
    rest.json("PATCH", path, {
      query: {
        fieldManager: manager,
        force: String(flags.bool("force-conflicts")),
        fieldValidation: fieldValidation(invocation),
        ...dryRunQuery(dryRun),
      },
      // As JSON, which is YAML too (apply.go encodes with UnstructuredJSONScheme).
      body: target.object as KubeObject,
      contentType: "application/apply-patch+yaml",
    });
  try {
    let object = await send();
    if (dryRun === "none" && flags.string("subresource") === "")
      object = await keepLastApplied(invocation, target, object, manager);
    const migration =
      dryRun === "none" && flags.string("subresource") === "" ? migrationPatch(object, manager) : undefined;
    if (migration !== undefined) {
      await rest.json("PATCH", path, {
        body: migration,
        contentType: "application/json-patch+json",
        query: { fieldManager: manager, fieldValidation: fieldValidation(invocation) },
      });
      object = await send();
    }
    return { object, operation: "serverside-applied" };
  } catch (error) {
    if (isApiError(error, "Conflict")) {
      throw new CommandError(
        `${error.message}\nPlease review the fields above--they currently have other managers. Here\nare the ways you can resolve this warning:\n* If you intend to manage all of these fields, please re-run the apply\n  command with the \`--force-conflicts\` flag.\n* If you do not intend to manage all of the fields, please edit your\n  manifest to remove references to the fields that should keep their\n  current managers.\n* You may co-own fields by updating your manifest to match the existing\n  value; in this case, you'll become the manager if the other manager(s)\n  stop managing the field (remove it from their configuration).\nSee https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`,
      );
    }
    throw withSource("applying", source === "" ? nameOf(target.object as KubeObject) : "", error);
  }
}

export const APPLY: Command = {
  name: "apply",
  short: "Apply a configuration to a resource by file name or stdin",
  arguments: "(-f FILENAME | -k DIRECTORY)",
  examples: [
    "kubectl apply -f web.yaml",
    "cat web.yaml | kubectl apply -f -",
    "kubectl apply --server-side -f web.yaml",
  ],
  subcommands: APPLY_SUBCOMMANDS,
  flags: [
    ...FILE_FLAGS,
    ...OUTPUT_FLAGS,
    SELECTOR_FLAG,
    ALL_FLAG,
    DRY_RUN_FLAG,
    VALIDATE_FLAG,
    fieldManagerFlag(MANAGER),
    {
      name: "cascade",
      type: "string",
      default: "background",
      bare: "background",
      usage: "How deletions treat dependents",
    },
    { name: "force", type: "bool", default: "false", usage: "Delete and make anew what cannot be patched" },
    {
      name: "force-conflicts",
      type: "bool",
      default: "false",
      usage: "Take over fields of other managers (with --server-side)",
    },
    { name: "grace-period", type: "int", default: "-1", usage: "Seconds that deleted Pods get to end" },
    RECORD_FLAG,
    SUBRESOURCE_FLAG,
    { name: "openapi-patch", type: "bool", default: "true", usage: "Accepted" },
    { name: "overwrite", type: "bool", default: "true", usage: "Accepted" },
    { name: "prune", type: "bool", default: "false", usage: "Delete objects that are no longer in the input" },
    { name: "prune-allowlist", type: "array", usage: "Kinds to prune" },
    { name: "applyset", type: "string", usage: "Set of objects to prune by" },
    { name: "server-side", type: "bool", default: "false", usage: "Let the server merge" },
    { name: "timeout", type: "duration", default: "0s", usage: "How long to wait for deletions" },
    { name: "wait", type: "bool", default: "false", usage: "Wait for deletions" },
  ],
  run: apply,
};
