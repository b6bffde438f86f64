/** Reads objects of any kind through a sandbox's API. */
import type { Sandbox } from "../sandbox/types.ts";
import { CheckError } from "./checks/verdict-of.ts";

/** Group-versions of the kinds that lessons name without one. */
const GROUP_VERSIONS: Readonly<Record<string, string>> = {
  StatefulSet: "apps/v1",
  Deployment: "apps/v1",
  ReplicaSet: "apps/v1",
  DaemonSet: "apps/v1",
  ControllerRevision: "apps/v1",
  Job: "batch/v1",
  CronJob: "batch/v1",
  StorageClass: "storage.k8s.io/v1",
  VolumeAttachment: "storage.k8s.io/v1",
  EndpointSlice: "discovery.k8s.io/v1",
  PodDisruptionBudget: "policy/v1",
  NetworkPolicy: "networking.k8s.io/v1",
  Ingress: "networking.k8s.io/v1",
  Role: "rbac.authorization.k8s.io/v1",
  RoleBinding: "rbac.authorization.k8s.io/v1",
  ClusterRole: "rbac.authorization.k8s.io/v1",
  ClusterRoleBinding: "rbac.authorization.k8s.io/v1",
  CustomResourceDefinition: "apiextensions.k8s.io/v1",
};

interface KindSelector {
  readonly apiVersion?: string | undefined;
  readonly kind: string;
  readonly namespace?: string | undefined;
}

type ApiObject = Readonly<Record<string, unknown>>;

const root = (groupVersion: string) => (groupVersion.includes("/") ? `/apis/${groupVersion}` : `/api/${groupVersion}`);

async function collectionPath(sandbox: Sandbox, selector: KindSelector, namespace: string): Promise<string> {
  const groupVersion = selector.apiVersion ?? GROUP_VERSIONS[selector.kind] ?? "v1";
  const answer = await sandbox.api("GET", root(groupVersion));
  if (answer.status !== 200) throw new CheckError(`the cluster does not serve ${groupVersion}`);
  const { resources } = answer.body as { resources: readonly { name: string; kind: string; namespaced: boolean }[] };
  const found = resources.find((resource) => resource.kind === selector.kind && !resource.name.includes("/"));
  if (found === undefined) throw new CheckError(`${groupVersion} has no kind ${selector.kind}`);
  const scope = found.namespaced ? `/namespaces/${selector.namespace ?? namespace}` : "";
  return `${root(groupVersion)}${scope}/${found.name}`;
}

/** One object; undefined where it does not exist. */
export async function readObject(
  sandbox: Sandbox,
  selector: KindSelector & { readonly name: string },
  namespace: string,
): Promise<ApiObject | undefined> {
  const path = `${await collectionPath(sandbox, selector, namespace)}/${encodeURIComponent(selector.name)}`;
  const answer = await sandbox.api("GET", path);
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw new CheckError(`GET ${path} was answered with status ${answer.status}`);
  return answer.body as ApiObject;
}

/** Objects of a kind, in order of name. */
export async function readObjects(
  sandbox: Sandbox,
  selector: KindSelector & { readonly labels?: string | undefined },
  namespace: string,
): Promise<readonly ApiObject[]> {
  const query = selector.labels === undefined ? "" : `?labelSelector=${encodeURIComponent(selector.labels)}`;
  const path = `${await collectionPath(sandbox, selector, namespace)}${query}`;
  const answer = await sandbox.api("GET", path);
  if (answer.status !== 200) throw new CheckError(`GET ${path} was answered with status ${answer.status}`);
  return (answer.body as { items: readonly ApiObject[] }).items;
}
