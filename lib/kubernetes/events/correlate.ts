/** What becomes of an event: new, counted, combined or dropped (client-go tools/record/events_cache.go). Pure but for its own memory. */

/** Same reason about the same object, with different words: from the 10th within 10 minutes on they are combined. */
const MAX_SIMILAR = 10;
const SIMILAR_WINDOW_MS = 600_000;
/** Events about one object: 25 at once, then one every 5 minutes. */
const SPAM_BURST = 25;
const SPAM_REFILL_MS = 300_000;
/** Entries kept before the oldest are forgotten. */
const CACHE_SIZE = 4096;

interface Observation {
  readonly name: string;
  readonly count: number;
  readonly firstTimestamp: string;
}

interface Aggregate {
  readonly messages: string[];
  readonly last: number;
}

interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

export interface CorrelatorState {
  readonly observations: readonly (readonly [string, Observation])[];
  readonly aggregates: readonly (readonly [string, Aggregate])[];
  readonly buckets: readonly (readonly [string, Bucket])[];
}

export class Correlator {
  readonly #observations = new Map<string, Observation>();
  readonly #aggregates = new Map<string, Aggregate>();
  readonly #buckets = new Map<string, Bucket>();

  /**
   * `group`: everything but the message; `object`: source and object. Returns the message to write and the key it is
   * counted under; undefined where too many events are about the object. Times in ms.
   */
  correlate(
    object: string,
    group: string,
    message: string,
    now: number,
  ): { readonly key: string; readonly message: string } | undefined {
    const similar = this.#aggregates.get(group);
    const messages = similar === undefined || now - similar.last > SIMILAR_WINDOW_MS ? [] : similar.messages;
    if (!messages.includes(message)) messages.push(message);
    const combined = messages.length >= MAX_SIMILAR;
    if (combined) messages.shift();
    remember(this.#aggregates, group, { messages, last: now });
    if (!this.#takeToken(object, now)) return undefined;
    return combined
      ? { key: group, message: `(combined from similar events): ${message}` }
      : { key: [group, message].join("\n"), message };
  }

  observed(key: string): Observation | undefined {
    return this.#observations.get(key);
  }

  observe(key: string, observation: Observation): void {
    remember(this.#observations, key, observation);
  }

  #takeToken(object: string, now: number): boolean {
    const bucket = this.#buckets.get(object);
    const tokens =
      bucket === undefined ? SPAM_BURST : Math.min(SPAM_BURST, bucket.tokens + (now - bucket.at) / SPAM_REFILL_MS);
    const allowed = tokens >= 1;
    remember(this.#buckets, object, { tokens: allowed ? tokens - 1 : tokens, at: now });
    return allowed;
  }

  state(): CorrelatorState {
    return {
      observations: [...this.#observations],
      aggregates: [...this.#aggregates].map(([key, { messages, last }]) => [key, { messages: [...messages], last }]),
      buckets: [...this.#buckets],
    };
  }

  restore(state: CorrelatorState): void {
    for (const [key, value] of state.observations) this.#observations.set(key, value);
    for (const [key, { messages, last }] of state.aggregates)
      this.#aggregates.set(key, { messages: [...messages], last });
    for (const [key, value] of state.buckets) this.#buckets.set(key, value);
  }
}

/** A map's insertion order makes it a cache: what was touched last is dropped last. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= CACHE_SIZE) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
