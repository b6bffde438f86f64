/** A mysqld as a member of a Galera cluster: every change is ordered by the group, and applied by all. */
import { isErrno } from "../../machine/index.ts";
import { Group } from "../kit/group.ts";
import type { Account } from "./accounts.ts";
import { CLUSTER_UUID, type MysqlServer } from "./server.ts";
import { dumpCatalog, loadCatalog } from "./store.ts";

const CLUSTER_PORT = 4567;

interface Change {
  readonly sql: string;
  readonly database: string | undefined;
  /** ms since the epoch; missing in changes of earlier versions. */
  readonly now?: number;
}

export function joinGroup(server: MysqlServer, address: string): Group {
  const { config, data, log, process } = server;
  const persist = (position: number) => {
    try {
      data.save(server.catalog);
      data.writeState(CLUSTER_UUID, position);
    } catch (problem) {
      if (!isErrno(problem)) throw problem;
      log("ERROR", `InnoDB: Write to file failed: ${problem.message}`);
      throw problem;
    }
  };
  const { seqno, view } = data.readState();
  let seeds = address
    .replace(/^gcomm:\/\//, "")
    .replace(/\?.*$/, "")
    .split(",")
    .map((seed) => seed.trim().replace(/:\d+$/, ""))
    .filter(Boolean);
  const others = (view?.members ?? []).filter(({ name }) => name !== config.nodeName);
  if (seeds.length === 0 && others.length > 0) {
    // A second founding beside a living cluster would split it: who was part of one goes back to it.
    log(
      "Warning",
      "WSREP: It may not be safe to bootstrap the cluster from this node; looking for the members of its last view",
    );
    seeds = others.map((member) => member.address);
  }
  log("Note", `WSREP: gcomm: connecting to group '${config.clusterName}', peer '${seeds.join(",")}'`);
  const group = new Group({
    process,
    port: CLUSTER_PORT,
    name: config.nodeName,
    address: config.nodeAddress,
    seeds,
    seqno,
    view,
    dump: () => JSON.stringify({ catalog: dumpCatalog(server.catalog), accounts: server.accounts.accounts }),
    load: (dump, position) => {
      log("Note", `WSREP: State transfer received, position ${CLUSTER_UUID}:${position}`);
      const { catalog, accounts } = JSON.parse(dump) as { catalog: string; accounts: Account[] };
      loadCatalog(server.catalog, catalog);
      server.accounts.accounts = accounts;
      server.accounts.save();
      persist(position);
    },
    apply: (text, position) => {
      const change = JSON.parse(text) as Change;
      const result = server.apply(change.sql, change.database, change.now ?? process.clock.now());
      persist(position);
      return JSON.stringify(result);
    },
    changed: (now) => {
      if (now.view !== undefined) data.writeView(now.view);
      if (now.state === "primary" && !server.isOpen) {
        log("Note", "WSREP: Synchronized with group, ready for connections");
        server.open();
      }
    },
    log: (text) => log("Note", `WSREP: ${text}`),
  });
  group.start();
  return group;
}
