/**
 * Who writes roles and bindings must have what they grant, or be allowed to `escalate` or `bind`
 * (pkg/registry/rbac/{role,clusterrole,rolebinding,clusterrolebinding}/policybased). Upstream does it in the storage of
 * these kinds, after all mutating admission and before validation: last in this chain.
 */
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "../../api/types.ts";
import { deepEqual } from "../../machinery/clone.ts";
import { forbidden } from "../../machinery/status.ts";
import type { KubernetesObject } from "../../machinery/types.ts";
import { escalationProblem } from "../authorization/escalation.ts";
import type { PolicyRule } from "../authorization/rbac.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../request.ts";
import type { AdmissionDependencies } from "./index.ts";

const GROUP = "rbac.authorization.k8s.io";
const MASTERS = "system:masters";
const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
  { verbs: ["*"], nonResourceURLs: ["*"] },
];

export function rbacEscalation({ authorizer }: AdmissionDependencies): AdmissionPlugin {
  /** Refuses where the user lacks part of `rules`. */
  function confirm(attributes: AdmissionAttributes, rules: readonly PolicyRule[]): void {
    const { user } = attributes.context;
    const problem = escalationProblem(user, authorizer.rulesFor(user, attributes.namespace), rules);
    if (problem !== undefined) throw forbidden(attributes.served.groupResource, attributes.name, problem);
  }

  const may = (attributes: AdmissionAttributes, verb: string, resource: string, name: string | undefined) =>
    authorizer.decide(attributes.context.user, {
      verb,
      group: GROUP,
      resource,
      namespace: attributes.namespace,
      name,
    }).allowed;

  function checkRole(attributes: AdmissionAttributes, role: Role | ClusterRole, old: Role | ClusterRole | undefined) {
    const { groupResource } = attributes.served;
    const name = role.metadata.name || undefined;
    if (may(attributes, "escalate", groupResource.resource, name)) return;
    if (old !== undefined && onlyForCollector(role, old)) return;
    const aggregates = (it: Role | ClusterRole | undefined) =>
      it !== undefined && "aggregationRule" in it && (it.aggregationRule?.clusterRoleSelectors ?? []).length > 0;
    const changed =
      old === undefined ||
      !deepEqual(old.rules ?? [], role.rules ?? []) ||
      !deepEqual((old as ClusterRole).aggregationRule, (role as ClusterRole).aggregationRule);
    if (!changed) return;
    confirm(attributes, (role.rules ?? []) as PolicyRule[]);
    if (!aggregates(role) && !aggregates(old)) return;
    const { user } = attributes.context;
    if (escalationProblem(user, authorizer.rulesFor(user, undefined), EVERYTHING) !== undefined)
      throw forbidden(groupResource, attributes.name, "must have cluster-admin privileges to use the aggregationRule");
  }

  function checkBinding(attributes: AdmissionAttributes, binding: Binding, old: Binding | undefined) {
    if (old !== undefined && onlyForCollector(binding, old)) return;
    const ref = binding.roleRef;
    // What is no role at all is for validation to refuse.
    if (ref?.name === undefined || (ref.kind !== "Role" && ref.kind !== "ClusterRole")) return;
    if (may(attributes, "bind", ref.kind === "ClusterRole" ? "clusterroles" : "roles", ref.name)) return;
    confirm(attributes, authorizer.rulesOfRole(ref, attributes.namespace));
  }

  return {
    name: "RBACEscalation",
    admit(attributes) {
      const { served, operation, subresource, object, oldObject, context } = attributes;
      if (served.definition.group !== GROUP || subresource !== undefined || object === undefined) return;
      if (operation !== "CREATE" && operation !== "UPDATE") return;
      if (context.user.groups.includes(MASTERS)) return;
      if (served.definition.plural.endsWith("bindings"))
        checkBinding(attributes, object as Binding, oldObject as Binding | undefined);
      else checkRole(attributes, object as Role, oldObject as Role | undefined);
    },
  };
}

type Binding = RoleBinding | ClusterRoleBinding;

/** Finalizers and owners may change without a look at the rest (IsOnlyMutatingGCFields). */
function onlyForCollector(next: KubernetesObject, old: KubernetesObject): boolean {
  const rest = ({ metadata, ...content }: KubernetesObject) => {
    const { finalizers: _1, ownerReferences: _2, managedFields: _3, resourceVersion: _4, ...kept } = metadata;
    return { ...content, metadata: kept };
  };
  return deepEqual(rest(next), rest(old));
}
