/** Who may do what: the default policy, its words of refusal, and that nobody grants what they do not have. */
import { afterEach, describe, expect, it } from "vitest";
import { clusterRoleBindings, clusterRoles, configMaps, roleBindings, roles } from "../../api/resources.ts";
import type { ClusterRole } from "../../api/types.ts";
import { isStatusError, type StatusError } from "../../machinery/status.ts";
import { type TestCluster, testCluster } from "../../testing/control-plane.ts";

const opened: TestCluster[] = [];
function boot(): TestCluster {
  const test = testCluster();
  opened.push(test);
  return test;
}
afterEach(() => {
  for (const { cluster, bugs } of opened.splice(0)) {
    cluster.close();
    expect(bugs).toEqual([]);
  }
});

const refusal = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (isStatusError(error)) return (error as StatusError).message;
    throw error;
  }
  return "";
};
const RBAC = "rbac.authorization.k8s.io";
const grant = (kind: string, name: string) => ({ apiGroup: RBAC, kind, name });
const person = (name: string) => ({ apiGroup: RBAC, kind: "User", name });

async function request(
  { cluster }: TestCluster,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: unknown,
) {
  const answer = await cluster.handle({
    method,
    path,
    query: new URLSearchParams(),
    headers: {
      authorization: `Bearer ${cluster.adminToken}`,
      accept: "application/json",
      "content-type": "application/json",
      ...headers,
    },
    ...(body === undefined ? {} : { body: new TextEncoder().encode(JSON.stringify(body)) }),
  });
  return { status: answer.status, body: JSON.parse(String(answer.body)) };
}

describe("the default policy", () => {
  it("is there from the start, labelled, and the same rules are one object in all clusters", () => {
    const one = boot().cluster.client;
    const two = boot().cluster.client;
    const names = one.list(clusterRoles).map(({ metadata }) => metadata.name);
    expect(names).toEqual(
      expect.arrayContaining([
        "admin",
        "cluster-admin",
        "edit",
        "view",
        "system:aggregate-to-admin",
        "system:aggregate-to-edit",
        "system:aggregate-to-view",
        "system:basic-user",
        "system:controller:statefulset-controller",
        "system:discovery",
        "system:kube-controller-manager",
        "system:kube-dns",
        "system:kube-scheduler",
        "system:node",
        "system:node-proxier",
        "system:public-info-viewer",
        "system:volume-scheduler",
      ]),
    );
    const role = one.get(clusterRoles, undefined, "system:controller:statefulset-controller");
    expect(role.metadata.labels).toEqual({ "kubernetes.io/bootstrapping": "rbac-defaults" });
    expect(role.metadata.annotations).toEqual({ "rbac.authorization.kubernetes.io/autoupdate": "true" });
    expect(role.rules).toBe(two.get(clusterRoles, undefined, role.metadata.name ?? "").rules);
    expect(one.get(clusterRoleBindings, undefined, role.metadata.name ?? "").subjects).toEqual([
      { kind: "ServiceAccount", name: "statefulset-controller", namespace: "kube-system" },
    ]);
    expect(one.list(roles, "kube-system").map(({ metadata }) => metadata.name)).toContain(
      "extension-apiserver-authentication-reader",
    );
    expect(one.list(roleBindings, "kube-public").map(({ metadata }) => metadata.name)).toEqual([
      "system:controller:bootstrap-signer",
    ]);
  });

  it("lets edit change what view reads, without Roles; admin also Roles", () => {
    const { client } = boot().cluster;
    const verbs = (role: string, resource: string) =>
      new Set(
        (client.get(clusterRoles, undefined, role).rules ?? [])
          .filter((rule) => rule.resources?.includes(resource))
          .flatMap((rule) => rule.verbs),
      );
    expect([...verbs("view", "statefulsets")].sort()).toEqual(["get", "list", "watch"]);
    expect(verbs("view", "secrets").size).toBe(0);
    expect(verbs("edit", "statefulsets").has("create")).toBe(true);
    expect(verbs("edit", "endpoints").has("create")).toBe(false);
    expect(verbs("edit", "rolebindings").size).toBe(0);
    expect(verbs("admin", "rolebindings").has("create")).toBe(true);
  });

  it("comes back where an older snapshot lacks it, and leaves what is there", async () => {
    const test = boot();
    test.cluster.client.modify(clusterRoles, undefined, "view", (role) => {
      role.metadata.labels = { ...role.metadata.labels, mine: "yes" };
    });
    const snapshot = test.cluster.snapshot();
    const kept = (snapshot.store.objects["clusterroles.rbac.authorization.k8s.io"] ?? []).filter(
      ({ metadata }) => metadata.name === "view",
    );
    const { withDefaultPolicy } = await import("./policy/index.ts");
    const store = withDefaultPolicy(
      { ...snapshot.store, objects: { ...snapshot.store.objects, "clusterroles.rbac.authorization.k8s.io": kept } },
      { now: 0, uid: () => "x" },
    );
    const found = store.objects["clusterroles.rbac.authorization.k8s.io"] ?? [];
    expect(found.find(({ metadata }) => metadata.name === "view")).toBe(kept[0]);
    expect(found.map(({ metadata }) => metadata.name)).toContain("edit");
    expect(withDefaultPolicy(snapshot.store, { now: 0, uid: () => "x" })).toBe(snapshot.store);
  });
});

