/**
 * exec and attach: a stream each for errors, input, output, error output and window sizes, opened by the client and known
 * by their type; the v1.Status that ends the session goes down the first (protocol v4 of remotecommand/httpstream.go).
 */
import type { ProcessSession } from "../http.ts";
import type { SpdyStream } from "./connection.node.ts";

/**
 * Runs `session` over the streams that a client opens which asked for `wanted` (stdin, stdout, stderr, tty). They are
 * waited for even if the session has ended; `done` when its end has been said.
 */
export function processStreams(
  session: ProcessSession,
  wanted: ReadonlySet<string>,
  done: () => void,
): (stream: SpdyStream) => void {
  const tty = wanted.has("tty");
  const expected = new Set(["error", ...wanted, ...(tty ? ["resize"] : [])]);
  expected.delete("tty");
  // A terminal has one output.
  if (tty) expected.delete("stderr");
  const streams = new Map<string, SpdyStream>();
  const run = async () => {
    const pump = async (name: "stdout" | "stderr") => {
      const [reader, stream] = [session[name], streams.get(name)];
      for await (const chunk of reader ?? []) await stream?.write(chunk);
      await stream?.end();
    };
    const output = Promise.all([pump("stdout"), pump("stderr")]);
    const status = await session.status;
    await output;
    const error = streams.get("error");
    await error?.write(Buffer.from(JSON.stringify(status)));
    await error?.end();
    for (const name of ["stdin", "resize"]) await streams.get(name)?.end();
  };
  return (stream) => {
    const type = stream.headers.get("streamtype") ?? "";
    if (!expected.has(type) || streams.has(type)) return;
    streams.set(type, stream);
    if (type === "stdin") {
      stream.onData = (data) => session.stdin?.write(data);
      stream.onEnd = (reset) => {
        if (!reset) session.stdin?.close();
      };
    } else if (type === "resize") stream.onData = sizes((columns, rows) => session.resize({ columns, rows }));
    if (streams.size === expected.size)
      void run()
        .catch(() => undefined)
        .finally(done);
  };
}

/** JSON objects one after another, in pieces of any length. */
function sizes(resize: (columns: number, rows: number) => void): (data: Buffer) => void {
  let text = "";
  return (data) => {
    text += data.toString("utf8");
    for (let end = text.indexOf("}"); end !== -1; end = text.indexOf("}")) {
      const size = readSize(text.slice(0, end + 1));
      if (size !== undefined) resize(size.columns, size.rows);
      text = text.slice(end + 1);
    }
  };
}

/** A window size as kubectl sends it; undefined for what is none, which upstream passes over, too. */
export function readSize(text: string): { readonly columns: number; readonly rows: number } | undefined {
  try {
    const { Width, Height } = JSON.parse(text) as { Width?: number; Height?: number };
    return Width && Height ? { columns: Width, rows: Height } : undefined;
  } catch {
    return undefined;
  }
}
