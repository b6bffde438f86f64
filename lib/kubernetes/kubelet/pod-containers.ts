/** The containers of one Pod: starting, probing, stopping them, and what is known of each. */

import { formatDuration, quantityNumber } from "../../encoding/index.ts";
import type { ContainerImage, ExitStatus, FileSystem, Machine, Signal } from "../../machine/index.ts";
import type { Container, Pod } from "../api/types.ts";
import type { NetworkStack } from "../network/types.ts";
import type { SystemComponent } from "./components.ts";
import {
  type ContainerPlan,
  fullEnvironment,
  runContainer,
  StartFailure,
  stopContainer,
  terminationMessage,
  userOf,
} from "./container.ts";
import { runInContainer } from "./container-exec.ts";
import { DormantContainer } from "./dormant.ts";
import { ConfigError, environmentOf } from "./environment.ts";
import { podHostname } from "./etc-files.ts";
import { runHook } from "./hooks.ts";
import { type ContainerInstance, type Revival, specHash } from "./instance.ts";
import { ContainerLog } from "./log.ts";
import type { NodeContext } from "./node-context.ts";
import type { ProbeTarget } from "./probes/probe.ts";
import { ContainerProbes } from "./probes/worker.ts";
import { type NodeContainer, SharedProcesses } from "./processes.ts";
import { referenceTo } from "./recorder.ts";
import { type Sandbox, startSandbox } from "./sandbox.ts";
import { StartProblem, toStartProblem } from "./start-problem.ts";
import { type MountedVolume, mountsOf } from "./volumes/index.ts";

interface ContainersHost {
  readonly pod: () => Pod;
  readonly stack: () => NetworkStack;
  readonly podIP: () => string;
  readonly volumes: () => ReadonlyMap<string, MountedVolume>;
  /** Something about a container changed. */
  readonly changed: (container: string) => void;
}

const CRASH_WORDS = "restarting failed container";
/** minimumGracePeriodInSeconds of kuberuntime. */
const MINIMUM_GRACE_MS = 2000;

export class PodContainers {
  readonly #node: NodeContext;
  readonly #host: ContainersHost;
  readonly instances = new Map<string, ContainerInstance[]>();
  readonly probes = new Map<string, ContainerProbes>();
  /** Of a Pod that shares its process namespace: what holds it. */
  #sandbox: Sandbox | undefined;
  /** Machines whose processes a debugger sees. */
  readonly #targets = new WeakMap<Machine, SharedProcesses>();
  /** Aborted to cut grace periods short. */
  #shorten = new AbortController();

  constructor(node: NodeContext, host: ContainersHost) {
    this.#node = node;
    this.#host = host;
  }

  current(name: string): ContainerInstance | undefined {
    const all = this.instances.get(name);
    return all?.[all.length - 1];
  }

  running(): ContainerInstance[] {
    return [...this.instances.keys()].flatMap((name) => {
      const instance = this.current(name);
      return instance?.state === "running" ? [instance] : [];
    });
  }

  started(name: string): boolean {
    return this.current(name)?.state === "running" && (this.probes.get(name)?.started ?? true);
  }

  ready(name: string): boolean {
    return this.started(name) && (this.probes.get(name)?.ready ?? true);
  }

  unhealthy(): Map<string, "liveness" | "startup"> {
    const result = new Map<string, "liveness" | "startup">();
    for (const [name, probes] of this.probes) {
      const kind = probes.unhealthy;
      if (kind !== undefined) result.set(name, kind);
    }
    return result;
  }

  /** Everything up to the running process. Throws `StartProblem`. `early`: nobody is told, nothing takes time. */
  async start(
    container: Container,
    kind: "container" | "init" | "ephemeral",
    signal: AbortSignal,
    early = false,
  ): Promise<void> {
    const node = this.#node;
    const pod = this.#host.pod();
    const before = this.current(container.name);
    const emit = early ? () => undefined : this.emitter(container.name, kind);
    try {
      this.#backOff(container, before, emit);
      const image = await node.images.ensure(pod.metadata.uid ?? "", container, emit, signal);
      const instance = this.#create(container, image, before);
      instance.user = userOf(pod, container, image);
      // What nobody looks into needs no environment and no mounts yet.
      const isDormant = this.#component(container)?.pristine === true;
      const plan = isDormant ? () => this.#plan(container, image, () => undefined) : this.#plan(container, image, emit);
      emit("Normal", "Created", `Created container: ${container.name}`);
      if (node.latencies.containerStart > 0 && !early) await node.clock.sleep(node.latencies.containerStart, signal);
      this.#run(container, instance, plan, before);
      emit("Normal", "Started", `Started container ${container.name}`);
      const hook = container.lifecycle?.postStart;
      if (hook !== undefined) await this.#postStart(container, instance, hook, emit, signal);
    } catch (error) {
      throw toStartProblem(error, emit);
    }
  }

