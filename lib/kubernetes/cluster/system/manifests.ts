/**
 * The control plane's static Pods and the files they name, as kubeadm leaves them on the first node. What is said there
 * is true of this cluster: addresses, ranges, admission plug-ins; keys are where kubeadm has them, without their content.
 */
import { type DirectoryTree, directory } from "../../../machine/index.ts";
import { CLUSTER_CIDR, CLUSTER_DOMAIN, SERVICE_CIDR } from "../../network/addresses.ts";

export const VERSION = "v1.34.0";
const ETCD_IMAGE = "registry.k8s.io/etcd:3.6.4-0";
export const API_PORT = 6443;
const KUBERNETES = "/etc/kubernetes";
const PKI = `${KUBERNETES}/pki`;
export const CONTROL_PLANE_COMPONENTS = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
] as const;
export type ControlPlaneComponent = (typeof CONTROL_PLANE_COMPONENTS)[number];

interface Mounted {
  readonly name: string;
  readonly path: string;
  readonly type: "DirectoryOrCreate" | "FileOrCreate";
  readonly writable?: boolean;
}

interface Probe {
  readonly path: string;
  readonly port: string;
  readonly host: string;
  readonly scheme: "HTTP" | "HTTPS";
}

interface Component {
  readonly image: string;
  /** Of the node's name and address. */
  readonly flags: (node: string, address: string) => readonly string[];
  readonly requests: Readonly<Record<string, string>>;
  readonly mounts: readonly Mounted[];
  readonly ports: (address: string) => readonly (readonly [name: string, port: number])[];
  readonly probes: (address: string) => { readonly live: Probe; readonly ready?: Probe; readonly startup: Probe };
  readonly annotations?: (address: string) => Readonly<Record<string, string>>;
}

const image = (name: string) => `registry.k8s.io/${name}:${VERSION}`;
const https = (path: string, port: string, host: string): Probe => ({ path, port, host, scheme: "HTTPS" });
const CERTIFICATES: readonly Mounted[] = [
  { name: "ca-certs", path: "/etc/ssl/certs", type: "DirectoryOrCreate" },
  { name: "etc-ca-certificates", path: "/etc/ca-certificates", type: "DirectoryOrCreate" },
  { name: "k8s-certs", path: PKI, type: "DirectoryOrCreate" },
  { name: "usr-local-share-ca-certificates", path: "/usr/local/share/ca-certificates", type: "DirectoryOrCreate" },
  { name: "usr-share-ca-certificates", path: "/usr/share/ca-certificates", type: "DirectoryOrCreate" },
];

