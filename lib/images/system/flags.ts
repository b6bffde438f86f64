/** Command lines of the control plane's programs: what they know, and how they refuse the rest (cobra and pflag). */
import type { Process } from "../../machine/index.ts";

/** Flags of one program by name, without the dashes. */
type Flags = ReadonlySet<string>;

const names = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Every component has these (component-base). */
const COMMON = names(`
  v vmodule logging-format log-flush-frequency feature-gates emulated-version help version profiling
  contention-profiling bind-address secure-port tls-cert-file tls-private-key-file tls-min-version tls-cipher-suites
  cert-dir authentication-kubeconfig authorization-kubeconfig authorization-always-allow-paths client-ca-file
  requestheader-client-ca-file requestheader-allowed-names requestheader-extra-headers-prefix
  requestheader-group-headers requestheader-username-headers`);
const CLIENTS = names("kubeconfig master kube-api-qps kube-api-burst kube-api-content-type");
const ELECTION = names(`
  leader-elect leader-elect-lease-duration leader-elect-renew-deadline leader-elect-resource-lock
  leader-elect-resource-name leader-elect-resource-namespace leader-elect-retry-period`);

const FLAGS: Readonly<Record<string, Flags>> = {
  "kube-scheduler": new Set([...COMMON, ...CLIENTS, ...ELECTION]),
  "kube-controller-manager": new Set([
    ...COMMON,
    ...CLIENTS,
    ...ELECTION,
    ...names(`
      allocate-node-cidrs cluster-cidr cluster-name cluster-signing-cert-file cluster-signing-key-file
      cluster-signing-duration controllers node-cidr-mask-size node-monitor-grace-period node-monitor-period
      root-ca-file service-account-private-key-file service-cluster-ip-range use-service-account-credentials
      terminated-pod-gc-threshold enable-hostpath-provisioner`),
  ]),
  "kube-apiserver": new Set([
    ...COMMON,
    ...names(`
      advertise-address allow-privileged authorization-mode enable-admission-plugins disable-admission-plugins
      enable-bootstrap-token-auth etcd-cafile etcd-certfile etcd-keyfile etcd-servers etcd-prefix
      kubelet-client-certificate kubelet-client-key kubelet-preferred-address-types proxy-client-cert-file
      proxy-client-key-file runtime-config service-account-issuer service-account-key-file
      service-account-signing-key-file service-cluster-ip-range service-node-port-range anonymous-auth
      max-requests-inflight max-mutating-requests-inflight event-ttl`),
  ]),
  "kube-proxy": new Set([...COMMON, ...CLIENTS, ...names("config hostname-override cleanup proxy-mode cluster-cidr")]),
  etcd: new Set(
    names(`
      advertise-client-urls cert-file client-cert-auth data-dir feature-gates initial-advertise-peer-urls
      initial-cluster initial-cluster-state initial-cluster-token key-file listen-client-urls listen-metrics-urls
      listen-peer-urls name peer-cert-file peer-client-cert-auth peer-key-file peer-trusted-ca-file snapshot-count
      trusted-ca-file watch-progress-notify-interval experimental-initial-corrupt-check
      experimental-watch-progress-notify-interval quota-backend-bytes auto-compaction-mode auto-compaction-retention
      heartbeat-interval election-timeout log-level`),
  ),
};

/** Flags whose files a program opens when it starts. */
const OPENED: Readonly<Record<string, readonly string[]>> = {
  "kube-scheduler": ["authentication-kubeconfig", "authorization-kubeconfig", "kubeconfig"],
  "kube-controller-manager": [
    "authentication-kubeconfig",
    "authorization-kubeconfig",
    "kubeconfig",
    "client-ca-file",
    "root-ca-file",
    "service-account-private-key-file",
  ],
  "kube-apiserver": [
    "client-ca-file",
    "etcd-cafile",
    "etcd-certfile",
    "service-account-key-file",
    "tls-cert-file",
    "tls-private-key-file",
  ],
  "kube-proxy": ["config"],
  etcd: ["cert-file", "key-file", "trusted-ca-file", "peer-cert-file", "peer-key-file", "peer-trusted-ca-file"],
};

/** What the program says before it gives up; undefined where its command line is in order. */
export function commandProblem(program: string, { argv, files }: Process): string | undefined {
  const known = FLAGS[program] ?? new Set<string>();
  const values = new Map<string, string>();
  for (let index = 1; index < argv.length; index++) {
    const word = argv[index] ?? "";
    const match = /^--?([^=]+)(?:=(.*))?$/s.exec(word);
    if (match === null)
      return program === "etcd"
        ? `'${word}' is not a valid flag`
        : `Error: unknown command "${word}" for "${program}"\nRun '${program} --help' for usage.`;
    const [, name = "", value] = match;
    if (!known.has(name))
      return program === "etcd" ? `flag provided but not defined: -${name}` : `Error: unknown flag: --${name}`;
    values.set(name, value ?? "true");
  }
  for (const name of OPENED[program] ?? []) {
    const path = values.get(name);
    if (path === undefined || path === "" || files.exists(path)) continue;
    return `open ${path}: no such file or directory`;
  }
  return undefined;
}
