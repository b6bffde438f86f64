/** The resources an API server serves: built-in ones, and custom ones that come and go. */
import type { ResourceDefinition, Schema } from "../api/definition.ts";
import type { GroupResource } from "../machinery/status.ts";
import type { KubernetesObject } from "../machinery/types.ts";

/** Other versions or groups over one storage: how objects are turned into the stored shape and back. */
interface Conversion {
  toStorage(object: KubernetesObject): KubernetesObject;
  fromStorage(object: KubernetesObject): KubernetesObject;
}

/** One resource in one version, as it is served. */
export interface Served {
  readonly definition: ResourceDefinition;
  readonly groupResource: GroupResource;
  readonly apiVersion: string;
  /** Where the store keeps it: "pods", "statefulsets.apps"; the same for all versions of a resource. */
  readonly key: string;
  readonly conversion?: Conversion;
  /** The apiVersion that custom resources are stored in, where it is not this one. */
  readonly storageApiVersion?: string;
  /** Made from a CustomResourceDefinition. */
  readonly custom?: CustomResource;
}

/** What is particular to a custom resource. */
interface CustomResource {
  /** Name of its CustomResourceDefinition. */
  readonly definitionName: string;
  /** Fills defaults, drops unknown fields, coerces nothing. */
  prune(object: KubernetesObject): string[];
  /** Where replicas are, for the scale subresource: dotted paths, e.g. ".spec.replicas". */
  readonly scale?: {
    readonly specReplicasPath: string;
    readonly statusReplicasPath: string;
    readonly labelSelectorPath?: string;
  };
}

/** Schemas by dotted name; parsed when first asked for. */
interface SchemaSource {
  get(name: string): Schema | undefined;
  /** With descriptions, for OpenAPI. */
  described(name: string): Schema | undefined;
}

export interface ApiDefinitions {
  readonly resources: readonly ResourceDefinition[];
  /** Shared shapes by dotted name. */
  readonly schemas: SchemaSource;
  /** Conversions by "group/version/plural", with the storage key they share. */
  readonly conversions?: Readonly<Record<string, { readonly key: string } & Conversion>>;
}

export const apiVersionOf = (definition: { readonly group: string; readonly version: string }) =>
  definition.group === "" ? definition.version : `${definition.group}/${definition.version}`;

const storageKey = (definition: { readonly group: string; readonly plural: string }) =>
  definition.group === "" ? definition.plural : `${definition.plural}.${definition.group}`;

/** What is served, by "apiVersion/plural", and what the store's keys stand for. */
interface Tables {
  readonly served: Map<string, Served>;
  readonly byKey: Map<string, Served>;
}

/** Tables of built-in resources: the same for all clusters of a process, which copy them when they serve something else. */
const builtInTables = new WeakMap<ApiDefinitions, Tables>();

function tablesOf(api: ApiDefinitions): Tables {
  let tables = builtInTables.get(api);
  if (tables === undefined) {
    tables = { served: new Map(), byKey: new Map() };
    for (const definition of api.resources) {
      const conversion = api.conversions?.[`${apiVersionOf(definition)}/${definition.plural}`];
      enter(tables, {
        definition,
        groupResource: { group: definition.group, resource: definition.plural },
        apiVersion: apiVersionOf(definition),
        key: conversion?.key ?? storageKey(definition),
        ...(conversion === undefined ? {} : { conversion }),
      });
    }
    builtInTables.set(api, tables);
  }
  return tables;
}

function enter({ served: all, byKey }: Tables, served: Served): void {
  all.set(`${served.apiVersion}/${served.definition.plural}`, served);
  const isStorage =
    served.custom === undefined ? served.conversion === undefined : served.storageApiVersion === undefined;
  if (isStorage || !byKey.has(served.key)) byKey.set(served.key, served);
}

export class Definitions {
  #tables: Tables;
  /** The tables are this cluster's own. */
  #own = false;
  readonly #builtIn: SchemaSource;
  readonly #schemas = new Map<string, Schema>();
  readonly #listeners = new Set<() => void>();
  /** Counts changes of what is served: discovery and OpenAPI documents are kept per generation. */
  generation = 0;

  constructor(api: ApiDefinitions) {
    this.#builtIn = api.schemas;
    this.#tables = tablesOf(api);
  }

  add(served: Served, schemas: Readonly<Record<string, Schema>> = {}): void {
    for (const [name, schema] of Object.entries(schemas)) this.#schemas.set(name, schema);
    enter(this.#ownTables(), served);
    this.generation++;
    for (const listener of this.#listeners) listener();
  }

  remove(apiVersion: string, plural: string): void {
    const served = this.get(apiVersion, plural);
    if (served === undefined) return;
    const tables = this.#ownTables();
    tables.served.delete(`${apiVersion}/${plural}`);
    if (tables.byKey.get(served.key) === served) tables.byKey.delete(served.key);
    this.generation++;
    for (const listener of this.#listeners) listener();
  }

  get(apiVersion: string, plural: string): Served | undefined {
    return this.#tables.served.get(`${apiVersion}/${plural}`);
  }

  /** By the key the store uses: the version objects are stored in. */
  stored(key: string): Served | undefined {
    return this.#tables.byKey.get(key);
  }

  /**
   * Whose rules hold for objects written through `served`: those of the stored version for built-in kinds, which are
   * converted first (what is valid is the version's own affair: events.k8s.io is stricter than v1); the version's own
   * for custom resources, whose versions differ in schema but not in shape.
   */
  writtenAs(served: Served): Served {
    if (served.conversion === undefined || served.custom !== undefined) return served;
    const stored = this.#tables.byKey.get(served.key);
    if (stored === undefined) return served;
    const { validate, validateUpdate } = served.definition;
    if (validate === stored.definition.validate) return stored;
    const rules = { ...(validate && { validate }), ...(validateUpdate && { validateUpdate }) };
    return { ...stored, definition: { ...stored.definition, ...rules } };
  }

  byKind(apiVersion: string, kind: string): Served | undefined {
    for (const served of this.#tables.served.values())
      if (served.apiVersion === apiVersion && served.definition.kind === kind) return served;
    return undefined;
  }

  all(): Served[] {
    return [...this.#tables.served.values()];
  }

  #ownTables(): Tables {
    if (!this.#own) {
      this.#own = true;
      this.#tables = { served: new Map(this.#tables.served), byKey: new Map(this.#tables.byKey) };
    }
    return this.#tables;
  }

  schema(name: string): Schema | undefined {
    return this.#schemas.get(name) ?? this.#builtIn.get(name);
  }

  /** With descriptions, for OpenAPI. */
  describedSchema(name: string): Schema | undefined {
    return this.#schemas.get(name) ?? this.#builtIn.described(name);
  }
}
