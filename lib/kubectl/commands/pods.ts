/** Which Pod and which container a command means (k8s.io/kubectl/pkg/polymorphichelpers, podcmd). */
import type { Resource } from "../client/discovery.ts";
import { CommandError, throwAll } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import {
  byText,
  type Json,
  type KubeObject,
  listAt,
  nameOf,
  objectAt,
  parseApiVersion,
  stringsAt,
  textAt,
} from "../object.ts";
import { hasGoType } from "../patch/merge-keys.ts";
import { getNamed, list, listError, pairProblems } from "../resources/builder.ts";

export const podPath = (namespace: string, name: string, subresource = ""): string =>
  `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}${subresource === "" ? "" : `/${subresource}`}`;

export const POD: Resource = {
  group: "",
  version: "v1",
  kind: "Pod",
  name: "pods",
  singular: "pod",
  namespaced: true,
  shortNames: ["po"],
  categories: ["all"],
  verbs: [],
  subresources: [],
};

/** A label selector object as a query. */
export function selectorText(selector: Json | undefined): string {
  const operators: Readonly<Record<string, string>> = { In: "in", NotIn: "notin" };
  const labels = Object.entries(stringsAt(selector, "matchLabels")).sort(([a], [b]) => byText(a, b));
  const requirements = [
    ...labels.map(([key, value]) => [key, `${key}=${value}`] as const),
    ...listAt(selector, "matchExpressions").map((expression) => {
      const [key, operator] = [textAt(expression, "key"), textAt(expression, "operator")];
      if (operator === "Exists") return [key, key] as const;
      if (operator === "DoesNotExist") return [key, `!${key}`] as const;
      const values = [...new Set(listAt(expression, "values").map(String))].sort(byText);
      return [key, `${key} ${operators[operator]} (${values.join(",")})`] as const;
    }),
  ];
  // By key; of one key as they were written.
  return requirements
    .sort(([a], [b]) => byText(a, b))
    .map(([, text]) => text)
    .join(",");
}

/** The selector of the Pods an object stands for. */
export function podSelector(object: KubeObject): string {
  const selector = objectAt(object, "spec", "selector");
  const kind = textAt(object, "kind");
  if (kind === "Service" || kind === "ReplicationController") {
    const pairs = Object.entries(stringsAt(selector)).map(([key, value]) => `${key}=${value}`);
    if (pairs.length === 0)
      throw new CommandError(`invalid service '${nameOf(object)}': Service is defined without a selector`);
    return pairs.join(",");
  }
  if (!SELECTING.has(kind)) throw new CommandError(`selector for ${goType(object)} not implemented`);
  return selectorText(selector);
}

/** Kinds with a label selector of their Pods (polymorphichelpers.SelectorsForObject). */
const SELECTING = new Set(["ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job"]);

/** The Go type an object has in kubectl, as %T prints it. */
export function goType(object: KubeObject): string {
  const { group, version } = parseApiVersion(textAt(object, "apiVersion"));
  return hasGoType(group) ? `*${version}.${textAt(object, "kind")}` : "*unstructured.Unstructured";
}

const isReady = (pod: Json): boolean =>
  listAt(pod, "status", "conditions").some(
    (one) => textAt(one, "type") === "Ready" && textAt(one, "status") === "True",
  );

/** The Pod to use first: scheduled, running, ready, longest ready, as controller.ActivePods sorts. */
export function byActivity(pods: readonly KubeObject[]): KubeObject[] {
  const phases: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };
  const rank = (pod: KubeObject): number[] => [
    textAt(pod, "spec", "nodeName") === "" ? 0 : 1,
    phases[textAt(pod, "status", "phase")] ?? -1,
    isReady(pod) ? 1 : 0,
  ];
  return [...pods].sort((a, b) => {
    const [x, y] = [rank(a), rank(b)];
    for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return (y[i] ?? 0) - (x[i] ?? 0);
    return textAt(a, "metadata", "creationTimestamp") < textAt(b, "metadata", "creationTimestamp") ? -1 : 1;
  });
}

/** The object a POD or TYPE/NAME argument names. */
export async function namedObject(
  invocation: Invocation,
  argument: string,
): Promise<{ resource: Resource; object: KubeObject }> {
  const rest = await invocation.rest();
  const slash = argument.indexOf("/");
  if (slash === -1)
    return {
      resource: POD,
      object: await getNamed(rest, { resource: POD, namespace: invocation.namespace, name: argument }),
    };
  throwAll(pairProblems([argument]));
  const resource = await invocation.lookUp((map) => map.find(argument.slice(0, slash)));
  const target = { resource, namespace: invocation.namespace, name: argument.slice(slash + 1) };
  return { resource, object: await getNamed(rest, target) };
}

