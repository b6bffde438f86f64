/** A broker of ZooKeeper mode: the cluster's state is in ZooKeeper, and one of the brokers is the controller. */
import { isErrno, type Process } from "../../machine/index.ts";
import { Pulse } from "../kit/pulse.ts";
import { resolveHost } from "../kit/resolve.ts";
import { dialRpc, LinkLost, Refused, type RpcLink } from "../kit/rpc.ts";
import { untilStopped } from "../kit/server.ts";
import type { Write } from "../zookeeper/tree.ts";
import { Broker } from "./broker.ts";
import type { KafkaConfig } from "./config.ts";
import { Controller } from "./controller.ts";
import { repair } from "./decisions.ts";
import { decodeError, KafkaError } from "./errors.ts";
import { acceptClients } from "./listeners.ts";
import type { BrokerRequest, ControllerRequest } from "./messages.ts";
import { applyChange, type Change, type ClusterImage, EMPTY_IMAGE } from "./model.ts";
import type { KafkaLog } from "./server-log.ts";
import { randomUuid, readMeta, writeMeta } from "./storage.ts";
import { brokerData, PERSISTENT, readImage, writesOf } from "./znodes.ts";
import { ZooKeeperLost, ZooKeeperSession } from "./zookeeper.ts";

const RETRY_MS = 500;
const SHUTDOWN_MS = 5000;

/** The server does not start with these. */
export class ZkFatal extends Error {
  readonly exception: string;
  constructor(exception: string, message: string) {
    super(message);
    this.exception = exception;
  }
}

/** Transaction ids in their order; larger than any number of changes a cluster sees here. */
const versionOf = (zxid: string) => Number(BigInt(zxid));

export class ZkKafkaServer {
  readonly #process: Process;
  readonly #config: KafkaConfig;
  readonly #log: KafkaLog;
  readonly #stop: ReturnType<typeof untilStopped>;
  readonly #incarnation: string;
  readonly #closers: (() => void)[] = [];
  readonly #imageMoved = new Pulse();
  /** Brokers whose node has gone, and what will say that they are. */
  readonly #missing = new Map<number, () => void>();
  readonly #leaving = new Set<number>();
  /** Of the missing, the ones whose time is over. */
  readonly #expired = new Set<number>();
  #clusterId = "";
  #image: ClusterImage = EMPTY_IMAGE;
  #controllerId = -1;
  #session: ZooKeeperSession | undefined;
  #active = false;
  #electing = false;
  #stopping = false;
  #failed: Error | undefined;
  #link: { readonly id: number; readonly incarnation: string; readonly link: RpcLink } | undefined;
  readonly #controller: Controller;

