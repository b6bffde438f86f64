/** Field ownership of every write, and server-side apply (apimachinery util/managedfields, structured-merge-diff merge). */
import type { Clock } from "../../clock/index.ts";
import type { Schema, Subresource } from "../api/definition.ts";
import { clone, deepEqual } from "../machinery/clone.ts";
import { emptyObject } from "../machinery/fields/empty-objects.ts";
import {
  difference,
  EMPTY,
  equal,
  type FieldSet,
  fromFieldsV1,
  intersection,
  isEmpty,
  paths,
  union,
} from "../machinery/fields/field-set.ts";
import { compare, fieldSetOf, merge, prune, TypedError } from "../machinery/fields/typed.ts";
import { fitShape, type Resolve } from "../machinery/shape.ts";
import { badRequest, StatusError } from "../machinery/status.ts";
import type { Steps } from "../machinery/steps.ts";
import { rfc3339 } from "../machinery/time.ts";
import type { KubernetesObject, ManagedFieldsEntry } from "../machinery/types.ts";
import { readYaml, yamlWarnings } from "../machinery/yaml-text.ts";
import type { Definitions, Served } from "./definitions.ts";
import { type Manager, write } from "./managed-entries.ts";
import type { FieldOwnership, Registry } from "./registry.ts";
import type { WriteContext } from "./request.ts";

type JsonObject = Record<string, unknown>;

/** Metadata that nobody owns (managedfields stripmeta). */
const UNOWNED_METADATA = [
  "name",
  "namespace",
  "creationTimestamp",
  "selfLink",
  "uid",
  "generation",
  "managedFields",
  "resourceVersion",
];
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
/** Writes that upstream makes around field ownership. */
const UNTRACKED = new Set<Subresource>(["binding"]);

const identity = (entry: ManagedFieldsEntry) =>
  JSON.stringify([
    entry.manager,
    entry.operation,
    entry.operation === "Apply" ? "" : entry.apiVersion,
    entry.subresource ?? "",
  ]);

/** The part of an object that has owners: without kind, what the system sets, and what `subresource` does not write. */
function owned(object: KubernetesObject, served: Served, subresource: Subresource | undefined): JsonObject {
  const { kind: _kind, apiVersion: _apiVersion, metadata, ...rest } = object as KubernetesObject & JsonObject;
  const result: JsonObject = rest;
  const own: JsonObject = { ...metadata };
  for (const field of UNOWNED_METADATA) delete own[field];
  result["metadata"] = own;
  if (subresource === undefined && (served.definition.subresources ?? []).includes("status")) delete result["status"];
  if (subresource === "status") delete result["spec"];
  return result;
}

export class ManagedFields implements FieldOwnership {
  readonly #clock: Clock;
  readonly #definitions: Definitions;
  readonly #resolve: Resolve;

  constructor(clock: Clock, definitions: Definitions) {
    this.#clock = clock;
    this.#definitions = definitions;
    this.#resolve = (name) => definitions.schema(name);
  }

  writtenAs(served: Served): Served {
    return this.#definitions.writtenAs(served);
  }

  schemaOf(served: Served): Schema | undefined {
    return this.#definitions.schema(served.definition.schemaName);
  }

