/** admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy and its binding: pkg/registry/admissionregistration. */
import { celProblem } from "../../machinery/cel.ts";
import { deepEqual } from "../../machinery/clone.ts";
import type { FieldError } from "../../machinery/status.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  isDns1123Subdomain,
  isPathSegment,
  notSupported,
  problems,
  required,
  validateLabelSelector,
} from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { countGeneration, keepSpec, keepStatus, startWith } from "../lifecycle.ts";
import { setDefault } from "../pods/defaults.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { validatingAdmissionPolicies, validatingAdmissionPolicyBindings } from "../resources.ts";
import { metadataOnly, rules } from "../simple-rules.ts";
import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from "../types.ts";

type Matching = NonNullable<NonNullable<ValidatingAdmissionPolicy["spec"]>["matchConstraints"]>;

function defaultMatching(matching: Matching | undefined): void {
  if (matching === undefined) return;
  setDefault(matching, "matchPolicy", "Equivalent");
  setDefault(matching, "namespaceSelector", {});
  setDefault(matching, "objectSelector", {});
  for (const rule of [...(matching.resourceRules ?? []), ...(matching.excludeResourceRules ?? [])])
    setDefault(rule, "scope", "*");
}

function validateMatching(at: string, matching: Matching | undefined): FieldError[] {
  const errors = [
    ...validateLabelSelector(`${at}.namespaceSelector`, matching?.namespaceSelector),
    ...validateLabelSelector(`${at}.objectSelector`, matching?.objectSelector),
  ];
  for (const [index, rule] of (matching?.resourceRules ?? []).entries())
    for (const key of ["operations", "apiGroups", "apiVersions", "resources"] as const)
      if ((rule[key] ?? []).length === 0) errors.push(required(`${at}.resourceRules[${index}].${key}`));
  return errors;
}

function validatePolicy({ spec }: ValidatingAdmissionPolicy): FieldError[] {
  const errors: FieldError[] = [];
  if (spec?.failurePolicy === undefined) errors.push(required("spec.failurePolicy"));
  else if (!["Fail", "Ignore"].includes(spec.failurePolicy))
    errors.push(notSupported("spec.failurePolicy", spec.failurePolicy, ["Fail", "Ignore"]));
  if (spec?.paramKind !== undefined)
    for (const key of ["apiVersion", "kind"] as const)
      if (!spec.paramKind[key]) errors.push(required(`spec.paramKind.${key}`));
  if (spec?.matchConstraints === undefined) errors.push(required("spec.matchConstraints"));
  else {
    if ((spec.matchConstraints.resourceRules ?? []).length === 0)
      errors.push(required("spec.matchConstraints.resourceRules"));
    errors.push(...validateMatching("spec.matchConstraints", spec.matchConstraints));
  }
  const names = new Set<string>();
  for (const [index, { name }] of (spec?.variables ?? []).entries()) {
    if (!name) errors.push(required(`spec.variables[${index}].name`, "name is not specified"));
    else if (names.has(name)) errors.push(duplicate(`spec.variables[${index}].name`, name));
    names.add(name);
  }
  if ((spec?.validations ?? []).length === 0 && (spec?.auditAnnotations ?? []).length === 0)
    errors.push(
      required("spec.validations", "validations or auditAnnotations must be non-empty"),
      required("spec.auditAnnotations", "validations or auditAnnotations must be non-empty"),
    );
  const compile = (field: string, expression: string | undefined) => {
    const problem = expression === undefined ? undefined : celProblem(expression);
    if (problem !== undefined) errors.push(invalidValue(field, expression, `compilation failed: ${problem}`));
  };
  for (const [index, { expression, messageExpression }] of (spec?.validations ?? []).entries()) {
    if (!(expression ?? "").trim())
      errors.push(required(`spec.validations[${index}].expression`, "expression is not specified"));
    else compile(`spec.validations[${index}].expression`, expression);
    compile(`spec.validations[${index}].messageExpression`, messageExpression);
  }
  for (const [index, { expression }] of (spec?.variables ?? []).entries())
    compile(`spec.variables[${index}].expression`, expression);
  for (const [index, { expression }] of (spec?.matchConditions ?? []).entries())
    compile(`spec.matchConditions[${index}].expression`, expression);
  return errors;
}