  constructor(process: Process, config: KafkaConfig, log: KafkaLog) {
    this.#process = process;
    this.#config = config;
    this.#log = log;
    this.#incarnation = randomUuid(process);
    this.#stop = untilStopped(process, ["SIGTERM", "SIGINT"]);
    this.#controller = new Controller({
      process,
      clusterId: () => this.#clusterId,
      image: () => this.#image,
      commit: (changes) => this.#commit(changes),
      active: () => this.#active,
      sessionTimeoutMs: config.number("zookeeper.session.timeout.ms"),
      defaults: {
        partitions: config.number("num.partitions"),
        replicationFactor: config.number("default.replication.factor"),
      },
      quorum: () => {
        throw new KafkaError("UNSUPPORTED_VERSION", "The node does not support DESCRIBE_QUORUM");
      },
      log: (level, text) => log(level, `[Controller id=${config.nodeId}] ${text}`, "kafka.controller.KafkaController"),
    });
  }

  get #root(): string {
    return this.#config.zookeeper?.root ?? "";
  }

  async run(): Promise<number> {
    const { clock } = this.#process;
    const servers = this.#config.zookeeper?.servers ?? "";
    const info = (text: string, logger: string) => this.#log("INFO", text, logger);
    info(`Connecting to zookeeper on ${servers}${this.#root}`, "kafka.server.KafkaServer");
    info("[ZooKeeperClient Kafka server] Waiting until connected.", "kafka.zookeeper.ZooKeeperClient");
    const deadline = clock.now() + Number(this.#config.values.get("zookeeper.connection.timeout.ms") ?? 18_000);
    let session = await ZooKeeperSession.open(this.#process, servers);
    while (session === undefined && !this.#process.signal.aborted) {
      if (clock.now() >= deadline)
        throw new ZkFatal(
          "kafka.zookeeper.ZooKeeperClientTimeoutException",
          "Timed out waiting for connection while in state: CONNECTING",
        );
      await Promise.race([clock.sleep(RETRY_MS, this.#process.signal), this.#stop.stopped]);
      session = await ZooKeeperSession.open(this.#process, servers);
    }
    if (session === undefined) return 1;
    info("[ZooKeeperClient Kafka server] Connected.", "kafka.zookeeper.ZooKeeperClient");
    await this.#identify(session);
    session.close();
    const broker = new Broker({
      process: this.#process,
      config: this.#config,
      clusterId: this.#clusterId,
      log: this.#log,
      controller: (request, until) => this.#ask(request, until),
      controllerId: () => this.#controllerId,
      asController: (request) => this.#decide(request),
      broken: (error) => this.#fail(error),
    });
    void this.#live(broker);
    const signal = await this.#stop.stopped;
    this.#stopping = true;
    info(`[KafkaServer id=${this.#config.nodeId}] shutting down`, "kafka.server.KafkaServer");
    if (this.#failed === undefined && this.#config.flag("controlled.shutdown.enable")) {
      info(`[KafkaServer id=${this.#config.nodeId}] Starting controlled shutdown`, "kafka.server.KafkaServer");
      try {
        await this.#ask({ op: "shutdown", id: this.#config.nodeId }, clock.now() + SHUTDOWN_MS);
        info(
          `[KafkaServer id=${this.#config.nodeId}] Controlled shutdown request returned successfully`,
          "kafka.server.KafkaServer",
        );
      } catch (error) {
        if (!(error instanceof KafkaError) || this.#process.signal.aborted) throw error;
      }
    }
    this.#resign();
    this.#session?.close();
    this.#link?.link.close();
    for (const close of this.#closers) close();
    broker.close();
    info(`[KafkaServer id=${this.#config.nodeId}] shut down completed`, "kafka.server.KafkaServer");
    if (this.#failed !== undefined) {
      this.#log("ERROR", `Exiting Kafka due to fatal exception: ${this.#failed.message}`, "kafka.Kafka$");
      return 1;
    }
    return signal === "SIGINT" ? 130 : signal === undefined ? 0 : 143;
  }

  #fail(error: Error): void {
    this.#failed ??= error;
    this.#stop.stop();
  }

  /** Cluster id of ZooKeeper against that of the disk. Throws `ZkFatal`. */
  async #identify(session: ZooKeeperSession): Promise<void> {
    const { logDir, nodeId } = this.#config;
    for (const path of PERSISTENT) await this.#ensure(session, `${this.#root}${path}`);
    const path = `${this.#root}/cluster/id`;
    await session.create(path, JSON.stringify({ version: "1", id: randomUuid(this.#process) }), false);
    const { id } = JSON.parse((await session.get(path)) ?? "{}") as { id: string };
    this.#clusterId = id;
    this.#log("INFO", `Cluster ID = ${id}`, "kafka.server.KafkaServer");
    const meta = readMeta(this.#process, logDir);
    if (meta !== undefined && meta.clusterId !== id)
      throw new ZkFatal(
        "kafka.common.InconsistentClusterIdException",
        `The Cluster ID ${id} doesn't match stored clusterId Some(${meta.clusterId}) in meta.properties. The broker is trying to join the wrong cluster. Configured zookeeper.connect may be wrong.`,
      );
    if (meta !== undefined && nodeId >= 0 && meta.nodeId !== nodeId)
      throw new ZkFatal(
        "kafka.common.InconsistentBrokerIdException",
        `Configured broker.id ${nodeId} doesn't match stored broker.id Some(${meta.nodeId}) in meta.properties. If you moved your data, make sure your configured broker.id matches. If you intend to create a new broker, you should remove all data in your data directories (log.dirs).`,
      );
    if (nodeId < 0)
      throw new ZkFatal(
        "org.apache.kafka.common.config.ConfigException",
        "broker.id: generated ids are not supported here; give one",
      );
    if (meta === undefined) writeMeta(this.#process, logDir, { version: 0, clusterId: id, nodeId });
  }

  async #ensure(session: ZooKeeperSession, path: string): Promise<void> {
    for (let at = path.indexOf("/", 1); at !== -1; at = path.indexOf("/", at + 1))
      await session.create(path.slice(0, at), "", false);
    await session.create(path, "", false);
  }

  /** Lives as long as the server: one session after another, and in each the nodes of this broker. */
  async #live(broker: Broker): Promise<void> {
    const { process } = { process: this.#process };
    const servers = this.#config.zookeeper?.servers ?? "";
    let opened = false;
    while (!this.#stopping && !process.signal.aborted) {
      try {
        const session = await ZooKeeperSession.open(process, servers);
        const watching = session === undefined ? undefined : await ZooKeeperSession.open(process, servers);
        if (session !== undefined && watching !== undefined) {
          this.#session = session;
          try {
            await this.#register(session);
            for (let after = ""; !this.#stopping; ) {
              after = await this.#read(watching, after);
              broker.update(this.#image);
              await this.#elect(session);
              this.#notice();
              if (!opened) this.#open(broker);
              opened = true;
            }
          } finally {
            this.#session = undefined;
            this.#resign();
            session.close();
            watching.close();
          }
        }
      } catch (error) {
        if (process.signal.aborted) return;
        if (error instanceof ZkFatal) {
          this.#fail(error);
          return;
        }
        if (!(error instanceof ZooKeeperLost) && !isErrno(error)) throw error;
        this.#log(
          "WARN",
          "[ZooKeeperClient Kafka server] Connection to ZooKeeper lost, reconnecting",
          "kafka.zookeeper.ZooKeeperClient",
        );
      }
      await process.clock.sleep(RETRY_MS, process.signal).catch(() => undefined);
    }
  }

  /** Makes this broker's node. One of a former session or process ends with that session. */
  async #register(session: ZooKeeperSession): Promise<void> {
    const { clock, signal } = this.#process;
    const { nodeId, advertised, rack } = this.#config;
    const path = `${this.#root}/brokers/ids/${nodeId}`;
    const data = brokerData({ id: nodeId, incarnation: this.#incarnation, endpoints: advertised, rack }, clock.now());
    const deadline = clock.now() + 2 * this.#config.number("zookeeper.session.timeout.ms");
    this.#log("INFO", `Creating ${path} (is it secure? false)`, "kafka.zk.KafkaZkClient");
    while (!(await session.create(path, data, true))) {
      const other = await session.get(path);
      if (other?.includes(this.#incarnation) === true) await session.ask({ op: "delete", path, version: -1 });
      else if (clock.now() >= deadline)
        throw new ZkFatal(
          "org.apache.zookeeper.KeeperException$NodeExistsException",
          `KeeperErrorCode = NodeExists for ${path}`,
        );
      else {
        this.#log(
          "ERROR",
          `Error while creating ephemeral at ${path}, node already exists and owner does not match current session`,
          "kafka.zk.KafkaZkClient$CheckedEphemeral",
        );
        await clock.sleep(1000, signal);
      }
    }
    this.#log(
      "INFO",
      `Registered broker ${nodeId} at path ${path} with addresses: ${advertised.map(({ listener, host, port }) => `${listener}://${host}:${port}`).join(",")}`,
      "kafka.zk.KafkaZkClient",
    );
  }

  /** Waits for the tree to be another one than that of `after`, and takes the image from it. */
  async #read(watching: ZooKeeperSession, after: string): Promise<string> {
    const root = this.#root;
    const reply = await watching.ask({ op: "tree", path: root || "/", after });
    if ("error" in reply || reply.zxid === undefined) throw new ZooKeeperLost("no tree");
    const nodes = new Map((reply.nodes ?? []).map(([path, data]) => [path.slice(root.length), data]));
    this.#image = readImage(nodes, versionOf(reply.zxid));
    const controller = nodes.get("/controller");
    this.#controllerId = controller === undefined ? -1 : (JSON.parse(controller) as { brokerid: number }).brokerid;
    this.#controller.imageChanged();
    this.#imageMoved.fire();
    return reply.zxid;
  }

  /** Whoever makes the node first is the controller. */
  async #elect(session: ZooKeeperSession): Promise<void> {
    const { nodeId } = this.#config;
    if (this.#controllerId !== -1 || this.#electing) return;
    this.#electing = true;
    try {
      const data = JSON.stringify({ version: 1, brokerid: nodeId, timestamp: String(this.#process.clock.now()) });
      if (!(await session.create(`${this.#root}/controller`, data, true))) return;
      const path = `${this.#root}/controller_epoch`;
      const epoch = Number((await session.get(path)) ?? 0) + 1;
      await session.put(path, String(epoch));
      this.#active = true;
      this.#controllerId = nodeId;
      this.#log(
        "INFO",
        `[Controller id=${nodeId}] ${nodeId} successfully elected as the controller. Epoch incremented to ${epoch}`,
        "kafka.controller.KafkaController",
      );
    } finally {
      this.#electing = false;
    }
  }

  #resign(): void {
    if (!this.#active) return;
    this.#active = false;
    this.#imageMoved.fire();
    for (const cancel of this.#missing.values()) cancel();
    this.#missing.clear();
    this.#expired.clear();
    this.#controller.imageChanged();
    this.#log("INFO", `[Controller id=${this.#config.nodeId}] Resigned`, "kafka.controller.KafkaController");
  }

  /** As controller. A broker that said it goes is not taken for one in sync any more. */
  #decide(request: ControllerRequest): Promise<unknown> {
    if (request.op === "shutdown") this.#leaving.add(request.id);
    if (request.op !== "alterIsr") return this.#controller.handle(request, undefined);
    const isr = request.isr.filter((id) => id === request.leader || !this.#leaving.has(id));
    return this.#controller.handle({ ...request, isr }, undefined);
  }

  /** As controller: brokers that are gone have their session's time to come back; then others lead. */
  #notice(): void {
    if (!this.#active) return;
    const present = new Set(Object.keys(this.#image.brokers).map(Number));
    const needed = new Set(
      Object.values(this.#image.topics).flatMap(({ partitions }) =>
        partitions.flatMap(({ isr, leader }) => [...isr, leader]),
      ),
    );
    for (const id of this.#leaving) if (!present.has(id)) this.#leaving.delete(id);
    for (const [id, cancel] of this.#missing) {
      if (!present.has(id)) continue;
      cancel();
      this.#missing.delete(id);
      this.#expired.delete(id);
    }
    for (const id of needed) {
      if (id === -1 || present.has(id) || this.#missing.has(id)) continue;
      const timeout = this.#config.number("zookeeper.session.timeout.ms");
      const cancel = this.#process.clock.after(timeout, () => {
        this.#log(
          "INFO",
          `[Controller id=${this.#config.nodeId}] Newly deleted brokers: ${id}`,
          "kafka.controller.KafkaController",
        );
        this.#expired.add(id);
        this.#repair();
      });
      this.#missing.set(id, cancel);
    }
    this.#repair();
  }

  #repair(): void {
    if (!this.#active || this.#process.signal.aborted) return;
    const waiting = [...this.#missing.keys()].filter((id) => !this.#expired.has(id));
    const living = [...Object.keys(this.#image.brokers).map(Number), ...waiting];
    const changes = repair(this.#image, living);
    if (changes.length === 0) return;
    this.#controller
      .decide((image) => repair(image, living))
      .catch((error: unknown) => {
        if (!(error instanceof KafkaError) && !this.#process.signal.aborted) throw error;
      });
  }

  /** Writes what was decided, and resolves when it is what ZooKeeper tells everybody. */
  async #commit(changes: readonly Change[]): Promise<void> {
    const session = this.#session;
    if (session === undefined || !this.#active) throw new KafkaError("NOT_CONTROLLER");
    try {
      let image = this.#image;
      const writes: Write[] = [];
      for (const change of changes) {
        image = applyChange(image, change);
        for (const write of writesOf(change, image)) writes.push({ ...write, path: `${this.#root}${write.path}` });
      }
      if (writes.length === 0) return;
      const reply = await session.ask({ op: "multi", path: "/", writes });
      if ("error" in reply || reply.zxid === undefined) throw new ZooKeeperLost("not written");
      while (this.#active && this.#image.version < versionOf(reply.zxid)) await this.#imageMoved.next();
    } catch (error) {
      if (error instanceof ZooKeeperLost) throw new KafkaError("NOT_CONTROLLER");
      throw error;
    }
  }

  #open(broker: Broker): void {
    const { nodeId, listeners } = this.#config;
    try {
      for (const close of acceptClients(this.#process, broker, listeners, this.#log)) this.#closers.push(close);
    } catch (error) {
      if (!isErrno(error)) throw error;
      this.#fail(error);
      return;
    }
    this.#log("INFO", `[KafkaServer id=${nodeId}] started`, "kafka.server.KafkaServer");
  }

  /** Asks the broker that is the controller. */
  async #ask(request: ControllerRequest, deadline: number): Promise<unknown> {
    const { clock, signal } = this.#process;
    for (;;) {
      try {
        if (this.#active) return await this.#decide(request);
        const link = await this.#dialController();
        if (link !== undefined) return await link.ask({ op: "controller", request } satisfies BrokerRequest);
      } catch (error) {
        const refusal = error instanceof Refused ? decodeError(error.message) : error;
        if (
          refusal instanceof KafkaError
            ? refusal.code !== "NOT_CONTROLLER"
            : !(refusal instanceof LinkLost) && !isErrno(refusal)
        )
          throw refusal;
      }
      if (clock.now() >= deadline || signal.aborted) throw new KafkaError("REQUEST_TIMED_OUT");
      await this.#imageMoved.until(clock, Math.min(deadline, clock.now() + RETRY_MS));
    }
  }

  async #dialController(): Promise<RpcLink | undefined> {
    const controller = this.#image.brokers[this.#controllerId];
    const endpoint = controller?.endpoints.find(({ listener }) => listener === this.#config.interBroker);
    if (controller === undefined || endpoint === undefined) return undefined;
    const known = this.#link;
    if (known?.id === controller.id && known.incarnation === controller.incarnation && known.link.open)
      return known.link;
    known?.link.close();
    const address = await resolveHost(this.#process, endpoint.host);
    if (address === undefined) return undefined;
    const link = await dialRpc(this.#process, address, endpoint.port);
    this.#link = { id: controller.id, incarnation: controller.incarnation, link };
    return link;
  }
}
