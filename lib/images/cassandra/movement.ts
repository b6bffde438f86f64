/** Data that changes its place: joining, leaving, removing, repairing, cleaning up. */
import { LinkLost } from "../kit/rpc.ts";
import type { CoordinatorHost } from "./coordinator.ts";
import { type Coordinator, required } from "./coordinator.ts";
import { CqlError } from "./cql/types.ts";
import { Ring, replicationFactor } from "./ring.ts";
import { SYSTEM_KEYSPACES, type TableSchema, tokenOfKey } from "./schema.ts";
import { type Fragment, mergeFragments } from "./table.ts";

/** What a management command is refused with. */
export class OperationError extends Error {}

interface MovementHost extends CoordinatorHost {
  readonly coordinator: Coordinator;
  readonly major: number;
}

export class Movement {
  readonly #host: MovementHost;

  constructor(host: MovementHost) {
    this.#host = host;
  }

  get #self(): string {
    return this.#host.gossip.self.hostId;
  }

  #tables(keyspace?: string): TableSchema[] {
    return this.#host.schema.tables(keyspace);
  }

  // ------------------------------------------------------------------------------------------------------------- joining

  /**
   * Fetches everything this node will own. Each range comes from the replica that gives it up, so that nothing that was
   * acknowledged can be missed. Throws `OperationError`.
   */
  async bootstrap(consistent: boolean): Promise<void> {
    const { coordinator, gossip, schema } = this.#host;
    const { ring, futureRing } = coordinator;
    for (const { name, replication } of schema.keyspaces) {
      for (const { token } of futureRing.entries) {
        const before = ring.replicas(token, replication);
        const after = futureRing.replicas(token, replication);
        if (!after.includes(this.#self) || before.length === 0) continue;
        const giving = before.filter((hostId) => !after.includes(hostId));
        const down = giving.find((hostId) => !gossip.isUp(hostId));
        if (consistent && down !== undefined)
          throw new OperationError(
            `A node required to move the data consistently is down (/${gossip.endpoints.get(down)?.address}). If you wish to move the data from a potentially inconsistent replica, restart the node with -Dcassandra.consistent.rangemovement=false`,
          );
        if (!before.some((hostId) => gossip.isUp(hostId)))
          throw new OperationError(
            `Unable to find sufficient sources for streaming range in keyspace ${name} with RF=${replicationFactor(replication)}`,
          );
      }
    }
    for (const table of this.#tables()) {
      for (const { hostId } of ring.members) {
        if (hostId === this.#self || !gossip.isUp(hostId)) continue;
        const fragments = await this.#from<Fragment[]>(hostId, { type: "stream", id: table.id, to: this.#self });
        for (const fragment of fragments) coordinator.store(table, fragment);
      }
    }
  }

  async #from<T>(hostId: string, message: { readonly type: string } & Record<string, unknown>): Promise<T> {
    try {
      return await this.#host.gossip.ask<T>(hostId, message, 60_000);
    } catch (problem) {
      if (problem instanceof LinkLost) throw new OperationError("Stream failed");
      throw problem;
    }
  }

  /** As a replica: the partitions that a node on its way in will own. */
  async stream(id: string, to: string): Promise<Fragment[]> {
    const { coordinator, schema, storage, process } = this.#host;
    const table = schema.byId(id);
    if (table === undefined) return [];
    const replication = coordinator.replicationOf(table);
    const { ring, futureRing } = coordinator;
    const fragments: Fragment[] = [];
    for (const { token, fragment } of storage.of(table).all()) {
      await process.spend(50);
      const mine = ring.replicas(token, replication).includes(this.#self);
      if (mine && futureRing.replicas(token, replication).includes(to)) fragments.push(fragment);
    }
    return fragments;
  }

  // ------------------------------------------------------------------------------------------------------------- leaving

  /** Throws `OperationError` where the rest could not hold what the keyspaces ask for. */
  checkLeaving(force: boolean): void {
    const { coordinator, gossip, schema, major } = this.#host;
    const { members } = coordinator.ring;
    if (members.length <= 1)
      throw new OperationError(
        "Unsupported operation: no other normal nodes in the ring; decommission would be pointless",
      );
    const joining = [...gossip.endpoints.values()].some(({ status }) => status === "BOOT");
    if (joining)
      throw new OperationError(
        "Unsupported operation: data is currently moving to this node; unable to leave the ring",
      );
    if (force || major < 4) return;
    for (const { name, replication } of [...SYSTEM_KEYSPACES, ...schema.keyspaces]) {
      if (replication["class"] === "LocalStrategy") continue;
      const local = replication["class"] === "NetworkTopologyStrategy";
      const { dataCenter } = gossip.self;
      const factor = replicationFactor(replication, local ? dataCenter : undefined);
      const count = local ? members.filter((member) => member.dataCenter === dataCenter).length : members.length;
      if (count <= factor)
        throw new OperationError(
          `Unsupported operation: Not enough live nodes to maintain replication factor in keyspace ${name} (RF = ${factor}, N = ${count}). Perform a forceful decommission to ignore.`,
        );
    }
  }

  /** Gives everything this node holds to those who will own it. Throws `OperationError`. */
  async handOver(): Promise<void> {
    const { coordinator, storage, process } = this.#host;
    const { ring, futureRing } = coordinator;
    for (const table of this.#tables()) {
      const replication = coordinator.replicationOf(table);
      for (const { token, fragment } of [...storage.of(table).all()]) {
        await process.spend(50);
        const before = ring.replicas(token, replication);
        if (!before.includes(this.#self)) continue;
        for (const hostId of futureRing.replicas(token, replication)) {
          if (!before.includes(hostId)) await this.#from(hostId, { type: "write", id: table.id, fragment });
        }
      }
    }
  }

  /** Makes the others hold what a node that will not come back held, then takes it out of the ring. */
  async removeNode(hostId: string): Promise<void> {
    const { gossip } = this.#host;
    const endpoint = gossip.endpoints.get(hostId);
    if (endpoint === undefined || endpoint.status === "LEFT" || endpoint.status === "removed")
      throw new OperationError("Unsupported operation: Host ID not found.");
    if (hostId === this.#self) throw new OperationError("Unsupported operation: Cannot remove self");
    if (gossip.isUp(hostId))
      throw new OperationError(
        `Unsupported operation: Node /${endpoint.address} is alive and owns this ID. Use decommission command to remove it from the ring`,
      );
    await this.restore(hostId);
    for (const other of gossip.live) await this.#from(other, { type: "restore", gone: hostId });
    gossip.declareGone(endpoint);
  }

  /** As a replica: sends what only the gone node's heirs lack. One of the replicas that stay does it. */
  async restore(gone: string): Promise<void> {
    const { coordinator, gossip, storage, process } = this.#host;
    const { ring } = coordinator;
    const rest = new Ring(ring.members.filter((member) => member.hostId !== gone));
    for (const table of this.#tables()) {
      const replication = coordinator.replicationOf(table);
      for (const { token, fragment } of [...storage.of(table).all()]) {
        await process.spend(50);
        const before = ring.replicas(token, replication);
        if (!before.includes(gone) || before.find((hostId) => gossip.isUp(hostId)) !== this.#self) continue;
        for (const hostId of rest.replicas(token, replication)) {
          if (before.includes(hostId)) continue;
          await this.#from(hostId, { type: "write", id: table.id, fragment });
        }
      }
    }
  }

  // ------------------------------------------------------------------------------------------------------- housekeeping

  /** Drops what this node no longer owns; returns how many partitions that were. */
  async cleanup(keyspace?: string): Promise<number> {
    const { coordinator, storage, process } = this.#host;
    const { ring } = coordinator;
    let dropped = 0;
    for (const table of this.#tables(keyspace)) {
      const replication = coordinator.replicationOf(table);
      const data = storage.of(table);
      const foreign: Fragment[] = [];
      for (const { token, fragment } of data.all()) {
        await process.spend(20);
        if (!ring.replicas(token, replication).includes(this.#self)) foreign.push(fragment);
      }
      storage.flush(process.clock.now());
      for (const { k } of foreign) data.remove(k);
      if (foreign.length > 0) storage.compact(table, process.clock.now());
      dropped += foreign.length;
    }
    return dropped;
  }

  /** Makes all replicas of what this node owns alike. Throws `OperationError` where one of them is down. */
  async repair(keyspace: string): Promise<void> {
    const { coordinator, gossip, process, schema } = this.#host;
    const replication = schema.keyspace(keyspace)?.replication ?? {};
    const { ring } = coordinator;
    const neighbours = new Set<string>();
    for (const { token } of ring.entries) {
      const replicas = ring.replicas(token, replication);
      if (replicas.includes(this.#self)) for (const hostId of replicas) neighbours.add(hostId);
    }
    const dead = [...neighbours].find((hostId) => !gossip.isUp(hostId));
    if (dead !== undefined)
      throw new OperationError(
        `Endpoint not alive: /${gossip.endpoints.get(dead)?.address}${this.#host.major >= 4 ? ":7000" : ""}`,
      );
    for (const table of this.#tables(keyspace)) {
      const found = new Map<string, { readonly replicas: readonly string[]; readonly by: Map<string, Fragment> }>();
      for (const hostId of neighbours) {
        const message = { type: "scan", id: table.id };
        const fragments =
          hostId === this.#self
            ? ((await coordinator.answer(message)) as Fragment[])
            : await this.#from<Fragment[]>(hostId, message);
        for (const fragment of fragments) {
          await process.spend(50);
          const key = JSON.stringify(fragment.k);
          const known = found.get(key);
          const replicas = known?.replicas ?? ring.replicas(tokenOfKey(table, fragment.k), replication);
          if (!replicas.includes(this.#self) || !replicas.includes(hostId)) continue;
          if (known === undefined) found.set(key, { replicas, by: new Map([[hostId, fragment]]) });
          else known.by.set(hostId, fragment);
        }
      }
      for (const { replicas, by } of found.values()) {
        const merged = mergeFragments(table, [...by.values()]);
        if (merged === undefined) continue;
        for (const hostId of replicas) {
          if (JSON.stringify(by.get(hostId)) === JSON.stringify(merged)) continue;
          if (hostId === this.#self) coordinator.store(table, merged);
          else await this.#from(hostId, { type: "write", id: table.id, fragment: merged });
        }
      }
    }
  }

  /** Addresses that hold a key's partition. */
  endpointsOf(keyspace: string, tableName: string, key: string): string[] {
    const { coordinator, gossip, schema } = this.#host;
    if (schema.keyspace(keyspace) === undefined) throw new OperationError(`Unknown keyspace '${keyspace}'`);
    const table = schema.table(keyspace, tableName);
    if (table === undefined) throw new OperationError(`Unknown table '${tableName}' in keyspace '${keyspace}'`);
    const types = table.columns.filter(({ kind }) => kind === "partition_key");
    const parts = types.length === 1 ? [key] : key.split(":");
    const values = types.map(({ type }, index) => {
      const part = parts[index] ?? "";
      if (type.name === "boolean") return part === "true";
      return ["int", "smallint", "tinyint", "float", "double", "timestamp"].includes(type.name) ? Number(part) : part;
    });
    return coordinator.ring
      .replicas(tokenOfKey(table, values), coordinator.replicationOf(table))
      .map((hostId) => gossip.endpoints.get(hostId)?.address ?? "?");
  }

  /** True where a level could be reached in all ranges of a keyspace right now. */
  reachable(level: "ONE" | "QUORUM" | "ALL", keyspace: string): boolean {
    const { coordinator, gossip, schema } = this.#host;
    const replication = schema.keyspace(keyspace)?.replication;
    if (replication === undefined) throw new CqlError("Invalid", `Keyspace '${keyspace}' does not exist`);
    const needed = required(level, replication, gossip.self.dataCenter);
    return coordinator.ring.entries.every(
      ({ token }) =>
        coordinator.ring.replicas(token, replication).filter((hostId) => gossip.isUp(hostId)).length >= needed,
    );
  }
}
