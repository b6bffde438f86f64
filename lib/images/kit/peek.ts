/** One port, several protocols: the first bytes tell which, and are still there to be read. */
import type { ByteReader, Connection } from "../../machine/index.ts";

/** The first bytes that came (undefined where the stream ended at once), and the connection as if nobody had looked. */
export async function peek(
  connection: Connection,
): Promise<{ readonly first: Uint8Array | undefined; readonly connection: Connection }> {
  const first = await connection.reader.read();
  if (first === null) return { first: undefined, connection };
  let pending: Uint8Array | undefined = first;
  const read = async (max?: number) => {
    if (pending === undefined) return connection.reader.read(max);
    const taken = max === undefined ? pending : pending.subarray(0, max);
    pending = taken.length === pending.length ? undefined : pending.subarray(taken.length);
    return taken;
  };
  const reader: ByteReader = {
    read,
    close: () => connection.reader.close(),
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const chunk = await read();
        if (chunk === null) return;
        yield chunk;
      }
    },
  };
  const { writer, localAddress, localPort, remoteAddress, remotePort } = connection;
  return {
    first,
    connection: {
      reader,
      writer,
      localAddress,
      localPort,
      remoteAddress,
      remotePort,
      close: (options) => connection.close(options),
    },
  };
}
