/** The active controller: decides, one decision after another, and has each kept before it is told to anybody. */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import { Pulse } from "../kit/pulse.ts";
import { answerRpc } from "../kit/rpc.ts";
import {
  addPartitions,
  alterIsr,
  checkConfigs,
  createTopic,
  electPreferred,
  electUnclean,
  fenceBroker,
  reassign,
  topicOf,
  wakePartitions,
} from "./decisions.ts";
import { encodeError, KafkaError } from "./errors.ts";
import type { AdminRequest, ControllerRequest, QuorumReply } from "./messages.ts";
import { applyAll, type Change, type ClusterImage } from "./model.ts";
import { randomUuid } from "./storage.ts";

interface ControllerHost {
  readonly process: Process;
  readonly clusterId: () => string;
  readonly image: () => ClusterImage;
  /** Resolves when the changes are kept and part of the image. Throws `KafkaError` NOT_CONTROLLER. */
  readonly commit: (changes: readonly Change[]) => Promise<void>;
  readonly active: () => boolean;
  readonly sessionTimeoutMs: number;
  readonly defaults: { readonly partitions: number; readonly replicationFactor: number };
  readonly quorum: () => QuorumReply;
  readonly log: (level: "INFO" | "WARN" | "ERROR", text: string) => void;
}

