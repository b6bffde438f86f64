/** Terminals of a sandbox: which there are, and the wire to each. Framework-free. */
import { type Frame, readFrame } from "../../lib/protocol/terminal-frame.ts";
import type { TerminalMessage } from "../../lib/protocol/types.ts";
import { ApiError, type SandboxApi } from "../live/api.ts";
import { type ReconnectingOptions, ReconnectingSocket, socketUrl } from "../live/socket.ts";
import { Store } from "../live/store.ts";

/**
 * What of a frame is new to someone who has everything before `expected`: no byte twice. `lost` where bytes between
 * are no longer kept by the server.
 */
export function newPart(frame: Frame, expected: number): { readonly data: Uint8Array; readonly lost: boolean } {
  const overlap = expected - frame.position;
  if (overlap <= 0) return { data: frame.data, lost: overlap < 0 };
  return { data: frame.data.subarray(Math.min(overlap, frame.data.length)), lost: false };
}

export type WireState = "connecting" | "open" | "lost" | "gone";

interface WireOptions {
  readonly onOutput: (data: Uint8Array) => void;
  readonly onLost: () => void;
  readonly socket?: Pick<ReconnectingOptions, "open" | "later">;
}

/** Input typed while the connection is away is kept up to this many characters. */
const MAX_WAITING_INPUT = 10_000;

/** The wire to one terminal. It knows how far it has read, so that a reconnect neither loses nor doubles a byte. */
export class TerminalWire {
  readonly state = new Store<WireState>("connecting");
  readonly #socket: ReconnectingSocket;
  #position = 0;
  #size: { columns: number; rows: number } | undefined;
  #waiting = "";

