/** Commands about the server, its clients and its replication. */
import { type Connection, isErrno } from "../../machine/index.ts";
import { globToRegExp } from "./commands.ts";
import { applySetting, settingsOf } from "./config.ts";
import { info } from "./info.ts";
import { Replica } from "./replication.ts";
import { array, bulk, error, integer, OK, type Reply, status, texts } from "./resp.ts";
import type { RedisServer } from "./server.ts";

/** One client connection. */
export interface Session {
  readonly id: number;
  readonly connection: Connection;
  database: number;
  authenticated: boolean;
  name: string;
  /** Commands between MULTI and EXEC. */
  queue: (readonly string[])[] | undefined;
  /** The transaction will not be run: a command was wrong, or a watched key has changed. */
  spoiled: boolean | "watched";
  /** Keys that must not change before EXEC: database and name. */
  readonly watched: Set<string>;
  /** What it listens to. */
  readonly channels: Set<string>;
  readonly patterns: Set<string>;
  /** The link to our master: may write to a replica. */
  readonly master: boolean;
  closing: boolean;
  listeningPort: number;
  replica: Replica | undefined;
}

type Handler = (
  server: RedisServer,
  session: Session,
  args: readonly string[],
) => Reply | Promise<Reply> | undefined | "none";

/** Runs an administrative command; undefined where there is none of that name. */
export function administer(
  server: RedisServer,
  session: Session,
  name: string,
  args: readonly string[],
): Reply | Promise<Reply> | undefined {
  const handler = Object.hasOwn(HANDLERS, name) ? HANDLERS[name] : undefined;
  if (handler === undefined) return undefined;
  const reply = handler(server, session, args);
  // A command without a reply (REPLCONF ACK, PSYNC) still was one: nothing is written for it.
  return reply === "none" ? (Promise.resolve(undefined) as unknown as Promise<Reply>) : reply;
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  ping: (_server, _session, [text]) => (text === undefined ? status("PONG") : bulk(text)),
  echo: (_server, _session, [text = ""]) => bulk(text),
  quit: (_server, session) => {
    session.closing = true;
    return OK;
  },
  auth: (server, session, args) => {
    const password = args[args.length - 1] ?? "";
    if (server.config.requirepass === "") {
      return error(
        "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
      );
    }
    if (password !== server.config.requirepass)
      return error("WRONGPASS invalid username-password pair or user is disabled.");
    session.authenticated = true;
    return OK;
  },
  hello: (server, _session, [version]) =>
    version !== undefined && version !== "2"
      ? error("NOPROTO unsupported protocol version")
      : texts([
          "server",
          "redis",
          "version",
          server.version,
          "proto",
          "2",
          "role",
          server.link === undefined ? "master" : "replica",
        ]),
  select: (server, session, [index = ""]) => {
    const number = Number(index);
    if (!Number.isInteger(number)) return error("ERR value is not an integer or out of range");
    if (server.databases[number] === undefined) return error("ERR DB index is out of range");
    session.database = number;
    return OK;
  },
  dbsize: (server, session) =>
    integer(server.databases[session.database]?.keys(server.process.clock.now()).length ?? 0),
  flushdb: (server, session) => flush(server, session, [session.database]),
  flushall: (server, session) => flush(server, session, server.databases.keys()),
  info: (server, _session, [section]) => bulk(info(server, section?.toLowerCase())),
  time: (server) => {
    const now = server.process.clock.now();
    return texts([String(Math.floor(now / 1000)), String((now % 1000) * 1000)]);
  },
  role: (server) => {
    if (server.link !== undefined) {
      const { target, up } = server.link;
      return array([
        bulk("slave"),
        bulk(target.host),
        integer(target.port),
        bulk(up ? "connected" : "connect"),
        integer(server.offset),
      ]);
    }
    const replicas = [...server.replicas].map((replica) =>
      texts([replica.address, String(replica.port), String(replica.acknowledged)]),
    );
    return array([bulk("master"), integer(server.offset), array(replicas)]);
  },
  replicaof: (server, _session, [host = "", port = ""]) => {
    if (host.toLowerCase() === "no" && port.toLowerCase() === "one") {
      if (server.link !== undefined) server.log("*", "MASTER MODE enabled (user request)");
      server.follow(undefined);
      return OK;
    }
    if (!/^\d+$/.test(port)) return error("ERR Invalid master port");
    if (server.link?.target.host === host && server.link.target.port === Number(port)) {
      return status("OK Already connected to specified master");
    }
    server.log("*", `REPLICAOF ${host}:${port} enabled (user request)`);
    server.follow({ host, port: Number(port) });
    return OK;
  },
  slaveof: (server, session, args) => HANDLERS["replicaof"]?.(server, session, args),
  replconf: (_server, session, [what = "", value = ""]) => {
    if (what.toLowerCase() === "listening-port") session.listeningPort = Number(value);
    if (what.toLowerCase() === "ack") {
      if (session.replica !== undefined) session.replica.acknowledged = Number(value);
      return "none";
    }
    return OK;
  },
  psync: (server, session) => {
    session.replica = new Replica(session.connection, session.listeningPort || 6379);
    void server.synchronise(session.replica);
    return "none";
  },
  wait: async (server, _session, [wanted = "0", timeout = "0"]) => {
    const { clock, signal } = server.process;
    const offset = server.offset;
    const acknowledged = () => [...server.replicas].filter((replica) => replica.acknowledged >= offset).length;
    const until = timeout === "0" ? Number.POSITIVE_INFINITY : clock.now() + Number(timeout);
    while (acknowledged() < Number(wanted) && clock.now() < until)
      await clock.sleep(Math.min(10, until - clock.now()), signal);
    return integer(acknowledged());
  },
  save: (server) => saveNow(server, OK),
  bgsave: (server) => saveNow(server, status("Background saving started")),
  bgrewriteaof: (server) => {
    if (server.config.appendonly) server.storage.rewrite(server.databases);
    return status("Background append only file rewriting started");
  },
  lastsave: (server) => integer(Math.floor(server.lastSave / 1000)),
  shutdown: (server, session, words) => {
    const [how] = words;
    if (words.some((word) => !/^(nosave|save|now|force)$/i.test(word))) return error("ERR syntax error");
    if (how?.toUpperCase() === "NOSAVE") server.config.save = [];
    session.closing = true;
    server.shutdown();
    return "none";
  },
  config: (server, _session, [verb = "", name = "", ...values]) =>
    configure(server, verb.toLowerCase(), name.toLowerCase(), values),
  client: (server, session, [verb = "", value = ""]) => {
    switch (verb.toLowerCase()) {
      case "id":
        return integer(session.id);
      case "getname":
        return bulk(session.name);
      case "setname":
        session.name = value;
        return OK;
      case "setinfo":
        return OK;
      case "list":
        return bulk(
          [...server.sessions]
            .map(
              (one) =>
                `id=${one.id} addr=${one.connection.remoteAddress}:${one.connection.remotePort} name=${one.name} db=${one.database} flags=${one.replica === undefined ? "N" : "S"}\n`,
            )
            .join(""),
        );
      default:
        return error(`ERR unknown subcommand '${verb}'. Try CLIENT HELP.`);
    }
  },
  command: () => array([]),
  multi: (_server, session) => {
    if (session.queue !== undefined) return error("ERR MULTI calls can not be nested");
    session.queue = [];
    return OK;
  },
  discard: (_server, session) => {
    if (session.queue === undefined) return error("ERR DISCARD without MULTI");
    endTransaction(session);
    return OK;
  },
  watch: (_server, session, keys) => {
    if (session.queue !== undefined) return error("ERR WATCH inside MULTI is not allowed");
    if (keys.length === 0) return error("ERR wrong number of arguments for 'watch' command");
    for (const key of keys) session.watched.add(`${session.database} ${key}`);
    return OK;
  },
  unwatch: (_server, session) => {
    session.watched.clear();
    session.spoiled = false;
    return OK;
  },
  publish: (server, session, [channel, message]) => {
    if (channel === undefined || message === undefined)
      return error("ERR wrong number of arguments for 'publish' command");
    const heard = server.publish(channel, message);
    server.feed(["PUBLISH", channel, message], session.database);
    return integer(heard);
  },
  subscribe: (_server, session, names) => listen(session, "subscribe", session.channels, names),
  psubscribe: (_server, session, names) => listen(session, "psubscribe", session.patterns, names),
  unsubscribe: (_server, session, names) => listen(session, "unsubscribe", session.channels, names),
  punsubscribe: (_server, session, names) => listen(session, "punsubscribe", session.patterns, names),
  pubsub: (server, _session, [verb = "", ...names]) => {
    const all = [...server.sessions];
    switch (verb.toLowerCase()) {
      case "channels": {
        const pattern = globToRegExp(names[0] ?? "*");
        return texts([...new Set(all.flatMap((one) => [...one.channels]))].filter((name) => pattern.test(name)));
      }
      case "numsub":
        return array(
          names.flatMap((name) => [bulk(name), integer(all.filter((one) => one.channels.has(name)).length)]),
        );
      case "numpat":
        return integer(new Set(all.flatMap((one) => [...one.patterns])).size);
      default:
        return error(`ERR unknown subcommand '${verb}'. Try PUBSUB HELP.`);
    }
  },
  acl: (server, _session, [verb = ""]) => {
    switch (verb.toLowerCase()) {
      case "whoami":
        return bulk("default");
      case "users":
        return texts(["default"]);
      case "list":
        return texts([`user default on ${server.config.requirepass === "" ? "nopass" : "#<password>"} ~* &* +@all`]);
      default:
        return error(`ERR ACL ${verb.toUpperCase()} is not supported here: there is the default user alone`);
    }
  },
  slowlog: (_server, _session, [verb = ""]) => {
    if (/^len$/i.test(verb)) return integer(0);
    return /^reset$/i.test(verb) ? OK : array([]);
  },
  cluster: () => error("ERR This instance has cluster support disabled"),
  memory: (server, session, [verb = "", key = ""]) => {
    if (verb.toLowerCase() !== "usage") return error(`ERR MEMORY ${verb.toUpperCase()} is not supported here`);
    const value = server.databases[session.database]?.get(key, server.process.clock.now());
    return value === undefined ? bulk(null) : integer(48 + key.length + JSON.stringify(value).length);
  },
  exec: async (server, session) => {
    const queue = session.queue;
    if (queue === undefined) return error("ERR EXEC without MULTI");
    const { spoiled } = session;
    endTransaction(session);
    if (spoiled === "watched") return array(null);
    if (spoiled) return error("EXECABORT Transaction discarded because of previous errors.");
    const replies: Reply[] = [];
    for (const words of queue) {
      const reply = await server.execute(session, words);
      replies.push(reply ?? OK);
    }
    return array(replies);
  },
};