  /** Runs a container of a snapshot again: same incarnation, same files, nothing written anywhere. */
  revive(
    container: Container,
    instance: ContainerInstance,
    { root: rootTree, awaits, ...was }: Omit<Revival, "instance">,
  ): void {
    const image = this.#node.images.stored(container.image ?? "");
    if (image === undefined) throw new Error(`image ${container.image} of a restored container is unknown`);
    const plan = () => ({ ...this.#plan(container, image, () => undefined), rootTree, awaits });
    const isDormant = rootTree === undefined && this.#component(container)?.pristine === true;
    this.#launch(container, instance, isDormant ? plan : plan(), was);
  }

  /** Stops a container by the rules: preStop and the stop signal within the grace period, then SIGKILL. */
  async stop(
    instance: ContainerInstance,
    container: Container | undefined,
    message: string,
    graceMs: number,
  ): Promise<void> {
    const live = instance.live;
    if (live === undefined || instance.state !== "running" || live.stopping === true) {
      await live?.process.exited;
      return;
    }
    live.stopping = true;
    const { clock } = this.#node;
    this.emitter(instance.name, this.#kindOf(instance.name))("Normal", "Killing", message);
    this.probes.get(instance.name)?.stop();
    let left = graceMs;
    const hook = container?.lifecycle?.preStop;
    if (hook !== undefined && container !== undefined && graceMs > 0) {
      left = Math.max(MINIMUM_GRACE_MS, left - (await this.#preStop(container, instance, hook, graceMs)));
    }
    await stopContainer(clock, live, this.#stopSignal(container), left, this.#shorten.signal);
    if (this.#node.latencies.containerStop > 0) await clock.sleep(this.#node.latencies.containerStop);
  }

  /** containerLogManager's look, every ten seconds. */
  rotateLogs(): void {
    for (const instances of this.instances.values()) instances.at(-1)?.log.rotate();
  }

  /** The Pod's last trace goes from the node. */
  discard(): void {
    for (const instances of this.instances.values()) for (const { log } of instances) log.discard();
  }

  /** What still has grace has none any more. */
  cutGrace(): void {
    this.#shorten.abort(new Error("grace period cut"));
    this.#shorten = new AbortController();
  }

  /** The node lost power: everything ends at once, without a trace. */
  crash(): void {
    this.release();
    for (const probes of this.probes.values()) probes.stop();
    this.probes.clear();
    for (const instance of this.running()) {
      const live = instance.live;
      delete instance.live;
      live?.shutDown();
    }
  }

  /** Running containers and their commands, for those who see the node's processes. */
  seenByNode(): NodeContainer[] {
    return this.running().flatMap(({ name, live, startedAt }) => {
      const container = this.#spec(name);
      if (live === undefined || container === undefined) return [];
      const argv = [...(container.command ?? []), ...(container.args ?? [])];
      return [{ live, argv, startedAt: startedAt ?? 0 }];
    });
  }

  /** What all containers shared goes. */
  release(): void {
    const sandbox = this.#sandbox;
    this.#sandbox = undefined;
    sandbox?.end();
  }

  /** Where a container's processes are numbered and seen. Throws `ConfigError` where its target is not there. */
  #processesFor(container: Container): ContainerPlan["processes"] {
    const { spec } = this.#host.pod();
    const target = (container as { targetContainerName?: string }).targetContainerName;
    if (spec?.hostPID === true) return this.#node.processes;
    if (spec?.shareProcessNamespace === true) {
      this.#sandbox ??= startSandbox(this.#node, this.#host.stack(), () => this.#sandboxEnded());
      return this.#sandbox.processes;
    }
    if (target === undefined || target === "") return undefined;
    const machine = this.current(target)?.live?.machine;
    if (machine === undefined) throw new ConfigError(`unable to find target container ${target}`);
    let shared = this.#targets.get(machine);
    if (shared === undefined) {
      shared = new SharedProcesses();
      shared.add(machine);
      this.#targets.set(machine, shared);
    }
    return shared;
  }

  /** Its first process is gone, and with it, as the kernel has it, every other one. */
  #sandboxEnded(): void {
    if (this.#sandbox === undefined) return;
    this.#sandbox = undefined;
    this.#node.recorder.event(
      referenceTo(this.#host.pod(), "v1", "Pod"),
      "Normal",
      "SandboxChanged",
      "Pod sandbox changed, it will be killed and re-created.",
    );
    for (const { live } of this.running()) live?.process.kill("SIGKILL");
  }

  #spec(name: string): Container | undefined {
    const { spec } = this.#host.pod();
    const all = [
      ...(spec?.containers ?? []),
      ...(spec?.initContainers ?? []),
      ...((spec?.ephemeralContainers ?? []) as Container[]),
    ];
    return all.find((container) => container.name === name);
  }

  emitter(
    name: string,
    kind: "container" | "init" | "ephemeral",
  ): (type: "Normal" | "Warning", reason: string, message: string) => void {
    const list = kind === "init" ? "initContainers" : kind === "ephemeral" ? "ephemeralContainers" : "containers";
    return (type, reason, message) =>
      this.#node.recorder.event(
        referenceTo(this.#host.pod(), "v1", "Pod", `spec.${list}{${name}}`),
        type,
        reason,
        message,
      );
  }

  probeTarget(container: Container, instance: ContainerInstance): ProbeTarget {
    return {
      clock: this.#node.clock,
      network: this.#node.stack(),
      podIP: this.#host.podIP(),
      container,
      environment: instance.live?.environment ?? new Map(),
      exec: (command, signal) => runInContainer(instance, command, signal),
    };
  }

  #kindOf(name: string): "container" | "init" | "ephemeral" {
    const spec = this.#host.pod().spec;
    if (spec?.initContainers?.some((container) => container.name === name) === true) return "init";
    return spec?.ephemeralContainers?.some((container) => container.name === name) === true ? "ephemeral" : "container";
  }

  #stopSignal(container: Container | undefined): Signal {
    const image = container === undefined ? undefined : this.#node.images.stored(container.image ?? "");
    return image?.stopSignal ?? "SIGTERM";
  }

  /** doBackOff of kuberuntime_manager.go: counted from the end of the incarnation before. */
  #backOff(
    container: Container,
    before: ContainerInstance | undefined,
    emit: ReturnType<PodContainers["emitter"]>,
  ): void {
    if (before?.state !== "exited") return;
    const pod = this.#host.pod();
    const { clock, crashes } = this.#node;
    const key = `${pod.metadata.uid}_${container.name}`;
    const ended = before.finishedAt ?? clock.now();
    const until = crashes.endsSince(key, ended, clock.now());
    const full = `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
    if (until !== undefined) {
      emit("Warning", "BackOff", `Back-off ${CRASH_WORDS} ${container.name} in pod ${full}`);
      const words = formatDuration(crashes.delay(key));
      throw new StartProblem(
        "CrashLoopBackOff",
        `back-off ${words} ${CRASH_WORDS}=${container.name} pod=${full}`,
        until,
      );
    }
    crashes.next(key, ended, clock.now());
  }

  #create(container: Container, image: ContainerImage, before: ContainerInstance | undefined): ContainerInstance {
    const { clock } = this.#node;
    const id = Array.from({ length: 8 }, () =>
      Math.floor(clock.random() * 0x100000000)
        .toString(16)
        .padStart(8, "0"),
    ).join("");
    return {
      name: container.name,
      id: `containerd://${id}`,
      image: image.reference,
      imageId: `${image.reference.replace(/:[^:/]*$/, "")}@${image.digest}`,
      restartCount: before === undefined ? this.#countBefore(container.name) : before.restartCount + 1,
      createdAt: clock.now(),
      specHash: specHash(container),
      log: this.newLog(container.name, clock.now()),
      state: "created",
    };
  }

  /** The log of one incarnation: of a part of the simulation, what it has done since `from`. */
  newLog(name: string, from: number | undefined): ContainerLog {
    const container = this.#host.pod().spec?.containers.find((candidate) => candidate.name === name);
    const component = container === undefined ? undefined : this.#component(container);
    return new ContainerLog(this.#node.disk, component?.log(from ?? this.#node.clock.now()));
  }

  #component(container: Container): SystemComponent | undefined {
    return this.#node.components?.find(this.#host.pod(), container);
  }

  /** A restart count that status remembers though the incarnations are gone. */
  #countBefore(name: string): number {
    const status = this.#host.pod().status;
    const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
    const known = all.find((candidate) => candidate.name === name);
    return known?.containerID === undefined ? 0 : known.restartCount + 1;
  }

