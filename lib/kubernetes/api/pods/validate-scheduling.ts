/** Affinity, tolerations and topology spread (validateAffinity, ValidateTolerations, validateTopologySpreadConstraints). */
import type { FieldError } from "../../machinery/status.ts";
import {
  duplicate,
  forbiddenField,
  inRange,
  invalidValue,
  isDns1123Label,
  isLabelValue,
  isQualifiedName,
  notSupported,
  problems,
  required,
  validateLabelName,
  validateLabelSelector,
} from "../../machinery/validation/index.ts";
import type { PodSpec } from "../types.ts";

type Affinity = NonNullable<PodSpec["affinity"]>;
type NodeSelectorTerm = NonNullable<
  NonNullable<Affinity["nodeAffinity"]>["requiredDuringSchedulingIgnoredDuringExecution"]
>["nodeSelectorTerms"][number];
type Requirement = NonNullable<NodeSelectorTerm["matchExpressions"]>[number];
type PodAffinityTerm = NonNullable<
  NonNullable<Affinity["podAffinity"]>["requiredDuringSchedulingIgnoredDuringExecution"]
>[number];
type Toleration = NonNullable<PodSpec["tolerations"]>[number];

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

function validateRequirement(at: string, { key, operator, values = [] }: Requirement): FieldError[] {
  const errors: FieldError[] = [];
  switch (operator) {
    case "In":
    case "NotIn":
      if (values.length === 0)
        errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      break;
    case "Exists":
    case "DoesNotExist":
      if (values.length > 0)
        errors.push(
          forbiddenField(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        );
      break;
    case "Gt":
    case "Lt":
      if (values.length !== 1)
        errors.push(required(`${at}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      break;
    default:
      errors.push(invalidValue(`${at}.operator`, operator ?? "", "not a valid selector operator"));
  }
  return [...errors, ...validateLabelName(`${at}.key`, key ?? "")];
}

function validateNodeSelectorTerm(at: string, term: NodeSelectorTerm): FieldError[] {
  const errors = (term.matchExpressions ?? []).flatMap((requirement, index) => {
    const path = `${at}.matchExpressions[${index}]`;
    const own = validateRequirement(path, requirement);
    for (const [i, value] of (requirement.values ?? []).entries())
      if (requirement.operator === "In" || requirement.operator === "NotIn")
        own.push(...problems(`${path}.values[${i}]`, value, isLabelValue(value)));
    return own;
  });
  for (const [index, { key, operator, values = [] }] of (term.matchFields ?? []).entries()) {
    const path = `${at}.matchFields[${index}]`;
    if (operator === "In" || operator === "NotIn") {
      if (values.length !== 1)
        errors.push(
          required(
            `${path}.values`,
            "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
          ),
        );
    } else errors.push(invalidValue(`${path}.operator`, operator, "not a valid selector operator"));
    if (key !== "metadata.name") errors.push(invalidValue(`${path}.key`, key, "not a valid field selector key"));
  }
  return errors;
}

/** A node selector as PersistentVolumes and Pods have it: at least one term. */
export function validateNodeSelector(
  at: string,
  selector: { readonly nodeSelectorTerms: readonly NodeSelectorTerm[] },
): FieldError[] {
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) return [required(`${at}.nodeSelectorTerms`, "must have at least one node selector term")];
  return terms.flatMap((term, index) => validateNodeSelectorTerm(`${at}.nodeSelectorTerms[${index}]`, term));
}

function validatePodAffinityTerm(at: string, term: PodAffinityTerm): FieldError[] {
  const errors = [
    ...validateLabelSelector(`${at}.labelSelector`, term.labelSelector),
    ...validateLabelSelector(`${at}.namespaceSelector`, term.namespaceSelector),
    ...(term.namespaces ?? []).flatMap((name) => problems(`${at}.namespace`, name, isDns1123Label(name))),
  ];
  if (!term.topologyKey) errors.push(required(`${at}.topologyKey`, "can not be empty"));
  return [...errors, ...validateLabelName(`${at}.topologyKey`, term.topologyKey ?? "")];
}

const weight = (at: string, value = 0) =>
  value <= 0 || value > 100 ? [invalidValue(`${at}.weight`, value, "must be in the range 1-100")] : [];

function validatePodAffinity(at: string, affinity: Affinity["podAffinity"]): FieldError[] {
  return [
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).flatMap((term, index) =>
      validatePodAffinityTerm(`${at}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`, term),
    ),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap((term, index) => {
      const path = `${at}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
      return [
        ...weight(path, term.weight),
        ...validatePodAffinityTerm(`${path}.podAffinityTerm`, term.podAffinityTerm ?? {}),
      ];
    }),
  ];
}

export function validateAffinity(field: string, affinity: PodSpec["affinity"]): FieldError[] {
  if (affinity === undefined) return [];
  const errors: FieldError[] = [];
  const node = `${field}.nodeAffinity`;
  const requiredTerms = affinity.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (requiredTerms !== undefined)
    errors.push(...validateNodeSelector(`${node}.requiredDuringSchedulingIgnoredDuringExecution`, requiredTerms));
  for (const [index, term] of (
    affinity.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  ).entries()) {
    const at = `${node}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
    errors.push(...weight(at, term.weight), ...validateNodeSelectorTerm(`${at}.preference`, term.preference ?? {}));
  }
  return [
    ...errors,
    ...validatePodAffinity(`${field}.podAffinity`, affinity.podAffinity),
    ...validatePodAffinity(`${field}.podAntiAffinity`, affinity.podAntiAffinity),
  ];
}

export function validateTolerations(field: string, tolerations: readonly Toleration[] = []): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, toleration] of tolerations.entries()) {
    const at = `${field}[${index}]`;
    const { key = "", operator = "", value = "", effect = "", tolerationSeconds } = toleration;
    if (key !== "") errors.push(...validateLabelName(`${at}.key`, key));
    if (key === "" && operator !== "Exists")
      errors.push(
        invalidValue(
          `${at}.operator`,
          operator,
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      );
    if (tolerationSeconds !== undefined && effect !== "NoExecute")
      errors.push(invalidValue(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    switch (operator) {
      case "":
      case "Equal": {
        const wrong = isLabelValue(value);
        if (wrong.length > 0) errors.push(invalidValue(`${at}.operator`, value, wrong.join(";")));
        break;
      }
      case "Exists":
        if (value !== "")
          errors.push(invalidValue(`${at}.operator`, toleration, "value must be empty when `operator` is 'Exists'"));
        break;
      default:
        errors.push(notSupported(`${at}.operator`, operator, ["Equal", "Exists"]));
    }
    if (effect !== "" && !EFFECTS.includes(effect)) errors.push(notSupported(`${at}.effect`, effect, EFFECTS));
  }
  return errors;
}

export function validateTopologySpread(
  field: string,
  constraints: PodSpec["topologySpreadConstraints"] = [],
): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, constraint] of constraints.entries()) {
    const at = `${field}[${index}]`;
    const { maxSkew, topologyKey, whenUnsatisfiable, minDomains } = constraint;
    if (!(maxSkew > 0)) errors.push(invalidValue(`${at}.maxSkew`, maxSkew ?? 0, "must be greater than 0"));
    if (!topologyKey) errors.push(required(`${at}.topologyKey`, "can not be empty"));
    else errors.push(...problems(`${at}.topologyKey`, topologyKey, isQualifiedName(topologyKey)));
    const modes = ["DoNotSchedule", "ScheduleAnyway"];
    if (!modes.includes(whenUnsatisfiable))
      errors.push(notSupported(`${at}.whenUnsatisfiable`, whenUnsatisfiable, modes));
    const pair = `{${topologyKey}, ${whenUnsatisfiable}}`;
    if (seen.has(pair)) errors.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, pair));
    seen.add(pair);
    if (minDomains !== undefined) {
      if (minDomains <= 0) errors.push(invalidValue(`${at}.minDomains`, minDomains, "must be greater than 0"));
      if (whenUnsatisfiable !== "DoNotSchedule")
        errors.push(
          invalidValue(
            `${at}.minDomains`,
            minDomains,
            `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`,
          ),
        );
    }
    for (const key of ["nodeAffinityPolicy", "nodeTaintsPolicy"] as const) {
      const policy = constraint[key];
      if (policy !== undefined && !["Honor", "Ignore"].includes(policy))
        errors.push(notSupported(`${at}.${key}`, policy, ["Honor", "Ignore"]));
    }
    errors.push(...validateLabelSelector(`${at}.labelSelector`, constraint.labelSelector));
    if ((constraint.matchLabelKeys ?? []).length > 0 && constraint.labelSelector === undefined)
      errors.push(forbiddenField(`${at}.matchLabelKeys`, "must not be specified when labelSelector is not set"));
  }
  return errors;
}

export const validActiveDeadline = (field: string, seconds: number | undefined) =>
  seconds === undefined ? [] : inRange(field, seconds, 1, 2 ** 31 - 1);
