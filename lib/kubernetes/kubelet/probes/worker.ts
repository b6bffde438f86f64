/** The probes of one container, on the clock's timers (pkg/kubelet/prober/worker.go). */
import type { Cancel, Clock } from "../../../clock/index.ts";
import type { Container, Probe } from "../../api/types.ts";
import { type ProbeKind, type ProbeResult, type ProbeTarget, runProbe } from "./probe.ts";

interface ProbeHooks {
  readonly emit: (reason: string, message: string) => void;
  /** Ready or started changed, or liveness or startup gave up. */
  readonly changed: () => void;
  readonly bug: (error: unknown) => void;
}

interface Runner {
  readonly kind: ProbeKind;
  readonly probe: Probe;
  last: ProbeResult["outcome"] | undefined;
  run: number;
  /** What counts: success, failure, or nothing known yet. */
  state: "unknown" | "success" | "failure";
  cancel: Cancel | undefined;
  /** When the next attempt begins (ms). */
  nextAt: number;
  inFlight: boolean;
}

/** Tries again when a probe failed in this way: exec probes of upstream retry an error three times at once. */
const MAX_ERRORS = 3;

export class ContainerProbes {
  readonly #clock: Clock;
  readonly #target: ProbeTarget;
  readonly #hooks: ProbeHooks;
  readonly #runners: Runner[] = [];
  readonly #abort = new AbortController();

  /** `was`: what probes had found before a restore; it holds until they find otherwise. */
  constructor(
    container: Container,
    startedAt: number,
    clock: Clock,
    target: ProbeTarget,
    hooks: ProbeHooks,
    was?: { readonly ready: boolean; readonly started: boolean },
  ) {
    this.#clock = clock;
    this.#target = target;
    this.#hooks = hooks;
    const probes: [ProbeKind, Probe | undefined][] = [
      ["Startup", container.startupProbe],
      ["Readiness", container.readinessProbe],
      ["Liveness", container.livenessProbe],
    ];
    for (const [kind, probe] of probes) {
      if (probe === undefined) continue;
      const runner: Runner = {
        kind,
        probe,
        last: undefined,
        run: 0,
        state: initialState(kind, was),
        cancel: undefined,
        nextAt: startedAt + (probe.initialDelaySeconds ?? 0) * 1000,
        inFlight: false,
      };
      this.#runners.push(runner);
      if (
        kind === "Startup" ? runner.state === "unknown" : container.startupProbe === undefined || was?.started === true
      ) {
        this.#schedule(runner, runner.nextAt);
      }
    }
  }

  get started(): boolean {
    const startup = this.#find("Startup");
    return startup === undefined || startup.state === "success";
  }

  get ready(): boolean {
    const readiness = this.#find("Readiness");
    return this.started && (readiness === undefined || readiness.state === "success");
  }

  /** The probe that has given the container up. */
  get unhealthy(): "liveness" | "startup" | undefined {
    if (this.#find("Startup")?.state === "failure") return "startup";
    return this.#find("Liveness")?.state === "failure" ? "liveness" : undefined;
  }

  /** A first answer is still awaited: the Pod is on its way. */
  get settling(): boolean {
    return this.#runners.some(
      (runner) =>
        runner.kind !== "Liveness" && runner.state !== "success" && runner.run < (runner.probe.failureThreshold ?? 3),
    );
  }

  /** When the next attempt of a probe that has yet to pass comes; undefined where none is awaited. */
  get nextAttempt(): number | undefined {
    const times = this.#runners
      .filter((runner) => runner.cancel !== undefined && runner.state !== "success")
      .map((runner) => runner.nextAt);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  stop(): void {
    this.#abort.abort(new Error("the container has ended"));
    for (const runner of this.#runners) runner.cancel?.();
  }

  #find(kind: ProbeKind): Runner | undefined {
    return this.#runners.find((runner) => runner.kind === kind);
  }

  #schedule(runner: Runner, at: number): void {
    runner.nextAt = at;
    runner.cancel?.();
    runner.cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), () => {
      runner.cancel = undefined;
      this.#attempt(runner).catch((error: unknown) => {
        if (!this.#abort.signal.aborted) this.#hooks.bug(error);
      });
    });
  }

  async #attempt(runner: Runner): Promise<void> {
    const began = this.#clock.now();
    let result: ProbeResult = { outcome: "error", output: "" };
    for (let tries = 0; tries < MAX_ERRORS && result.outcome === "error"; tries++) {
      result = await runProbe(runner.probe, this.#target, this.#abort.signal);
      if (this.#abort.signal.aborted) return;
    }
    this.#record(runner, result);
    if (this.#abort.signal.aborted) return;
    const period = (runner.probe.periodSeconds ?? 10) * 1000;
    // A startup probe that has passed, or a container that has been given up, is not asked again.
    if (runner.kind === "Startup" && runner.state !== "unknown") return;
    if (runner.kind === "Liveness" && runner.state === "failure") return;
    this.#schedule(runner, Math.max(began + period, this.#clock.now()));
  }

  #record(runner: Runner, result: ProbeResult): void {
    if (result.outcome === "error") {
      this.#hooks.emit("Unhealthy", `${runner.kind} probe errored and resulted in unknown state: ${result.output}`);
      return;
    }
    if (result.outcome === "failure") this.#hooks.emit("Unhealthy", `${runner.kind} probe failed: ${result.output}`);
    runner.run = runner.last === result.outcome ? runner.run + 1 : 1;
    runner.last = result.outcome;
    const threshold =
      result.outcome === "success" ? (runner.probe.successThreshold ?? 1) : (runner.probe.failureThreshold ?? 3);
    if (runner.run < threshold || runner.state === result.outcome) return;
    runner.state = result.outcome;
    if (runner.kind === "Startup" && result.outcome === "success") {
      for (const other of this.#runners) {
        if (other.kind !== "Startup") this.#schedule(other, Math.max(other.nextAt, this.#clock.now()));
      }
    }
    this.#hooks.changed();
  }
}

function initialState(
  kind: ProbeKind,
  was: { readonly ready: boolean; readonly started: boolean } | undefined,
): Runner["state"] {
  if (kind === "Liveness") return "success";
  if (kind === "Readiness") return was?.ready === true ? "success" : "failure";
  return was?.started === true ? "success" : "unknown";
}
