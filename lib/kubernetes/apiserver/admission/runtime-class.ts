/** What a Pod's RuntimeClass costs and where it runs (plugin/pkg/admission/runtimeclass). */
import type { Pod, RuntimeClass } from "../../api/types.ts";
import { deepEqual } from "../../machinery/clone.ts";
import { forbidden } from "../../machinery/status.ts";
import { type AdmissionAttributes, type AdmissionPlugin, admissionName } from "../request.ts";
import type { AdmissionDependencies } from "./index.ts";
import { isPodCreation } from "./service-account.ts";

const CLASSES = "runtimeclasses.node.k8s.io";

export function runtimeClass({ store }: AdmissionDependencies): AdmissionPlugin {
  const classOf = (attributes: AdmissionAttributes, pod: Pod): RuntimeClass | undefined => {
    const name = pod.spec?.runtimeClassName;
    if (name === undefined) return undefined;
    const found = store.get(CLASSES, undefined, name) as RuntimeClass | undefined;
    if (found === undefined) throw refuse(attributes, `RuntimeClass "${name}" not found`);
    return found;
  };
  return {
    name: "RuntimeClass",
    admit(attributes) {
      if (!isPodCreation(attributes)) return;
      const pod = attributes.object as Pod;
      const found = classOf(attributes, pod);
      const { spec } = pod;
      if (found === undefined || spec === undefined) return;
      const fixed = found.overhead?.podFixed;
      if (fixed !== undefined) {
        if (spec.overhead !== undefined && !deepEqual(spec.overhead, fixed))
          throw refuse(attributes, "Pod's Overhead doesn't match RuntimeClass's defined Overhead");
        spec.overhead = { ...fixed };
      }
      const { nodeSelector = {}, tolerations = [] } = found.scheduling ?? {};
      for (const [key, value] of Object.entries(nodeSelector)) {
        const own = spec.nodeSelector?.[key];
        if (own !== undefined && own !== value)
          throw refuse(
            attributes,
            `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`,
          );
        spec.nodeSelector = { ...spec.nodeSelector, [key]: value };
      }
      for (const toleration of tolerations)
        if (!spec.tolerations?.some((own) => deepEqual(own, toleration)))
          spec.tolerations = [...(spec.tolerations ?? []), { ...toleration }];
    },
    validate(attributes) {
      if (!isPodCreation(attributes)) return;
      const pod = attributes.object as Pod;
      if (pod.spec?.overhead === undefined) return;
      if (classOf(attributes, pod)?.overhead?.podFixed === undefined)
        throw refuse(attributes, "Pod Overhead set without corresponding RuntimeClass defined Overhead");
    },
  };
}

const refuse = (attributes: AdmissionAttributes, why: string) =>
  forbidden(attributes.served.groupResource, admissionName(attributes), `pod rejected: ${why}`);
