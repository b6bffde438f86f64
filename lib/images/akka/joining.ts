/** How a node finds its cluster: by named seeds, or by asking whoever a name in DNS leads to. */
import { isErrno } from "../../machine/index.ts";
import { StreamReader } from "../kit/reader.ts";
import { resolveAll, resolveHost, resolveService } from "../kit/resolve.ts";
import { dialRpc, LinkLost, Refused } from "../kit/rpc.ts";
import { placeOf } from "./config.ts";
import { compareAddresses, type Gossip } from "./gossip.ts";
import type { AkkaNode, RemoteRequest } from "./node.ts";

const RETRY_MS = 1000;
/** How long the first seed looks for the others before it founds a cluster of its own. */
const SEED_TIMEOUT_MS = 5000;
/** How long the contact points must have been the same before one of them founds a cluster. */
const STABLE_MARGIN_MS = 5000;

export class Joining {
  readonly #node: AkkaNode;
  #closed = false;

  constructor(node: AkkaNode) {
    this.#node = node;
  }

  start(): void {
    const { seeds, discovery } = this.#node.config;
    if (seeds.length > 0) void this.#guard(this.#bySeeds());
    else if (discovery !== undefined) void this.#guard(this.#byDiscovery(discovery));
    else
      this.#node.log(
        "WARN",
        "akka.cluster.Cluster",
        "No seed nodes found in configuration, relying on Cluster Bootstrap for joining",
      );
  }

  close(): void {
    this.#closed = true;
  }

  async #guard(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!this.#node.process.signal.aborted) throw error;
    }
  }

  get #searching(): boolean {
    return !this.#closed && !this.#node.joined && !this.#node.process.signal.aborted;
  }

  async #bySeeds(): Promise<void> {
    const { config, address, process } = this.#node;
    const { clock, signal } = process;
    const others = config.seeds.filter((seed) => seed !== address);
    const began = clock.now();
    for (let attempt = 1; this.#searching; attempt++) {
      if (await this.#joinAny(others)) return;
      if (!this.#searching) return;
      // The first seed alone may found: otherwise two could at once.
      if (config.seeds[0] === address && (others.length === 0 || clock.now() - began >= SEED_TIMEOUT_MS)) {
        this.#node.found();
        return;
      }
      if (config.seeds[0] !== address && attempt % 5 === 0)
        this.#node.log(
          "WARN",
          "akka.cluster.JoinSeedNodeProcess",
          `Couldn't join seed nodes after [${attempt / 5 + 1}] attempts, will try again. seed-nodes=[${config.seeds.join(", ")}]`,
        );
      await clock.sleep(RETRY_MS, signal);
    }
  }

  async #byDiscovery(service: string): Promise<void> {
    const { address, config, process } = this.#node;
    const { clock, signal } = process;
    let known = "";
    let since = clock.now();
    let said = "";
    while (this.#searching) {
      const contacts = await this.#contacts(service);
      const shape = contacts
        .map(({ host }) => host)
        .sort()
        .join();
      if (shape !== known) {
        known = shape;
        since = clock.now();
      }
      const answers = await Promise.all(contacts.map((contact) => this.#seedsOf(contact.host, contact.port)));
      const answered = answers.filter((answer) => answer !== undefined);
      const seeds = answered.flatMap((answer) => answer.seeds);
      if (seeds.length > 0) {
        if (await this.#joinAny([...new Set(seeds)])) return;
      } else if (answered.length < config.contactPoints) {
        const text = `Discovered [${contacts.length}] contact points, confirmed [${answered.length}], which is less than the required [${config.contactPoints}], retrying`;
        if (text !== said) this.#node.log("INFO", "akka.management.cluster.bootstrap.LowestAddressJoinDecider", text);
        said = text;
      } else if (answered.length === contacts.length && clock.now() - since >= STABLE_MARGIN_MS) {
        // Everybody agrees who is first: that one founds, the others find it.
        const [lowest] = answered.map(({ self }) => self).sort(compareAddresses);
        if (lowest === address && this.#searching) {
          this.#node.log(
            "INFO",
            "akka.management.cluster.bootstrap.internal.BootstrapCoordinator",
            `Initiating new cluster, self-joining [${address}]. Other nodes are expected to locate this cluster via continued contact-point probing.`,
          );
          this.#node.found();
          return;
        }
      }
      if (this.#searching) await clock.sleep(RETRY_MS, signal);
    }
  }

  /** Addresses of management ports: SRV records of the port named "management", or the addresses of the name. */
  async #contacts(service: string): Promise<{ host: string; port: number }[]> {
    const { process, config } = this.#node;
    const records = await resolveService(process, `_management._tcp.${service}`);
    if (records.length > 0) {
      const found = await Promise.all(
        records.map(async ({ target, port }) => ({
          host: (await resolveHost(process, target.replace(/\.$/, ""))) ?? "",
          port,
        })),
      );
      return found.filter(({ host }) => host !== "");
    }
    return (await resolveAll(process, service)).map((host) => ({ host, port: config.managementPort }));
  }

  /** GET /bootstrap/seed-nodes of another node. */
  async #seedsOf(
    host: string,
    port: number,
  ): Promise<{ readonly self: string; readonly seeds: readonly string[] } | undefined> {
    const { process } = this.#node;
    try {
      const connection = await process.network.connect(host, port, { timeoutMs: RETRY_MS, signal: process.signal });
      try {
        await connection.writer.write(
          `GET /bootstrap/seed-nodes HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: close\r\n\r\n`,
        );
        const text = new TextDecoder().decode(await new StreamReader(connection.reader).rest());
        const body = JSON.parse(text.slice(text.indexOf("\r\n\r\n") + 4)) as {
          selfNode: string;
          seedNodes: { node: string }[];
        };
        return { self: body.selfNode, seeds: body.seedNodes.map(({ node }) => node) };
      } finally {
        connection.close();
      }
    } catch (error) {
      if ((isErrno(error) && !process.signal.aborted) || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  /** Asks each for its cluster; joins the first that is part of one. True where this node is a member then. */
  async #joinAny(addresses: readonly string[]): Promise<boolean> {
    const { process, config } = this.#node;
    for (const address of addresses) {
      if (address === this.#node.address) continue;
      const { host, port } = placeOf(address);
      try {
        const ip = await resolveHost(process, host);
        if (ip === undefined) continue;
        const link = await dialRpc(process, ip, port, { timeoutMs: RETRY_MS });
        try {
          const init: RemoteRequest = { op: "initJoin", system: config.system };
          if (!(await link.ask<{ member: boolean }>(init)).member || !this.#searching) continue;
          const join: RemoteRequest = { op: "join", member: this.#node.asNew() };
          const gossip = await link.ask<Gossip>(join);
          if (this.#closed) return false;
          this.#node.welcome(gossip, address);
          return true;
        } finally {
          link.close();
        }
      } catch (error) {
        if (process.signal.aborted) throw error;
        if (!isErrno(error) && !(error instanceof LinkLost) && !(error instanceof Refused)) throw error;
      }
    }
    return false;
  }
}
