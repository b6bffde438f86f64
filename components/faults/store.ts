/** Breaking and healing, and what came of it. Framework-free. */
import type { Fault, Incident } from "../../lib/sandbox/types.ts";
import { Store } from "../live/store.ts";

/** The calls this needs of a sandbox. */
interface FaultApi {
  inject(fault: Fault): Promise<object>;
  heal(fault: Fault): Promise<object>;
  strike(incident: Incident): Promise<object>;
}

/** `problem`: why the last one could not be done. */
export class FaultStore extends Store<{ readonly problem: string | undefined }> {
  readonly #api: () => FaultApi | undefined;

  constructor(api: () => FaultApi | undefined) {
    super({ problem: undefined });
    this.#api = api;
  }

  change(fault: Fault, broken: boolean): Promise<void> {
    return this.#try((api) => (broken ? api.inject(fault) : api.heal(fault)));
  }

  strike(incident: Incident): Promise<void> {
    return this.#try((api) => api.strike(incident));
  }

  async #try(act: (api: FaultApi) => Promise<object>): Promise<void> {
    const api = this.#api();
    if (api === undefined) return;
    try {
      await act(api);
      this.update({ problem: undefined });
    } catch (error) {
      this.update({ problem: error instanceof Error ? error.message : String(error) });
    }
  }
}
