/** kubectl top (k8s.io/kubectl/pkg/cmd/top), from metrics.k8s.io/v1beta1. */
import { humanDuration } from "../../../encoding/index.ts";
import { AGGREGATED, checkSegment } from "../../client/discovery.ts";
import type { Command } from "../../command.ts";
import { CommandError } from "../../errors.ts";
import { ALL_NAMESPACES_FLAG, FIELD_SELECTOR_FLAG, SELECTOR_FLAG } from "../../flags/common.ts";
import type { FlagDefinition } from "../../flags/parse.ts";
import type { Invocation } from "../../invocation.ts";
import { type Json, type KubeObject, listAt, nameOf, namespaceOf, objectAt, textAt } from "../../object.ts";
import { TABLE_TABS, TabWriter } from "../../printers/tabwriter.ts";
import { podPath } from "../pods.ts";
import { nodeLines, podLines, type SortKey } from "./usage.ts";

const METRICS = "/apis/metrics.k8s.io/v1beta1";
/** Pods younger than this may well have no metrics yet (milliseconds). */
const METRICS_DELAY = 2 * 60_000;

function nameAndSort(
  invocation: Invocation,
  what: "node" | "pod",
): { readonly name: string; readonly sortBy: SortKey } {
  const { flags, args } = invocation;
  if (args.length > 1) throw invocation.usageError(`${what} [NAME | -l label]`);
  if (what === "pod") invocation.checkNamespace();
  invocation.checkAccess();
  const sortBy = flags.string("sort-by");
  if (sortBy !== "" && sortBy !== "cpu" && sortBy !== "memory")
    throw new CommandError("--sort-by accepts only cpu or memory");
  const name = args[0] ?? "";
  if (name !== "" && (flags.string("selector") !== "" || flags.optional("field-selector") !== ""))
    throw new CommandError(`only one of NAME or ${what === "node" ? "--" : ""}selector can be provided`);
  return { name, sortBy };
}

const servesMetrics = (name: string, group: Json): boolean =>
  name === "metrics.k8s.io" && listAt(group, "versions").some((one) => textAt(one, "version") === "v1beta1");

async function refuseWithoutMetrics(invocation: Invocation): Promise<void> {
  const rest = await invocation.rest();
  // Asked anew each time, both halves, by a client that keeps nothing.
  await rest.get("/api", undefined, AGGREGATED);
  const groups = await rest.get("/apis", undefined, AGGREGATED);
  const served =
    textAt(groups, "kind") === "APIGroupDiscoveryList"
      ? listAt(groups, "items").some((group) => servesMetrics(textAt(group, "metadata", "name"), group))
      : listAt(groups, "groups").some((group) => servesMetrics(textAt(group, "name"), group));
  if (!served) throw new CommandError("Metrics API not available");
}

async function print(invocation: Invocation, lines: readonly string[]): Promise<void> {
  const writer = new TabWriter(TABLE_TABS);
  for (const line of lines) writer.write(line);
  await invocation.out(writer.flush());
}

async function topNodes(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  const { name, sortBy } = nameAndSort(invocation, "node");
  await refuseWithoutMetrics(invocation);
  checkSegment("resource name", name);
  const rest = await invocation.rest();
  const get = async (base: string): Promise<Json[]> =>
    name === ""
      ? listAt(await rest.get(base, { labelSelector: flags.string("selector") }), "items")
      : [await rest.get(`${base}/${encodeURIComponent(name)}`)];
  const metrics = await get(`${METRICS}/nodes`);
  if (metrics.length === 0) throw new CommandError("metrics not available yet");
  const nodes = await get("/api/v1/nodes");
  const field = flags.bool("show-capacity") ? "capacity" : "allocatable";
  const available = new Map(nodes.map((node) => [nameOf(node as KubeObject), objectAt(node, "status", field)]));
  await print(invocation, nodeLines(metrics, available, { noHeaders: flags.bool("no-headers"), sortBy }));
}

async function topPods(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  const { name, sortBy } = nameAndSort(invocation, "pod");
  await refuseWithoutMetrics(invocation);
  checkSegment("resource name", name);
  const rest = await invocation.rest();
  const everywhere = flags.bool("all-namespaces");
  const scope = everywhere ? "" : `/namespaces/${encodeURIComponent(invocation.namespace)}`;
  const query = { labelSelector: flags.string("selector"), fieldSelector: flags.string("field-selector") };
  const metrics =
    name === ""
      ? listAt(await rest.get(`${METRICS}${scope}/pods`, query), "items")
      : [await rest.get(`${METRICS}${scope}/pods/${encodeURIComponent(name)}`)];
  if (metrics.length === 0) {
    const pods =
      name === ""
        ? listAt(await rest.get(`/api/v1${scope}/pods`, query), "items")
        : [await rest.get(podPath(invocation.namespace, name))];
    explainMissing(invocation, pods);
    await invocation.err(
      everywhere ? "No resources found\n" : `No resources found in ${invocation.namespace} namespace.\n`,
    );
    return;
  }
  const options = {
    noHeaders: flags.bool("no-headers"),
    withNamespace: everywhere,
    containers: flags.bool("containers"),
    sum: flags.bool("sum"),
    sortBy,
  };
  await print(invocation, podLines(metrics, options));
}

/** There are Pods but no metrics: an error, which names a Pod that is old enough to have some. */
function explainMissing(invocation: Invocation, pods: readonly Json[]): void {
  if (pods.length === 0) return;
  for (const pod of pods) {
    const age = invocation.now - Date.parse(textAt(pod, "metadata", "creationTimestamp"));
    if (age > METRICS_DELAY) {
      const id = `${namespaceOf(pod as KubeObject)}/${nameOf(pod as KubeObject)}`;
      throw new CommandError(`Metrics not available for pod ${id}, age: ${humanDuration(age)}`);
    }
  }
  throw new CommandError("metrics not available yet");
}

const COMMON: readonly FlagDefinition[] = [
  SELECTOR_FLAG,
  { name: "no-headers", type: "bool", default: "false", usage: "No header line" },
  { name: "sort-by", type: "string", usage: "cpu or memory" },
  { name: "use-protocol-buffers", type: "bool", default: "true", usage: "Accepted; metrics come as JSON" },
];

export const TOP: Command = {
  name: "top",
  short: "Display resource (CPU/memory) usage",
  subcommands: [
    {
      name: "node",
      aliases: ["nodes", "no"],
      short: "Display resource (CPU/memory) usage of nodes",
      arguments: "[NAME | -l label]",
      examples: ["kubectl top node", "kubectl top node node-1"],
      completes: "node",
      flags: [
        ...COMMON,
        { name: "show-capacity", type: "bool", default: "false", usage: "Shares of what the node has in all" },
      ],
      run: topNodes,
    },
    {
      name: "pod",
      aliases: ["pods", "po"],
      short: "Display resource (CPU/memory) usage of pods",
      arguments: "[NAME | -l label]",
      examples: ["kubectl top pod", "kubectl top pod web-0 --containers", "kubectl top pod -A --sort-by=memory"],
      completes: "pod-name",
      flags: [
        ...COMMON,
        FIELD_SELECTOR_FLAG,
        ALL_NAMESPACES_FLAG,
        { name: "containers", type: "bool", default: "false", usage: "A line for each container" },
        { name: "sum", type: "bool", default: "false", usage: "The sum of all at the end" },
      ],
      run: topPods,
    },
  ],
};
