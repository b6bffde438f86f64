/**
 * What producers that count have sent, so that a batch which comes twice is taken once (ProducerStateManager). Known to
 * the leader alone, and only while it leads: a batch sent again to the next leader is taken again.
 */
import { KafkaError } from "../errors.ts";
import type { Replica } from "../replica.ts";
import type { SentBatch } from "./records.ts";

/** Batches of a producer that are remembered, and producers of a partition. */
const BATCHES = 5;
const PRODUCERS = 1000;

interface Sent {
  readonly sequence: number;
  readonly count: number;
  readonly offset: number;
}

export class Sequences {
  readonly #sent = new WeakMap<Replica, Map<string, { readonly epoch: number; batches: Sent[] }>>();

  #of(replica: Replica, { producerId, producerEpoch }: SentBatch) {
    const producers = this.#sent.get(replica) ?? new Map<string, { readonly epoch: number; batches: Sent[] }>();
    this.#sent.set(replica, producers);
    const key = `${producerId}/${producerEpoch}`;
    const epoch = replica.partition.leaderEpoch;
    const known = producers.get(key);
    if (known?.epoch === epoch) return known;
    const fresh = { epoch, batches: [] };
    producers.delete(key);
    for (const oldest of producers.keys()) {
      if (producers.size < PRODUCERS) break;
      producers.delete(oldest);
    }
    producers.set(key, fresh);
    return fresh;
  }

  /** Where a batch is that came before; undefined for a new one. Throws `KafkaError` where one before it is missing. */
  repeated(replica: Replica, batch: SentBatch): number | undefined {
    if (batch.sequence < 0 || batch.producerId < 0) return undefined;
    const { batches } = this.#of(replica, batch);
    const same = batches.find(({ sequence, count }) => sequence === batch.sequence && count === batch.records.length);
    if (same !== undefined) return same.offset;
    const last = batches.at(-1);
    if (last !== undefined && batch.sequence !== last.sequence + last.count)
      throw new KafkaError("OUT_OF_ORDER_SEQUENCE_NUMBER");
    return undefined;
  }

  remember(replica: Replica, batch: SentBatch, offset: number): void {
    if (batch.sequence < 0 || batch.producerId < 0) return;
    const { batches } = this.#of(replica, batch);
    batches.push({ sequence: batch.sequence, count: batch.records.length, offset });
    if (batches.length > BATCHES) batches.shift();
  }
}
