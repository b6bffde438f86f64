/**
 * Port-forward: each forwarded connection is a pair of streams with one request id, first for errors, then for data
 * (pkg/kubelet of streaming servers, portforward/httpstream.go).
 */
import type { PortSession } from "../http.ts";
import type { SpdyStream } from "./connection.node.ts";

/** What to do with the streams of one connection; `open` reaches a port of the Pod. */
export function portForwardStreams(open: (port: number) => Promise<PortSession>): (stream: SpdyStream) => void {
  const errors = new Map<string, SpdyStream>();
  return (stream) => {
    const requestId = stream.headers.get("requestid") ?? String(stream.id);
    if (stream.headers.get("streamtype") === "error") {
      errors.set(requestId, stream);
      return;
    }
    const port = Number(stream.headers.get("port"));
    const opening = open(port);
    /** Ends both streams; an error goes down the first of them. */
    const finish = async (message: string) => {
      const error = errors.get(requestId);
      errors.delete(requestId);
      if (message !== "") await error?.write(Buffer.from(message));
      await error?.end();
      await stream.end();
    };
    stream.onData = async (data) => (await opening).writer.write(data);
    stream.onEnd = (reset) => {
      void opening.then(
        (session) => (reset ? session.close() : session.writer.close()),
        () => undefined,
      );
    };
    void opening
      .then(
        async (session) => {
          try {
            for await (const chunk of session.reader) await stream.write(chunk);
            await finish("");
          } finally {
            session.close();
          }
        },
        (error: unknown) => finish(wordsOf(error)),
      )
      .catch((error: unknown) => finish(wordsOf(error)));
  };
}

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
