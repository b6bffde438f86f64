/** Replays a recording's commands on an embedded control plane with stand-in nodes, as API calls. */
import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import * as resources from "../../lib/kubernetes/api/resources.ts";
import {
  controllerRevisions,
  deployments,
  type Resource,
  replicaSets,
  statefulSets,
  storageClasses,
} from "../../lib/kubernetes/api/resources.ts";
import type { Deployment, PodTemplateSpec, StatefulSet } from "../../lib/kubernetes/api/types.ts";
import type { Cluster } from "../../lib/kubernetes/cluster.types.ts";
import { clone } from "../../lib/kubernetes/machinery/clone.ts";
import { isStatusError } from "../../lib/kubernetes/machinery/status.ts";
import type { KubernetesObject } from "../../lib/kubernetes/machinery/types.ts";
import { type TestCluster, testCluster } from "../../lib/kubernetes/testing/control-plane.ts";

export interface HistoryEntry {
  readonly step: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly kind: string;
  readonly name: string;
  readonly [field: string]: unknown;
}

export interface Recording {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly cmd: string; readonly stdout: string; readonly exitCode: number }[];
  readonly history: readonly HistoryEntry[];
}

export function readRecording(name: string): Recording {
  return JSON.parse(readFileSync(new URL(`./recordings/${name}.json`, import.meta.url), "utf8"));
}

const NAMESPACE = "rec";
const KINDS = new Map((Object.values(resources) as Resource[]).map((resource) => [resource.kind, resource] as const));
const SHORT: Readonly<Record<string, Resource>> = {
  pod: resources.pods as Resource,
  pvc: resources.persistentVolumeClaims as Resource,
  pv: resources.persistentVolumes as Resource,
  sts: statefulSets as Resource,
  rs: replicaSets as Resource,
  deploy: deployments as Resource,
  pdb: resources.podDisruptionBudgets as Resource,
};

interface Replayed {
  readonly history: readonly HistoryEntry[];
  readonly test: TestCluster;
}

/** Runs all steps; the recorder waited after each until nothing had changed for 1.5 s, and so does this. */
export async function replay(recording: Recording): Promise<Replayed> {
  const test = testCluster({ seed: 5 });
  const { cluster } = test;
  await cluster.ready();
  const { client } = cluster;
  client.delete(storageClasses, undefined, "standard");
  for (const [name, volumeBindingMode] of [
    ["fast", "Immediate"],
    ["wffc", "WaitForFirstConsumer"],
  ] as const)
    client.create(storageClasses, {
      metadata: { name },
      provisioner: "kubernetes.io/host-path",
      volumeBindingMode,
      allowVolumeExpansion: true,
    });
  client.create(resources.namespaces, { metadata: { name: NAMESPACE } });
  await test.settle();
  const history: HistoryEntry[] = [];
  let step = 0;
  cluster.onTimeline(({ type, object, namespace, resource }) => {
    if (namespace !== NAMESPACE && resource !== "persistentvolumes") return;
    history.push(condense(step, type, clone(object)));
  });
  for (const { cmd } of recording.steps) {
    await run(cluster, recording.files, cmd);
    await test.settle();
    step++;
  }
  return { history, test };
}

