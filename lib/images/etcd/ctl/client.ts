/** A client of etcd's v3 API. It speaks the JSON gateway, where the real one speaks gRPC. */
import { type Connection, isErrno, type Process } from "../../../machine/index.ts";
import { StreamReader } from "../../kit/reader.ts";
import { resolveHost } from "../../kit/resolve.ts";
import { endpointOf } from "../config.ts";

export type Reply = Readonly<Record<string, unknown>>;

/** What a call failed with, in the words of the client library. */
export class CallError extends Error {
  /** gRPC's code; 4: nobody answered in time. */
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const DEADLINE = "context deadline exceeded";
const RETRY_MS = 500;
const LINE_LIMIT = 64 * 1024 * 1024;

export class EtcdClient {
  readonly endpoints: readonly string[];
  readonly #process: Process;
  readonly #timeoutMs: number;

  constructor(process: Process, endpoints: readonly string[], timeoutMs: number) {
    this.#process = process;
    this.endpoints = endpoints;
    this.#timeoutMs = timeoutMs;
    process.onSignal("SIGPIPE", "ignore");
  }

  /** The same, asking one endpoint alone. */
  at(endpoint: string): EtcdClient {
    return new EtcdClient(this.#process, [endpoint], this.#timeoutMs);
  }

  /** Tries one endpoint after another until one answers or the time is over. Throws `CallError`. */
  async call(path: string, body: Reply, timeoutMs: number = this.#timeoutMs): Promise<Reply> {
    const { clock, signal } = this.#process;
    const deadline = clock.now() + timeoutMs;
    let why = "";
    for (let round = 0; ; round++) {
      for (const endpoint of this.endpoints) {
        const reply = await this.#once(endpoint, path, body, deadline);
        if (typeof reply !== "string") return reply;
        why = reply;
        if (clock.now() >= deadline) break;
      }
      const left = deadline - clock.now();
      if (left <= 0) {
        await this.#complain(why);
        throw new CallError(4, DEADLINE);
      }
      await clock.sleep(Math.min(RETRY_MS * 2 ** Math.min(round, 2), left), signal);
    }
  }

  /** Lines of a streaming call, until it ends or the server is gone. */
  async *stream(path: string, body: Reply): AsyncGenerator<Reply> {
    const { clock, signal } = this.#process;
    for (let at = 0; ; at++) {
      const endpoint = this.endpoints[at % this.endpoints.length] ?? "";
      const connection = await this.#dial(endpoint, clock.now() + this.#timeoutMs);
      if (typeof connection === "string") {
        await clock.sleep(RETRY_MS, signal);
        continue;
      }
      try {
        const reader = new StreamReader(connection.reader);
        await send(connection, endpoint, path, body);
        await readHead(reader);
        for (;;) {
          const size = Number.parseInt((await reader.line()) ?? "0", 16);
          const piece = size > 0 ? await reader.bytes(size) : undefined;
          await reader.line();
          if (piece === undefined) return;
          for (const line of new TextDecoder().decode(piece).split("\n")) {
            if (line !== "") yield (JSON.parse(line) as { result: Reply }).result;
          }
        }
      } catch (problem) {
        if (!isErrno(problem) || signal.aborted) throw problem;
        return;
      } finally {
        connection.close();
      }
    }
  }

  /** The reply, or why there was none. Throws `CallError` where the server refuses. */
  async #once(endpoint: string, path: string, body: Reply, deadline: number): Promise<Reply | string> {
    const { clock } = this.#process;
    const connection = await this.#dial(endpoint, deadline);
    if (typeof connection === "string") return connection;
    let late = false;
    const cancel = clock.after(Math.max(0, deadline - clock.now()), () => {
      late = true;
      connection.close({ reset: true });
    });
    try {
      const reader = new StreamReader(connection.reader);
      await send(connection, endpoint, path, body);
      const head = await readHead(reader);
      const content = head === undefined ? undefined : await reader.bytes(head.length);
      if (late) return DEADLINE;
      if (head === undefined || content === undefined) return "error reading from server: EOF";
      const reply = parse(new TextDecoder().decode(content));
      if (head.status === 200) return reply;
      throw new CallError(Number(reply["code"] ?? 2), String(reply["error"] ?? `HTTP status ${head.status}`));
    } catch (problem) {
      if (!isErrno(problem) || this.#process.signal.aborted) throw problem;
      return late ? DEADLINE : "error reading from server: EOF";
    } finally {
      cancel();
      connection.close();
    }
  }

  async #dial(endpoint: string, deadline: number): Promise<Connection | string> {
    const { network, signal, clock } = this.#process;
    const { host, port } = endpointOf(endpoint);
    const failed = (why: string) => `connection error: desc = "transport: Error while dialing: dial tcp ${why}"`;
    const address = host === "localhost" ? "127.0.0.1" : await resolveHost(this.#process, host);
    if (address === undefined) return failed(`: lookup ${host}: no such host`);
    try {
      return await network.connect(address, port, { timeoutMs: Math.max(1, deadline - clock.now()), signal });
    } catch (problem) {
      if (!isErrno(problem) || signal.aborted) throw problem;
      return failed(`${address}:${port}: connect: ${problem.message.toLowerCase()}`);
    }
  }

  async #complain(why: string): Promise<void> {
    const { process } = this;
    const desc = why === DEADLINE || why === "" ? DEADLINE : `latest balancer error: last ${why}`;
    const line = {
      level: "warn",
      ts: new Date(process.clock.now()).toISOString().replace("Z", "000Z"),
      logger: "etcd-client",
      caller: "v3/retry_interceptor.go:63",
      msg: "retrying of unary invoker failed",
      target: `etcd-endpoints://0xc000002000/${this.endpoints[0]?.replace(/^\w+:\/\//, "")}`,
      attempt: 0,
      error: `rpc error: code = DeadlineExceeded desc = ${desc}`,
    };
    await process.stderr.write(`${JSON.stringify(line)}\n`);
  }

  get process(): Process {
    return this.#process;
  }
}

async function send(connection: Connection, endpoint: string, path: string, body: Reply): Promise<void> {
  const text = JSON.stringify(body);
  const { length } = new TextEncoder().encode(text);
  const host = endpoint.replace(/^\w+:\/\//, "");
  await connection.writer.write(
    `POST /v3/${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${text}`,
  );
}

async function readHead(
  reader: StreamReader,
): Promise<{ readonly status: number; readonly length: number } | undefined> {
  const first = await reader.line(LINE_LIMIT);
  const match = /^HTTP\/1\.1 (\d+)/.exec(first ?? "");
  if (match === null) return undefined;
  let length = 0;
  for (;;) {
    const line = await reader.line();
    if (line === undefined) return undefined;
    if (line === "") return { status: Number(match[1]), length };
    const size = /^content-length: (\d+)$/i.exec(line);
    if (size !== null) length = Number(size[1]);
  }
}

function parse(text: string): Reply {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Reply) : {};
  } catch {
    return { error: text.trim() };
  }
}
