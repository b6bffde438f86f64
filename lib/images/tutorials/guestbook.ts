/** The front end of the guestbook: pages, and a small API whose data is in Redis, written to one server, read from others. */
import { isErrno, type Process } from "../../machine/index.ts";
import { type HttpReply, handleHttp } from "../kit/http.ts";
import { resolveHost } from "../kit/resolve.ts";
import { serve, untilStopped } from "../kit/server.ts";
import { encodeCommand, fromText, RespReader, toBytes, toText } from "../redis/resp.ts";

const PAGE = `<html>
  <head><title>Guestbook</title></head>
  <body>
    <h2>Guestbook</h2>
    <form method="get" action="guestbook.php">
      <input type="hidden" name="cmd" value="set"><input type="hidden" name="key" value="messages">
      <input name="value" placeholder="Messages"><button type="submit">Submit</button>
    </form>
  </body>
</html>
`;

/** Nobody answers there; the text is Predis's. */
class Unreachable extends Error {}

/** One command to a Redis server by name. */
async function ask(process: Process, host: string, words: readonly string[]): Promise<string | null> {
  const refused = (why: string) => new Unreachable(`${why} [tcp://${host}:6379]`);
  const address = await resolveHost(process, host);
  if (address === undefined) throw refused("`php_network_getaddresses: getaddrinfo failed: Name or service not known");
  try {
    const connection = await process.network.connect(address, 6379, { timeoutMs: 5000, signal: process.signal });
    try {
      await connection.writer.write(toBytes(encodeCommand(words.map(fromText))));
      const reply = await new RespReader(connection.reader).reply();
      if (reply === undefined) throw refused("Error while reading line from the server.");
      if (reply.type === "error") throw new Unreachable(reply.text);
      return reply.type === "bulk" ? (reply.text === null ? null : toText(reply.text)) : "";
    } finally {
      connection.close();
    }
  } catch (error) {
    if (!isErrno(error) || process.signal.aborted) throw error;
    throw refused(error.code === "ECONNREFUSED" ? "Connection refused" : "Connection timed out");
  }
}

async function api(process: Process, query: URLSearchParams): Promise<HttpReply> {
  const json = (value: unknown): HttpReply => ({
    status: 200,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(value),
  });
  const byEnvironment = process.env.get("GET_HOSTS_FROM") === "env";
  const host = (role: "leader" | "follower") =>
    (byEnvironment ? process.env.get(`REDIS_${role.toUpperCase()}_SERVICE_HOST`) : undefined) ?? `redis-${role}`;
  const key = query.get("key") ?? "";
  const command = query.get("cmd");
  if (command === null) return { status: 200, headers: { "Content-Type": "text/html" }, body: "" };
  try {
    if (command === "set") {
      await ask(process, host("leader"), ["SET", key, query.get("value") ?? ""]);
      return json({ message: "Updated" });
    }
    return json({ data: (await ask(process, host("follower"), ["GET", key])) ?? "" });
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    await process.stderr.write(
      `PHP Fatal error:  Uncaught Predis\\Connection\\ConnectionException: ${error.message} in /usr/local/lib/php/Predis/Connection/AbstractConnection.php:155\n`,
    );
    return { status: 500, headers: { "Content-Type": "text/html; charset=UTF-8" }, body: "" };
  }
}

export async function guestbook(process: Process): Promise<number> {
  await process.stderr.write(
    `AH00558: apache2: Could not reliably determine the server's fully qualified domain name, using ${process.network.addresses[0] ?? "127.0.0.1"}. Set the 'ServerName' directive globally to suppress this message\n`,
  );
  const close = serve(process, 80, (connection) =>
    handleHttp(process, connection, async (request) => {
      if (request === undefined) return { status: 400, body: "Bad Request\n" };
      const reply: HttpReply =
        request.path === "/" || request.path === "/index.html"
          ? { status: 200, headers: { "Content-Type": "text/html" }, body: PAGE }
          : request.path === "/guestbook.php"
            ? await api(process, request.query)
            : { status: 404, headers: { "Content-Type": "text/html" }, body: "<h1>Not Found</h1>\n" };
      const time = new Date(process.clock.now()).toUTCString();
      const size = typeof reply.body === "string" ? reply.body.length : 0;
      await process.stdout
        .write(
          `${request.remoteAddress} - - [${time}] "${request.method} ${request.target} ${request.version}" ${reply.status} ${size} "-" "${request.headers.get("user-agent") ?? "-"}"\n`,
        )
        .catch(() => undefined);
      return reply;
    }),
  );
  await untilStopped(process, ["SIGTERM", "SIGINT", "SIGWINCH"]).stopped;
  close();
  return 0;
}
