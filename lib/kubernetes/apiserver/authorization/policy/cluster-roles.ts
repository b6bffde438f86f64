/** ClusterRoles for people, nodes and components (bootstrappolicy/policy.go, v1.34 with its default feature gates). */
import { CORE, type DefaultRule, EVENTS, paths, READ, READ_WRITE, rule, WRITE } from "./rules.ts";

const HEALTH = "/livez /readyz /healthz";
const VERSION = "/version /version/";
const APISERVER_CLIENT = "kubernetes.io/kube-apiserver-client";
const STREAMS = "pods/attach pods/exec pods/portforward pods/proxy";

const VIEW: readonly DefaultRule[] = [
  rule(
    READ,
    CORE,
    "pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status endpoints persistentvolumeclaims persistentvolumeclaims/status configmaps",
  ),
  rule(
    READ,
    CORE,
    "limitranges resourcequotas bindings events pods/status resourcequotas/status namespaces/status replicationcontrollers/status pods/log",
  ),
  rule(READ, CORE, "namespaces"),
  rule(READ, "discovery.k8s.io", "endpointslices"),
  rule(
    READ,
    "apps",
    "controllerrevisions statefulsets statefulsets/status statefulsets/scale daemonsets daemonsets/status deployments deployments/status deployments/scale replicasets replicasets/status replicasets/scale",
  ),
  rule(READ, "autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"),
  rule(READ, "batch", "jobs cronjobs cronjobs/status jobs/status"),
  rule(
    READ,
    "extensions",
    "daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status replicasets replicasets/scale replicasets/status replicationcontrollers/scale networkpolicies",
  ),
  rule(READ, "policy", "poddisruptionbudgets poddisruptionbudgets/status"),
  rule(READ, "networking.k8s.io", "networkpolicies ingresses ingresses/status"),
  rule(READ, "resource.k8s.io", "resourceclaims resourceclaims/status resourceclaimtemplates"),
];

const EDIT: readonly DefaultRule[] = [
  rule(READ, CORE, `${STREAMS} secrets services/proxy`),
  rule("impersonate", CORE, "serviceaccounts"),
  rule(WRITE, CORE, `pods ${STREAMS}`),
  rule("create", CORE, "pods/eviction"),
  rule(
    WRITE,
    CORE,
    "replicationcontrollers replicationcontrollers/scale serviceaccounts services services/proxy persistentvolumeclaims configmaps secrets events",
  ),
  rule("create", CORE, "serviceaccounts/token"),
  rule(
    WRITE,
    "apps",
    "statefulsets statefulsets/scale daemonsets deployments deployments/scale deployments/rollback replicasets replicasets/scale",
  ),
  rule(WRITE, "autoscaling", "horizontalpodautoscalers"),
  rule(WRITE, "batch", "jobs cronjobs"),
  rule(
    WRITE,
    "extensions",
    "daemonsets deployments deployments/scale deployments/rollback ingresses replicasets replicasets/scale replicationcontrollers/scale networkpolicies",
  ),
  rule(WRITE, "policy", "poddisruptionbudgets"),
  rule(WRITE, "networking.k8s.io", "networkpolicies ingresses"),
  rule(READ_WRITE, "coordination.k8s.io", "leases"),
  rule(WRITE, "resource.k8s.io", "resourceclaims resourceclaimtemplates"),
  rule("patch update", CORE, "pods/resize"),
];

const ADMIN: readonly DefaultRule[] = [
  rule("create", "authorization.k8s.io", "localsubjectaccessreviews"),
  rule(READ_WRITE, "rbac.authorization.k8s.io", "roles rolebindings"),
];

const TOKEN_REVIEWS = rule("create", "authentication.k8s.io", "tokenreviews");
const ACCESS_REVIEWS = rule("create", "authorization.k8s.io", "subjectaccessreviews");

