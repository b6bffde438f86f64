/** A broker: hosts replicas, serves clients and other brokers, follows what the controller decides. */
import type { Connection } from "../../machine/index.ts";
import { peek } from "../kit/peek.ts";
import { answerRpc } from "../kit/rpc.ts";
import type { BrokerHost } from "./broker-host.ts";
import { encodeError, KafkaError } from "./errors.ts";
import { Groups, javaHash, OFFSETS_TOPIC } from "./groups.ts";
import type { AdminRequest, BrokerRequest, MetadataReply } from "./messages.ts";
import type { ClusterImage } from "./model.ts";
import type { Replica } from "./replica.ts";
import { ReplicaManager } from "./replica-manager.ts";
import { apis, type WireBroker } from "./wire/apis.ts";
import { ConsumerGroups } from "./wire/consumer-groups.ts";
import { Sequences } from "./wire/sequences.ts";
import { serveClient } from "./wire/serve.ts";

const ADMIN_TIMEOUT_MS = 30_000;

export class Broker {
  readonly #host: BrokerHost;
  readonly #replicas: ReplicaManager;
  readonly #groups: Groups;
  readonly #consumers: ConsumerGroups;
  readonly #sequences = new Sequences();
  #creatingOffsets = false;
  #nextProducer = 1000;

