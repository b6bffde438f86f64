/** Pod status from what runs (kubelet_pods.go generateAPIPodStatus, status/generate.go). Pure. */

import type { Container, ContainerStatus, Pod, PodStatus } from "../api/types.ts";
import { type ContainerInstance, exitReason, isSidecar, shouldRestart } from "./instance.ts";
import type { ResizeInProgress, ResizeRefusal } from "./resize.ts";
import { apiTime } from "./time.ts";

/** Why the kubelet itself ends a Pod. */
export interface PodVerdict {
  readonly phase: "Failed";
  readonly reason: string;
  readonly message: string;
  /** An eviction: said in a condition, too. */
  readonly disruption?: boolean;
  readonly condition?: string;
}

/** Everything a status is made of. */
interface StatusInput {
  readonly pod: Pod;
  readonly now: number;
  readonly hostIP: string;
  readonly podIP: string | undefined;
  readonly sandboxReady: boolean;
  readonly startTime: number | undefined;
  /** Current and previous incarnations by container name, newest last. */
  readonly instances: ReadonlyMap<string, readonly ContainerInstance[]>;
  /** Why a container could not be started last time. */
  readonly waiting: ReadonlyMap<string, { readonly reason: string; readonly message: string }>;
  /** Result of probes; a container without one is ready and started as soon as it runs. */
  readonly ready: (container: string) => boolean;
  readonly started: (container: string) => boolean;
  /** All containers have ended for good and will not be started again. */
  readonly finished: boolean;
  /** Decided by the kubelet itself (deadline, eviction, admission). */
  readonly verdict: PodVerdict | undefined;
  /** The verdict was passed before anything was started. */
  readonly rejected?: boolean;
  /** A resize that has to wait, and why. */
  readonly resize?: ResizeRefusal | undefined;
  /** A resize that is being done. */
  readonly resizing?: ResizeInProgress | undefined;
}

type Condition = NonNullable<PodStatus["conditions"]>[number];
type ContainerState = NonNullable<ContainerStatus["state"]>;

export function generateStatus(input: StatusInput): PodStatus {
  const { pod, now } = input;
  if (input.rejected) return rejectedStatus(input);
  const spec = pod.spec;
  const old = pod.status ?? {};
  const initContainers = spec?.initContainers ?? [];
  const containers = spec?.containers ?? [];
  const hasInit = initContainers.length > 0;
  const defaultReason = hasInit ? "PodInitializing" : "ContainerCreating";
  const initStatuses = initContainers.map((container) =>
    containerStatus(input, container, old.initContainerStatuses, defaultReason, true),
  );
  const statuses = containers.map((container) =>
    containerStatus(input, container, old.containerStatuses, defaultReason, false),
  );
  const ephemeral = (spec?.ephemeralContainers ?? []).map((container) =>
    containerStatus(input, container as Container, old.ephemeralContainerStatuses, defaultReason, false, true),
  );
  const phase = input.verdict?.phase ?? phaseOf(pod, initStatuses, statuses, input.finished);
  const status: PodStatus = { ...old };
  status.phase = phase;
  status.observedGeneration = pod.metadata.generation ?? 1;
  if (input.verdict === undefined) {
    delete status.reason;
    delete status.message;
  } else {
    status.reason = input.verdict.reason;
    status.message = input.verdict.message;
  }
  status.hostIP = input.hostIP;
  status.hostIPs = [{ ip: input.hostIP }];
  if (input.podIP !== undefined) {
    status.podIP = input.podIP;
    status.podIPs = [{ ip: input.podIP }];
  }
  if (input.startTime !== undefined) status.startTime = apiTime(input.startTime);
  if (initStatuses.length > 0) status.initContainerStatuses = initStatuses;
  // In an order that does not depend on how they were found: by name (init containers: as they run).
  status.containerStatuses = byName(statuses);
  if (ephemeral.length > 0) status.ephemeralContainerStatuses = byName(ephemeral);
  status.conditions = conditionsOf(input, phase, initStatuses, statuses, now);
  return status;
}

