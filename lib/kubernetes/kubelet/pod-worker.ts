/**
 * One Pod on its node, from admission to its last trace (pkg/kubelet/pod_workers.go, kubelet.go SyncPod). Longer than
 * other files because admission, syncing, termination, power and revival are one state machine: what each may do turns on
 * flags that all of them set.
 */

import type { Cancel } from "../../clock/index.ts";
import { pods } from "../api/resources.ts";
import type { Container, Pod, PodStatus } from "../api/types.ts";
import type { Waiting } from "../cluster.types.ts";
import { deepEqual } from "../machinery/clone.ts";
import { isStatusError } from "../machinery/status.ts";
import type { NetworkStack } from "../network/types.ts";
import { computeActions, type PodActions } from "./actions.ts";
import { type Revival, specHash } from "./instance.ts";
import type { NodeContext } from "./node-context.ts";
import { PodContainers } from "./pod-containers.ts";
import { PodResize, specOf } from "./pod-resize.ts";
import { writeMirrorStatus, writeStatus } from "./pod-status.ts";
import { PodVolumes } from "./pod-volumes.ts";
import { referenceTo } from "./recorder.ts";
import { asReported } from "./resize.ts";
import { StartProblem } from "./start-problem.ts";
import type { MirrorPod } from "./static/mirror.ts";
import { generateStatus, type PodVerdict } from "./status.ts";
import { stopAll } from "./stop-all.ts";
import { parseTime } from "./time.ts";
import { restoreContainers, snapshotContainers, type WorkerSnapshot } from "./worker-snapshot.ts";

/** How long a first crash, or a first failed pull, shows before the back-off does. */
const SHOW_MS = 1000;
/** How soon something that only the API can mend is tried again. */
const RETRY_MS = 10_000;
/** immediateEvictionGracePeriodSeconds */
const EVICTION_GRACE_MS = 1000;

export class PodWorker {
  pod: Pod;
  readonly containers: PodContainers;
  readonly volumes: PodVolumes;
  readonly #node: NodeContext;
  readonly #onGone: () => void;
  /** Of a Pod that comes from a file: where its status goes. */
  readonly #mirror: MirrorPod | undefined;
  /** It ran before there was an API server to tell of it: nothing is waited for, nothing told on the way. */
  #early: boolean;
  readonly #waiting = new Map<string, { readonly reason: string; readonly message: string }>();
  #stack: NetworkStack | undefined;
  #address: string | undefined;
  /** As the API server last told of it: `pod` may be newer, since it is also what writing a status gave back. */
  #heard: Pod;
  #powered = true;
  #startTime: number | undefined;
  #admitted = false;
  /** Everything has ended for good. */
  #ended = false;
  #verdict: PodVerdict | undefined;
  readonly #resize: PodResize;
  #rejected = false;
  #dirty = false;
  #active = false;
  #gone = false;
  /** The object is out of the API: nothing is written any more. */
  #removed = false;
  #terminating = false;
  #abort = new AbortController();
  #alarm: { readonly at: number; readonly cancel: Cancel } | undefined;
  #deadline: Cancel | undefined;
  readonly #revivals: Revival[] = [];
  /** What comes in while containers of a snapshot start (a deletion, say) is acted upon once they run again. */
  #reviving = false;

  constructor(
    node: NodeContext,
    pod: Pod,
    onGone: () => void,
    snapshot?: WorkerSnapshot,
    file?: { readonly mirror: MirrorPod; readonly early: boolean },
  ) {
    this.#node = node;
    this.pod = asReported(pod);
    this.#heard = pod;
    this.#onGone = onGone;
    this.#mirror = file?.mirror;
    this.#early = file?.early ?? false;
    this.volumes = new PodVolumes(
      node,
      () => this.pod,
      () => this.#address ?? "",
      snapshot?.volumes ?? {},
    );
    this.containers = new PodContainers(node, {
      pod: () => this.pod,
      stack: () => this.#needStack(),
      podIP: () => this.#address ?? "",
      volumes: () => this.volumes.mounted,
      changed: () => this.wake(),
    });
    this.#resize = new PodResize(node, this);
    if (snapshot === undefined) this.#adopt();
    else this.#restore(snapshot);
  }

  get uid(): string {
    return this.pod.metadata.uid ?? "";
  }

  /** The object is gone from the API. */
  get removed(): boolean {
    return this.#removed;
  }

