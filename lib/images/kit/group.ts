/**
 * A replicated state machine among processes that know each other by name: one member orders changes, all apply them,
 * and a change is acknowledged once every member of the view has it. A part that holds no majority of the last view
 * stops. Serves Galera; anything else that needs quorum can build on it.
 */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import type { Message, Status, View } from "./group-messages.ts";
import { StreamReader } from "./reader.ts";
import { resolveHost } from "./resolve.ts";
import { serve } from "./server.ts";

/** How often a process outside the primary part looks for it. */
const SEEK_MS = 1000;
const DIAL_MS = 3000;
/** How long a process that gathers a majority waits for it: longer than one round of the others' search. */
const FORM_MS = 12_000;

export type { View } from "./group-messages.ts";

interface GroupHost {
  readonly process: Process;
  readonly port: number;
  readonly name: string;
  /** Where the others find this process: a name that stays, or an address. */
  readonly address: string;
  /** Host names to look for the others at; empty: this process founds the group. */
  readonly seeds: readonly string[];
  /** What a former life of this process knew. */
  readonly seqno: number;
  readonly view: View | undefined;
  readonly dump: () => string;
  readonly load: (dump: string, seqno: number) => void;
  /** Applies a change; what it returns goes to whoever submitted it, on its own node. */
  readonly apply: (change: string, seqno: number) => string;
  readonly changed: (group: Group) => void;
  readonly log: (text: string) => void;
}

type GroupState = "joining" | "primary" | "non-primary" | "closed";
/** This part of the group holds no majority, or lost it before a change was everywhere. */
export class NotPrimary extends Error {}

type Found = Status & { readonly address: string };

interface Joined {
  readonly link: Link;
  readonly seqno: number;
}

interface Link {
  readonly name: string;
  readonly address: string;
  readonly connection: Connection;
  readonly send: (message: Message) => void;
  left: boolean;
}

export class Group {
  state: GroupState = "joining";
  view: View | undefined;
  seqno: number;
  readonly #host: GroupHost;
  readonly #members = new Map<string, Link>();
  #up: Link | undefined;
  #nextId = 1;
  readonly #mine = new Map<
    number,
    { resolve: (result: string) => void; reject: (error: Error) => void; result: string | undefined }
  >();
  /** By seqno, at the sequencer: who has yet to acknowledge, and whom to tell. */
  readonly #open = new Map<number, { readonly waiting: Set<string>; readonly origin: string; readonly id: number }>();
  #close: (() => void) | undefined;
  /** While this process gathers a majority of the last view: who has come, and what they know. */
  #forming: { readonly joined: Map<string, Joined>; readonly arrived: () => void } | undefined;

  constructor(host: GroupHost) {
    this.#host = host;
    this.seqno = host.seqno;
    this.view = host.view;
  }

  get name(): string {
    return this.#host.name;
  }

  /** Opens the port and begins to look for the others; the first one of all is primary at once. */
  start(): void {
    const { process, port } = this.#host;
    this.#close = serve(process, port, (connection) => this.#answer(connection));
    if (this.#host.seeds.length === 0) this.#found(undefined);
    else void this.#seek();
  }

  /** Resolves with what applying the change here gave, once all members have it. Throws `NotPrimary`. */
  submit(change: string): Promise<string> {
    if (this.state !== "primary") return Promise.reject(new NotPrimary());
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#mine.set(id, { resolve, reject, result: undefined });
      if (this.#up === undefined) this.#order(change, this.name, id);
      else this.#up.send({ type: "submit", id, change });
    });
  }

