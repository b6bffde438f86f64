/** What etcd answers on its client port: the v3 API as JSON over HTTP, health, version, metrics. */
import { Feed } from "../kit/feed.ts";
import { grpcHealth, HEALTH_PATH } from "../kit/grpc-health.ts";
import type { HttpReply, HttpRequest } from "../kit/http.ts";
import { within } from "./compare.ts";
import { urlProblem } from "./config.ts";
import { EtcdError, Unsupported } from "./errors.ts";
import {
  BadRequest,
  bytes,
  eventJson,
  field,
  flag,
  id,
  integer,
  type Json,
  memberJson,
  present,
  resultJson,
  toDelete,
  toPut,
  toRange,
  toTxn,
} from "./gateway.ts";
import { health, metrics } from "./health.ts";
import { decimal, memberId, toBase64 } from "./ids.ts";
import type { EtcdServer } from "./server.ts";
import type { Change, Operation, WatchEvent } from "./types.ts";

type Call = (server: EtcdServer, body: Json) => Promise<Json>;

const MAX_OPERATIONS = 128;
const MIN_LEASE_SECONDS = 2;

const header = (server: EtcdServer, revision: number = server.store.revision): Json =>
  present({
    cluster_id: decimal(server.cluster),
    member_id: decimal(server.id),
    revision: String(revision),
    raft_term: String(server.raft.term),
  });

function checkOperations(server: EtcdServer, operation: Operation): void {
  if (operation.op === "txn") {
    for (const branch of [operation.success, operation.failure]) {
      if (branch.length > MAX_OPERATIONS || operation.compare.length > MAX_OPERATIONS)
        throw new EtcdError("TooManyOps");
      const put = new Set<string>();
      for (const inner of branch) {
        checkOperations(server, inner);
        if (inner.op !== "put") continue;
        if (put.has(inner.key)) throw new EtcdError("DuplicateKey");
        put.add(inner.key);
      }
    }
    if (operation.compare.some(({ key }) => key === "")) throw new EtcdError("EmptyKey");
    return;
  }
  if (operation.key === "") throw new EtcdError("EmptyKey");
  if (operation.op === "put" && operation.ignoreValue && operation.value !== "") throw new EtcdError("ValueProvided");
}

const writes = (operation: Operation): boolean =>
  operation.op === "txn"
    ? [...operation.success, ...operation.failure].some(writes)
    : operation.op === "put" || operation.op === "delete";

const puts = (operation: Operation): boolean =>
  operation.op === "txn" ? [...operation.success, ...operation.failure].some(puts) : operation.op === "put";

async function write(server: EtcdServer, operation: Operation): Promise<Json> {
  checkOperations(server, operation);
  if (server.member?.learner === true) throw new EtcdError("LearnerRpc");
  const { store, config } = server;
  const size = JSON.stringify(operation).length;
  if (size > config.maxRequestBytes) throw new EtcdError("RequestTooLarge");
  if (puts(operation)) {
    if (store.alarms.some(([, alarm]) => alarm === "NOSPACE")) throw new EtcdError("NoSpace");
    if (store.size + size > config.quotaBytes) {
      await server.change({ op: "alarm", raise: true, member: server.id, alarm: "NOSPACE" });
      throw new EtcdError("NoSpace");
    }
  }
  const began = server.process.clock.now();
  if (!writes(operation)) await server.linearizable();
  const { revision, result } = await server.change(operation);
  server.answered(began, writes(operation) ? "" : "read-only txn ", words(operation), `size:${size}`);
  return { header: header(server, revision), ...(result === undefined ? {} : resultJson(result)) };
}

