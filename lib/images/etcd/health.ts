/** /health, /livez, /readyz and /metrics (server/etcdserver/api/etcdhttp). */
import type { HttpReply, HttpRequest } from "../kit/http.ts";
import { EtcdError } from "./errors.ts";
import { decimal } from "./ids.ts";
import type { EtcdServer } from "./server.ts";

const text = (status: number, body: string): HttpReply => ({
  status,
  headers: { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" },
  body,
});

async function readProblem(server: EtcdServer): Promise<string | undefined> {
  try {
    await server.linearizable();
    return undefined;
  } catch (problem) {
    if (problem instanceof EtcdError) return problem.message;
    throw problem;
  }
}

/** Whether this version has the probes that Kubernetes' own conventions ask for. */
function hasProbes(version: string): boolean {
  const [, minor = 0, patch = 0] = version.split(".").map(Number);
  return minor >= 6 || (minor === 5 && patch >= 11) || (minor === 4 && patch >= 29);
}

export async function health(server: EtcdServer, request: HttpRequest): Promise<HttpReply> {
  if (request.path !== "/health") return probe(server, request);
  if (request.method !== "GET") return text(405, "Method Not Allowed\n");
  const excluded = request.query.getAll("exclude");
  const serializable = request.query.get("serializable") === "true";
  const alarm = server.store.alarms.find(([, name]) => !excluded.includes(name));
  let reason = alarm === undefined ? "" : `ALARM ${alarm[1]}`;
  if (reason === "" && !serializable && server.leader === "0") reason = "RAFT NO LEADER";
  if (reason === "" && !serializable) {
    const problem = await readProblem(server);
    if (problem !== undefined) reason = `RANGE ERROR:${problem}`;
  }
  const withReason = !server.version.startsWith("3.4");
  const body = JSON.stringify({ health: String(reason === ""), ...(withReason ? { reason } : {}) });
  if (reason === "") return { status: 200, headers: { "Content-Type": "text/plain; charset=utf-8" }, body };
  server.log("warn", "etcdhttp/health.go:86", "/health error", { output: body, "status-code": 503 });
  return text(503, `${body}\n`);
}

async function probe(server: EtcdServer, request: HttpRequest): Promise<HttpReply> {
  if (!hasProbes(server.version)) return text(404, "404 page not found\n");
  const results: [name: string, problem: string | undefined][] = [];
  if (request.path === "/readyz") {
    const corrupt = server.store.alarms.some(([, name]) => name === "CORRUPT");
    results.push(["data_corruption", corrupt ? "alarm activated: CORRUPT" : undefined]);
  }
  results.push(["serializable_read", undefined]);
  if (request.path === "/readyz") {
    results.push(["linearizable_read", server.leader === "0" ? "etcdserver: no leader" : await readProblem(server)]);
  }
  const failed = results.some(([, problem]) => problem !== undefined);
  const lines = results
    .map(([name, problem]) => (problem === undefined ? `[+]${name} ok\n` : `[-]${name} failed: ${problem}\n`))
    .join("");
  if (failed) return text(503, `${lines}\n`);
  return text(200, request.query.has("verbose") ? `${lines}ok\n` : "ok\n");
}

/** The figures that dashboards and alerts of etcd are made of. */
export function metrics(server: EtcdServer): string {
  const { store, raft, leader } = server;
  const gauges: readonly (readonly [name: string, type: "gauge" | "counter", help: string, value: number | string])[] =
    [
      [
        "etcd_server_has_leader",
        "gauge",
        "Whether or not a leader exists. 1 is existence, 0 is not.",
        leader === "0" ? 0 : 1,
      ],
      [
        "etcd_server_is_leader",
        "gauge",
        "Whether or not this member is a leader. 1 if is, 0 otherwise.",
        leader === server.id ? 1 : 0,
      ],
      [
        "etcd_server_is_learner",
        "gauge",
        "Whether or not this member is a learner. 1 if is, 0 otherwise.",
        server.member?.learner === true ? 1 : 0,
      ],
      ["etcd_server_leader_changes_seen_total", "counter", "The number of leader changes seen.", server.leaderChanges],
      [
        "etcd_server_proposals_committed_total",
        "gauge",
        "The total number of consensus proposals committed.",
        raft.applied,
      ],
      [
        "etcd_server_proposals_applied_total",
        "gauge",
        "The total number of consensus proposals applied.",
        raft.applied,
      ],
      [
        "etcd_server_proposals_pending",
        "gauge",
        "The current number of pending proposals to commit.",
        raft.index - raft.applied,
      ],
      [
        "etcd_server_proposals_failed_total",
        "counter",
        "The total number of failed proposals seen.",
        server.failedProposals,
      ],
      [
        "etcd_server_quota_backend_bytes",
        "gauge",
        "Current backend storage quota size in bytes.",
        server.config.quotaBytes,
      ],
      [
        "etcd_mvcc_db_total_size_in_bytes",
        "gauge",
        "Total size of the underlying database physically allocated in bytes.",
        store.size,
      ],
      [
        "etcd_mvcc_db_total_size_in_use_in_bytes",
        "gauge",
        "Total size of the underlying database logically in use in bytes.",
        store.sizeInUse,
      ],
      ["etcd_debugging_mvcc_keys_total", "gauge", "Total number of keys.", store.keyCount],
      ["etcd_debugging_mvcc_current_revision", "gauge", "The current revision of store.", store.revision],
    ];
  const lines = gauges.map(
    ([name, type, help, value]) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${value}\n`,
  );
  return `${lines.join("")}# HELP etcd_server_id Server or member ID in hexadecimal format. 1 for 'server_id' label with current ID.\n# TYPE etcd_server_id gauge\netcd_server_id{server_id="${server.id}"} 1\n# HELP etcd_server_version Which version is running. 1 for 'server_version' label with current version.\n# TYPE etcd_server_version gauge\netcd_server_version{server_version="${server.version}"} 1\n# HELP etcd_cluster_version Which version is running. 1 for 'cluster_version' label with current cluster version\n# TYPE etcd_cluster_version gauge\netcd_cluster_version{cluster_version="${store.version}"} ${decimal("1")}\n`;
}