  get network(): NetworkStack | undefined {
    return this.#stack;
  }

  /** On its way: work is under way, or a first answer is awaited. */
  get busy(): boolean {
    if (this.#active || this.#dirty || this.#terminating) return true;
    return [...this.containers.probes.values()].some((probes) => probes.settling);
  }

  /** What takes cluster time, and until when. */
  waitingFor(): readonly Waiting[] {
    const what = `pod ${this.pod.metadata.namespace}/${this.pod.metadata.name}`;
    const result: Waiting[] = [];
    if (this.#alarm !== undefined) {
      const reason = [...this.#waiting.values()][0]?.reason ?? "retry";
      result.push({ reason: `${what}: ${reason}`, until: this.#alarm.at, recurs: reason.endsWith("BackOff") });
    }
    for (const [name, probes] of this.containers.probes) {
      const until = probes.nextAttempt;
      if (until !== undefined) result.push({ reason: `${what}: probes of ${name}`, until, recurs: true });
    }
    return result;
  }

  /** The object changed. */
  update(pod: Pod): void {
    const before = this.pod;
    this.pod = this.#resize.take(pod, this.#resizable(pod));
    if (pod.metadata.deletionTimestamp !== undefined) {
      const shorter =
        (pod.metadata.deletionGracePeriodSeconds ?? 0) < (before.metadata.deletionGracePeriodSeconds ?? 0);
      if (this.#terminating && shorter) this.containers.cutGrace();
      this.#beginTermination();
      return;
    }
    // A change of status alone was ours; what counts is what people and controllers write.
    const heard = this.#heard;
    this.#heard = pod;
    const changed = heard.spec !== pod.spec || heard.metadata !== pod.metadata;
    if (changed && !this.#ended) {
      if (
        !deepEqual(heard.spec, pod.spec) ||
        !deepEqual(heard.metadata.labels, pod.metadata.labels) ||
        !deepEqual(heard.metadata.annotations, pod.metadata.annotations) ||
        pod.spec?.readinessGates !== undefined
      ) {
        this.volumes.refresh();
        this.wake();
      }
    }
  }

  /** Its containers have ended for good. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Of a Pod that comes from a file: the file is gone, or says something else. */
  retire(): void {
    this.#beginTermination();
  }

  /** The object is gone from the API. */
  remove(): void {
    this.#removed = true;
    if (this.#terminating) this.containers.cutGrace();
    this.#beginTermination();
  }

  wake(): void {
    this.#dirty = true;
    if (this.#active || this.#gone || this.#reviving || !this.#powered) return;
    this.#active = true;
    void this.#loop();
  }

  /** The node lost power. What is on its disk stays. */
  powerOff(): void {
    this.#powered = false;
    this.#abort.abort(new Error("node without power"));
    this.#abort = new AbortController();
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.containers.crash();
    this.#stack?.detach();
    this.#stack = undefined;
  }

  /** The node is back: containers that ran have ended, nobody knows how. `told`: an event says so. */
  powerOn(told = true): void {
    this.#powered = true;
    const now = this.#node.clock.now();
    let lost = false;
    for (const instances of this.containers.instances.values()) {
      for (const instance of instances) {
        if (instance.state === "exited") continue;
        lost = true;
        Object.assign(instance, { state: "exited", finishedAt: now, exitCode: 255, reason: "Unknown" });
        instance.log.end(now);
      }
    }
    if (lost && told && !this.#ended) {
      this.#emit("Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
    }
    if (!this.#ended) this.#address = undefined;
    this.#terminating = false;
    if (this.pod.metadata.deletionTimestamp !== undefined) this.#beginTermination();
    else this.wake();
  }

  /** The whole cluster stops: no trace, no write. */
  shutDown(): void {
    this.#gone = true;
    this.#deadline?.();
    this.powerOff();
  }

  /** Nothing of it stays on the node's disk. */
  discard(): void {
    this.containers.discard();
    this.volumes.release();
  }

  /** `condition`: what DisruptionTarget says, where that is something else. */
  evict(reason: string, message: string, condition = message): void {
    if (this.#ended || this.#terminating) return;
    this.#emit("Warning", reason, message);
    this.#verdict = { phase: "Failed", reason, message, disruption: true, condition };
    this.#abort.abort(new Error("evicted"));
    this.#abort = new AbortController();
    this.wake();
  }

  snapshot(): WorkerSnapshot {
    return {
      address: this.#address,
      startTime: this.#startTime,
      ended: this.#ended,
      admitted: this.#admitted,
      volumes: this.volumes.snapshot(),
      crashes: this.#node.crashes.snapshot(`${this.uid}_`),
      waiting: Object.fromEntries(this.#waiting),
      containers: snapshotContainers(this.containers),
    };
  }

  async #loop(): Promise<void> {
    try {
      while (this.#dirty && !this.#gone && this.#powered) {
        this.#dirty = false;
        const signal = this.#abort.signal;
        try {
          if (this.#terminating) await this.#terminate();
          else await this.#sync(signal);
        } catch (error) {
          if (signal.aborted) continue;
          if (!isStatusError(error)) throw error;
          // The object changed or went under our hands; its next state wakes the worker.
          if (error.code !== 404 && error.code !== 409) this.#alarmAt(this.#node.clock.now() + RETRY_MS);
        }
      }
    } catch (error) {
      this.#node.onBug(
        `kubelet ${this.#node.name}: pod ${this.pod.metadata.namespace}/${this.pod.metadata.name}`,
        error,
      );
    } finally {
      this.#active = false;
    }
  }

  async #sync(signal: AbortSignal): Promise<void> {
    const { clock, latencies } = this.#node;
    if (this.#ended || !this.#early) this.#reflect();
    if (this.#ended) return;
    if (!this.#admitted && !(await this.#admit(signal))) return;
    if (this.#verdict !== undefined) return this.#finish();
    this.#startTime ??= clock.now();
    this.#armDeadline();
    if (!this.#early) this.#writeStatus();
    const problem = await this.volumes.setUp(signal);
    // Without power since: what comes next belongs to the next life of the node.
    if (signal.aborted) return;
    if (problem !== undefined) {
      this.#alarmAt(problem.retryAt);
      return;
    }
    if (this.#stack === undefined) this.#makeSandbox();
    if (this.#resize.inProgress !== undefined && latencies.sync > 0) await clock.sleep(latencies.sync, signal);
    if (!this.#resize.apply()) {
      this.#writeStatus();
      this.#alarmAt(clock.now() + RETRY_MS);
    }
    const actions = computeActions({
      pod: this.pod,
      instances: this.containers.instances,
      unhealthy: this.containers.unhealthy(),
      started: (name) => this.containers.started(name),
      specHash,
    });
    if (actions.finished) return this.#finish();
    for (const { name, message } of actions.kill) {
      const instance = this.containers.current(name);
      const container = specOf(this.pod, name);
      if (instance === undefined) continue;
      const probe = container?.livenessProbe?.terminationGracePeriodSeconds;
      const grace = probe === undefined ? this.containers.graceMs() : probe * 1000;
      await this.containers.stop(instance, container, message, grace);
    }
    if (actions.kill.length > 0) this.#dirty = true;
    await this.#startAll(actions, signal);
    if (actions.kill.length === 0) this.#finishResize();
    this.#early = false;
    if (latencies.sync === 0 && this.#dirty) await Promise.resolve();
  }

  #finishResize(): void {
    const message = this.#resize.finish();
    if (message === undefined) return;
    this.#emit("Normal", "ResizeCompleted", message);
    this.#writeStatus();
  }

  #resizable(pod: Pod): boolean {
    return this.#admitted && !this.#ended && pod.metadata.deletionTimestamp === undefined;
  }

  /** Something on the node has changed: what had to wait may fit. */
  retryResize(): void {
    const waited = this.#resize.refusal;
    if (waited === undefined) return;
    this.pod = this.#resize.take(this.#heard, this.#resizable(this.#heard));
    if (!deepEqual(waited, this.#resize.refusal)) this.wake();
  }

  /** There is a picture of this Pod in the API. What the API does not take now is tried again. */
  #reflect(): void {
    if (this.#mirror === undefined || this.#node.faults.isCutOff(this.#node.name)) return;
    if (this.#mirror.find() !== undefined) return;
    if (this.#mirror.ensure()) this.#alarmAt(this.#node.clock.now() + RETRY_MS);
    else if (this.#startTime !== undefined) this.#writeStatus();
  }

  async #startAll(actions: PodActions, signal: AbortSignal): Promise<void> {
    const work: [Container, "container" | "init" | "ephemeral"][] = [
      ...actions.startEphemeral.map((container): [Container, "ephemeral"] => [container, "ephemeral"]),
      ...actions.startInit.map((container): [Container, "init"] => [container, "init"]),
      ...actions.start.map((container): [Container, "container"] => [container, "container"]),
    ];
    const now = () => this.#node.clock.now();
    for (const [container, kind] of work) {
      try {
        await this.containers.start(container, kind, signal, this.#early);
        this.#waiting.delete(container.name);
        this.#dirty = true;
      } catch (error) {
        if (!(error instanceof StartProblem)) throw error;
        const before = this.#waiting.get(container.name);
        this.#waiting.set(container.name, { reason: error.reason, message: error.message });
        if (before?.reason !== error.reason) {
          const inBackOff = error.reason === "CrashLoopBackOff" || error.reason === "ImagePullBackOff";
          this.#alarmAt(inBackOff ? Math.min(now() + SHOW_MS, error.retryAt ?? Number.POSITIVE_INFINITY) : now());
        } else {
          this.#alarmAt(error.retryAt ?? now() + RETRY_MS);
        }
        // An init container that does not start holds up all behind it.
        if (kind === "init") return;
      }
    }
  }

  async #admit(signal: AbortSignal): Promise<boolean> {
    const { clock, latencies } = this.#node;
    if (latencies.sync > 0 && !this.#early) await clock.sleep(latencies.sync, signal);
    const refusal = this.#node.admit(this.uid);
    if (refusal !== undefined) {
      this.#emit("Warning", refusal.reason, refusal.message);
      this.#verdict = { phase: "Failed", reason: refusal.reason, message: `Pod was rejected: ${refusal.message}` };
      this.#rejected = true;
      this.#startTime = clock.now();
      this.#admitted = true;
      this.#ended = true;
      this.#writeStatus();
      return false;
    }
    this.#admitted = true;
    return true;
  }

  #makeSandbox(): void {
    const { network, name } = this.#node;
    const { namespace = "", name: podName = "" } = this.pod.metadata;
    if (this.pod.spec?.hostNetwork === true) {
      this.#address = this.#node.hostIP;
      this.#stack = undefined;
      return;
    }
    this.#stack = network.attachPod(name, { namespace, name: podName }, this.#address);
    this.#address = this.#stack.address;
  }

  #needStack(): NetworkStack {
    return this.#stack ?? this.#node.stack();
  }

  /** All has ended by itself: what still runs (sidecars) is stopped, then the Pod is in its final phase. */
  async #finish(): Promise<void> {
    const grace = this.containers.graceMs();
    await stopAll(
      this.#node.clock,
      this,
      this.#verdict?.disruption === true ? Math.min(EVICTION_GRACE_MS, grace) : grace,
    );
    this.#ended = true;
    this.#deadline?.();
    this.#release();
    this.#writeStatus();
  }

  #beginTermination(): void {
    if (this.#terminating || this.#reviving) return;
    this.#terminating = true;
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#deadline?.();
    this.#abort.abort(new Error("pod is being deleted"));
    this.#abort = new AbortController();
    this.wake();
  }

  async #terminate(): Promise<void> {
    // Removed by force: there is still a moment for processes to end, as upstream gives.
    const grace = this.#removed ? Math.min(1000, this.containers.graceMs()) : this.containers.graceMs();
    await stopAll(this.#node.clock, this, grace);
    this.#ended = true;
    this.#release();
    if (!this.#removed) {
      this.#writeStatus();
      const { namespace, name = "", uid } = this.pod.metadata;
      if (this.#mirror === undefined) this.#delete(namespace, name, uid);
      else this.#mirror.remove();
    }
    this.#gone = true;
    this.containers.discard();
    this.#node.crashes.forget(`${this.uid}_`);
    this.#node.images.forgetPod(this.uid);
    this.#onGone();
  }

  #delete(namespace: string | undefined, name: string, uid: string | undefined): void {
    try {
      this.#node.client.delete(pods, namespace, name, {
        gracePeriodSeconds: 0,
        ...(uid === undefined ? {} : { preconditions: { uid } }),
      });
    } catch (error) {
      if (!isStatusError(error, "NotFound") && !isStatusError(error, "Conflict")) throw error;
    }
  }

  #release(): void {
    this.containers.release();
    this.volumes.release();
    this.#stack?.detach();
    this.#stack = undefined;
  }

  #armDeadline(): void {
    const seconds = this.pod.spec?.activeDeadlineSeconds;
    if (seconds === undefined || this.#deadline !== undefined) return;
    const { clock } = this.#node;
    const at = (this.#startTime ?? clock.now()) + seconds * 1000;
    this.#deadline = clock.after(at - clock.now(), () => {
      const message = "Pod was active on the node longer than the specified deadline";
      if (this.#ended || this.#terminating) return;
      this.#emit("Normal", "DeadlineExceeded", message);
      this.#verdict = { phase: "Failed", reason: "DeadlineExceeded", message };
      this.#abort.abort(new Error("deadline exceeded"));
      this.#abort = new AbortController();
      this.wake();
    });
  }

  #alarmAt(at: number): void {
    if (this.#alarm !== undefined && this.#alarm.at <= at) return;
    this.#alarm?.cancel();
    const { clock } = this.#node;
    const cancel = clock.after(Math.max(0, at - clock.now()), () => {
      this.#alarm = undefined;
      this.wake();
    });
    this.#alarm = { at, cancel };
  }

  #writeStatus(): void {
    // Told once the API server can be reached again.
    if (this.#removed || this.#node.faults.isCutOff(this.#node.name)) return;
    const { client } = this.#node;
    const status = (pod: Pod) => this.#status(pod);
    this.pod =
      this.#mirror === undefined
        ? writeStatus(client, this.pod, this.#resize, status)
        : writeMirrorStatus(client, this.pod, this.#mirror, status);
  }

  #status(pod: Pod): PodStatus {
    return generateStatus({
      pod,
      now: this.#node.clock.now(),
      hostIP: this.#node.hostIP,
      podIP: this.#address,
      sandboxReady:
        !this.#ended && (this.#stack !== undefined || (pod.spec?.hostNetwork === true && this.#address !== undefined)),
      startTime: this.#startTime,
      instances: this.containers.instances,
      waiting: this.#waiting,
      ready: (name) => this.containers.ready(name),
      started: (name) => this.containers.started(name),
      finished: this.#ended,
      verdict: this.#verdict,
      rejected: this.#rejected,
      resize: this.#resize.refusal,
      resizing: this.#resize.inProgress,
    });
  }

  #restore(snapshot: WorkerSnapshot): void {
    this.#address = snapshot.address;
    this.#startTime = snapshot.startTime;
    this.#ended = snapshot.ended;
    this.#admitted = snapshot.admitted;
    this.#node.crashes.restore(snapshot.crashes);
    for (const [name, waiting] of Object.entries(snapshot.waiting)) this.#waiting.set(name, waiting);
    this.#revivals.push(
      ...restoreContainers(this.containers, snapshot, this.#node.clock.now(), (name, at) =>
        this.containers.newLog(name, at),
      ),
    );
    if (!this.#ended && this.#address !== undefined && this.pod.spec?.hostNetwork !== true) this.#makeSandbox();
  }

  /** Starts the containers of a snapshot again, then goes on as if nothing had happened. */
  async revive(): Promise<void> {
    this.#reviving = true;
    try {
      await this.#reviveContainers();
    } catch (error) {
      // The cluster was closed, or the node switched off, before all ran again.
      if (!this.#gone && this.#powered) throw error;
      return;
    } finally {
      this.#reviving = false;
    }
    if (this.pod.metadata.deletionTimestamp !== undefined || this.#removed) this.#beginTermination();
    else this.wake();
  }

  async #reviveContainers(): Promise<void> {
    if (this.#revivals.length > 0) {
      const problem = await this.volumes.setUp(this.#abort.signal, true);
      if (problem !== undefined) throw new Error(`volumes of a restored pod: ${problem.message}`);
      for (const { instance, ...revival } of this.#revivals) {
        const container =
          specOf(this.pod, instance.name) ??
          (this.pod.spec?.ephemeralContainers?.find(({ name }) => name === instance.name) as Container | undefined);
        if (container !== undefined) this.containers.revive(container, instance, revival);
      }
      this.#revivals.length = 0;
    }
  }

  #emit(type: "Normal" | "Warning", reason: string, message: string): void {
    this.#node.recorder.event(referenceTo(this.pod, "v1", "Pod"), type, reason, message);
  }

  /** A Pod that has a status from before (its kubelet was replaced): its end and its start time are known. */
  #adopt(): void {
    this.#startTime = parseTime(this.pod.status?.startTime);
    const phase = this.pod.status?.phase;
    if (phase === "Succeeded" || phase === "Failed") {
      this.#admitted = true;
      this.#ended = true;
    }
  }
}
