/** kube-proxy on every node, and what kubeadm leaves beside it. */
import { configMaps, daemonSets, type Resource, serviceAccounts } from "../../api/resources.ts";
import { deepFreeze } from "../../machinery/clone.ts";
import type { KubernetesObject } from "../../machinery/types.ts";
import { CLUSTER_CIDR, CLUSTER_DOMAIN, SERVICE_CIDR } from "../../network/addresses.ts";
import { API_PORT, VERSION } from "./manifests.ts";

export const PROXY_IMAGE = `registry.k8s.io/kube-proxy:${VERSION}`;
export const PROXY_COMMAND: readonly string[] = [
  "/usr/local/bin/kube-proxy",
  "--config=/var/lib/kube-proxy/config.conf",
  "--hostname-override=$(NODE_NAME)",
];

const NAMESPACE = "kube-system";
const LABELS = { "k8s-app": "kube-proxy" };

const CONFIGURATION = `apiVersion: kubeproxy.config.k8s.io/v1alpha1
bindAddress: 0.0.0.0
clientConnection:
  kubeconfig: /var/lib/kube-proxy/kubeconfig.conf
clusterCIDR: ${CLUSTER_CIDR}
healthzBindAddress: ""
kind: KubeProxyConfiguration
metricsBindAddress: ""
mode: iptables
`;

const kubeConfig = (address: string) => `apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt
    server: https://${address}:${API_PORT}
  name: default
contexts:
- context:
    cluster: default
    namespace: default
    user: default
  name: default
current-context: default
users:
- name: default
  user:
    tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token
`;

const CLUSTER_CONFIGURATION = `apiVersion: kubeadm.k8s.io/v1beta4
certificatesDir: /etc/kubernetes/pki
clusterName: kubernetes
dns: {}
etcd:
  local:
    dataDir: /var/lib/etcd
imageRepository: registry.k8s.io
kind: ClusterConfiguration
kubernetesVersion: ${VERSION}
networking:
  dnsDomain: ${CLUSTER_DOMAIN}
  podSubnet: ${CLUSTER_CIDR}
  serviceSubnet: ${SERVICE_CIDR}
proxy: {}
scheduler: {}
`;

/** Frozen: what a definition shares between clusters costs them nothing. */
const SPEC = deepFreeze({
  selector: { matchLabels: LABELS },
  updateStrategy: { type: "RollingUpdate" },
  template: {
    metadata: { labels: LABELS },
    spec: {
      priorityClassName: "system-node-critical",
      serviceAccountName: "kube-proxy",
      hostNetwork: true,
      nodeSelector: { "kubernetes.io/os": "linux" },
      tolerations: [{ operator: "Exists" }],
      containers: [
        {
          name: "kube-proxy",
          image: PROXY_IMAGE,
          imagePullPolicy: "IfNotPresent",
          command: [...PROXY_COMMAND],
          securityContext: { privileged: true },
          env: [{ name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
          volumeMounts: [
            { name: "kube-proxy", mountPath: "/var/lib/kube-proxy" },
            { name: "xtables-lock", mountPath: "/run/xtables.lock" },
            { name: "lib-modules", mountPath: "/lib/modules", readOnly: true },
          ],
        },
      ],
      volumes: [
        { name: "kube-proxy", configMap: { name: "kube-proxy" } },
        { name: "xtables-lock", hostPath: { path: "/run/xtables.lock", type: "FileOrCreate" } },
        { name: "lib-modules", hostPath: { path: "/lib/modules" } },
      ],
    },
  },
});

export function createProxy(
  create: <T extends KubernetesObject>(resource: Resource<T>, object: T) => void,
  address: string,
): void {
  const metadata = { name: "kube-proxy", namespace: NAMESPACE };
  create(serviceAccounts, { metadata });
  create(configMaps, {
    metadata: { ...metadata, labels: { app: "kube-proxy" } },
    data: { "config.conf": CONFIGURATION, "kubeconfig.conf": kubeConfig(address) },
  });
  create(configMaps, {
    metadata: { name: "kubeadm-config", namespace: NAMESPACE },
    data: { ClusterConfiguration: CLUSTER_CONFIGURATION },
  });
  create(daemonSets, { metadata: { ...metadata, labels: LABELS }, spec: SPEC } as Parameters<
    typeof create<import("../../api/types.ts").DaemonSet>
  >[1]);
}