const COMPONENTS: Readonly<Record<ControlPlaneComponent, Component>> = {
  etcd: {
    image: ETCD_IMAGE,
    flags: (node, address) => [
      `--advertise-client-urls=https://${address}:2379`,
      `--cert-file=${PKI}/etcd/server.crt`,
      "--client-cert-auth=true",
      "--data-dir=/var/lib/etcd",
      "--feature-gates=InitialCorruptCheck=true",
      `--initial-advertise-peer-urls=https://${address}:2380`,
      `--initial-cluster=${node}=https://${address}:2380`,
      `--key-file=${PKI}/etcd/server.key`,
      `--listen-client-urls=https://127.0.0.1:2379,https://${address}:2379`,
      "--listen-metrics-urls=http://127.0.0.1:2381",
      `--listen-peer-urls=https://${address}:2380`,
      `--name=${node}`,
      `--peer-cert-file=${PKI}/etcd/peer.crt`,
      "--peer-client-cert-auth=true",
      `--peer-key-file=${PKI}/etcd/peer.key`,
      `--peer-trusted-ca-file=${PKI}/etcd/ca.crt`,
      "--snapshot-count=10000",
      `--trusted-ca-file=${PKI}/etcd/ca.crt`,
      "--watch-progress-notify-interval=5s",
    ],
    requests: { cpu: "100m", memory: "100Mi" },
    mounts: [
      { name: "etcd-data", path: "/var/lib/etcd", type: "DirectoryOrCreate", writable: true },
      { name: "etcd-certs", path: `${PKI}/etcd`, type: "DirectoryOrCreate", writable: true },
    ],
    ports: () => [["probe-port", 2381]],
    probes: () => {
      const probe = (path: string): Probe => ({ path, port: "probe-port", host: "127.0.0.1", scheme: "HTTP" });
      return { live: probe("/livez"), ready: probe("/readyz"), startup: probe("/readyz") };
    },
    annotations: (address) => ({ "kubeadm.kubernetes.io/etcd.advertise-client-urls": `https://${address}:2379` }),
  },
  "kube-apiserver": {
    image: image("kube-apiserver"),
    flags: (_node, address) => [
      `--advertise-address=${address}`,
      "--allow-privileged=true",
      "--authorization-mode=Node,RBAC",
      `--client-ca-file=${PKI}/ca.crt`,
      "--enable-admission-plugins=NodeRestriction",
      "--enable-bootstrap-token-auth=true",
      `--etcd-cafile=${PKI}/etcd/ca.crt`,
      `--etcd-certfile=${PKI}/apiserver-etcd-client.crt`,
      `--etcd-keyfile=${PKI}/apiserver-etcd-client.key`,
      "--etcd-servers=https://127.0.0.1:2379",
      `--kubelet-client-certificate=${PKI}/apiserver-kubelet-client.crt`,
      `--kubelet-client-key=${PKI}/apiserver-kubelet-client.key`,
      "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
      `--proxy-client-cert-file=${PKI}/front-proxy-client.crt`,
      `--proxy-client-key-file=${PKI}/front-proxy-client.key`,
      "--requestheader-allowed-names=front-proxy-client",
      `--requestheader-client-ca-file=${PKI}/front-proxy-ca.crt`,
      "--requestheader-extra-headers-prefix=X-Remote-Extra-",
      "--requestheader-group-headers=X-Remote-Group",
      "--requestheader-username-headers=X-Remote-User",
      `--secure-port=${API_PORT}`,
      `--service-account-issuer=https://kubernetes.default.svc.${CLUSTER_DOMAIN}`,
      `--service-account-key-file=${PKI}/sa.pub`,
      `--service-account-signing-key-file=${PKI}/sa.key`,
      `--service-cluster-ip-range=${SERVICE_CIDR}`,
      `--tls-cert-file=${PKI}/apiserver.crt`,
      `--tls-private-key-file=${PKI}/apiserver.key`,
    ],
    requests: { cpu: "250m" },
    mounts: CERTIFICATES,
    ports: () => [["probe-port", API_PORT]],
    probes: (address) => {
      const probe = (path: string) => https(path, "probe-port", address);
      return { live: probe("/livez"), ready: probe("/readyz"), startup: probe("/livez") };
    },
    annotations: (address) => ({
      "kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint": `${address}:${API_PORT}`,
    }),
  },
  "kube-controller-manager": {
    image: image("kube-controller-manager"),
    flags: () => [
      "--allocate-node-cidrs=true",
      `--authentication-kubeconfig=${KUBERNETES}/controller-manager.conf`,
      `--authorization-kubeconfig=${KUBERNETES}/controller-manager.conf`,
      "--bind-address=127.0.0.1",
      `--client-ca-file=${PKI}/ca.crt`,
      `--cluster-cidr=${CLUSTER_CIDR}`,
      "--cluster-name=kubernetes",
      `--cluster-signing-cert-file=${PKI}/ca.crt`,
      `--cluster-signing-key-file=${PKI}/ca.key`,
      "--controllers=*,bootstrapsigner,tokencleaner",
      `--kubeconfig=${KUBERNETES}/controller-manager.conf`,
      "--leader-elect=true",
      `--requestheader-client-ca-file=${PKI}/front-proxy-ca.crt`,
      `--root-ca-file=${PKI}/ca.crt`,
      `--service-account-private-key-file=${PKI}/sa.key`,
      `--service-cluster-ip-range=${SERVICE_CIDR}`,
      "--use-service-account-credentials=true",
      "--v=3",
    ],
    requests: { cpu: "200m" },
    mounts: [
      CERTIFICATES[0] as Mounted,
      CERTIFICATES[1] as Mounted,
      {
        name: "flexvolume-dir",
        path: "/usr/libexec/kubernetes/kubelet-plugins/volume/exec",
        type: "DirectoryOrCreate",
        writable: true,
      },
      CERTIFICATES[2] as Mounted,
      { name: "kubeconfig", path: `${KUBERNETES}/controller-manager.conf`, type: "FileOrCreate" },
      ...CERTIFICATES.slice(3),
    ],
    ports: () => [["probe-port", 10257]],
    probes: () => {
      const probe = https("/healthz", "probe-port", "127.0.0.1");
      return { live: probe, startup: probe };
    },
  },
  "kube-scheduler": {
    image: image("kube-scheduler"),
    flags: () => [
      `--authentication-kubeconfig=${KUBERNETES}/scheduler.conf`,
      `--authorization-kubeconfig=${KUBERNETES}/scheduler.conf`,
      "--bind-address=127.0.0.1",
      `--kubeconfig=${KUBERNETES}/scheduler.conf`,
      "--leader-elect=true",
      "--v=2",
    ],
    requests: { cpu: "100m" },
    mounts: [{ name: "kubeconfig", path: `${KUBERNETES}/scheduler.conf`, type: "FileOrCreate" }],
    ports: () => [["probe-port", 10259]],
    probes: () => {
      const probe = (path: string) => https(path, "probe-port", "127.0.0.1");
      return { live: probe("/livez"), ready: probe("/readyz"), startup: probe("/livez") };
    },
  },
};

/** Every image that a control plane of static Pods needs. */
export const SYSTEM_IMAGES: readonly string[] = CONTROL_PLANE_COMPONENTS.map((name) => COMPONENTS[name].image);

export interface ControlPlaneNode {
  readonly name: string;
  readonly address: string;
}

/** The command of a component as it is shipped: flags and all. */
export function commandOf(component: ControlPlaneComponent, { name, address }: ControlPlaneNode): readonly string[] {
  return [component, ...COMPONENTS[component].flags(name, address)];
}

