/** Small HTTP servers of tutorials: hello-app, echo servers, kubia, http.server, httpd. */
import { directory, merged, type Process, program } from "../../machine/index.ts";
import type { BaseRoots } from "../base/roots.ts";
import { contentType, type HttpReply, type HttpRequest, handleHttp } from "../kit/http.ts";
import { StreamReader } from "../kit/reader.ts";
import { serve, untilStopped } from "../kit/server.ts";
import type { ImageFamily, Repository } from "../types.ts";
import { runPython } from "./python/index.ts";

type Answer = (process: Process, request: HttpRequest) => HttpReply;

/** A server that says where it listens, answers by a function, and stops when asked to. */
function httpProgram(options: {
  readonly port: (process: Process) => number;
  readonly greeting?: (process: Process, port: number) => string;
  readonly answer: Answer;
  readonly log?: (process: Process, request: HttpRequest, reply: HttpReply) => string;
}) {
  return async (process: Process): Promise<number> => {
    const port = options.port(process);
    const close = serve(process, port, (connection) =>
      handleHttp(process, connection, (request) => {
        if (request === undefined) return { status: 400, body: "Bad Request\n" };
        const reply = options.answer(process, request);
        const line = options.log?.(process, request, reply);
        if (line !== undefined) void process.stderr.write(`${line}\n`).catch(() => undefined);
        return reply;
      }),
    );
    if (options.greeting !== undefined) await process.stderr.write(`${options.greeting(process, port)}\n`);
    const signal = await untilStopped(process, ["SIGTERM", "SIGINT"]).stopped;
    close();
    return signal === "SIGINT" ? 130 : signal === "SIGTERM" ? 143 : 0;
  };
}

const plain = (body: string, status = 200): HttpReply => ({
  status,
  headers: { "Content-Type": "text/plain; charset=utf-8" },
  body,
});
const slashed = (ms: number) => new Date(ms).toISOString().slice(0, 19).replaceAll("-", "/").replace("T", " ");

function hello(version: string) {
  return httpProgram({
    port: (process) => Number(process.env.get("PORT") ?? 8080),
    greeting: (process, port) => `${slashed(process.clock.now())} Server listening on port ${port}`,
    answer: (process) => plain(`Hello, world!\nVersion: ${version}\nHostname: ${process.machine.hostname}\n`),
    log: (process, request) => `${slashed(process.clock.now())} Serving request: ${request.path}`,
  });
}

const echo = httpProgram({
  port: (process) => Number(process.env.get("PORT") ?? 8080),
  answer: (process, request) => {
    const headers = [...request.headers]
      .sort()
      .map(([name, value]) => `\t${name}=${value}`)
      .join("\n");
    return plain(
      `\n\nHostname: ${process.machine.hostname}\n\nRequest Information:\n\tclient_address=${request.remoteAddress}\n\tmethod=${request.method}\n\treal path=${request.target}\n\trequest_version=1.1\n\nRequest Headers:\n${headers}\n\nRequest Body:\n${new TextDecoder().decode(request.body) || "\t-no body in request-"}\n\n`,
    );
  },
});

const httpEcho = httpProgram({
  port: (process) => Number(/:(\d+)$/.exec(flag(process, "listen") ?? ":5678")?.[1] ?? 5678),
  greeting: (process, port) => `${slashed(process.clock.now())} [INFO] server is listening on :${port}`,
  answer: (process) => plain(`${flag(process, "text") ?? "hello-world"}\n`),
});

/** "-name=value" or "-name value". */
function flag(process: Process, name: string): string | undefined {
  for (const [index, arg] of process.argv.entries()) {
    const match = /^--?([\w-]+)(?:=(.*))?$/s.exec(arg);
    if (match?.[1] === name) return match[2] ?? process.argv[index + 1];
  }
  return undefined;
}

/** The server of a well-known book on Kubernetes: one with state in a file. */
const kubiaPet = httpProgram({
  port: () => 8080,
  answer: (process, request) => {
    const path = "/var/data/kubia.txt";
    if (request.method === "POST") {
      process.files.writeFile(path, request.body);
      void process.stdout.write("New data has been received and stored.\n").catch(() => undefined);
      return plain(`Data stored on pod ${process.machine.hostname}\n`);
    }
    const data = process.files.exists(path) ? process.files.readText(path) : "No data posted yet";
    return plain(`You've hit ${process.machine.hostname}\nData stored on this pod: ${data}\n`);
  },
});

/** The first page of Kubernetes' own introduction. */
const bootcamp = (version: string) => async (process: Process) => {
  const started = process.clock.now();
  let served = 0;
  const at = () => new Date(process.clock.now()).toISOString();
  await process.stdout.write(
    `Kubernetes Bootcamp App Started At: ${at()} | Running On:  ${process.machine.hostname} \n\n`,
  );
  return httpProgram({
    port: () => 8080,
    answer: (own) => {
      served++;
      void own.stdout
        .write(
          `Running On: ${own.machine.hostname} | Total Requests: ${served} | App Uptime: ${(own.clock.now() - started) / 1000} seconds | Log Time: ${at()}\n`,
        )
        .catch(() => undefined);
      return plain(`Hello Kubernetes bootcamp! | Running on: ${own.machine.hostname} | v=${version}\n`);
    },
  })(process);
};