type ParamRef = NonNullable<ValidatingAdmissionPolicyBinding["spec"]>["paramRef"];

function validateParamRef(reference: ParamRef): FieldError[] {
  if (reference === undefined) return [];
  const { name, selector, parameterNotFoundAction: action } = reference;
  const errors: FieldError[] = [];
  if (name) {
    errors.push(...problems("spec.paramRef.name", name, isPathSegment(name)));
    if (selector !== undefined)
      errors.push(forbiddenField("spec.paramRef.selector", "name and selector are mutually exclusive"));
  } else if (selector === undefined)
    errors.push(required("spec.paramRef", "one of name or selector must be specified"));
  else errors.push(...validateLabelSelector("spec.paramRef.selector", selector));
  if (action === undefined) errors.push(required("spec.paramRef.parameterNotFoundAction"));
  else if (!["Deny", "Allow"].includes(action))
    errors.push(notSupported("spec.paramRef.parameterNotFoundAction", action, ["Deny", "Allow"]));
  return errors;
}

export const validatingAdmissionPolicy = define(validatingAdmissionPolicies, {
  unconditionalUpdate: false,
  categories: ["api-extensions"],
  subresources: ["status"],
  columns: [
    nameColumn(),
    column("Validations", "integer", "Expressions that must hold.", (object) => object.spec?.validations?.length ?? 0),
    column("ParamKind", "string", "Kind of its parameters.", ({ spec }) =>
      spec?.paramKind === undefined ? "<unset>" : `${spec.paramKind.apiVersion}/${spec.paramKind.kind}`,
    ),
    ageColumn(),
  ],
  applyDefaults({ spec }) {
    if (spec === undefined) return;
    setDefault(spec, "failurePolicy", "Fail");
    defaultMatching(spec.matchConstraints);
  },
  prepareForCreate: startWith(() => ({})),
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  ...rules<ValidatingAdmissionPolicy>(false, isDns1123Subdomain, validatePolicy),
  validateStatusUpdate: metadataOnly,
});

export const validatingAdmissionPolicyBinding = define(validatingAdmissionPolicyBindings, {
  unconditionalUpdate: false,
  categories: ["api-extensions"],
  columns: [
    nameColumn(),
    column("PolicyName", "string", "Policy that is put into force.", (object) => object.spec?.policyName ?? ""),
    column("ParamRef", "string", "Where its parameters are.", ({ spec }) => {
      const reference = spec?.paramRef;
      if (reference === undefined) return "<unset>";
      if (reference.name === undefined) return "*";
      return reference.namespace === undefined ? `*/${reference.name}` : `${reference.namespace}/${reference.name}`;
    }),
    ageColumn(),
  ],
  applyDefaults: ({ spec }) => defaultMatching(spec?.matchResources),
  prepareForCreate(object) {
    object.metadata.generation = 1;
  },
  prepareForUpdate: (object, old) => countGeneration(object, old, deepEqual(object.spec, old.spec)),
  ...rules<ValidatingAdmissionPolicyBinding>(false, isDns1123Subdomain, ({ spec }) => {
    const errors: FieldError[] = [];
    if (!spec?.policyName) errors.push(required("spec.policyName"));
    const actions = spec?.validationActions ?? [];
    if (actions.length === 0) errors.push(required("spec.validationActions"));
    for (const [index, action] of actions.entries())
      if (!["Audit", "Deny", "Warn"].includes(action))
        errors.push(notSupported(`spec.validationActions[${index}]`, action, ["Audit", "Deny", "Warn"]));
    if (actions.includes("Deny") && actions.includes("Warn"))
      errors.push({
        type: "FieldValueInvalid",
        field: "spec.validationActions",
        value: actions,
        detail:
          "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)",
      });
    return [
      ...errors,
      ...validateParamRef(spec?.paramRef),
      ...validateMatching("spec.matchResources", spec?.matchResources),
    ];
  }),
});