function probeText(name: string, probe: Probe, failures: number, period: number): string {
  const delay = name === "readinessProbe" ? [] : ["initialDelaySeconds: 10"];
  const lines = [
    `    ${name}:`,
    `      failureThreshold: ${failures}`,
    "      httpGet:",
    `        host: ${probe.host}`,
    `        path: ${probe.path}`,
    `        port: ${probe.port}`,
    `        scheme: ${probe.scheme}`,
    ...delay.map((line) => `      ${line}`),
    `      periodSeconds: ${period}`,
    "      timeoutSeconds: 15",
  ];
  return lines.join("\n");
}

/** The manifest as kubeadm writes it. */
function manifestText(component: ControlPlaneComponent, node: ControlPlaneNode): string {
  const { image: reference, requests, mounts, ports, probes, annotations } = COMPONENTS[component];
  const { live, ready, startup } = probes(node.address);
  const notes = Object.entries(annotations?.(node.address) ?? {});
  const text = [
    "apiVersion: v1",
    "kind: Pod",
    "metadata:",
    ...(notes.length === 0 ? [] : ["  annotations:", ...notes.map(([key, value]) => `    ${key}: ${value}`)]),
    "  labels:",
    `    component: ${component}`,
    "    tier: control-plane",
    `  name: ${component}`,
    "  namespace: kube-system",
    "spec:",
    "  containers:",
    "  - command:",
    ...commandOf(component, node).map((word) => `    - ${word}`),
    `    image: ${reference}`,
    "    imagePullPolicy: IfNotPresent",
    probeText("livenessProbe", live, 8, 10),
    `    name: ${component}`,
    "    ports:",
    ...ports(node.address).flatMap(([name, port]) => [
      `    - containerPort: ${port}`,
      `      name: ${name}`,
      "      protocol: TCP",
    ]),
    ...(ready === undefined ? [] : [probeText("readinessProbe", ready, 3, 1)]),
    "    resources:",
    "      requests:",
    ...Object.entries(requests).map(([name, amount]) => `        ${name}: ${amount}`),
    probeText("startupProbe", startup, 24, 10),
    "    volumeMounts:",
    ...mounts.flatMap(({ name, path, writable }) => [
      `    - mountPath: ${path}`,
      `      name: ${name}`,
      ...(writable === true ? [] : ["      readOnly: true"]),
    ]),
    "  hostNetwork: true",
    "  priority: 2000001000",
    "  priorityClassName: system-node-critical",
    "  securityContext:",
    "    seccompProfile:",
    "      type: RuntimeDefault",
    "  volumes:",
    ...mounts.flatMap(({ name, path, type }) => [
      "  - hostPath:",
      `      path: ${path}`,
      `      type: ${type}`,
      `    name: ${name}`,
    ]),
    "status: {}",
    "",
  ];
  return text.join("\n");
}

const KEYS = `
apiserver apiserver-etcd-client apiserver-kubelet-client ca front-proxy-ca front-proxy-client
etcd/ca etcd/healthcheck-client etcd/peer etcd/server`;

function kubeConfig(user: string, address: string): string {
  return `apiVersion: v1
clusters:
- cluster:
    certificate-authority: ${PKI}/ca.crt
    server: https://${address}:${API_PORT}
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    user: ${user}
  name: ${user}@kubernetes
current-context: ${user}@kubernetes
kind: Config
preferences: {}
users:
- name: ${user}
`;
}

const trees = new Map<string, DirectoryTree>();

/** What kubeadm leaves on the control plane's disk. The same tree for all clusters with such a node. */
export function controlPlaneFiles(node: ControlPlaneNode): DirectoryTree {
  const key = `${node.name}/${node.address}`;
  const made = trees.get(key) ?? makeFiles(node);
  trees.set(key, made);
  return made;
}

function makeFiles(node: ControlPlaneNode): DirectoryTree {
  const entries: Record<string, string | DirectoryTree> = {};
  for (const component of CONTROL_PLANE_COMPONENTS)
    entries[`etc/kubernetes/manifests/${component}.yaml`] = manifestText(component, node);
  for (const [file, user] of [
    ["controller-manager.conf", "system:kube-controller-manager"],
    ["scheduler.conf", "system:kube-scheduler"],
    ["kubelet.conf", `system:node:${node.name}`],
  ] as const)
    entries[`etc/kubernetes/${file}`] = kubeConfig(user, node.address);
  const withheld = "This file's content is kept by the simulation and is not on this disk.\n";
  for (const name of KEYS.trim().split(/\s+/))
    for (const suffix of ["crt", "key"]) entries[`etc/kubernetes/pki/${name}.${suffix}`] = withheld;
  for (const name of ["sa.key", "sa.pub"]) entries[`etc/kubernetes/pki/${name}`] = withheld;
  for (const path of ["etc/ssl/certs", "etc/ca-certificates", "usr/local/share/ca-certificates"])
    entries[path] = directory();
  entries["usr/share/ca-certificates"] = directory();
  entries["usr/libexec/kubernetes/kubelet-plugins/volume/exec"] = directory();
  entries["var/lib/etcd/member"] = directory({}, { mode: 0o700 });
  return directory(entries);
}