/** The Pod a POD or TYPE/NAME argument stands for; waits for one to exist where a workload has none yet. */
export async function podFor(invocation: Invocation, argument: string): Promise<KubeObject> {
  const { object } = await namedObject(invocation, argument);
  return podBehind(invocation, object);
}

/** The Pod an object stands for: itself, or the most active one it selects (AttachablePodForObject). */
export async function podBehind(invocation: Invocation, object: KubeObject): Promise<KubeObject> {
  if (textAt(object, "kind") === "Pod") return object;
  let selector: string;
  try {
    selector = podSelector(object);
  } catch (error) {
    throw error instanceof CommandError
      ? new CommandError(`cannot attach to ${goType(object)}: ${error.message}`)
      : error;
  }
  const [pod] = byActivity(await podsOf(invocation, selector));
  return pod ?? firstPod(invocation, selector);
}

/** Waits for a Pod to come, as long as --pod-running-timeout says (GetFirstPod). */
export async function firstPod(invocation: Invocation, selector: string): Promise<KubeObject> {
  const { process, flags } = invocation;
  const rest = await invocation.rest();
  const stop = new AbortController();
  const signal = AbortSignal.any([process.signal, stop.signal]);
  const limit = flags.has("pod-running-timeout") ? flags.duration("pod-running-timeout") : 0;
  const nothing = () => undefined;
  const late = process.clock.sleep(limit, stop.signal).then(nothing, nothing);
  const come = (async () => {
    for await (const { type, object } of rest.watch(
      podsPath(invocation.namespace),
      { labelSelector: selector },
      undefined,
      signal,
    ))
      if (type === "ADDED") return object;
    return undefined;
  })();
  try {
    const pod = await Promise.race([come, late]);
    if (pod === undefined) throw new CommandError("timed out waiting for the condition");
    return pod;
  } finally {
    stop.abort();
    come.catch(() => undefined);
  }
}

const podsPath = (namespace: string): string => `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;

export async function podsOf(invocation: Invocation, selector: string): Promise<KubeObject[]> {
  const query = { resource: POD, namespace: invocation.namespace, labelSelector: selector, fieldSelector: "" };
  try {
    return (await list(invocation, query))["items"] as KubeObject[];
  } catch (error) {
    throw listError(query, error);
  }
}

const DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container";
const LISTS = [
  ["containers", ""],
  ["ephemeralContainers", ""],
  ["initContainers", " (init)"],
] as const;

export const containerNames = (pod: KubeObject, field = "containers"): string[] =>
  listAt(pod, "spec", field).map((container) => textAt(container, "name"));

/** FindOrDefaultContainerByName: the container to use; `notice` goes to stderr. */
export function containerOf(pod: KubeObject, asked: string): { readonly name: string; readonly notice: string } {
  const all = LISTS.flatMap(([field]) => containerNames(pod, field));
  if (asked !== "") {
    if (!all.includes(asked)) throw new CommandError(`container ${asked} not found in pod ${nameOf(pod)}`);
    return { name: asked, notice: "" };
  }
  const annotated = textAt(pod, "metadata", "annotations", DEFAULT_CONTAINER);
  const names = containerNames(pod);
  const [first] = names;
  if (first === undefined) throw new CommandError(`no container found in pod ${nameOf(pod)}`);
  if (annotated !== "") {
    if (names.includes(annotated)) return { name: annotated, notice: "" };
    return {
      name: first,
      notice: `Default container name "${annotated}" not found in pod ${nameOf(pod)}\nDefaulted container "${first}" out of: ${describeContainers(pod)}\n`,
    };
  }
  if (all.length === 1) return { name: first, notice: "" };
  return { name: first, notice: `Defaulted container "${first}" out of: ${describeContainers(pod)}\n` };
}

function describeContainers(pod: KubeObject): string {
  const suffix: Readonly<Record<string, string>> = {
    containers: "",
    ephemeralContainers: " (ephem)",
    initContainers: " (init)",
  };
  return LISTS.flatMap(([field]) => containerNames(pod, field).map((name) => `${name}${suffix[field]}`)).join(", ");
}