async function run(cluster: Cluster, files: Recording["files"], command: string): Promise<void> {
  const { client } = cluster;
  const words = command.split(" ");
  const flags = words.filter((word) => word.startsWith("--"));
  const plain = words.filter((word) => !word.startsWith("-"));
  const [, verb, ...rest] = plain;
  if (verb === "apply") {
    for (const [index, word] of words.entries())
      if (word === "-f") for (const object of documents(files[words[index + 1] ?? ""] ?? "")) apply(cluster, object);
  } else if (verb === "delete") {
    const resource = resourceOf(rest[0]);
    const cascade = flags.find((flag) => flag.startsWith("--cascade="))?.slice("--cascade=".length);
    const propagationPolicy =
      cascade === "orphan" || cascade === "false" ? "Orphan" : cascade === "foreground" ? "Foreground" : "Background";
    const selector = words[words.indexOf("-l") + 1]?.split("=");
    const names = words.includes("-l")
      ? client
          .list(resource, NAMESPACE)
          .filter(({ metadata }) => metadata.labels?.[selector?.[0] ?? ""] === selector?.[1])
          .map(({ metadata }) => metadata.name ?? "")
      : rest.slice(1);
    for (const name of names) client.delete(resource, NAMESPACE, name, { propagationPolicy });
  } else if (verb === "scale") {
    const replicas = Number(flags[0]?.slice("--replicas=".length));
    client.modify(statefulSets, NAMESPACE, rest[1] ?? "", (set) => {
      if (set.spec !== undefined) set.spec.replicas = replicas;
    });
  } else if (verb === "set") {
    const [kind, name] = (rest[1] ?? "").split("/");
    const [container, image] = (rest[2] ?? "").split("=");
    changeTemplate(cluster, kind ?? "", name ?? "", (template) => {
      const found = template.spec?.containers.find((candidate) => candidate.name === container);
      if (found !== undefined) found.image = image ?? "";
    });
  } else if (verb === "rollout" && rest[0] === "undo") {
    undo(cluster, rest[1] ?? "", flags);
  } else if (verb === "patch") {
    await patch(cluster, command);
  } else if (command.includes("pods/web-0/eviction") || command.includes("/eviction -f")) {
    try {
      client.evict(NAMESPACE, "web-0");
    } catch (error) {
      if (!isStatusError(error, "TooManyRequests")) throw error;
    }
  }
}

function documents(text: string): KubernetesObject[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object): object is KubernetesObject => object !== null);
}

const resourceOf = (name: string | undefined): Resource => {
  const resource = SHORT[name ?? ""];
  if (resource === undefined) throw new Error(`the replay does not know ${name}`);
  return resource;
};

function apply({ client }: Cluster, object: KubernetesObject): void {
  const resource = KINDS.get(object.kind ?? "");
  if (resource === undefined) throw new Error(`the replay does not know ${object.kind}`);
  if (resource.namespaced) object.metadata.namespace = NAMESPACE;
  client.create(resource, object);
}

function changeTemplate(
  cluster: Cluster,
  kind: string,
  name: string,
  change: (template: PodTemplateSpec) => void,
): void {
  const resource = resourceOf(kind) as Resource<StatefulSet | Deployment>;
  cluster.client.modify(resource, NAMESPACE, name, (object) => {
    if (object.spec?.template !== undefined) change(object.spec.template);
  });
}

function undo({ client }: Cluster, target: string, flags: readonly string[]): void {
  const [kind, name = ""] = target.split("/");
  if (flags.some((flag) => flag.startsWith("--to-revision=9"))) return;
  let template: PodTemplateSpec | undefined;
  if (kind === "deploy") {
    const revision = (object: KubernetesObject) =>
      Number(object.metadata.annotations?.["deployment.kubernetes.io/revision"] ?? 0);
    const sorted = [...client.list(replicaSets, NAMESPACE)].sort((a, b) => revision(b) - revision(a));
    template = clone(sorted[1]?.spec?.template);
    delete template?.metadata?.labels?.["pod-template-hash"];
    client.modify(deployments, NAMESPACE, name, (object) => {
      if (object.spec !== undefined && template !== undefined) object.spec.template = template;
    });
    return;
  }
  const sorted = [...client.list(controllerRevisions, NAMESPACE)].sort((a, b) => b.revision - a.revision);
  const data = sorted[1]?.data as { spec: { template: PodTemplateSpec & { $patch?: string } } } | undefined;
  const { $patch: _directive, ...previous } = clone(data?.spec.template ?? {});
  client.modify(statefulSets, NAMESPACE, name, (object) => {
    if (object.spec !== undefined) object.spec.template = previous;
  });
}

