/** One sync of a Deployment: which ReplicaSet has which size (pkg/controller/deployment/{sync,rolling,recreate}.go). */
import { deployments, pods, replicaSets } from "../../api/resources.ts";
import type { Deployment, ReplicaSet } from "../../api/types.ts";
import { clone, deepEqual } from "../../machinery/clone.ts";
import { isStatusError } from "../../machinery/status.ts";
import { rfc3339 } from "../../machinery/time.ts";
import { type ControllerContext, Retry } from "../framework/controller.ts";
import { templateHash } from "../framework/hash.ts";
import { controllerOf, controllerReference, isControlledBy, unlessGone } from "../framework/owners.ts";
import { isPodFinished } from "../framework/pods.ts";
import { isNamespaceTerminating } from "../replicaset.ts";
import { progressStatus, statusOf } from "./progress.ts";
import {
  active,
  annotationsFor,
  byCreation,
  conditionOf,
  type DeploymentCondition,
  deadlineIn,
  desiredAnnotation,
  findNew,
  HASH_LABEL,
  hasProgressDeadline,
  isComplete,
  isRolling,
  maxSurge,
  maxUnavailable,
  newSize,
  proportion,
  REVISION,
  revisionOf,
  sameTemplate,
  setCondition,
  sizeAnnotations,
  sizeAnnotationsDiffer,
  sizeOf,
  totalSize,
  totalStatus,
  wanted,
} from "./util.ts";

export class Rollout {
  readonly #context: ControllerContext;
  /** As of now: replaced after each write, so that one sync's steps build on each other. */
  #deployment: Deployment;
  #owned: ReplicaSet[];
  readonly #again: (ms: number, reason: string) => void;

  constructor(
    context: ControllerContext,
    deployment: Deployment,
    owned: readonly ReplicaSet[],
    again: (ms: number, reason: string) => void,
  ) {
    this.#context = context;
    this.#deployment = deployment;
    this.#owned = [...owned];
    this.#again = again;
  }

