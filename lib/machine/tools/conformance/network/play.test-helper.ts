/** Plays a script on a machine whose network is that of world.test-helper.ts. */
import { virtualClock } from "../../../../clock/index.ts";
import { Errno } from "../../../errno.ts";
import {
  type Connection,
  type DirectoryTree,
  directory,
  loopbackNetwork,
  memoryFileSystem,
  merged,
  type Network,
  standardRootTree,
} from "../../../index.ts";
import { shellPrograms } from "../../../shell/index.ts";
import { bytePipe } from "../../../streams/pipe.ts";
import { testMachine } from "../../../testing.test-helper.ts";
import { toolPrograms } from "../../index.ts";
import { SERVICES_FILE } from "../../support/services.ts";
import {
  ADDRESSES,
  answerDns,
  answerHttp,
  DNS_SERVER,
  ECHO_SERVER,
  HOSTNAME,
  HOSTS,
  HTTP_SERVERS,
  isSilent,
  isUnreachable,
  masked,
  OWN_ADDRESS,
  RESOLV_CONF,
} from "./world.test-helper.ts";

export interface Played {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

type Clock = ReturnType<typeof virtualClock>;
export const programs = new Map([...toolPrograms, ...shellPrograms]);
const settings = directory({
  "etc/resolv.conf": RESOLV_CONF,
  "etc/hosts": HOSTS,
  "etc/services": SERVICES_FILE,
  "tmp/network-room": directory(),
});
const gnu = merged(standardRootTree([...programs.keys()].filter((name) => !name.includes("/"))), settings);
const LIMIT_MS = 600_000;

/** The end that a client gets of a connection whose other end `serve` is given. */
function connected(address: string, port: number, serve: (connection: Connection) => void): Connection {
  const [up, down] = [bytePipe(), bytePipe()];
  const end = (from: typeof up, to: typeof up, local: number, remote: number): Connection => ({
    reader: from.reader,
    writer: to.writer,
    localAddress: OWN_ADDRESS,
    localPort: local,
    remoteAddress: address,
    remotePort: remote,
    close(options) {
      if (options?.reset) for (const pipe of [from, to]) pipe.fail(new Errno("ECONNRESET"));
      from.reader.close();
      to.writer.close();
    },
  });
  serve(end(up, down, port, 40_000));
  return end(down, up, 40_000, port);
}

async function serveHttp({ reader, writer, close }: Connection): Promise<void> {
  let input = "";
  for (let chunk = await reader.read(); chunk !== null; chunk = await reader.read()) {
    input += String.fromCharCode(...chunk);
    for (let next = answerHttp(input); next !== undefined; next = answerHttp(input)) {
      input = input.slice(next.used);
      const { text, next: goesOn } = next.answer;
      await writer.write(Uint8Array.from(text, (character) => character.charCodeAt(0)));
      if (goesOn === "hang") return;
      if (goesOn === "keep") continue;
      return close({ reset: goesOn === "reset" });
    }
  }
  writer.close();
}

async function serveEcho({ reader, writer }: Connection): Promise<void> {
  await writer.write(ECHO_SERVER.greeting);
  for (let chunk = await reader.read(); chunk !== null; chunk = await reader.read()) await writer.write(chunk);
  writer.close();
}

function worldNetwork(clock: Clock): Network {
  const own = loopbackNetwork();
  const silence = (ms: number | undefined, address: string, signal: AbortSignal | undefined) =>
    new Promise<never>((_, reject) => {
      const cancel =
        ms === undefined ? () => undefined : clock.after(ms, () => reject(new Errno("ETIMEDOUT", address)));
      signal?.addEventListener("abort", () => {
        cancel();
        reject(signal.reason);
      });
    });
  const isOwn = (address: string) => address === OWN_ADDRESS || address.startsWith("127.");
  return {
    ...own,
    addresses: [OWN_ADDRESS],
    async connect(address, port, options) {
      if (isOwn(address)) return own.connect("127.0.0.1", port, options);
      if (isSilent(address)) return silence(options?.timeoutMs ?? 130_000, address, options?.signal);
      if (isUnreachable(address)) throw new Errno("EHOSTUNREACH", address);
      if (!ADDRESSES.includes(address)) throw new Errno("ENETUNREACH", address);
      const serve = HTTP_SERVERS.some((server) => server.address === address && server.port === port)
        ? serveHttp
        : ECHO_SERVER.address === address && ECHO_SERVER.port === port
          ? serveEcho
          : undefined;
      if (serve === undefined) throw new Errno("ECONNREFUSED", address);
      return connected(address, port, (connection) => void serve(connection).catch(() => undefined));
    },
    async query(server, question, signal) {
      if (server === DNS_SERVER) return answerDns(question);
      if (isSilent(server)) return silence(5_000, server, signal);
      if (isUnreachable(server)) throw new Errno("EHOSTUNREACH", server);
      throw new Errno(ADDRESSES.includes(server) || isOwn(server) ? "ECONNREFUSED" : "ENETUNREACH", server);
    },
    async ping(address) {
      if (isUnreachable(address)) throw new Errno("EHOSTUNREACH", address);
      return isOwn(address) || ADDRESSES.includes(address) ? 0.05 : undefined;
    },
  };
}

/** `busybox`: the root of an image that has BusyBox alone; without it the tools are a workstation's. */
export async function play(script: string, busybox?: DirectoryTree): Promise<Played> {
  const clock = virtualClock();
  const boxed = busybox !== undefined;
  const root = memoryFileSystem({ clock, tree: boxed ? merged(busybox, settings) : gnu });
  const network = worldNetwork(clock);
  const { machine, run } = testMachine(Object.fromEntries(programs), { clock, root, network, hostname: HOSTNAME });
  const { child, output, errors } = run([boxed ? "sh" : "bash", "-c", script], {
    cwd: "/tmp/network-room",
    env: {
      PATH: boxed ? "/usr/bin:/bin" : "/usr/sbin:/usr/bin:/sbin:/bin",
      LC_ALL: "C.UTF-8",
      TZ: "UTC",
      HOME: "/tmp/network-room",
    },
  });
  let status: number | undefined;
  void child.exited.then(({ code }) => {
    status = code;
  });
  await clock.runUntil(() => status !== undefined, LIMIT_MS);
  machine.shutDown();
  return { stdout: masked(output()), stderr: masked(errors()), exitCode: status ?? -1 };
}
