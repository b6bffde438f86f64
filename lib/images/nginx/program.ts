/** The nginx command: serve, -t, -T, -v, -V, -s. */
import { ABBREVIATED_MONTHS } from "../../encoding/index.ts";
import { Errno, isErrno, KERNEL_RELEASE, type Process } from "../../machine/index.ts";
import { handleHttp } from "../kit/http.ts";
import { serve, untilStopped } from "../kit/server.ts";
import { ConfigProblem, compile, type Directive, type NginxConfig, parseConfig } from "./config.ts";
import { answer, type NginxContext } from "./serve.ts";

const PID_FILE = "/run/nginx.pid";
/** Written by the image: which nginx this is. */
export const VERSION_FILE = "/usr/share/nginx/version";

interface Options {
  config: string;
  test: boolean;
  dump: boolean;
  quiet: boolean;
  globals: string;
  signal: string | undefined;
}

export async function nginx(process: Process): Promise<number> {
  const version = process.files.readText(VERSION_FILE).trim();
  const error = (level: string, message: string) => {
    const time = stamp(process.clock.now());
    void process.stderr.write(`${time} [${level}] ${process.pid}#${process.pid}: ${message}\n`).catch(() => undefined);
  };
  const options = readOptions(process.argv.slice(1));
  if (options === "version") {
    await process.stderr.write(`nginx version: nginx/${version}\n`);
    return 0;
  }
  if (options === "build") {
    await process.stderr.write(
      `nginx version: nginx/${version}\nbuilt for statecraft\nconfigure arguments: --prefix=/etc/nginx\n`,
    );
    return 0;
  }
  if (typeof options === "string") {
    await process.stderr.write(`nginx: ${options}\n`);
    return 1;
  }
  if (options.signal !== undefined) return sendSignal(process, options.signal);
  let config: NginxConfig;
  try {
    config = load(process, options);
  } catch (problem) {
    if (!(problem instanceof ConfigProblem)) throw problem;
    if (!options.test) error("emerg", problem.message);
    await process.stderr.write(`nginx: [emerg] ${problem.message}\n`);
    if (options.test) await process.stderr.write(`nginx: configuration file ${options.config} test failed\n`);
    return 1;
  }
  if (options.test) {
    if (!options.quiet) {
      await process.stderr.write(
        `nginx: the configuration file ${options.config} syntax is ok\nnginx: configuration file ${options.config} test is successful\n`,
      );
    }
    if (options.dump)
      await process.stdout.write(
        `# configuration file ${options.config}:\n${process.files.readText(options.config)}\n`,
      );
    return 0;
  }
  if (config.daemon && process.pid === 1) {
    // A daemon leaves its first process, and a container ends with that: as real nginx does without "daemon off".
    return 0;
  }
  return run(process, options, config, version, error);
}

async function run(
  process: Process,
  options: Options,
  first: NginxConfig,
  version: string,
  error: NginxContext["error"],
): Promise<number> {
  let config = first;
  const context: NginxContext = { process, config: () => config, version, error };
  const closers = new Map<number, () => void>();
  const open = () => {
    for (const port of new Set(config.servers.flatMap((server) => server.ports))) {
      if (closers.has(port)) continue;
      closers.set(
        port,
        serve(process, port, (connection) =>
          handleHttp(process, connection, async (request) => {
            const reply = await answer(context, port, request);
            accessLog(process, connection.remoteAddress, request, reply);
            return reply;
          }),
        ),
      );
    }
  };
  try {
    open();
  } catch (problem) {
    if (!isErrno(problem)) throw problem;
    const port = config.servers.flatMap((server) => server.ports).find((candidate) => !closers.has(candidate)) ?? 80;
    const words = `bind() to 0.0.0.0:${port} failed (${problem.code === "EADDRINUSE" ? "98" : "13"}: ${problem.message})`;
    error("emerg", words);
    await process.stderr.write(`nginx: [emerg] ${words}\n`);
    return 1;
  }
  notices(version, config, error);
  const serving = untilStopped(process, ["SIGTERM", "SIGINT", "SIGQUIT"]);
  process.onSignal("SIGHUP", () => {
    error("notice", `signal 1 (SIGHUP) received from ${process.pid}, reconfiguring`);
    try {
      config = load(process, options);
      open();
    } catch (problem) {
      if (problem instanceof ConfigProblem || problem instanceof Errno) error("emerg", problem.message);
      else throw problem;
    }
  });
  try {
    process.files.writeFile(PID_FILE, `${process.pid}\n`);
  } catch (problem) {
    if (!isErrno(problem)) throw problem;
    error("emerg", `open() "${PID_FILE}" failed (${problem.code === "EROFS" ? "30" : "13"}: ${problem.message})`);
    return 1;
  }
  const signal = await serving.stopped;
  for (const close of closers.values()) close();
  if (signal !== undefined && Number.parseFloat(version.slice(2)) >= 19) {
    const number = signal === "SIGQUIT" ? 3 : signal === "SIGINT" ? 2 : 15;
    error(
      "notice",
      `signal ${number} (${signal}) received from 0, ${signal === "SIGQUIT" ? "shutting down" : "exiting"}`,
    );
    error("notice", "exit");
  }
  return 0;
}

