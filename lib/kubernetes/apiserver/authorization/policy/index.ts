/**
 * The default policy as objects: what an API server makes when it first starts (plugin/pkg/auth/authorizer/rbac/
 * bootstrappolicy). Rules, labels and the like are frozen and shared by all clusters of a process, so that a cluster
 * pays for its objects' metadata only.
 */
import { deepFreeze } from "../../../machinery/clone.ts";
import { rfc3339 } from "../../../machinery/time.ts";
import type { KubernetesObject, ManagedFieldsEntry } from "../../../machinery/types.ts";
import { type StoreSnapshot, versionText } from "../../../store/store.ts";
import { CLUSTER_ROLES } from "./cluster-roles.ts";
import { CONTROLLER_ROLES } from "./controller-roles.ts";
import { CLUSTER_ROLE_BINDINGS, type DefaultBinding, ROLE_BINDINGS, ROLES } from "./namespace-roles.ts";
import type { DefaultRule } from "./rules.ts";

const GROUP = "rbac.authorization.k8s.io";
const API_VERSION = `${GROUP}/v1`;
const CONTROLLER = "system:controller:";
const BOOTSTRAPPING = "kubernetes.io/bootstrapping";
const AUTOUPDATE = "rbac.authorization.kubernetes.io/autoupdate";
const APISERVER = "kube-apiserver";
const AGGREGATION = "clusterrole-aggregation-controller";

/** Names of the ServiceAccounts that controllers run as, in kube-system. */
export const CONTROLLER_ACCOUNTS: readonly string[] = Object.keys(CONTROLLER_ROLES);

/** Accounts that the controller manager makes for controllers it runs; those two have Roles in namespaces instead. */
const MADE_ACCOUNTS: readonly string[] = [
  ...CONTROLLER_ACCOUNTS.filter((name) => name !== "route-controller" && name !== "selinux-warning-controller"),
  "bootstrap-signer",
  "token-cleaner",
];

interface Manager {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly fields: Record<string, unknown>;
}

/** An object of the policy without what differs between clusters. */
interface Template {
  readonly resource: string;
  readonly kind: string;
  readonly apiVersion: string;
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  /** Who owns which fields. */
  readonly managers: readonly Manager[];
  readonly content: Record<string, unknown>;
}

const ANNOTATIONS = { [AUTOUPDATE]: "true" };

function template(
  kind: string,
  name: string,
  content: Record<string, unknown>,
  more: {
    readonly namespace?: string | undefined;
    readonly labels?: Readonly<Record<string, string>> | undefined;
    readonly addedBy?: string | undefined;
  } = {},
): Template {
  const own = more.addedBy === undefined;
  const labels = { ...(own ? { [BOOTSTRAPPING]: "rbac-defaults" } : {}), ...more.labels };
  const labelled = Object.keys(labels).length > 0;
  const keys = (map: object) =>
    Object.fromEntries([[".", {}], ...Object.keys(map).map((key) => [`f:${key}`, {}] as const)]);
  const aggregated = content["aggregationRule"] !== undefined;
  const fields = Object.keys(content).filter((field) => !(aggregated && field === "rules"));
  const fieldsOf = (field: string) =>
    field === "aggregationRule" ? { ".": {}, "f:clusterRoleSelectors": {} } : ({} as Record<string, unknown>);
  return deepFreeze({
    resource: `${kind.toLowerCase()}s.${GROUP}`,
    kind,
    apiVersion: API_VERSION,
    name,
    ...(more.namespace === undefined ? {} : { namespace: more.namespace }),
    ...(labelled ? { labels } : {}),
    ...(own ? { annotations: ANNOTATIONS } : {}),
    managers: distinct([
      ...(aggregated
        ? [{ manager: AGGREGATION, operation: "Apply" as const, fields: { "f:rules": {} } as Record<string, unknown> }]
        : []),
      {
        manager: more.addedBy ?? APISERVER,
        operation: "Update" as const,
        fields: {
          ...Object.fromEntries(fields.map((field) => [`f:${field}`, fieldsOf(field)])),
          ...(own || labelled
            ? {
                "f:metadata": {
                  ...(own ? { "f:annotations": keys(ANNOTATIONS) } : {}),
                  ...(labelled ? { "f:labels": keys(labels) } : {}),
                },
              }
            : {}),
        },
      },
    ]),
    content,
  });
}

/** Many objects have the same managers: one list for all of those. */
const managerLists = new Map<string, readonly Manager[]>();

function distinct(managers: readonly Manager[]): readonly Manager[] {
  const key = JSON.stringify(managers);
  const known = managerLists.get(key);
  if (known === undefined) managerLists.set(key, managers);
  return known ?? managers;
}

/** What roles that collect others' rules end up with (pkg/controller/clusterroleaggregation): by name, each rule once. */
function aggregated(label: string, self: string): readonly DefaultRule[] {
  const rules = new Map<string, DefaultRule>();
  for (const name of Object.keys(CLUSTER_ROLES).sort()) {
    const role = CLUSTER_ROLES[name];
    if (role === undefined || name === self || role.labels?.[label] !== "true") continue;
    for (const item of role.aggregates === undefined ? role.rules : aggregated(role.aggregates, name))
      rules.set(JSON.stringify(item), item);
  }
  return [...rules.values()];
}