describe("aggregation", () => {
  it("adds the rules of a labelled role to those that select it, and takes them away again", async () => {
    const test = boot();
    const { client } = test.cluster;
    await test.settle();
    const before = client.get(clusterRoles, undefined, "admin");
    const rule = { apiGroups: ["stable.example.com"], resources: ["crontabs"], verbs: ["get"] };
    client.create(clusterRoles, {
      metadata: { name: "crontabs-view", labels: { "rbac.authorization.k8s.io/aggregate-to-view": "true" } },
      rules: [rule],
    });
    await test.settle();
    for (const name of ["view", "edit", "admin"])
      expect(client.get(clusterRoles, undefined, name).rules, name).toContainEqual(rule);
    client.delete(clusterRoles, undefined, "crontabs-view");
    await test.settle();
    expect(client.get(clusterRoles, undefined, "admin").rules).toEqual(before.rules);
  });

  it("finds the default roles as they should be, and writes nothing", async () => {
    const test = boot();
    const before = test.cluster.client.list(clusterRoles).map(({ metadata }) => metadata.resourceVersion);
    await test.settle();
    expect(test.cluster.client.list(clusterRoles).map(({ metadata }) => metadata.resourceVersion)).toEqual(before);
  });
});

describe("authorization", () => {
  it("refuses in upstream's words", async () => {
    const test = boot();
    const as = { "impersonate-user": "jane" };
    expect((await request(test, "GET", "/api/v1/namespaces/default/pods", as)).body.message).toBe(
      'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"',
    );
    expect((await request(test, "GET", "/apis/apps/v1/namespaces/x/statefulsets/web/scale", as)).body.message).toBe(
      'statefulsets.apps "web" is forbidden: User "jane" cannot get resource "statefulsets/scale" in API group "apps" in the namespace "x"',
    );
    expect((await request(test, "GET", "/api/v1/nodes", as)).body.message).toBe(
      'nodes is forbidden: User "jane" cannot list resource "nodes" in API group "" at the cluster scope',
    );
    expect((await request(test, "GET", "/metrics", as)).body.message).toBe(
      'forbidden: User "jane" cannot get path "/metrics"',
    );
  });

  it("names roles that a binding points at and that are not there", async () => {
    const test = boot();
    test.cluster.client.create(clusterRoleBindings, {
      metadata: { name: "dangling" },
      roleRef: grant("ClusterRole", "gone"),
      subjects: [person("jane")],
    });
    const { body } = await request(test, "GET", "/api/v1/nodes", { "impersonate-user": "jane" });
    expect(body.message).toBe(
      'nodes is forbidden: User "jane" cannot list resource "nodes" in API group "" at the cluster scope: RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found',
    );
  });

  it("gives a ServiceAccount of kube-system no more than its bindings do", () => {
    const { cluster } = boot();
    const dns = cluster.clientFor("system:serviceaccount:kube-system:some-addon");
    expect(refusal(() => dns.list(configMaps, "kube-system"))).toBe(
      'configmaps is forbidden: User "system:serviceaccount:kube-system:some-addon" cannot list resource "configmaps" in API group "" in the namespace "kube-system"',
    );
  });

  it("answers self reviews of everybody who is somebody, impersonated or not", async () => {
    const test = boot();
    const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
    const groupsAs = async (headers: Record<string, string>) =>
      (await request(test, "POST", path, headers, review)).body.status.userInfo.groups;
    expect(await groupsAs({ "impersonate-user": "jane" })).toEqual(["system:authenticated"]);
    expect(await groupsAs({ "impersonate-user": "jane", "impersonate-group": "developers" })).toEqual([
      "developers",
      "system:authenticated",
    ]);
    expect(await groupsAs({ "impersonate-user": "system:serviceaccount:prod:app" })).toEqual([
      "system:serviceaccounts",
      "system:serviceaccounts:prod",
      "system:authenticated",
    ]);
    const extra = await request(
      test,
      "POST",
      path,
      { "impersonate-user": "jane", "impersonate-uid": "42", "impersonate-extra-scopes": "view" },
      review,
    );
    expect(extra.body.status.userInfo).toEqual({
      username: "jane",
      uid: "42",
      groups: ["system:authenticated"],
      extra: { scopes: ["view"] },
    });
    expect((await request(test, "POST", path, { authorization: "" }, review)).body.message).toBe(
      'selfsubjectreviews.authentication.k8s.io is forbidden: User "system:anonymous" cannot create resource "selfsubjectreviews" in API group "authentication.k8s.io" at the cluster scope',
    );
  });
});

