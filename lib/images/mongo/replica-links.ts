/** A member's connections to the others: one to each, made by name, tried again while they are down. */
import { isErrno, type Process } from "../../machine/index.ts";
import { resolveHost } from "../kit/resolve.ts";
import { dialRpc, LinkLost, Refused, type RpcLink } from "../kit/rpc.ts";
import type { MemberConfig } from "./replica-config.ts";
import type { Answer, PeerMessage } from "./replica-messages.ts";

const REDIAL_MS = 2000;
export const DIAL_MS = 2000;

interface LinksHost {
  readonly process: Process;
  /** The greeting for a member. */
  readonly greeting: (member: MemberConfig) => PeerMessage;
  /** Members there should be a connection to. */
  readonly wanted: () => readonly MemberConfig[];
  /** Goes on trying although everybody is there. */
  readonly restless: () => boolean;
  /** A member answered; its connection is in place. */
  readonly met: (member: MemberConfig, answer: Answer, link: RpcLink) => Promise<void>;
  readonly lost: (member: number) => void;
}

export class Links {
  /** Why a member cannot be reached. */
  readonly problems = new Map<number, string>();
  readonly #host: LinksHost;
  readonly #links = new Map<number, RpcLink>();
  readonly #dialing = new Set<number>();
  #redialing = false;
  #closed = false;

  constructor(host: LinksHost) {
    this.#host = host;
  }

  get(id: number | undefined): RpcLink | undefined {
    return id === undefined ? undefined : this.#links.get(id);
  }

  isUp(id: number): boolean {
    return this.#links.get(id)?.open === true;
  }

  get all(): readonly RpcLink[] {
    return [...this.#links.values()];
  }

  tell(message: PeerMessage): void {
    for (const link of this.#links.values()) link.tell(message);
  }

  /** Lets go of members that are none any more. */
  keep(ids: readonly number[]): number[] {
    const dropped = [...this.#links].filter(([id]) => !ids.includes(id));
    for (const [id, link] of dropped) {
      this.#links.delete(id);
      link.close();
    }
    return dropped.map(([id]) => id);
  }

  close(): void {
    this.#closed = true;
    for (const link of this.all) link.close();
  }

  /** Connects to everybody who is not there yet, now and again until they are. */
  reach(members: readonly MemberConfig[]): void {
    for (const member of members) {
      if (this.isUp(member.id)) continue;
      void this.#dial(member).then(
        (up) => up || this.redial(),
        () => undefined,
      );
    }
  }

  redial(): void {
    if (this.#redialing || this.#closed) return;
    this.#redialing = true;
    const { clock, signal } = this.#host.process;
    const loop = async () => {
      for (;;) {
        await clock.sleep(REDIAL_MS, signal);
        const down = this.#host.wanted().filter(({ id }) => !this.isUp(id));
        if (this.#closed || (down.length === 0 && !this.#host.restless())) return;
        await Promise.all(down.map((member) => this.#dial(member)));
      }
    };
    loop()
      .catch(() => undefined)
      .finally(() => {
        this.#redialing = false;
      });
  }

  async #dial(member: MemberConfig): Promise<boolean> {
    const { process } = this.#host;
    const { id, host } = member;
    if (this.#closed || this.#dialing.has(id)) return false;
    if (this.isUp(id)) return true;
    this.#dialing.add(id);
    const failed = (why: string) => {
      this.problems.set(id, why);
      return false;
    };
    try {
      const [name = "", port = "27017"] = host.split(":");
      const address = await resolveHost(process, name);
      if (address === undefined) return failed(unresolved(host));
      const link: RpcLink = await dialRpc(process, address, Number(port), {
        timeoutMs: DIAL_MS,
        lost: () => {
          if (this.#links.get(id) !== link) return;
          this.#links.delete(id);
          failed(`Error connecting to ${host} :: caused by :: Connection closed by peer`);
          if (!this.#closed && !process.signal.aborted) this.#host.lost(id);
        },
      });
      const answer = await link.ask<Answer>(this.#host.greeting(member));
      if (this.#closed || !this.#host.wanted().some((one) => one.id === id && one.host === host)) {
        link.close();
        return false;
      }
      const former = this.#links.get(id);
      this.#links.set(id, link);
      former?.close();
      this.problems.delete(id);
      await this.#host.met(member, answer, link);
      return true;
    } catch (problem) {
      if (problem instanceof Refused) return failed(problem.message);
      if (problem instanceof LinkLost)
        return failed(`Error connecting to ${host} :: caused by :: Connection closed by peer`);
      if (!isErrno(problem) || process.signal.aborted) throw problem;
      const why =
        problem.code === "ECONNREFUSED"
          ? "Connection refused"
          : problem.code === "ETIMEDOUT"
            ? "Couldn't connect: timed out"
            : "No route to host";
      return failed(`Error connecting to ${host} :: caused by :: ${why}`);
    } finally {
      this.#dialing.delete(id);
    }
  }
}

export const unresolved = (host: string) =>
  `Error connecting to ${host} :: caused by :: Could not find address for ${host}: SocketException: onInvoke :: caused by :: Host not found (authoritative)`;