function binding({ name, role = name, namespace, users, groups, accounts, addedBy }: DefaultBinding): Template {
  const subjects = [
    ...(users ?? []).map((user) => ({ apiGroup: GROUP, kind: "User", name: user })),
    ...(groups ?? []).map((group) => ({ apiGroup: GROUP, kind: "Group", name: group })),
    ...(accounts ?? []).map((account) => ({ kind: "ServiceAccount", name: account, namespace: "kube-system" })),
  ];
  const content = {
    roleRef: { apiGroup: GROUP, kind: namespace === undefined ? "ClusterRole" : "Role", name: role },
    ...(subjects.length === 0 ? {} : { subjects }),
  };
  return template(namespace === undefined ? "ClusterRoleBinding" : "RoleBinding", name, content, {
    namespace,
    addedBy,
  });
}

const account = (name: string): Template =>
  deepFreeze({
    resource: "serviceaccounts",
    kind: "ServiceAccount",
    apiVersion: "v1",
    name,
    namespace: "kube-system",
    managers: [],
    content: {},
  });

let templates: readonly Template[] | undefined;

/** Made when the first cluster needs them. */
function allTemplates(): readonly Template[] {
  templates ??= [
    ...Object.entries(CLUSTER_ROLES).map(([name, { rules, labels, aggregates, addedBy }]) =>
      template(
        "ClusterRole",
        name,
        aggregates === undefined
          ? { rules }
          : {
              aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [aggregates]: "true" } }] },
              rules: aggregated(aggregates, name),
            },
        { labels, addedBy },
      ),
    ),
    ...Object.entries(CONTROLLER_ROLES).map(([name, rules]) => template("ClusterRole", CONTROLLER + name, { rules })),
    ...CLUSTER_ROLE_BINDINGS.map(binding),
    ...CONTROLLER_ACCOUNTS.map((name) => binding({ name: CONTROLLER + name, accounts: [name] })),
    ...ROLES.map(({ namespace, name, rules }) => template("Role", name, { rules }, { namespace })),
    ...ROLE_BINDINGS.map(binding),
    ...MADE_ACCOUNTS.map(account),
  ];
  return templates;
}

interface PolicyContext {
  /** ms since the epoch, cluster time. */
  readonly now: number;
  readonly uid: () => string;
}

/** Who owns what in objects of the policy that were made at `time`; one frozen list for all that have the same managers. */
function ownership(time: string): (item: Template) => ManagedFieldsEntry[] | undefined {
  const made = new Map<readonly Manager[], ManagedFieldsEntry[]>();
  return ({ managers, apiVersion }) => {
    if (managers.length === 0) return undefined;
    let entries = made.get(managers);
    if (entries === undefined) {
      entries = managers.map(({ manager, operation, fields }) => ({
        manager,
        operation,
        apiVersion,
        time,
        fieldsType: "FieldsV1",
        fieldsV1: fields,
      }));
      made.set(managers, deepFreeze(entries));
    }
    return entries;
  };
}

function materialize(
  item: Template,
  time: string,
  uid: string,
  resourceVersion: number,
  managedFields: ManagedFieldsEntry[] | undefined,
): KubernetesObject {
  const { kind, apiVersion, name, namespace, labels, annotations } = item;
  return {
    kind,
    apiVersion,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid,
      resourceVersion: versionText(resourceVersion),
      creationTimestamp: time,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(managedFields === undefined ? {} : { managedFields }),
    },
    ...item.content,
  } as KubernetesObject;
}

/**
 * The contents of a store with every object of the default policy that `existing` lacks; all of them for a new
 * cluster. They are there before anybody watches, as they are when an API server reports ready.
 */
export function withDefaultPolicy(existing: StoreSnapshot | undefined, context: PolicyContext): StoreSnapshot {
  const objects: Record<string, KubernetesObject[]> = {};
  const present = new Map<string, Set<string>>();
  const key = (namespace: string | undefined, name: string | undefined) => `${namespace ?? ""}/${name ?? ""}`;
  for (const [resource, list] of Object.entries(existing?.objects ?? {}))
    if (resource === "serviceaccounts" || resource.endsWith(GROUP))
      present.set(resource, new Set(list.map(({ metadata }) => key(metadata.namespace, metadata.name))));
  let resourceVersion = existing?.resourceVersion ?? 1;
  const time = rfc3339(context.now);
  const managedFields = ownership(time);
  for (const item of allTemplates()) {
    if (present.get(item.resource)?.has(key(item.namespace, item.name))) continue;
    objects[item.resource] ??= [...(existing?.objects[item.resource] ?? [])];
    objects[item.resource]?.push(materialize(item, time, context.uid(), ++resourceVersion, managedFields(item)));
  }
  if (existing !== undefined && Object.keys(objects).length === 0) return existing;
  return { resourceVersion, objects: { ...existing?.objects, ...objects } };
}
