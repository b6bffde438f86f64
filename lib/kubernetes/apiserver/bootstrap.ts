/**
 * What an API server makes for itself when it first starts: system namespaces, the kubernetes Service, priority
 * classes, default roles (pkg/controlplane, plugin/pkg/auth/authorizer/rbac/bootstrappolicy).
 */
import {
  clusterRoleBindings,
  clusterRoles,
  namespaces,
  priorityClasses,
  type Resource,
  services,
} from "../api/resources.ts";
import type { KubernetesObject } from "../machinery/types.ts";
import { DEFAULT_BINDINGS, DEFAULT_ROLES } from "./authorization/policy.ts";
import type { Client } from "./client.ts";

export const SYSTEM_NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease"];
const BOOTSTRAPPED = { labels: { "kubernetes.io/bootstrapping": "rbac-defaults" } };

export interface BootstrapOptions {
  /** First address of the Service range; default "10.96.0.1". */
  readonly serviceAddress?: string;
}

/** Makes what is not there yet. Running it again changes nothing. */
export function bootstrap(client: Client, options: BootstrapOptions = {}): void {
  const ensure = <T extends KubernetesObject>(resource: Resource<T>, object: T) => {
    const { namespace, name = "" } = object.metadata;
    if (client.find(resource, namespace, name) === undefined) client.create(resource, object);
  };
  for (const name of SYSTEM_NAMESPACES) ensure(namespaces, { metadata: { name } });
  ensure(services, {
    metadata: {
      name: "kubernetes",
      namespace: "default",
      labels: { component: "apiserver", provider: "kubernetes" },
    },
    spec: {
      clusterIP: options.serviceAddress ?? "10.96.0.1",
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: 6443 }],
      sessionAffinity: "None",
      type: "ClusterIP",
    },
  });
  ensure(priorityClasses, {
    metadata: { name: "system-node-critical" },
    value: 2000001000,
    description: "Used for system critical pods that must not be moved from their current node.",
  });
  ensure(priorityClasses, {
    metadata: { name: "system-cluster-critical" },
    value: 2000000000,
    description:
      "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
  });
  for (const { name, rules, labels } of DEFAULT_ROLES)
    ensure(clusterRoles, {
      metadata: {
        name,
        labels: { ...BOOTSTRAPPED.labels, ...labels },
        annotations: { "rbac.authorization.kubernetes.io/autoupdate": "true" },
      },
      rules: rules.map((rule) => ({ ...rule })),
    });
  for (const { name, role, groups } of DEFAULT_BINDINGS)
    ensure(clusterRoleBindings, {
      metadata: {
        name,
        labels: BOOTSTRAPPED.labels,
        annotations: { "rbac.authorization.kubernetes.io/autoupdate": "true" },
      },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
      subjects: groups.map((group) => ({ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: group })),
    });
}
