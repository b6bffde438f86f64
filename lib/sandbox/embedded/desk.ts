/** The learner's side of a sandbox, the same whatever cluster it works on: home, terminals, commands, what changed. */

import type { OpenEditor } from "../../kubectl/index.ts";
import type { DirectoryTree, Tty, WindowSize } from "../../machine/index.ts";
import type { CommandResult, Edits, Sandbox, Terminal, TerminalId, Workspace } from "../types.ts";
import { ShellSession } from "./commands.ts";
import { PageEditor } from "./page-editor.ts";
import { EmbeddedTerminal, MAX_TERMINALS, type TerminalSnapshot, TooManyTerminals } from "./terminals.ts";
import { EmbeddedWorkspace } from "./workspace.ts";
import { ENVIRONMENT, GID, HOME, UID, type Workstation, writeOwned } from "./workstation.ts";

const CHANGED_EVERY_MS = 250;
const SETUP_FILE = "/.setup.yaml";

interface DeskHost {
  /** Milliseconds, as the sandbox counts them. */
  readonly now: () => number;
  /** What the promise gives within `ms`; undefined where that passes first. */
  readonly within: <Value>(promise: Promise<Value>, ms: number) => Promise<Value | undefined>;
}

/** Makes a workstation whose commands open texts in the editor given. */
type MakeWorkstation = (openEditor: OpenEditor) => Workstation;