/** A request as etcd logs it: keys, and sizes instead of values. */
function words(operation: Operation): string {
  switch (operation.op) {
    case "range":
      return `key:"${operation.key}" ${operation.end === "" ? "" : `range_end:"${operation.end}" `}`;
    case "put":
      return `header:<> put:<key:"${operation.key}" value_size:${operation.value.length} >`;
    case "delete":
      return `header:<> delete_range:<key:"${operation.key}" >`;
    case "txn":
      return `header:<> txn:<compare:<${operation.compare.map(({ key }) => `key:"${key}" `).join("")}> success:<${operation.success.map(words).join(" ")}> failure:<${operation.failure.map(words).join(" ")}>>`;
  }
}

async function range(server: EtcdServer, body: Json): Promise<Json> {
  const request = toRange(body);
  const began = server.process.clock.now();
  checkOperations(server, request);
  if (!flag(body, "serializable")) {
    if (server.member?.learner === true) throw new EtcdError("LearnerRpc");
    await server.linearizable();
  }
  const result = server.store.range(request);
  if ("error" in result) throw new EtcdError(result.error);
  await server.process.spend(10 + result.count);
  server.answered(began, "read-only range ", words(request), `range_response_count:${result.kvs.length}`);
  return { header: header(server), ...resultJson(result) };
}

function urlsOf(body: Json): readonly string[] {
  const urls = field(body, "peerURLs");
  const list = Array.isArray(urls) ? urls.map(String) : [];
  if (list.length === 0 || list.some((url) => urlProblem(url) !== undefined)) throw new EtcdError("BadPeerUrls");
  return [...list].sort();
}

async function reconfigured(server: EtcdServer, change: Change, extra: Json = {}): Promise<Json> {
  const { members = [] } = await server.reconfigure(change);
  return { header: header(server), ...extra, members: members.map(memberJson) };
}