describe("granting", () => {
  function withJane(rules: NonNullable<ClusterRole["rules"]>) {
    const test = boot();
    test.cluster.client.create(clusterRoles, { metadata: { name: "jane" }, rules });
    test.cluster.client.create(clusterRoleBindings, {
      metadata: { name: "jane" },
      roleRef: grant("ClusterRole", "jane"),
      subjects: [person("jane")],
    });
    return { ...test, jane: test.cluster.clientFor("jane") };
  }
  const WRITE_ROLES = {
    apiGroups: [RBAC],
    resources: ["roles", "rolebindings", "clusterroles"],
    verbs: ["get", "create", "update"],
  };
  const READ_PODS = { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] };

  it("refuses a Role with more than its writer has, and names what is missing", () => {
    const { jane } = withJane([WRITE_ROLES, READ_PODS]);
    const wanted = { apiGroups: ["", "apps"], resources: ["pods"], verbs: ["get", "list", "delete"] };
    expect(
      refusal(() => jane.create(roles, { metadata: { name: "more", namespace: "default" }, rules: [wanted] })),
    ).toBe(
      `roles.rbac.authorization.k8s.io "more" is forbidden: user "jane" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:
{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}
{APIGroups:["apps"], Resources:["pods"], Verbs:["get" "list" "delete"]}`,
    );
    expect(jane.create(roles, { metadata: { name: "same", namespace: "default" }, rules: [READ_PODS] }).rules).toEqual([
      READ_PODS,
    ]);
  });

  it("lets who may escalate grant anything", () => {
    const { jane } = withJane([WRITE_ROLES, { apiGroups: [RBAC], resources: ["roles"], verbs: ["escalate"] }]);
    const everything = { apiGroups: ["*"], resources: ["*"], verbs: ["*"] };
    jane.create(roles, { metadata: { name: "all", namespace: "default" }, rules: [everything] });
  });

  it("keeps aggregation rules for those who may do everything", () => {
    const { jane } = withJane([WRITE_ROLES]);
    expect(
      refusal(() =>
        jane.create(clusterRoles, {
          metadata: { name: "collector" },
          aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] },
          rules: [],
        }),
      ),
    ).toBe(
      'clusterroles.rbac.authorization.k8s.io "collector" is forbidden: must have cluster-admin privileges to use the aggregationRule',
    );
  });

  it("refuses a binding to a role with more, unless its writer may bind that role", () => {
    const bind = (name: string) => ({
      metadata: { name: "b", namespace: "default" },
      roleRef: grant("ClusterRole", name),
      subjects: [person("joe")],
    });
    const { jane } = withJane([WRITE_ROLES, READ_PODS]);
    expect(refusal(() => jane.create(roleBindings, bind("view")))).toMatch(
      /^rolebindings\.rbac\.authorization\.k8s\.io "b" is forbidden: user "jane" \(groups=\["system:authenticated"\]\) is attempting to grant RBAC permissions not currently held:\n\{APIGroups:\[""\], Resources:\["bindings"\], Verbs:\["get" "list" "watch"\]\}\n/,
    );
    expect(refusal(() => jane.create(roleBindings, bind("nothing")))).toBe(
      'clusterroles.rbac.authorization.k8s.io "nothing" not found',
    );
    const other = withJane([
      WRITE_ROLES,
      { apiGroups: [RBAC], resources: ["clusterroles"], resourceNames: ["view"], verbs: ["bind"] },
    ]);
    other.jane.create(roleBindings, bind("view"));
  });

  it("never changes a roleRef", () => {
    const { client } = boot().cluster;
    client.create(roleBindings, {
      metadata: { name: "b", namespace: "default" },
      roleRef: grant("ClusterRole", "view"),
      subjects: [person("joe")],
    });
    expect(
      refusal(() =>
        client.modify(roleBindings, "default", "b", (next) => {
          next.roleRef = grant("ClusterRole", "edit");
        }),
      ),
    ).toBe(
      'RoleBinding.rbac.authorization.k8s.io "b" is invalid: roleRef: Invalid value: {"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"edit"}: cannot change roleRef',
    );
  });
});