const byName = <T extends { readonly name: string }>(statuses: readonly T[]): T[] =>
  [...statuses].sort((a, b) => (a.name < b.name ? -1 : 1));

/** A Pod that was never let in has nothing to tell of its containers (rejectPod in kubelet.go). */
function rejectedStatus({ pod, verdict, startTime }: StatusInput): PodStatus {
  const { qosClass } = pod.status ?? {};
  return {
    phase: "Failed",
    observedGeneration: pod.metadata.generation ?? 1,
    ...(verdict === undefined ? {} : { reason: verdict.reason, message: verdict.message }),
    ...(startTime === undefined ? {} : { startTime: apiTime(startTime) }),
    ...(qosClass === undefined ? {} : { qosClass }),
  };
}

function containerStatus(
  input: StatusInput,
  container: Container,
  old: readonly ContainerStatus[] | undefined,
  defaultReason: string,
  init: boolean,
  ephemeral = false,
): ContainerStatus {
  const instances = input.instances.get(container.name) ?? [];
  const current = instances[instances.length - 1];
  const before = old?.find((status) => status.name === container.name);
  const waiting = input.waiting.get(container.name);
  if (current === undefined) {
    const state: ContainerState = {
      waiting: waiting === undefined ? { reason: defaultReason } : { reason: waiting.reason, message: waiting.message },
    };
    return {
      name: container.name,
      state,
      lastState: before?.lastState ?? {},
      ready: false,
      restartCount: before?.restartCount ?? 0,
      image: container.image ?? "",
      imageID: "",
      ...(ephemeral ? {} : { started: false }),
      ...mountsOf(container),
    };
  }
  let state = stateOf(current);
  const previous = instances[instances.length - 2];
  let lastState: ContainerState =
    previous === undefined ? ((before?.lastState as ContainerState | undefined) ?? {}) : stateOf(previous);
  if (
    current.state === "exited" &&
    waiting !== undefined &&
    !input.finished &&
    shouldRestart(input.pod, container, current, init)
  ) {
    lastState = state;
    state = { waiting: { reason: waiting.reason, message: waiting.message } };
  }
  const running = current.state === "running";
  const sidecar = init && isSidecar(container);
  const started = running && (!init || sidecar) && input.started(container.name);
  const ready =
    init && !sidecar ? current.state === "exited" && current.exitCode === 0 : started && input.ready(container.name);
  return {
    name: container.name,
    state,
    lastState,
    ready: ephemeral ? false : ready,
    restartCount: current.restartCount,
    image: current.image,
    imageID: current.imageId,
    containerID: current.id,
    ...(ephemeral ? {} : { started }),
    ...resourcesOf(container, running ? actualOf(container, input.resizing) : container),
    ...mountsOf(container),
    ...whoRuns(current),
  };
}

/** What the runtime says of the first process's user (SupplementalGroupsPolicy). */
function whoRuns({ user }: ContainerInstance): Partial<ContainerStatus> {
  if (user === undefined) return {};
  const { uid, gid, groups } = user;
  return { user: { linux: { uid, gid, supplementalGroups: groups.length === 0 ? [gid] : [...groups] } } };
}

function stateOf(instance: ContainerInstance): ContainerState {
  if (instance.state === "running") return { running: { startedAt: apiTime(instance.startedAt ?? 0) } };
  if (instance.state === "created") return { waiting: { reason: "ContainerCreating" } };
  return {
    terminated: {
      exitCode: instance.exitCode ?? 0,
      reason: exitReason(instance),
      ...(instance.message === undefined || instance.message === "" ? {} : { message: instance.message }),
      startedAt: apiTime(instance.startedAt ?? instance.createdAt),
      finishedAt: apiTime(instance.finishedAt ?? instance.createdAt),
      containerID: instance.id,
    },
  };
}

