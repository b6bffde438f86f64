/** When Helm calls objects ready, and waits for them (helm.sh/helm/v3/pkg/kube/ready.go, wait.go). */
import { isApiError } from "../../kubectl/errors.ts";
import { at, isObject, type JsonObject, listAt, numberAt, stringsAt, textAt } from "../../kubectl/object.ts";
import { HelmError } from "../errors.ts";
import type { HelmRun } from "../run.ts";
import { getLive, type Info, together } from "./objects.ts";

/** Upstream asks every two seconds. */
const POLL_MS = 2000;

const condition = (object: JsonObject, type: string): string =>
  textAt(
    listAt(object, "status", "conditions").find((one) => textAt(one, "type") === type),
    "status",
  );

const podReady = (pod: JsonObject): boolean => condition(pod, "Ready") === "True";
const observed = (object: JsonObject): boolean =>
  numberAt(object, "status", "observedGeneration") === numberAt(object, "metadata", "generation");

/** intstr.GetScaledValueFromIntOrPercent. */
function scaled(value: unknown, total: number, up: boolean): number {
  if (typeof value === "number") return value;
  const percent = /^(\d+)%$/.exec(String(value ?? ""));
  if (percent === null) return total;
  const part = (Number(percent[1]) * total) / 100;
  return up ? Math.ceil(part) : Math.floor(part);
}

function statefulSetReady(set: JsonObject): boolean {
  if (!observed(set)) return false;
  if (textAt(set, "spec", "updateStrategy", "type") !== "RollingUpdate") return true;
  const partition = numberAt(set, "spec", "updateStrategy", "rollingUpdate", "partition");
  const replicas = at(set, "spec", "replicas") === undefined ? 1 : numberAt(set, "spec", "replicas");
  if (numberAt(set, "status", "updatedReplicas") < replicas - partition) return false;
  if (numberAt(set, "status", "readyReplicas") !== replicas) return false;
  // Below a partition there are two revisions for good.
  return partition > 0 || textAt(set, "status", "currentRevision") === textAt(set, "status", "updateRevision");
}

function daemonSetReady(set: JsonObject): boolean {
  if (!observed(set)) return false;
  if (textAt(set, "spec", "updateStrategy", "type") !== "RollingUpdate") return true;
  const desired = numberAt(set, "status", "desiredNumberScheduled");
  if (numberAt(set, "status", "updatedNumberScheduled") !== desired) return false;
  const unavailable = scaled(at(set, "spec", "updateStrategy", "rollingUpdate", "maxUnavailable"), desired, true);
  return numberAt(set, "status", "numberReady") >= desired - unavailable;
}

function serviceReady(service: JsonObject): boolean {
  const type = textAt(service, "spec", "type");
  if (type === "ExternalName") return true;
  if (textAt(service, "spec", "clusterIP") === "") return false;
  if (type !== "LoadBalancer") return true;
  return (
    listAt(service, "spec", "externalIPs").length > 0 || at(service, "status", "loadBalancer", "ingress") !== undefined
  );
}

function definitionReady(definition: JsonObject): boolean {
  return condition(definition, "Established") === "True" || condition(definition, "NamesAccepted") === "False";
}

async function list(run: HelmRun, path: string, labels: Readonly<Record<string, string>>): Promise<JsonObject[]> {
  const labelSelector = Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
  const rest = await run.kubectl.rest();
  return listAt(await rest.get(path, { labelSelector }), "items") as JsonObject[];
}

async function podsReady(run: HelmRun, info: Info, labels: Readonly<Record<string, string>>): Promise<boolean> {
  return (await list(run, `/api/v1/namespaces/${info.namespace}/pods`, labels)).every(podReady);
}

