/**
 * What the nodes know of each other. Every change is sent on once, and two nodes that meet exchange everything, so
 * that a cluster at rest sends nothing. A node is up while this one holds a connection to it.
 */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import { answerRpc, dialRpc, LinkLost, Refused, type RpcLink } from "../kit/rpc.ts";
import { serve } from "../kit/server.ts";
import { CqlError } from "./cql/types.ts";
import type { RingMember } from "./ring.ts";
import type { SchemaState } from "./schema.ts";

const STORAGE_PORT = 7000;
/** How often nodes that are down are tried. */
const REDIAL_MS = 5000;

export type EndpointStatus = "BOOT" | "NORMAL" | "LEAVING" | "LEFT" | "removed";

export interface Endpoint extends RingMember {
  readonly address: string;
  readonly status: EndpointStatus;
  /** Seconds since the epoch at the start of its process; then the number of its changes. */
  readonly generation: number;
  readonly version: number;
  readonly release: string;
  readonly schema: string;
  /** Bytes. */
  readonly load: number;
}

export type PeerMessage = { readonly type: string; readonly from?: string } & Readonly<Record<string, unknown>>;

interface Greeting {
  readonly hostId: string;
  readonly states: readonly Endpoint[];
  readonly schema: SchemaState;
}

interface GossipHost {
  readonly process: Process;
  readonly clusterName: string;
  readonly schema: () => SchemaState;
  readonly learnSchema: (state: SchemaState) => void;
  readonly handle: (message: PeerMessage) => Promise<unknown> | unknown;
  /** Something about a node is new. */
  readonly changed: (endpoint: Endpoint, former: Endpoint | undefined) => void;
  readonly up: (hostId: string) => void;
  readonly down: (hostId: string) => void;
  readonly log: (level: "INFO" | "WARN", where: string, text: string) => void;
}

export const isGone = ({ status }: Endpoint) => status === "LEFT" || status === "removed";

export class Gossip {
  self: Endpoint;
  readonly endpoints = new Map<string, Endpoint>();
  /** When a node was last seen to go down, milliseconds. */
  readonly downSince = new Map<string, number>();
  readonly #host: GossipHost;
  readonly #links = new Map<string, RpcLink>();
  readonly #contacting = new Set<string>();
  #closePort: (() => void) | undefined;
  #redialing = false;
  #closed = true;

  constructor(host: GossipHost, self: Endpoint, saved: readonly Endpoint[]) {
    this.#host = host;
    this.self = self;
    for (const endpoint of saved) if (endpoint.hostId !== self.hostId) this.endpoints.set(endpoint.hostId, endpoint);
    for (const hostId of this.endpoints.keys()) this.downSince.set(hostId, host.process.clock.now());
    this.endpoints.set(self.hostId, self);
  }