/** The container with what it has while it is to have something else. */
function actualOf(container: Container, resizing: ResizeInProgress | undefined): Container {
  const { containers = [], initContainers = [] } = resizing?.actual.spec ?? {};
  return [...initContainers, ...containers].find(({ name }) => name === container.name) ?? container;
}

/** InPlacePodVerticalScaling: the resources the container was granted, and those it has. */
function resourcesOf(granted: Container, actual: Container): Partial<ContainerStatus> {
  const { requests, limits } = actual.resources ?? {};
  const allocated = granted.resources?.requests;
  return {
    ...(allocated === undefined ? {} : { allocatedResources: { ...allocated } }),
    resources: {
      ...(limits === undefined ? {} : { limits: { ...limits } }),
      ...(requests === undefined ? {} : { requests: { ...requests } }),
    },
  };
}

function mountsOf(container: Container): Partial<ContainerStatus> {
  if (container.volumeMounts === undefined || container.volumeMounts.length === 0) return {};
  return {
    volumeMounts: container.volumeMounts.map((mount) => ({
      name: mount.name,
      mountPath: mount.mountPath,
      ...(mount.readOnly === true ? { readOnly: true, recursiveReadOnly: "Disabled" } : {}),
    })),
  };
}

/** getPhase of kubelet_pods.go. */
function phaseOf(
  pod: Pod,
  initStatuses: readonly ContainerStatus[],
  statuses: readonly ContainerStatus[],
  finished: boolean,
): string {
  const policy = pod.spec?.restartPolicy ?? "Always";
  let pendingInitialization = 0;
  let failedInitialization = 0;
  (pod.spec?.initContainers ?? []).forEach((container, index) => {
    const status = initStatuses[index];
    if (isSidecar(container)) {
      // A sidecar that has started holds up nothing.
      if (
        status?.state?.running !== undefined ? status.started !== true : status?.lastState?.terminated === undefined
      ) {
        if (status?.state?.terminated === undefined) pendingInitialization++;
      }
      return;
    }
    if (status?.state?.terminated !== undefined) {
      if (status.state.terminated.exitCode !== 0) failedInitialization++;
    } else if (status?.state?.waiting !== undefined && status.lastState?.terminated !== undefined) {
      if (status.lastState.terminated.exitCode !== 0) failedInitialization++;
    } else {
      pendingInitialization++;
    }
  });
  let running = 0;
  let waiting = 0;
  let stopped = 0;
  let succeeded = 0;
  for (const status of statuses) {
    if (status.state?.running !== undefined) running++;
    else if (status.state?.terminated !== undefined) {
      stopped++;
      if (status.state.terminated.exitCode === 0) succeeded++;
    } else if (status.lastState?.terminated !== undefined) stopped++;
    else waiting++;
  }
  if (failedInitialization > 0 && policy === "Never") return "Failed";
  if (finished && stopped > 0 && running === 0) return stopped === succeeded && waiting === 0 ? "Succeeded" : "Failed";
  if (finished && running === 0) return "Failed";
  if (pendingInitialization > 0 || failedInitialization > 0 || waiting > 0) return "Pending";
  if (running > 0) return "Running";
  if (stopped === 0) return "Pending";
  if (policy === "Always") return "Running";
  if (stopped === succeeded) return "Succeeded";
  return policy === "Never" ? "Failed" : "Running";
}

