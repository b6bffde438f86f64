/** What an update may change of a Pod (ValidatePodUpdate in pkg/apis/core/validation/validation.go). */
import { clone, deepEqual } from "../../machinery/clone.ts";
import type { FieldError } from "../../machinery/status.ts";
import type { Steps } from "../../machinery/steps.ts";
import { forbiddenField, invalidValue, required, validateObjectMetaUpdate } from "../../machinery/validation/index.ts";
import { internalDiffInSteps } from "../internal/show.ts";
import type { Pod, PodSpec } from "../types.ts";
import { MIRROR, validatePodSpec } from "./validate.ts";

const UPDATABLE = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
].join(",");

type Toleration = NonNullable<PodSpec["tolerations"]>[number];

/** Old tolerations must stay; only how long they last may change, and new ones may come. */
function validateTolerationsUpdate(next: readonly Toleration[] = [], old: readonly Toleration[] = []): FieldError[] {
  const without = ({ tolerationSeconds: _, ...rest }: Toleration) => rest;
  const kept = old.every((before) =>
    next.some((after) =>
      deepEqual(
        before.effect === "NoExecute" ? without(before) : before,
        before.effect === "NoExecute" ? without(after) : after,
      ),
    ),
  );
  return kept
    ? []
    : [invalidValue("spec.tolerations", next, "existing toleration can not be modified except its tolerationSeconds")];
}

function validateDeadlineUpdate(next: number | undefined, old: number | undefined): FieldError[] {
  if (next !== undefined) {
    if (next < 0) return [invalidValue("spec.activeDeadlineSeconds", next, "must be greater than or equal to 0")];
    if (old !== undefined && old < next)
      return [invalidValue("spec.activeDeadlineSeconds", next, "must be less than or equal to previous value")];
  } else if (old !== undefined) {
    return [invalidValue("spec.activeDeadlineSeconds", null, "must not update from a positive integer to nil value")];
  }
  return [];
}

/** ValidatePodSpecificAnnotationUpdates: a mirror stays one, and nothing else becomes one. */
function validateMirror(next: Pod, old: Pod): FieldError[] {
  const [mark, before] = [next, old].map(({ metadata }) => metadata.annotations?.[MIRROR]);
  if (mark === before) return [];
  const what =
    before === undefined ? "may not add mirror pod annotation" : "may not remove or update mirror pod annotation";
  return [forbiddenField(`metadata.annotations[${MIRROR}]`, what)];
}

export function* validatePodUpdate(next: Pod, old: Pod): Steps<FieldError[]> {
  const errors = [...validateObjectMetaUpdate(next.metadata, old.metadata), ...validateMirror(next, old)];
  const spec = next.spec ?? { containers: [] };
  const before = old.spec ?? { containers: [] };
  if (deepEqual(spec, before)) return errors;
  errors.push(...validatePodSpec("spec", spec));
  for (const key of ["containers", "initContainers"] as const) {
    const list = spec[key] ?? [];
    if (list.length !== (before[key] ?? []).length)
      return [...errors, forbiddenField(`spec.${key}`, "pod updates may not add or remove containers")];
    for (const [index, { image }] of list.entries())
      if (!image && !errors.some(({ field }) => field === `spec.${key}[${index}].image`))
        errors.push(required(`spec.${key}[${index}].image`));
  }
  errors.push(
    ...validateDeadlineUpdate(spec.activeDeadlineSeconds, before.activeDeadlineSeconds),
    ...validateTolerationsUpdate(spec.tolerations, before.tolerations),
  );
  for (const { name } of spec.schedulingGates ?? [])
    if (!before.schedulingGates?.some((gate) => gate.name === name))
      errors.push(
        forbiddenField("spec.schedulingGates", `only deletion is allowed, but found new scheduling gate '${name}'`),
      );

  const munged = clone(spec) as PodSpec;
  for (const key of ["containers", "initContainers"] as const)
    for (const [index, container] of (munged[key] ?? []).entries()) {
      const image = before[key]?.[index]?.image;
      if (image === undefined) delete container.image;
      else container.image = image;
    }
  const restore = <K extends keyof PodSpec>(key: K) => {
    if (before[key] === undefined) delete munged[key];
    else munged[key] = before[key];
  };
  restore("activeDeadlineSeconds");
  restore("tolerations");
  restore("schedulingGates");
  if ((before.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1)
    restore("terminationGracePeriodSeconds");
  // A Pod that is held back by a gate may still narrow down where it goes.
  if ((before.schedulingGates ?? []).length > 0) {
    restore("nodeSelector");
    restore("affinity");
  }
  if (!deepEqual(munged, before)) {
    const difference = yield* internalDiffInSteps(before, munged, "PodSpec");
    errors.push(forbiddenField("spec", `pod updates may not change fields other than ${UPDATABLE}\n${difference}`));
  }
  return errors;
}

export function validatePodStatusUpdate(next: Pod, old: Pod): FieldError[] {
  const errors = validateObjectMetaUpdate(next.metadata, old.metadata);
  if (
    next.status?.nominatedNodeName &&
    next.spec?.nodeName &&
    next.status.nominatedNodeName !== old.status?.nominatedNodeName
  )
    if (next.status.nominatedNodeName !== next.spec.nodeName)
      errors.push(forbiddenField("status.nominatedNodeName", "may not be changed directly"));
  if (old.spec?.restartPolicy === "Always") return errors;
  for (const [index, before] of (old.status?.containerStatuses ?? []).entries()) {
    const after = next.status?.containerStatuses?.find(({ name }) => name === before.name);
    const terminated = before.state?.terminated;
    if (terminated === undefined || (old.spec?.restartPolicy === "OnFailure" && terminated.exitCode !== 0)) continue;
    if (after !== undefined && after.state?.terminated === undefined)
      errors.push(
        forbiddenField(`status.containerStatuses[${index}].state`, "may not be transitioned to non-terminated state"),
      );
  }
  return errors;
}
