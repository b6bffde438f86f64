/** What kubelets may write, where that depends on the object (plugin/pkg/admission/noderestriction/admission.go). */

import { quote } from "../../../encoding/index.ts";
import { referencesOf } from "../../api/pods/references.ts";
import { csiNodes, leases, nodes, persistentVolumeClaims, pods, serviceAccounts } from "../../api/resources.ts";
import type { Node, PersistentVolumeClaim, Pod } from "../../api/types.ts";
import { clone, deepEqual } from "../../machinery/clone.ts";
import { forbidden, notFound } from "../../machinery/status.ts";
import type { Store } from "../../store/store.ts";
import { nodeIdentity } from "../authorization/node/authorizer.ts";
import { type AdmissionAttributes, type AdmissionPlugin, admissionName } from "../request.ts";
import type { AdmissionDependencies } from "./index.ts";

const MIRROR = "kubernetes.io/config.mirror";
const LEASES = "kube-node-lease";
const RESTRICTED = "node-restriction.kubernetes.io";
/** Labels of Kubernetes' own that kubelets set (staging/src/k8s.io/kubelet/pkg/apis/well_known_labels.go). */
const KUBELET_LABELS: ReadonlySet<string> = new Set([
  "kubernetes.io/hostname",
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
  "node.kubernetes.io/instance-type",
  "beta.kubernetes.io/instance-type",
  "kubernetes.io/os",
  "kubernetes.io/arch",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/arch",
  "node.kubernetes.io/windows-build",
]);
const KUBELET_DOMAINS = ["kubelet.kubernetes.io", "node.kubernetes.io"];

/** A refusal's words; undefined where there is none. */
type Check = (node: string, attributes: AdmissionAttributes, store: Store) => string | undefined;

const within = (domain: string, parent: string) => domain === parent || domain.endsWith(`.${parent}`);

function forbiddenLabels(next: Readonly<Record<string, string>>, old: Readonly<Record<string, string>>): string[] {
  const changed = [...new Set([...Object.keys(next), ...Object.keys(old)])].filter((key) => next[key] !== old[key]);
  return changed
    .filter((key) => {
      const domain = key.includes("/") ? key.slice(0, key.indexOf("/")) : "";
      if (within(domain, RESTRICTED)) return true;
      if (!within(domain, "kubernetes.io") && !within(domain, "k8s.io")) return false;
      return !KUBELET_LABELS.has(key) && !KUBELET_DOMAINS.some((own) => within(domain, own));
    })
    .sort();
}

function existingPod({ served, namespace, name }: AdmissionAttributes, store: Store, podName = name): Pod {
  const pod = store.get(pods.key, namespace, podName) as Pod | undefined;
  if (pod === undefined) throw notFound(served.key === pods.key ? served.groupResource : POD, podName);
  return pod;
}
const POD = { group: "", resource: "pods" };

const mirrorPod: Check = (node, { object }, store) => {
  const pod = object as Pod;
  const named = `node ${quote(node)}`;
  if (pod.metadata.annotations?.[MIRROR] === undefined)
    return `pod does not have ${quote(MIRROR)} annotation, ${named} can only create mirror pods`;
  if (pod.spec?.nodeName !== node) return `${named} can only create pods with spec.nodeName set to itself`;
  const owners = pod.metadata.ownerReferences ?? [];
  if (owners.length > 1) return `${named} can only create pods with a single owner reference set to itself`;
  const [owner] = owners;
  if (owner === undefined || owner.apiVersion !== "v1" || owner.kind !== "Node" || owner.name !== node)
    return `${named} can only create pods with an owner reference set to itself`;
  if (owner.controller !== true) return `${named} can only create pods with a controller owner reference set to itself`;
  if (owner.blockOwnerDeletion === true) return `${named} must not set blockOwnerDeletion on an owner reference`;
  const self = store.get(nodes.key, undefined, node);
  if (self === undefined) throw notFound({ group: "", resource: "nodes" }, node);
  if (owner.uid !== self.metadata.uid)
    return `node ${node} UID mismatch: expected ${owner.uid} got ${self.metadata.uid}`;
  if (pod.spec?.serviceAccountName) return `${named} can not create pods that reference a service account`;
  const { secrets, configMaps } = referencesOf(pod);
  if (secrets.size > 0) return `${named} can not create pods that reference secrets`;
  if (configMaps.size > 0) return `${named} can not create pods that reference configmaps`;
  const volumes = pod.spec?.volumes ?? [];
  if (volumes.some(({ projected }) => projected?.sources?.some((source) => source.clusterTrustBundle !== undefined)))
    return `${named} can not create pods that reference clustertrustbundles`;
  if (volumes.some((volume) => volume.persistentVolumeClaim !== undefined))
    return `${named} can not create pods that reference persistentvolumeclaims`;
  return undefined;
};

const podStatus: Check = (node, { operation, object, oldObject }) => {
  if (operation !== "UPDATE") return `unexpected operation ${quote(operation)}`;
  const next = object as Pod;
  const old = oldObject as Pod;
  if (old.spec?.nodeName !== node)
    return `node ${quote(node)} can only update pod status for pods with spec.nodeName set to itself`;
  if (!deepEqual(next.metadata.labels ?? {}, old.metadata.labels ?? {}))
    return `node ${quote(node)} cannot update labels through pod status`;
  return undefined;
};

