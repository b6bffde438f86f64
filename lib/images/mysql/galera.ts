/** A mysqld as a member of a Galera cluster: every change is ordered by the group, and applied by all. */
import { isErrno } from "../../machine/index.ts";
import { Group } from "../kit/group.ts";
import type { Account } from "./accounts.ts";
import type { SqlResult, Work } from "./engine/types.ts";
import { CLUSTER_UUID, type MysqlServer } from "./server.ts";

const CLUSTER_PORT = 4567;

/** What the members agree on the order of. */
export type GroupChange =
  | { readonly kind: "work"; readonly work: Work }
  /** A statement about accounts, which every member runs. */
  | { readonly kind: "account"; readonly sql: string };

/** What every member makes of it: done, refused since something else came first, or a refusal of its own. */
export type GroupAnswer = { readonly lost: boolean } | SqlResult;

export function joinGroup(server: MysqlServer, address: string): Group {
  const { config, data, log, process } = server;
  const { engine } = server;
  const persist = (position: number, write: () => void) => {
    try {
      write();
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
  let viewId = -1;
  engine.position = seqno;
  const group = new Group({
    process,
    port: CLUSTER_PORT,
    name: config.nodeName,
    address: config.nodeAddress,
    seeds,
    seqno,
    view,
    dump: () => JSON.stringify({ tables: engine.dump(), accounts: server.accounts.accounts }),
    load: (dump, position) => {
      log("Note", `WSREP: State transfer received, position ${CLUSTER_UUID}:${position}`);
      const { tables, accounts } = JSON.parse(dump) as { tables: string; accounts: Account[] };
      engine.restore(tables, position);
      server.accounts.accounts = accounts;
      server.accounts.save();
      persist(position, () => data.checkpoint(engine.state));
    },
    apply: (text, position) => {
      const change = JSON.parse(text) as GroupChange;
      let answer: GroupAnswer;
      if (change.kind === "account") {
        answer = server.applyAccount(change.sql);
        persist(position, () => undefined);
      } else if (engine.certifies(change.work)) {
        const changes = engine.resolve(change.work);
        persist(position, () => data.commit(changes));
        engine.apply(changes, change.work.keys, position);
        data.afterCommit(engine.state);
        answer = { lost: false };
      } else {
        persist(position, () => undefined);
        answer = { lost: true };
      }
      engine.position = position;
      return JSON.stringify(answer satisfies GroupAnswer);
    },
    changed: (now) => {
      if (now.view !== undefined) {
        data.writeView(now.view);
        if (now.view.id !== viewId) {
          viewId = now.view.id;
          engine.position = now.seqno;
          engine.forget();
        }
      }
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
