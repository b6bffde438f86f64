/** agnhost, the tool box of Kubernetes' own tests and documents: the sub-commands that lessons use. */
import { directory, isErrno, merged, type Process, program } from "../../machine/index.ts";
import type { BaseRoots } from "../base/roots.ts";
import { grpcHealth } from "../kit/grpc-health.ts";
import { type HttpReply, type HttpRequest, handleHttp } from "../kit/http.ts";
import { resolveHost } from "../kit/resolve.ts";
import { serve, untilStopped } from "../kit/server.ts";
import type { ImageFamily } from "../types.ts";

type SubCommand = (process: Process, args: readonly string[]) => Promise<number>;

const plain = (body: string, status = 200): HttpReply => ({
  status,
  headers: { "Content-Type": "text/plain; charset=utf-8" },
  body,
});

function option(args: readonly string[], name: string, otherwise: string): string {
  for (const [index, arg] of args.entries()) {
    if (arg === `--${name}`) return args[index + 1] ?? otherwise;
    if (arg.startsWith(`--${name}=`)) return arg.slice(name.length + 3);
  }
  return otherwise;
}

async function web(
  process: Process,
  port: number,
  answer: (request: HttpRequest) => HttpReply | Promise<HttpReply>,
  ended?: Promise<number>,
): Promise<number> {
  const close = serve(process, port, (connection) =>
    handleHttp(process, connection, (request) => (request === undefined ? plain("bad request", 400) : answer(request))),
  );
  const signal = await Promise.race([
    untilStopped(process, ["SIGTERM", "SIGINT"]).stopped,
    ...(ended === undefined ? [] : [ended]),
  ]);
  close();
  return typeof signal === "number" ? signal : signal === "SIGTERM" ? 143 : 0;
}

const netexec: SubCommand = async (process, args) => {
  let exit: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => {
    exit = resolve;
  });
  const started = process.clock.now();
  const port = Number(option(args, "http-port", "8080"));
  await process.stderr.write(`Started HTTP server on port ${port}\n`);
  return web(
    process,
    port,
    async (request) => {
      await process.stderr.write(`${request.method} ${request.target}\n`);
      switch (request.path) {
        case "/":
          return plain(`NOW: ${new Date(process.clock.now()).toISOString()}`);
        case "/hostname":
        case "/hostName":
          return plain(process.machine.hostname);
        case "/clientip":
          return plain(`${request.remoteAddress}:${request.remotePort}`);
        case "/echo":
          return plain(request.query.get("msg") ?? "", Number(request.query.get("code") ?? 200));
        case "/healthz":
          return plain("", process.clock.now() >= started ? 200 : 503);
        case "/exit":
          exit(Number(request.query.get("code") ?? 0));
          return plain("");
        case "/header":
          return plain(request.headers.get((request.query.get("key") ?? "").toLowerCase()) ?? "");
        case "/redirect":
          return {
            status: Number(request.query.get("code") || 302),
            headers: { Location: request.query.get("location") ?? "" },
            body: "",
          };
        case "/dial":
          return dial(process, request.query);
        case "/shell":
        case "/shutdown": {
          if (request.path === "/shutdown") {
            exit(0);
            return plain("");
          }
          const output = await capture(process, [
            "sh",
            "-c",
            request.query.get("cmd") ?? request.query.get("shellCommand") ?? "",
          ]);
          return plain(JSON.stringify(output));
        }
        default:
          return plain("404 page not found\n", 404);
      }
    },
    ended,
  );
};

/** /dial?host=&port=&protocol=http&request=&tries=: asks another, and tells what it answered. */
async function dial(process: Process, query: HttpRequest["query"]): Promise<HttpReply> {
  const protocol = query.get("protocol") ?? "http";
  if (protocol !== "http") return plain(`unsupported protocol: ${protocol}`, 400);
  const target = `http://${query.get("host") ?? ""}:${query.get("port") ?? ""}/${query.get("request") ?? ""}`;
  const responses: string[] = [];
  const errors: string[] = [];
  for (let attempt = 0; attempt < Number(query.get("tries") ?? 1); attempt++) {
    const { output = "", error } = await capture(process, ["curl", "-s", "-m", "5", target]);
    if (error === undefined) responses.push(output);
    else errors.push(error);
  }
  return plain(JSON.stringify({ responses, ...(errors.length === 0 ? {} : { errors }) }));
}

