/**
 * A member of a replica set. Members hold connections to each other and say what changes, so that a set at rest sends
 * nothing; a primary is elected by a majority, secondaries follow its oplog, and what no majority had is rolled back.
 */
import { Refused, type RpcLink } from "../kit/rpc.ts";
import type { Doc } from "./data/bson.ts";
import { isNewer, type MemberConfig, type ReplicaConfig, readReplicaConfig } from "./replica-config.ts";
import { Elections } from "./replica-elections.ts";
import { History } from "./replica-history.ts";
import { Links } from "./replica-links.ts";
import { Member, type ReplicaHost } from "./replica-member.ts";
import type { Answer, MemberNews, PeerMessage } from "./replica-messages.ts";
import { initiate, reconfigure } from "./replica-reconfigure.ts";
import { type Change, compareOpTimes, NULL_TIME, type OpTime } from "./store.ts";

export class ReplicaSet extends Member {
  readonly links: Links;
  readonly #elections: Elections;
  readonly #history: History;

  constructor(host: ReplicaHost) {
    super(host);
    this.#history = new History(this, () => this.#elections.judge());
    this.#elections = new Elections(this, {
      order: (change) => this.#history.order(change),
      follow: () => this.background(this.#history.sync()),
    });
    this.links = new Links({
      process: host.process,
      greeting: (member) => ({
        type: "rs.hello",
        set: host.setName,
        key: host.key,
        host: member.host,
        config: this.config?.doc,
        news: this.own,
      }),
      wanted: () => this.others,
      restless: () => this.state === "REMOVED",
      met: (member, answer, link) => this.#met(member, answer, link),
      lost: (id) => this.#lost(id),
    });
  }

  /** Takes a change into history and sends it on. */
  order(change: Change): OpTime {
    return this.#history.order(change);
  }

  /** replSetStepDown. Throws `MongoError`. Times in seconds and milliseconds. */
  stepDown(seconds: number, catchUpMs: number, force = false): Promise<void> {
    return this.#elections.stepDown(seconds, catchUpMs, force);
  }

  /** replSetInitiate. Throws `MongoError`. */
  initiate(given: Doc): Promise<void> {
    return initiate(this, given, (config) => this.#install(config));
  }

  /** replSetReconfig. Throws `MongoError`. */
  async reconfigure(given: Doc, force: boolean): Promise<void> {
    await reconfigure(this, given, force, (config) => this.#install(config));
    if (this.state === "PRIMARY") this.order({ op: "noop", ns: "", note: "Reconfig set" });
  }

  // --------------------------------------------------------------------------------------------------------- life

  /** Takes part, where it was part of a set before. */
  async start(): Promise<void> {
    const { store, log, major } = this.host;
    if (store.meta.config === undefined) {
      log("REPL", "Did not find local replica set configuration document at startup", {
        error: {
          code: 47,
          codeName: "NoMatchingDocument",
          errmsg: "Did not find replica set configuration document in local.system.replset",
        },
      });
      return;
    }
    await this.#install(readReplicaConfig(store.meta.config, major), true);
  }

  /** As primary: hands over before it goes, so that nobody has to wait for it. */
  async close(): Promise<void> {
    if (this.state === "PRIMARY" && this.config !== undefined && this.config.members.length > 1) {
      // Where nobody can take over it goes all the same.
      await this.stepDown(60, 1000).catch(() => undefined);
      // The heir must hear of it before the line is closed.
      await this.host.process.clock.sleep(50, this.host.process.signal).catch(() => undefined);
    }
    this.closed = true;
    this.links.close();
    this.progress.settle("stepped down");
  }

  async #install(config: ReplicaConfig, stored = false, calledAs?: string): Promise<void> {
    const { store, log } = this.host;
    if (!stored && this.guarded(() => store.remember({ config: config.doc })) === undefined && this.closed) return;
    const former = this.config;
    this.config = config;
    log("REPL", "New replica set config in use", { config: config.doc });
    let self = config.members.find(({ host }) => host === calledAs)?.id;
    for (const member of config.members) {
      if (self === undefined && (await this.isSelf(member))) self = member.id;
    }
    self ??= config.members.find(
      ({ id, host }) => id === this.selfId && host === former?.members.find((one) => one.id === id)?.host,
    )?.id;
    this.selfId = self;
    const members = config.members.map(({ id }) => id).filter((id) => id !== self);
    for (const id of this.links.keep(members)) this.news.delete(id);
    if (self === undefined) {
      if (former !== undefined && !stored) this.host.log("REPL", "This node is not a member of the config");
      else
        log(
          "REPL",
          "Locally stored replica set configuration does not have a valid entry for the current node; waiting for reconfig or remote heartbeat",
          {
            error: {
              code: 74,
              codeName: "NodeNotFound",
              errmsg: `No host described in new configuration with {version: ${config.version}, term: ${config.term}} for replica set ${config.name} maps to this node`,
            },
          },
        );
      this.primary = undefined;
      this.setState("REMOVED");
      this.links.reach(this.others);
      return;
    }
    if (["STARTUP", "REMOVED"].includes(this.state)) {
      if (this.self?.arbiter === true) this.setState("ARBITER");
      else this.setState(compareOpTimes(store.last, NULL_TIME) > 0 || this.founding ? "SECONDARY" : "STARTUP2");
    }
    // Who is primary may have been heard before it was known that this is a member.
    const primary = [...this.news.values()].find((news) => news.state === "PRIMARY" && news.term >= this.term);
    if (this.state !== "PRIMARY" && primary !== undefined) this.primary = primary.id;
    this.links.reach(this.others);
    this.tell();
    this.background(this.#history.sync());
    this.#elections.judge();
  }

  // -------------------------------------------------------------------------------------------------------- connections

  async #met(member: MemberConfig, answer: Answer, link: RpcLink): Promise<void> {
    if (answer.config !== undefined) await this.#learnConfig(readReplicaConfig(answer.config, this.host.major));
    if (answer.news !== undefined) this.#learn(answer.news);
    else if (this.config !== undefined) link.tell({ type: "rs.config", config: this.config.doc } satisfies PeerMessage);
    if (member.id === this.primary) this.background(this.#history.sync());
    this.#elections.judge();
  }

  #lost(id: number): void {
    this.news.delete(id);
    this.progress.forget(id);
    const host = this.config?.members.find((member) => member.id === id)?.host ?? "";
    this.host.log("REPL", "Member is in new state RS_DOWN", { hostAndPort: host, newState: "DOWN" });
    if (this.primary === id) this.primary = undefined;
    this.links.redial();
    this.#elections.judge();
  }

  /** What others send over the connections they hold. Throws `Refused`. */
  async handle(message: PeerMessage): Promise<unknown> {
    const { store, setName, key, major } = this.host;
    switch (message.type) {
      case "rs.hello": {
        if (message.key !== key) throw new Refused(`Authentication failed.`);
        if (message.set !== setName)
          throw new Refused(`replica set names do not match, ours: ${setName}; remote node's: ${message.set}`);
        if (message.config !== undefined)
          await this.#learnConfig(readReplicaConfig(message.config, major), message.host);
        if (message.news !== undefined) this.#learn(message.news);
        const caller = this.others.find(({ id }) => id === message.news?.id);
        if (caller !== undefined) this.links.reach([caller]);
        return { config: this.config?.doc, news: this.own } satisfies Answer;
      }
      case "rs.news":
        this.#learn(message.news);
        return null;
      case "rs.config":
        await this.#learnConfig(readReplicaConfig(message.config, major));
        return null;
      case "rs.vote":
        return this.#elections.vote(message);
      case "rs.stepUp":
        this.background(this.#elections.stand(true));
        return null;
      case "rs.sync":
        return this.#history.serveSync(message.id, message.times);
      case "rs.clone":
        return { dump: store.dump(), oplog: store.oplog };
      case "rs.oplog":
        this.#history.follow(message);
        return null;
      case "rs.ack":
        this.#history.acknowledge(message.id, message.last, message.term);
        return null;
    }
  }

  async #learnConfig(config: ReplicaConfig, calledAs?: string): Promise<void> {
    if (config.name !== this.host.setName) return;
    const unknownSelf =
      this.selfId === undefined && calledAs !== undefined && config.members.some(({ host }) => host === calledAs);
    if (!isNewer(config, this.config) && !unknownSelf) return;
    await this.#install(
      unknownSelf && !isNewer(config, this.config) ? (this.config ?? config) : config,
      false,
      calledAs,
    );
  }

  #learn(news: MemberNews): void {
    const former = this.news.get(news.id);
    this.news.set(news.id, news);
    if (news.term > this.term) this.#elections.newTerm(news.term);
    if (news.state === "PRIMARY" && news.term >= this.term) {
      if (this.primary !== news.id || former?.state !== "PRIMARY") {
        this.primary = news.id;
        if (this.state === "PRIMARY" && news.id !== this.selfId) this.#elections.relinquish();
        this.background(this.#history.sync());
      }
    } else if (this.primary === news.id) this.primary = undefined;
    this.#elections.judge();
  }
}
