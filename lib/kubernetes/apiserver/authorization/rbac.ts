/** RBAC: what Roles and ClusterRoles allow (plugin/pkg/auth/authorizer/rbac). */
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "../../api/types.ts";
import { forbidden, StatusError } from "../../machinery/status.ts";
import type { UserInfo } from "../../machinery/types.ts";
import type { Store } from "../../store/store.ts";

const MASTERS = "system:masters";

export interface ResourceAttributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

export interface PathAttributes {
  readonly verb: string;
  readonly path: string;
}

export type Attributes = ResourceAttributes | PathAttributes;

export interface PolicyRule {
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** Where a rule comes from, as access reviews tell: `RBAC: allowed by RoleBinding "r/NS" of Role "r" to ...`. */
export interface Decision {
  readonly allowed: boolean;
  readonly reason: string;
}

interface Subject {
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

const has = (list: readonly string[] | undefined, item: string) =>
  list !== undefined && (list.includes("*") || list.includes(item));

export function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!has(rule.verbs, attributes.verb)) return false;
  if ("path" in attributes)
    return (rule.nonResourceURLs ?? []).some((pattern) =>
      pattern.endsWith("*") ? attributes.path.startsWith(pattern.slice(0, -1)) : pattern === attributes.path,
    );
  const { group, resource, subresource, name } = attributes;
  const full = subresource ? `${resource}/${subresource}` : resource;
  const resources = rule.resources ?? [];
  const matches = has(resources, full) || (subresource !== undefined && resources.includes(`*/${subresource}`));
  if (!matches || !has(rule.apiGroups, group)) return false;
  const names = rule.resourceNames ?? [];
  return names.length === 0 || (name !== undefined && names.includes(name));
}

export function subjectMatches(subject: Subject, user: UserInfo, bindingNamespace: string | undefined): boolean {
  switch (subject.kind) {
    case "User":
      return subject.name === user.name;
    case "Group":
      return user.groups.includes(subject.name ?? "");
    case "ServiceAccount":
      return user.name === `system:serviceaccount:${subject.namespace || bindingNamespace}:${subject.name}`;
    default:
      return false;
  }
}

function subjectText(subject: Subject, bindingNamespace: string | undefined): string {
  return subject.kind === "ServiceAccount"
    ? `ServiceAccount "${subject.name}/${subject.namespace || bindingNamespace}"`
    : `${subject.kind} "${subject.name}"`;
}

export class RbacAuthorizer {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  decide(user: UserInfo, attributes: Attributes): Decision {
    if (user.groups.includes(MASTERS)) return { allowed: true, reason: "" };
    const missing: string[] = [];
    for (const { rules, reason, problem } of this.#grants(
      user,
      "path" in attributes ? undefined : attributes.namespace,
    )) {
      if (problem !== undefined) missing.push(problem);
      else if (rules.some((rule) => ruleAllows(rule, attributes))) return { allowed: true, reason };
    }
    return { allowed: false, reason: missing.length === 0 ? "" : `RBAC: ${aggregate(missing)}` };
  }

  /** All rules that hold for a user in a namespace (SelfSubjectRulesReview). */
  rulesFor(user: UserInfo, namespace: string | undefined): PolicyRule[] {
    if (user.groups.includes(MASTERS))
      return [
        { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
        { verbs: ["*"], nonResourceURLs: ["*"] },
      ];
    return [...this.#grants(user, namespace)].flatMap((grant) => grant.rules);
  }

  /** Throws the refusal upstream words. */
  authorize(user: UserInfo, attributes: Attributes): void {
    const decision = this.decide(user, attributes);
    if (!decision.allowed) throw refusal(user, attributes, decision.reason);
  }

  *#grants(
    user: UserInfo,
    namespace: string | undefined,
  ): Generator<{ rules: readonly PolicyRule[]; reason: string; problem?: string }> {
    for (const binding of this.#store.list("clusterrolebindings.rbac.authorization.k8s.io") as ClusterRoleBinding[]) {
      const subject = (binding.subjects ?? []).find((item) => subjectMatches(item, user, undefined));
      if (subject === undefined) continue;
      yield this.#resolve(
        binding.roleRef,
        undefined,
        (role) =>
          `RBAC: allowed by ClusterRoleBinding "${binding.metadata.name}" of ${role} to ${subjectText(subject, undefined)}`,
      );
    }
    if (namespace === undefined || namespace === "") return;
    for (const binding of this.#store.list("rolebindings.rbac.authorization.k8s.io", namespace) as RoleBinding[]) {
      const subject = (binding.subjects ?? []).find((item) => subjectMatches(item, user, namespace));
      if (subject === undefined) continue;
      yield this.#resolve(
        binding.roleRef,
        namespace,
        (role) =>
          `RBAC: allowed by RoleBinding "${binding.metadata.name}/${namespace}" of ${role} to ${subjectText(subject, namespace)}`,
      );
    }
  }

  #resolve(ref: { kind?: string; name?: string }, namespace: string | undefined, reason: (role: string) => string) {
    const cluster = ref.kind === "ClusterRole";
    const role = this.#store.get(
      cluster ? "clusterroles.rbac.authorization.k8s.io" : "roles.rbac.authorization.k8s.io",
      cluster ? undefined : namespace,
      ref.name ?? "",
    ) as Role | ClusterRole | undefined;
    if (role === undefined)
      return {
        rules: [],
        reason: "",
        problem: `${cluster ? "clusterrole" : "role"}.rbac.authorization.k8s.io "${ref.name}" not found`,
      };
    return { rules: (role.rules ?? []) as PolicyRule[], reason: reason(`${ref.kind} "${ref.name}"`) };
  }
}

const aggregate = (messages: readonly string[]) =>
  messages.length === 1 ? messages[0] : `[${[...new Set(messages)].join(", ")}]`;

export function refusal(user: UserInfo, attributes: Attributes, reason: string): StatusError {
  const tail = reason === "" ? "" : `: ${reason}`;
  if ("path" in attributes)
    return new StatusError(
      403,
      "Forbidden",
      `forbidden: User "${user.name}" cannot ${attributes.verb} path "${attributes.path}"${tail}`,
      {},
    );
  const { verb, group, resource, subresource, namespace, name } = attributes;
  const full = subresource ? `${resource}/${subresource}` : resource;
  const place = namespace ? `in the namespace "${namespace}"` : "at the cluster scope";
  return forbidden(
    { group, resource },
    name ?? "",
    `User "${user.name}" cannot ${verb} resource "${full}" in API group "${group}" ${place}${tail}`,
  );
}