function endTransaction(session: Session): void {
  session.queue = undefined;
  session.spoiled = false;
  session.watched.clear();
}

/** SUBSCRIBE and its kind: one reply a name. */
function listen(session: Session, verb: string, known: Set<string>, names: readonly string[]): Reply {
  const isEnd = verb.includes("un");
  if (names.length === 0 && !isEnd) return error(`ERR wrong number of arguments for '${verb}' command`);
  const all: readonly (string | null)[] = names.length > 0 ? names : known.size > 0 ? [...known] : [null];
  const replies = all.map((name) => {
    if (name !== null) {
      if (isEnd) known.delete(name);
      else known.add(name);
    }
    return array([bulk(verb), bulk(name), integer(session.channels.size + session.patterns.size)]);
  });
  return { type: "several", replies };
}

export const isAdministrative = (name: string): boolean => Object.hasOwn(HANDLERS, name);

function flush(server: RedisServer, session: Session, indices: Iterable<number>): Reply {
  if (server.link !== undefined && server.config.replicaReadOnly && !session.master) {
    return error("READONLY You can't write against a read only replica.");
  }
  const all = [...indices];
  for (const index of all) server.databases[index]?.clear();
  server.changed([all.length === 1 ? "FLUSHDB" : "FLUSHALL"], session.database);
  return OK;
}

