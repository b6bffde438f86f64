/** A kind is data plus a few pure functions; REST, discovery, OpenAPI, tables, patches and explain are derived. */
import type { FieldError } from "../machinery/status.ts";
import type { Steps } from "../machinery/steps.ts";
import type { KubernetesObject, UserInfo } from "../machinery/types.ts";

/**
 * Shape of a value: the part of OpenAPI v3 that Kubernetes uses, with its list and merge extensions. Drives decoding,
 * strict validation, OpenAPI, explain, editor completion, strategic merge and server-side apply.
 */
export interface Schema {
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  readonly format?: string;
  readonly description?: string;
  /** A shared shape by its dotted name, e.g. "io.k8s.api.core.v1.PodSpec". */
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly "x-kubernetes-patch-strategy"?: string;
  readonly "x-kubernetes-patch-merge-key"?: string;
  readonly "x-kubernetes-list-type"?: "atomic" | "set" | "map";
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-map-type"?: "atomic" | "granular";
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-group-version-kind"?: readonly {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  }[];
}

/** One column of server-side printing. `cell` gets `now` for ages. */
export interface Column<T> {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  readonly format?: string;
  readonly description: string;
  /** 0: always; 1: with -o wide. */
  readonly priority: number;
  cell(object: T, now: number): string | number | boolean;
}

/** What validation may look at beside the object. */
interface ValidationContext {
  /** ms since the epoch, cluster time. */
  readonly now: number;
  /** Who asks, for kinds that remember it. */
  readonly user?: UserInfo;
}

/** How a subresource beside status changes its object. */
interface SubresourceUpdate<T> {
  /** Keeps what this subresource may not change. `object` is a private copy. */
  prepare(object: T, old: T, context: ValidationContext): void;
  validate?(object: T, old: T, context: ValidationContext): FieldError[];
}

export type Subresource =
  | "status"
  | "scale"
  | "log"
  | "exec"
  | "attach"
  | "portforward"
  | "proxy"
  | "eviction"
  | "binding"
  | "ephemeralcontainers"
  | "resize"
  | "finalize"
  | "token"
  | "approval";

export interface ResourceDefinition<T extends KubernetesObject = KubernetesObject> {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  /** Where it is not the kind followed by "List". */
  readonly listKind?: string;
  readonly namespaced: boolean;
  readonly subresources?: readonly Subresource[];
  /** Verbs, where they are not all eight of an ordinary resource. */
  readonly verbs?: readonly string[];
  /** Dotted name of the schema of T, e.g. "io.k8s.api.apps.v1.StatefulSet". */
  readonly schemaName: string;
  readonly columns: readonly Column<T>[];
  /** False where an update must say which resourceVersion it changes (AllowUnconditionalUpdate). Default true. */
  readonly unconditionalUpdate?: boolean;
  /** True where PUT creates what is not there (AllowCreateOnUpdate). Default false. */
  readonly createOnUpdate?: boolean;
  /** Beside metadata.name and metadata.namespace. */
  readonly selectableFields?: Readonly<Record<string, (object: T) => string>>;
  /** Fills what a client may not set, e.g. clears status, sets generation 1. The object is a private copy. */
  prepareForCreate?(object: T, context?: ValidationContext): void;
  /** Keeps what a client may not change (status, ...) and counts the generation. `object` is a private copy. */
  prepareForUpdate?(object: T, old: T, context?: ValidationContext): void;
  prepareForStatusUpdate?(object: T, old: T, context?: ValidationContext): void;
  applyDefaults?(object: T): void;
  /** Lets a new object have in common with others what it has in common (machinery/share.ts). In place. */
  share?(object: T): void;
  validate?(object: T, context: ValidationContext): FieldError[];
  /** In steps where saying what is wrong takes long. */
  validateUpdate?(object: T, old: T, context: ValidationContext): FieldError[] | Steps<FieldError[]>;
  validateStatusUpdate?(object: T, old: T, context: ValidationContext): FieldError[];
  /** Goes as a warning with every answer, whatever was asked (an API that is deprecated). */
  readonly deprecation?: string;
  /** Subresources that take and give whole objects, as status does. */
  readonly subresourceUpdates?: Readonly<Partial<Record<Subresource, SubresourceUpdate<T>>>>;
  /** Warnings that go with an accepted object, in upstream's words. */
  warnings?(object: T, old: T | undefined): string[];
  /** Seconds a deletion waits for somebody to finish it (Pods); undefined: gone at once where no finalizer holds it. */
  gracePeriod?(object: T, requested: number | undefined): number | undefined;
}
