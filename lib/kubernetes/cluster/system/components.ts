/** Which containers are the cluster's own parts, and what ties them to the simulation (kubelet/components.ts). */
import type { Process } from "../../../machine/index.ts";
import type { Container, Pod } from "../../api/types.ts";
import type { TimelineEntry } from "../../cluster.types.ts";
import type { SystemComponent, SystemComponents } from "../../kubelet/components.ts";
import { isStatic } from "../../kubelet/static/manifest.ts";
import { apiServerProgram, type ServedApi } from "./api-server.ts";
import { DNS_PORTS, dnsServer, isAsMade } from "./dns-server.ts";
import { logOf } from "./logs.ts";
import {
  API_PORT,
  CONTROL_PLANE_COMPONENTS,
  type ControlPlaneComponent,
  type ControlPlaneNode,
  commandOf,
} from "./manifests.ts";
import { PROXY_COMMAND } from "./proxy.ts";

interface SystemComponentsOptions {
  readonly controlPlane: ControlPlaneNode;
  readonly entries: () => readonly TimelineEntry[];
  readonly onEntry: (listener: (entry: TimelineEntry) => void) => () => void;
  /** What kube-apiserver answers to machines of the cluster. */
  readonly api: ServedApi;
  /** A part of the control plane runs, or has ended. */
  readonly running: (component: ControlPlaneComponent, on: boolean) => void;
}

const MIB = 2 ** 20;
/** About what they use in a small cluster. */
const USAGE: Readonly<Record<string, SystemComponent["usage"]>> = {
  etcd: { cpuMillicores: 18, memoryBytes: 48 * MIB },
  "kube-apiserver": { cpuMillicores: 36, memoryBytes: 236 * MIB },
  "kube-controller-manager": { cpuMillicores: 12, memoryBytes: 51 * MIB },
  "kube-scheduler": { cpuMillicores: 3, memoryBytes: 21 * MIB },
  "kube-proxy": { cpuMillicores: 1, memoryBytes: 16 * MIB },
  coredns: { cpuMillicores: 2, memoryBytes: 13 * MIB },
};

export function systemComponents(options: SystemComponentsOptions): SystemComponents {
  const known = new Map<string, SystemComponent>();
  const apiServer = apiServerProgram(options.api);
  const make = (name: string, node: string, pristine: boolean): SystemComponent => {
    const part = CONTROL_PLANE_COMPONENTS.find((component) => component === name);
    return {
      name,
      pristine,
      usage: USAGE[name] ?? { cpuMillicores: 1, memoryBytes: MIB },
      ...(name === "etcd" ? { program: waits } : {}),
      ...(name === "kube-apiserver" ? { program: apiServer, listens: [API_PORT] } : {}),
      ...(name === "coredns" ? { program: dnsServer, listens: DNS_PORTS } : {}),
      log: (from) => logOf(name, from, { ...options, node, address: options.controlPlane.address }),
      running: (on) => {
        if (part !== undefined) options.running(part, on);
      },
    };
  };
  return {
    find(pod, container) {
      const name = nameOf(pod, container);
      if (name === undefined) return undefined;
      const pristine = isPristine(name, container, options.controlPlane);
      const node = pod.spec?.nodeName ?? "";
      const key = `${name} ${node} ${pristine}`;
      let component = known.get(key);
      if (component === undefined) {
        component = make(name, node, pristine);
        known.set(key, component);
      }
      return component;
    },
  };
}

/**
 * A static Pod of kube-system that runs a part of the control plane, a Pod of the kube-proxy DaemonSet, or one of
 * CoreDNS as the cluster came with it (where it was changed, the image's own program runs).
 */
function nameOf(pod: Pod, container: Container): string | undefined {
  if (pod.metadata.namespace !== "kube-system") return undefined;
  const image = container.image?.replace(/^registry\.k8s\.io\/|[:@].*$/g, "");
  if (isStatic(pod)) return CONTROL_PLANE_COMPONENTS.find((name) => name === image);
  const owner = pod.metadata.ownerReferences?.[0]?.kind;
  if (image === "coredns/coredns" && pod.metadata.labels?.["k8s-app"] === "kube-dns")
    return owner === "ReplicaSet" && isAsMade(container) ? "coredns" : undefined;
  const isProxy = image === "kube-proxy" && pod.metadata.labels?.["k8s-app"] === "kube-proxy";
  return isProxy && owner === "DaemonSet" ? "kube-proxy" : undefined;
}

function isPristine(name: string, { command, args }: Container, node: ControlPlaneNode): boolean {
  if (name === "coredns") return true;
  const part = CONTROL_PLANE_COMPONENTS.find((component) => component === name);
  const wanted = part === undefined ? PROXY_COMMAND : commandOf(part, node);
  return args === undefined && command?.length === wanted.length && command.every((word, at) => word === wanted[at]);
}

/** etcd's own program would serve an empty store of its own. */
function waits(process: Process): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.onSignal(signal, () => resolve(0));
  });
}
