/** Objects live in namespaces that exist and are not being deleted (apiserver admission/plugin/namespace/lifecycle). */
import { forbidden, notFound } from "../../machinery/status.ts";
import type { AdmissionPlugin } from "../request.ts";
import { admissionName } from "../request.ts";
import type { AdmissionDependencies } from "./index.ts";

const IMMORTAL = new Set(["default", "kube-system", "kube-public"]);
const NAMESPACES = { group: "", resource: "namespaces" };

export function namespaceLifecycle({ store }: AdmissionDependencies): AdmissionPlugin {
  return {
    name: "NamespaceLifecycle",
    admit(attributes) {
      const { operation, served, namespace, name } = attributes;
      if (served.key === "namespaces") {
        if (operation === "DELETE" && attributes.subresource === undefined && IMMORTAL.has(name))
          throw forbidden(NAMESPACES, name, "this namespace may not be deleted");
        return;
      }
      if (operation !== "CREATE" || !served.definition.namespaced || namespace === undefined) return;
      const found = store.get("namespaces", undefined, namespace);
      if (found === undefined) throw notFound(NAMESPACES, namespace);
      if (found.metadata.deletionTimestamp === undefined || attributes.subresource !== undefined) return;
      const refusal = forbidden(
        served.groupResource,
        admissionName(attributes),
        `unable to create new content in namespace ${namespace} because it is being terminated`,
      );
      refusal.status.details = {
        ...refusal.status.details,
        causes: [
          {
            reason: "NamespaceTerminating",
            message: `namespace ${namespace} is being terminated`,
            field: "metadata.namespace",
          },
        ],
      };
      throw refusal;
    },
  };
}
