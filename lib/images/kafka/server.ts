/** The Kafka server: broker, controller, or both (KRaft). */
import { isErrno, type Process } from "../../machine/index.ts";
import { Pulse } from "../kit/pulse.ts";
import { resolveHost } from "../kit/resolve.ts";
import { dialRpc, LinkLost, Refused, type RpcLink } from "../kit/rpc.ts";
import { serve, untilStopped } from "../kit/server.ts";
import { Broker } from "./broker.ts";
import type { KafkaConfig } from "./config.ts";
import { decodeError, KafkaError } from "./errors.ts";
import { acceptClients, bind } from "./listeners.ts";
import type { ControllerRequest } from "./messages.ts";
import type { ClusterImage } from "./model.ts";
import { QuorumController } from "./quorum.ts";
import type { KafkaLog } from "./server-log.ts";
import { randomUuid } from "./storage.ts";

const RETRY_MS = 500;
const SHUTDOWN_MS = 5000;

export class KafkaServer {
  readonly #process: Process;
  readonly #config: KafkaConfig;
  readonly #clusterId: string;
  readonly #log: KafkaLog;
  readonly #stop: ReturnType<typeof untilStopped>;
  readonly #quorum: QuorumController | undefined;
  readonly #broker: Broker | undefined;
  readonly #closers: (() => void)[] = [];
  readonly #linked = new Pulse();
  readonly #incarnation: string;
  #link: RpcLink | undefined;
  #controllerId = -1;
  #failed: Error | undefined;
  #stopping = false;

  constructor(process: Process, config: KafkaConfig, clusterId: string, log: KafkaLog) {
    this.#process = process;
    this.#config = config;
    this.#clusterId = clusterId;
    this.#log = log;
    this.#incarnation = randomUuid(process);
    this.#stop = untilStopped(process, ["SIGTERM", "SIGINT"]);
    const broken = (error: Error) => this.#fail(error);
    this.#quorum = config.controller ? new QuorumController(process, config, clusterId, log, broken) : undefined;
    this.#broker = config.broker
      ? new Broker({
          process,
          config,
          clusterId,
          log,
          controller: (request, deadline) => this.#ask(request, deadline),
          controllerId: () => this.#controllerId,
          broken,
        })
      : undefined;
  }