async function patch(cluster: Cluster, command: string): Promise<void> {
  const match = /^kubectl patch (\S+) (\S+)(?: --type=(\S+))? -p '(.*)'$/.exec(command);
  const resource = resourceOf(match?.[1]);
  const prefix = resource.group === "" ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope = resource.namespaced ? `/namespaces/${NAMESPACE}` : "";
  const type = match?.[3] === "json" ? "application/json-patch+json" : "application/strategic-merge-patch+json";
  await cluster.handle({
    method: "PATCH",
    path: `${prefix}${scope}/${resource.plural}/${match?.[2]}`,
    query: new URLSearchParams(),
    headers: { "content-type": type, authorization: `Bearer ${cluster.adminToken}` },
    body: new TextEncoder().encode(match?.[4] ?? ""),
  });
}

/** The fields the recorder kept. */
// biome-ignore lint/suspicious/noExplicitAny: objects of any kind, read as the recorder read them.
function condense(step: number, type: HistoryEntry["type"], object: any): HistoryEntry {
  const { metadata, spec = {}, status = {} } = object;
  const base = { step, type, kind: object.kind, name: metadata.name };
  const terminating = metadata.deletionTimestamp !== undefined;
  const owner = metadata.ownerReferences?.find((reference: { controller?: boolean }) => reference.controller);
  switch (object.kind) {
    case "Pod":
      return {
        ...base,
        phase: status.phase,
        ready:
          status.conditions?.some((c: { type: string; status: string }) => c.type === "Ready" && c.status === "True") ??
          false,
        node: Boolean(spec.nodeName),
        images: spec.containers.map((container: { image: string }) => container.image),
        revision: metadata.labels?.["controller-revision-hash"] ?? metadata.labels?.["pod-template-hash"],
        terminating,
        owner: owner && `${owner.kind}/${owner.name}`,
      };
    case "Event":
      return {
        ...base,
        reason: object.reason,
        eventType: object.type,
        about: `${object.involvedObject.kind}/${object.involvedObject.name}`,
        message: object.message.replaceAll(`${NAMESPACE}/`, "NS/"),
        count: object.count,
        source: object.source?.component ?? object.reportingComponent,
      };
    case "PersistentVolumeClaim":
      return {
        ...base,
        phase: status.phase,
        volume: spec.volumeName,
        capacity: status.capacity?.storage,
        terminating,
        finalizers: metadata.finalizers ?? [],
        annotations: Object.keys(metadata.annotations ?? {})
          .filter((key) => !key.startsWith("kubectl"))
          .sort(),
      };
    case "PersistentVolume":
      return {
        ...base,
        phase: status.phase,
        claim: spec.claimRef?.name,
        terminating,
        reclaim: spec.persistentVolumeReclaimPolicy,
        finalizers: metadata.finalizers ?? [],
      };
    case "StatefulSet":
      return {
        ...base,
        generation: metadata.generation,
        observed: status.observedGeneration,
        replicas: status.replicas ?? 0,
        ready: status.readyReplicas,
        current: status.currentReplicas,
        updated: status.updatedReplicas,
        currentRevision: status.currentRevision,
        updateRevision: status.updateRevision,
        terminating,
      };
    case "ControllerRevision":
      return { ...base, revision: object.revision };
    case "EndpointSlice":
      return {
        ...base,
        endpoints: (object.endpoints ?? []).map(
          (endpoint: { hostname?: string; targetRef?: { name: string }; conditions?: { ready?: boolean } }) =>
            `${endpoint.hostname ?? ""}/${endpoint.targetRef?.name}:${endpoint.conditions?.ready}`,
        ),
      };
    default:
      return { ...base, spec: spec.replicas, replicas: status.replicas ?? 0, ready: status.readyReplicas, terminating };
  }
}
