/** The Cassandra server: one process, one node of the ring. */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import { peek } from "../kit/peek.ts";
import { resolveAll } from "../kit/resolve.ts";
import { answerRpc } from "../kit/rpc.ts";
import { serve, untilStopped } from "../kit/server.ts";
import type { CassandraConfig } from "./config.ts";
import { type Consistency, Coordinator } from "./coordinator.ts";
import type { Modification } from "./cql/ast.ts";
import { CqlError, randomUuid } from "./cql/types.ts";
import { type Endpoint, type EndpointStatus, Gossip, isGone, type PeerMessage } from "./gossip.ts";
import { Movement, OperationError } from "./movement.ts";
import { describe, execute } from "./query/execute.ts";
import { decide } from "./query/modify.ts";
import type { QueryContext } from "./query/result.ts";
import { virtualTable } from "./query/virtual.ts";
import { type KeyspaceSchema, Schema, type SchemaState, type TableSchema } from "./schema.ts";
import { type LocalState, Storage } from "./storage.ts";
import { PreparedStatements } from "./wire/prepared.ts";
import { serveClient } from "./wire/serve.ts";

export const NATIVE_PORT = 9042;
/** After this long a node that died while joining is forgotten. */
const FAT_CLIENT_MS = 30_000;

type Mode = "STARTING" | "JOINING" | "NORMAL" | "LEAVING" | "DECOMMISSIONED" | "DRAINING" | "DRAINED";

/** What cqlsh sends. */
export type ClientRequest =
  | { readonly type: "hello" }
  | {
      readonly type: "query";
      readonly cql: string;
      readonly keyspace: string | undefined;
      readonly consistency: Consistency;
    }
  | { readonly type: "describe"; readonly words: readonly string[]; readonly keyspace: string | undefined };

/** A reason not to start, with the class that Java would name. */
export class StartupError extends Error {
  readonly javaClass: string;
  constructor(javaClass: string, message: string) {
    super(message);
    this.javaClass = javaClass;
  }
}

export class CassandraNode {
  mode: Mode = "STARTING";
  readonly process: Process;
  readonly config: CassandraConfig;
  readonly release: string;
  readonly storage: Storage;
  readonly schema = new Schema();
  readonly gossip: Gossip;
  readonly coordinator: Coordinator;
  readonly movement: Movement;
  readonly started: number;
  handoff: boolean;
  #local: LocalState;
  #lastTimestamp = 0;
  #closeClients: (() => void) | undefined;
  #gossipBroken = false;
  readonly #stop: ReturnType<typeof untilStopped>;

