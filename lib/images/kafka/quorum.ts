/** A controller of KRaft: one of the voters that keep the cluster's metadata in a log of their own. */
import type { Connection, Process } from "../../machine/index.ts";
import { Ensemble, NoQuorum } from "../kit/ensemble.ts";
import { Journal, type StateMachine } from "../kit/journal.ts";
import { peek } from "../kit/peek.ts";
import type { KafkaConfig } from "./config.ts";
import { Controller } from "./controller.ts";
import { KafkaError } from "./errors.ts";
import type { QuorumReply } from "./messages.ts";
import { applyAll, type Change, type ClusterImage, EMPTY_IMAGE } from "./model.ts";
import type { KafkaLog } from "./server-log.ts";

class MetadataState implements StateMachine {
  image: ClusterImage = EMPTY_IMAGE;
  changed: () => void = () => undefined;

  apply(change: string | undefined): string {
    if (change === undefined) return "";
    this.image = applyAll(this.image, JSON.parse(change) as Change[]);
    this.changed();
    return "";
  }

  dump(): string {
    return JSON.stringify(this.image);
  }

  load(dump: string): void {
    this.image = JSON.parse(dump) as ClusterImage;
    this.changed();
  }
}

export class QuorumController {
  readonly controller: Controller;
  readonly #ensemble: Ensemble;
  readonly #journal: Journal;
  readonly #state = new MetadataState();
  readonly #config: KafkaConfig;
  readonly #clusterId: string;
  #active = false;

  constructor(process: Process, config: KafkaConfig, clusterId: string, log: KafkaLog, fatal: (error: Error) => void) {
    this.#config = config;
    this.#clusterId = clusterId;
    const directory = `${config.metadataDir}/__cluster_metadata-0`;
    this.#journal = new Journal(
      process.files,
      {
        snapshot: `${directory}/00000000000000000000-0000000000.checkpoint`,
        log: `${directory}/00000000000000000000.log`,
      },
      this.#state,
    );
    this.#journal.open();
    const where = `QuorumController id=${config.nodeId}`;
    this.controller = new Controller({
      process,
      clusterId: () => clusterId,
      image: () => this.#state.image,
      commit: async (changes) => {
        try {
          await this.#ensemble.submit(JSON.stringify(changes));
        } catch (error) {
          if (error instanceof NoQuorum) throw new KafkaError("NOT_CONTROLLER");
          throw error;
        }
      },
      active: () => this.#active,
      sessionTimeoutMs: config.number("broker.session.timeout.ms"),
      defaults: {
        partitions: config.number("num.partitions"),
        replicationFactor: config.number("default.replication.factor"),
      },
      quorum: () => this.#describe(),
      log: (level, text) => log(level, `[${where}] ${text}`, "org.apache.kafka.controller.QuorumController"),
    });
    this.#state.changed = () => this.controller.imageChanged();
    const members = config.voters.map(({ id, host, port }) => ({ id: String(id), rank: -id, host, port }));
    const self = members.find(({ id }) => id === String(config.nodeId));
    if (self === undefined) throw new Error("not a voter");
    this.#ensemble = new Ensemble({
      process,
      cluster: clusterId,
      self,
      members,
      listen: [],
      journal: this.#journal,
      changed: ({ serving, role, leader }) => {
        const active = serving && role === "leader";
        if (serving && leader !== undefined)
          log(
            "INFO",
            `[RaftManager id=${config.nodeId}] Completed transition to ${role === "leader" ? "Leader" : "FollowerState"}(epoch=${this.#journal.term}, leader=${leader})`,
            "org.apache.kafka.raft.QuorumState",
          );
        if (active === this.#active) return;
        this.#active = active;
        log(
          "INFO",
          `[${where}] ${active ? `Becoming the active controller at epoch ${this.#journal.term}` : "Renouncing the leadership"}`,
          "org.apache.kafka.controller.QuorumController",
        );
        if (active) this.controller.activated();
        else this.controller.deactivated();
      },
      foreign: (other) => {
        const error = new Error(`Received cluster ID ${other} from a voter, but this node belongs to ${clusterId}`);
        log(
          "ERROR",
          `[RaftManager id=${config.nodeId}] Unexpected error INCONSISTENT_CLUSTER_ID in VOTE response: ${error.message}`,
          "org.apache.kafka.raft.KafkaRaftClient",
        );
        fatal(error);
      },
      broken: fatal,
      log: (text) => log("INFO", `[RaftManager id=${config.nodeId}] ${text}`, "org.apache.kafka.raft.KafkaRaftClient"),
    });
  }

  start(): void {
    this.#ensemble.start();
  }

  close(): void {
    this.#ensemble.close();
  }

  /** One connection to the controller's port: another voter, or a broker. */
  async accept(connection: Connection): Promise<void> {
    const seen = await peek(connection);
    if (seen.first === undefined) return;
    const voter = new TextDecoder().decode(seen.first.subarray(0, 8)).startsWith('{"type"');
    await (voter ? this.#ensemble.accept(seen.connection) : this.controller.serve(seen.connection));
  }

  #describe(): QuorumReply {
    const own = this.#config.nodeId;
    const end = this.#journal.last.index;
    const listener = this.#config.controllerListeners[0] ?? "CONTROLLER";
    const brokers = Object.values(this.#state.image.brokers);
    return {
      clusterId: this.#clusterId,
      leader: own,
      epoch: this.#journal.term,
      highWatermark: this.#journal.applied.index,
      voters: this.#config.voters.map(({ id, host, port }) => ({
        id,
        end: id === own ? end : (this.#ensemble.following(String(id))?.acknowledged ?? -1),
        endpoint: `${listener}://${host}:${port}`,
      })),
      observers: brokers
        .filter(({ id, fenced }) => !fenced && !this.#config.voters.some((voter) => voter.id === id))
        .map(({ id }) => ({ id, end })),
    };
  }
}