function saveNow(server: RedisServer, reply: Reply): Reply {
  try {
    server.save();
    server.log("*", "DB saved on disk");
    return reply;
  } catch (problem) {
    if (!isErrno(problem)) throw problem;
    server.log("#", `Failed opening the temp RDB file for saving: ${problem.message}`);
    return error("ERR");
  }
}

function configure(server: RedisServer, verb: string, name: string, values: readonly string[]): Reply {
  if (verb === "get") {
    const expression = globToRegExp(name);
    return texts(
      Object.entries(settingsOf(server.config))
        .filter(([key]) => expression.test(key))
        .flat(),
    );
  }
  if (verb === "set") {
    try {
      if (name === "save") server.config.save = [];
      const turnedOn = name === "appendonly" && values[0] === "yes" && !server.config.appendonly;
      applySetting(server.config, name, values);
      if (turnedOn) server.storage.rewrite(server.databases);
      return OK;
    } catch (problem) {
      if (isErrno(problem))
        return error(`ERR CONFIG SET failed (possibly related to argument '${name}') - ${problem.message}`);
      return error(`ERR Unknown option or number of arguments for CONFIG SET - '${name}'`);
    }
  }
  if (verb === "rewrite") {
    if (server.configFile === "") return error("ERR The server is running without a config file");
    const lines = Object.entries(settingsOf(server.config)).filter(([, value]) => value !== "");
    server.process.files.writeFile(server.configFile, `${lines.map(([key, value]) => `${key} ${value}`).join("\n")}\n`);
    return OK;
  }
  if (verb === "resetstat") return OK;
  return error(`ERR unknown subcommand '${verb}'. Try CONFIG HELP.`);
}