async function deploymentReady(run: HelmRun, info: Info, deployment: JsonObject): Promise<boolean> {
  if (at(deployment, "spec", "paused") === true) return true;
  const sets = await list(
    run,
    `/apis/apps/v1/namespaces/${info.namespace}/replicasets`,
    stringsAt(deployment, "spec", "selector", "matchLabels"),
  );
  const revision = textAt(deployment, "metadata", "annotations", "deployment.kubernetes.io/revision");
  const newest = sets.find(
    (set) =>
      listAt(set, "metadata", "ownerReferences").some(
        (owner) => textAt(owner, "uid") === textAt(deployment, "metadata", "uid"),
      ) &&
      textAt(set, "metadata", "annotations", "deployment.kubernetes.io/revision") === revision &&
      JSON.stringify(podTemplate(set)) === JSON.stringify(podTemplate(deployment)),
  );
  if (newest === undefined) return false;
  if (!observed(newest) || !observed(deployment)) return false;
  const replicas = numberAt(deployment, "spec", "replicas");
  const rolling = textAt(deployment, "spec", "strategy", "type") === "RollingUpdate" && replicas > 0;
  const unavailable = !rolling
    ? 0
    : Math.min(
        replicas,
        scaled(at(deployment, "spec", "strategy", "rollingUpdate", "maxUnavailable"), replicas, false),
      );
  return numberAt(newest, "status", "readyReplicas") >= replicas - unavailable;
}
/** The hash that the controller adds is not part of the template. */
function podTemplate(object: JsonObject): unknown {
  const { "pod-template-hash": _, ...labels } = stringsAt(object, "spec", "template", "metadata", "labels");
  const sorted = Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
  return [sorted, canonical(at(object, "spec", "template", "spec"))];
}
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, canonical(inner)]),
  );
}

/** ReadyChecker.IsReady. Kinds it does not know are ready. */
async function isReady(run: HelmRun, info: Info, jobs: boolean): Promise<boolean> {
  const { kind, group } = info.resource;
  const known = `${group}/${kind}`;
  if (!CHECKED.has(known)) return true;
  if (known === "batch/Job" && !jobs) return true;
  const live = await getLive(run, info);
  if (live === undefined) throw new HelmError(`${info.resource.name} ${JSON.stringify(info.name)} not found`);
  switch (known) {
    case "/Pod":
      return podReady(live);
    case "batch/Job": {
      if (numberAt(live, "status", "failed") > numberAt(live, "spec", "backoffLimit"))
        throw new HelmError(`job is failed: ${info.namespace}/${info.name}`);
      const completions = at(live, "spec", "completions");
      return completions === undefined || numberAt(live, "status", "succeeded") >= Number(completions);
    }
    case "apps/Deployment":
      return deploymentReady(run, info, live);
    case "/PersistentVolumeClaim":
      return textAt(live, "status", "phase") === "Bound";
    case "/Service":
      return serviceReady(live);
    case "apps/DaemonSet":
      return daemonSetReady(live);
    case "apps/StatefulSet":
      return statefulSetReady(live);
    case "apiextensions.k8s.io/CustomResourceDefinition":
      return definitionReady(live);
    case "/ReplicationController":
      return observed(live) && (await podsReady(run, info, stringsAt(live, "spec", "selector")));
    case "apps/ReplicaSet":
      return observed(live) && (await podsReady(run, info, stringsAt(live, "spec", "selector", "matchLabels")));
    default:
      return true;
  }
}
const CHECKED = new Set([
  "/Pod",
  "batch/Job",
  "apps/Deployment",
  "/PersistentVolumeClaim",
  "/Service",
  "apps/DaemonSet",
  "apps/StatefulSet",
  "apiextensions.k8s.io/CustomResourceDefinition",
  "/ReplicationController",
  "apps/ReplicaSet",
]);

const EXPIRED = "context deadline exceeded";

/** Asks until `done` says so, or throws what a Go context says when its time is over. */
async function poll(run: HelmRun, timeoutMs: number, words: string, done: () => Promise<boolean>): Promise<void> {
  const end = run.now + timeoutMs;
  while (!(await done())) {
    const left = end - run.now;
    if (left <= 0) throw new HelmError(words);
    await pause(run, Math.min(POLL_MS, left));
  }
}

