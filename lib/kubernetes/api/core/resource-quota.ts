/** v1 ResourceQuota: pkg/registry/core/resourcequota/strategy.go. */

import { deepEqual } from "../../machinery/clone.ts";
import type { FieldError } from "../../machinery/status.ts";
import {
  forbiddenField,
  invalidValue,
  isDns1123Subdomain,
  isQualifiedName,
  problems,
} from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { keepSpec } from "../lifecycle.ts";
import { defaultResourceList } from "../pods/defaults.ts";
import { isQuotaResource, validateResourceQuantity } from "../pods/validate-resources.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { resourceQuotas } from "../resources.ts";
import { metadataOnly, rules } from "../simple-rules.ts";
import type { ResourceQuota } from "../types.ts";

const isLimit = (name: string) => name.startsWith("limits.") || name === "limits";

/** "cpu: 1/4, pods: 2/10" of what is requested, or of what is limited. */
function usage(quota: ResourceQuota, limits: boolean): string {
  const { hard = {}, used = {} } = quota.status ?? {};
  return Object.keys(hard)
    .sort()
    .filter((name) => isLimit(name) === limits)
    .map((name) => `${name}: ${used[name] ?? "0"}/${hard[name]}`)
    .join(", ");
}

const SCOPES = [
  "BestEffort",
  "CrossNamespacePodAffinity",
  "NotBestEffort",
  "NotTerminating",
  "PriorityClass",
  "Terminating",
  "VolumeAttributesClass",
];

function validateSpec({ spec }: ResourceQuota): FieldError[] {
  const errors: FieldError[] = [];
  for (const [name, amount] of Object.entries(spec?.hard ?? {})) {
    const at = `spec.hard[${name}]`;
    const wrong = problems(at, name, isQualifiedName(name));
    if (wrong.length === 0 && !name.includes("/") && !isQuotaResource(name) && !/^(requests\.)?hugepages-/.test(name))
      wrong.push(
        invalidValue(at, name, "must be a standard resource type or fully qualified"),
        invalidValue(at, name, "must be a standard resource for quota"),
      );
    errors.push(...wrong, ...validateResourceQuantity(at, name, amount));
  }
  for (const scope of spec?.scopes ?? [])
    if (!SCOPES.includes(scope)) errors.push(invalidValue("spec.scopes", spec?.scopes, "unsupported scope"));
  if (spec?.scopes?.includes("BestEffort") && spec.scopes.includes("NotBestEffort"))
    errors.push(invalidValue("spec.scopes", spec.scopes, "conflicting scopes"));
  return errors;
}

export const resourceQuota = define(resourceQuotas, {
  shortNames: ["quota"],
  subresources: ["status"],
  columns: [
    nameColumn(),
    column("Request", "string", "Used and allowed of what Pods ask for, and of objects.", (object) =>
      usage(object, false),
    ),
    column("Limit", "string", "Used and allowed of what Pods are limited to.", (object) => usage(object, true)),
    ageColumn(),
  ],
  applyDefaults: ({ spec }) => defaultResourceList(spec?.hard),
  prepareForCreate(object) {
    object.status = {};
  },
  prepareForUpdate(object, old) {
    if (old.status !== undefined) object.status = old.status;
  },
  prepareForStatusUpdate: keepSpec,
  ...rules<ResourceQuota>(true, isDns1123Subdomain, validateSpec, (object, old) =>
    deepEqual([...(object.spec?.scopes ?? [])].sort(), [...(old.spec?.scopes ?? [])].sort())
      ? []
      : [forbiddenField("spec.scopes", "field is immutable")],
  ),
  validateStatusUpdate: metadataOnly,
});