/** Answers on every port that a variable SERVE_PORT_<port> names with that variable's value. */
const porter: SubCommand = async (process, args) => {
  const json = args.includes("--json-response");
  const refused = [...process.env.keys()].find((name) => /^SERVE_(TLS|SCTP)_PORT_/.test(name));
  if (refused !== undefined) {
    await process.stderr.write(`${refused}: neither TLS nor SCTP is available here\n`);
    return 1;
  }
  const closers = [...process.env].flatMap(([name, value]) => {
    const port = /^SERVE_PORT_(\d+)$/.exec(name)?.[1];
    if (port === undefined) return [];
    return [
      serve(process, Number(port), (connection) =>
        handleHttp(process, connection, (request) => {
          if (request === undefined) return plain("bad request", 400);
          if (!json) return plain(value);
          const body = JSON.stringify({ Method: request.method, Body: "foo" });
          return { status: 200, headers: { "Content-Type": "application/json" }, body };
        }),
      ),
    ];
  });
  await untilStopped(process, ["SIGTERM", "SIGINT"]).stopped;
  for (const close of closers) close();
  return 143;
};

/** A line of /etc/resolv.conf, its words joined as the C program prints them. */
const resolverWords =
  (keyword: string): SubCommand =>
  async (process) => {
    const words = process.files
      .readText("/etc/resolv.conf")
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter(([first]) => first === keyword)
      .flatMap(([, ...rest]) => rest);
    await process.stdout.write(`${words.join(",")}\n`);
    return 0;
  };

/** Says what it was run with. */
const entrypointTester: SubCommand = async (process) => {
  await process.stdout.write(`[${process.argv.join(" ")}]\n`);
  return 0;
};

async function capture(
  process: Process,
  argv: readonly string[],
): Promise<{ readonly output?: string; readonly error?: string }> {
  let output = "";
  const decoder = new TextDecoder();
  const writer = {
    write: async (data: Uint8Array | string) => {
      output += typeof data === "string" ? data : decoder.decode(data);
    },
    close: () => undefined,
  };
  try {
    const exit = await process.spawn({ argv, stdout: writer, stderr: writer }).exited;
    return exit.code === 0 ? { output } : { output, error: `exit status ${exit.code}` };
  } catch (problem) {
    if (!isErrno(problem)) throw problem;
    return { error: problem.message };
  }
}

const serveHostname: SubCommand = async (process, args) => {
  const port = Number(option(args, "port", "9376"));
  await process.stderr.write(`Serving on port ${port}.\n`);
  return web(process, port, () => plain(process.machine.hostname));
};

/** Healthy for ten seconds, then not: the probe example of the documentation. */
const liveness: SubCommand = (process) => {
  const started = process.clock.now();
  return web(process, 8080, (request) => {
    const seconds = (process.clock.now() - started) / 1000;
    if (request.path !== "/healthz") return plain(new Date(started).toISOString());
    return seconds > 10 ? plain(`error: ${seconds}s`, 500) : plain("ok");
  });
};

/** Files of the root directory, as Go's file server gives them: a directory is its index.html, or a list. */
const testWebserver: SubCommand = (process) =>
  web(process, 80, ({ path }) => {
    const { files } = process;
    if (path.split("/").includes("..") || !files.exists(path)) return plain("404 page not found\n", 404);
    if (files.stat(path).type !== "directory") return { status: 200, body: files.readFile(path) };
    const index = `${path.replace(/\/$/, "")}/index.html`;
    if (files.exists(index)) return { status: 200, body: files.readFile(index) };
    const names = files.list(path).map(({ name, type }) => (type === "directory" ? `${name}/` : name));
    const lines = names.sort().map((name) => `<a href="${encodeURI(name)}">${name}</a>\n`);
    return {
      status: 200,
      headers: { "Content-Type": "text/html; charset=utf-8" },
      body: `<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n${lines.join("")}</pre>\n`,
    };
  });

const connect: SubCommand = async (process, args) => {
  const target = args.find((arg) => /:\d+$/.test(arg)) ?? "";
  const [host = "", port = "0"] = target.split(":");
  const timeout = Number.parseFloat(option(args, "timeout", "5s")) * 1000;
  const address = await resolveHost(process, host);
  if (address === undefined) {
    await process.stderr.write("DNS\n");
    return 1;
  }
  try {
    const connection = await process.network.connect(address, Number(port), { timeoutMs: timeout });
    connection.close();
    return 0;
  } catch (problem) {
    if (!isErrno(problem)) throw problem;
    await process.stderr.write(
      problem.code === "ECONNREFUSED" ? "REFUSED\n" : problem.code === "ETIMEDOUT" ? "TIMEOUT\n" : "OTHER\n",
    );
    return 1;
  }
};

