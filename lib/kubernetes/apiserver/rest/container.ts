/** Which container of a Pod a request means. */
import type { Pod } from "../../api/types.ts";
import { badRequest } from "../../machinery/status.ts";

/** The container a stream is for (pkg/registry/core/pod/strategy.go: podHasContainerWithName and defaults). */
export function containerOf(pod: Pod, wanted: string): string {
  const name = pod.metadata.name ?? "";
  const names = (list: readonly { name?: string }[] | undefined) => (list ?? []).map((item) => item.name ?? "");
  const regular = names(pod.spec?.containers);
  const init = names(pod.spec?.initContainers);
  const ephemeral = names(pod.spec?.ephemeralContainers);
  if (wanted !== "") {
    if (![...regular, ...init, ...ephemeral].includes(wanted))
      throw badRequest(`container ${wanted} is not valid for pod ${name}`);
    return wanted;
  }
  const [only] = regular;
  if (regular.length === 1 && only !== undefined) return only;
  throw badRequest(
    `a container name must be specified for pod ${name}, choose one of: [${regular.join(" ")}]${init.length > 0 ? ` or one of the init containers: [${init.join(" ")}]` : ""}`,
  );
}
