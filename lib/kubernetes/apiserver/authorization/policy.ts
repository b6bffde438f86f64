/** The roles every cluster has for people and for discovery (bootstrappolicy/policy.go). */

interface Rule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  nonResourceURLs?: string[];
}

const READ = ["get", "list", "watch"];
const WRITE = ["create", "delete", "deletecollection", "patch", "update"];
const rule = (verbs: string[], apiGroups: string[], resources: string[]): Rule => ({ verbs, apiGroups, resources });
const path = (...nonResourceURLs: string[]): Rule => ({ verbs: ["get"], nonResourceURLs });

const CORE_VIEW = [
  "configmaps",
  "endpoints",
  "persistentvolumeclaims",
  "persistentvolumeclaims/status",
  "pods",
  "replicationcontrollers",
  "replicationcontrollers/scale",
  "serviceaccounts",
  "services",
  "services/status",
  "bindings",
  "events",
  "limitranges",
  "namespaces/status",
  "pods/log",
  "pods/status",
  "replicationcontrollers/status",
  "resourcequotas",
  "resourcequotas/status",
  "namespaces",
];
const APPS = [
  "daemonsets",
  "deployments",
  "deployments/scale",
  "replicasets",
  "replicasets/scale",
  "statefulsets",
  "statefulsets/scale",
];
const CORE_EDIT = [
  "pods",
  "pods/attach",
  "pods/exec",
  "pods/portforward",
  "pods/proxy",
  "configmaps",
  "endpoints",
  "persistentvolumeclaims",
  "replicationcontrollers",
  "replicationcontrollers/scale",
  "secrets",
  "serviceaccounts",
  "services",
  "services/proxy",
  "events",
];
const VIEW: Rule[] = [
  rule(READ, [""], CORE_VIEW),
  rule(READ, ["discovery.k8s.io"], ["endpointslices"]),
  rule(READ, ["apps"], ["controllerrevisions", ...APPS]),
  rule(READ, ["autoscaling"], ["horizontalpodautoscalers"]),
  rule(READ, ["batch"], ["cronjobs", "jobs"]),
  rule(READ, ["policy"], ["poddisruptionbudgets"]),
  rule(READ, ["networking.k8s.io"], ["ingresses", "networkpolicies"]),
  rule(READ, ["metrics.k8s.io"], ["pods", "nodes"]),
];
const EDIT: Rule[] = [
  ...VIEW,
  rule(READ, [""], ["pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy"]),
  rule(["impersonate"], [""], ["serviceaccounts"]),
  rule(WRITE, [""], CORE_EDIT),
  rule(["create"], [""], ["pods/eviction", "serviceaccounts/token"]),
  rule(WRITE, ["apps"], [...APPS, "deployments/rollback"]),
  rule(WRITE, ["autoscaling"], ["horizontalpodautoscalers"]),
  rule(WRITE, ["batch"], ["cronjobs", "jobs"]),
  rule(WRITE, ["policy"], ["poddisruptionbudgets"]),
  rule(WRITE, ["networking.k8s.io"], ["ingresses", "networkpolicies"]),
  rule([...READ, ...WRITE], ["coordination.k8s.io"], ["leases"]),
];
const ADMIN: Rule[] = [
  ...EDIT,
  rule(["create"], ["authorization.k8s.io"], ["localsubjectaccessreviews"]),
  rule([...READ, ...WRITE], ["rbac.authorization.k8s.io"], ["roles", "rolebindings"]),
];

export const DEFAULT_ROLES: readonly {
  readonly name: string;
  readonly rules: readonly Rule[];
  readonly labels?: Record<string, string>;
}[] = [
  { name: "cluster-admin", rules: [rule(["*"], ["*"], ["*"]), { verbs: ["*"], nonResourceURLs: ["*"] }] },
  { name: "admin", rules: ADMIN },
  { name: "edit", rules: EDIT, labels: { "rbac.authorization.k8s.io/aggregate-to-admin": "true" } },
  { name: "view", rules: VIEW, labels: { "rbac.authorization.k8s.io/aggregate-to-edit": "true" } },
  {
    name: "system:basic-user",
    rules: [
      rule(["create"], ["authorization.k8s.io"], ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]),
      rule(["create"], ["authentication.k8s.io"], ["selfsubjectreviews"]),
    ],
  },
  {
    name: "system:discovery",
    rules: [
      path(
        "/api",
        "/api/*",
        "/apis",
        "/apis/*",
        "/healthz",
        "/livez",
        "/openapi",
        "/openapi/*",
        "/readyz",
        "/version",
        "/version/",
      ),
    ],
  },
  { name: "system:public-info-viewer", rules: [path("/healthz", "/livez", "/readyz", "/version", "/version/")] },
];

export const DEFAULT_BINDINGS: readonly {
  readonly name: string;
  readonly role: string;
  readonly groups: readonly string[];
}[] = [
  { name: "cluster-admin", role: "cluster-admin", groups: ["system:masters"] },
  { name: "system:basic-user", role: "system:basic-user", groups: ["system:authenticated"] },
  { name: "system:discovery", role: "system:discovery", groups: ["system:authenticated"] },
  {
    name: "system:public-info-viewer",
    role: "system:public-info-viewer",
    groups: ["system:authenticated", "system:unauthenticated"],
  },
];
