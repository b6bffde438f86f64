/** What a member of a replica set knows: who it is, who the others are, and what they have said. */
import { isErrno, type Process } from "../../machine/index.ts";
import { resolveAll } from "../kit/resolve.ts";
import { type Doc, MongoError } from "./data/bson.ts";
import type { MemberConfig, ReplicaConfig } from "./replica-config.ts";
import type { Links } from "./replica-links.ts";
import type { MemberNews, State } from "./replica-messages.ts";
import { Progress } from "./replica-progress.ts";
import type { Entry, Store } from "./store.ts";

export interface ReplicaHost {
  readonly process: Process;
  readonly store: Store;
  readonly setName: string;
  readonly port: number;
  readonly major: number;
  /** What members show each other; a digest of the key file. */
  readonly key: string;
  readonly log: (component: string, message: string, attributes?: Doc) => void;
  readonly broken: (error: Error) => void;
  /** Documents taken back go to files. */
  readonly rolledBack: (entries: readonly Entry[]) => void;
}

export abstract class Member {
  readonly host: ReplicaHost;
  abstract readonly links: Links;
  readonly progress = new Progress();
  /** When it began, in ms. */
  readonly started: number;
  readonly news = new Map<number, MemberNews>();
  config: ReplicaConfig | undefined;
  state: State = "STARTUP";
  /** The primary as far as this member knows. */
  primary: number | undefined;
  /** Its own number in the configuration; undefined where it is in none. */
  selfId: number | undefined;
  electionDate = 0;
  /** It stands for no election before that. */
  frozenUntil = 0;
  /** It was the one asked to begin the set, and stands for election soon. */
  founding = false;
  closed = false;

  constructor(host: ReplicaHost) {
    this.host = host;
    this.started = host.process.clock.now();
  }

  get term(): number {
    return this.host.store.meta.term;
  }

  get self(): MemberConfig | undefined {
    return this.config?.members.find(({ id }) => id === this.selfId);
  }

  get writable(): boolean {
    return this.state === "PRIMARY";
  }

  get readable(): boolean {
    return this.state === "PRIMARY" || this.state === "SECONDARY";
  }

  /** A member that can be talked to. */
  isUp(id: number): boolean {
    return id === this.selfId || this.links.isUp(id);
  }

  /** All members but this one. */
  get others(): readonly MemberConfig[] {
    return (this.config?.members ?? []).filter(({ id }) => id !== this.selfId);
  }

  /** All that vote, this one among them. */
  get voters(): readonly MemberConfig[] {
    return (this.config?.members ?? []).filter(({ votes }) => votes > 0);
  }

  /** What it tells the others of itself. */
  get own(): MemberNews | undefined {
    const { store } = this.host;
    if (this.selfId === undefined || this.config === undefined) return undefined;
    return {
      id: this.selfId,
      state: this.state,
      term: this.term,
      last: store.last,
      configVersion: this.config.version,
    };
  }

  /** Runs something later, unless all is over by then; the function returned calls it off. */
  later(ms: number, run: () => void): () => void {
    const { clock, signal } = this.host.process;
    return clock.after(ms, () => {
      if (!this.closed && !signal.aborted) run();
    });
  }

  /** The disk has the last word: what is not on it was not promised. */
  guarded<T>(write: () => T): T | undefined {
    try {
      return write();
    } catch (problem) {
      if (!isErrno(problem)) throw problem;
      this.host.broken(problem);
      return undefined;
    }
  }

  setState(state: State): void {
    if (this.state === state) return;
    this.host.log("REPL", "Replica set state transition", { newState: state, oldState: this.state });
    this.state = state;
    this.tell();
  }

  tell(): void {
    const news = this.own;
    if (news === undefined) return;
    this.links.tell({ type: "rs.news", news });
  }

  /** Whether an entry of a configuration means this server. */
  async isSelf(member: MemberConfig): Promise<boolean> {
    const { process, port } = this.host;
    const [host = "", memberPort = "27017"] = member.host.split(":");
    if (Number(memberPort) !== port) return false;
    if (host === process.machine.hostname || host === "localhost") return true;
    const own = new Set([...process.network.addresses, "127.0.0.1"]);
    return (await resolveAll(process, host)).some((address) => own.has(address));
  }

  /** Goes on by itself. What fails in it for no reason of the network ends the server. */
  background(work: Promise<unknown>): void {
    work.catch((problem: unknown) => {
      if (!this.closed && !this.host.process.signal.aborted)
        this.host.broken(problem instanceof Error ? problem : new Error(String(problem)));
    });
  }
}

export const notYetInitialized = () => new MongoError(94, "NotYetInitialized", "no replset config has been received");