const CALLS: Readonly<Record<string, Call>> = {
  "kv/range": range,
  "kv/put": (server, body) => write(server, toPut(body)),
  "kv/deleterange": (server, body) => write(server, toDelete(body)),
  "kv/txn": (server, body) => write(server, toTxn(body)),
  "kv/compaction": async (server, body) => {
    const { revision } = await server.change({ op: "compact", revision: integer(body, "revision") });
    return { header: header(server, revision) };
  },
  "lease/grant": async (server, body) => {
    let lease = id(body, "ID");
    if (lease === "0") {
      const { clock } = server.process;
      const chance = Math.floor(clock.random() * 0x10000).toString(16);
      lease = `694d${clock.now().toString(16).slice(-8).padStart(8, "0")}${chance.padStart(4, "0")}`;
    }
    const ttl = Math.max(MIN_LEASE_SECONDS, integer(body, "TTL"));
    await server.change({ op: "grant", id: lease, ttl });
    return { header: header(server), ID: decimal(lease), TTL: String(ttl) };
  },
  "lease/revoke": async (server, body) => {
    const { revision } = await server.change({ op: "revoke", id: id(body, "ID") });
    return { header: header(server, revision) };
  },
  "lease/timetolive": async (server, body) => {
    const lease = id(body, "ID");
    const left = await server.timeToLive(lease);
    const granted = server.store.leases.get(lease)?.ttl ?? 0;
    const keys = flag(body, "keys") ? server.store.keysOf(lease).map(toBase64) : [];
    return {
      header: header(server),
      ...present({ ID: decimal(lease), TTL: String(left), grantedTTL: String(granted), keys }),
    };
  },
  "lease/leases": async (server) => {
    await server.linearizable();
    const leases = [...server.store.leases.keys()].map((lease) => ({ ID: decimal(lease) }));
    return { header: header(server), ...present({ leases }) };
  },
  "lease/keepalive": async (server, body) => {
    const lease = id(body, "ID");
    const ttl = await server.keepAlive(lease);
    return { result: { header: header(server), ...present({ ID: decimal(lease), TTL: String(ttl) }) } };
  },
  "cluster/member/list": async (server, body) => {
    if (field(body, "linearizable") !== false) await server.linearizable();
    return { header: header(server), members: server.store.sortedMembers.map(memberJson) };
  },
  "cluster/member/add": async (server, body) => {
    const peerUrls = urlsOf(body);
    const seconds = Math.floor(server.process.clock.now() / 1000);
    const learner = flag(body, "isLearner");
    const member = { id: memberId(peerUrls, "", seconds), name: "", peerUrls, clientUrls: [], learner };
    return reconfigured(server, { op: "memberAdd", member }, { member: memberJson(member) });
  },
  "cluster/member/remove": (server, body) => reconfigured(server, { op: "memberRemove", id: id(body, "ID") }),
  "cluster/member/update": (server, body) =>
    reconfigured(server, { op: "memberUpdate", id: id(body, "ID"), peerUrls: urlsOf(body) }),
  "cluster/member/promote": (server, body) => reconfigured(server, { op: "memberPromote", id: id(body, "ID") }),
  "maintenance/status": async (server) => {
    const { store, raft } = server;
    const errors = [
      ...(server.leader === "0" ? ["etcdserver: no leader"] : []),
      ...store.alarms.map(([member, alarm]) => `memberID:${decimal(member)} alarm:${alarm} `),
    ];
    return {
      header: header(server),
      ...present({
        version: server.version,
        dbSize: String(store.size),
        leader: decimal(server.leader),
        raftIndex: String(raft.index),
        raftTerm: String(raft.term),
        raftAppliedIndex: String(raft.applied),
        errors,
        dbSizeInUse: String(store.sizeInUse),
        isLearner: server.member?.learner === true,
        dbSizeQuota: String(server.config.quotaBytes),
      }),
    };
  },
  "maintenance/alarm": async (server, body) => {
    const action = field(body, "action") ?? "GET";
    if (action === "DEACTIVATE" || action === "ACTIVATE") {
      const member = id(body, "memberID");
      const alarm = field(body, "alarm");
      const before = server.store.alarms.filter(
        ([one, name]) =>
          (member === "0" || one === member) && (alarm === undefined || alarm === "NONE" || name === alarm),
      );
      for (const [one, name] of before)
        await server.change({ op: "alarm", raise: action === "ACTIVATE", member: one, alarm: name });
      return { header: header(server), ...present({ alarms: before.map(alarmJson) }) };
    }
    return { header: header(server), ...present({ alarms: server.store.alarms.map(alarmJson) }) };
  },
  "maintenance/defragment": async (server) => {
    server.defragment();
    server.log("info", "backend/backend.go:497", "finished defragmenting directory", {
      path: `${server.config.dataDir}/member/snap/db`,
      "current-db-size-bytes": server.store.size,
    });
    return { header: header(server) };
  },
  "maintenance/hash": async (server, body) => {
    const revision = integer(body, "revision");
    const { store } = server;
    return {
      header: header(server),
      ...present({
        hash: store.hash(revision),
        compact_revision: String(store.compacted),
        hash_revision: String(revision || store.revision),
      }),
    };
  },
};

const alarmJson = ([member, alarm]: readonly [string, string]): Json => ({ memberID: decimal(member), alarm });

