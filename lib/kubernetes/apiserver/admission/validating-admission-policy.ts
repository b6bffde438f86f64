/** Policies in CEL, bound to what they are for (apiserver admission/plugin/policy/validating). */
import { toCel } from "../../../encoding/index.ts";
import type { Namespace, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from "../../api/types.ts";
import { evaluateCel } from "../../machinery/cel.ts";
import { selectorMatches } from "../../machinery/label-selector.ts";
import { StatusError } from "../../machinery/status.ts";
import type { KubernetesObject, LabelSelector } from "../../machinery/types.ts";
import { type AdmissionAttributes, type AdmissionPlugin, admissionName } from "../request.ts";
import type { AdmissionDependencies } from "./index.ts";

type PolicySpec = NonNullable<ValidatingAdmissionPolicy["spec"]>;
type BindingSpec = NonNullable<ValidatingAdmissionPolicyBinding["spec"]>;
type Match = NonNullable<PolicySpec["matchConstraints"]>;
type Rule = NonNullable<Match["resourceRules"]>[number];

const POLICIES = "validatingadmissionpolicies.admissionregistration.k8s.io";
const BINDINGS = "validatingadmissionpolicybindings.admissionregistration.k8s.io";
/** Policies do not bind the objects that make policies. */
const EXEMPT = new Set([POLICIES, BINDINGS]);
const CODES: Readonly<Record<string, number>> = {
  Invalid: 422,
  Forbidden: 403,
  Unauthorized: 401,
  RequestEntityTooLarge: 413,
};

export function validatingAdmissionPolicy(dependencies: AdmissionDependencies): AdmissionPlugin {
  const { store } = dependencies;
  return {
    name: "ValidatingAdmissionPolicy",
    validate(attributes) {
      if (EXEMPT.has(attributes.served.key) || store.count(POLICIES) === 0) return;
      const namespace =
        attributes.namespace === undefined
          ? undefined
          : (store.get("namespaces", undefined, attributes.namespace) as Namespace | undefined);
      for (const binding of store.list(BINDINGS) as ValidatingAdmissionPolicyBinding[]) {
        const { spec } = binding;
        const policy = store.get(POLICIES, undefined, spec?.policyName ?? "") as ValidatingAdmissionPolicy | undefined;
        if (spec === undefined || policy?.spec === undefined) continue;
        if (!matches(policy.spec.matchConstraints, attributes, namespace)) continue;
        if (spec.matchResources !== undefined && !matches(spec.matchResources, attributes, namespace)) continue;
        const params = paramsOf(dependencies, policy.spec, spec, attributes);
        if ("error" in params) {
          if (policy.spec.failurePolicy !== "Ignore")
            throw denial(policy, binding, attributes, `failed to configure binding: ${params.error}`);
          continue;
        }
        for (const param of params.found) check(policy, policy.spec, binding, spec, attributes, namespace, param);
      }
    },
  };
}

function matches(match: Match | undefined, attributes: AdmissionAttributes, namespace: Namespace | undefined): boolean {
  if (match === undefined) return false;
  const isNamespace = attributes.served.key === "namespaces";
  const labels = isNamespace ? attributes.object?.metadata.labels : namespace?.metadata.labels;
  const selects = (selector: LabelSelector | undefined, of: Record<string, string> | undefined) =>
    selector === undefined || selectorMatches(selector, of ?? {});
  if (attributes.namespace !== undefined && !selects(match.namespaceSelector as LabelSelector | undefined, labels))
    return false;
  const object = attributes.object ?? attributes.oldObject;
  if (!selects(match.objectSelector as LabelSelector | undefined, object?.metadata.labels)) return false;
  const fits = (rule: Rule) => ruleMatches(rule, attributes);
  if ((match.excludeResourceRules ?? []).some(fits)) return false;
  // A binding without rules of its own narrows by its selectors only.
  return match.resourceRules === undefined || match.resourceRules.some(fits);
}

function ruleMatches(rule: Rule, { operation, served, subresource, name, namespace }: AdmissionAttributes): boolean {
  const has = (list: readonly string[] | undefined, item: string) =>
    (list ?? []).some((one) => one === "*" || one === item);
  const { group, version, plural } = served.definition;
  const full = subresource === undefined ? plural : `${plural}/${subresource}`;
  const resources = rule.resources ?? [];
  const resource =
    resources.includes("*/*") ||
    resources.includes(full) ||
    (subresource === undefined
      ? resources.includes("*")
      : resources.includes(`*/${subresource}`) || resources.includes(`${plural}/*`));
  const names = rule.resourceNames ?? [];
  const scope = rule.scope ?? "*";
  return (
    has(rule.operations, operation) &&
    has(rule.apiGroups, group) &&
    has(rule.apiVersions, version) &&
    resource &&
    (names.length === 0 || names.includes(name)) &&
    (scope === "*" || (scope === "Namespaced") === (namespace !== undefined))
  );
}

/**
 * Objects that a binding names as parameters, each of which the policy is checked with; nothing once where the policy
 * has none (collectParams in policy_dispatcher.go).
 */
function paramsOf(
  { store, definitions }: AdmissionDependencies,
  { paramKind }: PolicySpec,
  { paramRef }: BindingSpec,
  attributes: AdmissionAttributes,
): { readonly found: readonly (KubernetesObject | undefined)[] } | { readonly error: string } {
  if (paramKind === undefined || paramRef === undefined) return { found: [undefined] };
  const { apiVersion = "", kind = "" } = paramKind;
  const served = definitions.byKind(apiVersion, kind);
  if (served === undefined)
    return {
      error: `failed to find resource referenced by paramKind: '${apiVersion.includes("/") ? apiVersion : `/${apiVersion}`}, Kind=${kind}'`,
    };
  let place: string | undefined;
  if (served.definition.namespaced) {
    place = paramRef.namespace || attributes.namespace;
    if (!place)
      return { error: "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources" };
  } else if (paramRef.namespace)
    return { error: "paramRef.namespace must not be provided for a cluster-scoped `paramKind`" };
  const found =
    paramRef.name === undefined || paramRef.name === ""
      ? store
          .list(served.key, place)
          .filter(({ metadata }) => selectorMatches((paramRef.selector ?? {}) as LabelSelector, metadata.labels ?? {}))
      : [store.get(served.key, place, paramRef.name)].filter((object) => object !== undefined);
  if (found.length === 0 && paramRef.parameterNotFoundAction !== "Allow")
    return { error: "no params found for policy binding with `Deny` parameterNotFoundAction" };
  return { found };
}

function denial(
  policy: ValidatingAdmissionPolicy,
  binding: ValidatingAdmissionPolicyBinding,
  attributes: AdmissionAttributes,
  message: string,
  reason = "Invalid",
): StatusError {
  const text = `ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}' denied request: ${message}`;
  const { group, plural } = attributes.served.definition;
  const name = admissionName(attributes);
  return new StatusError(
    CODES[reason] ?? 422,
    reason,
    `${group === "" ? plural : `${plural}.${group}`} "${name}" is forbidden: ${text}`,
    { name, ...(group === "" ? {} : { group }), kind: plural, causes: [{ message: text }] },
  );
}

function check(
  policy: ValidatingAdmissionPolicy,
  spec: PolicySpec,
  binding: ValidatingAdmissionPolicyBinding,
  bindingSpec: BindingSpec,
  attributes: AdmissionAttributes,
  namespace: Namespace | undefined,
  param: KubernetesObject | undefined,
): void {
  const deny = (message: string, reason = "Invalid") => {
    const actions = bindingSpec.validationActions ?? [];
    if (actions.includes("Warn"))
      attributes.context.warnings.push(
        `Validation failed for ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}': ${message}`,
      );
    if (actions.includes("Deny")) throw denial(policy, binding, attributes, message, reason);
  };
  const variables = { ...variablesOf(attributes, namespace), params: param === undefined ? null : toCel(param) };
  for (const condition of spec.matchConditions ?? []) {
    const outcome = evaluateCel(condition.expression, variables);
    if ("error" in outcome) {
      if (spec.failurePolicy !== "Ignore")
        deny(`matchCondition '${condition.name}' resulted in error: ${outcome.error}`);
      return;
    }
    if (outcome.value !== true) return;
  }
  const named: Record<string, unknown> = {};
  for (const { name, expression } of spec.variables ?? []) {
    const outcome = evaluateCel(expression, { ...variables, variables: named });
    if ("value" in outcome) named[name] = outcome.value;
  }
  for (const validation of spec.validations ?? []) {
    const outcome = evaluateCel(validation.expression, { ...variables, variables: named });
    if ("error" in outcome) {
      if (spec.failurePolicy !== "Ignore")
        deny(`expression '${validation.expression}' resulted in error: ${outcome.error}`);
      continue;
    }
    if (outcome.value === true) continue;
    const made =
      validation.messageExpression === undefined
        ? undefined
        : evaluateCel(validation.messageExpression, { ...variables, variables: named });
    const text =
      made !== undefined && "value" in made && typeof made.value === "string" && made.value.trim() !== ""
        ? made.value
        : undefined;
    deny(
      text ?? validation.message ?? `failed expression: ${validation.expression.trim()}`,
      validation.reason ?? "Invalid",
    );
  }
}

function variablesOf(attributes: AdmissionAttributes, namespace: Namespace | undefined): Record<string, unknown> {
  const { object, oldObject, operation, served, subresource, name, context } = attributes;
  const { group, version, kind, plural } = served.definition;
  return {
    object: object === undefined ? null : toCel(object),
    oldObject: oldObject === undefined ? null : toCel(oldObject),
    namespaceObject: namespace === undefined ? null : toCel(namespace),
    request: toCel({
      operation,
      name,
      namespace: attributes.namespace ?? "",
      dryRun: context.dryRun,
      kind: { group, version, kind },
      resource: { group, version, resource: plural },
      subResource: subresource ?? "",
      userInfo: { username: context.user.name, groups: [...context.user.groups] },
    }),
  };
}