function conditionsOf(
  input: StatusInput,
  phase: string,
  initStatuses: readonly ContainerStatus[],
  statuses: readonly ContainerStatus[],
  now: number,
): Condition[] {
  const { pod } = input;
  const old = pod.status?.conditions ?? [];
  const terminal = phase === "Succeeded" || phase === "Failed";
  const done = phase === "Succeeded" ? "PodCompleted" : "PodFailed";
  const unready = statuses.filter((status) => !status.ready).map((status) => status.name);
  // Sidecars count towards readiness as containers do.
  (pod.spec?.initContainers ?? []).forEach((container, index) => {
    if (isSidecar(container) && initStatuses[index]?.ready !== true) unready.unshift(container.name);
  });
  const incomplete = (pod.spec?.initContainers ?? [])
    .filter((container, index) => {
      const status = initStatuses[index];
      return isSidecar(container) ? status?.started !== true : status?.ready !== true;
    })
    .map((container) => container.name);
  const running = statuses.some((status) => status.state?.running !== undefined);
  const initialized: Verdict =
    phase === "Succeeded"
      ? { status: "True", reason: "PodCompleted" }
      : incomplete.length === 0 || running
        ? { status: "True" }
        : {
            status: "False",
            reason: "ContainersNotInitialized",
            message: `containers with incomplete status: [${incomplete.join(" ")}]`,
          };
  const containersReady: Verdict = terminal
    ? { status: "False", reason: done }
    : unready.length === 0
      ? { status: "True" }
      : {
          status: "False",
          reason: "ContainersNotReady",
          message: `containers with unready status: [${unready.join(" ")}]`,
        };
  const { resize, resizing } = input;
  const verdicts: [string, Verdict][] = [
    ...(resize === undefined ? [] : ([["PodResizePending", { status: "True", ...resize }]] as [string, Verdict][])),
    ...(resizing === undefined
      ? []
      : ([
          [
            "PodResizeInProgress",
            {
              status: "True",
              generation: resizing.generation,
              ...(resizing.error === undefined ? {} : { reason: "Error", message: resizing.error }),
            },
          ],
        ] as [string, Verdict][])),
    ...(input.verdict?.disruption === true
      ? ([
          [
            "DisruptionTarget",
            {
              status: "True",
              reason: "TerminationByKubelet",
              message: input.verdict.condition ?? input.verdict.message,
            },
          ],
        ] as [string, Verdict][])
      : []),
    ["PodReadyToStartContainers", { status: input.sandboxReady ? "True" : "False" }],
    ["Initialized", initialized],
    ["Ready", containersReady.status === "True" ? readinessGates(pod) : containersReady],
    ["ContainersReady", containersReady],
    ["PodScheduled", { status: "True" }],
  ];
  const conditions: Condition[] = verdicts.map(([type, verdict]) => {
    const before = old.find((condition) => condition.type === type);
    const lastTransitionTime =
      before?.status === verdict.status && before.lastTransitionTime !== undefined
        ? before.lastTransitionTime
        : apiTime(now);
    return {
      type,
      observedGeneration: verdict.generation ?? pod.metadata.generation ?? 1,
      status: verdict.status,
      lastProbeTime: null,
      lastTransitionTime,
      ...(verdict.reason === undefined ? {} : { reason: verdict.reason }),
      ...(verdict.message === undefined ? {} : { message: verdict.message }),
    } as unknown as Condition;
  });
  // What others have said about the Pod (readiness gates, DisruptionTarget) stays.
  const own = new Set([...verdicts.map(([type]) => type), "PodResizePending", "PodResizeInProgress"]);
  return [...old.filter((condition) => !own.has(condition.type)), ...conditions];
}

interface Verdict {
  readonly status: "True" | "False";
  readonly reason?: string;
  readonly message?: string;
  /** The Pod's generation that it is about, where that is not the present one. */
  readonly generation?: number;
}

function readinessGates(pod: Pod): Verdict {
  const messages: string[] = [];
  for (const gate of pod.spec?.readinessGates ?? []) {
    const condition = pod.status?.conditions?.find((candidate) => candidate.type === gate.conditionType);
    if (condition === undefined) {
      messages.push(`corresponding condition of pod readiness gate "${gate.conditionType}" does not exist.`);
    } else if (condition.status !== "True") {
      messages.push(`the status of pod readiness gate "${gate.conditionType}" is not "True", but ${condition.status}`);
    }
  }
  return messages.length === 0
    ? { status: "True" }
    : { status: "False", reason: "ReadinessGatesNotReady", message: messages.join(", ") };
}
