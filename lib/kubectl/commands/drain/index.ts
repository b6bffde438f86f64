/** kubectl drain (k8s.io/kubectl/pkg/cmd/drain, k8s.io/kubectl/pkg/drain). */
import { formatDuration } from "../../../encoding/index.ts";
import type { Command } from "../../command.ts";
import { CommandError, Failures, isApiError, isNotFound, PlainError, throwAll } from "../../errors.ts";
import { DRY_RUN_FLAG, PAGE_FLAG, SELECTOR_FLAG } from "../../flags/common.ts";
import { dryRunOf, dryRunQuery, dryRunSuffix, type Invocation } from "../../invocation.ts";
import { type KubeObject, nameOf, namespaceOf, textAt } from "../../object.ts";
import { list } from "../../resources/builder.ts";
import { cordonNodes } from "../cordon.ts";
import { deadline } from "../interrupts.ts";
import { POD, podPath } from "../pods.ts";
import { selectorProblem } from "../selectors.ts";
import { waitUntilGone } from "../wait-gone.ts";
import { grouped, judge, type Verdict } from "./filters.ts";

/** A selector that cannot be read is refused before anything is cordoned. */
function checkSelector({ flags }: Invocation): void {
  if (selectorProblem(flags.string("pod-selector")) !== undefined)
    throw new CommandError("--pod-selector=<pod_selector> must be a valid label selector");
}

async function podsToRemove(invocation: Invocation, node: string): Promise<Verdict[]> {
  const { flags } = invocation;
  const found = await list(
    invocation,
    {
      resource: POD,
      namespace: "",
      labelSelector: flags.string("pod-selector"),
      fieldSelector: `spec.nodeName=${node}`,
    },
    flags.number("chunk-size"),
  );
  return Promise.all((found["items"] as KubeObject[]).map((pod) => judge(invocation, pod)));
}

/** --timeout over all Pods of a node. */
interface Limit {
  readonly expired: () => boolean;
  /** Milliseconds; 0 where there is no limit. */
  readonly remaining: () => number;
}

async function evictOne(invocation: Invocation, pod: KubeObject, limit: Limit): Promise<void> {
  const { flags } = invocation;
  const dryRun = dryRunOf(invocation);
  const rest = await invocation.rest();
  const [name, namespace] = [nameOf(pod), namespaceOf(pod)];
  const grace = flags.number("grace-period");
  const deleteOptions = grace >= 0 ? { gracePeriodSeconds: grace } : {};
  const plain = flags.bool("disable-eviction");
  for (;;) {
    await invocation.out(`${plain ? "deleting" : "evicting"} pod ${namespace}/${name}${dryRunSuffix(dryRun)}\n`);
    if (limit.expired()) {
      throw new CommandError(
        `error when evicting pods/"${name}" -n "${namespace}": global timeout reached: ${formatDuration(flags.duration("timeout"))}`,
      );
    }
    try {
      if (plain) {
        await rest.json("DELETE", podPath(namespace, name), { body: deleteOptions, query: dryRunQuery(dryRun) });
      } else {
        await rest.json("POST", podPath(namespace, name, "eviction"), {
          body: {
            kind: "Eviction",
            apiVersion: "policy/v1",
            metadata: { name, namespace, creationTimestamp: null },
            deleteOptions,
          },
          query: dryRunQuery(dryRun),
        });
      }
      break;
    } catch (error) {
      if (isNotFound(error)) return;
      const message = (error as Error).message;
      if (!isApiError(error, "TooManyRequests"))
        throw new CommandError(`error when evicting pods/"${name}" -n "${namespace}": ${message}`);
      await invocation.err(`error when evicting pods/"${name}" -n "${namespace}" (will retry after 5s): ${message}\n`);
      await invocation.process.sleep(5000);
    }
  }
  if (dryRun === "server") return;
  const left = limit.remaining();
  try {
    await waitUntilGone(
      invocation,
      [{ target: { resource: POD, namespace, name }, uid: textAt(pod, "metadata", "uid") }],
      left,
    );
  } catch (error) {
    throw new CommandError(
      `error when waiting for pod "${name}" in namespace "${namespace}" to terminate: ${left > 0 ? `global timeout reached: ${formatDuration(flags.duration("timeout"))}` : (error as Error).message}`,
    );
  }
  await invocation.out(`pod/${name} ${plain ? "deleted" : "evicted"}\n`);
}