  constructor(process: Process, config: CassandraConfig, release: string) {
    this.process = process;
    this.config = config;
    this.release = release;
    this.started = process.clock.now();
    this.handoff = config.hintedHandoff;
    this.storage = new Storage(process.files, {
      data: config.dataDirectory,
      commitLog: config.commitLogDirectory,
      hints: config.hintsDirectory,
      tableFormat: this.major >= 5 ? "oa" : this.major >= 4 ? "nb" : "me",
      logFormat: this.major >= 5 ? 8 : this.major >= 4 ? 7 : 6,
    });
    const schema = this.storage.readSchema();
    if (schema !== undefined) this.schema.merge(schema);
    const random = () => process.clock.random();
    this.#local = this.#checked(this.storage.readLocal()) ?? {
      hostId: randomUuid(random),
      clusterName: config.clusterName,
      dataCenter: config.dataCenter,
      rack: config.rack,
      tokens: [],
      bootstrapped: "NEEDS_BOOTSTRAP",
    };
    const self: Endpoint = {
      hostId: this.#local.hostId,
      dataCenter: config.dataCenter,
      rack: config.rack,
      tokens: this.#local.tokens,
      address: config.address,
      status: "BOOT",
      generation: Math.floor(process.clock.now() / 1000),
      version: 1,
      release,
      schema: this.schema.version,
      load: 0,
    };
    this.gossip = new Gossip(
      {
        process,
        clusterName: config.clusterName,
        schema: () => this.schema.state(),
        learnSchema: (state) => this.#learnSchema(state),
        handle: (message) => this.#handlePeer(message),
        changed: (endpoint, former) => this.#peerChanged(endpoint, former),
        up: (hostId) => this.#peerUp(hostId),
        down: (hostId) => this.#peerDown(hostId),
        log: (level, where, text) => this.log(level, where, text),
      },
      self,
      this.storage.readPeers<Endpoint>(),
    );
    const host = {
      process,
      storage: this.storage,
      schema: this.schema,
      gossip: this.gossip,
      handoff: () => this.handoff,
      broken: (error: Error) => this.#diskBroken(error),
    };
    this.coordinator = new Coordinator(host);
    this.movement = new Movement({ ...host, coordinator: this.coordinator, major: this.major });
    this.#stop = untilStopped(process, ["SIGTERM", "SIGINT"]);
  }

  get major(): number {
    return Number(this.release.split(".")[0]);
  }

  get bootstrapped(): LocalState["bootstrapped"] {
    return this.#local.bootstrapped;
  }

  get nativeRunning(): boolean {
    return this.#closeClients !== undefined;
  }

  log(level: "INFO" | "WARN" | "ERROR", where: string, text: string): void {
    const stamp = new Date(this.process.clock.now()).toISOString().replace("T", " ").replace("Z", "").replace(".", ",");
    void this.process.stdout
      .write(`${level.padEnd(5)} [main] ${stamp} ${where}.java - ${text}\n`)
      .catch(() => undefined);
  }

  /** A former process' files, unless they belong to another cluster or place. */
  #checked(local: LocalState | undefined): LocalState | undefined {
    const { clusterName, dataCenter, rack } = this.config;
    if (local === undefined) return undefined;
    const refuse = (text: string) => new StartupError("org.apache.cassandra.exceptions.ConfigurationException", text);
    if (local.clusterName !== clusterName)
      throw refuse(`Saved cluster name ${local.clusterName} != configured name ${clusterName}`);
    if (local.dataCenter !== dataCenter)
      throw refuse(
        `Cannot start node if snitch's data center (${dataCenter}) differs from previous data center (${local.dataCenter}). Please fix the snitch configuration, decommission and rebootstrap this node or use the flag -Dcassandra.ignore_dc=true.`,
      );
    if (local.rack !== rack)
      throw refuse(
        `Cannot start node if snitch's rack (${rack}) differs from previous rack (${local.rack}). Please fix the snitch configuration, decommission and rebootstrap this node or use the flag -Dcassandra.ignore_rack=true.`,
      );
    if (local.bootstrapped === "DECOMMISSIONED" && !this.config.overrideDecommission)
      throw refuse(
        "This node was decommissioned and will not rejoin the ring unless cassandra.override_decommission=true has been set, or all existing data is removed and the node is bootstrapped again",
      );
    return local.bootstrapped === "DECOMMISSIONED" ? { ...local, bootstrapped: "NEEDS_BOOTSTRAP", tokens: [] } : local;
  }

  #remember(change: Partial<LocalState>): void {
    this.#local = { ...this.#local, ...change };
    this.storage.writeLocal(this.#local);
  }

  // ------------------------------------------------------------------------------------------------------------ starting

  async run(): Promise<number> {
    this.log("INFO", "StorageService", `Cassandra version: ${this.release}`);
    this.storage.open(this.schema, this.process.clock.now());
    if (this.storage.replayed > 0)
      this.log("INFO", "CommitLog", `Log replay complete, ${this.storage.replayed} replayed mutations`);
    this.gossip.listen();
    const starting = this.#join().then(
      () => "joined" as const,
      (problem: unknown) => problem,
    );
    const first = await Promise.race([starting, this.#stop.stopped]);
    if (first !== "joined" && first instanceof Error) {
      this.gossip.close();
      if (!(first instanceof StartupError) && !(first instanceof OperationError)) throw first;
      const name = first instanceof StartupError ? first.javaClass : "java.lang.RuntimeException";
      this.log("ERROR", "CassandraDaemon", "Exception encountered during startup");
      await this.process.stdout.write(`${name}: ${first.message}\n`);
      await this.process.stderr.write(`Exception (${name}) encountered during startup: ${first.message}\n`);
      return 3;
    }
    const signal = await this.#stop.stopped;
    if (this.mode === "NORMAL") await this.drain();
    this.gossip.close();
    this.#closeClients?.();
    return signal === "SIGINT" ? 130 : 143;
  }

  stop(): void {
    this.#stop.stop();
  }

  async #seeds(): Promise<{ readonly others: readonly string[]; readonly isSeed: boolean }> {
    const found: string[] = [];
    for (const seed of this.config.seeds) {
      const addresses = seed === "localhost" ? ["127.0.0.1"] : await resolveAll(this.process, seed);
      if (addresses.length === 0) this.log("WARN", "SimpleSeedProvider", `Seed provider couldn't lookup host ${seed}`);
      found.push(...addresses);
    }
    if (found.length === 0)
      throw new StartupError(
        "org.apache.cassandra.exceptions.ConfigurationException",
        "The seed provider lists no seeds.",
      );
    const own = (address: string) => address === this.config.address || address === "127.0.0.1";
    return { others: found.filter((address) => !own(address)), isSeed: found.some(own) };
  }

  /** What the cluster knows, asked of the seeds (since 4.0 also of nodes known from before). */
  async #shadowRound(): Promise<{
    readonly isSeed: boolean;
    readonly states: readonly Endpoint[];
    readonly met: readonly string[];
  }> {
    const { clock, signal } = this.process;
    const saved = [...this.gossip.endpoints.values()].filter(
      (one) => one.hostId !== this.gossip.self.hostId && !isGone(one),
    );
    for (let waited = 0; ; waited += 5000) {
      const { others, isSeed } = await this.#seeds();
      const asked = new Set(this.major >= 4 ? [...others, ...saved.map(({ address }) => address)] : others);
      for (const address of asked) {
        const states = await this.gossip.shadow(address);
        if (states !== undefined) return { isSeed, states, met: [...asked] };
      }
      if (isSeed) {
        if (asked.size > 0 || saved.length > 0)
          this.log(
            "WARN",
            "Gossiper",
            "Unable to gossip with any peers but continuing startup since node is in its own seed list",
          );
        return { isSeed, states: [], met: [...asked] };
      }
      if (waited >= this.config.ringDelayMs)
        throw new StartupError(
          "java.lang.RuntimeException",
          `Unable to gossip with any ${this.major >= 4 ? "peers" : "seeds"}`,
        );
      await clock.sleep(5000, signal);
    }
  }

  async #join(): Promise<void> {
    const { isSeed, states, met } = await this.#shadowRound();
    const others = states.filter((state) => state.hostId !== this.#local.hostId && !isGone(state));
    const known = this.#local.bootstrapped === "COMPLETED";
    const ring = others.some(({ status }) => status === "NORMAL" || status === "LEAVING");
    const bootstraps = !known && !isSeed && this.config.autoBootstrap && ring;
    if (!known) {
      const same = others.find(({ address, status }) => address === this.config.address && status !== "BOOT");
      if (same !== undefined)
        throw new StartupError(
          "java.lang.RuntimeException",
          `A node with address /${same.address} already exists, cancelling join. Use cassandra.replace_address if you want to replace this node.`,
        );
      if (
        bootstraps &&
        this.config.consistentRangeMovement &&
        others.some(({ status }) => status === "BOOT" || status === "LEAVING")
      )
        throw new StartupError(
          "java.lang.UnsupportedOperationException",
          "Other bootstrapping/leaving/moving nodes detected, cannot bootstrap while cassandra.consistent.rangemovement is true",
        );
    }
    this.mode = "JOINING";
    const tokens = this.#local.tokens.length > 0 ? this.#local.tokens : this.#newTokens();
    this.#remember({ tokens, bootstrapped: known ? "COMPLETED" : "IN_PROGRESS" });
    if (isSeed && !known && this.config.autoBootstrap)
      this.log(
        "INFO",
        "StorageService",
        "This node will not auto bootstrap because it is configured to be a seed node.",
      );
    const status: EndpointStatus = bootstraps ? "BOOT" : "NORMAL";
    this.gossip.announce({ tokens, status, load: this.storage.load(), schema: this.schema.version });
    const addresses = new Set([
      ...met,
      ...others.map(({ address }) => address),
      ...[...this.gossip.endpoints.values()].map(({ address }) => address),
    ]);
    await Promise.all([...addresses].map((address) => this.gossip.contact(address)));
    if (bootstraps) await this.#bootstrap();
    this.mode = "NORMAL";
    this.#remember({ bootstrapped: "COMPLETED" });
    this.gossip.announce({ status: "NORMAL", load: this.storage.load(), schema: this.schema.version });
    this.#savePeers();
    this.log("INFO", "StorageService", `Node ${this.#named(this.gossip.self)} state jump to NORMAL`);
    this.startNative();
    this.log("INFO", "CassandraDaemon", "Startup complete");
  }

  async #bootstrap(): Promise<void> {
    const { ringDelayMs, consistentRangeMovement } = this.config;
    const say = (text: string) => this.log("INFO", "StorageService", `JOINING: ${text}`);
    say("schema complete, ready to bootstrap");
    say("calculation complete, ready to bootstrap");
    say(`sleeping ${ringDelayMs} ms for pending range setup`);
    await this.process.clock.sleep(ringDelayMs, this.process.signal);
    say("Starting to bootstrap...");
    await this.movement.bootstrap(consistentRangeMovement);
    this.log("INFO", "StorageService", "Bootstrap completed for tokens");
    say("Finish joining ring");
  }

  #newTokens(): string[] {
    const { clock } = this.process;
    const word = () => BigInt(Math.floor(clock.random() * 2 ** 32));
    return Array.from({ length: this.config.numTokens }, () => BigInt.asIntN(64, (word() << 32n) | word()).toString());
  }

  startNative(): void {
    if (this.#closeClients !== undefined) return;
    const close = serve(this.process, NATIVE_PORT, (connection) => this.#client(connection));
    this.#closeClients = close;
    this.log(
      "INFO",
      "PipelineConfigurator",
      `Starting listening for CQL clients on /0.0.0.0:${NATIVE_PORT} (unencrypted)...`,
    );
  }

  stopNative(): void {
    this.#closeClients?.();
    this.#closeClients = undefined;
  }

  // ------------------------------------------------------------------------------------------------------------- leaving

  async drain(): Promise<void> {
    if (this.mode === "DRAINED") return;
    this.mode = "DRAINING";
    this.log("INFO", "StorageService", "DRAINING: starting drain process");
    this.stopNative();
    this.gossip.close();
    try {
      this.storage.flush(this.process.clock.now());
    } catch (problem) {
      if (!isErrno(problem)) throw problem;
      this.log("ERROR", "StorageService", `Caught exception while draining: ${problem.message}`);
    }
    this.mode = "DRAINED";
    this.log("INFO", "StorageService", "DRAINED");
  }

  /** Throws `OperationError`. */
  async decommission(force: boolean): Promise<void> {
    if (this.mode !== "NORMAL")
      throw new OperationError(
        this.mode === "DECOMMISSIONED"
          ? "Unsupported operation: Node in DECOMMISSIONED state; wait for status to become normal or restart"
          : `Unsupported operation: Node in ${this.mode} state; wait for status to become normal or restart`,
      );
    this.movement.checkLeaving(force);
    this.mode = "LEAVING";
    this.gossip.announce({ status: "LEAVING" });
    this.log(
      "INFO",
      "StorageService",
      `LEAVING: sleeping ${this.config.ringDelayMs} ms for batch processing and pending range setup`,
    );
    await this.process.clock.sleep(this.config.ringDelayMs, this.process.signal);
    this.log("INFO", "StorageService", "LEAVING: streaming data to other nodes");
    try {
      await this.movement.handOver();
    } catch (problem) {
      this.mode = "NORMAL";
      this.gossip.announce({ status: "NORMAL" });
      throw problem;
    }
    this.#remember({ bootstrapped: "DECOMMISSIONED" });
    this.gossip.announce({ status: "LEFT" });
    // The news must be out before the line is closed.
    await this.process.clock.sleep(1000, this.process.signal);
    this.stopNative();
    this.gossip.close();
    this.mode = "DECOMMISSIONED";
    this.log("INFO", "StorageService", "DECOMMISSIONED");
  }

  /** As disk_failure_policy and commit_failure_policy "stop": no service, but it can be asked what is wrong. */
  #diskBroken(error: Error): void {
    if (this.#gossipBroken) return;
    this.#gossipBroken = true;
    this.log("ERROR", "StorageService", `Stopping gossiper: ${error.message}`);
    this.log("ERROR", "StorageService", "Stopping native transport");
    this.stopNative();
    this.gossip.close();
  }

  // --------------------------------------------------------------------------------------------------------------- peers

  #named({ address }: Endpoint): string {
    return this.major >= 4 ? `/${address}:7000` : `/${address}`;
  }

  #savePeers(): void {
    const peers = [...this.gossip.endpoints.values()];
    this.storage.writePeers(peers.filter(({ hostId, status }) => hostId !== this.#local.hostId && status !== "BOOT"));
  }

  #peerChanged(endpoint: Endpoint, former: Endpoint | undefined): void {
    if (former === undefined && !isGone(endpoint))
      this.log("INFO", "Gossiper", `Node ${this.#named(endpoint)} is now part of the cluster`);
    if (former !== undefined && former.address !== endpoint.address)
      this.log(
        "WARN",
        "StorageService",
        `Host ID collision for ${endpoint.hostId} between ${this.#named(former)} and ${this.#named(endpoint)}; ${this.#named(endpoint)} is the new owner`,
      );
    if (endpoint.status === "NORMAL" && former?.status !== "NORMAL")
      this.log("INFO", "StorageService", `Node ${this.#named(endpoint)} state jump to NORMAL`);
    if (isGone(endpoint) && former !== undefined && !isGone(former))
      this.log("INFO", "Gossiper", `Removing host: ${endpoint.hostId}`);
    if (this.mode === "STARTING") return;
    try {
      this.#savePeers();
    } catch (problem) {
      if (!isErrno(problem)) throw problem;
      this.#diskBroken(problem);
    }
  }

  #peerUp(hostId: string): void {
    const endpoint = this.gossip.endpoints.get(hostId);
    if (endpoint === undefined) return;
    this.log("INFO", "Gossiper", `InetAddress ${this.#named(endpoint)} is now UP`);
    if (this.handoff) void this.deliverHints(hostId).catch(() => undefined);
  }

  async deliverHints(hostId: string): Promise<void> {
    const count = await this.coordinator.replayHints(hostId);
    if (count > 0)
      this.log("INFO", "HintsDispatchExecutor", `Finished hinted handoff of ${count} rows to endpoint ${hostId}`);
  }

  #peerDown(hostId: string): void {
    const endpoint = this.gossip.endpoints.get(hostId);
    if (endpoint === undefined) return;
    this.log("INFO", "Gossiper", `InetAddress ${this.#named(endpoint)} is now DOWN`);
    if (endpoint.status !== "BOOT") return;
    // Who dies while joining owns nothing: it is forgotten, so that others may join.
    this.process.clock.after(FAT_CLIENT_MS, () => {
      const now = this.gossip.endpoints.get(hostId);
      if (this.process.signal.aborted || now?.status !== "BOOT" || this.gossip.isUp(hostId)) return;
      this.log(
        "INFO",
        "Gossiper",
        `FatClient ${this.#named(now)} has been silent for ${FAT_CLIENT_MS}ms, removing from gossip`,
      );
      this.gossip.endpoints.delete(hostId);
    });
  }

  #learnSchema(state: SchemaState): void {
    if (!this.schema.merge(state)) return;
    this.#schemaChanged();
  }

  #schemaChanged(): void {
    try {
      this.storage.writeSchema(this.schema.state());
      if (this.mode !== "STARTING") this.storage.dropUnknown(this.schema, this.process.clock.now());
    } catch (problem) {
      if (!isErrno(problem)) throw problem;
      this.#diskBroken(problem);
      return;
    }
    if (this.gossip.active) this.gossip.announce({ schema: this.schema.version });
  }

  async #publish(definitions: readonly (KeyspaceSchema | TableSchema)[]): Promise<void> {
    for (const definition of definitions) this.schema.put(definition);
    this.#schemaChanged();
    const state: SchemaState = {
      keyspaces: definitions.filter((one): one is KeyspaceSchema => !("columns" in one)),
      tables: definitions.filter((one): one is TableSchema => "columns" in one),
    };
    await Promise.allSettled(this.gossip.live.map((hostId) => this.gossip.ask(hostId, { type: "schema", state })));
  }

  async #handlePeer(message: PeerMessage): Promise<unknown> {
    switch (message.type) {
      case "schema":
        this.#learnSchema(message["state"] as SchemaState);
        return true;
      case "stream":
        return this.movement.stream(String(message["id"]), String(message["to"]));
      case "load":
        return this.storage.load();
      case "restore":
        await this.movement.restore(String(message["gone"]));
        return true;
      case "truncate": {
        const table = this.schema.byId(String(message["id"]));
        if (table !== undefined) this.storage.truncate(table, this.process.clock.now());
        return true;
      }
      case "cas": {
        const modification = message["modification"] as Modification;
        const level = message["level"] as Consistency;
        const context = this.context(String(message["keyspace"]), level);
        const id = this.schema.table(context.keyspace ?? "", modification.table.table)?.id ?? "";
        return this.coordinator.inOrder(id, () => decide(context, modification));
      }
      default:
        return this.coordinator.answer(message);
    }
  }

  // ------------------------------------------------------------------------------------------------------------- clients

  context(keyspace: string | undefined, consistency: Consistency): QueryContext {
    const { process, storage, schema, gossip, coordinator, major } = this;
    return {
      storage,
      schema,
      gossip,
      coordinator,
      keyspace,
      consistency,
      major,
      now: process.clock.now(),
      random: () => process.clock.random(),
      timestamp: () => {
        this.#lastTimestamp = Math.max(this.#lastTimestamp + 1, Math.floor(process.clock.now() * 1000));
        return this.#lastTimestamp;
      },
      publish: (definitions) => this.#publish(definitions),
      virtual: (inside, name) =>
        virtualTable(
          {
            gossip,
            schema,
            clusterName: this.config.clusterName,
            release: this.release,
            bootstrapped: this.bootstrapped,
          },
          inside,
          name,
        ),
      spend: (units) => process.spend(units),
    };
  }

  readonly #prepared = new PreparedStatements();

  async #client(found: Connection): Promise<void> {
    const { first, connection } = await peek(found);
    if (first === undefined) return;
    // Drivers begin with a version; our own cqlsh with a line of JSON.
    if (first[0] !== 0x7b) {
      const cqlVersion = this.release.startsWith("3") ? "3.4.4" : "3.4.6";
      const context = (keyspace: string | undefined, level: Consistency) => this.context(keyspace, level);
      return serveClient({ process: this.process, prepared: this.#prepared, cqlVersion, context }, connection);
    }
    await answerRpc(
      this.process,
      connection,
      (request: ClientRequest) => this.#answerClient(request),
      (error) => {
        if (!(error instanceof CqlError)) return undefined;
        return JSON.stringify({ kind: error.kind, message: error.message, info: error.info });
      },
    );
  }

  async #answerClient(request: ClientRequest): Promise<unknown> {
    const { clusterName } = this.config;
    if (request.type === "hello")
      return { clusterName, release: this.release, dataCenter: this.config.dataCenter, address: this.config.address };
    if (request.type === "describe") return describe(this.context(request.keyspace, "ONE"), request.words, clusterName);
    return execute(this.context(request.keyspace, request.consistency), request.cql);
  }
}