  leave(): void {
    for (const link of this.#members.values()) link.send({ type: "leave" });
    this.#up?.send({ type: "leave" });
    this.#set("closed");
    this.#close?.();
  }

  #set(state: GroupState): void {
    if (this.state === state || this.state === "closed") return;
    this.state = state;
    if (state !== "primary") {
      for (const waiting of this.#mine.values()) waiting.reject(new NotPrimary());
      this.#mine.clear();
    }
    this.#host.changed(this);
  }

  #found(base: View | undefined): void {
    this.view = { id: (base?.id ?? this.view?.id ?? 0) + 1, members: [{ name: this.name, address: this.#address() }] };
    this.#up = undefined;
    this.#host.log(`New cluster view: global state: ${this.seqno}, view# ${this.view.id}: Primary, number of nodes: 1`);
    this.#set("primary");
    this.#host.changed(this);
  }

  #address(): string {
    return this.#host.address;
  }

  // ------------------------------------------------------------------------------------ outside the primary part

  async #seek(): Promise<void> {
    const { process } = this.#host;
    while (!this.#stopped() && this.state !== "primary") {
      try {
        if (await this.#look()) return;
        await process.clock.sleep(SEEK_MS, process.signal);
      } catch (problem) {
        if (this.#stopped()) return;
        if (!isErrno(problem)) throw problem;
      }
    }
  }

  #stopped(): boolean {
    return this.state === "closed" || this.#host.process.signal.aborted;
  }

  /** One round: everybody is asked; true where this process is in (or has become) the primary part. */
  async #look(): Promise<boolean> {
    const addresses = new Set([...this.#host.seeds, ...(this.view?.members ?? []).map(({ address }) => address)]);
    addresses.delete(this.#address());
    const found: Found[] = [];
    for (const address of addresses) {
      const status = await this.#ask(address, { type: "probe" });
      if (status?.type !== "status" || status.name === this.name) continue;
      if (status.primary) return this.#join(status.sequencer);
      found.push({ ...status, address });
    }
    return this.#recover(found);
  }

  /**
   * No primary part anywhere: a majority of the newest view makes one, led by the first of them. The leader is primary
   * only once that majority has come to it: each process goes to one leader at a time, so there are never two.
   */
  async #recover(found: readonly Found[]): Promise<boolean> {
    let newest = this.view;
    for (const { view } of found) if (view !== undefined && view.id > (newest?.id ?? 0)) newest = view;
    if (newest === undefined) return false;
    const here = new Set([this.name, ...found.map(({ name }) => name)]);
    const present = newest.members.filter(({ name }) => here.has(name));
    const enough = Math.floor(newest.members.length / 2) + 1;
    if (present.length < enough) return false;
    const leader = present[0]?.name;
    if (leader === this.name) return this.#form(newest, enough);
    const forming = found.find(({ name }) => name === leader);
    return forming?.forming === true ? this.#join(forming.address) : false;
  }

  async #form(base: View, enough: number): Promise<boolean> {
    const { process } = this.#host;
    const known = new Set(base.members.map(({ name }) => name));
    const joined = new Map<string, Joined>();
    const isMajority = () => [...joined.keys()].filter((name) => known.has(name)).length + 1 >= enough;
    if (!isMajority()) {
      const given = new AbortController();
      this.#forming = { joined, arrived: () => isMajority() && given.abort() };
      const signal = AbortSignal.any([given.signal, process.signal]);
      await process.clock.sleep(FORM_MS, signal).catch(() => undefined);
      this.#forming = undefined;
    }
    const dissolve = () => {
      for (const { link } of joined.values()) link.connection.close();
      return false;
    };
    if (this.#stopped() || !isMajority()) return dissolve();
    const best = [...joined.values()].sort((a, b) => b.seqno - a.seqno)[0];
    if (best !== undefined && best.seqno > this.seqno) {
      const state = await this.#ask(best.link.address, { type: "fetch" });
      if (state?.type !== "state" || this.#stopped()) return dissolve();
      this.#host.load(state.dump, state.seqno);
      this.seqno = state.seqno;
    }
    // Whoever went away meanwhile is missing in the majority.
    if (!isMajority()) return dissolve();
    this.#host.log("re-bootstrapping prim from partitioned components");
    this.#found(base);
    for (const { link } of joined.values()) this.#admit(link);
    return true;
  }

  async #ask(address: string, message: Message): Promise<Message | undefined> {
    const { process, port } = this.#host;
    let connection: Connection | undefined;
    try {
      const target = await resolveHost(process, address);
      if (target === undefined) return undefined;
      connection = await process.network.connect(target, port, { timeoutMs: DIAL_MS, signal: process.signal });
      await connection.writer.write(`${JSON.stringify(message)}\n`);
      const line = await new StreamReader(connection.reader).line(64 * 1024 * 1024);
      return line === undefined ? undefined : (JSON.parse(line) as Message);
    } catch (problem) {
      if (isErrno(problem)) return undefined;
      throw problem;
    } finally {
      connection?.close();
    }
  }

  async #join(sequencer: string): Promise<boolean> {
    const { process, port } = this.#host;
    const target = await resolveHost(process, sequencer);
    if (target === undefined) return false;
    const connection = await process.network.connect(target, port, { timeoutMs: DIAL_MS, signal: process.signal });
    const link = linkOf("sequencer", sequencer, connection);
    const reader = new StreamReader(connection.reader);
    link.send({ type: "join", name: this.name, address: this.#address(), seqno: this.seqno });
    const first = await reader.line(64 * 1024 * 1024);
    const state = first === undefined ? undefined : (JSON.parse(first) as Message);
    if (state?.type !== "state") {
      connection.close();
      return false;
    }
    this.#host.load(state.dump, state.seqno);
    this.seqno = state.seqno;
    this.#up = link;
    void this.#followSequencer(link, reader);
    return true;
  }

  async #followSequencer(link: Link, reader: StreamReader): Promise<void> {
    try {
      for (;;) {
        const line = await reader.line(64 * 1024 * 1024);
        if (line === undefined) break;
        const message = JSON.parse(line) as Message;
        if (message.type === "view") {
          this.view = message.view;
          this.#set("primary");
          this.#host.changed(this);
        } else if (message.type === "commit") {
          const result = this.#host.apply(message.change, message.seqno);
          this.seqno = message.seqno;
          if (message.origin === this.name) {
            const waiting = this.#mine.get(message.id);
            if (waiting !== undefined) waiting.result = result;
          }
          link.send({ type: "ack", seqno: message.seqno });
        } else if (message.type === "done") this.#finish(message.id);
        else if (message.type === "leave") {
          link.left = true;
          // Who goes in good order counts no longer: the rest is a whole again.
          if (this.view !== undefined) {
            this.view = { ...this.view, id: this.view.id + 1, members: this.view.members.slice(1) };
          }
          break;
        } else if (message.type === "halt") break;
      }
    } catch (problem) {
      if (!isErrno(problem) && !this.#stopped()) throw problem;
    }
    link.connection.close();
    if (this.#up !== link) return;
    this.#up = undefined;
    if (this.#stopped()) return;
    this.#host.log("connection to the ordering member lost, view is no longer primary");
    this.#set("non-primary");
    await this.#seek();
  }

  // ----------------------------------------------------------------------------------------------- as sequencer

  async #answer(connection: Connection): Promise<void> {
    const reader = new StreamReader(connection.reader);
    let link: Link | undefined;
    let forming: Map<string, Joined> | undefined;
    try {
      for (;;) {
        const line = await reader.line(64 * 1024 * 1024);
        if (line === undefined) return;
        const message = JSON.parse(line) as Message;
        if (message.type === "probe") {
          await connection.writer.write(`${JSON.stringify(this.#status())}\n`);
        } else if (message.type === "fetch") {
          await connection.writer.write(
            `${JSON.stringify({ type: "state", seqno: this.seqno, dump: this.#host.dump() })}\n`,
          );
        } else if (message.type === "join") {
          const gathers = this.#forming;
          if (gathers === undefined && (this.state !== "primary" || this.#up !== undefined)) return;
          link = linkOf(message.name, message.address, connection);
          if (gathers === undefined) this.#admit(link);
          else {
            gathers.joined.set(message.name, { link, seqno: message.seqno });
            forming = gathers.joined;
            gathers.arrived();
          }
        } else if (link !== undefined) this.#fromMember(link, message);
      }
    } finally {
      if (link !== undefined && forming?.get(link.name)?.link === link) forming.delete(link.name);
      if (link !== undefined && this.#members.get(link.name) === link) this.#lost(link);
    }
  }

  #status(): Message {
    const primary = this.state === "primary";
    const sequencer = this.#up?.address ?? this.#address();
    const forming = this.#forming !== undefined;
    return { type: "status", name: this.name, primary, forming, seqno: this.seqno, view: this.view, sequencer };
  }

  #admit(link: Link): void {
    this.#members.get(link.name)?.connection.close();
    this.#host.log(`Member (${link.name}) requested state transfer. Selected (${this.name}) as donor.`);
    link.send({ type: "state", seqno: this.seqno, dump: this.#host.dump() });
    this.#members.set(link.name, link);
    const others = (this.view?.members ?? []).filter(({ name }) => name !== link.name);
    this.#publish([...others, { name: link.name, address: link.address }]);
  }

  #publish(members: View["members"]): void {
    this.view = { id: (this.view?.id ?? 0) + 1, members };
    this.#host.log(
      `New cluster view: global state: ${this.seqno}, view# ${this.view.id}: Primary, number of nodes: ${members.length}`,
    );
    for (const member of this.#members.values()) member.send({ type: "view", view: this.view });
    this.#host.changed(this);
  }

  #fromMember(link: Link, message: Message): void {
    if (message.type === "submit") this.#order(message.change, link.name, message.id);
    else if (message.type === "ack") this.#acknowledged(message.seqno, link.name);
    else if (message.type === "leave") {
      link.left = true;
      link.connection.close();
    }
  }

  #order(change: string, origin: string, id: number): void {
    const seqno = this.seqno + 1;
    this.seqno = seqno;
    this.#open.set(seqno, { waiting: new Set(this.#members.keys()), origin, id });
    const result = this.#host.apply(change, seqno);
    if (origin === this.name) {
      const waiting = this.#mine.get(id);
      if (waiting !== undefined) waiting.result = result;
    }
    for (const member of this.#members.values()) member.send({ type: "commit", seqno, change, origin, id });
    this.#acknowledged(seqno, this.name);
  }

  #acknowledged(seqno: number, name: string): void {
    const open = this.#open.get(seqno);
    if (open === undefined) return;
    open.waiting.delete(name);
    if (open.waiting.size > 0) return;
    this.#open.delete(seqno);
    if (open.origin === this.name) this.#finish(open.id);
    else this.#members.get(open.origin)?.send({ type: "done", id: open.id });
  }

  #finish(id: number): void {
    const waiting = this.#mine.get(id);
    this.#mine.delete(id);
    waiting?.resolve(waiting.result ?? "");
  }

  #lost(link: Link): void {
    this.#members.delete(link.name);
    if (this.state !== "primary" || this.#up !== undefined) return;
    const before = this.view?.members ?? [];
    const after = before.filter(({ name }) => name !== link.name);
    const stays = link.left || after.length * 2 > before.length;
    if (stays) {
      this.#publish(after);
      for (const seqno of [...this.#open.keys()]) this.#acknowledged(seqno, link.name);
      return;
    }
    this.#host.log("no quorum: view is no longer primary");
    for (const member of this.#members.values()) member.send({ type: "halt" });
    this.#members.clear();
    this.#open.clear();
    this.#set("non-primary");
    void this.#seek();
  }
}

function linkOf(name: string, address: string, connection: Connection): Link {
  let queue: Promise<void> = Promise.resolve();
  return {
    name,
    address,
    connection,
    left: false,
    send: (message) => {
      queue = queue.then(() => connection.writer.write(`${JSON.stringify(message)}\n`)).catch(() => undefined);
    },
  };
}
