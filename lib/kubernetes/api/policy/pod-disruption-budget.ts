/** policy/v1 PodDisruptionBudget: pkg/registry/policy/poddisruptionbudget/strategy.go. */
import type { FieldError } from "../../machinery/status.ts";
import {
  atMost100Percent,
  invalidValue,
  isDns1123Subdomain,
  nonNegativeIntOrPercent,
  notSupported,
  validateLabelSelector,
} from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { keepSpec, keepStatus } from "../lifecycle.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { podDisruptionBudgets } from "../resources.ts";
import { metadataOnly, rules } from "../simple-rules.ts";
import type { PodDisruptionBudget } from "../types.ts";

function validateSpec({ spec }: PodDisruptionBudget): FieldError[] {
  const errors: FieldError[] = [];
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = spec ?? {};
  if (minAvailable !== undefined && maxUnavailable !== undefined)
    errors.push(invalidValue("spec", spec, "minAvailable and maxUnavailable cannot be both set"));
  for (const [key, value] of Object.entries({ minAvailable, maxUnavailable }))
    errors.push(...nonNegativeIntOrPercent(`spec.${key}`, value), ...atMost100Percent(`spec.${key}`, value));
  errors.push(...validateLabelSelector("spec.selector", selector));
  const policies = ["AlwaysAllow", "IfHealthyBudget"];
  if (unhealthyPodEvictionPolicy !== undefined && !policies.includes(unhealthyPodEvictionPolicy))
    errors.push(notSupported("spec.unhealthyPodEvictionPolicy", unhealthyPodEvictionPolicy, policies));
  return errors;
}

const orNone = (value: number | string | undefined) => (value === undefined ? "N/A" : String(value));

export const podDisruptionBudget = define(podDisruptionBudgets, {
  unconditionalUpdate: false,
  shortNames: ["pdb"],
  subresources: ["status"],
  columns: [
    nameColumn(),
    column("Min Available", "string", "Pods that must stay.", (object) => orNone(object.spec?.minAvailable)),
    column("Max Unavailable", "string", "Pods that may be away.", (object) => orNone(object.spec?.maxUnavailable)),
    column(
      "Allowed Disruptions",
      "integer",
      "Pods that may go now.",
      (object) => object.status?.disruptionsAllowed ?? 0,
    ),
    ageColumn(),
  ],
  prepareForCreate(object) {
    object.metadata.generation = 1;
    object.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  ...rules<PodDisruptionBudget>(true, isDns1123Subdomain, validateSpec),
  validateStatusUpdate: metadataOnly,
});
