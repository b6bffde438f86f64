/** One client's connection to mongod: command after command, each with its answer. */
import type { Connection, Process } from "../../../machine/index.ts";
import { Malformed } from "../../kit/wire/bytes.ts";
import { type Doc, isDoc, MongoError } from "../data/bson.ts";
import { MessageStream } from "./messages.ts";

interface WireHost {
  readonly process: Process;
  /** The answer to a command, `ok` and all. */
  answer(request: { readonly db: string; readonly command: Doc; readonly readPreference: string }): Promise<Doc>;
}

/** Fields that are about the message and not about the command. */
const ABOUT = new Set(["$db", "$readPreference", "$clusterTime", "$client", "$audit", "$tenant"]);
/** Commands that OP_QUERY may still carry. */
const FIRST = /^(ismaster|hello)$/i;

export async function serveClient(host: WireHost, connection: Connection): Promise<void> {
  const stream = new MessageStream(connection);
  for (;;) {
    try {
      const message = await stream.read();
      if (message === undefined) return;
      const { id, legacy, silent, body } = message;
      const answer = await answerTo(host, body, legacy);
      if (!silent) await stream.write(answer, id, legacy);
    } catch (problem) {
      // Bytes of another protocol: mongod says so in its log alone, and hangs up.
      if (problem instanceof Malformed) return;
      if (!(problem instanceof MongoError)) throw problem;
      await stream.write({ ok: 0, errmsg: problem.message, code: problem.code, codeName: problem.codeName });
      return;
    }
  }
}

async function answerTo(host: WireHost, body: Doc, legacy: boolean): Promise<Doc> {
  const db = body["$db"];
  if (typeof db !== "string" || db === "")
    return { ok: 0, errmsg: "OP_MSG requests require a $db argument", code: 40571, codeName: "Location40571" };
  const command = Object.fromEntries(Object.entries(body).filter(([name]) => !ABOUT.has(name)));
  const [name = ""] = Object.keys(command);
  if (legacy && !FIRST.test(name))
    return {
      ok: 0,
      errmsg: `Unsupported OP_QUERY command: ${name}. The client driver may require an upgrade. For more details see https://dochub.mongodb.org/core/legacy-opcode-removal`,
      code: 352,
      codeName: "UnsupportedOpQueryCommand",
    };
  const preference = body["$readPreference"];
  const mode = isDoc(preference) ? preference["mode"] : undefined;
  return host.answer({ db, command, readPreference: typeof mode === "string" ? mode : "primary" });
}
