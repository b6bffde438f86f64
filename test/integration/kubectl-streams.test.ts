/**
 * exec, attach and port-forward as every generation of kubectl asks for them: SPDY up to 1.29, WebSockets since; and as
 * a client of our own does over SPDY, where a machine has no kubectl.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, createDeflate } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createImages } from "../../lib/images/index.ts";
import { nodeCryptography } from "../../lib/kubernetes/apiserver/cryptography.node.ts";
import { type ServedApi, serve } from "../../lib/kubernetes/apiserver/http.node.ts";
import { DICTIONARY } from "../../lib/kubernetes/apiserver/spdy/headers.node.ts";
import { createCluster } from "../../lib/kubernetes/cluster.ts";
import type { Cluster } from "../../lib/kubernetes/cluster.types.ts";
import { type KubectlBinary, kubectlBinaries, runKubectl } from "./kubectl-binaries.ts";
import { tools } from "./tools.ts";

const binaries = kubectlBinaries();
if (binaries.length === 0) console.warn("SKIPPED: no kubectl on this machine, so no stream was tried with a real one");

const POD = (name: string, image: string, rest = "") => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { containers: [{ name: "main", image, ...(rest === "" ? {} : JSON.parse(rest)) }] },
});

let cluster: Cluster;
/** kubectl sends no token without TLS; our own client knows no TLS. */
let secure: ServedApi;
let served: ServedApi;
let directory = "";
let kubeconfig = "";

beforeAll(async () => {
  cluster = createCluster({ images: createImages(tools), latencies: "none", cryptography: nodeCryptography });
  await cluster.ready();
  const tls = cluster.servingCertificate(["127.0.0.1"]);
  secure = await serve(cluster, { tls });
  served = await serve(cluster);
  directory = mkdtempSync(join(tmpdir(), "streams-"));
  kubeconfig = join(directory, "config");
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "c",
      clusters: [
        {
          name: "c",
          cluster: { server: secure.url, "certificate-authority-data": Buffer.from(tls.ca).toString("base64") },
        },
      ],
      users: [{ name: "u", user: { token: cluster.adminToken } }],
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    }),
  );
  const create = (body: unknown) =>
    cluster.handle({
      method: "POST",
      path: "/api/v1/namespaces/default/pods",
      query: new URLSearchParams(),
      headers: { "content-type": "application/json", authorization: `Bearer ${cluster.adminToken}` },
      body: new TextEncoder().encode(JSON.stringify(body)),
    });
  await create(POD("web", "nginx:1.27"));
  await create(POD("never", "no.such.registry/image:1"));
  await create(
    POD("reader", "busybox:1.36", '{"stdin":true,"command":["sh","-c","read line; echo got $line; sleep 3600"]}'),
  );
  await running("web");
  await running("reader");
});
afterAll(async () => {
  await secure.close();
  await served.close();
  cluster.close();
  rmSync(directory, { recursive: true, force: true });
});