  #plan(container: Container, image: ContainerImage, emit: ReturnType<PodContainers["emitter"]>): ContainerPlan {
    const pod = this.#host.pod();
    const node = this.#node;
    const context = {
      client: node.client,
      pod,
      podIP: this.#host.podIP(),
      hostIP: node.hostIP,
      nodeAllocatable: node.allocatable,
    };
    const own = environmentOf(container, context, (reason, message) => emit("Warning", reason, message));
    const hostname = pod.spec?.hostNetwork === true ? node.name : podHostname(pod).hostname;
    const environment = fullEnvironment(image, own, hostname);
    userOf(pod, container, image);
    const program = this.#component(container)?.program;
    const processes = this.#processesFor(container);
    return {
      pod,
      container,
      image,
      environment,
      mounts: mountsOf(container, this.#host.volumes(), environment),
      stack: this.#host.stack(),
      clock: node.clock,
      programs: node.source.programs,
      disk: node.disk,
      podIP: this.#host.podIP(),
      nodeHostname: node.name,
      ...(processes === undefined ? {} : { processes }),
      ...(program === undefined ? {} : { program }),
    };
  }

  #run(
    container: Container,
    instance: ContainerInstance,
    plan: ContainerPlan | (() => ContainerPlan),
    before: ContainerInstance | undefined,
  ): void {
    // Two incarnations are kept: the one that is, and the one before it for `logs --previous`.
    for (const old of this.instances.get(container.name) ?? []) if (old !== before) old.log.discard();
    this.instances.set(container.name, before === undefined ? [instance] : [before, instance]);
    try {
      this.#launch(container, instance, plan);
    } catch (error) {
      if (!(error instanceof StartFailure)) throw error;
      const now = this.#node.clock.now();
      Object.assign(instance, {
        state: "exited",
        startedAt: 0,
        finishedAt: now,
        exitCode: 128,
        reason: "StartError",
        message: error.message,
      });
      instance.log.end(now);
      throw error;
    }
  }

  #launch(
    container: Container,
    instance: ContainerInstance,
    plan: ContainerPlan | (() => ContainerPlan),
    was?: { readonly ready: boolean; readonly started: boolean },
  ): void {
    const { clock } = this.#node;
    const component = this.#component(container);
    const ended = (exit: ExitStatus) => this.#ended(container, instance, exit);
    if (typeof plan === "function" && component !== undefined)
      instance.live = new DormantContainer({
        clock,
        run: (told) => runContainer(plan(), instance, told),
        ended,
        usage: () => component.usage,
        stack: this.#host.stack(),
        listens: component.listens ?? [],
      });
    else instance.live = runContainer(typeof plan === "function" ? plan() : plan, instance, ended);
    instance.state = "running";
    instance.startedAt ??= clock.now();
    this.#watchMemory(container, instance);
    if (component !== undefined) {
      component.running(true);
      // It is asked nothing: what it would answer is what the cluster does.
      return;
    }
    const emit = this.emitter(container.name, this.#kindOf(container.name));
    if (
      container.readinessProbe === undefined &&
      container.livenessProbe === undefined &&
      container.startupProbe === undefined
    )
      return;
    this.probes.set(
      container.name,
      new ContainerProbes(
        container,
        instance.startedAt,
        clock,
        this.probeTarget(container, instance),
        {
          emit: (reason, message) => emit("Warning", reason, message),
          changed: () => this.#host.changed(container.name),
          bug: (error) => this.#node.onBug("prober", error),
        },
        was,
      ),
    );
  }

  /**
   * What a container writes to memory-backed volumes is memory it uses (its memory cgroup pays for tmpfs pages): past its
   * limit it is killed. Volumes that several containers mount are nobody's, since nobody can tell who wrote.
   */
  #watchMemory(container: Container, instance: ContainerInstance): void {
    const limit = quantityNumber(container.resources?.limits?.["memory"]);
    if (limit === undefined) return;
    const users = (name: string) =>
      (this.#host.pod().spec?.containers ?? []).filter(({ volumeMounts }) =>
        volumeMounts?.some((mount) => mount.name === name),
      ).length;
    const own = new Set<FileSystem>();
    for (const { name } of container.volumeMounts ?? []) {
      const volume = this.#host.volumes().get(name);
      if (volume?.ephemeral === true && volume.fileSystem.fileSystemType === "tmpfs" && users(name) === 1)
        own.add(volume.fileSystem);
    }
    if (own.size === 0) return;
    const written = () => [...own].reduce((sum, fileSystem) => sum + fileSystem.usage().usedBytes, 0);
    // What an earlier incarnation left there was paid by that one.
    const before = written();
    const check = () => {
      const { live } = instance;
      if (live === undefined || live.dormant === true || instance.state !== "running") return;
      if (written() - before + live.usage().memoryBytes <= limit) return;
      instance.outOfMemory = true;
      live.process.kill("SIGKILL");
    };
    const stops = [...own].map((fileSystem) => fileSystem.watch("/", check));
    void instance.live?.process.exited.then(() => {
      for (const stop of stops) stop();
    });
  }

  #ended(container: Container, instance: ContainerInstance, exit: ExitStatus): void {
    const live = instance.live;
    if (live === undefined) return;
    const { clock } = this.#node;
    instance.state = "exited";
    instance.finishedAt = clock.now();
    instance.exitCode = exit.code;
    if (exit.outOfMemory === true) instance.outOfMemory = true;
    instance.log.end(clock.now());
    const message = terminationMessage(container, instance);
    if (message !== undefined) instance.message = message;
    this.probes.get(instance.name)?.stop();
    this.probes.delete(instance.name);
    delete instance.live;
    live.shutDown();
    this.#component(container)?.running(false);
    this.#host.changed(instance.name);
  }

  async #postStart(
    container: Container,
    instance: ContainerInstance,
    hook: NonNullable<NonNullable<Container["lifecycle"]>["postStart"]>,
    emit: ReturnType<PodContainers["emitter"]>,
    signal: AbortSignal,
  ): Promise<void> {
    const problem = await runHook(hook, this.#host.pod(), this.probeTarget(container, instance), signal);
    if (problem === undefined || instance.state !== "running") return;
    emit("Warning", "FailedPostStartHook", "PostStartHook failed");
    await this.stop(instance, container, "FailedPostStartHook", this.graceMs());
    throw new StartProblem("PostStartHookError", problem);
  }

  /** Milliseconds the hook took, at most its grace. */
  async #preStop(
    container: Container,
    instance: ContainerInstance,
    hook: NonNullable<NonNullable<Container["lifecycle"]>["preStop"]>,
    graceMs: number,
  ): Promise<number> {
    const { clock } = this.#node;
    const began = clock.now();
    const controller = new AbortController();
    const abort = () => controller.abort(new Error("grace period over"));
    const cancel = clock.after(graceMs, abort);
    this.#shorten.signal.addEventListener("abort", abort, { once: true });
    instance.live?.process.exited.then(abort, abort);
    try {
      const problem = await runHook(hook, this.#host.pod(), this.probeTarget(container, instance), controller.signal);
      if (problem !== undefined) {
        this.emitter(container.name, "container")("Warning", "FailedPreStopHook", "PreStopHook failed");
      }
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    } finally {
      cancel();
      this.#shorten.signal.removeEventListener("abort", abort);
    }
    return clock.now() - began;
  }

  graceMs(): number {
    const pod = this.#host.pod();
    const seconds = pod.metadata.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30;
    return seconds * 1000;
  }
}
