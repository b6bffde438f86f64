/** A learner's place on a real cluster: a namespace, an account that may do everything in it, and what it may read outside. */
import type { ClusterAccess } from "../../kubectl/transport.ts";
import type { ClusterApi } from "./api.ts";

const ACCOUNT = "learner";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
/** What every learner may read: lessons look at nodes and storage classes. */
const READER = "statecraft-learner";
const LABELS = { "app.kubernetes.io/managed-by": "statecraft" };
/** How long a token is asked for (s); clusters may give shorter ones. */
const TOKEN_SECONDS = 24 * 3600;

interface Token {
  readonly token: string;
  /** ms since the epoch. */
  readonly expires: number;
}

/** Makes what is missing; what is there stays. */
export async function makePlace(api: ClusterApi, namespace: string): Promise<void> {
  // 409: it is there already, from an earlier start of the server.
  const make = (path: string, body: object) => api.ask("POST", path, body, [409]);
  await make("/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: namespace, labels: LABELS },
  });
  await make(`/api/v1/namespaces/${namespace}/serviceaccounts`, {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: ACCOUNT, labels: LABELS },
  });
  await make(`${RBAC}/namespaces/${namespace}/roles`, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: ACCOUNT, labels: LABELS },
    rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
  });
  const subjects = [{ kind: "ServiceAccount", name: ACCOUNT, namespace }];
  await make(`${RBAC}/namespaces/${namespace}/rolebindings`, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: ACCOUNT, labels: LABELS },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: ACCOUNT },
    subjects,
  });
  await make(`${RBAC}/clusterroles`, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: READER, labels: LABELS },
    rules: [
      { apiGroups: [""], resources: ["nodes", "persistentvolumes", "namespaces"], verbs: ["get", "list", "watch"] },
      { apiGroups: ["storage.k8s.io"], resources: ["*"], verbs: ["get", "list", "watch"] },
      { apiGroups: ["scheduling.k8s.io"], resources: ["priorityclasses"], verbs: ["get", "list", "watch"] },
      {
        apiGroups: ["apiextensions.k8s.io"],
        resources: ["customresourcedefinitions"],
        verbs: ["get", "list", "watch"],
      },
    ],
  });
  await make(`${RBAC}/clusterrolebindings`, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: namespace, labels: LABELS },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: READER },
    subjects,
  });
}

export async function placeExists(api: ClusterApi, namespace: string): Promise<boolean> {
  return (await api.request("GET", `/api/v1/namespaces/${namespace}`)).status === 200;
}

/** Removes everything, and waits until it is gone. */
export async function removePlace(api: ClusterApi, namespace: string, signal: AbortSignal): Promise<void> {
  await api.ask("DELETE", `${RBAC}/clusterrolebindings/${namespace}`, undefined, [404]);
  const path = `/api/v1/namespaces/${namespace}`;
  await api.ask("DELETE", path, undefined, [404, 409]);
  for (;;) {
    signal.throwIfAborted();
    const now = await api.request("GET", path);
    if (now.status === 404) return;
    const version =
      (now.body as { readonly metadata?: { readonly resourceVersion?: string } }).metadata?.resourceVersion ?? "";
    const stop = new AbortController();
    const selector = `/api/v1/namespaces?fieldSelector=${encodeURIComponent(`metadata.name=${namespace}`)}`;
    try {
      for await (const event of api.watch(selector, version, AbortSignal.any([signal, stop.signal])))
        if (event.type === "DELETED" || event.type === "ERROR") break;
    } finally {
      stop.abort();
    }
  }
}

/** A new token of the learner's account. Throws where the cluster gives none. */
export async function learnerToken(api: ClusterApi, namespace: string): Promise<Token> {
  const answer = (await api.ask("POST", `/api/v1/namespaces/${namespace}/serviceaccounts/${ACCOUNT}/token`, {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { expirationSeconds: TOKEN_SECONDS },
  })) as { readonly status?: { readonly token?: string; readonly expirationTimestamp?: string } };
  const { token, expirationTimestamp } = answer.status ?? {};
  if (token === undefined) throw new Error("the cluster gave no token for the learner's account");
  return {
    token,
    expires: expirationTimestamp === undefined ? Number.POSITIVE_INFINITY : Date.parse(expirationTimestamp),
  };
}

/** How the learner reaches the cluster: the operator's way, with a token of their own. */
export function learnerAccess(operator: ClusterAccess, token: string): ClusterAccess {
  const { server, certificateAuthorityData, insecureSkipTlsVerify, tlsServerName } = operator;
  return {
    server,
    token,
    ...(certificateAuthorityData === undefined ? {} : { certificateAuthorityData }),
    ...(insecureSkipTlsVerify === undefined ? {} : { insecureSkipTlsVerify }),
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
  };
}

/** A kubeconfig of one context, in which a learner has a namespace of their own. */
export function learnerKubeconfig(access: ClusterAccess, namespace: string): string {
  const cluster = [
    `    server: ${access.server}`,
    ...(access.certificateAuthorityData === undefined
      ? []
      : [`    certificate-authority-data: ${access.certificateAuthorityData}`]),
    ...(access.insecureSkipTlsVerify === true ? ["    insecure-skip-tls-verify: true"] : []),
    ...(access.tlsServerName === undefined ? [] : [`    tls-server-name: ${access.tlsServerName}`]),
  ];
  return `apiVersion: v1
kind: Config
clusters:
- name: statecraft
  cluster:
${cluster.join("\n")}
contexts:
- name: statecraft
  context:
    cluster: statecraft
    namespace: ${namespace}
    user: learner
current-context: statecraft
users:
- name: learner
  user:
    token: ${access.token ?? ""}
`;
}
