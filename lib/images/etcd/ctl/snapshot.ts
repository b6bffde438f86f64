/** snapshot status and restore: work on files alone, in etcdutl and, up to 3.5, in etcdctl. */
import { isErrno, type Process } from "../../../machine/index.ts";
import { Journal, type JournalState } from "../../kit/journal.ts";
import { writeIdentity } from "../bootstrap.ts";
import { clusterId, memberId } from "../ids.ts";
import { EtcdStore } from "../store.ts";
import type { Command } from "./context.ts";
import { UsageError } from "./flags.ts";
import { humanBytes, table } from "./print.ts";

function readSnapshot(process: Process, path: string): EtcdStore {
  let text: string;
  try {
    text = process.files.readText(path);
  } catch (problem) {
    if (!isErrno(problem)) throw problem;
    throw new UsageError(`stat ${path}: ${problem.message.toLowerCase()}`, 1);
  }
  const store = new EtcdStore();
  try {
    store.load((JSON.parse(text) as JournalState).dump);
  } catch {
    throw new UsageError("snapshot file integrity check failed. 1 errors found.\nfile is not a snapshot", 1);
  }
  return store;
}

const status: Command = async ({ process, words, format, out }) => {
  const [path] = words;
  if (path === undefined || words.length > 1) throw new UsageError("snapshot status requires exactly one argument");
  const store = readSnapshot(process, path);
  const hash = store.hash(0).toString(16);
  if (format === "json") {
    await out(
      `${JSON.stringify({ hash: store.hash(0), revision: store.revision, totalKey: store.keyCount, totalSize: store.size })}\n`,
    );
    return 0;
  }
  const row = [hash, String(store.revision), String(store.keyCount), humanBytes(store.size)];
  await out(
    format === "table" ? table(["hash", "revision", "total keys", "total size"], [row]) : `${row.join(", ")}\n`,
  );
  return 0;
};

const restore: Command = async ({ process, words, flags, complain }) => {
  const [path] = words;
  if (path === undefined || words.length > 1) throw new UsageError("snapshot restore requires exactly one argument");
  const name = flags.get("name") ?? "default";
  const dataDir = flags.get("data-dir") ?? `${name}.etcd`;
  const peer = flags.get("initial-advertise-peer-urls") ?? "http://localhost:2380";
  const token = flags.get("initial-cluster-token") ?? "etcd-cluster";
  const pairs = (flags.get("initial-cluster") ?? `${name}=${peer}`).split(",").map((pair) => {
    const at = pair.indexOf("=");
    return { name: pair.slice(0, at), url: pair.slice(at + 1) };
  });
  const { files } = process;
  if (files.exists(dataDir) && files.list(dataDir).length > 0)
    throw new UsageError(`data-dir "${dataDir}" not empty or could not be read`, 1);
  const store = readSnapshot(process, path);
  const members = pairs.map(({ name: one, url }) => ({
    name: one,
    member: { id: memberId([url], token), name: "", peerUrls: [url], clientUrls: [], learner: false },
  }));
  const own = members.find((one) => one.name === name);
  if (own === undefined || own.member.peerUrls[0] !== peer)
    throw new UsageError(`couldn't find local name "${name}" in the initial cluster configuration`, 1);
  const cluster = clusterId(members.map(({ member }) => member.id));
  writeIdentity(process, dataDir, { id: own.member.id, cluster });
  store.members = new Map(members.map(({ member }) => [member.id, member]));
  store.removed.clear();
  store.serverVersions.clear();
  store.alarms = [];
  const journal = new Journal(
    files,
    {
      snapshot: `${dataDir}/member/snap/db`,
      log: `${dataDir}/member/wal/0000000000000000-0000000000000000.wal`,
    },
    store,
  );
  journal.term = 1;
  journal.applied = { term: 1, index: members.length };
  journal.open();
  const ts = new Date(process.clock.now()).toISOString();
  for (const msg of ["restoring snapshot", "restored snapshot"]) {
    await complain(
      `${JSON.stringify({ level: "info", ts, caller: "snapshot/v3_snapshot.go:248", msg, path, "wal-dir": `${dataDir}/member/wal`, "data-dir": dataDir, "snap-dir": `${dataDir}/member/snap` })}\n`,
    );
  }
  return 0;
};

export const SNAPSHOT_COMMANDS = {
  "snapshot status": { run: status, flags: {} },
  "snapshot restore": {
    run: restore,
    flags: {
      name: "value",
      "data-dir": "value",
      "initial-cluster": "value",
      "initial-cluster-token": "value",
      "initial-advertise-peer-urls": "value",
      "skip-hash-check": "boolean",
    },
  },
} as const;
