/** A process in a container connected to this process: bytes both ways, raw terminal, window size, exit code. */
import { withQuery } from "../client/rest.ts";
import { ApiError, CommandError, ExitCodeError, type Status } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { type ProcessStream, type SessionStatus, TransportError } from "../transport.ts";
import { interruptible } from "./interrupts.ts";
import { podPath } from "./pods.ts";

interface SessionOptions {
  readonly pod: string;
  readonly namespace: string;
  readonly container: string;
  readonly subresource: "exec" | "attach";
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
  /** Where bytes come from and go to instead of this process's own streams. */
  readonly streams?: SessionStreams;
}

export interface SessionStreams {
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly stdout?: { write(data: Uint8Array): Promise<void> };
  readonly stderr?: { write(data: Uint8Array): Promise<void> };
}

async function connect(invocation: Invocation, options: SessionOptions): Promise<ProcessStream> {
  const rest = await invocation.rest();
  const path = withQuery(podPath(options.namespace, options.pod, options.subresource), {
    container: options.container,
    command: options.command,
    stdin: options.stdin,
    stdout: true,
    stderr: !options.tty,
    tty: options.tty,
  });
  try {
    return await rest.transport.openProcess(path, invocation.process.signal);
  } catch (error) {
    if (error instanceof TransportError && error.status !== undefined) throw new ApiError(error.status as Status);
    throw error;
  }
}

/** Runs to its end. Throws `ExitCodeError` where the program did not end with 0. */
export async function runSession(invocation: Invocation, options: SessionOptions): Promise<void> {
  const { process } = invocation;
  const stream = await connect(invocation, options);
  // Upstream guards the terminal that is read, and with it the end of the program (TTY.Safe of pkg/util/term).
  const isGuarded = options.stdin && options.streams?.stdin === undefined && process.isTerminal(0);
  await (isGuarded
    ? interruptible(invocation, () => converse(invocation, options, stream))
    : converse(invocation, options, stream));
}

async function converse(invocation: Invocation, options: SessionOptions, stream: ProcessStream): Promise<void> {
  const { process } = invocation;
  const tty = options.tty ? process.tty : undefined;
  const mode = tty?.mode;
  if (tty !== undefined) {
    // Every key, ^C and ^Z included, belongs to the program in the container.
    tty.mode = { canonical: false, echo: false, signals: false };
    stream.resize(tty.size);
    process.onSignal("SIGWINCH", () => stream.resize(tty.size));
  }
  const ended = new AbortController();
  try {
    const output = [
      ...(stream.stdout === undefined ? [] : [copy(stream.stdout, options.streams?.stdout ?? process.stdout)]),
      ...(stream.stderr === undefined ? [] : [copy(stream.stderr, options.streams?.stderr ?? process.stderr)]),
    ];
    if (options.stdin && stream.stdin !== undefined)
      void sendInput(options.streams?.stdin ?? process.stdin, stream, ended.signal);
    const status = await stream.status;
    await Promise.all(output);
    check(status, options);
  } finally {
    ended.abort();
    stream.close();
    if (tty !== undefined && mode !== undefined) {
      tty.mode = mode;
      process.onSignal("SIGWINCH", "default");
    }
  }
}

async function copy(
  from: NonNullable<ProcessStream["stdout"]>,
  to: { write(data: Uint8Array): Promise<void> },
): Promise<void> {
  for await (const chunk of from) await to.write(chunk);
}

async function sendInput(input: AsyncIterable<Uint8Array>, stream: ProcessStream, ended: AbortSignal): Promise<void> {
  try {
    for await (const chunk of input) {
      if (ended.aborted) return;
      await stream.stdin?.write(chunk);
    }
    if (!ended.aborted) stream.stdin?.close();
  } catch {
    // The program stopped reading, or the terminal went away: the session's own status says how it ended.
  }
}

function check(status: SessionStatus, options: SessionOptions): void {
  if (status.status === "Success" || status.status === undefined) return;
  const code = status.details?.causes?.find((cause) => cause.reason === "ExitCode")?.message;
  if (status.reason === "NonZeroExitCode" && code !== undefined) {
    throw new ExitCodeError(`command terminated with exit code ${code}`, Number(code));
  }
  if (options.subresource === "attach" && status.reason === undefined) return;
  throw status.reason === undefined || status.reason === "" || status.reason === "InternalError"
    ? new CommandError(status.message ?? "the session ended with an error")
    : new ApiError(status as Status);
}
