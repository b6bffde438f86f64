/** One writer at a time: the next one waits until it has committed or gone. */
import type { Session } from "./session.ts";

export class WriteLock {
  readonly #waiting: { readonly session: Session; readonly resolve: () => void }[] = [];
  #holder: Session | undefined;

  /** Resolves when the session may write. */
  take(session: Session): Promise<void> {
    if (this.#holder === undefined || this.#holder === session) {
      this.#holder = session;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#waiting.push({ session, resolve }));
  }

  /** It neither writes nor waits any more. */
  release(session: Session): void {
    const waiting = this.#waiting.findIndex((one) => one.session === session);
    if (waiting !== -1) this.#waiting.splice(waiting, 1);
    if (this.#holder !== session) return;
    const next = this.#waiting.shift();
    this.#holder = next?.session;
    next?.resolve();
  }
}
