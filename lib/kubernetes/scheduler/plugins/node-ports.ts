/** Host ports that are taken (plugins/nodeports). */
import type { Pod } from "../../api/types.ts";
import { type FilterPlugin, rejected } from "../types.ts";

interface HostPort {
  readonly address: string;
  readonly protocol: string;
  readonly port: number;
}

function hostPorts(pod: Pod): HostPort[] {
  return [
    ...(pod.spec?.containers ?? []),
    ...(pod.spec?.initContainers ?? []).filter((c) => c.restartPolicy === "Always"),
  ]
    .flatMap((container) => container.ports ?? [])
    .filter(({ hostPort }) => (hostPort ?? 0) > 0)
    .map(({ hostPort, hostIP, protocol }) => ({
      address: hostIP || "0.0.0.0",
      protocol: protocol ?? "TCP",
      port: hostPort ?? 0,
    }));
}

const collide = (a: HostPort, b: HostPort) =>
  a.port === b.port &&
  a.protocol === b.protocol &&
  (a.address === b.address || a.address === "0.0.0.0" || b.address === "0.0.0.0");

/** None of the host ports a Pod wants is taken by another on the same node. */
export function portsAreFree(pod: Pod, others: readonly Pod[]): boolean {
  const wanted = hostPorts(pod);
  if (wanted.length === 0) return true;
  const taken = others.flatMap(hostPorts);
  return !wanted.some((port) => taken.some((other) => collide(port, other)));
}

export const nodePorts: FilterPlugin = {
  name: "NodePorts",
  filter: ({ pod }, { pods }) =>
    portsAreFree(pod, pods) ? undefined : rejected("node(s) didn't have free ports for the requested pod ports"),
};
