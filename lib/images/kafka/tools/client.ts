/** How the tools reach a cluster: by the bootstrap servers first, then by the names that brokers advertise. */
import { isErrno, type Process } from "../../../machine/index.ts";
import { resolveHost } from "../../kit/resolve.ts";
import { dialRpc, LinkLost, Refused, type RpcLink } from "../../kit/rpc.ts";
import { decodeError, KafkaError } from "../errors.ts";
import type { AdminRequest, BrokerRequest, MetadataReply } from "../messages.ts";
import { stamp } from "../server-log.ts";
import { UsageError } from "./options.ts";

const RETRY_MS = 1000;

/** Nobody answered in time; the message is the whole of what is printed. */
export class TimedOut extends Error {}

export class KafkaClient {
  readonly process: Process;
  readonly #bootstrap: readonly { readonly host: string; readonly port: number }[];
  /** As it calls itself in its log, e.g. "AdminClient clientId=adminclient-1". */
  readonly #name: string;
  readonly #links = new Map<string, RpcLink>();
  #metadata: MetadataReply | undefined;

  constructor(process: Process, servers: string, name: string) {
    this.process = process;
    this.#name = name;
    this.#bootstrap = servers.split(",").map((server) => {
      const match = /^(?:\w+:\/\/)?([^:]+):(\d+)$/.exec(server.trim());
      if (match === null) throw new UsageError(`Invalid url in bootstrap.servers: ${server}`);
      return { host: match[1] ?? "", port: Number(match[2]) };
    });
    process.onSignal("SIGPIPE", "ignore");
  }

  close(): void {
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
  }

  warn(text: string, logger: string): Promise<void> {
    return this.process.stderr.write(`${stamp(this.process.clock.now())} WARN ${text} (${logger})\n`);
  }

  async #dial(id: number, host: string, port: number, fresh = false): Promise<RpcLink | undefined> {
    const { process } = this;
    const key = `${host}:${port}`;
    const known = this.#links.get(key);
    if (known?.open === true && !fresh) return known;
    const address = host === "localhost" ? "127.0.0.1" : await resolveHost(process, host);
    if (address === undefined) {
      await this.warn(
        id < 0
          ? `Couldn't resolve server ${key} from bootstrap.servers as DNS resolution failed for ${host}`
          : `[${this.#name}] Error connecting to node ${key} (id: ${id} rack: null)\njava.net.UnknownHostException: ${host}`,
        id < 0 ? "org.apache.kafka.clients.ClientUtils" : "org.apache.kafka.clients.NetworkClient",
      );
      return undefined;
    }
    try {
      const link = await dialRpc(process, address, port, { timeoutMs: 10_000 });
      if (!fresh) this.#links.set(key, link);
      return link;
    } catch (error) {
      if (!isErrno(error) || process.signal.aborted) throw error;
      await this.warn(
        `[${this.#name}] Connection to node ${id} (${host}/${address}:${port}) could not be established. Node may not be available.`,
        "org.apache.kafka.clients.NetworkClient",
      );
      return undefined;
    }
  }

  /** A fresh view of the cluster. Throws `TimedOut` with `late` where nobody answers in time. */
  async metadata(
    late: string,
    timeoutMs = 60_000,
    topics: readonly string[] | undefined = undefined,
    autoCreate = false,
  ): Promise<MetadataReply> {
    const { clock, signal } = this.process;
    const deadline = clock.now() + timeoutMs;
    for (;;) {
      const known = this.#metadata?.brokers ?? [];
      const places = known.length > 0 ? known : this.#bootstrap.map((place, at) => ({ ...place, id: -1 - at }));
      let resolved = false;
      for (const { id, host, port } of places) {
        const link = await this.#dial(id, host, port);
        if (link === undefined) {
          resolved ||= (await resolveHost(this.process, host)) !== undefined || host === "localhost";
          continue;
        }
        resolved = true;
        try {
          this.#metadata = await this.#ask<MetadataReply>(link, { op: "metadata", topics, autoCreate });
          if (this.#metadata.brokers.length > 0) return this.#metadata;
        } catch (error) {
          if (!(error instanceof LinkLost)) throw error;
        }
      }
      if (!resolved && known.length === 0)
        throw new TimedOut(
          `Exception in thread "main" org.apache.kafka.common.KafkaException: Failed to create new KafkaAdminClient\nCaused by: org.apache.kafka.common.config.ConfigException: No resolvable bootstrap urls given in bootstrap.servers`,
        );
      this.#metadata = undefined;
      if (clock.now() + RETRY_MS > deadline) throw new TimedOut(late);
      await clock.sleep(RETRY_MS, signal);
    }
  }

  async #ask<T>(link: RpcLink, request: BrokerRequest): Promise<T> {
    try {
      return await link.ask<T>(request);
    } catch (error) {
      if (error instanceof Refused) throw decodeError(error.message);
      throw error;
    }
  }

  /** A connection of its own to a broker; undefined where it does not answer. */
  async link(broker: number): Promise<RpcLink | undefined> {
    const place = this.#metadata?.brokers.find(({ id }) => id === broker);
    return place === undefined ? undefined : this.#dial(broker, place.host, place.port, true);
  }

  /** Asks one broker. Throws `KafkaError`, or LEADER_NOT_AVAILABLE where it does not answer. */
  async askBroker<T>(broker: number, request: BrokerRequest): Promise<T> {
    const place = this.#metadata?.brokers.find(({ id }) => id === broker);
    const link = place === undefined ? undefined : await this.#dial(broker, place.host, place.port);
    if (link === undefined) throw new KafkaError("LEADER_NOT_AVAILABLE");
    try {
      return await this.#ask<T>(link, request);
    } catch (error) {
      if (error instanceof LinkLost) throw new KafkaError("LEADER_NOT_AVAILABLE");
      throw error;
    }
  }

  /** Has the cluster do something. Throws `KafkaError` or `TimedOut`. */
  async admin<T>(call: string, request: AdminRequest): Promise<T> {
    const late = `Timed out waiting for a node assignment. Call: ${call}`;
    const { brokers } = await this.metadata(late);
    for (const { id } of brokers) {
      try {
        return await this.askBroker<T>(id, { op: "admin", request });
      } catch (error) {
        if (!(error instanceof KafkaError) || error.code !== "LEADER_NOT_AVAILABLE") throw error;
      }
    }
    throw new TimedOut(late);
  }

  /** Asks the broker that looks after a group, waiting until there is one. Throws `KafkaError` or `TimedOut`. */
  async coordinator<T>(group: string, request: BrokerRequest, timeoutMs = 60_000): Promise<T> {
    const { clock, signal } = this.process;
    const deadline = clock.now() + timeoutMs;
    const late = "Timed out waiting for a node assignment. Call: findCoordinator";
    for (;;) {
      const { brokers } = await this.metadata(late, Math.max(0, deadline - clock.now()));
      try {
        const [first] = brokers;
        const id = await this.askBroker<number>(first?.id ?? -1, { op: "coordinator", group });
        return await this.askBroker<T>(id, request);
      } catch (error) {
        const again = ["COORDINATOR_NOT_AVAILABLE", "NOT_COORDINATOR", "LEADER_NOT_AVAILABLE", "REQUEST_TIMED_OUT"];
        if (!(error instanceof KafkaError) || !again.includes(error.code)) throw error;
        if (clock.now() + RETRY_MS > deadline) throw new TimedOut(late);
      }
      await clock.sleep(RETRY_MS, signal);
    }
  }
}
