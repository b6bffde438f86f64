/** One object on its way through a build: what it is now, and every identity it had (kustomize api/resource, kyaml resid). */
import { isObject, type Json, type JsonObject, parseApiVersion, setAt, textAt } from "../object.ts";
import type { Origin } from "./origins.ts";

export interface Gvk {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface Identity extends Gvk {
  readonly name: string;
  readonly namespace: string;
}

/** How a generated object meets one of the same identity. */
export type Behavior = "unspecified" | "create" | "replace" | "merge";

const CLUSTER_SCOPED = new Set(
  (
    "APIService CSIDriver CSINode CertificateSigningRequest ClusterRole ClusterRoleBinding ComponentStatus " +
    "CustomResourceDefinition FlowSchema IngressClass MutatingWebhookConfiguration Namespace Node PersistentVolume " +
    "PodSecurityPolicy PriorityClass PriorityLevelConfiguration RuntimeClass SelfSubjectAccessReview " +
    "SelfSubjectRulesReview StorageClass SubjectAccessReview TokenReview ValidatingAdmissionPolicy " +
    "ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration VolumeAttachment"
  ).split(" "),
);

/** True where the kind is known to live outside namespaces; unknown kinds live inside. */
export const isClusterScoped = ({ kind }: Gvk): boolean => CLUSTER_SCOPED.has(kind);

/** An empty part of a selector matches everything. */
export const isSelected = (gvk: Gvk, selector: Partial<Gvk>): boolean =>
  ((selector.group ?? "") === "" || selector.group === gvk.group) &&
  ((selector.version ?? "") === "" || selector.version === gvk.version) &&
  ((selector.kind ?? "") === "" || selector.kind === gvk.kind);

export const effectiveNamespace = ({ namespace }: Identity): string => namespace || "default";

export const sameNamespace = (a: Identity, b: Identity): boolean =>
  isClusterScoped(a) ? isClusterScoped(b) : effectiveNamespace(a) === effectiveNamespace(b);

export const sameIdentity = (a: Identity, b: Identity): boolean =>
  a.group === b.group && a.version === b.version && a.kind === b.kind && a.name === b.name && sameNamespace(a, b);

/** "Deployment.v1.apps/web.[noNs]" */
export function identityText({ group, version, kind, name, namespace }: Identity): string {
  return `${kind || "[noKind]"}.${version || "[noVer]"}.${group || "[noGrp]"}/${name || "[noName]"}.${namespace || "[noNs]"}`;
}

/** As Go prints the struct with %#v. */
export function identityDump(id: Identity): string {
  const quote = JSON.stringify;
  return `resid.ResId{Gvk:resid.Gvk{Group:${quote(id.group)}, Version:${quote(id.version)}, Kind:${quote(id.kind)}, isClusterScoped:${isClusterScoped(id)}}, Name:${quote(id.name)}, Namespace:${quote(id.namespace)}}`;
}

export class Resource {
  object: JsonObject;
  needsHash = false;
  origin?: Origin;
  behavior: Behavior = "unspecified";
  /** Oldest first. */
  readonly previous: Identity[] = [];
  readonly prefixes: string[] = [];
  readonly suffixes: string[] = [];

  constructor(object: JsonObject) {
    this.object = object;
  }

  get gvk(): Gvk {
    return { ...parseApiVersion(textAt(this.object, "apiVersion")), kind: textAt(this.object, "kind") };
  }
  get name(): string {
    return textAt(this.object, "metadata", "name");
  }
  get namespace(): string {
    return textAt(this.object, "metadata", "namespace");
  }
  get current(): Identity {
    return { ...this.gvk, name: this.name, namespace: this.namespace };
  }
  get original(): Identity {
    return this.previous[0] ?? this.current;
  }
  /** All identities it had and has. */
  get identities(): readonly Identity[] {
    return [...this.previous, this.current];
  }
  /** To be called before the name or namespace changes. */
  remember(): void {
    const now = this.current;
    if (!this.previous.some((one) => sameIdentity(one, now) && one.namespace === now.namespace))
      this.previous.push(now);
  }
  setName(name: string): void {
    setAt(this.object, ["metadata", "name"], name);
  }
}

export const scalarText = (value: Json | undefined): string =>
  value === undefined || value === null || Array.isArray(value) || isObject(value) ? "" : String(value);
