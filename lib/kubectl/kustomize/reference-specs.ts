/** Which fields of which kinds hold names of which others (kustomize builtinpluginconsts/namereference.go), as rules that expand to them. */
import type { FieldSpec } from "./field-specs.ts";
import type { Gvk } from "./resource.ts";

export interface ReferenceRule {
  readonly target: Partial<Gvk>;
  readonly fields: readonly FieldSpec[];
}

/** Where a Pod's spec stands. */
const POD_SPECS: Readonly<Record<string, string>> = {
  Pod: "spec",
  PodTemplate: "template/spec",
  Deployment: "spec/template/spec",
  ReplicaSet: "spec/template/spec",
  DaemonSet: "spec/template/spec",
  StatefulSet: "spec/template/spec",
  Job: "spec/template/spec",
  ReplicationController: "spec/template/spec",
  CronJob: "spec/jobTemplate/spec/template/spec",
};
/** Upstream's table leaves some kinds out, and so do we: what is not renamed there is not renamed here. */
const WITH_CONFIGURATION = [
  "Pod",
  "PodTemplate",
  "Deployment",
  "ReplicaSet",
  "DaemonSet",
  "StatefulSet",
  "Job",
  "CronJob",
];
const WITH_OTHERS = ["Pod", "StatefulSet", "Deployment", "ReplicationController", "CronJob", "Job", "DaemonSet"];

const inPods = (kinds: readonly string[], paths: readonly string[]): FieldSpec[] =>
  kinds.flatMap((kind) => paths.map((path) => ({ kind, path: `${POD_SPECS[kind]}/${path}` })));
const inKinds = (kinds: readonly string[], path: string, group = ""): FieldSpec[] =>
  kinds.map((kind) => ({ kind, path, ...(group === "" ? {} : { group }) }));

const RBAC = "rbac.authorization.k8s.io";
const inContainers = (field: string): string[] => [`containers/${field}`, `initContainers/${field}`];
const ingressAnnotation = (name: string): FieldSpec => ({
  kind: "Ingress",
  path: `metadata/annotations/${name.replaceAll("/", "\\/")}`,
});

export const REFERENCES: readonly ReferenceRule[] = [
  ...["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"].map((kind) => ({
    target: { kind },
    fields: inKinds(["HorizontalPodAutoscaler"], "spec/scaleTargetRef/name"),
  })),
  {
    target: { kind: "ConfigMap", version: "v1" },
    fields: [
      ...inPods(WITH_CONFIGURATION, [
        "volumes/configMap/name",
        ...inContainers("env/valueFrom/configMapKeyRef/name"),
        ...inContainers("envFrom/configMapRef/name"),
        "volumes/projected/sources/configMap/name",
      ]),
      { kind: "Node", path: "spec/configSource/configMap" },
      ...inKinds(["Role", "ClusterRole"], "rules/resourceNames"),
      ingressAnnotation("nginx.ingress.kubernetes.io/fastcgi-params-configmap"),
    ],
  },
  {
    target: { kind: "Secret", version: "v1" },
    fields: [
      ...inPods(WITH_CONFIGURATION, [
        "volumes/secret/secretName",
        ...inContainers("env/valueFrom/secretKeyRef/name"),
        ...inContainers("envFrom/secretRef/name"),
        "imagePullSecrets/name",
        "volumes/projected/sources/secret/name",
      ]),
      { kind: "Ingress", path: "spec/tls/secretName" },
      ...[
        "ingress.kubernetes.io/auth-secret",
        "nginx.ingress.kubernetes.io/auth-secret",
        "nginx.ingress.kubernetes.io/auth-tls-secret",
      ].map(ingressAnnotation),
      { kind: "ServiceAccount", path: "imagePullSecrets/name" },
      ...["secretName", "adminSecretName", "userSecretName", "secretRef"].map((field) => ({
        kind: "StorageClass",
        path: `parameters/${field}`,
      })),
      ...inKinds(["Role", "ClusterRole"], "rules/resourceNames"),
      { kind: "PersistentVolume", path: "spec/azureFile/secretName" },
    ],
  },
  {
    target: { kind: "Service", version: "v1" },
    fields: [
      { kind: "StatefulSet", group: "apps", path: "spec/serviceName" },
      ...[
        "spec/rules/http/paths/backend/serviceName",
        "spec/backend/serviceName",
        "spec/rules/http/paths/backend/service/name",
        "spec/defaultBackend/service/name",
      ].map((path) => ({ kind: "Ingress", path })),
      { kind: "APIService", group: "apiregistration.k8s.io", path: "spec/service/name" },
      ...inKinds(
        ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"],
        "webhooks/clientConfig/service",
        "admissionregistration.k8s.io",
      ),
      { kind: "HTTPRoute", path: "spec/rules/backendRefs/name" },
    ],
  },
  { target: { kind: "Role", group: RBAC }, fields: inKinds(["RoleBinding"], "roleRef/name", RBAC) },
  {
    target: { kind: "ClusterRole", group: RBAC },
    fields: inKinds(["RoleBinding", "ClusterRoleBinding"], "roleRef/name", RBAC),
  },
  {
    target: { kind: "ServiceAccount", version: "v1" },
    fields: [
      ...inKinds(["RoleBinding", "ClusterRoleBinding"], "subjects", RBAC),
      ...inPods(WITH_OTHERS, ["serviceAccountName"]),
    ],
  },
  {
    target: { kind: "PersistentVolumeClaim", version: "v1" },
    fields: inPods(WITH_OTHERS, ["volumes/persistentVolumeClaim/claimName"]),
  },
  {
    target: { kind: "PersistentVolume", version: "v1" },
    fields: [
      { kind: "PersistentVolumeClaim", path: "spec/volumeName" },
      { kind: "ClusterRole", path: "rules/resourceNames" },
    ],
  },
  {
    target: { kind: "StorageClass", version: "v1", group: "storage.k8s.io" },
    fields: [
      ...inKinds(["PersistentVolume", "PersistentVolumeClaim"], "spec/storageClassName"),
      { kind: "StatefulSet", path: "spec/volumeClaimTemplates/spec/storageClassName" },
    ],
  },
  {
    target: { kind: "PriorityClass", version: "v1", group: "scheduling.k8s.io" },
    fields: inPods(WITH_OTHERS, ["priorityClassName"]),
  },
];
