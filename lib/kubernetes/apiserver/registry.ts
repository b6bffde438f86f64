/**
 * The generic registry: what every resource does on create, update and delete, in upstream's order
 * (apiserver registry/generic/registry/store.go, registry/rest/{create,update,delete}.go). Synchronous; `creating` and
 * `updating` are the same in steps, for objects so large that others should run in between.
 */
import type { Clock } from "../../clock/index.ts";
import type { Subresource } from "../api/definition.ts";
import { clone, deepEqual, reuse } from "../machinery/clone.ts";
import { invalid } from "../machinery/invalid.ts";
import { generatedName, uuid } from "../machinery/names.ts";
import { refuseTooLarge } from "../machinery/size.ts";
import {
  alreadyExists,
  badRequest,
  conflict,
  type FieldError,
  isStatusError,
  notFound,
  StatusError,
} from "../machinery/status.ts";
import { atOnce, type Steps } from "../machinery/steps.ts";
import { parseTime, rfc3339 } from "../machinery/time.ts";
import type { KubernetesObject } from "../machinery/types.ts";
import type { Store } from "../store/store.ts";
import type { DeleteOptions } from "./client.ts";
import type { Served } from "./definitions.ts";
import { deletionFinalizers, type Propagation } from "./deletion.ts";
import { inheritMetadata, markAsDeleting, orderFields, validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import type { AdmissionAttributes, AdmissionPlugin, WriteContext } from "./request.ts";

const OPTIMISTIC_LOCK = "the object has been modified; please apply your changes to the latest version and try again";
const VERSION_IS_NEEDED: FieldError = {
  type: "FieldValueInvalid",
  field: "metadata.resourceVersion",
  value: 0,
  detail: "must be specified for an update",
};
const GENERATE_NAME_ATTEMPTS = 8;
/** Updates in steps that find the object changed by others start again so often; then nobody may come between. */
const ATTEMPTS_IN_STEPS = 3;
const DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io";
/** Keeps a CustomResourceDefinition until its objects are gone. */
export const CLEANUP = "customresourcecleanup.apiextensions.k8s.io";

/** Keeps `metadata.managedFields` true to who set what. */
export interface FieldOwnership {
  /** `next` after an ordinary write by `context.fieldManager`; undefined `old`: it was created. Changes `next` in place. */
  update(
    served: Served,
    old: KubernetesObject | undefined,
    next: KubernetesObject,
    subresource: Subresource | undefined,
    context: WriteContext,
  ): Steps<void>;
}

interface RegistryOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly admission: readonly AdmissionPlugin[];
  readonly ownership?: FieldOwnership;
  /** Gives out what must be unique over all objects of a kind (addresses of Services), by storage key. */
  readonly allocators?: Readonly<Record<string, (object: KubernetesObject) => FieldError[]>>;
}

/** How a deletion ended: gone, or an object that waits for finalizers or its grace period. */
export interface Deletion {
  readonly object: KubernetesObject;
  readonly gone: boolean;
}

interface UpdateOptions {
  readonly subresource?: Subresource;
  /** Create where nothing is there (PUT and apply on kinds that allow it). */
  readonly uid?: string;
}

export class Registry {
  readonly #clock: Clock;
  readonly #store: Store;
  readonly #admission: readonly AdmissionPlugin[];
  readonly #ownership: FieldOwnership | undefined;
  readonly #allocators: Readonly<Record<string, (object: KubernetesObject) => FieldError[]>>;

  constructor(options: RegistryOptions) {
    this.#clock = options.clock;
    this.#store = options.store;
    this.#admission = options.admission;
    this.#ownership = options.ownership;
    this.#allocators = options.allocators ?? {};
  }

  find(served: Served, namespace: string | undefined, name: string): KubernetesObject | undefined {
    return this.#store.get(served.key, served.definition.namespaced ? namespace : undefined, name);
  }

