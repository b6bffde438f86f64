/** v1 Node: pkg/registry/core/node/strategy.go. */

import { shared } from "../../machinery/share.ts";
import { define } from "../define.ts";
import { ageColumn, column, nameColumn, wide } from "../printing/columns.ts";
import { nodes } from "../resources.ts";
import type { Node } from "../types.ts";
import { defaultNode, validateNode, validateNodeUpdate } from "./small-rules.ts";

const ROLE_PREFIX = "node-role.kubernetes.io/";

function readiness(node: Node): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === "Ready");
  const words = [ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady"];
  if (node.spec?.unschedulable) words.push("SchedulingDisabled");
  return words.join(",");
}

function roles(node: Node): string {
  const found = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length) found.add(key.slice(ROLE_PREFIX.length));
    else if (key === "kubernetes.io/role" && value !== "") found.add(value);
  }
  return [...found].sort().join(",") || "<none>";
}

const address = (node: Node, type: string) =>
  node.status?.addresses?.find((candidate) => candidate.type === type)?.address || "<none>";

export const node = define(nodes, {
  shortNames: ["no"],
  subresources: ["status", "proxy"],
  columns: [
    nameColumn(),
    column("Status", "string", "Whether the node takes and runs Pods.", readiness),
    column("Roles", "string", "What the node's role labels say.", roles),
    ageColumn(),
    column("Version", "string", "Version of the kubelet.", (object) => object.status?.nodeInfo?.kubeletVersion ?? ""),
    wide("Internal-IP", "string", "Address inside the cluster.", (object) => address(object, "InternalIP")),
    wide("External-IP", "string", "Address outside the cluster.", (object) => address(object, "ExternalIP")),
    wide("OS-Image", "string", "Operating system.", (object) => object.status?.nodeInfo?.osImage || "<unknown>"),
    wide("Kernel-Version", "string", "Kernel.", (object) => object.status?.nodeInfo?.kernelVersion || "<unknown>"),
    wide(
      "Container-Runtime",
      "string",
      "What runs the containers.",
      (object) => object.status?.nodeInfo?.containerRuntimeVersion || "<unknown>",
    ),
  ],
  selectableFields: { "spec.unschedulable": (object) => String(object.spec?.unschedulable ?? false) },
  applyDefaults: defaultNode,
  share({ status }) {
    if (status === undefined || Object.isFrozen(status)) return;
    if (status.images !== undefined) status.images = shared(status.images);
    if (status.capacity !== undefined) status.capacity = shared(status.capacity);
    if (status.allocatable !== undefined) status.allocatable = shared(status.allocatable);
  },
  prepareForUpdate(object, old) {
    if (old.status !== undefined) object.status = old.status;
  },
  prepareForStatusUpdate(object, old) {
    if (old.spec !== undefined) object.spec = old.spec;
  },
  validate: validateNode,
  validateUpdate: validateNodeUpdate,
  validateStatusUpdate: validateNodeUpdate,
});
