/**
 * What an API server makes for itself when it first starts: system namespaces, the kubernetes Service, priority
 * classes (pkg/controlplane). Default roles are in the store from the start (`authorization/policy`).
 */
import { namespaces, priorityClasses, type Resource, services } from "../api/resources.ts";
import type { KubernetesObject } from "../machinery/types.ts";
import type { Client } from "./client.ts";

const SYSTEM_NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease"];

interface BootstrapOptions {
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
}
