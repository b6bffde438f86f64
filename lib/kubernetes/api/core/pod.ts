/** v1 Pod: pkg/registry/core/pod/strategy.go, pkg/apis/core/v1/defaults.go, pkg/apis/core/validation. */

import { deepEqual } from "../../machinery/clone.ts";
import { shareSpec, shareStatus } from "../../machinery/share.ts";
import { define } from "../define.ts";
import { countGeneration } from "../lifecycle.ts";
import { defaultPod } from "../pods/defaults.ts";
import { computeQosClass } from "../pods/qos.ts";
import { prepareResize, validateResize } from "../pods/resize.ts";
import { validatePod } from "../pods/validate.ts";
import { validatePodStatusUpdate, validatePodUpdate } from "../pods/validate-update.ts";
import { podWarnings } from "../pods/warnings.ts";
import { ageColumn, column, nameColumn, wide } from "../printing/columns.ts";
import { readinessGates, summarizePod } from "../printing/pod.ts";
import { pods } from "../resources.ts";
import type { Pod } from "../types.ts";

export const pod = define(pods, {
  shortNames: ["po"],
  categories: ["all"],
  subresources: [
    "status",
    "log",
    "exec",
    "attach",
    "portforward",
    "proxy",
    "eviction",
    "binding",
    "ephemeralcontainers",
    "resize",
  ],
  columns: [
    nameColumn(),
    column("Ready", "string", "Containers that are ready, of all.", (object, now) => {
      const { ready, total } = summarizePod(object, now);
      return `${ready}/${total}`;
    }),
    column("Status", "string", "Phase, or what holds the Pod up.", (object, now) => summarizePod(object, now).reason),
    column(
      "Restarts",
      "string",
      "How often containers started again, and when last.",
      (object, now) => summarizePod(object, now).restarts,
    ),
    ageColumn(),
    wide(
      "IP",
      "string",
      "Address of the Pod.",
      (object) => object.status?.podIPs?.[0]?.ip || object.status?.podIP || "<none>",
    ),
    wide("Node", "string", "Node the Pod is bound to.", (object) => object.spec?.nodeName || "<none>"),
    wide(
      "Nominated Node",
      "string",
      "Node that is being cleared for the Pod.",
      (object) => object.status?.nominatedNodeName || "<none>",
    ),
    wide("Readiness Gates", "string", "Readiness gates that are open, of all.", readinessGates),
  ],
  selectableFields: {
    "spec.nodeName": (object) => object.spec?.nodeName ?? "",
    "spec.restartPolicy": (object) => object.spec?.restartPolicy ?? "",
    "spec.schedulerName": (object) => object.spec?.schedulerName ?? "",
    "spec.serviceAccountName": (object) => object.spec?.serviceAccountName ?? "",
    "spec.hostNetwork": (object) => String(object.spec?.hostNetwork ?? false),
    "status.phase": (object) => object.status?.phase ?? "",
    "status.podIP": (object) => object.status?.podIP ?? "",
    "status.nominatedNodeName": (object) => object.status?.nominatedNodeName ?? "",
  },
  applyDefaults: defaultPod,
  share({ spec, status }) {
    if (spec !== undefined) shareSpec(spec);
    if (status !== undefined) shareStatus(status);
  },
  prepareForCreate(object) {
    object.metadata.generation = 1;
    object.status = { phase: "Pending", qosClass: computeQosClass(object) };
    // The scheduler does not look at it, so the API server says why it waits (applySchedulingGatedCondition).
    if ((object.spec?.schedulingGates ?? []).length > 0)
      object.status.conditions = [
        {
          type: "PodScheduled",
          status: "False",
          reason: "SchedulingGated",
          message: "Scheduling is blocked due to non-empty scheduling gates",
        } as NonNullable<NonNullable<Pod["status"]>["conditions"]>[number],
      ];
  },
  prepareForUpdate(object, old) {
    if (old.status === undefined) delete object.status;
    else object.status = old.status;
    // Set by their own subresource.
    if (object.spec !== undefined && old.spec?.ephemeralContainers !== undefined)
      object.spec.ephemeralContainers = old.spec.ephemeralContainers;
    countGeneration(object, old, deepEqual(object.spec, old.spec));
  },
  subresourceUpdates: { resize: { prepare: prepareResize, validate: validateResize } },
  prepareForStatusUpdate(object, old) {
    if (old.spec !== undefined) object.spec = old.spec;
    if (old.metadata.generation !== undefined) object.metadata.generation = old.metadata.generation;
    if (old.metadata.ownerReferences !== undefined) object.metadata.ownerReferences = old.metadata.ownerReferences;
    if (object.status !== undefined && old.status?.qosClass !== undefined) object.status.qosClass = old.status.qosClass;
  },
  validate: validatePod,
  validateUpdate: validatePodUpdate,
  validateStatusUpdate: validatePodStatusUpdate,
  warnings: (object) => podWarnings(object.metadata, object.spec, ""),
  gracePeriod(object, requested) {
    // Nothing runs yet, or no longer: gone at once (pkg/registry/core/pod/strategy.go, CheckGracefulDelete).
    const { phase } = object.status ?? {};
    if (!object.spec?.nodeName || phase === "Failed" || phase === "Succeeded") return 0;
    const seconds = requested ?? object.spec.terminationGracePeriodSeconds ?? 30;
    return seconds < 0 ? 1 : seconds;
  },
});
