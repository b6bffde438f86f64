/** Typed handles of the built-in resources: what clients and controllers name them by. */
import type { KubernetesObject } from "../machinery/types.ts";
import type * as kinds from "./types.ts";

/** Names a resource; the phantom type says what its objects are. */
export interface Resource<T extends KubernetesObject = KubernetesObject> {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** "pods", "statefulsets.apps": where the store keeps it, whatever the version. */
  readonly key: string;
  readonly object?: T;
}

function resource<T extends KubernetesObject>(
  apiVersion: string,
  kind: string,
  plural: string,
  namespaced = true,
): Resource<T> {
  const slash = apiVersion.indexOf("/");
  const group = slash === -1 ? "" : apiVersion.slice(0, slash);
  return {
    group,
    version: apiVersion.slice(slash + 1),
    plural,
    kind,
    namespaced,
    key: group === "" ? plural : `${plural}.${group}`,
  };
}

export const namespaces = resource<kinds.Namespace>("v1", "Namespace", "namespaces", false);
export const nodes = resource<kinds.Node>("v1", "Node", "nodes", false);
export const pods = resource<kinds.Pod>("v1", "Pod", "pods");
export const services = resource<kinds.Service>("v1", "Service", "services");
export const endpoints = resource<kinds.Endpoints>("v1", "Endpoints", "endpoints");
export const endpointSlices = resource<kinds.EndpointSlice>("discovery.k8s.io/v1", "EndpointSlice", "endpointslices");
export const configMaps = resource<kinds.ConfigMap>("v1", "ConfigMap", "configmaps");
export const secrets = resource<kinds.Secret>("v1", "Secret", "secrets");
export const serviceAccounts = resource<kinds.ServiceAccount>("v1", "ServiceAccount", "serviceaccounts");
export const events = resource<kinds.Event>("v1", "Event", "events");
export const persistentVolumes = resource<kinds.PersistentVolume>("v1", "PersistentVolume", "persistentvolumes", false);
export const persistentVolumeClaims = resource<kinds.PersistentVolumeClaim>(
  "v1",
  "PersistentVolumeClaim",
  "persistentvolumeclaims",
);
export const replicationControllers = resource<kinds.ReplicationController>(
  "v1",
  "ReplicationController",
  "replicationcontrollers",
);
export const limitRanges = resource<kinds.LimitRange>("v1", "LimitRange", "limitranges");
export const resourceQuotas = resource<kinds.ResourceQuota>("v1", "ResourceQuota", "resourcequotas");
export const podTemplates = resource<kinds.PodTemplate>("v1", "PodTemplate", "podtemplates");
export const storageClasses = resource<kinds.StorageClass>(
  "storage.k8s.io/v1",
  "StorageClass",
  "storageclasses",
  false,
);
export const volumeAttachments = resource<kinds.VolumeAttachment>(
  "storage.k8s.io/v1",
  "VolumeAttachment",
  "volumeattachments",
  false,
);
export const csiDrivers = resource<kinds.CSIDriver>("storage.k8s.io/v1", "CSIDriver", "csidrivers", false);
export const csiNodes = resource<kinds.CSINode>("storage.k8s.io/v1", "CSINode", "csinodes", false);
export const volumeAttributesClasses = resource<kinds.VolumeAttributesClass>(
  "storage.k8s.io/v1",
  "VolumeAttributesClass",
  "volumeattributesclasses",
  false,
);
export const csiStorageCapacities = resource<kinds.CSIStorageCapacity>(
  "storage.k8s.io/v1",
  "CSIStorageCapacity",
  "csistoragecapacities",
);
export const deployments = resource<kinds.Deployment>("apps/v1", "Deployment", "deployments");
export const replicaSets = resource<kinds.ReplicaSet>("apps/v1", "ReplicaSet", "replicasets");
export const statefulSets = resource<kinds.StatefulSet>("apps/v1", "StatefulSet", "statefulsets");
export const daemonSets = resource<kinds.DaemonSet>("apps/v1", "DaemonSet", "daemonsets");
export const controllerRevisions = resource<kinds.ControllerRevision>(
  "apps/v1",
  "ControllerRevision",
  "controllerrevisions",
);
export const jobs = resource<kinds.Job>("batch/v1", "Job", "jobs");
export const cronJobs = resource<kinds.CronJob>("batch/v1", "CronJob", "cronjobs");
export const podDisruptionBudgets = resource<kinds.PodDisruptionBudget>(
  "policy/v1",
  "PodDisruptionBudget",
  "poddisruptionbudgets",
);
export const networkPolicies = resource<kinds.NetworkPolicy>(
  "networking.k8s.io/v1",
  "NetworkPolicy",
  "networkpolicies",
);
export const ingresses = resource<kinds.Ingress>("networking.k8s.io/v1", "Ingress", "ingresses");
export const ingressClasses = resource<kinds.IngressClass>(
  "networking.k8s.io/v1",
  "IngressClass",
  "ingressclasses",
  false,
);
export const ipAddresses = resource<kinds.IPAddress>("networking.k8s.io/v1", "IPAddress", "ipaddresses", false);
export const serviceCidrs = resource<kinds.ServiceCIDR>("networking.k8s.io/v1", "ServiceCIDR", "servicecidrs", false);
export const roles = resource<kinds.Role>("rbac.authorization.k8s.io/v1", "Role", "roles");
export const roleBindings = resource<kinds.RoleBinding>("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings");
export const clusterRoles = resource<kinds.ClusterRole>(
  "rbac.authorization.k8s.io/v1",
  "ClusterRole",
  "clusterroles",
  false,
);
export const clusterRoleBindings = resource<kinds.ClusterRoleBinding>(
  "rbac.authorization.k8s.io/v1",
  "ClusterRoleBinding",
  "clusterrolebindings",
  false,
);
export const horizontalPodAutoscalers = resource<kinds.HorizontalPodAutoscaler>(
  "autoscaling/v2",
  "HorizontalPodAutoscaler",
  "horizontalpodautoscalers",
);
export const priorityClasses = resource<kinds.PriorityClass>(
  "scheduling.k8s.io/v1",
  "PriorityClass",
  "priorityclasses",
  false,
);
export const certificateSigningRequests = resource<kinds.CertificateSigningRequest>(
  "certificates.k8s.io/v1",
  "CertificateSigningRequest",
  "certificatesigningrequests",
  false,
);
export const leases = resource<kinds.Lease>("coordination.k8s.io/v1", "Lease", "leases");
export const runtimeClasses = resource<kinds.RuntimeClass>("node.k8s.io/v1", "RuntimeClass", "runtimeclasses", false);
export const customResourceDefinitions = resource<kinds.CustomResourceDefinition>(
  "apiextensions.k8s.io/v1",
  "CustomResourceDefinition",
  "customresourcedefinitions",
  false,
);
export const validatingAdmissionPolicies = resource<kinds.ValidatingAdmissionPolicy>(
  "admissionregistration.k8s.io/v1",
  "ValidatingAdmissionPolicy",
  "validatingadmissionpolicies",
  false,
);
export const validatingAdmissionPolicyBindings = resource<kinds.ValidatingAdmissionPolicyBinding>(
  "admissionregistration.k8s.io/v1",
  "ValidatingAdmissionPolicyBinding",
  "validatingadmissionpolicybindings",
  false,
);
