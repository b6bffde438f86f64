/** Says that a policy was looked at (pkg/controller/validatingadmissionpolicystatus). Types are not checked here. */
import { validatingAdmissionPolicies } from "../api/resources.ts";
import { type ControllerDefinition, watch } from "./framework/controller.ts";
import { unlessGone } from "./framework/owners.ts";

export const validatingAdmissionPolicyStatusController: ControllerDefinition = {
  name: "validatingadmissionpolicy-status-controller",
  create({ client, lister }) {
    return {
      watches: [
        watch(validatingAdmissionPolicies, ({ type, object }, queue) => {
          if (type !== "DELETED") queue.add(object.metadata.name ?? "");
        }),
      ],
      sync(name) {
        const policy = lister.find(validatingAdmissionPolicies, undefined, name);
        const generation = policy?.metadata.generation;
        if (generation === undefined || policy?.status?.observedGeneration === generation) return;
        unlessGone(() =>
          client.modify(
            validatingAdmissionPolicies,
            undefined,
            name,
            (next) => {
              next.status = { ...next.status, observedGeneration: generation, typeChecking: {} };
            },
            "status",
          ),
        );
      },
    };
  },
};
