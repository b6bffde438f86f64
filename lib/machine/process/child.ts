import type { ChildProcess, ExitStatus, Signal } from "../types.ts";
import type { MachineProcess } from "./process.ts";

/** What a parent holds of its child. */
export class ChildHandle implements ChildProcess {
  readonly #process: MachineProcess;
  constructor(process: MachineProcess) {
    this.#process = process;
  }
  get pid(): number {
    return this.#process.pid;
  }
  get processGroup(): number {
    return this.#process.processGroup;
  }
  get exited(): Promise<ExitStatus> {
    return this.#process.exited;
  }
  get state(): ChildProcess["state"] {
    return this.#process.state;
  }
  stateChanged(): Promise<ChildProcess["state"]> {
    return this.#process.stateChanged();
  }
  kill(signal: Signal): void {
    this.#process.deliver(signal, true);
  }
  handledSignals(): Signal[] {
    return this.#process.handledSignals();
  }
}
