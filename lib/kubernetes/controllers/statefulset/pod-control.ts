/** Writes of the StatefulSet controller and the events that tell about them (pkg/controller/statefulset/stateful_pod_control.go). */
import { persistentVolumeClaims, pods } from "../../api/resources.ts";
import type { PersistentVolumeClaim, Pod, StatefulSet } from "../../api/types.ts";
import { isStatusError } from "../../machinery/status.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { Retry } from "../framework/controller.ts";
import { claimOwnersMatch, isStaleFor, updateClaimOwners } from "./claims.ts";
import { claimsOf, identityMatches, storageMatches, updateIdentity, updateStorage } from "./identity.ts";

const capitalized = (verb: string) => verb.charAt(0).toUpperCase() + verb.slice(1);
const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

export class StatefulPodControl {
  readonly #context: ControllerContext;

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  /** Creates the Pod's missing claims, then the Pod. */
  create(set: StatefulSet, pod: Pod): void {
    try {
      this.createMissingClaims(set, pod);
    } catch (error) {
      this.#recordPod("create", set, pod, error);
      throw error;
    }
    let created: Pod;
    try {
      created = this.#context.client.create(pods, pod);
    } catch (error) {
      // Somebody else has the name; the Pod shows up, or a foreign one blocks the set until it is gone.
      if (!isStatusError(error, "AlreadyExists")) this.#recordPod("create", set, pod, error);
      throw error;
    }
    try {
      this.fixClaimOwners(set, created);
    } catch (error) {
      this.#recordPod("update", set, pod, error);
      throw error;
    }
    this.#recordPod("create", set, pod);
  }

  delete(set: StatefulSet, pod: Pod): void {
    try {
      this.#context.client.delete(pods, pod.metadata.namespace, pod.metadata.name ?? "");
    } catch (error) {
      this.#recordPod("delete", set, pod, error);
      throw error;
    }
    this.#recordPod("delete", set, pod);
  }

  /** Brings identity, volumes and claims of an existing Pod in line. */
  update(set: StatefulSet, pod: Pod): void {
    const matches = identityMatches(set, pod) && storageMatches(set, pod);
    try {
      if (!storageMatches(set, pod)) this.createMissingClaims(set, pod);
      if (!this.claimOwnersMatch(set, pod)) this.fixClaimOwners(set, pod);
      if (!matches)
        this.#context.client.modify(pods, pod.metadata.namespace, pod.metadata.name ?? "", (next) => {
          if (next.metadata.uid !== pod.metadata.uid) return false;
          updateIdentity(set, next);
          if (!storageMatches(set, next)) updateStorage(set, next);
          return undefined;
        });
    } catch (error) {
      this.#recordPod("update", set, pod, error);
      throw error;
    }
    if (!matches) this.#recordPod("update", set, pod);
  }

  createMissingClaims(set: StatefulSet, pod: Pod): void {
    const failures: string[] = [];
    for (const { claim } of claimsOf(set, pod)) {
      const existing = this.#claim(claim);
      if (existing?.metadata.deletionTimestamp !== undefined) {
        failures.push(`pvc ${claim.metadata.name} is being deleted`);
        continue;
      }
      if (existing !== undefined) continue;
      try {
        this.#context.client.create(persistentVolumeClaims, claim);
        this.#recordClaim(set, pod, claim);
      } catch (error) {
        if (!isStatusError(error, "AlreadyExists")) {
          failures.push(`failed to create PVC ${claim.metadata.name}: ${wordsOf(error)}`);
          this.#recordClaim(set, pod, claim, error);
        }
      }
    }
    if (failures.length > 0) throw new Retry(failures.length === 1 ? (failures[0] ?? "") : `[${failures.join(", ")}]`);
  }

  claimOwnersMatch(set: StatefulSet, pod: Pod): boolean {
    return claimsOf(set, pod).every(({ claim }) => {
      const existing = this.#claim(claim);
      return existing === undefined || claimOwnersMatch(existing, set, pod);
    });
  }

  fixClaimOwners(set: StatefulSet, pod: Pod): void {
    for (const { claim } of claimsOf(set, pod)) {
      const existing = this.#claim(claim);
      if (existing === undefined || claimOwnersMatch(existing, set, pod)) continue;
      this.#context.client.modify(
        persistentVolumeClaims,
        claim.metadata.namespace,
        claim.metadata.name ?? "",
        (next) => (updateClaimOwners(next, set, pod) ? undefined : false),
      );
    }
  }

  hasStaleClaim(set: StatefulSet, pod: Pod): boolean {
    return claimsOf(set, pod).some(({ claim }) => {
      const existing = this.#claim(claim);
      return existing !== undefined && isStaleFor(existing, pod);
    });
  }

  #claim(claim: PersistentVolumeClaim): PersistentVolumeClaim | undefined {
    return this.#context.lister.find(persistentVolumeClaims, claim.metadata.namespace, claim.metadata.name);
  }

  #recordPod(verb: "create" | "update" | "delete", set: StatefulSet, pod: Pod, error?: unknown): void {
    const what = `${verb} Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name}`;
    if (error === undefined)
      this.#context.recorder.event(set, "Normal", `Successful${capitalized(verb)}`, `${what} successful`);
    else
      this.#context.recorder.event(
        set,
        "Warning",
        `Failed${capitalized(verb)}`,
        `${what} failed error: ${wordsOf(error)}`,
      );
  }

  #recordClaim(set: StatefulSet, pod: Pod, claim: PersistentVolumeClaim, error?: unknown): void {
    const { recorder } = this.#context;
    const name = claim.metadata.name;
    const where = `Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name}`;
    if (error === undefined) recorder.event(set, "Normal", "SuccessfulCreate", `create Claim ${name} ${where} success`);
    else
      recorder.event(
        set,
        "Warning",
        "FailedCreate",
        `create Claim ${name} for ${where} failed error: ${wordsOf(error)}`,
      );
  }
}