  constructor(sandbox: string, terminal: string, options: WireOptions) {
    const path = `/ws/terminal/${encodeURIComponent(sandbox)}/${encodeURIComponent(terminal)}`;
    const url = options.socket?.open === undefined ? socketUrl : (relative: string) => relative;
    this.#socket = new ReconnectingSocket({
      ...options.socket,
      url: () => url(`${path}?since=${this.#position}`),
      onMessage: (data) => {
        if (typeof data === "string") return;
        const frame = readFrame(data);
        const part = newPart(frame, this.#position);
        if (part.lost && this.#position > 0) options.onLost();
        this.#position = Math.max(this.#position, frame.position + frame.data.length);
        if (part.data.length > 0) options.onOutput(part.data);
      },
      onState: (state) => {
        this.state.set(state);
        if (state !== "open") return;
        if (this.#size !== undefined) this.#send({ type: "resize", ...this.#size });
        const waiting = this.#waiting;
        this.#waiting = "";
        if (waiting !== "") this.input(waiting);
      },
    });
  }

  /** How many bytes were received. */
  get position(): number {
    return this.#position;
  }

  input(data: string): void {
    if (!this.#send({ type: "input", data })) this.#waiting = (this.#waiting + data).slice(0, MAX_WAITING_INPUT);
  }

  resize(columns: number, rows: number): void {
    if (this.#size?.columns === columns && this.#size.rows === rows) return;
    this.#size = { columns, rows };
    this.#send({ type: "resize", columns, rows });
  }

  /** Connects anew: the page has found out elsewhere that nothing comes through. */
  renew(): void {
    this.#socket.renew();
  }

  close(): void {
    this.#socket.close();
  }

  #send(message: TerminalMessage): boolean {
    return this.#socket.send(JSON.stringify(message));
  }
}

interface TerminalTab {
  readonly id: string;
  /** Counts up within a sandbox; what its tab says. */
  readonly number: number;
}

interface TerminalsState {
  readonly tabs: readonly TerminalTab[];
  readonly active: string | undefined;
  /** Why the last one asked for could not be opened. */
  readonly problem: OpenProblem | undefined;
}

/** `unreachable`: the server could not be asked at all, else what it said. */
type OpenProblem =
  | { readonly kind: "unreachable" }
  | {
      readonly kind: "refused";
      /** Of the server's answer: "too-many-terminals" is one that the page has words for. */
      readonly code: string;
      readonly message: string;
    };

interface KeyValue {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

type TerminalsApi = Pick<SandboxApi, "terminals" | "openTerminal" | "closeTerminal" | "type">;

/** The tabs. They are remembered, because the terminals themselves live on in the sandbox. */
export class Terminals extends Store<TerminalsState> {
  readonly #api: TerminalsApi;
  readonly #storage: KeyValue;
  readonly #key: string;
  #opening: Promise<string> | undefined;
  /** One at a time: a list that is older than a terminal just opened must not take its tab away. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(sandbox: string, api: TerminalsApi, storage: KeyValue = localStorage) {
    super({ tabs: [], active: undefined, problem: undefined });
    this.#api = api;
    this.#storage = storage;
    this.#key = `statecraft.terminals.${sandbox}`;
    const tabs = readTabs(this.#storage.getItem(this.#key));
    this.set({ tabs, active: tabs[0]?.id, problem: undefined });
  }

  /** Takes over what the sandbox has: tabs of terminals that are gone go, terminals without a tab get one. */
  meet(): Promise<void> {
    return this.#inTurn(() => this.#meet());
  }

  #inTurn<Value>(run: () => Promise<Value>): Promise<Value> {
    const turn = this.#turn.then(run, run);
    this.#turn = turn;
    return turn;
  }

  async #meet(): Promise<void> {
    const there = await this.#api.terminals();
    const known = this.get().tabs.filter((tab) => there.includes(tab.id));
    const tabs = [...known];
    for (const id of there) {
      if (tabs.every((tab) => tab.id !== id)) tabs.push({ id, number: nextNumber(tabs) });
    }
    const { active } = this.get();
    this.#keep(tabs, tabs.some((tab) => tab.id === active) ? active : tabs[0]?.id);
  }

  /** The terminal in front; opens the first one where there is none. */
  async ensure(): Promise<string> {
    const { active } = this.get();
    if (active !== undefined) return active;
    this.#opening ??= this.open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  open(columns = 80, rows = 24): Promise<string> {
    return this.#inTurn(() => this.#open(columns, rows));
  }

  async #open(columns: number, rows: number): Promise<string> {
    try {
      const { terminalId } = await this.#api.openTerminal(columns, rows);
      const { tabs } = this.get();
      this.#keep([...tabs, { id: terminalId, number: nextNumber(tabs) }], terminalId);
      return terminalId;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const unreachable = error instanceof ApiError && error.status === 0;
      this.update({
        problem: unreachable
          ? { kind: "unreachable" }
          : { kind: "refused", code: error instanceof ApiError ? error.code : "", message },
      });
      throw error;
    }
  }

  /** The person has read why. */
  dismiss(): void {
    this.update({ problem: undefined });
  }

  select(id: string): void {
    if (this.get().tabs.some((tab) => tab.id === id)) this.update({ active: id });
  }

  /** Closes a tab and the terminal behind it. */
  close(id: string): void {
    this.forget(id);
    this.#api.closeTerminal(id).catch(() => {
      // Already gone: that is what was wanted.
    });
  }

  /** The terminal is gone from the sandbox. */
  forget(id: string): void {
    const tabs = this.get().tabs.filter((tab) => tab.id !== id);
    const active = this.get().active === id ? tabs[tabs.length - 1]?.id : this.get().active;
    this.#keep(tabs, active);
  }

  /** Types a command line into the terminal in front, as a person would. */
  async type(command: string): Promise<void> {
    await this.#api.type(await this.ensure(), command);
  }

  #keep(tabs: readonly TerminalTab[], active: string | undefined): void {
    this.#storage.setItem(this.#key, JSON.stringify(tabs));
    this.set({ tabs, active, problem: undefined });
  }
}

const nextNumber = (tabs: readonly TerminalTab[]) =>
  tabs.reduce((highest, tab) => Math.max(highest, tab.number), 0) + 1;

function readTabs(kept: string | null): TerminalTab[] {
  try {
    const tabs: unknown = JSON.parse(kept ?? "[]");
    return Array.isArray(tabs)
      ? tabs.filter((tab) => typeof tab?.id === "string" && typeof tab?.number === "number")
      : [];
  } catch {
    return [];
  }
}
