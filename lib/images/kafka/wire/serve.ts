/** One client's connection in Kafka's own protocol: request after request, each answered before the next. */
import { concatBytes } from "../../../encoding/index.ts";
import type { Connection, Process } from "../../../machine/index.ts";
import { StreamReader } from "../../kit/reader.ts";
import { Malformed, WireReader, type WireWriter } from "../../kit/wire/bytes.ts";
import { API, type ApiName, CODES, readText, VERSIONS, writer } from "./codec.ts";

/** Bytes of a request (`socket.request.max.bytes` is 100 MB in the real one). */
const MAX_REQUEST = 16 * 1024 * 1024;

export interface Request {
  readonly api: ApiName;
  readonly version: number;
  readonly clientId: string;
  readonly reader: WireReader;
  readonly connection: Connection;
}

/** Undefined: nothing is answered. */
export type Answer = (request: Request) => Promise<WireWriter | undefined>;

const NAMES = new Map<number, ApiName>(Object.entries(API).map(([name, key]) => [key, name as ApiName]));

export async function serveClient(
  process: Process,
  connection: Connection,
  answer: Answer,
  log: (text: string) => void,
): Promise<void> {
  const stream = new StreamReader(connection.reader);
  try {
    for (;;) {
      const header = await stream.bytes(4);
      if (header === undefined) return;
      const length = new WireReader(header, "big").i32();
      if (length < 8 || length > MAX_REQUEST) throw new Malformed(`Invalid receive (size = ${length})`);
      const content = await stream.bytes(length);
      if (content === undefined) return;
      await process.spend(100 + length / 50);
      const reader = new WireReader(content, "big");
      const [key, version, correlation] = [reader.i16(), reader.i16(), reader.i32()];
      const clientId = readText(reader) ?? "";
      const body = await answered(key, version, { clientId, reader, connection }, answer);
      if (body === undefined) continue;
      const bytes = body.done();
      const head = writer()
        .i32(bytes.length + 4)
        .i32(correlation)
        .done();
      await connection.writer.write(concatBytes([head, bytes]));
    }
  } catch (problem) {
    // As SocketServer does: who cannot be understood is hung up on.
    if (!(problem instanceof Malformed)) throw problem;
    log(
      `Closing socket for ${connection.localAddress}-${connection.remoteAddress} because of error: ${problem.message}`,
    );
  }
}

async function answered(
  key: number,
  version: number,
  rest: Omit<Request, "api" | "version">,
  answer: Answer,
): Promise<WireWriter | undefined> {
  const api = NAMES.get(key);
  const [first, last] = api === undefined ? [1, 0] : VERSIONS[api];
  if (api === "apiVersions")
    return apiVersions(version <= last ? version : 0, version <= last ? "NONE" : "UNSUPPORTED_VERSION");
  if (api === undefined || version < first || version > last)
    throw new Malformed(`Received request api key ${key} with version ${version} which is not enabled`);
  return answer({ api, version, ...rest });
}

/** What is understood here; the first thing every client asks. */
function apiVersions(version: number, error: "NONE" | "UNSUPPORTED_VERSION"): WireWriter {
  const out = writer().u16(CODES[error]).i32(Object.keys(API).length);
  for (const [name, key] of Object.entries(API)) {
    const [first, last] = VERSIONS[name as ApiName];
    out.u16(key).u16(first).u16(last);
  }
  if (version >= 1) out.i32(0);
  return out;
}