export class Desk {
  readonly #host: DeskHost;
  readonly #editor = new PageEditor((tty) => this.#terminalOf(tty));
  #workstation: Workstation;
  #workspace: EmbeddedWorkspace;
  #stopWorkspace: () => void = () => undefined;
  readonly #terminals = new Map<TerminalId, EmbeddedTerminal>();
  readonly #sessions = new Map<string, ShellSession>();
  #nextTerminal = 1;
  readonly #workspaceListeners = new Set<Parameters<Workspace["watch"]>[0]>();
  readonly #changedListeners = new Set<() => void>();
  #changedTimer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(make: MakeWorkstation, host: DeskHost) {
    this.#host = host;
    this.#workstation = make(this.#editor.open);
    this.#workspace = new EmbeddedWorkspace(this.#workstation.home);
    this.#follow();
  }

  get workstation(): Workstation {
    return this.#workstation;
  }

  #follow(): void {
    this.#stopWorkspace = this.#workspace.watch((change) => {
      for (const listener of this.#workspaceListeners) listener(change);
      this.changed();
    });
  }

  /** After `tearDown`: goes on at another workstation. Listeners and terminals stay; `reopen` gives those their shells. */
  moveTo(make: MakeWorkstation): void {
    this.#workstation = make(this.#editor.open);
    this.#workspace = new EmbeddedWorkspace(this.#workstation.home);
    this.#follow();
  }

  /** Ends everything that runs. */
  tearDown(): void {
    this.#stopWorkspace();
    for (const session of this.#sessions.values()) session.kill();
    this.#sessions.clear();
    this.#editor.endAll();
    for (const terminal of this.#terminals.values()) terminal.leave();
    this.#workstation.machine.shutDown();
  }

  /** Says, not more often than is useful, that something is different. */
  changed(): void {
    if (this.#changedTimer !== undefined || this.#closed || this.#changedListeners.size === 0) return;
    this.#changedTimer = setTimeout(() => {
      this.#changedTimer = undefined;
      for (const listener of this.#changedListeners) listener();
    }, CHANGED_EVERY_MS);
  }

  onChanged(listener: () => void): () => void {
    this.#changedListeners.add(listener);
    return () => this.#changedListeners.delete(listener);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#changedTimer);
    this.tearDown();
  }

  // --------------------------------------------------------------------------------------------------------------- files

  /** Follows the desk when it moves. */
  get workspace(): Workspace {
    return {
      list: () => this.#workspace.list(),
      read: (path) => this.#workspace.read(path),
      write: (path, text) => this.#workspace.write(path, text),
      remove: (path) => this.#workspace.remove(path),
      rename: (from, to) => this.#workspace.rename(from, to),
      watch: (listener) => {
        this.#workspaceListeners.add(listener);
        return () => this.#workspaceListeners.delete(listener);
      },
    };
  }

  async writeFiles(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, text] of Object.entries(files)) await this.#workspace.write(path, text);
  }

  /** The home directory as a value. */
  get home(): DirectoryTree {
    return this.#workstation.home.snapshot() as DirectoryTree;
  }

  // ----------------------------------------------------------------------------------------------------------- terminals

  get terminalIds(): readonly TerminalId[] {
    return [...this.#terminals.keys()];
  }

  terminal(id: TerminalId): Terminal | undefined {
    return this.#terminals.get(id);
  }

  get terminalSnapshots(): readonly TerminalSnapshot[] {
    return [...this.#terminals.values()].map((terminal) => terminal.snapshot());
  }

  openTerminal(size: WindowSize): Terminal {
    if (this.#terminals.size >= MAX_TERMINALS) throw new TooManyTerminals();
    while (this.#terminals.has(String(this.#nextTerminal) as TerminalId)) this.#nextTerminal++;
    return this.#addTerminal(String(this.#nextTerminal++) as TerminalId, size);
  }

  /** Terminals as they were in a snapshot, else as they are; whoever looks at one goes on looking. */
  reopen(then?: readonly TerminalSnapshot[]): void {
    const { machine } = this.#workstation;
    for (const terminal of [...this.#terminals.values()]) {
      const past = then?.find(({ id }) => id === terminal.id);
      if (then !== undefined && past === undefined) void terminal.close();
      else terminal.moveTo(machine, past?.data);
    }
    for (const past of then ?? []) {
      const id = past.id as TerminalId;
      if (!this.#terminals.has(id)) this.#addTerminal(id, past.size, past);
    }
  }

  #addTerminal(id: TerminalId, size: WindowSize, from?: TerminalSnapshot): EmbeddedTerminal {
    const terminal = new EmbeddedTerminal({
      id,
      machine: this.#workstation.machine,
      size,
      env: ENVIRONMENT,
      cwd: HOME,
      uid: UID,
      gid: GID,
      ...(from === undefined ? {} : { from }),
      onOutput: () => this.changed(),
      onClosed: () => {
        this.#terminals.delete(id);
        this.changed();
      },
    });
    this.#terminals.set(id, terminal);
    return terminal;
  }

  #terminalOf(tty: Tty): TerminalId | undefined {
    for (const [id, terminal] of this.#terminals) if (terminal.isOn(tty)) return id;
    return undefined;
  }

  /** Texts of commands in the terminals; the listeners stay when the desk moves. */
  get edits(): Edits {
    return this.#editor;
  }

  // ------------------------------------------------------------------------------------------------------------ commands

  /** Runs a script in a shell session that stays. Exit code 124: it took too long, and was ended. */
  async run(script: string, options: Parameters<Sandbox["run"]>[1] = {}): Promise<CommandResult> {
    const name = options.session ?? "default";
    await this.writeFiles(options.files ?? {});
    let session = this.#sessions.get(name);
    if (session === undefined || session.ended) {
      session = new ShellSession(this.#workstation.machine);
      this.#sessions.set(name, session);
    }
    const running = session;
    const started = this.#host.now();
    const code = await this.#host.within(running.run(script), options.timeoutMs ?? 30_000);
    if (code === undefined) running.kill();
    if (code === undefined || running.ended) this.#sessions.delete(name);
    return {
      ...running.takeOutput(),
      exitCode: code ?? 124,
      ms: this.#host.now() - started,
      timedOut: code === undefined,
    };
  }

  /** Applies a lesson's setup the way a learner would. Throws where it is refused. */
  async applySetup(manifests: string): Promise<void> {
    writeOwned(this.#workstation.home, SETUP_FILE, manifests);
    const applied = await this.run(`kubectl apply -f ~${SETUP_FILE}`, { session: "setup", timeoutMs: 60_000 });
    this.#workstation.home.remove(SETUP_FILE, { force: true });
    if (applied.exitCode !== 0)
      throw new Error(`the lesson's setup could not be applied: ${applied.stderr || applied.stdout}`);
  }
}
