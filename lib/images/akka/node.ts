/** A node of an Akka cluster: joins by seeds or discovery, gossips, leaves in order, and resolves split brains. */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import { handleHttp } from "../kit/http.ts";
import { type Lines, linesTo } from "../kit/lines.ts";
import { answerRpc, Refused } from "../kit/rpc.ts";
import { serve, untilStopped } from "../kit/server.ts";
import { type AkkaConfig, AkkaConfigError, readAkkaConfig } from "./config.ts";
import {
  EMPTY_GOSSIP,
  type Gossip,
  keepMajority,
  keyOf,
  leaderActions,
  leaderOf,
  type Member,
  merge,
  present,
  type Status,
  same,
  unreachable,
  withMember,
  withStatus,
} from "./gossip.ts";
import { Joining } from "./joining.ts";
import { application, management } from "./management.ts";
import { Peers } from "./peers.ts";

/** What nodes say to each other. */
export type RemoteRequest =
  | { readonly op: "initJoin"; readonly system: string }
  | { readonly op: "join"; readonly member: Member }
  /** `to`: the key of the process that is meant. */
  | { readonly op: "gossip"; readonly to: string; readonly gossip: Gossip };

/** How long a node that leaves waits for the others to let it go. */
const LEAVE_MS = 10_000;

