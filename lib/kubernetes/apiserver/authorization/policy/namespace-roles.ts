/** Roles in the system's namespaces, and who they are given to (bootstrappolicy/namespace_policy.go, v1.34). */
import { CORE, type DefaultRule, EVENTS, READ, rule } from "./rules.ts";

const CONFIG_MAPS = "configmaps";

interface DefaultRole {
  readonly namespace: string;
  readonly name: string;
  readonly rules: readonly DefaultRule[];
}

export const ROLES: readonly DefaultRole[] = [
  {
    namespace: "kube-public",
    name: "system:controller:bootstrap-signer",
    rules: [rule(READ, CORE, CONFIG_MAPS), rule("update", CORE, CONFIG_MAPS, "cluster-info"), EVENTS],
  },
  {
    namespace: "kube-system",
    name: "extension-apiserver-authentication-reader",
    rules: [rule(READ, CORE, CONFIG_MAPS, "extension-apiserver-authentication")],
  },
  {
    namespace: "kube-system",
    name: "system::leader-locking-kube-controller-manager",
    rules: [rule("watch", CORE, CONFIG_MAPS), rule("get update", CORE, CONFIG_MAPS, "kube-controller-manager")],
  },
  {
    namespace: "kube-system",
    name: "system::leader-locking-kube-scheduler",
    rules: [rule("watch", CORE, CONFIG_MAPS), rule("get update", CORE, CONFIG_MAPS, "kube-scheduler")],
  },
  {
    namespace: "kube-system",
    name: "system:controller:bootstrap-signer",
    rules: [rule(READ, CORE, "secrets")],
  },
  {
    namespace: "kube-system",
    name: "system:controller:cloud-provider",
    rules: [rule("create get list watch", CORE, CONFIG_MAPS)],
  },
  {
    namespace: "kube-system",
    name: "system:controller:token-cleaner",
    rules: [rule("get list watch delete", CORE, "secrets"), EVENTS],
  },
];

export interface DefaultBinding {
  readonly name: string;
  /** Of the role, where it is not the binding's own. */
  readonly role?: string;
  readonly namespace?: string;
  readonly users?: readonly string[];
  readonly groups?: readonly string[];
  /** ServiceAccounts in kube-system. */
  readonly accounts?: readonly string[];
  readonly addedBy?: string;
}

const MANAGER = "system:kube-controller-manager";
const SCHEDULER = "system:kube-scheduler";

export const ROLE_BINDINGS: readonly DefaultBinding[] = [
  { namespace: "kube-public", name: "system:controller:bootstrap-signer", accounts: ["bootstrap-signer"] },
  {
    namespace: "kube-system",
    name: "system::extension-apiserver-authentication-reader",
    role: "extension-apiserver-authentication-reader",
    users: [MANAGER, SCHEDULER],
  },
  {
    namespace: "kube-system",
    name: "system::leader-locking-kube-controller-manager",
    users: [MANAGER],
    accounts: ["kube-controller-manager"],
  },
  {
    namespace: "kube-system",
    name: "system::leader-locking-kube-scheduler",
    users: [SCHEDULER],
    accounts: ["kube-scheduler"],
  },
  { namespace: "kube-system", name: "system:controller:bootstrap-signer", accounts: ["bootstrap-signer"] },
  { namespace: "kube-system", name: "system:controller:cloud-provider", accounts: ["cloud-provider"] },
  { namespace: "kube-system", name: "system:controller:token-cleaner", accounts: ["token-cleaner"] },
];

const AUTHENTICATED = "system:authenticated";

export const CLUSTER_ROLE_BINDINGS: readonly DefaultBinding[] = [
  { name: "cluster-admin", groups: ["system:masters"] },
  { name: "system:monitoring", groups: ["system:monitoring"] },
  { name: "system:discovery", groups: [AUTHENTICATED] },
  { name: "system:basic-user", groups: [AUTHENTICATED] },
  { name: "system:public-info-viewer", groups: [AUTHENTICATED, "system:unauthenticated"] },
  { name: "system:node-proxier", users: ["system:kube-proxy"] },
  { name: MANAGER, users: [MANAGER] },
  { name: "system:kube-dns", accounts: ["kube-dns"] },
  { name: SCHEDULER, users: [SCHEDULER] },
  { name: "system:volume-scheduler", users: [SCHEDULER] },
  // Given to nobody: nodes have an authorizer of their own.
  { name: "system:node" },
  { name: "system:service-account-issuer-discovery", groups: ["system:serviceaccounts"] },
  { name: "system:coredns", accounts: ["coredns"], addedBy: "kubeadm" },
];
