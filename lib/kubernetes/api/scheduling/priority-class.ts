/** scheduling.k8s.io/v1 PriorityClass: pkg/registry/scheduling/priorityclass/strategy.go. */
import { forbiddenField, immutable, isDns1123Subdomain, notSupported } from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { setDefault } from "../pods/defaults.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { priorityClasses } from "../resources.ts";
import { rules } from "../simple-rules.ts";
import type { PriorityClass } from "../types.ts";

const HIGHEST_USER_PRIORITY = 1_000_000_000;
/** The system's own, by value. */
const SYSTEM: Readonly<Record<string, number>> = {
  "system-cluster-critical": 2_000_000_000,
  "system-node-critical": 2_000_001_000,
};

export const priorityClass = define(priorityClasses, {
  shortNames: ["pc"],
  columns: [
    nameColumn(),
    column("Value", "integer", "The priority itself.", (object) => object.value),
    column(
      "Global-Default",
      "boolean",
      "Whether Pods without a class get it.",
      (object) => object.globalDefault ?? false,
    ),
    ageColumn(),
    column(
      "PreemptionPolicy",
      "string",
      "Whether Pods of it push others away.",
      (object) => object.preemptionPolicy ?? "",
    ),
  ],
  applyDefaults: (object) => setDefault(object, "preemptionPolicy", "PreemptLowerPriority"),
  prepareForCreate(object) {
    object.metadata.generation = 1;
  },
  ...rules<PriorityClass>(
    false,
    isDns1123Subdomain,
    ({ metadata: { name = "" }, value, preemptionPolicy }) => {
      const errors = [];
      if (name.startsWith("system-")) {
        if (SYSTEM[name] !== value)
          errors.push(
            forbiddenField(
              "metadata.name",
              `priority class names with 'system-' prefix are reserved for system use only. error: ${name in SYSTEM ? `value of ${name} PriorityClass must be ${SYSTEM[name]}` : `${name} is not a known system priority class`}`,
            ),
          );
      } else if (value > HIGHEST_USER_PRIORITY) {
        errors.push(
          forbiddenField("value", `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`),
        );
      }
      const policies = ["PreemptLowerPriority", "Never"];
      if (preemptionPolicy !== undefined && !policies.includes(preemptionPolicy))
        errors.push(notSupported("preemptionPolicy", preemptionPolicy, policies));
      return errors;
    },
    (object, old) => [
      ...(object.value === old.value ? [] : [forbiddenField("value", "may not be changed in an update.")]),
      ...immutable("preemptionPolicy", object.preemptionPolicy, old.preemptionPolicy),
    ],
  ),
});
