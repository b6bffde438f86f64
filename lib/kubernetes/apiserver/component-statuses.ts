/** v1 ComponentStatus: made up when it is asked for (registry/core/componentstatus). */
import { notFound } from "../machinery/status.ts";
import type { KubernetesObject } from "../machinery/types.ts";
import type { Served } from "./definitions.ts";
import type { ApiRequest, ApiResponse } from "./http.ts";
import type { Format } from "./rest/negotiation.ts";
import { encoded } from "./rest/responses.ts";
import { parseIncludeObject, partialMetadata, tableOf } from "./rest/table.ts";

/** What a control plane consists of; all of it runs as long as this server answers. */
const COMPONENTS = ["scheduler", "controller-manager", "etcd-0"];
const DEPRECATED = "v1 ComponentStatus is deprecated in v1.19+";

interface ComponentStatus extends KubernetesObject {
  readonly conditions: readonly { type: string; status: string; message: string; error?: string }[];
}

const statusOf = (name: string): ComponentStatus => ({
  kind: "ComponentStatus",
  apiVersion: "v1",
  metadata: { name },
  conditions: [{ type: "Healthy", status: "True", message: "ok" }],
});

const condition = (object: KubernetesObject) => (object as ComponentStatus).conditions[0];
const text = (name: string, description: string, cell: (object: KubernetesObject) => string) => ({
  name,
  type: "string" as const,
  description,
  priority: 0,
  cell,
});

const SERVED: Served = {
  definition: {
    group: "",
    version: "v1",
    kind: "ComponentStatus",
    plural: "componentstatuses",
    singular: "componentstatus",
    namespaced: false,
    schemaName: "io.k8s.api.core.v1.ComponentStatus",
    columns: [
      { ...text("Name", "Name of the component.", (object) => object.metadata.name ?? ""), format: "name" },
      text("Status", "Whether it is healthy.", (object) =>
        condition(object)?.status === "True" ? "Healthy" : "Unhealthy",
      ),
      text("Message", "What it says itself.", (object) => condition(object)?.message ?? ""),
      text("Error", "Why it could not be asked.", (object) => condition(object)?.error ?? ""),
    ],
  },
  groupResource: { group: "", resource: "componentstatuses" },
  apiVersion: "v1",
  key: "componentstatuses",
};

/** Throws NotFound for a `name` that is no component. */
export function componentStatuses(
  request: ApiRequest,
  name: string | undefined,
  now: number,
  format: Format,
  warnings: string[],
): ApiResponse {
  warnings.push(DEPRECATED);
  if (name !== undefined && !COMPONENTS.includes(name)) throw notFound(SERVED.groupResource, name);
  const items = COMPONENTS.filter((item) => name === undefined || item === name).map(statusOf);
  const list = { kind: "ComponentStatusList", apiVersion: "v1", metadata: {} };
  const shown = () => {
    switch (format.shape) {
      case "table": {
        const include = parseIncludeObject(request.query.get("includeObject"));
        return tableOf(SERVED, items, {}, { now, include, metaVersion: format.metaVersion });
      }
      case "metadata":
        return name === undefined
          ? { ...list, items: items.map((item) => partialMetadata(item, format.metaVersion)) }
          : partialMetadata(statusOf(name), format.metaVersion);
      case "object":
        return name === undefined ? { ...list, items } : items[0];
    }
  };
  return encoded(200, JSON.stringify(shown()), format, warnings);
}
