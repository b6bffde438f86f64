/** RBAC: what Roles and ClusterRoles allow (plugin/pkg/auth/authorizer/rbac). */
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "../../api/types.ts";
import { forbidden, notFound, StatusError } from "../../machinery/status.ts";
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
  /** What a field selector asks for by equality. */
  readonly fields?: readonly { readonly field: string; readonly value: string }[] | undefined;
}

interface PathAttributes {
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

function subjectText(subject: Subject, bindingNamespace: string | undefined): string {
  return subject.kind === "ServiceAccount"
    ? `ServiceAccount "${subject.name}/${subject.namespace || bindingNamespace}"`
    : `${subject.kind} "${subject.name}"`;
}

type Binding = ClusterRoleBinding | RoleBinding;

interface Granted {
  readonly order: number;
  readonly binding: Binding;
  readonly subject: Subject;
}

/** Bindings by whom they are for, made anew when a binding has changed: most requests are by those whom few name. */
class BindingIndex {
  readonly #store: Store;
  readonly #resource: string;
  #version = -1;
  readonly #bySubject = new Map<string, Granted[]>();

  constructor(store: Store, resource: string) {
    this.#store = store;
    this.#resource = resource;
  }

  /** In order of the bindings' names; each binding once, by its first subject that is the user. */
  of(user: UserInfo, namespace: string | undefined): Granted[] {
    this.#refresh();
    const place = namespace ?? "";
    const found = new Map<Binding, Granted>();
    for (const key of [`${place} User ${user.name}`, ...user.groups.map((group) => `${place} Group ${group}`)])
      for (const granted of this.#bySubject.get(key) ?? []) {
        const known = found.get(granted.binding);
        if (known === undefined || granted.order < known.order) found.set(granted.binding, granted);
      }
    return [...found.values()].sort((a, b) => a.order - b.order);
  }

  #refresh(): void {
    const version = this.#store.version(this.#resource);
    if (version === this.#version) return;
    this.#version = version;
    this.#bySubject.clear();
    let order = 0;
    for (const binding of this.#store.list(this.#resource) as Binding[])
      for (const subject of binding.subjects ?? []) {
        const key = `${binding.metadata.namespace ?? ""} ${subjectKey(subject, binding.metadata.namespace)}`;
        const list = this.#bySubject.get(key);
        const granted = { order: order++, binding, subject };
        if (list === undefined) this.#bySubject.set(key, [granted]);
        else list.push(granted);
      }
  }
}

/** ServiceAccounts are users by another name. */
function subjectKey(subject: Subject, bindingNamespace: string | undefined): string {
  return subject.kind === "ServiceAccount"
    ? `User system:serviceaccount:${subject.namespace || bindingNamespace}:${subject.name}`
    : `${subject.kind} ${subject.name}`;
}

export class RbacAuthorizer {
  readonly #store: Store;
  readonly #clusterWide: BindingIndex;
  readonly #namespaced: BindingIndex;

  constructor(store: Store) {
    this.#store = store;
    this.#clusterWide = new BindingIndex(store, "clusterrolebindings.rbac.authorization.k8s.io");
    this.#namespaced = new BindingIndex(store, "rolebindings.rbac.authorization.k8s.io");
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

  *#grants(
    user: UserInfo,
    namespace: string | undefined,
  ): Generator<{ rules: readonly PolicyRule[]; reason: string; problem?: string }> {
    for (const { binding, subject } of this.#clusterWide.of(user, undefined))
      yield this.#resolve(
        binding.roleRef,
        undefined,
        (role) =>
          `RBAC: allowed by ClusterRoleBinding "${binding.metadata.name}" of ${role} to ${subjectText(subject, undefined)}`,
      );
    if (namespace === undefined || namespace === "") return;
    for (const { binding, subject } of this.#namespaced.of(user, namespace))
      yield this.#resolve(
        binding.roleRef,
        namespace,
        (role) =>
          `RBAC: allowed by RoleBinding "${binding.metadata.name}/${namespace}" of ${role} to ${subjectText(subject, namespace)}`,
      );
  }

  /** What a role that a binding names allows; throws NotFound where it is gone (GetRoleReferenceRules). */
  rulesOfRole(ref: { kind?: string; name?: string }, namespace: string | undefined): readonly PolicyRule[] {
    const { rules, problem } = this.#resolve(ref, namespace, () => "");
    if (problem !== undefined)
      throw notFound(
        { group: "rbac.authorization.k8s.io", resource: ref.kind === "ClusterRole" ? "clusterroles" : "roles" },
        ref.name ?? "",
      );
    return rules;
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
