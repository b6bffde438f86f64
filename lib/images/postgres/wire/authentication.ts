/** Who may come in, and what they have to show for it: pg_hba.conf's methods (src/backend/libpq/auth.c). */
import { digest, encodeBase64, toHex } from "../../../encoding/index.ts";
import type { Process } from "../../../machine/index.ts";
import type { Role } from "../../kit/sql/state.ts";
import { fromUtf8, utf8 } from "../../kit/wire/bytes.ts";
import { randomBytes } from "../../kit/wire/digests.ts";
import { fits, makeVerifier, readVerifier, ScramProblem, serverExchange, verifierText } from "../../kit/wire/scram.ts";
import { hbaMethod } from "../settings.ts";
import { content, type MessageStream, type Report } from "./messages.ts";

/** Ends the connection with what it says. */
export class Fatal extends Error {
  readonly state: string;
  readonly detail: string | undefined;
  constructor(state: string, message: string, detail?: string) {
    super(message);
    this.state = state;
    this.detail = detail;
  }
  get report(): Report {
    const { state, message, detail } = this;
    return { severity: "FATAL", state, message, ...(detail === undefined ? {} : { detail }) };
  }
}

export const violation = (message: string): Fatal => new Fatal("08P01", message);

/** How a password is kept. The salt comes from name and password, so that every run of a sandbox keeps the same. */
export function passwordDigest(name: string, password: string): string {
  const salt = digest("sha256", utf8(`${name}\0${password}`)).slice(0, 16);
  return verifierText(makeVerifier(password, salt));
}

const md5Of = (name: string, password: string) => `md5${toHex(digest("md5", utf8(password + name)))}`;

interface Knocking {
  readonly user: string;
  readonly database: string;
  readonly replication: boolean;
  /** Through the socket file; by whom. */
  readonly local: boolean;
  readonly osUser: string;
  readonly address: string;
  /** The text of pg_hba.conf. */
  readonly rules: string;
  readonly role: Role | undefined;
  /** ms: passwords are good for some time. */
  readonly now: number;
}

/** Resolves where the client is who it says. Throws `Fatal`, or `Malformed`. */
export async function authenticate(process: Process, stream: MessageStream, knocking: Knocking): Promise<void> {
  const { user, database, local, replication, address, role, osUser, rules } = knocking;
  const method = hbaMethod(rules, { local, address, user, database: replication ? "replication" : database });
  if (method === undefined || method === "reject") {
    const from = local ? "[local]" : address;
    const kind = method === "reject" ? "pg_hba.conf rejects" : "no pg_hba.conf entry for";
    throw new Fatal(
      "28000",
      replication
        ? `${kind} replication connection from host "${from}", user "${user}", no encryption`
        : `${kind} ${method === "reject" ? "connection for " : ""}host "${from}", user "${user}", database "${database}", no encryption`,
    );
  }
  const isOver = (role?.validUntil ?? Number.POSITIVE_INFINITY) < knocking.now;
  const kept = isOver ? undefined : role?.password;
  if (method === "peer") {
    if (osUser !== user) throw new Fatal("28000", `Peer authentication failed for user "${user}"`);
  } else if (method === "password") {
    await stream.write("R", content().i32(3));
    const password = await answered(stream);
    const verifier = readVerifier(kept ?? "");
    if (verifier === undefined ? kept !== md5Of(user, password) : !fits(password, verifier)) throw failed(user);
  } else if (method === "md5" && kept?.startsWith("md5") === true) await md5(process, stream, user, kept);
  else if (method === "md5" || method === "scram-sha-256") await scram(process, stream, user, kept);
  else if (method !== "trust") throw new Fatal("28000", `authentication method ${method} is not supported here`);
}

const failed = (user: string) => new Fatal("28P01", `password authentication failed for user "${user}"`);

async function next(stream: MessageStream) {
  await stream.flush();
  const message = await stream.read(10_000);
  // The client went to ask its user for a password; it comes again with it.
  if (message === undefined) throw new Gone();
  if (message.type !== "p")
    throw violation(`expected password response, got message type ${message.type.charCodeAt(0)}`);
  return message.reader;
}

/** The client hung up before it had shown anything. */
export class Gone extends Error {}

async function answered(stream: MessageStream): Promise<string> {
  const password = (await next(stream)).cstring();
  if (password === "") throw new Fatal("28P01", "empty password returned by client");
  return password;
}

async function md5(process: Process, stream: MessageStream, user: string, kept: string): Promise<void> {
  const salt = randomBytes(process.clock, 4);
  await stream.write("R", content().i32(5).bytes(salt));
  const answer = await answered(stream);
  if (answer !== `md5${toHex(digest("md5", utf8(kept.slice(3)), salt))}`) throw failed(user);
}

async function scram(process: Process, stream: MessageStream, user: string, kept: string | undefined): Promise<void> {
  await stream.write("R", content().i32(10).cstring("SCRAM-SHA-256").u8(0));
  const first = await next(stream);
  const mechanism = first.cstring();
  if (mechanism !== "SCRAM-SHA-256") throw violation("client selected an invalid SASL authentication mechanism");
  const length = first.i32();
  const nonce = encodeBase64(randomBytes(process.clock, 18));
  const verifier = readVerifier(kept ?? "");
  try {
    // Who does not exist, or has no password, is asked for it like everybody.
    const exchange = serverExchange(
      fromUtf8(first.bytes(length)),
      nonce,
      () =>
        verifier ?? { iterations: 4096, salt: randomBytes(process.clock, 16), storedKey: nothing, serverKey: nothing },
    );
    await stream.write("R", content().i32(11).text(exchange.challenge));
    const proof = exchange.finish(fromUtf8((await next(stream)).rest()));
    if (proof === undefined || verifier === undefined) throw failed(user);
    await stream.write("R", content().i32(12).text(proof));
  } catch (problem) {
    if (problem instanceof ScramProblem) throw violation("malformed SCRAM message");
    throw problem;
  }
}

const nothing = new Uint8Array(32);
