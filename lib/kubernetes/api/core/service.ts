/** v1 Service: pkg/registry/core/service/strategy.go. */

import { validateObjectMetaUpdate } from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { keepSpec } from "../lifecycle.ts";
import { ageColumn, column, formatLabels, nameColumn, wide } from "../printing/columns.ts";
import { services } from "../resources.ts";
import type { Service } from "../types.ts";
import {
  defaultService,
  prepareService,
  prepareServiceUpdate,
  validateService,
  validateServiceUpdate,
} from "./service-rules.ts";

/** getServiceExternalIP in pkg/printers/internalversion. */
function externalIP(service: Service): string {
  const given = service.spec?.externalIPs ?? [];
  switch (service.spec?.type) {
    case "ClusterIP":
    case "NodePort":
      return given.length > 0 ? given.join(",") : "<none>";
    case "LoadBalancer": {
      const ingress = service.status?.loadBalancer?.ingress ?? [];
      const balancer = [...new Set(ingress.map(({ ip, hostname }) => ip || hostname || "").filter(Boolean))].sort();
      return [...balancer, ...given].join(",") || "<pending>";
    }
    case "ExternalName":
      return service.spec.externalName ?? "";
    default:
      return "<unknown>";
  }
}

function ports(service: Service): string {
  const list = (service.spec?.ports ?? []).map(({ port, nodePort, protocol }) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  return list.join(",") || "<none>";
}

export const service = define(services, {
  createOnUpdate: true,
  shortNames: ["svc"],
  categories: ["all"],
  subresources: ["status", "proxy"],
  columns: [
    nameColumn(),
    column("Type", "string", "How the Service can be reached.", (object) => object.spec?.type ?? ""),
    column(
      "Cluster-IP",
      "string",
      "Address inside the cluster.",
      (object) => object.spec?.clusterIPs?.[0] || object.spec?.clusterIP || "<none>",
    ),
    column("External-IP", "string", "Addresses or name outside the cluster.", externalIP),
    column("Port(s)", "string", "Ports, with their node ports.", ports),
    ageColumn(),
    wide("Selector", "string", "Which Pods are behind the Service.", (object) => formatLabels(object.spec?.selector)),
  ],
  selectableFields: {
    "spec.clusterIP": (object) => object.spec?.clusterIP ?? "",
    "spec.type": (object) => object.spec?.type ?? "",
  },
  applyDefaults: defaultService,
  prepareForCreate: prepareService,
  prepareForUpdate: prepareServiceUpdate,
  prepareForStatusUpdate: keepSpec,
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  validateStatusUpdate: (object, old) => validateObjectMetaUpdate(object.metadata, old.metadata),
});