/** Events as they happen, beginning at a revision of the past where one is asked for. */
function watch(server: EtcdServer, body: Json): HttpReply {
  const request = field(body, "create_request");
  if (typeof request !== "object" || request === null) throw new BadRequest("only create_request is supported here");
  const asked = request as Json;
  const [key, end, from] = [bytes(asked, "key"), bytes(asked, "range_end"), integer(asked, "start_revision")];
  const filters = Array.isArray(field(asked, "filters")) ? (field(asked, "filters") as unknown[]) : [];
  const { store } = server;
  const line = (result: Json) => `${JSON.stringify({ result: { header: header(server), ...result } })}\n`;
  let stop: () => void = () => undefined;
  const feed = new Feed<string>(() => stop());
  const send = (events: readonly WatchEvent[]) => {
    const shown = events.filter(
      ({ type, kv }) =>
        within(kv.key, key, end) && kv.mod >= from && !filters.includes(type === "PUT" ? "NOPUT" : "NODELETE"),
    );
    if (shown.length === 0) return;
    const previous = (event: WatchEvent) =>
      flag(asked, "prev_kv") ? store.before(event.kv.key, event.kv.mod) : undefined;
    feed.push(line({ events: shown.map((event) => eventJson(event, previous(event))) }));
  };
  feed.push(line({ created: true }));
  if (from > 0 && from <= store.compacted) {
    feed.push(line({ canceled: true, compact_revision: String(store.compacted) }));
    feed.end();
  } else {
    if (from > 0) {
      // What belongs to one revision comes in one message.
      const past = store.events(key, end, from);
      for (let at = 0; at < past.length; ) {
        const same = past.slice(at).filter(({ kv }) => kv.mod === past[at]?.kv.mod);
        send(same);
        at += same.length;
      }
    }
    stop = server.watch(send);
  }
  return { status: 200, headers: { "Content-Type": "application/json" }, stream: feed };
}

const STATUS: Readonly<Record<number, number>> = { 3: 400, 4: 504, 5: 404, 8: 429, 9: 400, 11: 400, 12: 501, 14: 503 };

function refusal(code: number, error: string): HttpReply {
  return {
    status: STATUS[code] ?? 500,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ error, code, message: error }),
  };
}

async function call(server: EtcdServer, path: string, text: Uint8Array): Promise<HttpReply> {
  try {
    if (path.startsWith("auth/")) throw new Unsupported("authentication is not supported here");
    if (path === "maintenance/snapshot") {
      const state = JSON.stringify({ ...server.journal.state(), cluster: server.cluster });
      return { status: 200, headers: { "Content-Type": "application/json" }, body: state };
    }
    let body: unknown;
    try {
      body = text.length === 0 ? {} : JSON.parse(new TextDecoder().decode(text));
    } catch {
      throw new BadRequest("invalid character in JSON");
    }
    if (typeof body !== "object" || body === null) throw new BadRequest("json: cannot unmarshal into a message");
    if (path === "watch") return watch(server, body as Json);
    const handler = Object.hasOwn(CALLS, path) ? CALLS[path] : undefined;
    if (handler === undefined) return refusal(5, "Not Found");
    const reply = await handler(server, body as Json);
    return { status: 200, headers: { "Content-Type": "application/json" }, body: JSON.stringify(reply) };
  } catch (problem) {
    if (problem instanceof EtcdError) return refusal(problem.code, problem.message);
    if (problem instanceof Unsupported) return refusal(12, problem.message);
    if (problem instanceof BadRequest) return refusal(3, problem.message);
    throw problem;
  }
}

export async function answer(server: EtcdServer, request: HttpRequest | undefined): Promise<HttpReply> {
  if (request === undefined) return { status: 400, body: "400 Bad Request" };
  const api = /^\/v3(?:alpha|beta)?\/(.+)$/.exec(request.path);
  if (api?.[1] !== undefined) {
    if (request.method !== "POST") return refusal(12, "Method Not Allowed");
    return call(server, api[1], request.body);
  }
  const { version, store } = server;
  if (request.path === HEALTH_PATH) return grpcHealth(request, "", true);
  switch (request.path) {
    case "/version": {
      const etcdcluster = store.version === "" ? "not_decided" : `${store.version}.0`;
      const storage = version.startsWith("3.6") ? { storage: etcdcluster } : {};
      return json(200, { etcdserver: version, etcdcluster, ...storage });
    }
    case "/health":
    case "/livez":
    case "/readyz":
      return health(server, request);
    case "/metrics":
      return {
        status: 200,
        headers: { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" },
        body: metrics(server),
      };
    default:
      return { status: 404, headers: { "Content-Type": "text/plain; charset=utf-8" }, body: "404 page not found\n" };
  }
}

const json = (status: number, body: Json): HttpReply => ({
  status,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});