  constructor(host: BrokerHost) {
    this.#host = host;
    const replicas = new ReplicaManager(host);
    this.#replicas = replicas;
    this.#groups = new Groups({
      clock: host.process.clock,
      broker: host.config.nodeId,
      image: () => replicas.image,
      replicaOf: (group) => this.#coordinating(group),
      replicas: () => replicas.replicas.filter((one) => one.topic === OFFSETS_TOPIC && one.leads),
      write: async (replica, records) => {
        await replicas.produce(replica, records, -1, 5000);
      },
      others: (group) => this.#consumers.members(group),
      otherNames: () => this.#consumers.names,
    });
    this.#consumers = new ConsumerGroups({
      clock: host.process.clock,
      isCoordinator: (group) => this.#coordinating(group) !== undefined,
      initialDelay: host.config.number("group.initial.rebalance.delay.ms"),
      isTaken: (group) => this.#groups.hasMembers(group),
    });
  }

  get #image(): ClusterImage {
    return this.#replicas.image;
  }

  /** Follows a new state of the cluster. */
  update(image: ClusterImage): void {
    this.#replicas.update(image);
    this.#groups.imageChanged();
    this.#consumers.imageChanged();
  }

  close(): void {
    this.#replicas.close();
  }

  // --------------------------------------------------------------------------------------------------- clients

  /** Answers one connection that came by a listener. */
  async serve(found: Connection, listener: string): Promise<void> {
    const { first, connection } = await peek(found);
    if (first === undefined) return;
    // A request begins with its length, of which the first byte is zero; our own brokers and tools begin with "{".
    if (first[0] !== 0x7b) {
      const { process, log } = this.#host;
      const warn = (text: string) =>
        log("WARN", `[SocketServer listenerType=BROKER] ${text}`, "kafka.network.SocketServer");
      return serveClient(process, connection, apis(this.#wireBroker(listener)), warn);
    }
    const followers = new Set<number>();
    const members: [group: string, member: string][] = [];
    try {
      await answerRpc(
        this.#host.process,
        connection,
        (request: BrokerRequest) => {
          if (request.op === "replicaFetch") followers.add(request.broker);
          if (request.op === "joinGroup") members.push([request.group, request.member]);
          return this.#handle(request, listener, connection);
        },
        encodeError,
      );
    } finally {
      for (const id of followers) this.#replicas.lost(id);
      for (const [group, member] of members) this.#groups.lost(group, member);
    }
  }

  #wireBroker(listener: string): WireBroker {
    const { process } = this.#host;
    const deadline = () => process.clock.now() + ADMIN_TIMEOUT_MS;
    return {
      groups: this.#consumers,
      metadata: (topics, autoCreate) => this.#metadata(topics, autoCreate, listener),
      led: (topic, index) => this.#replicas.led(topic, index),
      produce: (replica, records, acks, timeout) => this.#replicas.produce(replica, records, acks, timeout),
      replicated: (replica, end, timeout) =>
        this.#replicas.replicated(replica, replica.partition.leaderEpoch, end, timeout),
      fetch: (partitions, wait) => this.#replicas.fetch(partitions, wait),
      offsetAt: (topic, index, time) => this.#offsetAt(topic, index, time),
      coordinator: (group) => this.#coordinator(group),
      commit: (group, offsets) => this.#groups.commit(group, offsets),
      offsets: (group) => this.#groups.offsets(group),
      list: () => this.#groups.list(),
      describe: (group) => this.#groups.describe(group),
      administer: (request) => this.#administer(request, deadline()),
      nextProducerId: () => this.#host.config.nodeId * 1_000_000 + this.#nextProducer++,
      repeated: (replica, batch) => this.#sequences.repeated(replica, batch),
      remember: (replica, batch, offset) => this.#sequences.remember(replica, batch, offset),
    };
  }

  #offsetAt(topic: string, index: number, time: number): { readonly offset: number; readonly time: number } {
    const replica = this.#replicas.led(topic, index);
    if (time === -1) return { offset: replica.highWatermark, time: -1 };
    if (time === -2) return { offset: replica.log.startOffset, time: -1 };
    const found = replica.log.records.find((record) => record.time >= time && record.offset < replica.highWatermark);
    return { offset: found?.offset ?? -1, time: found?.time ?? -1 };
  }

  async #handle(request: BrokerRequest, listener: string, connection: Connection): Promise<unknown> {
    const { process } = this.#host;
    switch (request.op) {
      case "apiVersions":
        return { id: this.#host.config.nodeId };
      case "metadata":
        return this.#metadata(request.topics, request.autoCreate, listener);
      case "image":
        return this.#image;
      case "logDirs":
        return this.#replicas.replicas.map(({ topic, index, log }) => ({ topic, index, size: log.bytes }));
      case "produce":
        return this.#replicas.produce(
          this.#replicas.led(request.topic, request.index),
          request.records,
          request.acks,
          request.timeoutMs,
        );
      case "fetch":
        return this.#replicas.fetch(request.partitions, request.maxWaitMs);
      case "replicaFetch":
        return this.#replicas.replicaFetch(request.broker, request.partitions);
      case "offsets":
        return this.#offsetAt(request.topic, request.index, request.time).offset;
      case "coordinator":
        return this.#coordinator(request.group);
      case "joinGroup":
        if (this.#consumers.hasMembers(request.group))
          throw new KafkaError(
            "INVALID_REQUEST",
            "The group member's supported protocols are incompatible with those of existing members.",
          );
        return this.#groups.join(
          request.group,
          request.member,
          request.clientId,
          `/${connection.remoteAddress}`,
          request.topics,
        );
      case "awaitRebalance":
        return this.#groups.rebalanced(request.group, request.member, request.generation);
      case "leaveGroup":
        return this.#groups.leave(request.group, request.member);
      case "commitOffsets":
        return this.#groups.commit(request.group, request.offsets);
      case "groupOffsets":
        return this.#groups.offsets(request.group);
      case "describeGroup":
        return this.#groups.describe(request.group);
      case "listGroups":
        return this.#groups.list();
      case "deleteGroup":
        return this.#groups.remove(request.group);
      case "controller":
        if (this.#host.asController === undefined) throw new KafkaError("NOT_CONTROLLER");
        return this.#host.asController(request.request);
      case "admin":
        return this.#administer(request.request, process.clock.now() + ADMIN_TIMEOUT_MS);
    }
  }

  async #administer(request: AdminRequest, deadline: number): Promise<unknown> {
    const { config } = this.#host;
    if (request.op === "deleteTopic" && !config.flag("delete.topic.enable"))
      throw new KafkaError("INVALID_REQUEST", "Topic deletion is disabled.");
    const result = await this.#host.controller(request, deadline);
    // The answer is not before what it tells of can be seen here.
    if (request.op === "createTopic")
      while (this.#image.topics[request.topic.name] === undefined) await this.#replicas.moved.next();
    return result;
  }

  async #metadata(
    topics: readonly string[] | undefined,
    autoCreate: boolean,
    listener: string,
  ): Promise<MetadataReply> {
    const { config } = this.#host;
    const missing = (topics ?? []).filter((name) => this.#image.topics[name] === undefined);
    if (autoCreate && config.flag("auto.create.topics.enable")) {
      for (const name of missing) {
        await this.#administer(
          {
            op: "createTopic",
            topic: { name, partitions: -1, replicationFactor: -1, assignment: undefined, configs: {} },
          },
          this.#host.process.clock.now() + ADMIN_TIMEOUT_MS,
        );
      }
    }
    const brokers = Object.values(this.#image.brokers)
      .filter(({ fenced }) => !fenced)
      .flatMap(({ id, endpoints, rack }) => {
        const endpoint = endpoints.find((one) => one.listener === listener);
        return endpoint === undefined ? [] : [{ id, host: endpoint.host, port: endpoint.port, rack }];
      });
    return { clusterId: this.#host.clusterId, controller: this.#host.controllerId(), brokers, image: this.#image };
  }

  // --------------------------------------------------------------------------------------------------- groups

  #partitionOf(group: string): number {
    const { partitions } = this.#image.topics[OFFSETS_TOPIC] ?? { partitions: [] };
    return partitions.length === 0 ? -1 : javaHash(group) % partitions.length;
  }

  #coordinating(group: string): Replica | undefined {
    const replica = this.#replicas.find(OFFSETS_TOPIC, this.#partitionOf(group));
    return replica?.leads === true ? replica : undefined;
  }

  /** The broker that looks after a group; the topic of offsets is made when the first one asks. */
  async #coordinator(group: string): Promise<number> {
    const { config, process } = this.#host;
    if (this.#image.topics[OFFSETS_TOPIC] === undefined && !this.#creatingOffsets) {
      this.#creatingOffsets = true;
      try {
        await this.#administer(
          {
            op: "createTopic",
            topic: {
              name: OFFSETS_TOPIC,
              partitions: config.number("offsets.topic.num.partitions"),
              replicationFactor: config.number("offsets.topic.replication.factor"),
              assignment: undefined,
              configs: { "cleanup.policy": "compact", "compression.type": "producer", "segment.bytes": "104857600" },
            },
          },
          process.clock.now() + ADMIN_TIMEOUT_MS,
        );
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error;
        this.#host.log(
          "WARN",
          `[AutoTopicCreationManager] Failed to create ${OFFSETS_TOPIC}: ${error.message}`,
          "kafka.server.DefaultAutoTopicCreationManager",
        );
      } finally {
        this.#creatingOffsets = false;
      }
    }
    const leader = this.#image.topics[OFFSETS_TOPIC]?.partitions[this.#partitionOf(group)]?.leader ?? -1;
    if (leader === -1) throw new KafkaError("COORDINATOR_NOT_AVAILABLE");
    return leader;
  }
}
