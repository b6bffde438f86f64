/** exec, attach and port-forward into a running container. */
import { type ByteReader, isErrno, type Tty, type WindowSize } from "../../machine/index.ts";
import type { PortSession, ProcessSession } from "../apiserver/http.ts";
import { type Status, StatusError } from "../machinery/status.ts";
import { ByteChannel } from "../network/streams.ts";
import type { NetworkStack } from "../network/types.ts";
import { NO_INPUT, notFoundWords } from "./container.ts";
import type { LiveContainer } from "./instance.ts";
import type { ProcessOptions } from "./types.ts";

/** A Status as streaming servers send it: without kind and code. */
function streamStatus(parts: Partial<Status> & { readonly status: Status["status"] }): Status {
  return { metadata: {}, ...parts } as Status;
}

const SUCCESS = streamStatus({ status: "Success" });

function exitStatus(command: readonly string[], code: number): Status {
  if (code === 0) return SUCCESS;
  return streamStatus({
    status: "Failure",
    message: `command terminated with non-zero exit code: error executing command [${command.join(" ")}], exit code ${code}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(code) }] },
  });
}

export function execSession(live: LiveContainer, options: ProcessOptions): ProcessSession {
  const stdout = new ByteChannel();
  const stderr = new ByteChannel();
  const stdin = options.stdin ? new ByteChannel() : undefined;
  const tty: Tty | undefined = options.tty ? live.machine.createTty({ columns: 80, rows: 24 }) : undefined;
  tty?.onOutput((data) => void stdout.write(data).catch(() => undefined));
  const environment = new Map(live.environment);
  if (tty !== undefined) environment.set("TERM", "xterm");
  let process: ReturnType<LiveContainer["machine"]["spawn"]>;
  try {
    process = live.machine.spawn({
      argv: options.command,
      env: environment,
      ...live.identity,
      processGroup: 0,
      ...(tty === undefined
        ? {
            stdout: options.stdout ? stdout : discard,
            stderr: options.stderr ? stderr : discard,
            stdin: (stdin as ByteReader | undefined) ?? NO_INPUT,
          }
        : { tty, newSession: true }),
    });
  } catch (error) {
    if (!isErrno(error)) throw error;
    const name = options.command[0] ?? "";
    const why = error.code === "ENOENT" ? notFoundWords(name) : error.message.toLowerCase();
    throw new StatusError(
      500,
      "InternalError",
      `Internal error occurred: error executing command in container: failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: exec: ${JSON.stringify(name)}: ${why}: unknown`,
      { causes: [{ message: "error executing command in container" }] },
    );
  }
  const status = process.exited.then((exit) => {
    stdout.end();
    stderr.end();
    return exitStatus(options.command, exit.code);
  });
  return {
    stdin: !options.stdin ? undefined : tty === undefined ? stdin : ttyWriter(tty),
    stdout: options.stdout ? stdout : undefined,
    stderr: options.stderr && tty === undefined ? stderr : undefined,
    resize: (size) => tty?.resize(size),
    status,
    close: () => {
      stdin?.end();
      tty?.hangUp();
      // A command without a terminal goes on in the container until it notices that nobody reads it.
      stdout.stop();
      stderr.stop();
    },
  };
}

/** A session that ended before anything ran. */
export function failedSession(status: Status): ProcessSession {
  return {
    stdin: undefined,
    stdout: undefined,
    stderr: undefined,
    resize: () => undefined,
    status: Promise.resolve(status),
    close: () => undefined,
  };
}

const discard = { write: async () => undefined, close: () => undefined };

function ttyWriter(tty: Tty) {
  return {
    write: async (data: Uint8Array | string) => tty.input(data),
    // The end of a client's input is the end of its terminal's: ^D.
    close: () => tty.input("\x04"),
  };
}

/** An attachment to the process of a container; it ends with it, or when the client goes. */
export function attachSession(
  live: LiveContainer,
  options: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean; readonly tty: boolean },
  stdinOnce: boolean,
): ProcessSession {
  const stdout = new ByteChannel();
  const stderr = new ByteChannel();
  const listener = (stream: "stdout" | "stderr", data: Uint8Array) => {
    const channel = stream === "stdout" ? stdout : stderr;
    void channel.write(data).catch(() => undefined);
  };
  for (const { stream, data } of live.unheard()) listener(stream, data);
  live.listeners.add(listener);
  let detach: (status: Status) => void = () => undefined;
  const detached = new Promise<Status>((resolve) => {
    detach = resolve;
  });
  const done = () => {
    live.listeners.delete(listener);
    stdout.end();
    stderr.end();
  };
  const status = Promise.race([live.process.exited.then(() => SUCCESS), detached]).then((result) => {
    done();
    return result;
  });
  const port = options.stdin ? live.stdin : undefined;
  const encoder = new TextEncoder();
  return {
    stdin:
      port === undefined
        ? undefined
        : {
            write: (data) => port.write(typeof data === "string" ? encoder.encode(data) : data),
            close: () => {
              if (stdinOnce) port.end();
            },
          },
    stdout: options.stdout ? stdout : undefined,
    stderr: options.stderr && live.tty === undefined ? stderr : undefined,
    resize: (size: WindowSize) => live.tty?.resize(size),
    status,
    close: () => {
      if (stdinOnce) port?.end();
      detach(SUCCESS);
    },
  };
}

export async function portSession(stack: NetworkStack, sandboxId: string, port: number): Promise<PortSession> {
  try {
    const connection = await stack.connect("127.0.0.1", port);
    return { reader: connection.reader, writer: connection.writer, close: () => connection.close() };
  } catch (error) {
    if (!isErrno(error)) throw error;
    const dial = `dial tcp4 127.0.0.1:${port}: connect: connection refused IPv6 dial tcp6 [::1]:${port}: connect: connection refused`;
    throw new StatusError(
      500,
      "InternalError",
      `error forwarding port ${port} to pod ${sandboxId}, uid : failed to execute portforward in network namespace "/var/run/netns/cni-${sandboxId.slice(0, 8)}": failed to connect to localhost:${port} inside namespace "${sandboxId}", IPv4: ${dial} `,
    );
  }
}