  *update(
    served: Served,
    old: KubernetesObject | undefined,
    next: KubernetesObject,
    subresource: Subresource | undefined,
    context: WriteContext,
  ): Steps<void> {
    if (context.ownershipSettled || (subresource !== undefined && UNTRACKED.has(subresource))) {
      if (!context.ownershipSettled && old !== undefined) keepManagedFields(next, old);
      return;
    }
    const schema = this.schemaOf(served);
    const before =
      old === undefined
        ? { metadata: {}, ...(served.custom === undefined ? emptyObject(served.definition.kind) : {}) }
        : owned(old, served, subresource);
    if (old === undefined) delete (before as JsonObject)["status"];
    const changes = compare(before, owned(next, served, subresource), schema, this.#resolve);
    yield;
    const managers = managersOf(startingEntries(next, old));
    const taken = withoutRoot(union(changes.added, changes.modified));
    const lost = union(taken, withoutRoot(changes.removed));
    const self: ManagedFieldsEntry = {
      manager: context.fieldManager,
      operation: "Update",
      apiVersion: served.apiVersion,
      time: rfc3339(this.#clock.now()),
      fieldsType: "FieldsV1",
      ...(subresource === undefined ? {} : { subresource }),
    };
    const id = identity(self);
    const remaining: Manager[] = [];
    let own: Manager | undefined;
    for (const manager of managers) {
      const set = difference(manager.set, lost);
      if (identity(manager.entry) === id) own = { ...manager, set };
      else if (!isEmpty(set)) remaining.push({ ...manager, set });
    }
    if (!isEmpty(taken)) remaining.push({ entry: self, set: union(own?.set ?? EMPTY, taken) });
    else if (own !== undefined && !isEmpty(own.set)) remaining.push(own);
    yield;
    write(next, remaining);
  }

  /** What applying `config` as `manager` makes of `live`. Throws the 409 of conflicts unless forced. */
  *applied(
    served: Served,
    live: KubernetesObject | undefined,
    config: KubernetesObject,
    subresource: Subresource | undefined,
    context: WriteContext,
    force: boolean,
  ): Steps<KubernetesObject> {
    const schema = this.schemaOf(served);
    const where = `(${config.metadata.namespace ?? ""}/${config.metadata.name}; ${served.definition.group}/${served.definition.version}, Kind=${served.definition.kind})`;
    let set: FieldSet;
    try {
      set = fieldSetOf(owned(config, served, subresource), schema, this.#resolve);
    } catch (error) {
      if (error instanceof TypedError)
        throw new StatusError(500, "", `failed to create typed patch object ${where}: ${error.message}`);
      throw error;
    }
    // A configuration always has metadata; that alone owns nothing.
    set = withoutRoot(set);
    yield;
    const managers = live === undefined ? [] : managersOf(live.metadata.managedFields ?? []);
    const self: ManagedFieldsEntry = {
      manager: context.fieldManager,
      operation: "Apply",
      apiVersion: served.apiVersion,
      time: rfc3339(this.#clock.now()),
      fieldsType: "FieldsV1",
      ...(subresource === undefined ? {} : { subresource }),
    };
    const id = identity(self);
    const previous = managers.find((manager) => identity(manager.entry) === id);
    const others = managers.filter((manager) => manager !== previous);

    const base: JsonObject = live === undefined ? {} : owned(live, served, subresource);
    const merged = merge(base, owned(config, served, subresource), schema, this.#resolve);
    yield;
    const everyone = others.reduce((all, manager) => union(all, manager.set), set);
    const pruned = previous === undefined ? merged : prune(merged, previous.set, everyone, schema, this.#resolve);

    yield;
    const changes = compare(base, pruned, schema, this.#resolve);
    yield;
    const taken = withoutRoot(union(changes.added, changes.modified));
    const conflicts = others
      .map((manager) => ({ ...manager, set: intersection(manager.set, taken) }))
      .filter((manager) => !isEmpty(manager.set));
    if (conflicts.length > 0 && !force) {
      const allowed = this.#lastAppliedFields(served, live, self.manager ?? "", schema);
      const left = conflicts
        .map((manager) => ({ ...manager, set: difference(manager.set, allowed) }))
        .filter((manager) => !isEmpty(manager.set));
      if (left.length > 0) throw applyConflict(left);
    }
    yield;
    const lost = union(taken, withoutRoot(changes.removed));
    const remaining = others
      .map((manager) => ({ ...manager, set: difference(manager.set, lost) }))
      .filter((manager) => !isEmpty(manager.set));
    const unchanged = previous !== undefined && equal(previous.set, set) && isEmpty(lost);
    if (!isEmpty(set)) remaining.push(unchanged ? previous : { entry: self, set });

    yield;
    let next = this.#assemble(served, live, config, pruned as JsonObject, subresource);
    yield;
    if (served.custom === undefined && schema !== undefined && holdsNullItem(config)) {
      next = clone(next);
      fitShape(next, schema, this.#resolve, served.definition.kind, served.definition.schemaName);
    }
    write(next, remaining);
    return next;
  }

  /**
   * What kubectl's client-side apply set last and nobody has changed since: kubectl's server-side apply takes it over
   * without a conflict (managedfields/internal/lastappliedmanager.go).
   */
  #lastAppliedFields(
    served: Served,
    live: KubernetesObject | undefined,
    manager: string,
    schema: Schema | undefined,
  ): FieldSet {
    const text = live?.metadata.annotations?.[LAST_APPLIED];
    if (live === undefined || manager !== "kubectl" || text === undefined) return EMPTY;
    try {
      const last = JSON.parse(text) as KubernetesObject;
      if (last.apiVersion !== served.apiVersion) return EMPTY;
      const fields = owned(last, served, undefined);
      const changed = compare(fields, owned(live, served, undefined), schema, this.#resolve);
      const set = fieldSetOf(fields, schema, this.#resolve);
      return difference(difference(difference(set, changed.modified), changed.added), changed.removed);
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof TypedError) return EMPTY;
      throw error;
    }
  }

  #assemble(
    served: Served,
    live: KubernetesObject | undefined,
    config: KubernetesObject,
    fields: JsonObject,
    subresource: Subresource | undefined,
  ): KubernetesObject {
    const system: JsonObject = {};
    const source = live ?? config;
    for (const field of UNOWNED_METADATA) {
      const value = (source.metadata as JsonObject)[field];
      if (value !== undefined && field !== "managedFields") system[field] = value;
    }
    const next = clone({
      kind: served.definition.kind,
      apiVersion: served.apiVersion,
      ...fields,
      metadata: { ...(fields["metadata"] as JsonObject | undefined), ...system },
    }) as unknown as KubernetesObject & JsonObject;
    // What this write does not touch stays as it is.
    if (live !== undefined)
      for (const part of subresource === "status" ? ["spec"] : ["status"])
        if (next[part] === undefined && (live as KubernetesObject & JsonObject)[part] !== undefined)
          next[part] = clone((live as KubernetesObject & JsonObject)[part]);
    if (config.metadata.resourceVersion) next.metadata.resourceVersion = config.metadata.resourceVersion;
    if (config.metadata.uid) next.metadata.uid = config.metadata.uid;
    return next;
  }
}

function keepManagedFields(next: KubernetesObject, old: KubernetesObject): void {
  if (old.metadata.managedFields === undefined) delete next.metadata.managedFields;
  else next.metadata.managedFields = old.metadata.managedFields;
}

/** A client may send managedFields of its own; `[{}]` drops all of them; none at all keeps those that are there. */
function startingEntries(next: KubernetesObject, old: KubernetesObject | undefined): readonly ManagedFieldsEntry[] {
  const given = next.metadata.managedFields;
  if (given !== undefined && given.length === 1 && deepEqual(given[0], {})) return [];
  if (given !== undefined && given.length > 0 && given.every((entry) => entry.fieldsType === "FieldsV1")) {
    const before = old?.metadata.managedFields;
    return before !== undefined && deepEqual(given, before) ? before : given;
  }
  return old?.metadata.managedFields ?? [];
}

const managersOf = (entries: readonly ManagedFieldsEntry[]): Manager[] =>
  entries.map((entry) => ({ entry, set: fromFieldsV1(entry.fieldsV1 as never) }));

/** The object itself is nobody's. */
const withoutRoot = (set: FieldSet): FieldSet => {
  const metadata = set.children.get("f:metadata");
  if (metadata === undefined || !metadata.self) return set.self ? { ...set, self: false } : set;
  const children = new Map(set.children);
  if (metadata.children.size === 0) children.delete("f:metadata");
  else children.set("f:metadata", { ...metadata, self: false });
  return { self: false, children };
};

function managerText(entry: ManagedFieldsEntry): string {
  let text = JSON.stringify(entry.manager ?? "");
  if (entry.subresource) text += ` with subresource ${JSON.stringify(entry.subresource)}`;
  if (entry.operation !== "Update") return text;
  return `${text} using ${entry.apiVersion}`;
}

function applyConflict(conflicts: readonly Manager[]): StatusError {
  const all = conflicts.flatMap((manager) =>
    paths(manager.set).map((path) => ({ manager: managerText(manager.entry), path })),
  );
  const causes = all.map(({ manager, path }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${manager}`,
    field: path,
  }));
  const [only] = all;
  if (all.length === 1 && only !== undefined)
    return new StatusError(
      409,
      "Conflict",
      `Apply failed with 1 conflict: conflict with ${only.manager}: ${only.path}`,
      { causes },
    );
  const lines = [...new Set(all.map(({ manager }) => manager))]
    .sort()
    .flatMap((manager) => [
      `conflicts with ${manager}:`,
      ...all.filter((item) => item.manager === manager).map(({ path }) => `- ${path}`),
    ]);
  return new StatusError(409, "Conflict", `Apply failed with ${all.length} conflicts: ${lines.join("\n")}`, { causes });
}

interface ApplyOptions {
  readonly context: WriteContext;
  readonly force: boolean;
  readonly validation: "Ignore" | "Warn" | "Strict";
  readonly subresource?: Subresource;
}

/** PATCH with application/apply-patch+yaml. */
export class ServerSideApply {
  readonly #registry: Registry;
  readonly #fields: ManagedFields;

  constructor(registry: Registry, fields: ManagedFields) {
    this.#registry = registry;
    this.#fields = fields;
  }

  *apply(
    requested: Served,
    namespace: string | undefined,
    name: string,
    body: string,
    options: ApplyOptions,
  ): Steps<{ readonly object: KubernetesObject; readonly created: boolean }> {
    const { config: given, repeated } = parseConfiguration(body, requested, namespace, name);
    yield;
    // Fields of built-in kinds are owned in the version they are stored in.
    const served = this.#fields.writtenAs(requested);
    const config = served === requested ? given : (requested.conversion?.toStorage(given) ?? given);
    const { force, subresource } = options;
    const context = { ...options.context, ownershipSettled: true };
    // Upstream applies first and looks for repeated keys then: conflicts come before.
    const checked = (applied: KubernetesObject): KubernetesObject => {
      if (repeated !== undefined && options.validation === "Strict")
        throw badRequest(`error strict decoding YAML: ${repeated}`);
      if (repeated !== undefined && options.validation === "Warn") context.warnings.push(...yamlWarnings(repeated));
      return applied;
    };
    const live = this.#registry.find(served, namespace, name);
    if (live === undefined) {
      if (subresource !== undefined) this.#registry.get(served, namespace, name);
      if (config.metadata.uid)
        throw new StatusError(
          409,
          "Conflict",
          `Operation cannot be fulfilled on ${served.definition.plural} "${name}": uid mismatch: the provided object specified uid ${config.metadata.uid}, and no existing object was found`,
        );
      const object = checked(yield* this.#fields.applied(served, undefined, config, undefined, context, force));
      delete object.metadata.resourceVersion;
      return { object: yield* this.#registry.creating(served, namespace, object, context), created: true };
    }
    const fields = this.#fields;
    const object = yield* this.#registry.updating(
      served,
      namespace,
      name,
      function* (old) {
        return checked(yield* fields.applied(served, old, config, subresource, context, force));
      },
      context,
      subresource === undefined ? {} : { subresource },
    );
    return { object, created: false };
  }
}

/** A list with null in it becomes another one when it is decoded. */
function holdsNullItem(value: unknown): boolean {
  if (value === null || typeof value !== "object") return false;
  if (Array.isArray(value)) return value.some((item) => item === null || holdsNullItem(item));
  return Object.values(value).some(holdsNullItem);
}

function parseConfiguration(body: string, served: Served, namespace: string | undefined, name: string): Configuration {
  const { value, repeated, problem } = readYaml(body);
  if (problem !== undefined) throw badRequest(`error decoding YAML: ${problem.message}`);
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw badRequest("error decoding YAML: the body is no object");
  const config = value as KubernetesObject;
  if (config.apiVersion !== served.apiVersion || config.kind !== served.definition.kind)
    throw badRequest(
      `Incorrect version specified in apply patch. Specified patch version: ${config.apiVersion ?? ""}, expected: ${served.apiVersion}`,
    );
  config.metadata ??= {};
  if (config.metadata.managedFields !== undefined && config.metadata.managedFields !== null)
    throw badRequest("metadata.managedFields must be nil");
  config.metadata.name ??= name;
  if (config.metadata.name !== name)
    throw badRequest(`the name of the object (${config.metadata.name}) does not match the name on the URL (${name})`);
  if (config.metadata.namespace !== undefined && config.metadata.namespace !== namespace)
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  return { config, repeated: repeated === undefined ? undefined : `error converting YAML to JSON: ${repeated}` };
}

interface Configuration {
  readonly config: KubernetesObject;
  /** Keys given twice, in upstream's words. */
  readonly repeated: string | undefined;
}