  /** Opens the port. Throws EADDRINUSE. */
  listen(): void {
    if (!this.#closed) return;
    this.#closed = false;
    this.#closePort = serve(this.#host.process, STORAGE_PORT, (connection) => this.#answer(connection));
  }

  close(): void {
    this.#closed = true;
    for (const link of [...this.#links.values()]) link.close();
    this.#links.clear();
    this.#closePort?.();
    this.#closePort = undefined;
  }

  get active(): boolean {
    return !this.#closed;
  }

  isUp(hostId: string): boolean {
    return hostId === this.self.hostId ? !this.#closed : this.#links.get(hostId)?.open === true;
  }

  get live(): string[] {
    return [...this.#links.keys()];
  }

  byAddress(address: string): Endpoint | undefined {
    return [...this.endpoints.values()].find((endpoint) => endpoint.address === address && !isGone(endpoint));
  }

  /** Tells everybody something new about this node. */
  announce(change: Partial<Omit<Endpoint, "hostId" | "version">>): void {
    this.self = { ...this.self, ...change, version: this.self.version + 1 };
    this.endpoints.set(this.self.hostId, this.self);
    this.#spread([this.self]);
  }

  /** Declares a node that is down to be no part of the ring any more. */
  declareGone(endpoint: Endpoint): void {
    this.#learn([{ ...endpoint, status: "removed", version: endpoint.version + 1 }]);
  }

  #spread(states: readonly Endpoint[], except?: string): void {
    for (const [hostId, link] of this.#links) if (hostId !== except) link.tell(this.#message("gossip", { states }));
  }

  tellAll(message: PeerMessage): void {
    for (const link of this.#links.values()) link.tell(this.#message(message.type, message));
  }

  #message(type: string, content: object): PeerMessage {
    return { ...content, type, from: this.self.hostId };
  }

  /** Asks a node. Throws `LinkLost` where it is down or silent for `timeoutMs`, CqlErrors as it refused. */
  async ask<T>(hostId: string, message: PeerMessage, timeoutMs = 10_000): Promise<T> {
    const link = this.#links.get(hostId);
    if (link === undefined) throw new LinkLost(`${hostId} is down`);
    const { clock } = this.#host.process;
    let cancel: (() => void) | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      cancel = clock.after(timeoutMs, () => reject(new LinkLost("timed out")));
    });
    try {
      return await Promise.race([link.ask<T>(this.#message(message.type, message)), late]);
    } catch (problem) {
      if (problem instanceof Refused) {
        const {
          kind,
          message: text,
          info,
        } = JSON.parse(problem.message) as Pick<CqlError, "kind" | "message" | "info">;
        throw new CqlError(kind, text, info);
      }
      throw problem;
    } finally {
      cancel?.();
    }
  }

  /** What a node at an address knows, without becoming known to it; undefined where none of this cluster answers. */
  async shadow(address: string): Promise<readonly Endpoint[] | undefined> {
    const link = await this.#dial(address);
    if (link === undefined) return undefined;
    try {
      const message = { type: "shadow", cluster: this.#host.clusterName };
      const found = await link.ask<Greeting | { readonly mismatch: string } | null>(message);
      if (found === null || "mismatch" in found) return undefined;
      this.#host.learnSchema(found.schema);
      return found.states;
    } catch (problem) {
      if (problem instanceof LinkLost) return undefined;
      throw problem;
    } finally {
      link.close();
    }
  }

  async #dial(address: string, lost?: () => void): Promise<RpcLink | undefined> {
    const { process } = this.#host;
    try {
      return await dialRpc(process, address, STORAGE_PORT, {
        timeoutMs: 2000,
        ...(lost === undefined ? {} : { lost }),
      });
    } catch (problem) {
      if (isErrno(problem) && !process.signal.aborted) return undefined;
      throw problem;
    }
  }

  /** Meets the node at an address; true where it is up now. */
  async contact(address: string): Promise<boolean> {
    if (this.#closed || address === this.self.address || this.#contacting.has(address)) return false;
    if ([...this.#links.values()].some((link) => link.address === address && link.open)) return true;
    this.#contacting.add(address);
    try {
      let hostId: string | undefined;
      const link = await this.#dial(address, () => {
        if (hostId !== undefined && this.#links.get(hostId) === link) this.#lost(hostId);
      });
      if (link === undefined) return false;
      const greeting = { type: "hello", cluster: this.#host.clusterName, ...this.#greeting() };
      const found = await link.ask<Greeting | { readonly mismatch: string } | null>(greeting);
      if (this.#closed || found === null || "mismatch" in found) {
        if (found !== null && "mismatch" in found)
          this.#host.log(
            "WARN",
            "GossipDigestSynVerbHandler",
            `ClusterName mismatch from /${address} ${found.mismatch}!=${this.#host.clusterName}`,
          );
        link.close();
        return false;
      }
      hostId = found.hostId;
      this.#host.learnSchema(found.schema);
      this.#learn(found.states);
      const former = this.#links.get(hostId);
      const known = this.endpoints.get(hostId);
      if (!link.open || known === undefined || isGone(known)) {
        link.close();
        return false;
      }
      this.#links.set(hostId, link);
      former?.close();
      this.downSince.delete(hostId);
      if (former === undefined) this.#host.up(hostId);
      return true;
    } catch (problem) {
      if (problem instanceof LinkLost) return false;
      throw problem;
    } finally {
      this.#contacting.delete(address);
    }
  }

  #greeting(): Greeting {
    return { hostId: this.self.hostId, states: [...this.endpoints.values()], schema: this.#host.schema() };
  }

  /** Takes what others say where it is newer than what is known, and says it on. */
  #learn(states: readonly Endpoint[], from?: string): void {
    const news: Endpoint[] = [];
    for (const state of states) {
      if (state.hostId === this.self.hostId) continue;
      const known = this.endpoints.get(state.hostId);
      const newer =
        known === undefined ||
        state.generation > known.generation ||
        (state.generation === known.generation && state.version > known.version);
      if (!newer) continue;
      this.endpoints.set(state.hostId, state);
      news.push(state);
      this.#host.changed(state, known);
      const link = this.#links.get(state.hostId);
      if (isGone(state)) {
        this.#links.delete(state.hostId);
        this.downSince.delete(state.hostId);
        link?.close();
      } else if (link === undefined || link.address !== state.address) {
        if (link === undefined && !this.downSince.has(state.hostId))
          this.downSince.set(state.hostId, this.#host.process.clock.now());
        this.#meet(state.address);
      }
    }
    if (news.length > 0) this.#spread(news, from);
  }

  #meet(address: string): void {
    void this.contact(address)
      .then((met) => {
        if (!met) this.#redial();
      })
      .catch(() => undefined);
  }

  #lost(hostId: string): void {
    this.#links.delete(hostId);
    if (this.#closed || this.#host.process.signal.aborted) return;
    this.downSince.set(hostId, this.#host.process.clock.now());
    this.#host.down(hostId);
    this.#redial();
  }

  /** Tries nodes that are down now and then; those that start again come by themselves. */
  #redial(): void {
    if (this.#redialing) return;
    this.#redialing = true;
    const { process } = this.#host;
    const loop = async () => {
      for (;;) {
        await process.clock.sleep(REDIAL_MS, process.signal);
        const down = [...this.endpoints.values()].filter((one) => !isGone(one) && !this.isUp(one.hostId));
        if (this.#closed || down.length === 0) return;
        for (const { address } of down) await this.contact(address);
      }
    };
    loop()
      .catch(() => undefined)
      .finally(() => {
        this.#redialing = false;
      });
  }

  async #answer(connection: Connection): Promise<void> {
    await answerRpc(
      this.#host.process,
      connection,
      (message: PeerMessage) => this.#handle(message),
      (error) => {
        if (!(error instanceof CqlError)) return undefined;
        return JSON.stringify({ kind: error.kind, message: error.message, info: error.info });
      },
    );
  }

  #handle(message: PeerMessage): unknown {
    if (this.#closed) throw new LinkLost("closed");
    if (message.type === "shadow" || message.type === "hello") {
      if (message["cluster"] !== this.#host.clusterName) return { mismatch: this.#host.clusterName };
      if (message.type === "shadow") return this.#greeting();
      const greeting = message as unknown as Greeting;
      this.#host.learnSchema(greeting.schema);
      this.#learn(greeting.states);
      const caller = this.endpoints.get(greeting.hostId);
      if (caller !== undefined && !isGone(caller) && !this.isUp(caller.hostId)) this.#meet(caller.address);
      return this.#greeting();
    }
    if (message.type === "gossip") {
      this.#learn(message["states"] as readonly Endpoint[], message.from);
      return null;
    }
    return this.#host.handle(message);
  }
}