/** What the node authorizer gives every node, beside what it gives by relation (NodeRules). */
export const NODE_RULES: readonly DefaultRule[] = [
  TOKEN_REVIEWS,
  rule("create", "authorization.k8s.io", "subjectaccessreviews localsubjectaccessreviews"),
  rule(READ, CORE, "services"),
  rule("create get list watch", CORE, "nodes"),
  rule("update patch", CORE, "nodes/status"),
  rule("update patch", CORE, "nodes"),
  rule("create update patch", "core events.k8s.io", "events"),
  rule(READ, CORE, "pods"),
  rule("create delete", CORE, "pods"),
  rule("update patch", CORE, "pods/status"),
  rule("create", CORE, "pods/eviction"),
  rule(READ, CORE, "secrets configmaps"),
  rule("get", CORE, "persistentvolumeclaims persistentvolumes"),
  rule("get", CORE, "endpoints"),
  rule("create get list watch", "certificates.k8s.io", "certificatesigningrequests"),
  rule("get create update patch delete", "coordination.k8s.io", "leases"),
  rule("get", "storage.k8s.io", "volumeattachments"),
  rule("get update patch", CORE, "persistentvolumeclaims/status"),
  rule("create", CORE, "serviceaccounts/token"),
  rule(READ, "storage.k8s.io", "csidrivers"),
  rule("get create update patch delete", "storage.k8s.io", "csinodes"),
  rule(READ, "node.k8s.io", "runtimeclasses"),
  rule("get", "resource.k8s.io", "resourceclaims"),
  rule("deletecollection", "resource.k8s.io", "resourceslices"),
  rule("create get list watch update patch delete", "resource.k8s.io", "resourceslices"),
];

const SCHEDULER: readonly DefaultRule[] = [
  EVENTS,
  rule("create", "coordination.k8s.io", "leases"),
  rule("get update list watch", "coordination.k8s.io", "leases", "kube-scheduler"),
  rule(READ, CORE, "nodes"),
  rule("get list watch delete", CORE, "pods"),
  rule("create", CORE, "pods/binding bindings"),
  rule("patch update", CORE, "pods/status"),
  rule(READ, CORE, "services replicationcontrollers"),
  rule(READ, "apps extensions", "replicasets"),
  rule(READ, "apps", "statefulsets"),
  rule(READ, "policy", "poddisruptionbudgets"),
  rule(READ, CORE, "persistentvolumeclaims persistentvolumes"),
  TOKEN_REVIEWS,
  ACCESS_REVIEWS,
  rule(READ, "storage.k8s.io", "csinodes"),
  rule(READ, CORE, "namespaces"),
  rule(READ, "storage.k8s.io", "csidrivers"),
  rule(READ, "storage.k8s.io", "csistoragecapacities"),
  rule(READ, "storage.k8s.io", "volumeattachments"),
  rule(READ, "resource.k8s.io", "deviceclasses"),
  rule(`${READ} update patch`, "resource.k8s.io", "resourceclaims"),
  rule("update patch", "resource.k8s.io", "resourceclaims/status"),
  rule("update", CORE, "pods/finalizers"),
  rule(READ, "resource.k8s.io", "resourceslices"),
];

const CONTROLLER_MANAGER: readonly DefaultRule[] = [
  EVENTS,
  rule("create", "coordination.k8s.io", "leases"),
  rule("get update", "coordination.k8s.io", "leases", "kube-controller-manager"),
  rule("create", CORE, "secrets serviceaccounts"),
  rule("delete", CORE, "secrets"),
  rule("get", CORE, "namespaces secrets serviceaccounts configmaps"),
  rule("update", CORE, "secrets serviceaccounts"),
  TOKEN_REVIEWS,
  ACCESS_REVIEWS,
  rule("list watch", "*", "*"),
  rule("create", CORE, "serviceaccounts/token"),
];

const approver = (signer: string) => [rule("approve", "certificates.k8s.io", "signers", signer)];

interface DefaultClusterRole {
  readonly rules: readonly DefaultRule[];
  readonly labels?: Readonly<Record<string, string>>;
  /** Collects the rules of roles that carry this label. */
  readonly aggregates?: string;
  /** Came with this (kubeadm, metrics-server), not with the API server: nobody restores it. */
  readonly addedBy?: string;
}

const AGGREGATE = "rbac.authorization.k8s.io/aggregate-to-";
const to = (...roles: readonly string[]) => Object.fromEntries(roles.map((role) => [`${AGGREGATE}${role}`, "true"]));