async function drainNode(invocation: Invocation, node: string): Promise<void> {
  const verdicts = await podsToRemove(invocation, node);
  throwAll(grouped(verdicts, "error").map((text) => new CommandError(`cannot delete ${text}`)));
  const warnings = grouped(verdicts, "warning").join("; ");
  if (warnings !== "") await invocation.err(`Warning: ${warnings}\n`);
  const pods = verdicts.filter(({ remove }) => remove).map(({ pod }) => pod);
  if (dryRunOf(invocation) === "client") {
    for (const pod of pods) await invocation.out(`evicting pod ${namespaceOf(pod)}/${nameOf(pod)} (dry run)\n`);
    return;
  }
  const timeout = invocation.flags.duration("timeout");
  const end = invocation.now + timeout;
  const timer = deadline(invocation, timeout);
  const limit = { ...timer, remaining: () => (timeout > 0 ? Math.max(1, end - invocation.now) : 0) };
  try {
    const results = await Promise.allSettled(pods.map((pod) => evictOne(invocation, pod, limit)));
    const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
    if (errors.length === 0) return;
    const pending = (await podsToRemove(invocation, node)).filter(({ remove }) => remove);
    if (pending.length > 0) {
      await invocation.err(
        `There are pending pods in node "${node}" when an error occurred: ${text(errors)}\n${pending.map(({ pod }) => `pod/${nameOf(pod)}\n`).join("")}`,
      );
    }
    throwAll(errors);
  } finally {
    timer.stop();
  }
}

const text = (errors: readonly unknown[]): string => {
  const messages = [...new Set(errors.map((error) => (error as Error).message))];
  return messages.length === 1 ? (messages[0] ?? "") : `[${messages.join(", ")}]`;
};

async function drain(invocation: Invocation): Promise<void> {
  const nodes = await cordonNodes(invocation, true, () => checkSelector(invocation));
  const dryRun = dryRunOf(invocation);
  const errors: unknown[] = [];
  const remaining: string[] = [];
  for (const node of nodes) {
    try {
      await drainNode(invocation, node);
      await invocation.out(`node/${node} drained${dryRunSuffix(dryRun)}\n`);
    } catch (error) {
      const parts = error instanceof Failures ? error.errors : [error];
      errors.push(...parts);
      remaining.push(node);
      await invocation.err(
        `error: unable to drain node "${node}" due to error: ${text(parts)}, continuing command...\n`,
      );
    }
  }
  if (remaining.length > 0) {
    await invocation.err(`There are pending nodes to be drained:\n${remaining.map((node) => ` ${node}\n`).join("")}`);
  }
  // Errors within errors are told by their words alone.
  if (errors.length > 0) throw new PlainError(errors.map((error) => `${(error as Error).message}\n`).join(""));
}

export const DRAIN: Command = {
  name: "drain",
  short: "Drain node in preparation for maintenance",
  arguments: "NODE",
  examples: ["kubectl drain node-1 --ignore-daemonsets"],
  completes: "node",
  flags: [
    SELECTOR_FLAG,
    DRY_RUN_FLAG,
    PAGE_FLAG,
    { name: "delete-emptydir-data", type: "bool", default: "false", usage: "Also Pods that use emptyDir volumes" },
    { name: "disable-eviction", type: "bool", default: "false", usage: "Delete; disruption budgets do not count" },
    { name: "force", type: "bool", default: "false", usage: "Also Pods without a controller" },
    { name: "grace-period", type: "int", default: "-1", usage: "Seconds that Pods get to end" },
    { name: "ignore-daemonsets", type: "bool", default: "false", usage: "Leave Pods of DaemonSets alone" },
    { name: "pod-selector", type: "string", usage: "Only Pods with these labels" },
    {
      name: "skip-wait-for-delete-timeout",
      type: "int",
      default: "0",
      usage: "Do not wait for Pods deleted longer ago",
    },
    { name: "timeout", type: "duration", default: "0s", usage: "How long to try; 0: as long as it takes" },
  ],
  run: drain,
};