async function running(name: string): Promise<void> {
  for (;;) {
    const { body } = await cluster.handle({
      method: "GET",
      path: `/api/v1/namespaces/default/pods/${name}`,
      query: new URLSearchParams(),
      headers: { authorization: `Bearer ${cluster.adminToken}` },
    });
    if ((JSON.parse(body as string) as { status?: { phase?: string } }).status?.phase === "Running") return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe.each(binaries)("$name", (binary: KubectlBinary) => {
  const older = Number(binary.name.split(".")[2] ?? 99) < 30;
  const run = (args: readonly string[], input?: string) => runKubectl(binary, kubeconfig, args, input);

  it("executes: output, error output, exit code", async () => {
    expect(await run(["exec", "web", "--", "sh", "-c", "echo out; echo err >&2; exit 3"])).toEqual({
      stdout: "out\n",
      stderr: "err\ncommand terminated with exit code 3\n",
      exitCode: 3,
    });
  });

  it("carries input to its end, and much of it", async () => {
    expect((await run(["exec", "-i", "web", "--", "cat"], "hello\n")).stdout).toBe("hello\n");
    const large = "x".repeat(1_500_000);
    expect((await run(["exec", "-i", "web", "--", "wc", "-c"], large)).stdout).toBe("1500000\n");
    expect((await run(["exec", "web", "--", "sh", "-c", "head -c 1500000 /dev/zero"])).stdout).toHaveLength(1_500_000);
  });

  it("hears that a program is not there, from the stream of errors", async () => {
    const result = await run(["exec", "web", "--", "nope"]);
    expect(result.stderr).toBe(
      'error: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: exec: "nope": executable file not found in $PATH: unknown\n',
    );
    expect(result.exitCode).toBe(1);
  });

  it("hears that a container does not run yet, from the node", async () => {
    const words = 'unable to upgrade connection: container not found ("main")';
    expect((await run(["exec", "never", "--", "true"])).stderr).toBe(
      `error: ${older ? "" : "Internal error occurred: "}${words}\n`,
    );
  });

  it("forwards several connections to a port, and says where none listens", async () => {
    const child = spawn(binary.path, ["--kubeconfig", kubeconfig, "port-forward", "web", ":80", ":81"], {
      env: { PATH: process.env["PATH"], HOME: directory } as unknown as NodeJS.ProcessEnv,
      stdio: "pipe",
    });
    try {
      let said = "";
      const heard = (pattern: RegExp) =>
        new Promise<RegExpExecArray>((resolve, reject) => {
          const look = () => {
            const found = pattern.exec(said);
            if (found !== null) resolve(found);
          };
          child.stdout.on("data", look);
          child.stderr.on("data", look);
          child.on("close", () => reject(new Error(`port-forward ended: ${said}`)));
          look();
        });
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (data: Buffer) => {
          said += data.toString();
        });
      const [, open = ""] = await heard(/127\.0\.0\.1:(\d+) -> 80\n/);
      const [, closed = ""] = await heard(/127\.0\.0\.1:(\d+) -> 81\n/);
      for (let index = 0; index < 3; index++)
        expect(await (await fetch(`http://127.0.0.1:${open}/`, { headers: { connection: "close" } })).text()).toContain(
          "Welcome to nginx",
        );
      await expect(fetch(`http://127.0.0.1:${closed}/`)).rejects.toThrow();
      await heard(/an error occurred forwarding \d+ -> 81: error forwarding port 81 to pod [\s\S]*connection refused/);
    } finally {
      child.removeAllListeners("close");
      child.kill();
    }
  });
});

describe("a client of SPDY/3.1", () => {
  /** Opens an upgrade; resolves with the head of the answer and the socket. */
  function dial(path: string, headers: readonly string[]): Promise<{ head: string; rest: Buffer; socket: Socket }> {
    const { port } = served;
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1");
      let got = Buffer.alloc(0);
      socket.on("error", reject);
      const look = (data: Buffer) => {
        got = Buffer.concat([got, data]);
        const end = got.indexOf("\r\n\r\n");
        if (end === -1) return;
        socket.off("data", look);
        resolve({ head: got.toString("latin1", 0, end), rest: got.subarray(end + 4), socket });
      };
      socket.on("data", look);
      const lines = [
        `POST ${path} HTTP/1.1`,
        "Host: cluster",
        `Authorization: Bearer ${cluster.adminToken}`,
        "Connection: Upgrade",
        "Upgrade: SPDY/3.1",
        ...headers,
      ];
      socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    });
  }
  const V4 = "X-Stream-Protocol-Version: v4.channel.k8s.io";
  const exec = (command: readonly string[], query = "stdout=true&stderr=true", pod = "web") =>
    `/api/v1/namespaces/default/pods/${pod}/exec?${query}${command.map((word) => `&command=${encodeURIComponent(word)}`).join("")}`;

  /** Streams of one connection: what came on each, and how to open and write them. */
  class Client {
    readonly received = new Map<number, string>();
    readonly ended = new Set<number>();
    readonly pings: number[] = [];
    readonly #deflate = createDeflate({ dictionary: DICTIONARY });
    readonly #socket: Socket;
    #compressed: Buffer[] = [];
    #buffered: Buffer;
    #next = 1;
    #wake: () => void = () => undefined;
    closed = false;

    constructor(socket: Socket, rest: Buffer) {
      this.#socket = socket;
      this.#buffered = rest;
      this.#deflate.on("data", (chunk: Buffer) => this.#compressed.push(chunk));
      socket.on("data", (data: Buffer) => {
        this.#buffered = Buffer.concat([this.#buffered, data]);
        this.#read();
      });
      socket.on("close", () => {
        this.closed = true;
        this.#wake();
      });
      this.#read();
    }

    #read(): void {
      while (this.#buffered.length >= 8) {
        const length = this.#buffered.readUIntBE(5, 3);
        if (this.#buffered.length < 8 + length) break;
        const head = this.#buffered.readUInt32BE(0);
        const payload = this.#buffered.subarray(8, 8 + length);
        if (head < 0x80000000) {
          this.received.set(head, (this.received.get(head) ?? "") + payload.toString());
          if (((this.#buffered[4] ?? 0) & 1) !== 0) this.ended.add(head);
        } else if ((head & 0xffff) === 6) this.pings.push(payload.readUInt32BE(0));
        this.#buffered = this.#buffered.subarray(8 + length);
      }
      this.#wake();
    }

    async until(done: () => boolean): Promise<void> {
      while (!done()) await new Promise<void>((resolve) => (this.#wake = resolve));
    }

    frame(type: number, payload: Buffer, flags = 0): void {
      const head = Buffer.alloc(8);
      head.writeUInt32BE((0x80030000 | type) >>> 0);
      head.writeUIntBE(payload.length, 5, 3);
      head[4] = flags;
      this.#socket.write(Buffer.concat([head, payload]));
    }

    async open(headers: Readonly<Record<string, string>>): Promise<number> {
      const id = this.#next;
      this.#next += 2;
      const text = (value: string) => {
        const bytes = Buffer.alloc(4 + value.length);
        bytes.writeUInt32BE(value.length);
        bytes.write(value, 4);
        return bytes;
      };
      const count = Buffer.alloc(4);
      count.writeUInt32BE(Object.keys(headers).length);
      const block = Buffer.concat([count, ...Object.entries(headers).flat().map(text)]);
      await new Promise<void>((resolve) => {
        this.#deflate.write(block, () => this.#deflate.flush(constants.Z_SYNC_FLUSH, resolve));
      });
      const start = Buffer.alloc(10);
      start.writeUInt32BE(id);
      this.frame(1, Buffer.concat([start, ...this.#compressed]));
      this.#compressed = [];
      return id;
    }

    write(id: number, data: string, last = false): void {
      const head = Buffer.alloc(8);
      head.writeUInt32BE(id);
      head[4] = last ? 1 : 0;
      head.writeUIntBE(Buffer.byteLength(data), 5, 3);
      this.#socket.write(Buffer.concat([head, Buffer.from(data)]));
    }

    hangUp(): void {
      this.#socket.destroy();
    }
  }

  it("executes over four streams, answers pings, and ends each of them", async () => {
    const { head, rest, socket } = await dial(exec(["cat"], "stdin=true&stdout=true&stderr=true"), [V4]);
    expect(head).toMatch(
      /^HTTP\/1\.1 101 [\s\S]*Upgrade: SPDY\/3\.1\r\nX-Stream-Protocol-Version: v4\.channel\.k8s\.io/,
    );
    const client = new Client(socket, rest);
    const error = await client.open({ streamtype: "error" });
    const stdin = await client.open({ streamtype: "stdin" });
    const stdout = await client.open({ streamtype: "stdout" });
    const stderr = await client.open({ streamtype: "stderr" });
    client.frame(6, Buffer.from([0, 0, 0, 7]));
    client.write(stdin, "one ");
    client.write(stdin, "two", true);
    await client.until(() => [error, stdout, stderr].every((id) => client.ended.has(id)));
    expect(client.received.get(stdout)).toBe("one two");
    expect(JSON.parse(client.received.get(error) ?? "")).toEqual({ metadata: {}, status: "Success" });
    expect(client.pings).toEqual([7]);
    client.hangUp();
  });

  it("a terminal has a stream for its size, and no error output", async () => {
    const command = ["sh", "-c", "read x; stty size"];
    const { rest, socket } = await dial(exec(command, "stdin=true&stdout=true&stderr=true&tty=true"), [V4]);
    const client = new Client(socket, rest);
    const ids = new Map<string, number>();
    for (const streamtype of ["error", "stdin", "stdout", "resize"])
      ids.set(streamtype, await client.open({ streamtype }));
    client.write(ids.get("resize") ?? 0, '{"Width":101,"Hei');
    client.write(ids.get("resize") ?? 0, 'ght":33}\n');
    client.frame(6, Buffer.from([0, 0, 0, 1]));
    await client.until(() => client.pings.length === 1);
    client.write(ids.get("stdin") ?? 0, "\n");
    await client.until(() => client.ended.has(ids.get("error") ?? 0));
    expect(client.received.get(ids.get("stdout") ?? 0)).toContain("33 101");
    client.hangUp();
  });

  it("is told of protocols that are known where it offers none of them", async () => {
    const { head, rest } = await dial(exec(["true"]), ["X-Stream-Protocol-Version: v1.channel.k8s.io"]);
    expect(head).toMatch(/^HTTP\/1\.1 403 [\s\S]*X-Accepted-Stream-Protocol-Versions: v4\.channel\.k8s\.io/);
    expect(rest.toString()).toBe(
      "unable to upgrade: unable to negotiate protocol: client supports [v1.channel.k8s.io], server accepts [v4.channel.k8s.io]",
    );
  });

  it("is refused in words before anything is upgraded", async () => {
    const { head, rest } = await dial(exec(["true"], "stdout=true", "nobody"), [V4]);
    expect(head).toMatch(/^HTTP\/1\.1 404 /);
    expect(JSON.parse(rest.toString())).toMatchObject({ reason: "NotFound", message: 'pods "nobody" not found' });
    const node = await dial(exec(["true"], "stdout=true", "never"), [V4]);
    expect(node.head).toMatch(/^HTTP\/1\.1 500 [\s\S]*Content-Type: text\/plain/);
    expect(node.rest.toString()).toBe('container not found ("main")');
  });

  it("may send what is no frame: its connection ends, and nothing else", async () => {
    const { rest, socket } = await dial(exec(["cat"], "stdin=true&stdout=true"), [V4]);
    const client = new Client(socket, rest);
    socket.write(Buffer.from("GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n"));
    await client.until(() => client.closed);
    const again = await dial(exec(["echo", "fine"], "stdout=true"), [V4]);
    const other = new Client(again.socket, again.rest);
    const error = await other.open({ streamtype: "error" });
    const stdout = await other.open({ streamtype: "stdout" });
    await other.until(() => other.ended.has(error));
    expect(other.received.get(stdout)).toBe("fine\n");
    other.hangUp();
  });

  it("attaches to the container's own process", async () => {
    const path = "/api/v1/namespaces/default/pods/reader/attach?stdin=true&stdout=true";
    const { rest, socket } = await dial(path, [V4]);
    const client = new Client(socket, rest);
    await client.open({ streamtype: "error" });
    const stdin = await client.open({ streamtype: "stdin" });
    const stdout = await client.open({ streamtype: "stdout" });
    client.write(stdin, "a line\n");
    await client.until(() => (client.received.get(stdout) ?? "").includes("got a line"));
    client.hangUp();
  });
});
