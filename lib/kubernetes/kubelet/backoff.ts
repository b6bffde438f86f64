/** Mirrors k8s.io/client-go/util/flowcontrol.Backoff: doubling delays per key, forgotten after twice the longest. */
export interface BackoffEntry {
  readonly delayMs: number;
  readonly updated: number;
}

export class Backoff {
  readonly #initialMs: number;
  readonly #maxMs: number;
  readonly #entries = new Map<string, BackoffEntry>();

  constructor(initialMs: number, maxMs: number) {
    this.#initialMs = initialMs;
    this.#maxMs = maxMs;
  }

  /** The delay in force for `key`, 0 where there is none. */
  delay(key: string): number {
    return this.#entries.get(key)?.delayMs ?? 0;
  }

  /** When the back-off that began with `event` (ms) ends; undefined where none is in force at `now`. */
  endsSince(key: string, event: number, now: number): number | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || this.#expired(event, entry)) return undefined;
    const end = event + entry.delayMs;
    return now < end ? end : undefined;
  }

  /** Like `endsSince`, counted from the last update. */
  endsSinceUpdate(key: string, now: number): number | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined ? undefined : this.endsSince(key, entry.updated, now);
  }

  /** One more failure, which happened at `event`. */
  next(key: string, event: number, now: number): void {
    const entry = this.#entries.get(key);
    const delayMs =
      entry === undefined || this.#expired(event, entry) ? this.#initialMs : Math.min(entry.delayMs * 2, this.#maxMs);
    this.#entries.set(key, { delayMs, updated: now });
  }

  forget(prefix: string): void {
    for (const key of [...this.#entries.keys()]) if (key.startsWith(prefix)) this.#entries.delete(key);
  }

  snapshot(prefix: string): Record<string, BackoffEntry> {
    return Object.fromEntries([...this.#entries].filter(([key]) => key.startsWith(prefix)));
  }

  restore(entries: Readonly<Record<string, BackoffEntry>>): void {
    for (const [key, entry] of Object.entries(entries)) this.#entries.set(key, entry);
  }

  #expired(event: number, entry: BackoffEntry): boolean {
    return event - entry.updated > this.#maxMs * 2;
  }
}