/** A back end that greets, for a front end that passes requests on. */
const helloGo = httpProgram({
  port: () => 80,
  answer: () => ({ status: 200, headers: { "Content-Type": "application/json" }, body: '{"message":"Hello"}\n' }),
});

const serveHostname = httpProgram({
  port: (process) => Number(flag(process, "port") ?? 9376),
  answer: (process) => plain(process.machine.hostname),
});

const whoami = httpProgram({
  port: (process) => Number(flag(process, "port") ?? process.env.get("WHOAMI_PORT_NUMBER") ?? 80),
  greeting: (process, port) => `${slashed(process.clock.now())} Starting up on port ${port}`,
  answer: (process, request) => {
    const named = (name: string) => name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
    const headers = [...request.headers]
      .filter(([name]) => name !== "host")
      .sort()
      .map(([name, value]) => `${named(name)}: ${value}\n`);
    return plain(
      `Hostname: ${process.machine.hostname}\nIP: 127.0.0.1\n${process.network.addresses.map((ip) => `IP: ${ip}\n`).join("")}RemoteAddr: ${request.remoteAddress}:${request.remotePort}\n${request.method} ${request.target} HTTP/1.1\nHost: ${request.headers.get("host") ?? ""}\n${headers.join("")}\n`,
    );
  },
});

/** Takes connections on 8080 and passes nothing on: all that its lesson asks of it is to be there. */
const goproxy = httpProgram({
  port: () => 8080,
  answer: () => plain("This is a proxy server. Does not respond to non-proxy requests.\n", 500),
});

const kubia = httpProgram({
  port: () => 8080,
  answer: (process) => plain(`You've hit ${process.machine.hostname}\n`),
});

/** python: small programs (`python.ts`), and -m http.server, which serves the working directory. */
async function python(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  if (args[0] === "--version" || args[0] === "-V") {
    await process.stdout.write("Python 3.13.7\n");
    return 0;
  }
  if (args[0] === "-c") return runPython(process, args[1] ?? "", "<string>");
  if (args.length === 0 && !process.isTerminal(0))
    return runPython(process, new TextDecoder().decode(await new StreamReader(process.stdin).rest()), "<stdin>");
  const script = args.find((arg) => arg !== "-u");
  if (script?.endsWith(".py") === true) {
    if (process.files.exists(script)) return runPython(process, process.files.readText(script), script);
    await process.stderr.write(
      `python: can't open file '${script.startsWith("/") ? script : `${process.cwd.replace(/\/$/, "")}/${script}`}': [Errno 2] No such file or directory\n`,
    );
    return 2;
  }
  if (args[0] !== "-m" || args[1] !== "http.server") {
    await process.stderr.write(
      "python: this image runs `python -c PROGRAM`, `python FILE.py` and `python -m http.server [port]`; nothing else is supported here\n",
    );
    return 2;
  }
  const port = Number(args.find((arg) => /^\d+$/.test(arg)) ?? 8000);
  const folder = args.includes("-d") ? (args[args.indexOf("-d") + 1] ?? process.cwd) : process.cwd;
  return httpProgram({
    port: () => port,
    greeting: () => `Serving HTTP on 0.0.0.0 port ${port} (http://0.0.0.0:${port}/) ...`,
    answer: (own, request) => fileReply(own, folder, request, "SimpleHTTP/0.6 Python/3.13.7"),
    log: (own, request, reply) =>
      `${request.remoteAddress} - - [${new Date(own.clock.now()).toUTCString()}] "${request.method} ${request.target} ${request.version}" ${reply.status} -`,
  })(process);
}

function fileReply(process: Process, folder: string, request: HttpRequest, server: string): HttpReply {
  const headers = { Server: server };
  if (request.path.split("/").includes("..")) return { status: 404, headers, body: "Not Found\n" };
  let path = `${folder}${request.path}`;
  if (process.files.exists(path) && process.files.stat(path).type === "directory") {
    const index = `${path.replace(/\/$/, "")}/index.html`;
    if (!process.files.exists(index)) {
      const rows = process.files.list(path).map(({ name }) => `<li><a href="${name}">${name}</a></li>`);
      return {
        status: 200,
        headers: { ...headers, "Content-Type": "text/html" },
        body: `<html><body><ul>\n${rows.join("\n")}\n</ul></body></html>\n`,
      };
    }
    path = index;
  }
  if (!process.files.exists(path)) {
    return {
      status: 404,
      headers: { ...headers, "Content-Type": "text/html" },
      body: "<html><head><title>404 Not Found</title></head><body>\n<h1>Not Found</h1>\n<p>The requested URL was not found on this server.</p>\n</body></html>\n",
    };
  }
  return {
    status: 200,
    headers: { ...headers, "Content-Type": contentType(path, "application/octet-stream") },
    body: process.files.readFile(path),
  };
}

