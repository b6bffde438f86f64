/** The order in which the containers of a Pod end (pkg/kubelet/kuberuntime/kuberuntime_termination_order.go). */
import type { Clock } from "../../clock/index.ts";
import type { Pod } from "../api/types.ts";
import { type ContainerInstance, isSidecar } from "./instance.ts";
import type { PodContainers } from "./pod-containers.ts";
import { specOf } from "./pod-resize.ts";

/** Containers at once; sidecars after them, the last one first, within the same `graceMs`. */
export async function stopAll(
  clock: Clock,
  { pod, containers }: { readonly pod: Pod; readonly containers: PodContainers },
  graceMs: number,
): Promise<void> {
  const sidecars = (pod.spec?.initContainers ?? []).filter(isSidecar).map((container) => container.name);
  const began = clock.now();
  const stop = (instance: ContainerInstance, left: number) =>
    containers.stop(instance, specOf(pod, instance.name), `Stopping container ${instance.name}`, left);
  const running = containers.running();
  await Promise.all(running.filter(({ name }) => !sidecars.includes(name)).map((instance) => stop(instance, graceMs)));
  for (const name of sidecars.reverse()) {
    const instance = containers.current(name);
    if (instance?.state !== "running") continue;
    await stop(instance, Math.max(0, graceMs - (clock.now() - began)));
  }
}
