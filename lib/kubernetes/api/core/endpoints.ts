/** v1 Endpoints: pkg/registry/core/endpoint/strategy.go. */
import { validateObjectMetaUpdate } from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { ageColumn, column, firstThree, nameColumn } from "../printing/columns.ts";
import { endpoints as resource } from "../resources.ts";
import type { Endpoints } from "../types.ts";
import { defaultEndpoints, validateEndpoints } from "./small-rules.ts";

function formatEndpoints(object: Endpoints): string {
  if ((object.subsets ?? []).length === 0) return "<none>";
  const list: string[] = [];
  for (const { addresses = [], ports = [] } of object.subsets ?? []) {
    // A headless Service may have addresses without ports.
    if (ports.length === 0) for (const { ip } of addresses) list.push(ip);
    for (const { port } of ports) {
      for (const { ip } of addresses) list.push(ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`);
    }
  }
  return firstThree(list, "");
}

export const endpoints = define(resource, {
  createOnUpdate: true,
  deprecation: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  shortNames: ["ep"],
  singular: "endpoints",
  columns: [nameColumn(), column("Endpoints", "string", "Addresses that are ready.", formatEndpoints), ageColumn()],
  applyDefaults: defaultEndpoints,
  validate: validateEndpoints,
  validateUpdate: (object, old) => [
    ...validateObjectMetaUpdate(object.metadata, old.metadata),
    ...validateEndpoints(object),
  ],
});