export class Controller {
  readonly #host: ControllerHost;
  /** Connections by the brokers that registered on them. */
  readonly #sessions = new Map<number, Connection>();
  readonly #expiry = new Map<number, () => void>();
  readonly #changed = new Pulse();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(host: ControllerHost) {
    this.#host = host;
  }

  /** The image is another one, or this controller is not the active one any more. */
  imageChanged(): void {
    this.#changed.fire();
  }

  /** This controller became the active one: brokers have one session's time to show up. */
  activated(): void {
    for (const { id, fenced } of Object.values(this.#host.image().brokers))
      if (!fenced && !this.#sessions.has(id)) this.#watch(id);
  }

  deactivated(): void {
    for (const cancel of this.#expiry.values()) cancel();
    this.#expiry.clear();
    for (const connection of this.#sessions.values()) connection.close();
    this.#sessions.clear();
    this.#changed.fire();
  }

  /** Answers one connection of a broker. */
  async serve(connection: Connection): Promise<void> {
    try {
      await answerRpc(
        this.#host.process,
        connection,
        (request: ControllerRequest) => this.handle(request, connection),
        encodeError,
      );
    } finally {
      for (const [id, session] of this.#sessions) {
        if (session !== connection) continue;
        this.#sessions.delete(id);
        if (this.#host.active()) this.#watch(id);
      }
    }
  }

  async handle(request: ControllerRequest, connection: Connection | undefined): Promise<unknown> {
    if (!this.#host.active()) throw new KafkaError("NOT_CONTROLLER");
    switch (request.op) {
      case "register":
        return this.#register(request, connection);
      case "image":
        while (this.#host.image().version <= request.after) {
          await this.#changed.next();
          if (!this.#host.active()) throw new KafkaError("NOT_CONTROLLER");
        }
        return this.#host.image();
      case "alterIsr":
        return this.decide((image) => alterIsr(image, request));
      case "shutdown":
        this.#host.log("INFO", `Broker ${request.id} shutting down: moving its leaders`);
        return this.decide((image) => fenceBroker(image, request.id));
      default:
        return this.#administer(request);
    }
  }

  /** One decision at a time, on an image that has all former ones in it. Throws `KafkaError`. */
  decide(decision: (image: ClusterImage) => readonly Change[]): Promise<void> {
    const run = this.#queue.then(async () => {
      if (!this.#host.active()) throw new KafkaError("NOT_CONTROLLER");
      const changes = decision(this.#host.image());
      if (changes.length > 0) await this.#host.commit(changes);
    });
    this.#queue = run.catch(() => undefined);
    return run;
  }

  async #register(
    request: Extract<ControllerRequest, { op: "register" }>,
    connection: Connection | undefined,
  ): Promise<void> {
    const { broker, cluster } = request;
    const { log, clusterId } = this.#host;
    if (cluster !== clusterId()) {
      throw new KafkaError(
        "INCONSISTENT_CLUSTER_ID",
        `Expected cluster ID ${clusterId()}, but got cluster ID ${cluster}`,
      );
    }
    const present = this.#sessions.get(broker.id);
    const known = this.#host.image().brokers[broker.id];
    if (present !== undefined && present !== connection && known?.incarnation !== broker.incarnation) {
      throw new KafkaError(
        "DUPLICATE_BROKER_REGISTRATION",
        `Another broker is registered with that broker id. If the broker was recently restarted this should self-resolve once the heartbeat manager expires the broker's session.`,
      );
    }
    if (connection !== undefined) this.#sessions.set(broker.id, connection);
    this.#expiry.get(broker.id)?.();
    this.#expiry.delete(broker.id);
    await this.decide((image) => {
      const old = image.brokers[broker.id];
      if (old !== undefined && !old.fenced && old.incarnation === broker.incarnation) return [];
      // A new process of a broker that nobody missed yet: what the old one led is led by others first.
      const changes: Change[] = [...fenceBroker(image, broker.id)];
      changes.push({ type: "broker", broker: { ...broker, epoch: image.version + 1, fenced: false } });
      return [...changes, ...wakePartitions(applyAll(image, changes), broker.id)];
    });
    log("INFO", `Registered new record for broker ${broker.id}; it has been unfenced.`);
  }

  #watch(id: number): void {
    if (this.#expiry.has(id)) return;
    const { process, sessionTimeoutMs, log } = this.#host;
    const cancel = process.clock.after(sessionTimeoutMs, () => {
      this.#expiry.delete(id);
      if (!this.#host.active() || this.#sessions.has(id) || process.signal.aborted) return;
      log("INFO", `Fencing broker ${id} because its session has timed out.`);
      this.decide((image) => fenceBroker(image, id)).catch((error: unknown) => {
        if (!(error instanceof KafkaError) && !isErrno(error) && !process.signal.aborted) throw error;
      });
    });
    this.#expiry.set(id, cancel);
  }

  async #administer(request: AdminRequest): Promise<unknown> {
    const { process, defaults } = this.#host;
    const chance = () => Math.floor(process.clock.random() * 1024);
    switch (request.op) {
      case "createTopic": {
        const { topic } = request;
        const id = randomUuid(process);
        await this.decide((image) =>
          createTopic(
            image,
            {
              ...topic,
              partitions: topic.partitions === -1 ? defaults.partitions : topic.partitions,
              replicationFactor: topic.replicationFactor === -1 ? defaults.replicationFactor : topic.replicationFactor,
            },
            id,
            chance(),
          ),
        );
        return id;
      }
      case "deleteTopic":
        return this.decide((image) => {
          topicOf(image, request.name);
          return [{ type: "removeTopic", name: request.name }];
        });
      case "addPartitions":
        return this.decide((image) => addPartitions(image, request.name, request.count, chance()));
      case "alterConfig":
        return this.decide((image) => {
          if (request.kind === "topic") {
            topicOf(image, request.name);
            checkConfigs(
              Object.fromEntries(
                Object.entries(request.values).filter((pair): pair is [string, string] => pair[1] !== null),
              ),
            );
          }
          return Object.entries(request.values).map(([key, value]) => ({
            type: "config",
            kind: request.kind,
            name: request.name,
            key,
            value: value ?? undefined,
          }));
        });
      case "reassign":
        return this.decide((image) => reassign(image, request.topic, request.index, request.replicas ?? undefined));
      case "elect":
        return this.decide((image) =>
          request.unclean
            ? electUnclean(image, request.topic, request.index)
            : electPreferred(image, request.topic, request.index),
        );
      case "unregister":
        return this.decide((image) => [...fenceBroker(image, request.id), { type: "removeBroker", id: request.id }]);
      case "quorum":
        return this.#host.quorum();
    }
  }
}
