/** Keeps the replicas that follow one leader in step with it: one connection, one question at a time. */
import { isErrno, type Process } from "../../machine/index.ts";
import { Pulse } from "../kit/pulse.ts";
import { resolveHost } from "../kit/resolve.ts";
import { dialRpc, LinkLost, Refused, type RpcLink } from "../kit/rpc.ts";
import type { BrokerRequest, FetchedPartition } from "./messages.ts";
import type { Endpoint } from "./model.ts";
import type { Replica } from "./replica.ts";

const RETRY_MS = 1000;

interface FetcherHost {
  readonly process: Process;
  readonly broker: number;
  /** Where the leader listens for brokers; undefined while it is not registered. */
  readonly endpoint: (leader: number) => Endpoint | undefined;
  readonly moved: () => void;
  /** The leader's log begins there by now. */
  readonly advanceStart: (replica: Replica, to: number) => void;
  /** How long a segment of a topic takes records. */
  readonly rollMs: (topic: string) => number;
  /** The disk refused. */
  readonly broken: (error: Error) => void;
}

export class Fetcher {
  readonly #host: FetcherHost;
  readonly #leader: number;
  readonly #changed = new Pulse();
  #replicas: readonly Replica[] = [];
  #closed = false;
  #link: RpcLink | undefined;

  constructor(host: FetcherHost, leader: number) {
    this.#host = host;
    this.#leader = leader;
    void this.#run();
  }

  follow(replicas: readonly Replica[]): void {
    const shape = replicas.map(({ key, topicId, partition }) => `${key} ${topicId} ${partition.leaderEpoch}`).join();
    this.#replicas = replicas;
    if (shape !== this.#shape) this.#changed.fire();
    this.#shape = shape;
  }
  #shape = "";

  close(): void {
    this.#closed = true;
    this.#link?.close();
    this.#changed.fire();
  }

  async #run(): Promise<void> {
    const { process, broken } = this.#host;
    while (!this.#closed && !process.signal.aborted) {
      try {
        await this.#session();
      } catch (error) {
        if (process.signal.aborted || this.#closed) return;
        if (isErrno(error) && (error.code === "ENOSPC" || error.code === "EACCES" || error.code === "EROFS")) {
          broken(error);
          return;
        }
        if (!isErrno(error) && !(error instanceof LinkLost) && !(error instanceof Refused)) throw error;
      }
      if (!this.#closed) await process.clock.sleep(RETRY_MS, process.signal).catch(() => undefined);
    }
  }

  async #session(): Promise<void> {
    const { process, endpoint } = this.#host;
    const where = endpoint(this.#leader);
    const address = where === undefined ? undefined : await resolveHost(process, where.host);
    if (where === undefined || address === undefined || this.#closed) return;
    const link = await dialRpc(process, address, where.port);
    this.#link = link;
    try {
      let pending = this.#ask(link);
      while (!this.#closed) {
        const answer = await Promise.race([pending, this.#changed.next()]);
        if (answer === undefined) {
          // Other replicas: the new question makes the leader answer the old one at once.
          const old = pending;
          pending = this.#ask(link);
          this.#take(await old);
        } else {
          this.#take(answer);
          pending = this.#ask(link);
        }
      }
    } finally {
      link.close();
    }
  }

  #ask(link: RpcLink): Promise<readonly FetchedPartition[]> {
    const request: BrokerRequest = {
      op: "replicaFetch",
      broker: this.#host.broker,
      partitions: this.#replicas.map(({ topic, index, log, partition, highWatermark }) => ({
        topic,
        index,
        offset: log.endOffset,
        lastEpoch: log.lastEpoch,
        leaderEpoch: partition.leaderEpoch,
        highWatermark,
      })),
    };
    const answer = link.ask<readonly FetchedPartition[]>(request);
    // Two questions may be under way where the link breaks: whoever awaits one hears of it, nobody of the other.
    answer.catch(() => undefined);
    return answer;
  }

  #take(answer: readonly FetchedPartition[]): void {
    let moved = false;
    for (const fetched of answer) {
      const replica = this.#replicas.find(({ topic, index }) => topic === fetched.topic && index === fetched.index);
      if (replica === undefined || replica.partition.leader !== this.#leader || fetched.error !== undefined) continue;
      if (fetched.truncate !== undefined) {
        replica.truncate(fetched.truncate);
        continue;
      }
      this.#host.advanceStart(replica, fetched.logStart);
      if (replica.replicate(fetched.records, fetched.highWatermark, this.#host.rollMs(replica.topic))) moved = true;
    }
    if (moved) this.#host.moved();
  }
}
