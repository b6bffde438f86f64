/** ZooKeeper's data: a tree of nodes with versions, as its DataTree keeps them. Pure and deterministic. */
import type { Position, StateMachine } from "../kit/journal.ts";
import { dataBytes } from "./data.ts";

interface Znode {
  data: string;
  /** Transaction ids as text, e.g. "0x100000002". */
  czxid: string;
  mzxid: string;
  pzxid: string;
  /** Milliseconds since the epoch. */
  ctime: number;
  mtime: number;
  version: number;
  cversion: number;
  /** Session that owns an ephemeral node, "0x0" for others. */
  owner: string;
  /** Children ever made, for sequential names. */
  sequence: number;
}

export type Change =
  | {
      readonly op: "create";
      readonly path: string;
      readonly data: string;
      readonly sequential: boolean;
      readonly owner: string;
      readonly now: number;
    }
  | { readonly op: "set"; readonly path: string; readonly data: string; readonly version: number; readonly now: number }
  | { readonly op: "delete"; readonly path: string; readonly version: number }
  | { readonly op: "deleteAll"; readonly path: string }
  /** Several changes as one transaction: nodes set, with whatever is missing above them, or removed with all below. */
  | { readonly op: "multi"; readonly writes: readonly Write[]; readonly now: number }
  /** Several changes, all or none of them. */
  | { readonly op: "transaction"; readonly changes: readonly Part[] }
  | ({ readonly op: "createSession"; readonly session: string } & SessionInfo)
  /** Its client has come to another server. */
  | { readonly op: "moveSession"; readonly session: string; readonly server: string }
  | { readonly op: "closeSession"; readonly session: string }
  /**
   * A server has gone, or is a new process: sessions that lived on it have ended. `server` is how their numbers begin;
   * `home`: those that said on which server they live, and lived there.
   */
  | { readonly op: "expire"; readonly server: string; readonly home?: string };

/** What a transaction is made of. */
export type Part =
  | Extract<Change, { readonly op: "create" | "set" | "delete" }>
  | { readonly op: "check"; readonly path: string; readonly version: number };

export interface SessionInfo {
  /** The number of the server it lives on. */
  readonly server: string;
  /** ms. */
  readonly timeout: number;
  readonly password: string;
}

export type Write =
  | { readonly op: "put"; readonly path: string; readonly data: string }
  | { readonly op: "remove"; readonly path: string };

export type Outcome =
  | { readonly path: string; readonly stat?: Stat }
  /** Of a transaction: per part; or the part that it failed at. */
  | { readonly path: string; readonly parts: readonly Outcome[] }
  | {
      readonly error: "NodeExists" | "NoNode" | "BadVersion" | "NotEmpty" | "NoChildrenForEphemerals" | "BadArguments";
    };

export type Stat = Omit<Znode, "data" | "sequence"> & { readonly dataLength: number; readonly children: number };

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** Why a path is none; undefined where it is one. In the words of PathUtils.validatePath. */
export function pathProblem(path: string): string | undefined {
  const invalid = (reason: string) => `Invalid path string "${path}" caused by ${reason}`;
  if (!path.startsWith("/")) return "Path must start with / character";
  if (path === "/") return undefined;
  if (path.endsWith("/")) return "Path must not end with / character";
  if (path.includes("//")) return invalid(`empty node name specified @${path.indexOf("//") + 1}`);
  if (/\/\.\.?(\/|$)/.test(path)) return invalid(`relative paths not allowed @${path.search(/\/\./) + 1}`);
  return undefined;
}

export class ZooTree implements StateMachine {
  nodes = new Map<string, Znode>();
  /** Told after each change that a reader could see. */
  changed: () => void = () => undefined;
  /** Told of every node that changed, in order. */
  event: (kind: "created" | "deleted" | "changed" | "children", path: string) => void = () => undefined;
  sessions = new Map<string, SessionInfo>();
  #epoch = 0;
  #counter = 0;

