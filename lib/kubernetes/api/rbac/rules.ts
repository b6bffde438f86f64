/** Validation of roles and bindings (pkg/apis/rbac/validation). */
import type { FieldError } from "../../machinery/status.ts";
import {
  invalidValue,
  isDns1123Subdomain,
  isPathSegment,
  notSupported,
  problems,
  required,
  validateLabelSelector,
} from "../../machinery/validation/index.ts";
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "../types.ts";

const GROUP = "rbac.authorization.k8s.io";
type PolicyRule = NonNullable<Role["rules"]>[number];

function validateRule(at: string, rule: PolicyRule, namespaced: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const { verbs = [], nonResourceURLs = [], apiGroups = [], resources = [], resourceNames = [] } = rule;
  if (verbs.length === 0) errors.push(required(`${at}.verbs`, "verbs must contain at least one value"));
  if (nonResourceURLs.length > 0) {
    if (namespaced)
      errors.push(
        invalidValue(`${at}.nonResourceURLs`, nonResourceURLs, "namespaced rules cannot apply to non-resource URLs"),
      );
    if (apiGroups.length > 0 || resources.length > 0 || resourceNames.length > 0)
      errors.push(
        invalidValue(
          `${at}.nonResourceURLs`,
          nonResourceURLs,
          "rules cannot apply to both regular resources and non-resource URLs",
        ),
      );
    return errors;
  }
  if (apiGroups.length === 0)
    errors.push(required(`${at}.apiGroups`, "resource rules must supply at least one api group"));
  if (resources.length === 0)
    errors.push(required(`${at}.resources`, "resource rules must supply at least one resource"));
  return errors;
}

export const validateRole = (namespaced: boolean) => (object: Role | ClusterRole) => [
  ...(object.rules ?? []).flatMap((rule, index) => validateRule(`rules[${index}]`, rule, namespaced)),
  ...validateAggregation(object),
];

function validateAggregation(object: Role | ClusterRole): FieldError[] {
  if (!("aggregationRule" in object) || object.aggregationRule === undefined) return [];
  const selectors = object.aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0)
    return [
      required(
        "aggregationRule.clusterRoleSelectors",
        "at least one clusterRoleSelector required if aggregationRule is non-nil",
      ),
    ];
  return selectors.flatMap((selector, index) =>
    validateLabelSelector(`aggregationRule.clusterRoleSelectors[${index}]`, selector),
  );
}

type Binding = RoleBinding | ClusterRoleBinding;
type Subject = NonNullable<Binding["subjects"]>[number];

/** Users and groups are of the RBAC group, ServiceAccounts of none. */
export function defaultBinding(object: Binding): void {
  if (object.roleRef !== undefined && !object.roleRef.apiGroup) object.roleRef.apiGroup = GROUP;
  for (const subject of object.subjects ?? []) {
    if (subject.apiGroup) continue;
    if (subject.kind === "User" || subject.kind === "Group") subject.apiGroup = GROUP;
  }
}

function validateSubject(at: string, subject: Subject, namespaced: boolean): FieldError[] {
  const errors: FieldError[] = [];
  if (!subject.name) errors.push(required(`${at}.name`));
  switch (subject.kind) {
    case "ServiceAccount":
      if (subject.name) errors.push(...problems(`${at}.name`, subject.name, isDns1123Subdomain(subject.name)));
      if (subject.apiGroup) errors.push(notSupported(`${at}.apiGroup`, subject.apiGroup, [""]));
      if (!namespaced && !subject.namespace) errors.push(required(`${at}.namespace`));
      break;
    case "User":
    case "Group":
      if (subject.apiGroup !== GROUP) errors.push(notSupported(`${at}.apiGroup`, subject.apiGroup, [GROUP]));
      break;
    default:
      errors.push(notSupported(`${at}.kind`, subject.kind, ["ServiceAccount", "User", "Group"]));
  }
  return errors;
}

export const validateBinding = (namespaced: boolean) => (object: Binding) => {
  const errors: FieldError[] = [];
  const { roleRef, subjects = [] } = object;
  if (roleRef?.apiGroup !== GROUP) errors.push(notSupported("roleRef.apiGroup", roleRef?.apiGroup, [GROUP]));
  const kinds = namespaced ? ["Role", "ClusterRole"] : ["ClusterRole"];
  if (!kinds.includes(roleRef?.kind ?? "")) errors.push(notSupported("roleRef.kind", roleRef?.kind, kinds));
  if (!roleRef?.name) errors.push(required("roleRef.name"));
  else errors.push(...problems("roleRef.name", roleRef.name, isPathSegment(roleRef.name)));
  return [
    ...errors,
    ...subjects.flatMap((subject, index) => validateSubject(`subjects[${index}]`, subject, namespaced)),
  ];
};

export function validateBindingUpdate(next: Binding, old: Binding): FieldError[] {
  return JSON.stringify(next.roleRef) === JSON.stringify(old.roleRef)
    ? []
    : [invalidValue("roleRef", next.roleRef, "cannot change roleRef")];
}

/** Names of the subjects of a kind, as the wide columns show them. */
export const subjectsOf = (kind: string) => (object: Binding) =>
  (object.subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map(({ name, namespace }) => (kind === "ServiceAccount" ? `${namespace ?? ""}/${name}` : name))
    .join(", ");