export class AkkaNode {
  readonly process: Process;
  readonly config: AkkaConfig;
  readonly address: string;
  readonly uid: string;
  gossip: Gossip = EMPTY_GOSSIP;
  readonly #lines: Lines;
  readonly #peers: Peers;
  readonly #stop: ReturnType<typeof untilStopped>;
  readonly #joining: Joining;
  #observed = 0;
  #cancelResolver: (() => void) | undefined;
  #partition = "";
  #status: number | undefined;
  #left: () => void = () => undefined;
  readonly #gone = new Promise<void>((resolve) => {
    this.#left = resolve;
  });

  constructor(process: Process, config: AkkaConfig) {
    this.process = process;
    this.config = config;
    this.#lines = linesTo(process.stdout);
    this.address = `akka://${config.system}@${config.host}:${config.port}`;
    const half = () => Math.floor(process.clock.random() * 0x7fffffff);
    this.uid = String(half() * 0x10000 + (half() & 0xffff));
    this.#stop = untilStopped(process, ["SIGTERM", "SIGINT"]);
    this.#joining = new Joining(this);
    this.#peers = new Peers({
      process,
      reached: (key) => this.#observe(key, true),
      lost: (key) => this.#observe(key, false),
      heard: (gossip) => this.#take(gossip),
    });
    this.#loadCounts();
  }

  get key(): string {
    return keyOf(this);
  }

  get self(): Member | undefined {
    return this.gossip.members[this.key];
  }

  get joined(): boolean {
    return this.self !== undefined;
  }

  log(level: "INFO" | "WARN" | "ERROR", where: string, text: string): void {
    const stamp = new Date(this.process.clock.now()).toISOString().replace("T", " ").replace("Z", "").replace(".", ",");
    this.#lines.say(`[${stamp}] [${level}] [${where}] [${this.address}] - ${text}`);
  }

  #say(text: string): void {
    this.log("INFO", "akka.cluster.Cluster", `Cluster Node [${this.address}] - ${text}`);
  }

  async run(): Promise<number> {
    const { process, config } = this;
    const closers: (() => void)[] = [];
    try {
      closers.push(serve(process, config.port, (connection) => this.#serve(connection)));
      closers.push(
        serve(process, config.managementPort, (connection) =>
          handleHttp(process, connection, (request) => management(this, request)),
        ),
        serve(process, config.httpPort, (connection) =>
          handleHttp(process, connection, (request) => application(this, request)),
        ),
      );
    } catch (error) {
      if (!isErrno(error)) throw error;
      this.log("ERROR", "akka.remote.artery.tcp.ArteryTcpTransport", `Bind failed: ${error.message}`);
      for (const close of closers) close();
      await this.#lines.flush();
      return 1;
    }
    this.log(
      "INFO",
      "akka.remote.artery.tcp.ArteryTcpTransport",
      `Remoting started with transport [Artery tcp]; listening on address [${this.address}] with UID [${this.uid}]`,
    );
    this.#say("Starting up, Akka version [2.10.5] ...");
    this.log(
      "INFO",
      "akka.management.scaladsl.AkkaManagement",
      `Bound Akka Management (HTTP) endpoint to: 0.0.0.0:${config.managementPort}`,
    );
    this.#joining.start();
    const signal = await Promise.race([this.#stop.stopped, this.#gone]);
    if (signal !== undefined && this.joined) {
      this.log("INFO", "akka.actor.CoordinatedShutdown", `Running CoordinatedShutdown with reason [JvmExitReason]`);
      this.leave(this.key);
      await Promise.race([this.#gone, process.clock.sleep(LEAVE_MS, process.signal)]);
      if (this.self?.status === "Removed" || this.self?.status === "Exiting") this.#say("Exiting completed");
    }
    this.#cancelResolver?.();
    this.#joining.close();
    this.#peers.close();
    for (const close of closers) close();
    await this.#lines.flush();
    return this.#status ?? (signal === "SIGINT" ? 130 : signal === undefined ? 0 : 143);
  }

  // --------------------------------------------------------------------------------------------------- joining

  /** Founds a cluster of one. */
  found(): void {
    if (this.joined) return;
    this.log(
      "INFO",
      "akka.cluster.Cluster",
      `Cluster Node [${this.address}] - Node [${this.address}] is JOINING itself (with roles [${this.config.roles.join(", ")}]) and forming new cluster`,
    );
    this.#change(withMember(this.gossip, this.asNew()));
  }

  /** What it says of itself to those it wants to join. */
  asNew(): Member {
    return { address: this.address, uid: this.uid, status: "Joining", upNumber: 0, roles: this.config.roles };
  }

  /** The others have taken this node in. */
  welcome(gossip: Gossip, from: string): void {
    this.#say(`Welcome from [${from}]`);
    this.#take(gossip);
  }

  leave(key: string): boolean {
    const member = this.gossip.members[key];
    if (member === undefined) return false;
    this.#say(`Marked address [${member.address}] as [Leaving]`);
    this.#change(withStatus(this.gossip, key, "Leaving"));
    return true;
  }

  down(key: string): boolean {
    if (this.gossip.members[key] === undefined) return false;
    this.#say(`Marking node [${this.gossip.members[key].address}] as [Down]`);
    this.#change(withStatus(this.gossip, key, "Down"));
    return true;
  }

  async #serve(connection: Connection): Promise<void> {
    await answerRpc(this.process, connection, (request: RemoteRequest) => this.#answer(request));
  }

  #answer(request: RemoteRequest): unknown {
    switch (request.op) {
      case "initJoin":
        if (request.system !== this.config.system) throw new Refused(`this is ${this.config.system}`);
        return { member: this.joined && this.self?.status !== "Down" };
      case "join":
        return this.#admit(request.member);
      case "gossip":
        // Meant for a process that was here before, or by another cluster.
        if (request.to !== this.key || request.gossip.members[this.key] === undefined) throw new Refused("not me");
        this.#take(request.gossip);
        return this.gossip;
    }
  }

  #admit(member: Member): Gossip {
    if (!this.joined) throw new Refused("not a member");
    const former = present(this.gossip).find(({ address, uid }) => address === member.address && uid !== member.uid);
    if (former !== undefined) {
      // The same address by another process: the old one is no more.
      this.log(
        "INFO",
        "akka.cluster.Cluster",
        `Cluster Node [${this.address}] - New incarnation of existing member [${former.address}] is trying to join. Existing will be removed from the cluster and then new member will be allowed to join.`,
      );
      this.#change(withStatus(this.gossip, keyOf(former), "Down"));
      throw new Refused("a former incarnation is being removed");
    }
    if (this.gossip.members[keyOf(member)] === undefined) {
      this.#say(`Node [${member.address}] is JOINING, roles [${member.roles.join(", ")}]`);
      this.#change(withMember(this.gossip, member));
    }
    return this.gossip;
  }

  // --------------------------------------------------------------------------------------------------- gossip

  #take(gossip: Gossip): void {
    this.#change(merge(this.gossip, gossip));
  }

  #change(gossip: Gossip): void {
    const before = this.gossip;
    if (this.process.signal.aborted) return;
    if (same(before, gossip)) {
      this.#lead();
      return;
    }
    this.gossip = gossip;
    this.#announce(before);
    const others = present(gossip).filter((member) => keyOf(member) !== this.key);
    this.#peers.keep(others.map((member) => [keyOf(member), member.address] as const));
    this.#peers.tell(gossip);
    this.#watchPartition();
    const status = this.self?.status;
    if (status === "Down") this.#downed();
    else if (status === "Exiting" || status === "Removed") this.#left();
    this.#saveCounts();
    this.#lead();
  }

  #announce(before: Gossip): void {
    for (const [key, member] of Object.entries(this.gossip.members)) {
      const was: Status | undefined = before.members[key]?.status;
      if (was === member.status) continue;
      if (member.status === "Up") this.#say(`Leader is moving node [${member.address}] to [Up]`);
      else if (member.status === "Exiting") this.#say(`Leader is moving node [${member.address}] to [Exiting]`);
      else if (member.status === "Removed")
        this.#say(
          `Leader is removing ${was === "Down" ? "unreachable" : "confirmed Exiting"} node [${member.address}]`,
        );
    }
  }

  /** As leader, once all that are reached have seen the same. */
  #lead(): void {
    if (leaderOf(this.gossip)?.uid !== this.uid) return;
    const lost = unreachable(this.gossip);
    const others = present(this.gossip)
      .filter((member) => member.status !== "Down" && !lost.has(keyOf(member)))
      .map(keyOf)
      .filter((key) => key !== this.key);
    if (!this.#peers.agreed(others)) return;
    const next = leaderActions(this.gossip);
    if (!same(next, this.gossip)) this.#change(next);
  }

  #observe(key: string, reached: boolean): void {
    const member = this.gossip.members[key];
    if (member === undefined || !this.joined) return;
    const own = this.gossip.observations[this.key]?.unreachable ?? [];
    const next = reached ? own.filter((other) => other !== key) : [...new Set([...own, key])];
    this.log(
      reached ? "INFO" : "WARN",
      "akka.cluster.Cluster",
      `Cluster Node [${this.address}] - Marking node${reached ? "" : " as UNREACHABLE"} [Member(${member.address}, ${member.status})]${reached ? " as REACHABLE again" : ""}.`,
    );
    this.#observed++;
    const observations = { ...this.gossip.observations, [this.key]: { version: this.#observed, unreachable: next } };
    this.#change({ ...this.gossip, observations });
  }

  /** The split brain resolver: decides when who is lost has not changed for a while. */
  #watchPartition(): void {
    const lost = [...unreachable(this.gossip).keys()]
      .filter((key) => this.gossip.members[key]?.status !== "Down")
      .sort()
      .join();
    const partition = lost === "" ? "" : `${lost} of ${present(this.gossip).map(keyOf).join()}`;
    if (partition === this.#partition) return;
    this.#partition = partition;
    this.#cancelResolver?.();
    this.#cancelResolver = undefined;
    if (partition === "") return;
    this.#cancelResolver = this.process.clock.after(this.config.stableAfterMs, () => {
      this.#cancelResolver = undefined;
      // On each side the leader decides for all.
      if (this.process.signal.aborted || leaderOf(this.gossip)?.uid !== this.uid) return;
      const doomed = keepMajority(this.gossip, this.key);
      const own = doomed.includes(this.key);
      this.log(
        "WARN",
        "akka.cluster.sbr.SplitBrainResolver",
        `SBR took decision ${own ? "DownReachable" : "DownUnreachable"} and is downing [${doomed.map((key) => this.gossip.members[key]?.address).join(", ")}]${own ? " including myself," : ","} [${doomed.length}] unreachable of [${present(this.gossip).length}] members`,
      );
      let next = this.gossip;
      for (const key of doomed) next = withStatus(next, key, "Down");
      this.#change(next);
    });
  }

  #downed(): void {
    if (this.#status !== undefined) return;
    this.log(
      "WARN",
      "akka.cluster.Cluster",
      `Cluster Node [${this.address}] - Node has been marked as DOWN. Shutting down myself`,
    );
    // ClusterDowningReason ends the JVM with -1.
    this.#status = 255;
    this.#left();
  }

  // --------------------------------------------------------------------------------------------------- counter

  /** A grow-only counter that all members share. */
  get count(): number {
    return Object.values(this.gossip.counts).reduce((sum, count) => sum + count, 0);
  }

  increment(): number {
    const own = this.address;
    this.#change({ ...this.gossip, counts: { ...this.gossip.counts, [own]: (this.gossip.counts[own] ?? 0) + 1 } });
    return this.count;
  }

  #loadCounts(): void {
    const { dataDir } = this.config;
    if (dataDir === undefined || !this.process.files.exists(`${dataDir}/ddata.json`)) return;
    this.gossip = {
      ...EMPTY_GOSSIP,
      counts: JSON.parse(this.process.files.readText(`${dataDir}/ddata.json`)) as Record<string, number>,
    };
  }

  #saveCounts(): void {
    const { dataDir } = this.config;
    if (dataDir === undefined) return;
    const text = JSON.stringify(this.gossip.counts);
    if (text === this.#saved) return;
    try {
      this.process.files.makeDirectory(dataDir, { recursive: true });
      this.process.files.writeFile(`${dataDir}/ddata.json`, text);
      this.#saved = text;
    } catch (error) {
      if (!isErrno(error)) throw error;
      this.log("ERROR", "akka.cluster.ddata.LmdbDurableStore", `failed to store: ${error.message}`);
    }
  }
  #saved = "{}";
}

export async function akkaNode(process: Process): Promise<number> {
  try {
    return await new AkkaNode(process, readAkkaConfig(process)).run();
  } catch (error) {
    if (!(error instanceof AkkaConfigError)) throw error;
    await process.stderr.write(`Exception in thread "main" com.typesafe.config.ConfigException: ${error.message}\n`);
    return 1;
  }
}