  constructor() {
    for (const path of ["/", "/zookeeper", "/zookeeper/config", "/zookeeper/quota"]) {
      this.nodes.set(path, this.#fresh("", "0x0", 0, "0x0"));
    }
    this.#counted("/", "0x0");
  }

  get zxid(): string {
    return this.#epoch === 0
      ? `0x${this.#counter.toString(16)}`
      : `0x${this.#epoch.toString(16)}${this.#counter.toString(16).padStart(8, "0")}`;
  }

  get epoch(): number {
    return this.#epoch;
  }

  apply(text: string | undefined, { term }: Position): string {
    if (term !== this.#epoch) {
      this.#epoch = term;
      this.#counter = 0;
    }
    if (text === undefined) return "";
    this.#counter++;
    const outcome = this.#run(JSON.parse(text) as Change);
    this.changed();
    return JSON.stringify(outcome);
  }

  dump(): string {
    const { nodes, sessions } = this;
    return JSON.stringify({ epoch: this.#epoch, counter: this.#counter, nodes: [...nodes], sessions: [...sessions] });
  }

  load(dump: string): void {
    const {
      epoch,
      counter,
      nodes,
      sessions = [],
    } = JSON.parse(dump) as {
      epoch: number;
      counter: number;
      nodes: [string, Znode][];
      sessions?: [string, SessionInfo][];
    };
    this.#epoch = epoch;
    this.#counter = counter;
    this.nodes = new Map(nodes);
    this.sessions = new Map(sessions);
    this.changed();
  }

  /** Names of the children, sorted; undefined where there is no such node. */
  children(path: string): string[] | undefined {
    if (!this.nodes.has(path)) return undefined;
    const prefix = path === "/" ? "/" : `${path}/`;
    const names: string[] = [];
    for (const other of this.nodes.keys()) {
      if (other !== "/" && other.startsWith(prefix) && !other.includes("/", prefix.length)) {
        names.push(other.slice(prefix.length));
      }
    }
    return names.sort();
  }

  stat(path: string): Stat | undefined {
    const node = this.nodes.get(path);
    if (node === undefined) return undefined;
    const { data, sequence: _, ...rest } = node;
    return { ...rest, dataLength: dataBytes(data)?.length ?? 0, children: this.children(path)?.length ?? 0 };
  }

  #fresh(data: string, zxid: string, now: number, owner: string): Znode {
    return {
      data,
      czxid: zxid,
      mzxid: zxid,
      pzxid: zxid,
      ctime: now,
      mtime: now,
      version: 0,
      cversion: 0,
      owner,
      sequence: 0,
    };
  }

  #counted(path: string, zxid: string): void {
    const node = this.nodes.get(path);
    if (node === undefined) return;
    node.cversion++;
    node.pzxid = zxid;
  }

  #run(change: Change): Outcome {
    switch (change.op) {
      case "create":
        return this.#create(change);
      case "set": {
        const node = this.nodes.get(change.path);
        if (node === undefined) return { error: "NoNode" };
        if (change.version !== -1 && change.version !== node.version) return { error: "BadVersion" };
        node.data = change.data;
        node.mzxid = this.zxid;
        node.mtime = change.now;
        node.version++;
        this.event("changed", change.path);
        return this.#outcome(change.path);
      }
      case "delete": {
        const node = this.nodes.get(change.path);
        if (node === undefined) return { error: "NoNode" };
        if (change.path === "/") return { error: "BadArguments" };
        if (change.version !== -1 && change.version !== node.version) return { error: "BadVersion" };
        if ((this.children(change.path)?.length ?? 0) > 0) return { error: "NotEmpty" };
        this.#remove(change.path);
        return { path: change.path };
      }
      case "deleteAll": {
        if (!this.nodes.has(change.path)) return { error: "NoNode" };
        const below = [...this.nodes.keys()].filter((path) => path.startsWith(`${change.path}/`));
        for (const path of below.sort((a, b) => b.length - a.length)) this.#remove(path);
        this.#remove(change.path);
        return { path: change.path };
      }
      case "multi":
        for (const write of change.writes) {
          if (write.op === "put") this.#put(write.path, write.data, change.now);
          else this.#run({ op: "deleteAll", path: write.path });
        }
        return { path: "/" };
      case "transaction":
        return this.#transaction(change.changes);
      case "createSession": {
        const { server, timeout, password } = change;
        this.sessions.set(change.session, { server, timeout, password });
        return { path: "/" };
      }
      case "moveSession": {
        const info = this.sessions.get(change.session);
        if (info !== undefined) this.sessions.set(change.session, { ...info, server: change.server });
        return { path: "/" };
      }
      case "closeSession":
        this.sessions.delete(change.session);
        return this.#end((owner) => owner === change.session);
      case "expire": {
        const { server, home } = change;
        const over = new Set([...this.sessions].filter(([, one]) => one.server === home).map(([id]) => id));
        for (const id of over) this.sessions.delete(id);
        return this.#end((owner) => over.has(owner) || (owner.startsWith(server) && !this.sessions.has(owner)));
      }
    }
  }

