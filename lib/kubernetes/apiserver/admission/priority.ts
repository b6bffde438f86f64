/** From priorityClassName to a number (plugin/pkg/admission/priority). */
import type { Pod, PriorityClass } from "../../api/types.ts";
import { forbidden } from "../../machinery/status.ts";
import { type AdmissionAttributes, type AdmissionPlugin, admissionName } from "../request.ts";
import type { AdmissionDependencies } from "./index.ts";
import { isPodCreation } from "./service-account.ts";

const CLASSES = "priorityclasses.scheduling.k8s.io";
const DEFAULT_POLICY = "PreemptLowerPriority";

export function priority({ store }: AdmissionDependencies): AdmissionPlugin {
  const classes = () => store.list(CLASSES) as PriorityClass[];
  return {
    name: "Priority",
    admit(attributes) {
      if (!isPodCreation(attributes)) return;
      const spec = (attributes.object as Pod).spec;
      if (spec === undefined) return;
      let value = 0;
      let policy = DEFAULT_POLICY;
      if (spec.priorityClassName) {
        const found = store.get(CLASSES, undefined, spec.priorityClassName) as PriorityClass | undefined;
        if (found === undefined)
          throw refuse(attributes, `no PriorityClass with name ${spec.priorityClassName} was found`);
        value = found.value;
        policy = found.preemptionPolicy ?? DEFAULT_POLICY;
      } else {
        // Of several defaults the one with the lowest value counts.
        const [lowest] = classes()
          .filter((item) => item.globalDefault === true)
          .sort((a, b) => a.value - b.value);
        if (lowest !== undefined) {
          spec.priorityClassName = lowest.metadata.name ?? "";
          value = lowest.value;
          policy = lowest.preemptionPolicy ?? DEFAULT_POLICY;
        }
      }
      if (spec.priority !== undefined && spec.priority !== value)
        throw refuse(
          attributes,
          `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
        );
      spec.priority = value;
      if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy)
        throw refuse(
          attributes,
          `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
        );
      spec.preemptionPolicy = policy;
    },
    validate({ operation, served, object, subresource, name }) {
      if (served.key !== CLASSES || operation === "DELETE" || subresource !== undefined) return;
      const wanted = object as PriorityClass | undefined;
      if (wanted?.globalDefault !== true) return;
      const other = classes().find(
        (item) => item.globalDefault === true && item.metadata.name !== wanted.metadata.name,
      );
      if (other !== undefined)
        throw forbidden(
          served.groupResource,
          name,
          `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`,
        );
    },
  };
}

const refuse = (attributes: AdmissionAttributes, message: string) =>
  forbidden(attributes.served.groupResource, admissionName(attributes), message);
