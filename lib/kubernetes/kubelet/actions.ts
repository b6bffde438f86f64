/** What to do next for a Pod (kuberuntime_manager.go computePodActions). Pure. */
import type { Container, Pod } from "../api/types.ts";
import { type ContainerInstance, isResize, isSidecar, shouldRestart } from "./instance.ts";

interface ActionInput {
  readonly pod: Pod;
  readonly instances: ReadonlyMap<string, readonly ContainerInstance[]>;
  /** Containers whose liveness or startup probe gave up. */
  readonly unhealthy: ReadonlyMap<string, "liveness" | "startup">;
  /** True once a sidecar's startup probe has passed (or it has none and runs). */
  readonly started: (container: string) => boolean;
  readonly specHash: (container: Container) => string;
}

export interface PodActions {
  /** Nothing will ever run again: the Pod has reached its end. */
  readonly finished: boolean;
  readonly kill: readonly { readonly name: string; readonly message: string }[];
  readonly startInit: readonly Container[];
  readonly start: readonly Container[];
  readonly startEphemeral: readonly Container[];
}

export function computeActions(input: ActionInput): PodActions {
  const { pod } = input;
  const policy = pod.spec?.restartPolicy ?? "Always";
  const kill: { name: string; message: string }[] = [];
  const startInit: Container[] = [];
  const start: Container[] = [];
  const startEphemeral = (pod.spec?.ephemeralContainers ?? []).filter(
    (container) => current(input, container.name) === undefined,
  ) as Container[];

  const initContainers = pod.spec?.initContainers ?? [];
  let initialized = true;
  // Once an app container has been made, ordinary init containers are history; sidecars are looked after always.
  const begun = (pod.spec?.containers ?? []).some((container) => current(input, container.name) !== undefined);
  for (const container of initContainers) {
    const instance = current(input, container.name);
    if (isSidecar(container)) {
      const dying = considerRunning(input, container, instance, kill);
      if (instance === undefined || instance.state === "exited" || dying) {
        if (!dying) startInit.push(container);
        if (!begun && instance?.state !== "exited") {
          initialized = false;
          break;
        }
      } else if (!input.started(container.name) && !begun) {
        initialized = false;
        break;
      }
      continue;
    }
    if (begun) continue;
    if (instance?.state === "exited" && instance.exitCode === 0) continue;
    initialized = false;
    if (instance?.state === "exited" && policy === "Never") {
      return { finished: true, kill: [], startInit: [], start: [], startEphemeral: [] };
    }
    if (instance === undefined || instance.state === "exited") startInit.push(container);
    break;
  }

  let keep = 0;
  if (initialized) {
    for (const container of pod.spec?.containers ?? []) {
      const instance = current(input, container.name);
      if (instance !== undefined && instance.state !== "exited") {
        const dying = considerRunning(input, container, instance, kill);
        if (!dying || policy !== "Never") keep++;
        continue;
      }
      if (shouldRestart(pod, container, instance, false)) start.push(container);
    }
  }
  const finished = initialized && keep === 0 && start.length === 0;
  return finished
    ? { finished, kill, startInit: [], start: [], startEphemeral: [] }
    : { finished, kill, startInit, start, startEphemeral };
}

/** Adds a running container to `kill` where it has to go; true where it does. */
function considerRunning(
  input: ActionInput,
  container: Container,
  instance: ContainerInstance | undefined,
  kill: { name: string; message: string }[],
): boolean {
  if (instance?.state !== "running") return false;
  const restart = (input.pod.spec?.restartPolicy ?? "Always") !== "Never" || isSidecar(container);
  if (instance.specHash !== input.specHash(container)) {
    kill.push({
      name: container.name,
      message: isResize(instance.specHash, container)
        ? `Container ${container.name} resize requires restart`
        : `Container ${container.name} definition changed, will be restarted`,
    });
    return true;
  }
  const probe = input.unhealthy.get(container.name);
  if (probe === undefined) return false;
  const message = `Container ${container.name} failed ${probe} probe`;
  kill.push({ name: container.name, message: restart ? `${message}, will be restarted` : message });
  return true;
}

function current(input: ActionInput, name: string): ContainerInstance | undefined {
  const instances = input.instances.get(name);
  return instances?.[instances.length - 1];
}
