/** ZooKeeper's data: a tree of nodes with versions, as its DataTree keeps them. Pure and deterministic. */
import type { Position, StateMachine } from "../kit/journal.ts";

export interface Znode {
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
  | { readonly op: "closeSession"; readonly session: string }
  /** A server has gone, or is a new process: sessions that lived on it have ended. */
  | { readonly op: "expire"; readonly server: string };

export type Write =
  | { readonly op: "put"; readonly path: string; readonly data: string }
  | { readonly op: "remove"; readonly path: string };

export type Outcome =
  | { readonly path: string; readonly stat?: Stat }
  | {
      readonly error: "NodeExists" | "NoNode" | "BadVersion" | "NotEmpty" | "NoChildrenForEphemerals" | "BadArguments";
    };

export type Stat = Omit<Znode, "data" | "sequence"> & { readonly dataLength: number; readonly children: number };

export function parentOf(path: string): string {
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
    return JSON.stringify({ epoch: this.#epoch, counter: this.#counter, nodes: [...this.nodes] });
  }

  load(dump: string): void {
    const { epoch, counter, nodes } = JSON.parse(dump) as { epoch: number; counter: number; nodes: [string, Znode][] };
    this.#epoch = epoch;
    this.#counter = counter;
    this.nodes = new Map(nodes);
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
    return { ...rest, dataLength: new TextEncoder().encode(data).length, children: this.children(path)?.length ?? 0 };
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
      case "closeSession":
        return this.#end((owner) => owner === change.session);
      case "expire":
        return this.#end((owner) => owner.startsWith(change.server));
    }
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
