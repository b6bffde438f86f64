/** Where a Pod's status goes (pkg/kubelet/status/status_manager.go). Both return the Pod as it is known afterwards. */
import { pods } from "../api/resources.ts";
import type { Pod, PodStatus } from "../api/types.ts";
import { deepEqual } from "../machinery/clone.ts";
import type { NodeContext } from "./node-context.ts";
import type { PodResize } from "./pod-resize.ts";
import type { MirrorPod } from "./static/mirror.ts";

type Client = NodeContext["client"];

/** To the Pod in the API, where it is still the same one. */
export function writeStatus(client: Client, pod: Pod, resize: PodResize, statusOf: (pod: Pod) => PodStatus): Pod {
  const { namespace, name = "", uid } = pod.metadata;
  const current = client.find(pods, namespace, name);
  if (current === undefined || current.metadata.uid !== uid) return pod;
  const status = statusOf(resize.allocated(current));
  if (deepEqual(current.status, status)) return pod;
  return resize.allocated(client.updateSubresource(pods, "status", { ...current, status }));
}

/** Of a Pod that comes from a file: what is known of it outlives the picture that the API has of it. */
export function writeMirrorStatus(client: Client, pod: Pod, mirror: MirrorPod, statusOf: (pod: Pod) => PodStatus): Pod {
  const current = mirror.find();
  const { generation = 1 } = current?.metadata ?? {};
  const { qosClass } = current?.status ?? {};
  const known = pod.status?.conditions === undefined ? current?.status : pod.status;
  const own = { ...pod, metadata: { ...pod.metadata, generation } };
  const status = statusOf({ ...own, status: { ...known, ...(qosClass === undefined ? {} : { qosClass }) } });
  if (current !== undefined && !deepEqual(current.status, status))
    client.updateSubresource(pods, "status", { ...current, status });
  return { ...pod, status };
}