const CANCELLED = "context canceled";

async function pause(run: HelmRun, ms: number): Promise<void> {
  try {
    await run.process.clock.sleep(ms, AbortSignal.any([run.process.signal, run.cancelled]));
  } catch (error) {
    if (run.process.signal.aborted || !run.cancelled.aborted) throw error;
    throw new HelmError(CANCELLED);
  }
}

export async function waitReady(run: HelmRun, infos: readonly Info[], timeoutMs: number, jobs: boolean): Promise<void> {
  run.debug(`wait.go: beginning wait for ${infos.length} resources with timeout of ${timeoutMs / 1000}s`);
  await poll(run, timeoutMs, EXPIRED, async () => {
    for (const info of infos) if (!(await isReady(run, info, jobs))) return false;
    return true;
  });
}

export async function waitGone(run: HelmRun, infos: readonly Info[], timeoutMs: number): Promise<void> {
  await poll(run, timeoutMs, EXPIRED, async () => {
    for (const info of infos) if ((await getLive(run, info)) !== undefined) return false;
    return true;
  });
}

/** WatchUntilReady: Jobs have completed and Pods have succeeded; all else is ready once it is there. */
export async function watchHooks(run: HelmRun, infos: readonly Info[], timeoutMs: number): Promise<void> {
  const errors: unknown[] = [];
  for (const info of infos) {
    try {
      await watchHook(run, info, timeoutMs);
    } catch (error) {
      if (run.cancelled.aborted || (!(error instanceof HelmError) && !isApiError(error))) throw error;
      errors.push(error);
    }
  }
  if (errors.length > 0) throw together(errors);
}

async function watchHook(run: HelmRun, info: Info, timeoutMs: number): Promise<void> {
  const { kind } = info.resource;
  if (kind !== "Job" && kind !== "Pod") return;
  const rest = await run.kubectl.rest();
  const path = `${kind === "Job" ? "/apis/batch/v1" : "/api/v1"}/namespaces/${info.namespace}/${info.resource.name}`;
  const stop = new AbortController();
  let expired = false;
  const cancel = run.process.clock.after(Math.max(1, timeoutMs), () => {
    expired = true;
    stop.abort();
  });
  const onEnd = () => stop.abort();
  run.process.signal.addEventListener("abort", onEnd, { once: true });
  run.cancelled.addEventListener("abort", onEnd, { once: true });
  try {
    while (!stop.signal.aborted) {
      const events = rest.watch(path, { fieldSelector: `metadata.name=${info.name}` }, undefined, stop.signal);
      for await (const event of events) {
        if (event.type === "DELETED") return;
        if (event.type === "ERROR")
          throw new HelmError(`failed to modify ${info.name}: ${textAt(event.object, "message")}`);
        if (hookDone(info, event.object)) return;
      }
      await run.process.spend(100);
    }
  } finally {
    cancel();
    run.process.signal.removeEventListener("abort", onEnd);
    run.cancelled.removeEventListener("abort", onEnd);
    stop.abort();
  }
  run.process.signal.throwIfAborted();
  if (run.cancelled.aborted) throw new HelmError(CANCELLED);
  if (expired) throw new HelmError("timed out waiting for the condition");
}

function hookDone(info: Info, object: JsonObject): boolean {
  if (info.resource.kind === "Pod") {
    const phase = textAt(object, "status", "phase");
    if (phase === "Failed") throw new HelmError(`pod ${info.name} failed`);
    return phase === "Succeeded";
  }
  for (const one of listAt(object, "status", "conditions")) {
    if (!isObject(one) || textAt(one, "status") !== "True") continue;
    if (textAt(one, "type") === "Complete") return true;
    if (textAt(one, "type") === "Failed") throw new HelmError(`job ${info.name} failed: ${textAt(one, "reason")}`);
  }
  return false;
}