  rolling(): void {
    const newOne = this.#syncRevision(true);
    if (newOne === undefined) return;
    if (this.#growNew(newOne) || this.#shrinkOld()) {
      this.#syncRolloutStatus();
      return;
    }
    if (isComplete(this.#deployment, this.#deployment.status)) this.#cleanUp();
    this.#syncRolloutStatus();
  }

  recreate(): void {
    let newOne = this.#syncRevision(false);
    let changed = false;
    for (const old of active(this.#old())) changed = this.#scale(old, 0) || changed;
    if (changed || this.#oldPodsRunning(newOne)) {
      this.#syncRolloutStatus();
      return;
    }
    newOne ??= this.#syncRevision(true);
    if (newOne === undefined) return;
    this.#scale(newOne, wanted(this.#deployment));
    if (isComplete(this.#deployment, this.#deployment.status)) this.#cleanUp();
    this.#syncRolloutStatus();
  }

  /** The Deployment is paused, or its size was changed: no new revision is rolled out. */
  scaleOnly(): void {
    this.#syncRevision(false);
    this.#scaleProportionally();
    if (this.#deployment.spec?.paused === true) this.#cleanUp();
    this.syncStatusOnly();
  }

  syncStatusOnly(): void {
    this.#writeStatus(statusOf(this.#deployment, this.#owned, this.#new(), this.#now()));
  }

  checkPaused(): void {
    if (!hasProgressDeadline(this.#deployment)) return;
    const condition = conditionOf(this.#deployment.status, "Progressing");
    if (condition?.reason === "ProgressDeadlineExceeded") return;
    const isPaused = this.#deployment.spec?.paused === true;
    const knownPaused = condition?.reason === "DeploymentPaused";
    if (isPaused === knownPaused) return;
    this.#setCondition(
      isPaused
        ? this.#condition("Unknown", "DeploymentPaused", "Deployment is paused")
        : this.#condition("Unknown", "DeploymentResumed", "Deployment is resumed"),
    );
  }

  #now(): number {
    return this.#context.clock.now();
  }

  #new(): ReplicaSet | undefined {
    return findNew(this.#deployment, this.#owned);
  }

  #old(): ReplicaSet[] {
    const newOne = this.#new();
    return this.#owned.filter((replicaSet) => replicaSet.metadata.uid !== newOne?.metadata.uid);
  }

  #replace(replicaSet: ReplicaSet): ReplicaSet {
    this.#owned = [...this.#owned.filter(({ metadata }) => metadata.uid !== replicaSet.metadata.uid), replicaSet];
    return replicaSet;
  }

  /** Finds or makes the ReplicaSet of today's template and gives it the newest revision number. */
  #syncRevision(create: boolean): ReplicaSet | undefined {
    const { client } = this.#context;
    const revision =
      this.#old().reduce((highest, old) => (revisionOf(old) > highest ? revisionOf(old) : highest), 0n) + 1n;
    const existing = this.#new();
    if (existing === undefined) return create ? this.#createNew(revision) : undefined;
    const annotations = annotationsFor(this.#deployment, existing, revision, true);
    const minReadySeconds = this.#deployment.spec?.minReadySeconds ?? 0;
    const stale =
      !deepEqual(annotations, existing.metadata.annotations ?? {}) ||
      (existing.spec?.minReadySeconds ?? 0) !== minReadySeconds;
    const newOne = stale
      ? this.#replace(
          client.modify(replicaSets, existing.metadata.namespace, existing.metadata.name ?? "", (next) => {
            next.metadata.annotations = annotations;
            if (next.spec !== undefined) next.spec.minReadySeconds = minReadySeconds;
          }),
        )
      : existing;
    const found =
      hasProgressDeadline(this.#deployment) && conditionOf(this.#deployment.status, "Progressing") === undefined
        ? this.#condition("True", "FoundNewReplicaSet", `Found new replica set "${newOne.metadata.name}"`)
        : undefined;
    if (
      stale &&
      found === undefined &&
      newOne.metadata.annotations?.[REVISION] === this.#deployment.metadata.annotations?.[REVISION]
    )
      return newOne;
    this.#setRevision(newOne.metadata.annotations?.[REVISION] ?? String(revision), found);
    return newOne;
  }

  #createNew(revision: bigint): ReplicaSet | undefined {
    const { client, recorder } = this.#context;
    const deployment = this.#deployment;
    const template = clone(deployment.spec?.template ?? {});
    const hash = templateHash(template, deployment.status?.collisionCount);
    template.metadata = { ...template.metadata, labels: { ...template.metadata?.labels, [HASH_LABEL]: hash } };
    const draft: ReplicaSet = {
      metadata: {
        name: `${deployment.metadata.name}-${hash}`,
        namespace: deployment.metadata.namespace ?? "",
        labels: { ...template.metadata.labels },
        ownerReferences: [controllerReference(deployments, deployment)],
      },
      spec: {
        replicas: newSize(deployment, this.#owned, 0),
        ...(deployment.spec?.minReadySeconds === undefined ? {} : { minReadySeconds: deployment.spec.minReadySeconds }),
        selector: {
          ...deployment.spec?.selector,
          matchLabels: { ...deployment.spec?.selector.matchLabels, [HASH_LABEL]: hash },
        },
        template,
      },
    };
    draft.metadata.annotations = annotationsFor(deployment, draft, revision, false);
    const name = draft.metadata.name ?? "";
    let created: ReplicaSet | undefined;
    let isOurs = false;
    try {
      created = client.create(replicaSets, draft);
    } catch (error) {
      if (!isStatusError(error)) throw error;
      if (error.reason === "AlreadyExists") {
        created = client.get(replicaSets, deployment.metadata.namespace, name);
        isOurs = isControlledBy(created, deployment) && sameTemplate(created.spec?.template, deployment.spec?.template);
        if (!isOurs) {
          this.#writeStatus({
            ...deployment.status,
            collisionCount: (deployment.status?.collisionCount ?? 0) + 1,
          });
          throw new Retry(`the name ${name} is taken by another ReplicaSet`);
        }
      } else if (isNamespaceTerminating(error)) {
        return undefined;
      } else {
        const message = `Failed to create new replica set "${name}": ${error.message}`;
        if (hasProgressDeadline(deployment))
          this.#setCondition(this.#condition("False", "ReplicaSetCreateError", message));
        recorder.event(deployment, "Warning", "ReplicaSetCreateError", message);
        throw error;
      }
    }
    this.#replace(created);
    if (!isOurs && sizeOf(created) > 0)
      recorder.event(
        deployment,
        "Normal",
        "ScalingReplicaSet",
        `Scaled up replica set ${name} from 0 to ${sizeOf(created)}`,
      );
    this.#setRevision(
      String(revision),
      !isOurs && hasProgressDeadline(deployment)
        ? this.#condition("True", "NewReplicaSetCreated", `Created new replica set "${name}"`)
        : undefined,
    );
    return created;
  }

  /** True where the new ReplicaSet was resized. */
  #growNew(newOne: ReplicaSet): boolean {
    const size = sizeOf(newOne);
    const goal = wanted(this.#deployment);
    if (size === goal) return false;
    return this.#scale(newOne, size > goal ? goal : newSize(this.#deployment, this.#owned, size));
  }

  /** True where old ReplicaSets were shrunk: first what is unhealthy anyway, then as far as availability allows. */
  #shrinkOld(): boolean {
    const old = active(this.#old()).sort(byCreation);
    if (old.length === 0) return false;
    const newOne = this.#new();
    const least = wanted(this.#deployment) - maxUnavailable(this.#deployment);
    const newUnavailable = newOne === undefined ? 0 : sizeOf(newOne) - (newOne.status?.availableReplicas ?? 0);
    let budget = totalSize(this.#owned) - least - newUnavailable;
    if (budget <= 0) return false;
    let changed = false;
    for (const replicaSet of old) {
      const unhealthy = sizeOf(replicaSet) - (replicaSet.status?.availableReplicas ?? 0);
      const count = Math.min(budget, unhealthy);
      if (count <= 0) continue;
      changed = this.#scale(replicaSet, sizeOf(replicaSet) - count) || changed;
      budget -= count;
    }
    let spare = totalStatus(this.#owned, "availableReplicas") - least;
    for (const replicaSet of active(this.#old()).sort(byCreation)) {
      if (spare <= 0) break;
      const count = Math.min(sizeOf(replicaSet), spare);
      changed = this.#scale(replicaSet, sizeOf(replicaSet) - count) || changed;
      spare -= count;
    }
    return changed;
  }

  /** scale() in sync.go: while a rollout is under way a new size is spread over all ReplicaSets by their shares. */
  #scaleProportionally(): void {
    const newOne = this.#new();
    const goal = wanted(this.#deployment);
    const activeOnes = active(this.#owned);
    const latest = newOne ?? [...this.#owned].sort(byCreation).at(-1);
    const only = activeOnes.length === 0 ? latest : activeOnes.length === 1 ? activeOnes[0] : undefined;
    if (only !== undefined) {
      if (sizeOf(only) !== goal || sizeAnnotationsDiffer(this.#deployment, only)) this.#scale(only, goal);
      return;
    }
    if (
      newOne !== undefined &&
      sizeOf(newOne) === goal &&
      desiredAnnotation(newOne) === goal &&
      (newOne.status?.availableReplicas ?? 0) === goal
    ) {
      for (const old of active(this.#old())) this.#scale(old, 0);
      return;
    }
    if (!isRolling(this.#deployment)) return;
    const allowed = goal > 0 ? goal + maxSurge(this.#deployment) : 0;
    const toAdd = allowed - totalSize(activeOnes);
    const newerFirst = (a: ReplicaSet, b: ReplicaSet) => byCreation(b, a);
    const sorted = [...activeOnes].sort((a, b) =>
      sizeOf(a) === sizeOf(b) ? (toAdd > 0 ? newerFirst(a, b) : byCreation(a, b)) : sizeOf(b) - sizeOf(a),
    );
    const sizes = new Map<ReplicaSet, number>();
    let added = 0;
    for (const replicaSet of sorted) {
      const share = toAdd === 0 ? 0 : proportion(replicaSet, this.#deployment, toAdd, added);
      sizes.set(replicaSet, sizeOf(replicaSet) + share);
      added += share;
    }
    for (const [index, replicaSet] of sorted.entries()) {
      const leftover = index === 0 && toAdd !== 0 ? toAdd - added : 0;
      this.#scale(replicaSet, Math.max(0, (sizes.get(replicaSet) ?? 0) + leftover));
    }
  }

  /** Resizes a ReplicaSet and tells so. False where it had that size already. */
  #scale(replicaSet: ReplicaSet, size: number): boolean {
    const { client, recorder } = this.#context;
    const before = sizeOf(replicaSet);
    if (before === size && !sizeAnnotationsDiffer(this.#deployment, replicaSet)) return false;
    const annotations = sizeAnnotations(this.#deployment);
    const name = replicaSet.metadata.name ?? "";
    this.#replace(
      client.modify(replicaSets, replicaSet.metadata.namespace, name, (next) => {
        if (next.spec !== undefined) next.spec.replicas = size;
        next.metadata.annotations = { ...next.metadata.annotations, ...annotations };
      }),
    );
    if (before === size) return false;
    const direction = before < size ? "up" : "down";
    recorder.event(
      this.#deployment,
      "Normal",
      "ScalingReplicaSet",
      `Scaled ${direction} replica set ${name} from ${before} to ${size}`,
    );
    return true;
  }

  #oldPodsRunning(newOne: ReplicaSet | undefined): boolean {
    const owners = new Set(this.#owned.map((replicaSet) => replicaSet.metadata.uid));
    owners.delete(newOne?.metadata.uid);
    return this.#context.lister
      .list(pods, this.#deployment.metadata.namespace)
      .some((pod) => owners.has(controllerOf(pod)?.uid) && !isPodFinished(pod));
  }

  /** Drops old ReplicaSets beyond the history limit, the oldest revisions first. */
  #cleanUp(): void {
    const limit = this.#deployment.spec?.revisionHistoryLimit;
    if (limit === undefined) return;
    const candidates = this.#old().filter((replicaSet) => replicaSet.metadata.deletionTimestamp === undefined);
    candidates.sort((a, b) => Number(revisionOf(a) - revisionOf(b)) || byCreation(a, b));
    for (const replicaSet of candidates.slice(0, Math.max(0, candidates.length - limit))) {
      const isSettled = (replicaSet.metadata.generation ?? 0) <= (replicaSet.status?.observedGeneration ?? 0);
      if ((replicaSet.status?.replicas ?? 0) !== 0 || sizeOf(replicaSet) !== 0 || !isSettled) continue;
      unlessGone(() =>
        this.#context.client.delete(replicaSets, replicaSet.metadata.namespace, replicaSet.metadata.name ?? ""),
      );
      this.#owned = this.#owned.filter((owned) => owned !== replicaSet);
    }
  }

  #syncRolloutStatus(): void {
    const now = this.#now();
    const status = progressStatus(this.#deployment, this.#owned, this.#new(), now);
    this.#writeStatus(status);
    const left = hasProgressDeadline(this.#deployment) ? deadlineIn(this.#deployment, status, now) : undefined;
    // A deadline is over only when its second has passed.
    if (left !== undefined && conditionOf(status, "Progressing")?.reason !== "ProgressDeadlineExceeded")
      this.#again(Math.max(left, 0) + 1000, `${this.#deployment.metadata.name}: progress deadline`);
  }

  #condition(status: string, reason: string, message: string): DeploymentCondition {
    const time = rfc3339(this.#now());
    return { type: "Progressing", status, lastUpdateTime: time, lastTransitionTime: time, reason, message };
  }

  #setCondition(condition: DeploymentCondition): void {
    const status = { ...this.#deployment.status };
    setCondition(status, condition);
    this.#writeStatus(status);
  }

  #setRevision(revision: string, condition: DeploymentCondition | undefined): void {
    const isNew = this.#deployment.metadata.annotations?.[REVISION] !== revision;
    if (!isNew && condition === undefined) return;
    const status = { ...this.#deployment.status };
    if (condition !== undefined) setCondition(status, condition);
    this.#writeStatus(status, revision);
  }

  #writeStatus(status: NonNullable<Deployment["status"]>, revision?: string): void {
    const { metadata } = this.#deployment;
    if (revision === undefined && deepEqual(status, this.#deployment.status ?? {})) return;
    const written = unlessGone(() =>
      this.#context.client.modify(
        deployments,
        metadata.namespace,
        metadata.name ?? "",
        (next) => {
          next.status = status;
          if (revision !== undefined)
            next.metadata.annotations = { ...next.metadata.annotations, [REVISION]: revision };
        },
        "status",
      ),
    );
    if (written !== undefined) this.#deployment = written;
  }
}
