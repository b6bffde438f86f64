/** The Node object a kubelet registers and keeps up to date (pkg/kubelet/nodestatus). Pure. */

import { quantityNumber } from "../../encoding/index.ts";
import { type ContainerImage, KERNEL_RELEASE } from "../../machine/index.ts";
import type { Node } from "../api/types.ts";
import type { NodeOptions } from "../cluster.types.ts";
import { apiTime } from "./time.ts";

const KUBELET_VERSION = "v1.34.0";
/** --node-status-update-frequency of a node whose Lease does the heartbeat. */
export const STATUS_REPORT_MS = 300_000;
/** A quarter of the Lease's 40 s. */
export const LEASE_RENEW_MS = 10_000;
export const LEASE_SECONDS = 40;

export interface NodeIdentity {
  readonly options: NodeOptions;
  readonly index: number;
  readonly address: string;
  readonly podCidr: string;
}

type Status = NonNullable<Node["status"]>;
type Condition = NonNullable<Status["conditions"]>[number];

const DEFAULTS = { cpu: "4", memory: "8Gi", pods: 110, ephemeralStorage: "100Gi" } as const;

export function capacityOf(options: NodeOptions): Record<string, string> {
  const memory = quantityNumber(options.memory ?? DEFAULTS.memory) ?? 0;
  const disk = quantityNumber(options.ephemeralStorage ?? DEFAULTS.ephemeralStorage) ?? 0;
  return {
    cpu: options.cpu ?? DEFAULTS.cpu,
    "ephemeral-storage": `${Math.floor(disk / 1024)}Ki`,
    "hugepages-1Gi": "0",
    "hugepages-2Mi": "0",
    memory: `${Math.floor(memory / 1024)}Ki`,
    pods: String(options.pods ?? DEFAULTS.pods),
  };
}

/** Capacity less what eviction keeps back: 100Mi of memory, a tenth of the disk. */
export function allocatableOf(options: NodeOptions): Record<string, string> {
  const capacity = capacityOf(options);
  const memory = (quantityNumber(capacity["memory"]) ?? 0) - 100 * 2 ** 20;
  const disk = (quantityNumber(capacity["ephemeral-storage"]) ?? 0) * 0.9;
  return {
    ...capacity,
    "ephemeral-storage": String(Math.floor(disk)),
    memory: `${Math.floor(memory / 1024)}Ki`,
  };
}

export function labelsOf({ options, index }: NodeIdentity): Record<string, string> {
  return {
    "beta.kubernetes.io/arch": "amd64",
    "beta.kubernetes.io/os": "linux",
    "kubernetes.io/arch": "amd64",
    "kubernetes.io/hostname": options.name,
    "kubernetes.io/os": "linux",
    ...(index === 0
      ? { "node-role.kubernetes.io/control-plane": "", "node.kubernetes.io/exclude-from-external-load-balancers": "" }
      : {}),
    ...options.labels,
  };
}

export function newNode(identity: NodeIdentity, images: readonly ContainerImage[], now: number): Node {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: identity.options.name,
      labels: labelsOf(identity),
      annotations: {
        "node.alpha.kubernetes.io/ttl": "0",
        "volumes.kubernetes.io/controller-managed-attach-detach": "true",
      },
    },
    spec: { podCIDR: identity.podCidr, podCIDRs: [identity.podCidr] },
    status: nodeStatus(identity, images, undefined, now),
  };
}

/** A stable identifier made of the node's name. */
function identifier(name: string, length: number): string {
  let hash = 0x811c9dc5;
  let text = "";
  for (let round = 0; text.length < length; round++) {
    for (const character of `${name}/${round}`) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0;
    text += hash.toString(16).padStart(8, "0");
  }
  return text.slice(0, length);
}

const uuid = (hex: string) =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;

/** Each boot has an identifier of its own, which stays until the next. */
function bootOf(name: string, old: Status | undefined, now: number | undefined): string {
  const known = now === undefined ? old?.nodeInfo?.bootID : undefined;
  return known ?? uuid(identifier(`${name}/boot/${now ?? ""}`, 32));
}

export function nodeStatus(
  identity: NodeIdentity,
  images: readonly ContainerImage[],
  old: Status | undefined,
  now: number,
  diskPressure = false,
  rebooted = false,
): Status {
  const { options } = identity;
  const current = diskPressure
    ? CONDITIONS.map((one) => (one.type === "DiskPressure" ? DISK_PRESSURE : one))
    : CONDITIONS;
  return {
    ...old,
    capacity: capacityOf(options),
    allocatable: allocatableOf(options),
    conditions: [
      ...(old?.conditions ?? []).filter((condition) => CONDITIONS.every(({ type }) => type !== condition.type)),
      ...current.map((condition) => withTimes(condition, old?.conditions, now)),
    ],
    addresses: [
      { type: "InternalIP", address: identity.address },
      { type: "Hostname", address: options.name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } } as unknown as NonNullable<Status["daemonEndpoints"]>,
    nodeInfo: {
      architecture: "amd64",
      bootID: bootOf(options.name, old, rebooted ? now : undefined),
      containerRuntimeVersion: "containerd://2.1.3",
      kernelVersion: KERNEL_RELEASE,
      kubeProxyVersion: "",
      kubeletVersion: KUBELET_VERSION,
      machineID: identifier(options.name, 32),
      operatingSystem: "linux",
      osImage: "Debian GNU/Linux 12 (bookworm)",
      systemUUID: uuid(identifier(`${options.name}/system`, 32)),
    },
    images: images.slice(0, 50).map((image) => ({ names: [image.reference], sizeBytes: image.sizeBytes })),
  };
}

interface OwnCondition {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

const DISK_PRESSURE: OwnCondition = {
  type: "DiskPressure",
  status: "True",
  reason: "KubeletHasDiskPressure",
  message: "kubelet has disk pressure",
};

const CONDITIONS: readonly OwnCondition[] = [
  {
    type: "MemoryPressure",
    status: "False",
    reason: "KubeletHasSufficientMemory",
    message: "kubelet has sufficient memory available",
  },
  {
    type: "DiskPressure",
    status: "False",
    reason: "KubeletHasNoDiskPressure",
    message: "kubelet has no disk pressure",
  },
  {
    type: "PIDPressure",
    status: "False",
    reason: "KubeletHasSufficientPID",
    message: "kubelet has sufficient PID available",
  },
  { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" },
];

function withTimes(condition: OwnCondition, old: readonly Condition[] | undefined, now: number): Condition {
  const before = old?.find((candidate) => candidate.type === condition.type);
  const time = apiTime(now);
  return {
    type: condition.type,
    status: condition.status,
    lastHeartbeatTime: time,
    lastTransitionTime:
      before?.status === condition.status && before.lastTransitionTime !== undefined ? before.lastTransitionTime : time,
    reason: condition.reason,
    message: condition.message,
  };
}
