/** What `kubectl get pods` shows of a Pod (printPod in pkg/printers/internalversion/printers.go). */
import { age } from "../../../encoding/index.ts";
import type { ContainerStatus, Pod } from "../types.ts";

interface PodSummary {
  readonly ready: number;
  readonly total: number;
  /** The STATUS column: a phase, a reason, or how far initialization has come. */
  readonly reason: string;
  /** The RESTARTS column. */
  readonly restarts: string;
}

/** An init container that goes on running beside the others. */
function isSidecar(pod: Pod, name: string): boolean {
  return pod.spec?.initContainers?.find((container) => container.name === name)?.restartPolicy === "Always";
}

const hasCondition = (pod: Pod, type: string) =>
  pod.status?.conditions?.some((condition) => condition.type === type && condition.status === "True") ?? false;

/** Restarts and when the last of them was. */
class RestartCount {
  #count = 0;
  #last = "";

  add(status: ContainerStatus): void {
    this.#count += status.restartCount;
    const finished = status.lastState?.terminated?.finishedAt;
    if (finished && (this.#last === "" || Date.parse(finished) > Date.parse(this.#last))) this.#last = finished;
  }

  text(now: number): string {
    if (this.#count === 0 || this.#last === "") return String(this.#count);
    return `${this.#count} (${age(this.#last, now)} ago)`;
  }
}

type Terminated = NonNullable<NonNullable<ContainerStatus["state"]>["terminated"]>;

function terminationReason(terminated: Terminated): string {
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
}

export function summarizePod(pod: Pod, now: number): PodSummary {
  const status = pod.status ?? {};
  let reason = status.reason || status.phase || "";
  if (status.conditions?.some(({ type, reason: why }) => type === "PodScheduled" && why === "SchedulingGated")) {
    reason = "SchedulingGated";
  }

  const initContainers = pod.spec?.initContainers ?? [];
  const sidecars = initContainers.filter((container) => container.restartPolicy === "Always").length;
  const total = (pod.spec?.containers.length ?? 0) + sidecars;
  let ready = 0;
  let restarts = new RestartCount();
  const sidecarRestarts = new RestartCount();
  let initializing = false;

  for (const [index, container] of (status.initContainerStatuses ?? []).entries()) {
    const sidecar = isSidecar(pod, container.name);
    restarts.add(container);
    if (sidecar) sidecarRestarts.add(container);
    const { terminated, waiting } = container.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (sidecar && container.started === true) {
      if (container.ready) ready++;
      continue;
    }
    initializing = true;
    if (terminated) reason = `Init:${terminationReason(terminated)}`;
    else if (waiting?.reason && waiting.reason !== "PodInitializing") reason = `Init:${waiting.reason}`;
    else reason = `Init:${index}/${initContainers.length}`;
    break;
  }

  if (!initializing || hasCondition(pod, "Initialized")) {
    restarts = sidecarRestarts;
    let running = false;
    for (const container of [...(status.containerStatuses ?? [])].reverse()) {
      restarts.add(container);
      const { terminated, waiting, running: isRunning } = container.state ?? {};
      if (waiting?.reason) reason = waiting.reason;
      else if (terminated) reason = terminationReason(terminated);
      else if (container.ready && isRunning) {
        running = true;
        ready++;
      }
    }
    if (reason === "Completed" && running) reason = hasCondition(pod, "Ready") ? "Running" : "NotReady";
  }

  if (pod.metadata.deletionTimestamp !== undefined) {
    if (status.reason === "NodeLost") reason = "Unknown";
    else if (status.phase !== "Succeeded" && status.phase !== "Failed") reason = "Terminating";
  }
  return { ready, total, reason, restarts: restarts.text(now) };
}

/** How many of the readiness gates are open, "1/2". */
export function readinessGates(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return "<none>";
  const open = gates.filter((gate) => hasCondition(pod, gate.conditionType)).length;
  return `${open}/${gates.length}`;
}