const httpd = httpProgram({
  port: () => 80,
  greeting: (process) =>
    `[${new Date(process.clock.now()).toUTCString()}] [mpm_event:notice] [pid 1] AH00489: Apache/2.4.65 (Unix) configured -- resuming normal operations`,
  answer: (process, request) => fileReply(process, "/usr/local/apache2/htdocs", request, "Apache/2.4.65 (Unix)"),
});

export function demoFamily(roots: BaseRoots): ImageFamily {
  const one = (
    name: string,
    tags: readonly string[],
    sizeBytes: number,
    image: (tag: string) => Omit<ReturnType<Repository["image"]> & object, "sizeBytes">,
  ): Repository => ({
    name,
    tags,
    image: (tag) => (tags.includes(tag) ? { ...image(tag), sizeBytes } : undefined),
  });
  const binary = (path: string, name: string, entry: readonly string[] = [`/${path}`]) => ({
    root: merged(roots.busybox, directory({ [path]: program(name) })),
    entrypoint: entry,
  });
  return {
    repositories: [
      one("us-docker.pkg.dev/google-samples/containers/gke/hello-app", ["1.0", "2.0"], 3_513_000, (tag) =>
        binary("hello-app", `demos/hello-${tag}`),
      ),
      one("gcr.io/google-samples/hello-app", ["1.0", "2.0"], 3_513_000, (tag) =>
        binary("hello-app", `demos/hello-${tag}`),
      ),
      one("registry.k8s.io/echoserver", ["1.4", "1.10"], 45_000_000, () => binary("echoserver", "demos/echo")),
      one("k8s.gcr.io/echoserver", ["1.4", "1.10"], 45_000_000, () => binary("echoserver", "demos/echo")),
      one("docker.io/hashicorp/http-echo", ["latest", "1.0", "0.2.3"], 3_000_000, () =>
        binary("http-echo", "demos/http-echo"),
      ),
      one("docker.io/luksa/kubia", ["latest", "v1", "v2"], 260_000_000, () => binary("kubia", "demos/kubia")),
      one("docker.io/luksa/kubia-pet", ["latest"], 260_000_000, () => ({
        ...binary("kubia-pet", "demos/kubia-pet"),
        root: merged(roots.busybox, directory({ "kubia-pet": program("demos/kubia-pet"), "var/data": directory() })),
      })),
      ...["gcr.io/google-samples/kubernetes-bootcamp", "docker.io/jocatalin/kubernetes-bootcamp"].map((name) =>
        one(name, ["v1", "v2"], 84_000_000, (tag) => binary("server", `demos/bootcamp-${tag}`)),
      ),
      one("gcr.io/google-samples/hello-go-gke", ["1.0"], 6_000_000, () => binary("app", "demos/hello-go")),
      ...["registry.k8s.io/serve_hostname", "registry.k8s.io/serve-hostname"].map((name) =>
        one(name, ["latest", "v1.4", "1.1"], 4_000_000, () => binary("serve_hostname", "demos/serve-hostname")),
      ),
      one("docker.io/traefik/whoami", ["latest", "v1.10", "v1.11"], 2_900_000, () => binary("whoami", "demos/whoami")),
      one("registry.k8s.io/goproxy", ["0.1"], 5_500_000, () => binary("goproxy", "demos/goproxy")),
      one(
        "docker.io/library/python",
        [
          "latest",
          "slim",
          "alpine",
          ...["3", "3.13", "3.12", "3.11", "3.10", "3.9", "3.8"].flatMap((tag) => [
            tag,
            `${tag}-slim`,
            `${tag}-alpine`,
          ]),
        ],
        45_000_000,
        () => ({
          root: merged(
            roots.debian,
            directory({
              "usr/local/bin/python": program("demos/python"),
              "usr/local/bin/python3": program("demos/python"),
            }),
          ),
          command: ["python3"],
        }),
      ),
      one("docker.io/library/httpd", ["latest", "2.4", "2.4-alpine", "2", "alpine", "2.4.65"], 45_201_000, () => ({
        root: merged(
          roots.debian,
          directory({
            "usr/local/apache2/htdocs/index.html": "<html><body><h1>It works!</h1></body></html>\n",
            "usr/local/bin/httpd-foreground": program("demos/httpd"),
          }),
        ),
        command: ["httpd-foreground"],
        workingDirectory: "/usr/local/apache2",
        stopSignal: "SIGTERM",
        exposedPorts: [80],
      })),
    ],
    programs: {
      "demos/hello-1.0": hello("1.0.0"),
      "demos/hello-2.0": hello("2.0.0"),
      "demos/echo": echo,
      "demos/http-echo": httpEcho,
      "demos/bootcamp-v1": bootcamp("1"),
      "demos/bootcamp-v2": bootcamp("2"),
      "demos/hello-go": helloGo,
      "demos/serve-hostname": serveHostname,
      "demos/whoami": whoami,
      "demos/goproxy": goproxy,
      "demos/kubia": kubia,
      "demos/kubia-pet": kubiaPet,
      "demos/python": python,
      "demos/httpd": httpd,
    },
  };
}