export const CLUSTER_ROLES: Readonly<Record<string, DefaultClusterRole>> = {
  "cluster-admin": { rules: [rule("*", "*", "*"), paths("*", "*")] },
  "system:discovery": { rules: [paths(`${HEALTH} ${VERSION} /openapi /openapi/* /api /api/* /apis /apis/*`)] },
  "system:monitoring": {
    rules: [paths(`/metrics /metrics/slis ${HEALTH} /livez/* /readyz/* /healthz/*`)],
  },
  "system:basic-user": {
    rules: [
      rule("create", "authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews"),
      rule("create", "authentication.k8s.io", "selfsubjectreviews"),
    ],
  },
  "system:public-info-viewer": { rules: [paths(`${HEALTH} ${VERSION}`)] },
  admin: { rules: [], aggregates: `${AGGREGATE}admin` },
  edit: { rules: [], labels: to("admin"), aggregates: `${AGGREGATE}edit` },
  view: { rules: [], labels: to("edit"), aggregates: `${AGGREGATE}view` },
  "system:aggregate-to-admin": { rules: ADMIN, labels: to("admin") },
  "system:aggregate-to-edit": { rules: EDIT, labels: to("edit") },
  "system:aggregate-to-view": { rules: VIEW, labels: to("view") },
  "system:heapster": {
    rules: [rule(READ, CORE, "events pods nodes namespaces"), rule(READ, "extensions", "deployments")],
  },
  "system:node": { rules: NODE_RULES },
  "system:node-problem-detector": {
    rules: [rule("get", CORE, "nodes"), rule("patch", CORE, "nodes/status"), EVENTS],
  },
  "system:kubelet-api-admin": {
    rules: [
      rule(READ, CORE, "nodes"),
      rule("proxy", CORE, "nodes"),
      rule("*", CORE, "nodes/proxy nodes/metrics nodes/stats nodes/log nodes/configz nodes/healthz nodes/pods"),
    ],
  },
  "system:node-bootstrapper": {
    rules: [rule("create get list watch", "certificates.k8s.io", "certificatesigningrequests")],
  },
  "system:auth-delegator": { rules: [TOKEN_REVIEWS, ACCESS_REVIEWS] },
  "system:kube-aggregator": { rules: [rule(READ, CORE, "services endpoints")] },
  "system:kube-controller-manager": { rules: CONTROLLER_MANAGER },
  "system:kube-dns": { rules: [rule("list watch", CORE, "endpoints services")] },
  "system:persistent-volume-provisioner": {
    rules: [
      rule("get list watch create delete", CORE, "persistentvolumes"),
      rule("get list watch update", CORE, "persistentvolumeclaims"),
      rule(READ, "storage.k8s.io", "storageclasses"),
      rule("watch", CORE, "events"),
      EVENTS,
    ],
  },
  "system:certificates.k8s.io:certificatesigningrequests:nodeclient": {
    rules: [rule("create", "certificates.k8s.io", "certificatesigningrequests/nodeclient")],
  },
  "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient": {
    rules: [rule("create", "certificates.k8s.io", "certificatesigningrequests/selfnodeclient")],
  },
  "system:volume-scheduler": {
    rules: [
      rule(`${READ} update patch`, CORE, "persistentvolumes"),
      rule(READ, "storage.k8s.io", "storageclasses"),
      rule(`${READ} update patch`, CORE, "persistentvolumeclaims"),
    ],
  },
  "system:certificates.k8s.io:legacy-unknown-approver": { rules: approver("kubernetes.io/legacy-unknown") },
  "system:certificates.k8s.io:kubelet-serving-approver": { rules: approver("kubernetes.io/kubelet-serving") },
  "system:certificates.k8s.io:kube-apiserver-client-approver": { rules: approver(APISERVER_CLIENT) },
  "system:certificates.k8s.io:kube-apiserver-client-kubelet-approver": {
    rules: approver(`${APISERVER_CLIENT}-kubelet`),
  },
  "system:service-account-issuer-discovery": {
    rules: [paths("/.well-known/openid-configuration /openid/v1/jwks")],
  },
  "system:node-proxier": {
    rules: [
      rule("list watch", CORE, "services endpoints"),
      rule(READ, CORE, "nodes"),
      EVENTS,
      rule("list watch", "discovery.k8s.io", "endpointslices"),
      rule("list watch", "networking.k8s.io", "servicecidrs"),
    ],
  },
  "system:kube-scheduler": { rules: SCHEDULER },
  "system:coredns": {
    addedBy: "kubeadm",
    rules: [
      rule("list watch", CORE, "endpoints services pods namespaces"),
      rule("list watch", "discovery.k8s.io", "endpointslices"),
    ],
  },
  "system:aggregated-metrics-reader": {
    addedBy: "kubectl-client-side-apply",
    labels: { "k8s-app": "metrics-server", ...to("admin", "edit", "view") },
    rules: [rule(READ, "metrics.k8s.io", "pods nodes")],
  },
};