  get(served: Served, namespace: string | undefined, name: string): KubernetesObject {
    const object = this.find(served, namespace, name);
    if (object === undefined) throw notFound(served.groupResource, name);
    return object;
  }

  /** `object` becomes the registry's: callers pass a private copy in storage version. */
  create(
    served: Served,
    namespace: string | undefined,
    object: KubernetesObject,
    context: WriteContext,
  ): KubernetesObject {
    return atOnce(this.creating(served, namespace, object, context));
  }

  *creating(
    served: Served,
    namespace: string | undefined,
    object: KubernetesObject,
    context: WriteContext,
  ): Steps<KubernetesObject> {
    const { definition } = served;
    const { metadata } = object;
    if (metadata.resourceVersion) throw resourceVersionOnCreate();
    if (definition.namespaced) {
      if (!metadata.namespace) metadata.namespace = namespace ?? "";
      else if (metadata.namespace !== namespace) throw namespaceMismatch();
    }
    definition.applyDefaults?.(object);
    delete metadata.deletionTimestamp;
    delete metadata.deletionGracePeriodSeconds;
    if (metadata.managedFields !== undefined && this.#ownership === undefined) delete metadata.managedFields;
    yield;
    if (this.#ownership !== undefined) yield* this.#ownership.update(served, undefined, object, undefined, context);
    yield;
    this.#admit("admit", served, undefined, "CREATE", namespace, object, undefined, context);
    const place = this.#placeOf(served, namespace);
    yield;
    const generated = !metadata.name && metadata.generateName ? metadata.generateName : undefined;
    for (let attempt = 1; ; attempt++) {
      if (generated !== undefined) metadata.name = generatedName(generated, () => this.#clock.random());
      try {
        return yield* this.#createNamed(served, namespace, attempt === 1 ? object : clone(object), context, place);
      } catch (error) {
        const again =
          generated !== undefined && attempt < GENERATE_NAME_ATTEMPTS && isStatusError(error, "AlreadyExists");
        if (!again) throw error;
      }
    }
  }

  /** What has to be there for an object to be: its namespace, and the definition of a custom kind. */
  #placeOf(served: Served, namespace: string | undefined): readonly (KubernetesObject | undefined)[] {
    const { namespaced, plural, group } = served.definition;
    return [
      namespaced ? this.#store.get("namespaces", undefined, namespace ?? "") : undefined,
      served.custom === undefined ? undefined : this.#store.get(DEFINITIONS, undefined, `${plural}.${group}`),
    ];
  }

  *#createNamed(
    served: Served,
    namespace: string | undefined,
    object: KubernetesObject,
    context: WriteContext,
    place: readonly (KubernetesObject | undefined)[],
  ): Steps<KubernetesObject> {
    const { definition } = served;
    const { metadata } = object;
    const now = this.#clock.now();
    metadata.creationTimestamp = rfc3339(now);
    metadata.uid = uuid(() => this.#clock.random());
    metadata.resourceVersion = "";
    delete metadata.selfLink;
    definition.prepareForCreate?.(object, { now, user: context.user });
    const allocate = this.#allocators[served.key];
    this.#refuse(served, metadata.name ?? "", allocate?.(object) ?? []);
    this.#refuse(served, metadata.name ?? "", definition.validate?.(object, { now }) ?? []);
    this.#refuse(served, metadata.name ?? "", validateMetadata(definition, metadata));
    context.warnings.push(...(definition.warnings?.(object, undefined) ?? []));
    // What was allocated is nobody else's only while nobody else runs; quota, below, counts at once for the same reason.
    if (allocate === undefined) yield;
    // From here to the store nothing may come between.
    const present = this.#placeOf(served, namespace);
    if (present.some((object, at) => object !== place[at]))
      this.#admit("admit", served, undefined, "CREATE", namespace, object, undefined, context);
    if (place[1] !== undefined && present[1] === undefined) throw notFound(served.groupResource, metadata.name ?? "");
    this.#admit("validate", served, undefined, "CREATE", namespace, object, undefined, context);
    const name = metadata.name ?? "";
    if (this.find(served, namespace, name) !== undefined) throw alreadyExists(served.groupResource, name);
    const ordered = orderFields(object, definition.kind, storedAs(served));
    if (context.dryRun) {
      delete ordered.metadata.resourceVersion;
      return ordered;
    }
    definition.share?.(ordered);
    return this.#put(served, ordered, context);
  }

  /** `change` makes the new object from the stored one (a frozen object: it returns a private copy). */
  update(
    served: Served,
    namespace: string | undefined,
    name: string,
    change: (old: KubernetesObject) => KubernetesObject,
    context: WriteContext,
    options: UpdateOptions = {},
  ): KubernetesObject {
    // biome-ignore lint/correctness/useYield: one step.
    const steps = function* (old: KubernetesObject) {
      return change(old);
    };
    return atOnce(this.updating(served, namespace, name, steps, context, options));
  }

  /** As `update`; `change` runs again where somebody else has changed the object meanwhile (GuaranteedUpdate). */
  *updating(
    served: Served,
    namespace: string | undefined,
    name: string,
    change: (old: KubernetesObject) => Steps<KubernetesObject>,
    context: WriteContext,
    options: UpdateOptions = {},
  ): Steps<KubernetesObject> {
    for (let attempt = 1; attempt <= ATTEMPTS_IN_STEPS; attempt++) {
      const updated = yield* this.#tryUpdate(served, namespace, name, change, context, options);
      if (updated !== undefined) return updated;
    }
    return atOnce(this.#tryUpdate(served, namespace, name, change, context, options)) as KubernetesObject;
  }

  /** Undefined: the object is another by now. */
  *#tryUpdate(
    served: Served,
    namespace: string | undefined,
    name: string,
    change: (old: KubernetesObject) => Steps<KubernetesObject>,
    context: WriteContext,
    options: UpdateOptions,
  ): Steps<KubernetesObject | undefined> {
    const { definition } = served;
    const { subresource } = options;
    const old = this.get(served, namespace, name);
    const next = yield* change(old);
    const now = this.#clock.now();
    const { metadata } = next;
    if (
      definition.namespaced &&
      metadata.namespace !== undefined &&
      metadata.namespace !== "" &&
      metadata.namespace !== namespace
    )
      throw namespaceMismatch();
    if (definition.namespaced) metadata.namespace = namespace ?? "";
    if (metadata.uid && metadata.uid !== old.metadata.uid)
      throw conflict(
        served.groupResource,
        name,
        `StorageError: invalid object, Code: 4, Key: ${etcdKey(served, namespace, name)}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${old.metadata.uid}`,
      );
    if (metadata.resourceVersion && metadata.resourceVersion !== "0") {
      if (metadata.resourceVersion !== old.metadata.resourceVersion)
        throw conflict(served.groupResource, name, OPTIMISTIC_LOCK);
    } else if (definition.unconditionalUpdate === false) {
      // Upstream names the resource here, where other refusals name the kind.
      const resource = { group: definition.group, kind: definition.plural };
      throw invalid(resource, name, [VERSION_IS_NEEDED]);
    }
    definition.applyDefaults?.(next);
    inheritMetadata(metadata, old.metadata);
    yield;
    if (this.#ownership !== undefined) yield* this.#ownership.update(served, old, next, subresource, context);
    yield;
    this.#admit("admit", served, subresource, "UPDATE", namespace, next, old, context);
    yield;
    if (this.find(served, namespace, name) !== old) return undefined;

    let errors: FieldError[] = [];
    if (subresource === undefined || subresource === "scale") {
      definition.prepareForUpdate?.(next, old, { now });
      this.#refuse(served, name, this.#allocators[served.key]?.(next) ?? []);
      if (this.#allocators[served.key] === undefined) yield;
      const found = definition.validateUpdate?.(next, old, { now }) ?? [];
      errors = Array.isArray(found) ? found : yield* found;
      // What is wrong may take long to tell.
      if (errors.length > 0) yield;
    } else if (subresource === "status") {
      definition.prepareForStatusUpdate?.(next, old, { now });
      errors = definition.validateStatusUpdate?.(next, old, { now }) ?? [];
    } else if (definition.subresourceUpdates?.[subresource] !== undefined) {
      const own = definition.subresourceUpdates[subresource];
      own.prepare(next, old, { now, user: context.user });
      errors = own.validate?.(next, old, { now, user: context.user }) ?? [];
    } else if (subresource !== "binding") {
      // What the other subresources may change is up to those who call this.
      countGeneration(next, old);
    }
    this.#refuse(served, name, errors);
    this.#refuse(served, name, validateMetadataUpdate(metadata, old.metadata));
    if (subresource === undefined) context.warnings.push(...(definition.warnings?.(next, old) ?? []));
    if (this.#allocators[served.key] === undefined) yield;
    // From here to the store nothing may come between.
    if (this.find(served, namespace, name) !== old) return undefined;
    this.#admit("validate", served, subresource, "UPDATE", namespace, next, old, context);

    metadata.resourceVersion = old.metadata.resourceVersion ?? "";
    const ordered = orderFields(next, definition.kind, storedAs(served));
    if (this.#finishesDeletion(served, ordered, old)) {
      if (!context.dryRun) this.#remove(served, old, context);
      return ordered;
    }
    const changed = reuse(ordered, old);
    if (changed === old || context.dryRun) return changed;
    // The store writes its version into it.
    if (changed.metadata === old.metadata) changed.metadata = { ...changed.metadata };
    definition.share?.(changed);
    return this.#put(served, changed, context);
  }

  delete(
    served: Served,
    namespace: string | undefined,
    name: string,
    options: DeleteOptions & { readonly orphanDependents?: boolean },
    context: WriteContext,
  ): Deletion {
    const old = this.get(served, namespace, name);
    checkPreconditions(served, old, options.preconditions);
    this.#admit("admit", served, undefined, "DELETE", namespace, undefined, old, context);
    this.#admit("validate", served, undefined, "DELETE", namespace, undefined, old, context);
    if (served.key === "namespaces") return this.#deleteNamespace(served, old, options, context);
    if (served.key === DEFINITIONS && (old.metadata.finalizers ?? []).includes(CLEANUP))
      return this.#deleteDefinition(served, old, context);

    // Deleting changes nothing but metadata.
    const next = { ...old, metadata: clone(old.metadata) };
    const graceful = this.#beginGracefully(served, next, options);
    if (graceful === "pending") return { object: old, gone: false };
    const finalizers = deletionFinalizers(served, next.metadata.finalizers ?? [], options);
    if (finalizers.length > 0) next.metadata.finalizers = finalizers;
    else delete next.metadata.finalizers;
    if (graceful === undefined) {
      if (finalizers.length === 0) return this.#remove(served, old, context);
      markAsDeleting(next.metadata, this.#clock.now());
    }
    const stored = this.#putChanged(served, next, old, context);
    if (finalizers.length > 0 || (graceful ?? 0) > 0) return { object: stored, gone: false };
    return this.#remove(served, stored, context);
  }

  /**
   * BeforeDelete: sets deletionTimestamp and grace period where the kind knows grace. Returns the seconds, "pending"
   * where an earlier deletion already runs and goes on as it is, undefined where the kind has no grace.
   */
  #beginGracefully(served: Served, object: KubernetesObject, options: DeleteOptions): number | "pending" | undefined {
    const { metadata } = object;
    const grace = served.definition.gracePeriod;
    if (grace === undefined) return undefined;
    const running = metadata.deletionGracePeriodSeconds;
    if (metadata.deletionTimestamp !== undefined) {
      if (running === undefined) return undefined;
      const requested = options.gracePeriodSeconds;
      if (requested === undefined || requested >= running) return "pending";
      const started = parseTime(metadata.deletionTimestamp) - running * 1000;
      metadata.deletionTimestamp = rfc3339(started + requested * 1000);
      metadata.deletionGracePeriodSeconds = requested;
      return requested;
    }
    const seconds = grace(object, options.gracePeriodSeconds);
    if (seconds === undefined) return undefined;
    metadata.deletionTimestamp = rfc3339(this.#clock.now() + seconds * 1000);
    metadata.deletionGracePeriodSeconds = seconds;
    if ((metadata.generation ?? 0) > 0) metadata.generation = (metadata.generation ?? 0) + 1;
    return seconds;
  }

  /** A namespace first only turns Terminating; its controller empties it and takes spec.finalizers off. */
  #deleteNamespace(served: Served, old: KubernetesObject, options: Propagation, context: WriteContext): Deletion {
    const spec = (old as { spec?: { finalizers?: readonly string[] } }).spec;
    if (old.metadata.deletionTimestamp === undefined) {
      const next = clone(old) as KubernetesObject & { status?: { phase?: string } };
      next.metadata.deletionTimestamp = rfc3339(this.#clock.now());
      next.status = { ...next.status, phase: "Terminating" };
      if ((next.metadata.finalizers ?? []).length > 0 || options.propagationPolicy === "Orphan") {
        const finalizers = deletionFinalizers(served, next.metadata.finalizers ?? [], options);
        if (finalizers.length > 0) next.metadata.finalizers = finalizers;
      }
      return { object: this.#putChanged(served, next, old, context), gone: false };
    }
    if ((spec?.finalizers ?? []).length > 0 || (old.metadata.finalizers ?? []).length > 0)
      return { object: old, gone: false };
    return this.#remove(served, old, context);
  }

  /** A CustomResourceDefinition says that it goes, and waits until its objects have gone (apiextensions registry Delete). */
  #deleteDefinition(served: Served, old: KubernetesObject, context: WriteContext): Deletion {
    if (old.metadata.deletionTimestamp !== undefined) return { object: old, gone: false };
    const next = clone(old) as KubernetesObject & { status?: { conditions?: unknown[] } };
    const now = rfc3339(this.#clock.now());
    next.metadata.deletionTimestamp = now;
    next.status = {
      ...next.status,
      conditions: [
        ...(next.status?.conditions ?? []),
        {
          type: "Terminating",
          status: "True",
          lastTransitionTime: now,
          reason: "InstanceDeletionPending",
          message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
        },
      ],
    };
    return { object: this.#putChanged(served, next, old, context), gone: false };
  }

  /** An update that takes off what held a dying object back deletes it instead (ShouldDeleteDuringUpdate). */
  #finishesDeletion(served: Served, next: KubernetesObject, old: KubernetesObject): boolean {
    if (old.metadata.deletionTimestamp === undefined || (next.metadata.finalizers ?? []).length > 0) return false;
    if (served.key === "namespaces")
      return ((next as { spec?: { finalizers?: readonly string[] } }).spec?.finalizers ?? []).length === 0;
    return served.key === DEFINITIONS || old.metadata.deletionGracePeriodSeconds === 0;
  }

  #put(served: Served, object: KubernetesObject, context: WriteContext): KubernetesObject {
    refuseTooLarge(object, served.custom !== undefined);
    return this.#store.put(served.key, object, { time: this.#clock.now(), actor: context.user.name });
  }

  #putChanged(served: Served, next: KubernetesObject, old: KubernetesObject, context: WriteContext): KubernetesObject {
    const ordered = orderFields(next, served.definition.kind, storedAs(served));
    if (deepEqual(ordered, old)) return old;
    if (context.dryRun) return ordered;
    return this.#put(served, ordered, context);
  }

  #remove(served: Served, object: KubernetesObject, context: WriteContext): Deletion {
    if (context.dryRun) return { object, gone: true };
    const { namespace, name } = object.metadata;
    const removed = this.#store.remove(served.key, namespace, name ?? "", {
      time: this.#clock.now(),
      actor: context.user.name,
    });
    return { object: removed ?? object, gone: true };
  }

  #refuse(served: Served, name: string, errors: readonly FieldError[]): void {
    if (errors.length > 0) throw invalid(served.definition, name, errors);
  }

  /** Runs a connect request (exec, attach, ...) through admission. */
  connect(served: Served, subresource: Subresource, namespace: string, name: string, context: WriteContext): void {
    this.#admit("admit", served, subresource, "CONNECT", namespace, undefined, undefined, context, name);
    this.#admit("validate", served, subresource, "CONNECT", namespace, undefined, undefined, context, name);
  }

  /** Admission of what is created but not stored here: eviction, binding, tokens. */
  admitSubresource(
    served: Served,
    subresource: Subresource,
    namespace: string | undefined,
    name: string,
    object: KubernetesObject,
    context: WriteContext,
  ): void {
    this.#admit("admit", served, subresource, "CREATE", namespace, object, undefined, context, name);
    this.#admit("validate", served, subresource, "CREATE", namespace, object, undefined, context, name);
  }

  #admit(
    phase: "admit" | "validate",
    served: Served,
    subresource: Subresource | undefined,
    operation: AdmissionAttributes["operation"],
    namespace: string | undefined,
    object: KubernetesObject | undefined,
    oldObject: KubernetesObject | undefined,
    context: WriteContext,
    name = (oldObject ?? object)?.metadata.name ?? "",
  ): void {
    const attributes: AdmissionAttributes = {
      operation,
      served,
      subresource,
      namespace: served.key === "namespaces" ? name : namespace,
      name,
      object,
      oldObject,
      context,
    };
    for (const plugin of this.#admission) plugin[phase]?.(attributes);
  }
}

/** Every object of a resource is stored in one version, whichever it came through. */
const storedAs = (served: Served) => served.storageApiVersion ?? served.apiVersion;

function resourceVersionOnCreate(): StatusError {
  return new StatusError(500, "", "resourceVersion should not be set on objects to be created");
}

function namespaceMismatch(): StatusError {
  return badRequest("the namespace of the provided object does not match the namespace sent on the request");
}

/** A change of the spec counts the generation, whatever subresource makes it. */
function countGeneration(next: KubernetesObject, old: KubernetesObject): void {
  const specOf = (object: KubernetesObject) => (object as { spec?: unknown }).spec;
  const { generation } = old.metadata;
  if (generation !== undefined && !deepEqual(specOf(next), specOf(old))) next.metadata.generation = generation + 1;
}

/** Resources whose path in etcd is not their name (pkg/kubeapiserver/default_storage_factory_builder.go). */
const ETCD_PREFIXES: Readonly<Record<string, string>> = {
  nodes: "minions",
  replicationcontrollers: "controllers",
  services: "services/specs",
  endpoints: "services/endpoints",
  "ingresses.networking.k8s.io": "ingress",
};

/** Some messages show where etcd would keep an object. */
function etcdKey(served: Served, namespace: string | undefined, name: string): string {
  const { group, plural } = served.definition;
  const prefix = ETCD_PREFIXES[served.key] ?? (served.custom === undefined ? plural : `${group}/${plural}`);
  return ["/registry", prefix, ...(served.definition.namespaced ? [namespace] : []), name].join("/");
}

/** Refuses where an object is not the one meant. */
export function checkPreconditions(
  served: Served,
  object: KubernetesObject,
  preconditions: DeleteOptions["preconditions"],
): void {
  const { uid, resourceVersion, name } = object.metadata;
  // Upstream names the kind here, where other conflicts name the resource.
  const kind = { group: served.definition.group, resource: served.definition.kind };
  if (preconditions?.uid !== undefined && preconditions.uid !== uid)
    throw conflict(
      kind,
      name ?? "",
      `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion)
    throw conflict(
      kind,
      name ?? "",
      `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
}