/** Start-up notices: images since 1.19 log them, older ones only warnings. */
function notices(version: string, config: NginxConfig, error: NginxContext["error"]): void {
  if (Number.parseFloat(version.slice(2)) < 19) return;
  error("notice", 'using the "epoll" event method');
  error("notice", `nginx/${version}`);
  error("notice", `OS: Linux ${KERNEL_RELEASE}`);
  error("notice", "getrlimit(RLIMIT_NOFILE): 1048576:1048576");
  error("notice", "start worker processes");
  for (let worker = 0; worker < config.workers; worker++) error("notice", `start worker process ${29 + worker}`);
}

function readOptions(args: readonly string[]): Options | "version" | "build" | string {
  const options: Options = {
    config: "/etc/nginx/nginx.conf",
    test: false,
    dump: false,
    quiet: false,
    globals: "",
    signal: undefined,
  };
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    const value = () => args[++index] ?? "";
    if (arg === "-v") return "version";
    if (arg === "-V") return "build";
    if (arg === "-t") options.test = true;
    else if (arg === "-T") {
      options.test = true;
      options.dump = true;
    } else if (arg === "-q") options.quiet = true;
    else if (arg === "-c") options.config = value();
    else if (arg === "-g") options.globals = value();
    else if (arg === "-s") options.signal = value();
    else if (arg === "-p" || arg === "-e") value();
    else return `invalid option: "${arg}"`;
  }
  return options;
}

function load(process: Process, options: Options): NginxConfig {
  const read = (path: string, by?: Directive): Directive[] => {
    try {
      return parseConfig(process.files.readText(path), path);
    } catch (problem) {
      if (!isErrno(problem)) throw problem;
      const where = by === undefined ? "" : ` in ${by.file}:${by.line}`;
      throw new ConfigProblem(`open() "${path}" failed (2: ${problem.message})${where}`);
    }
  };
  const include = (pattern: string, from: Directive): Directive[] => {
    const path = pattern.startsWith("/") ? pattern : `/etc/nginx/${pattern}`;
    if (!path.includes("*")) return read(path, from);
    const directory = path.slice(0, path.lastIndexOf("/"));
    const [before = "", after = ""] = path.slice(directory.length + 1).split("*");
    if (!process.files.exists(directory)) return [];
    return process.files
      .list(directory)
      .filter(({ name }) => name.startsWith(before) && name.endsWith(after) && !name.startsWith("."))
      .map(({ name }) => name)
      .sort()
      .flatMap((name) => read(`${directory}/${name}`, from));
  };
  const directives = [...parseConfig(options.globals, "command line"), ...read(options.config)];
  return compile(directives, include);
}

async function sendSignal(process: Process, name: string): Promise<number> {
  const signal = ({ stop: "SIGTERM", quit: "SIGQUIT", reload: "SIGHUP", reopen: "SIGUSR1" } as const)[name];
  if (signal === undefined) {
    await process.stderr.write(`nginx: invalid option: "-s ${name}"\n`);
    return 1;
  }
  try {
    const pid = Number(process.files.readText(PID_FILE).trim());
    if (signal !== "SIGUSR1") process.machine.kill(pid, signal);
    return 0;
  } catch (problem) {
    if (!isErrno(problem)) throw problem;
    await process.stderr.write(`nginx: [error] open() "${PID_FILE}" failed (2: ${problem.message})\n`);
    return 1;
  }
}

function accessLog(
  process: Process,
  client: string,
  request: Parameters<Parameters<typeof handleHttp>[2]>[0],
  reply: { readonly status: number; readonly body?: Uint8Array | string },
): void {
  const size = typeof reply.body === "string" ? new TextEncoder().encode(reply.body).length : (reply.body?.length ?? 0);
  const sent = request?.method === "HEAD" ? 0 : size;
  const line = request === undefined ? "" : `${request.method} ${request.target} ${request.version}`;
  const header = (name: string) => request?.headers.get(name) ?? "-";
  void process.stdout
    .write(
      `${client} - - [${logTime(process.clock.now())}] "${line}" ${reply.status} ${sent} "${header("referer")}" "${header("user-agent")}" "${header("x-forwarded-for")}"\n`,
    )
    .catch(() => undefined);
}

/** "01/Jan/2025:00:00:00 +0000" */
function logTime(ms: number): string {
  const iso = new Date(ms).toISOString();
  const month = ABBREVIATED_MONTHS[Number(iso.slice(5, 7)) - 1] ?? "";
  return `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}

/** "2025/01/01 00:00:00" */
function stamp(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replaceAll("-", "/").replace("T", " ");
}

/** /docker-entrypoint.sh of recent images: says what it does, then becomes the command. */
export async function entrypoint(process: Process): Promise<number> {
  const command = process.argv.slice(1);
  if (command[0] === "nginx" || command[0] === "nginx-debug") {
    const say = (text: string) => process.stdout.write(`/docker-entrypoint.sh: ${text}\n`);
    const scripts = [
      "10-listen-on-ipv6-by-default.sh",
      "15-local-resolvers.envsh",
      "20-envsubst-on-templates.sh",
      "30-tune-worker-processes.sh",
    ];
    await say("/docker-entrypoint.d/ is not empty, will attempt to perform configuration");
    await say("Looking for shell scripts in /docker-entrypoint.d/");
    for (const script of scripts) {
      await say(`${script.endsWith(".envsh") ? "Sourcing" : "Launching"} /docker-entrypoint.d/${script}`);
    }
    await say("Configuration complete; ready for start up");
  }
  return process.execute({ argv: command });
}