  /** What was before comes back where one part fails; nobody is told of anything then. */
  #transaction(changes: readonly Part[]): Outcome {
    const before: [path: string, node: Znode | undefined][] = [];
    const keep = (path: string) => {
      const node = this.nodes.get(path);
      before.push([path, node === undefined ? undefined : { ...node }]);
    };
    const told: Parameters<ZooTree["event"]>[] = [];
    const { event } = this;
    this.event = (...one) => void told.push(one);
    const parts: Outcome[] = [];
    try {
      for (const change of changes) {
        keep(parentOf(change.path));
        if (change.op !== "create") keep(change.path);
        const outcome = change.op === "check" ? this.#check(change) : this.#run(change);
        parts.push(outcome);
        if ("error" in outcome) break;
        if (change.op === "create") before.push([outcome.path, undefined]);
      }
    } finally {
      this.event = event;
    }
    const last = parts.at(-1);
    if (last !== undefined && "error" in last)
      for (const [path, node] of before.reverse()) {
        if (node === undefined) this.nodes.delete(path);
        else this.nodes.set(path, node);
      }
    else for (const one of told) this.event(...one);
    return { path: "/", parts };
  }

  #check({ path, version }: Extract<Part, { op: "check" }>): Outcome {
    const node = this.nodes.get(path);
    if (node === undefined) return { error: "NoNode" };
    return version !== -1 && version !== node.version ? { error: "BadVersion" } : { path };
  }

  #create({ path: asked, data, sequential, owner, now }: Extract<Change, { op: "create" }>): Outcome {
    const parent = parentOf(asked);
    const above = this.nodes.get(parent);
    if (above === undefined) return { error: "NoNode" };
    const path = sequential ? `${asked}${String(above.sequence).padStart(10, "0")}` : asked;
    if (this.nodes.has(path)) return { error: "NodeExists" };
    if (above.owner !== "0x0") return { error: "NoChildrenForEphemerals" };
    above.sequence++;
    this.nodes.set(path, this.#fresh(data, this.zxid, now, owner));
    this.#counted(parent, this.zxid);
    this.event("created", path);
    this.event("children", parent);
    return this.#outcome(path);
  }

  #put(path: string, data: string, now: number): void {
    for (let at = path.indexOf("/", 1); at !== -1; at = path.indexOf("/", at + 1))
      this.#create({ op: "create", path: path.slice(0, at), data: "", sequential: false, owner: "0x0", now });
    this.#create({ op: "create", path, data: "", sequential: false, owner: "0x0", now });
    this.#run({ op: "set", path, data, version: -1, now });
  }

  #remove(path: string): void {
    this.nodes.delete(path);
    this.#counted(parentOf(path), this.zxid);
    this.event("deleted", path);
    this.event("children", parentOf(path));
  }

  #end(ended: (owner: string) => boolean): Outcome {
    for (const [path, node] of this.nodes) if (node.owner !== "0x0" && ended(node.owner)) this.#remove(path);
    return { path: "/" };
  }

  #outcome(path: string): Outcome {
    const stat = this.stat(path);
    return stat === undefined ? { path } : { path, stat };
  }
}
