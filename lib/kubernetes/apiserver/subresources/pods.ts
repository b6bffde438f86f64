/** Binding and eviction of Pods (pkg/registry/core/pod/storage/{storage,eviction}.go). */
import type { Clock } from "../../../clock/index.ts";
import type { Pod, PodDisruptionBudget } from "../../api/types.ts";
import { clone } from "../../machinery/clone.ts";
import { invalid } from "../../machinery/invalid.ts";
import { selectorMatches } from "../../machinery/label-selector.ts";
import { badRequest, conflict, notFound, StatusError } from "../../machinery/status.ts";
import { rfc3339 } from "../../machinery/time.ts";
import type { Store } from "../../store/store.ts";
import type { DeleteOptions } from "../client.ts";
import type { Definitions, Served } from "../definitions.ts";
import { checkPreconditions, type Registry } from "../registry.ts";
import type { WriteContext } from "../request.ts";

const PODS = { group: "", resource: "pods" };
const BUDGETS = "poddisruptionbudgets.policy";
/** Disruptions a budget remembers until the Pods are seen to go. */
const MAX_DISRUPTED_PODS = 2000;
/** Seconds a client is told to wait where a budget is not there yet (eviction.go). */
const RETRY_AFTER_SECONDS = 10;

export interface BindingRequest {
  readonly metadata?: {
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly target?: { readonly kind?: string; readonly name?: string };
}

export class PodOperations {
  readonly #clock: Clock;
  readonly #store: Store;
  readonly #registry: Registry;
  readonly #definitions: Definitions;

  constructor(options: { clock: Clock; store: Store; registry: Registry; definitions: Definitions }) {
    this.#clock = options.clock;
    this.#store = options.store;
    this.#registry = options.registry;
    this.#definitions = options.definitions;
  }

  /** Sets spec.nodeName and the PodScheduled condition. 409 where the Pod is bound already or being deleted. */
  bind(namespace: string, name: string, binding: BindingRequest, context: WriteContext): void {
    const kind = binding.target?.kind ?? "";
    const node = binding.target?.name ?? "";
    const errors = [
      ...(kind === "" || kind === "Node"
        ? []
        : ([
            {
              type: "FieldValueNotSupported",
              field: "target.kind",
              value: kind,
              detail: 'supported values: "Node", "<empty>"',
            },
          ] as const)),
      ...(node === "" ? ([{ type: "FieldValueRequired", field: "target.name", detail: "" }] as const) : []),
    ];
    if (errors.length > 0) throw invalid({ group: "", kind: "Binding" }, name, errors);
    const refuse = (message: string) => conflict({ group: "", resource: "pods/binding" }, name, message);
    const served = this.#pods();
    const pod = this.#registry.get(served, namespace, name) as Pod;
    if (binding.metadata?.uid !== undefined && binding.metadata.uid !== "" && binding.metadata.uid !== pod.metadata.uid)
      throw refuse(
        `Precondition failed: UID in precondition: ${binding.metadata.uid}, UID in object meta: ${pod.metadata.uid}`,
      );
    if (pod.metadata.deletionTimestamp !== undefined)
      throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
    if (pod.spec?.nodeName) throw refuse(`pod ${name} is already assigned to node "${pod.spec.nodeName}"`);
    if ((pod.spec?.schedulingGates ?? []).length > 0) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);
    this.#registry.update(
      served,
      namespace,
      name,
      () => {
        const next = clone(pod);
        if (next.spec !== undefined) next.spec.nodeName = node;
        const labels = binding.metadata?.labels;
        const annotations = binding.metadata?.annotations;
        if (labels !== undefined) next.metadata.labels = { ...next.metadata.labels, ...labels };
        if (annotations !== undefined) next.metadata.annotations = { ...next.metadata.annotations, ...annotations };
        const status = next.status ?? {};
        next.status = status;
        const others = (status.conditions ?? []).filter((condition) => condition.type !== "PodScheduled");
        const observedGeneration = pod.metadata.generation;
        status.conditions = [
          ...others,
          {
            type: "PodScheduled",
            status: "True",
            lastProbeTime: null as unknown as string,
            lastTransitionTime: rfc3339(this.#clock.now()),
            ...(observedGeneration === undefined ? {} : { observedGeneration }),
          } as (typeof others)[number],
        ];
        return next;
      },
      context,
      { subresource: "binding" },
    );
  }

  /** Deletes a Pod where its disruption budget allows: 429 TooManyRequests otherwise. */
  evict(namespace: string, name: string, options: DeleteOptions, context: WriteContext): void {
    const served = this.#pods();
    const pod = this.#registry.get(served, namespace, name) as Pod;
    const budgets = this.#budgetsOf(pod);
    const phase = pod.status?.phase;
    const terminal = phase === "Succeeded" || phase === "Failed" || phase === "Pending";
    if (!terminal && pod.metadata.deletionTimestamp === undefined) {
      if (budgets.length > 1)
        throw new StatusError(
          500,
          "",
          "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
        );
      const budget = budgets[0];
      if (budget !== undefined) this.#spend(budget, pod, context);
    }
    checkPreconditions(served, pod, options.preconditions);
    if (!context.dryRun) this.#markDisrupted(served, pod, context);
    const { resourceVersion: _checked, ...preconditions } = options.preconditions ?? {};
    this.#registry.delete(served, namespace, name, { ...options, preconditions }, context);
  }

