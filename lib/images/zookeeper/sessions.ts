/**
 * Sessions of an ensemble. Which there are, and on which server each lives, is part of the replicated tree; each server
 * watches over those that live on it. A client that comes to another server takes its session along.
 */

import type { Clock } from "../../clock/index.ts";
import { toHex } from "../../encoding/index.ts";
import { randomBytes } from "../kit/wire/digests.ts";
import type { Change, SessionInfo, ZooTree } from "./tree.ts";

interface SessionHost {
  readonly clock: Clock;
  /** This server's number. */
  readonly id: number;
  readonly tickTime: number;
  readonly tree: ZooTree;
  /** False where there is no quorum to decide it. */
  readonly change: (change: Change) => Promise<boolean>;
}

interface Live {
  /** When its client was heard last. */
  heard: number;
  /** Ends its connection, if it has one. */
  hangUp: (() => void) | undefined;
}

export interface OpenedSession extends SessionInfo {
  readonly id: string;
}

const text = (id: bigint) => `0x${BigInt.asUintN(64, id).toString(16).padStart(16, "0")}`;

export class Sessions {
  readonly #host: SessionHost;
  readonly #live = new Map<string, Live>();
  #next: bigint;

  constructor(host: SessionHost) {
    this.#host = host;
    // As SessionTrackerImpl.initializeNextSession: never again the number of a former process.
    const now = BigInt.asUintN(64, BigInt(Math.trunc(host.clock.now())) << 24n) >> 8n;
    this.#next = now | (BigInt(host.id) << 56n);
  }

  get #server(): string {
    return String(this.#host.id);
  }

  /** A new session; undefined without a quorum. `asked`: ms. */
  async open(asked: number): Promise<OpenedSession | undefined> {
    const { tickTime, clock } = this.#host;
    const id = text(this.#next++);
    const timeout = Math.min(20 * tickTime, Math.max(2 * tickTime, asked));
    const info = { timeout, password: toHex(randomBytes(clock, 16)), server: this.#server };
    if (!(await this.#host.change({ op: "createSession", session: id, ...info }))) return undefined;
    this.#watch(id, timeout);
    return { id, ...info };
  }

  /** A session that its client brings from here or elsewhere; "expired" where it is over or not the client's. */
  async resume(id: string, password: string): Promise<OpenedSession | "expired" | undefined> {
    const { tree } = this.#host;
    const info = tree.sessions.get(id);
    if (info === undefined || info.password !== password) return "expired";
    if (info.server !== this.#server) {
      if (!(await this.#host.change({ op: "moveSession", session: id, server: this.#server }))) return undefined;
      if (!tree.sessions.has(id)) return "expired";
    }
    this.#live.get(id)?.hangUp?.();
    this.#watch(id, info.timeout);
    return { id, ...info };
  }

  /** `hangUp` undefined: its client has gone, and may come back in time. */
  attach(id: string, hangUp: (() => void) | undefined): void {
    const live = this.#live.get(id);
    if (live === undefined) return;
    live.hangUp = hangUp;
    live.heard = this.#host.clock.now();
  }

  /** Whose connection it is. */
  isAttached(id: string, hangUp: () => void): boolean {
    return this.#live.get(id)?.hangUp === hangUp;
  }

  heard(id: string): void {
    const live = this.#live.get(id);
    if (live !== undefined) live.heard = this.#host.clock.now();
  }

  async close(id: string): Promise<boolean> {
    this.#live.delete(id);
    return this.#host.change({ op: "closeSession", session: id });
  }

  /** After a start: those that lived here get their time to come back. */
  revive(): void {
    for (const [id, { server, timeout }] of this.#host.tree.sessions)
      if (server === this.#server && !this.#live.has(id)) this.#watch(id, timeout);
  }

  #watch(id: string, timeout: number): void {
    const { clock, tree } = this.#host;
    const known = this.#live.get(id);
    if (known !== undefined) {
      known.heard = clock.now();
      return;
    }
    const live: Live = { heard: clock.now(), hangUp: undefined };
    this.#live.set(id, live);
    const look = (): void => {
      if (this.#live.get(id) !== live) return;
      const info = tree.sessions.get(id);
      if (info === undefined || info.server !== this.#server) {
        this.#live.delete(id);
        return;
      }
      const left = live.heard + timeout - clock.now();
      if (left > 0) clock.after(left, look);
      else void this.#expire(id, live, look);
    };
    clock.after(timeout, look);
  }

  async #expire(id: string, live: Live, again: () => void): Promise<void> {
    if (await this.#host.change({ op: "closeSession", session: id })) {
      this.#live.delete(id);
      live.hangUp?.();
      // Without a quorum nobody can decide it: it is looked at again later.
    } else this.#host.clock.after(this.#host.tickTime, again);
  }
}
