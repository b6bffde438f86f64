/** What a new cluster holds before anybody uses it, as kubeadm and kind leave it. */
import {
  configMaps,
  deployments,
  endpointSlices,
  endpoints,
  namespaces,
  priorityClasses,
  type Resource,
  serviceAccounts,
  serviceCidrs,
  services,
  storageClasses,
} from "../../api/resources.ts";
import type { Client } from "../../apiserver/client.ts";
import { rootCertificateMap } from "../../controllers/service-account.ts";
import { isStatusError } from "../../machinery/status.ts";
import type { KubernetesObject } from "../../machinery/types.ts";
import { API_SERVICE_IP, CLUSTER_DOMAIN, DNS_SERVICE_IP, SERVICE_CIDR } from "../../network/addresses.ts";
import { DNS_ARGS, DNS_IMAGE } from "./dns-server.ts";
import { API_PORT } from "./manifests.ts";
import { createProxy } from "./proxy.ts";

const COREFILE = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes ${CLUSTER_DOMAIN} in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`;

interface SystemOptions {
  /** Address of the node the control plane is on. */
  readonly apiServerAddress: string;
  /** PEM of the cluster's certificate authority. */
  readonly rootCertificate: string;
  /** The DNS server runs as Pods (its image is known); its Service exists anyway. */
  readonly dnsPods: boolean;
  /** kube-proxy runs on every node (its image is known). */
  readonly proxyPods: boolean;
}

/** Creates everything as the API server itself. What a kind's definition does not serve yet is left out. */
export function createSystemObjects(client: Client, options: SystemOptions): void {
  const create = <T extends KubernetesObject>(resource: Resource<T>, object: T) => {
    try {
      client.create(resource, object);
    } catch (error) {
      if (!isStatusError(error, "AlreadyExists")) throw error;
    }
  };
  for (const name of ["kube-system", "default", "kube-public", "kube-node-lease"]) {
    create(namespaces, { metadata: { name } });
    // Their controllers would make these too, but the system's own Pods would have to wait for them.
    create(serviceAccounts, { metadata: { name: "default", namespace: name } });
    create(configMaps, rootCertificateMap(name, options.rootCertificate));
  }
  for (const [name, value] of [
    ["system-cluster-critical", 2_000_000_000],
    ["system-node-critical", 2_000_001_000],
  ] as const)
    create(priorityClasses, {
      metadata: { name },
      value,
      preemptionPolicy: "PreemptLowerPriority",
      description: `Used for system critical pods that must ${name === "system-node-critical" ? "not be moved from their current node." : "run in the cluster, but can be moved to another node if necessary."}`,
    });
  create(storageClasses, {
    metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: "rancher.io/local-path",
    reclaimPolicy: "Delete",
    volumeBindingMode: "WaitForFirstConsumer",
  });
  create(serviceCidrs, { metadata: { name: "kubernetes" }, spec: { cidrs: [SERVICE_CIDR] } });
  create(services, {
    metadata: { name: "kubernetes", namespace: "default", labels: { component: "apiserver", provider: "kubernetes" } },
    spec: {
      clusterIP: API_SERVICE_IP,
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: API_PORT }],
    },
  });
  create(endpoints, {
    metadata: {
      name: "kubernetes",
      namespace: "default",
      labels: { "endpointslice.kubernetes.io/skip-mirror": "true" },
    },
    subsets: [
      {
        addresses: [{ ip: options.apiServerAddress }],
        ports: [{ name: "https", port: API_PORT, protocol: "TCP" }],
      },
    ],
  });
  create(endpointSlices, {
    metadata: { name: "kubernetes", namespace: "default", labels: { "kubernetes.io/service-name": "kubernetes" } },
    addressType: "IPv4",
    endpoints: [{ addresses: [options.apiServerAddress], conditions: { ready: true } }],
    ports: [{ name: "https", port: API_PORT, protocol: "TCP" }],
  });
  createDns(create, options.dnsPods);
  if (options.proxyPods) createProxy(create, options.apiServerAddress);
}

function createDns(
  create: <T extends KubernetesObject>(resource: Resource<T>, object: T) => void,
  pods: boolean,
): void {
  const labels = { "k8s-app": "kube-dns" };
  create(services, {
    metadata: {
      name: "kube-dns",
      namespace: "kube-system",
      labels: { ...labels, "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS" },
      annotations: { "prometheus.io/port": "9153", "prometheus.io/scrape": "true" },
    },
    spec: {
      clusterIP: DNS_SERVICE_IP,
      selector: labels,
      ports: [
        { name: "dns", port: 53, protocol: "UDP", targetPort: 53 },
        { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: 53 },
        { name: "metrics", port: 9153, protocol: "TCP", targetPort: 9153 },
      ],
    },
  });
  create(configMaps, { metadata: { name: "coredns", namespace: "kube-system" }, data: { Corefile: COREFILE } });
  create(serviceAccounts, { metadata: { name: "coredns", namespace: "kube-system" } });
  if (!pods) return;
  create(deployments, {
    metadata: { name: "coredns", namespace: "kube-system", labels },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
      template: {
        metadata: { labels },
        spec: {
          priorityClassName: "system-cluster-critical",
          serviceAccountName: "coredns",
          dnsPolicy: "Default",
          nodeSelector: { "kubernetes.io/os": "linux" },
          tolerations: [
            { key: "CriticalAddonsOnly", operator: "Exists" },
            { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" },
          ],
          containers: [
            {
              name: "coredns",
              image: DNS_IMAGE,
              imagePullPolicy: "IfNotPresent",
              args: [...DNS_ARGS],
              resources: { limits: { memory: "170Mi" }, requests: { cpu: "100m", memory: "70Mi" } },
              ports: [
                { name: "dns", containerPort: 53, protocol: "UDP" },
                { name: "dns-tcp", containerPort: 53, protocol: "TCP" },
                { name: "metrics", containerPort: 9153, protocol: "TCP" },
              ],
              volumeMounts: [{ name: "config-volume", mountPath: "/etc/coredns", readOnly: true }],
            },
          ],
          volumes: [
            { name: "config-volume", configMap: { name: "coredns", items: [{ key: "Corefile", path: "Corefile" }] } },
          ],
        },
      },
    },
  });
}
