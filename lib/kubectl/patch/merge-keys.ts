/** How strategic merge treats lists: the patch strategies compiled into kubectl through the Go structs of k8s.io/api. */

interface ListStrategy {
  /** "" for lists of primitives. */
  readonly key: string;
  readonly retainKeys?: boolean;
}

const CONTAINER: Readonly<Record<string, ListStrategy>> = {
  env: { key: "name" },
  ports: { key: "containerPort" },
  volumeDevices: { key: "devicePath" },
  volumeMounts: { key: "mountPath" },
};
const POD_SPEC: Readonly<Record<string, ListStrategy>> = {
  containers: { key: "name" },
  ephemeralContainers: { key: "name" },
  hostAliases: { key: "ip" },
  imagePullSecrets: { key: "name" },
  initContainers: { key: "name" },
  resourceClaims: { key: "name", retainKeys: true },
  schedulingGates: { key: "name" },
  topologySpreadConstraints: { key: "topologyKey" },
  volumes: { key: "name", retainKeys: true },
};
const METADATA: Readonly<Record<string, ListStrategy>> = { finalizers: { key: "" }, ownerReferences: { key: "uid" } };
const POD_SPEC_PATHS: Readonly<Record<string, string>> = {
  Pod: "spec",
  PodTemplate: "template.spec",
  CronJob: "spec.jobTemplate.spec.template.spec",
};
const WORKLOADS = new Set(["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "ReplicationController"]);

/** Kinds that upstream has Go structs for, by API group; all others (custom resources) use JSON merge patches. */
const BUILT_IN_GROUPS = new Set([
  "",
  "apps",
  "batch",
  "autoscaling",
  "policy",
  "networking.k8s.io",
  "rbac.authorization.k8s.io",
  "storage.k8s.io",
  "scheduling.k8s.io",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "events.k8s.io",
  "node.k8s.io",
  "certificates.k8s.io",
  "admissionregistration.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "flowcontrol.apiserver.k8s.io",
  "resource.k8s.io",
]);
export const hasGoType = (group: string): boolean => BUILT_IN_GROUPS.has(group);

/** The strategy of the list at `path` (field names, list items left out) in an object of `kind`; undefined: replaced whole. */
export function listStrategy(kind: string, path: readonly string[]): ListStrategy | undefined {
  const field = path[path.length - 1] ?? "";
  const parent = path.slice(0, -1).join(".");
  if (parent === "metadata" || parent.endsWith(".metadata")) return METADATA[field];
  const podSpec = POD_SPEC_PATHS[kind] ?? (WORKLOADS.has(kind) ? "spec.template.spec" : "");
  if (podSpec !== "") {
    if (parent === podSpec) return POD_SPEC[field];
    if (["containers", "initContainers", "ephemeralContainers"].some((list) => parent === `${podSpec}.${list}`))
      return CONTAINER[field];
  }
  if (kind === "Service" && parent === "spec" && field === "ports") return { key: "port" };
  if (kind === "ServiceAccount" && parent === "" && field === "secrets") return { key: "name" };
  if (kind === "Node" && parent === "spec" && field === "podCIDRs") return { key: "" };
  if (kind === "Node" && parent === "status" && field === "addresses") return { key: "type" };
  if (parent === "status" && field === "conditions" && kind !== "HorizontalPodAutoscaler") return { key: "type" };
  if (kind === "Pod" && parent === "status" && field === "podIPs") return { key: "ip" };
  return undefined;
}

/** True where the struct at `path` is patched with the retainKeys strategy (a union: leftover fields must go). */
export const retainsKeys = (kind: string, path: readonly string[]): boolean =>
  kind === "Deployment" && path.join(".") === "spec.strategy";