/** A gRPC health service and an HTTP server that says what it answers (test/images/agnhost/grpc-health-checking). */
const grpcHealthChecking: SubCommand = async (process, args) => {
  const port = Number(option(args, "port", "5000"));
  const httpPort = Number(option(args, "http-port", "8080"));
  const service = option(args, "service", "");
  const delay = Number(option(args, "delay-unhealthy-sec", "-1"));
  let healthy = true;
  if (delay >= 0)
    process.clock.sleep(delay * 1000, process.signal).then(
      () => {
        healthy = false;
      },
      () => undefined,
    );
  await process.stderr.write(
    `Http server starting to listen on :${httpPort}\ngRPC server starting to listen on :${port}\n`,
  );
  const close = serve(process, port, (connection) =>
    handleHttp(process, connection, (request) =>
      request === undefined ? plain("", 400) : grpcHealth(request, service, healthy),
    ),
  );
  const status = await web(process, httpPort, (request) => {
    if (request.path === "/make-serving" || request.path === "/make-not-serving") {
      healthy = request.path === "/make-serving";
      return plain(healthy ? "Marked as serving\n" : "Marked as not serving\n");
    }
    return plain("404 page not found\n", 404);
  });
  close();
  return status;
};

const pause: SubCommand = async (process) => {
  await process.stdout.write("Paused\n");
  await untilStopped(process, ["SIGTERM", "SIGINT"]).stopped;
  return 0;
};

const etcHosts: SubCommand = async (process) => {
  await process.stdout.write(process.files.readText("/etc/hosts"));
  return 0;
};

const SUB_COMMANDS: Readonly<Record<string, SubCommand>> = {
  netexec,
  "serve-hostname": serveHostname,
  liveness,
  "test-webserver": testWebserver,
  connect,
  pause,
  "etc-hosts": etcHosts,
  porter,
  "dns-suffix": resolverWords("search"),
  "dns-server-list": resolverWords("nameserver"),
  "entrypoint-tester": entrypointTester,
  "grpc-health-checking": grpcHealthChecking,
};

async function agnhost(process: Process): Promise<number> {
  const [name = "", ...args] = process.argv.slice(1);
  const command = Object.hasOwn(SUB_COMMANDS, name) ? SUB_COMMANDS[name] : undefined;
  if (command !== undefined) return command(process, args);
  const list = Object.keys(SUB_COMMANDS)
    .sort()
    .map((known) => `  ${known}`)
    .join("\n");
  await process.stderr.write(
    `${name === "" ? "" : `Error: unknown command "${name}" for "app"\n`}Available Commands:\n${list}\n`,
  );
  return name === "" || name === "help" || name === "--help" ? 0 : 1;
}

export function agnhostFamily(roots: BaseRoots): ImageFamily {
  const root = merged(
    // With the tools of BIND instead of busybox's, as its makers install them.
    roots.alpineWith("bash", "curl", "dig", "host", "nslookup"),
    directory({ agnhost: program("agnhost"), "usr/bin/nslookup": program("nslookup"), "usr/bin/nc": program("nc") }),
  );
  const tags = ["2.53", "2.52", "2.47", "2.45", "2.43", "2.41", "2.40", "2.39", "2.38", "2.33", "2.32", "2.26", "2.21"];
  return {
    repositories: [
      {
        name: "registry.k8s.io/e2e-test-images/agnhost",
        tags,
        image: (tag) =>
          tags.includes(tag)
            ? { root, sizeBytes: 51_706_353, entrypoint: ["/agnhost"], command: ["pause"] }
            : undefined,
      },
      {
        name: "registry.k8s.io/liveness",
        tags: ["latest"],
        image: (tag) =>
          tag === "latest" ? { root, sizeBytes: 2_100_000, entrypoint: ["/agnhost", "liveness"] } : undefined,
      },
      ...["gcr.io/google_containers", "k8s.gcr.io", "registry.k8s.io"].map((registry) => ({
        name: `${registry}/test-webserver`,
        tags: ["latest", "e2e"],
        image: (tag: string) =>
          tag === "latest" || tag === "e2e"
            ? { root, sizeBytes: 2_100_000, entrypoint: ["/agnhost", "test-webserver"] }
            : undefined,
      })),
    ],
    programs: { agnhost },
  };
}