  async run(): Promise<number> {
    const { nodeId, listeners, controllerListeners } = this.#config;
    const info = (text: string, logger: string) => this.#log("INFO", text, logger);
    try {
      for (const { listener, host, port } of listeners) {
        const quorum = this.#quorum;
        if (quorum === undefined || !controllerListeners.includes(listener)) continue;
        this.#closers.push(serve(this.#process, port, (connection) => quorum.accept(connection), bind(host)));
        info(
          `[SocketServer listenerType=CONTROLLER, nodeId=${nodeId}] Created data-plane acceptor and processors for endpoint : ListenerName(${listener})`,
          "kafka.network.SocketServer",
        );
      }
    } catch (error) {
      if (!isErrno(error)) throw error;
      return this.#died(error);
    }
    this.#quorum?.start();
    if (this.#broker !== undefined) void this.#session(this.#broker);
    else info(`[KafkaRaftServer nodeId=${nodeId}] Kafka Server started`, "kafka.server.KafkaRaftServer");
    const signal = await this.#stop.stopped;
    if (signal !== undefined) {
      info(`Terminating process due to signal ${signal}`, "org.apache.kafka.common.utils.LoggingSignalHandler");
      info(`[BrokerServer id=${nodeId}] Transition from STARTED to SHUTTING_DOWN`, "kafka.server.BrokerServer");
    }
    this.#stopping = true;
    if (this.#broker !== undefined && this.#failed === undefined && this.#config.flag("controlled.shutdown.enable")) {
      // Others lead before this one is gone.
      try {
        await this.#ask({ op: "shutdown", id: nodeId }, this.#process.clock.now() + SHUTDOWN_MS);
      } catch (error) {
        if (!(error instanceof KafkaError) || this.#process.signal.aborted) throw error;
      }
    }
    this.#link?.close();
    for (const close of this.#closers) close();
    this.#broker?.close();
    this.#quorum?.close();
    if (this.#failed !== undefined) return this.#died(this.#failed);
    info(
      `[KafkaRaftServer nodeId=${nodeId}] App info kafka.server for ${nodeId} unregistered`,
      "org.apache.kafka.common.utils.AppInfoParser",
    );
    return signal === "SIGINT" ? 130 : signal === undefined ? 0 : 143;
  }

  #died(error: Error): number {
    this.#log("ERROR", `Exiting Kafka due to fatal exception during startup or I/O: ${error.message}`, "kafka.Kafka$");
    return 1;
  }

  #fail(error: Error): void {
    this.#failed ??= error;
    this.#stop.stop();
  }

  /** Stays registered with the active controller, and follows what it decides. */
  async #session(broker: Broker): Promise<void> {
    const { process } = { process: this.#process };
    let opened = false;
    for (let turn = 0; !this.#stopping && !process.signal.aborted; turn++) {
      const voter = this.#config.voters[turn % this.#config.voters.length];
      if (voter === undefined) return;
      try {
        const address = await resolveHost(process, voter.host);
        if (address === undefined) throw new LinkLost("no such host");
        const link = await dialRpc(process, address, voter.port);
        try {
          await link.ask({
            op: "register",
            cluster: this.#clusterId,
            broker: {
              id: this.#config.nodeId,
              incarnation: this.#incarnation,
              endpoints: this.#config.advertised,
              rack: this.#config.rack,
            },
          } satisfies ControllerRequest);
          this.#link = link;
          this.#controllerId = voter.id;
          this.#linked.fire();
          for (let after = -1; ; ) {
            const image = await link.ask<ClusterImage>({ op: "image", after } satisfies ControllerRequest);
            after = image.version;
            broker.update(image);
            if (!opened) this.#open(broker);
            opened = true;
          }
        } finally {
          link.close();
          if (this.#link === link) this.#link = undefined;
        }
      } catch (error) {
        if (process.signal.aborted) return;
        if (error instanceof Refused) {
          const refusal = decodeError(error.message);
          if (refusal.code === "INCONSISTENT_CLUSTER_ID") {
            this.#log(
              "ERROR",
              `[BrokerLifecycleManager id=${this.#config.nodeId}] Unable to register broker: ${refusal.message}`,
              "kafka.server.BrokerLifecycleManager",
            );
            this.#fail(refusal);
            return;
          }
          if (refusal.code !== "NOT_CONTROLLER")
            this.#log(
              "INFO",
              `[BrokerLifecycleManager id=${this.#config.nodeId}] Unable to register broker ${this.#config.nodeId} because the controller returned error ${refusal.code}`,
              "kafka.server.BrokerLifecycleManager",
            );
        } else if (!isErrno(error) && !(error instanceof LinkLost)) throw error;
      }
      await process.clock.sleep(RETRY_MS, process.signal).catch(() => undefined);
    }
  }

  /** Clients are let in once the broker knows its cluster and the cluster knows it. */
  #open(broker: Broker): void {
    const { nodeId, listeners, controllerListeners } = this.#config;
    try {
      const open = listeners.filter(({ listener }) => !controllerListeners.includes(listener));
      for (const close of acceptClients(this.#process, broker, open, this.#log)) this.#closers.push(close);
    } catch (error) {
      if (!isErrno(error)) throw error;
      this.#fail(error);
      return;
    }
    this.#log("INFO", `[BrokerServer id=${nodeId}] Transition from STARTING to STARTED`, "kafka.server.BrokerServer");
    this.#log("INFO", `[KafkaRaftServer nodeId=${nodeId}] Kafka Server started`, "kafka.server.KafkaRaftServer");
  }

  async #ask(request: ControllerRequest, deadline: number): Promise<unknown> {
    const { clock, signal } = this.#process;
    for (;;) {
      const link = this.#link;
      if (link !== undefined) {
        try {
          return await link.ask(request);
        } catch (error) {
          if (error instanceof Refused) {
            const refusal = decodeError(error.message);
            if (refusal.code !== "NOT_CONTROLLER") throw refusal;
          } else if (!(error instanceof LinkLost)) throw error;
        }
      }
      if (clock.now() >= deadline || signal.aborted) throw new KafkaError("REQUEST_TIMED_OUT");
      await this.#linked.until(clock, Math.min(deadline, clock.now() + RETRY_MS));
    }
  }
}
