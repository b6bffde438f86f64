/**
 * Lines to the other members, one to each. A line that breaks and is not back in time makes its end unreachable; it is
 * tried again until the member is gone. Nothing is sent while nothing changes.
 */
import { isErrno, type Process } from "../../machine/index.ts";
import { resolveHost } from "../kit/resolve.ts";
import { dialRpc, LinkLost, Refused, type RpcLink } from "../kit/rpc.ts";
import { placeOf } from "./config.ts";
import type { Gossip } from "./gossip.ts";

/** Akka's failure detector bears pauses of 3 s. */
const ACCEPTABLE_PAUSE_MS = 3000;
const RETRY_MS = 1000;

interface PeersHost {
  readonly process: Process;
  readonly reached: (key: string) => void;
  readonly lost: (key: string) => void;
  /** A peer has told what it knows, having heard what we know. */
  readonly heard: (gossip: Gossip) => void;
}

interface Peer {
  readonly address: string;
  link: RpcLink | undefined;
  /** The version of the own state that it has. */
  seen: number;
  /** The version that is on its way to it. */
  told: number;
  gone: boolean;
}

export class Peers {
  readonly #host: PeersHost;
  readonly #peers = new Map<string, Peer>();
  #gossip: Gossip | undefined;
  #version = 0;

  constructor(host: PeersHost) {
    this.#host = host;
  }

  /** Keeps lines to these members (key and address) and to no others. */
  keep(members: readonly (readonly [key: string, address: string])[]): void {
    const wanted = new Map(members);
    for (const [key, peer] of this.#peers) {
      if (wanted.has(key)) continue;
      peer.gone = true;
      peer.link?.close();
      this.#peers.delete(key);
    }
    for (const [key, address] of wanted) {
      if (this.#peers.has(key)) continue;
      const peer: Peer = { address, link: undefined, seen: -1, told: -1, gone: false };
      this.#peers.set(key, peer);
      void this.#hold(key, peer);
    }
  }

  /** Tells all whom a line leads to. */
  tell(gossip: Gossip): void {
    this.#gossip = gossip;
    this.#version++;
    for (const [key, peer] of this.#peers) void this.#send(key, peer);
  }

  /** True where all of these have seen the present state. */
  agreed(keys: readonly string[]): boolean {
    return keys.every((key) => this.#peers.get(key)?.seen === this.#version);
  }

  close(): void {
    this.keep([]);
  }

  async #hold(key: string, peer: Peer): Promise<void> {
    const { process, reached, lost } = this.#host;
    const { clock, signal } = process;
    let since = clock.now();
    let missing = false;
    while (!peer.gone && !signal.aborted) {
      const line = await this.#connect(peer);
      if (peer.gone || signal.aborted) return;
      if (line !== undefined && (await this.#send(key, peer))) {
        if (missing) reached(key);
        missing = false;
        await line.ended;
        since = clock.now();
        peer.seen = -1;
        peer.told = -1;
      } else if (!missing && clock.now() - since >= ACCEPTABLE_PAUSE_MS) {
        missing = true;
        lost(key);
      }
      if (!peer.gone) await clock.sleep(RETRY_MS, signal).catch(() => undefined);
    }
  }

  /** `ended` resolves when the line breaks. Undefined where there is none. */
  async #connect(peer: Peer): Promise<{ readonly ended: Promise<void> } | undefined> {
    const { process } = this.#host;
    const { host, port } = placeOf(peer.address);
    try {
      const address = await resolveHost(process, host);
      if (address === undefined) return undefined;
      let broke: () => void = () => undefined;
      const ended = new Promise<void>((resolve) => {
        broke = resolve;
      });
      const link = await dialRpc(process, address, port, { timeoutMs: RETRY_MS, lost: broke });
      if (peer.gone) link.close();
      peer.link = link;
      return { ended };
    } catch (error) {
      if (isErrno(error) || process.signal.aborted) return undefined;
      throw error;
    }
  }

  /** True where the peer has what we know. */
  async #send(key: string, peer: Peer): Promise<boolean> {
    const link = peer.link;
    const version = this.#version;
    if (this.#gossip === undefined || link?.open !== true) return false;
    if (peer.told === version) return true;
    peer.told = version;
    try {
      const answer = await link.ask<Gossip>({ op: "gossip", to: key, gossip: this.#gossip });
      peer.seen = Math.max(peer.seen, version);
      this.#host.heard(answer);
      return true;
    } catch (error) {
      if (!(error instanceof LinkLost) && !(error instanceof Refused)) throw error;
      // Whoever listens there now is not the one that was meant.
      peer.told = -1;
      link.close();
      return false;
    }
  }
}
