/** The resize subresource: cpu and memory of a Pod's containers may change (podResizeStrategy, ValidatePodResize). */
import { clone, deepEqual } from "../../machinery/clone.ts";
import type { FieldError } from "../../machinery/status.ts";
import { forbiddenField, invalidValue, validateObjectMetaUpdate } from "../../machinery/validation/index.ts";
import { countGeneration } from "../lifecycle.ts";
import type { Container, Pod } from "../types.ts";
import { computeQosClass } from "./qos.ts";
import { validatePodSpec } from "./validate.ts";

const RESIZABLE = new Set(["cpu", "memory"]);
const LISTS = ["initContainers", "containers"] as const;

/** Everything but resources and resize policies stays as it was (dropNonResizeUpdates). */
export function prepareResize(next: Pod, old: Pod): void {
  const wanted = next.spec;
  const spec = clone(old.spec);
  if (spec !== undefined)
    for (const list of LISTS)
      for (const container of spec[list] ?? []) {
        const from = wanted?.[list]?.find(({ name }) => name === container.name);
        if (from === undefined) continue;
        if (from.resources === undefined) delete container.resources;
        else container.resources = from.resources;
      }
  if (spec === undefined) delete next.spec;
  else next.spec = spec;
  if (old.status === undefined) delete next.status;
  else next.status = old.status;
  countGeneration(next, old, deepEqual(next.spec, old.spec));
}

function validateContainer(field: string, next: Container, old: Container): FieldError[] {
  const errors: FieldError[] = [];
  for (const kind of ["limits", "requests"] as const) {
    const before = old.resources?.[kind] ?? {};
    const after = next.resources?.[kind] ?? {};
    const label = kind === "limits" ? "resource limits" : "resource requests";
    for (const name of RESIZABLE)
      if (before[name] !== undefined && after[name] === undefined) {
        errors.push(forbiddenField(`${field}.resources.${kind}`, `${label} cannot be removed`));
        break;
      }
    const others = (list: Readonly<Record<string, string>>) =>
      Object.fromEntries(Object.entries(list).filter(([name]) => !RESIZABLE.has(name)));
    if (!deepEqual(others(before), others(after)))
      errors.push(forbiddenField("spec", "only cpu and memory resources are mutable"));
  }
  return errors;
}

export function validateResize(next: Pod, old: Pod): FieldError[] {
  const errors = validateObjectMetaUpdate(next.metadata, old.metadata);
  if (next.spec === undefined || old.spec === undefined) return errors;
  errors.push(...validatePodSpec("spec", next.spec));
  const qosClass = computeQosClass(next);
  if (qosClass !== (old.status?.qosClass ?? computeQosClass(old)))
    errors.push(invalidValue("spec", qosClass, "Pod QOS Class may not change as a result of resizing"));
  for (const list of LISTS)
    for (const [index, container] of (next.spec[list] ?? []).entries()) {
      const before = old.spec[list]?.[index];
      if (before === undefined || deepEqual(before.resources, container.resources)) continue;
      if (list === "initContainers" && container.restartPolicy !== "Always")
        errors.push(forbiddenField("spec", "only containers and restartable init containers can be resized"));
      errors.push(...validateContainer(`spec.${list}[${index}]`, container, before));
    }
  return errors;
}