  /** Says on the Pod that a disruption is why it goes (addConditionAndDeletePod). */
  #markDisrupted(served: Served, pod: Pod, context: WriteContext): void {
    this.#registry.update(
      served,
      pod.metadata.namespace,
      pod.metadata.name ?? "",
      (old) => {
        const next = clone(old) as Pod;
        const conditions = next.status?.conditions ?? [];
        const known = conditions.find(({ type }) => type === "DisruptionTarget");
        const { generation } = next.metadata;
        const condition = {
          type: "DisruptionTarget",
          ...(generation === undefined ? {} : { observedGeneration: generation }),
          status: "True",
          lastProbeTime: null as unknown as string,
          lastTransitionTime:
            (known?.status === "True" ? known.lastTransitionTime : undefined) ?? rfc3339(this.#clock.now()),
          reason: "EvictionByEvictionAPI",
          message: "Eviction API: evicting",
        };
        next.status = {
          ...next.status,
          conditions:
            known === undefined
              ? [...conditions, condition]
              : conditions.map((item) => (item === known ? condition : item)),
        };
        return next;
      },
      { ...context, warnings: [] },
      { subresource: "status" },
    );
  }

  #budgetsOf(pod: Pod): PodDisruptionBudget[] {
    const all = this.#store.list(BUDGETS, pod.metadata.namespace) as PodDisruptionBudget[];
    return all.filter((budget) => selectorMatches(budget.spec?.selector, pod.metadata.labels ?? {}));
  }

  /** Takes one disruption from the budget (checkAndDecrement). */
  #spend(budget: PodDisruptionBudget, pod: Pod, context: WriteContext): void {
    const ready = (pod.status?.conditions ?? []).some((item) => item.type === "Ready" && item.status === "True");
    const status = budget.status;
    const healthy = (status?.currentHealthy ?? 0) >= (status?.desiredHealthy ?? 0) && (status?.desiredHealthy ?? 0) > 0;
    const always = budget.spec?.unhealthyPodEvictionPolicy === "AlwaysAllow";
    if (!ready && (always || healthy)) return;
    const name = budget.metadata.name ?? "";
    if ((status?.observedGeneration ?? 0) < (budget.metadata.generation ?? 0))
      throw tooManyDisruptions({
        reason: "DisruptionBudget",
        message: `The disruption budget ${name} is still being processed by the server.`,
        seconds: RETRY_AFTER_SECONDS,
      });
    const allowed = status?.disruptionsAllowed ?? 0;
    if (allowed < 0)
      throw new StatusError(
        403,
        "Forbidden",
        `poddisruptionbudgets.policy "${name}" is forbidden: pdb disruptions allowed is negative`,
      );
    if (Object.keys(status?.disruptedPods ?? {}).length > MAX_DISRUPTED_PODS)
      throw new StatusError(
        403,
        "Forbidden",
        `poddisruptionbudgets.policy "${name}" is forbidden: DisruptedPods map too big - too many evictions not confirmed by PDB controller`,
      );
    if (allowed === 0) {
      const needs = `The disruption budget ${name} needs ${status?.desiredHealthy ?? 0} healthy pods and has ${status?.currentHealthy ?? 0} currently`;
      throw tooManyDisruptions({ reason: "DisruptionBudget", message: needs, seconds: 0 });
    }
    const served = this.#definitions.stored(BUDGETS);
    if (served === undefined) throw badRequest("the server does not serve PodDisruptionBudgets");
    this.#registry.update(
      served,
      budget.metadata.namespace,
      name,
      (old) => {
        const next = clone(old) as PodDisruptionBudget;
        if (next.status !== undefined) {
          next.status.disruptionsAllowed = allowed - 1;
          if (allowed === 1) next.status.conditions = nothingAllowed(next, rfc3339(this.#clock.now()));
          next.status.disruptedPods = {
            ...next.status.disruptedPods,
            [pod.metadata.name ?? ""]: rfc3339(this.#clock.now()),
          };
        }
        return next;
      },
      { ...context, fieldManager: "kube-apiserver", user: { name: "system:apiserver", groups: ["system:masters"] } },
      { subresource: "status" },
    );
  }

  #pods(): Served {
    const served = this.#definitions.stored("pods");
    if (served === undefined) throw notFound(PODS, "");
    return served;
  }
}

/** Conditions of a budget whose last disruption has been spent (UpdateDisruptionAllowedCondition). */
function nothingAllowed({ metadata, status }: PodDisruptionBudget, now: string) {
  const conditions = status?.conditions ?? [];
  const condition = {
    type: "DisruptionAllowed",
    status: "False",
    ...(metadata.generation === undefined ? {} : { observedGeneration: metadata.generation }),
    lastTransitionTime: now,
    reason: "InsufficientPods",
    message: "",
  };
  return [...conditions.filter(({ type }) => type !== "DisruptionAllowed"), condition];
}

function tooManyDisruptions(cause: { reason: string; message: string; seconds: number }): StatusError {
  return new StatusError(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: cause.reason, message: cause.message }],
    ...(cause.seconds > 0 ? { retryAfterSeconds: cause.seconds } : {}),
  });
}