const podItself: Check = (node, attributes, store) => {
  if (attributes.operation === "CREATE") return mirrorPod(node, attributes, store);
  if (attributes.operation !== "DELETE")
    return `unexpected operation ${quote(attributes.operation)}, node ${quote(node)} can only create and delete mirror pods`;
  return existingPod(attributes, store).spec?.nodeName === node
    ? undefined
    : `node ${quote(node)} can only delete pods with spec.nodeName set to itself`;
};

const pod: Check = (node, attributes, store) => {
  switch (attributes.subresource) {
    case undefined:
      return podItself(node, attributes, store);
    case "status":
      return podStatus(node, attributes, store);
    case "eviction":
      return existingPod(attributes, store).spec?.nodeName === node
        ? undefined
        : `node ${node} can only evict pods with spec.nodeName set to itself`;
    default:
      return `unexpected pod subresource ${quote(attributes.subresource)}, only 'status' and 'eviction' are allowed`;
  }
};

const nodeObject: Check = (node, { operation, name, object, oldObject }) => {
  if (name !== node) return `node ${quote(node)} is not allowed to modify node ${quote(name)}`;
  const next = object as Node | undefined;
  if (operation === "CREATE") {
    const labels = forbiddenLabels(next?.metadata.labels ?? {}, {});
    return labels.length === 0
      ? undefined
      : `node ${quote(node)} is not allowed to set the following labels: ${labels.join(", ")}`;
  }
  if (operation !== "UPDATE") return undefined;
  const old = oldObject as Node;
  if (!deepEqual(next?.spec?.taints ?? [], old.spec?.taints ?? []))
    return `node ${quote(node)} is not allowed to modify taints`;
  const labels = forbiddenLabels(next?.metadata.labels ?? {}, old.metadata.labels ?? {});
  return labels.length === 0 ? undefined : `is not allowed to modify labels: ${labels.join(", ")}`;
};

/** What of a claim a node may not change. */
function untouchable(claim: PersistentVolumeClaim): unknown {
  const { resourceVersion: _version, managedFields: _fields, ...metadata } = claim.metadata;
  const { capacity, conditions, allocatedResources, allocatedResourceStatuses, ...status } = clone(claim.status ?? {});
  return { metadata, spec: claim.spec, status };
}

const claim: Check = (node, { operation, subresource, object, oldObject }) => {
  if (subresource !== "status") return "may only update PVC status";
  if (operation !== "UPDATE") return `unexpected operation ${quote(operation)}`;
  return deepEqual(untouchable(object as PersistentVolumeClaim), untouchable(oldObject as PersistentVolumeClaim))
    ? undefined
    : `node ${quote(node)} is not allowed to update fields other than status.capacity and status.conditions`;
};

interface TokenRequest {
  readonly spec?: {
    readonly boundObjectRef?: {
      readonly apiVersion?: string;
      readonly kind?: string;
      readonly name?: string;
      readonly uid?: string;
    };
  };
}

const token: Check = (node, attributes, store) => {
  if (attributes.operation !== "CREATE" || attributes.subresource !== "token") return undefined;
  const reference = (attributes.object as TokenRequest | undefined)?.spec?.boundObjectRef;
  if (reference?.apiVersion !== "v1" || reference.kind !== "Pod" || !reference.name)
    return "node requested token not bound to a pod";
  if (!reference.uid) return "node requested token with a pod binding without a uid";
  const bound = existingPod(attributes, store, reference.name);
  if (bound.metadata.uid !== reference.uid)
    return `the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  return bound.spec?.nodeName === node
    ? undefined
    : "node requested token bound to a pod scheduled on a different node";
};

const lease: Check = (node, { namespace, name }) => {
  if (namespace !== LEASES) return `can only access leases in the ${quote(LEASES)} system namespace`;
  return name === node ? undefined : "can only access node lease with the same name as the requesting node";
};

const csiNode: Check = (node, { name }) =>
  name === node ? undefined : "can only access CSINode with the same name as the requesting node";

const CHECKS: Readonly<Record<string, Check>> = {
  [pods.key]: pod,
  [nodes.key]: nodeObject,
  [persistentVolumeClaims.key]: claim,
  [serviceAccounts.key]: token,
  [leases.key]: lease,
  [csiNodes.key]: csiNode,
};

export function nodeRestriction({ store }: AdmissionDependencies): AdmissionPlugin {
  return {
    name: "NodeRestriction",
    admit(attributes) {
      const node = nodeIdentity(attributes.context.user);
      if (node === undefined || attributes.operation === "CONNECT") return;
      const problem =
        node === ""
          ? `could not determine node from user ${quote(attributes.context.user.name)}`
          : CHECKS[attributes.served.key]?.(node, attributes, store);
      if (problem !== undefined) throw forbidden(attributes.served.groupResource, admissionName(attributes), problem);
    },
  };
}
