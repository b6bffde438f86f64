/** Resource names and amounts (ValidateResourceRequirements in pkg/apis/core/validation/validation.go). */
import { compareQuantities, tryParseQuantity } from "../../../encoding/index.ts";
import type { FieldError } from "../../machinery/status.ts";
import { invalidValue, isQualifiedName, NOT_NEGATIVE, problems, required } from "../../machinery/validation/index.ts";

const CONTAINER_RESOURCES = new Set(["cpu", "ephemeral-storage", "memory"]);
const QUOTA_RESOURCES = [
  "pods",
  "services",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "services.nodeports",
  "services.loadbalancers",
  "requests.cpu",
  "requests.memory",
  "requests.storage",
  "requests.ephemeral-storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
];
const STANDARD = new Set([...CONTAINER_RESOURCES, ...QUOTA_RESOURCES, "storage"]);
const INTEGERS = new Set([
  "pods",
  "services",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "services.nodeports",
  "services.loadbalancers",
]);
const isHugePages = (name: string) => name.startsWith("hugepages-");
export const isQuotaResource = (name: string) => QUOTA_RESOURCES.includes(name) || CONTAINER_RESOURCES.has(name);
/** Names without a domain, or of the kubernetes.io domain. */
const isNative = (name: string) => !name.includes("/") || name.includes("kubernetes.io/");
const isExtended = (name: string) =>
  !isNative(name) && !name.startsWith("requests.") && isQualifiedName(`requests.${name}`).length === 0;
const isInteger = (name: string) => INTEGERS.has(name) || isExtended(name);
/** Of these more may be promised than there is. */
const isOvercommitAllowed = (name: string) => isNative(name) && !isHugePages(name);

/** Any resource name: standard, or with a domain. */
export function validateResourceName(field: string, name: string): FieldError[] {
  const wrong = problems(field, name, isQualifiedName(name));
  if (wrong.length > 0) return wrong;
  if (!name.includes("/") && !STANDARD.has(name) && !isHugePages(name))
    return [invalidValue(field, name, "must be a standard resource type or fully qualified")];
  return [];
}

export function validateContainerResourceName(field: string, name: string): FieldError[] {
  const errors = validateResourceName(field, name);
  if (!name.includes("/")) {
    if (!CONTAINER_RESOURCES.has(name) && !isHugePages(name))
      errors.push(invalidValue(field, name, "must be a standard resource for containers"));
  } else if (!isNative(name) && !isExtended(name)) {
    errors.push(invalidValue(field, name, "doesn't follow extended resource name standard"));
  }
  return errors;
}

export function validateResourceQuantity(field: string, name: string, amount: string): FieldError[] {
  const parsed = tryParseQuantity(amount);
  if (parsed === undefined) return [];
  const errors = parsed.nanos < 0n ? [invalidValue(field, amount, NOT_NEGATIVE)] : [];
  if (isInteger(name) && parsed.nanos % 1_000_000_000n !== 0n)
    errors.push(invalidValue(field, amount, "must be an integer"));
  return errors;
}

interface Requirements {
  readonly limits?: Readonly<Record<string, string>>;
  readonly requests?: Readonly<Record<string, string>>;
}

export function validateResourceRequirements(field: string, requirements: Requirements | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const { limits = {}, requests = {} } = requirements ?? {};
  for (const [name, amount] of Object.entries(limits)) {
    const at = `${field}.limits[${name}]`;
    errors.push(...validateContainerResourceName(at, name), ...validateResourceQuantity(at, name, amount));
  }
  let hugePages = false;
  let computed = false;
  for (const [name, amount] of Object.entries(requests)) {
    const at = `${field}.requests[${name}]`;
    errors.push(...validateContainerResourceName(at, name), ...validateResourceQuantity(at, name, amount));
    const limit = limits[name];
    if (limit !== undefined) {
      const order = compareQuantities(amount, limit);
      if (order !== 0 && !isOvercommitAllowed(name))
        errors.push(invalidValue(`${field}.requests`, amount, `must be equal to ${name} limit of ${limit}`));
      else if (order > 0)
        errors.push(
          invalidValue(`${field}.requests`, amount, `must be less than or equal to ${name} limit of ${limit}`),
        );
    } else if (!isOvercommitAllowed(name)) {
      errors.push(required(`${field}.limits`, "Limit must be set for non overcommitable resources"));
    }
  }
  for (const name of [...Object.keys(limits), ...Object.keys(requests)]) {
    if (isHugePages(name)) hugePages = true;
    else if (name === "cpu" || name === "memory") computed = true;
  }
  if (hugePages && !computed)
    errors.push({
      type: "FieldValueForbidden",
      field,
      value: "",
      detail: "HugePages require cpu or memory",
    });
  return errors;
}
