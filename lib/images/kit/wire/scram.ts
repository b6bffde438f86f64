/** SCRAM-SHA-256 (RFC 5802, RFC 7677): both sides, for the databases that use it. */
import { decodeBase64, digest, encodeBase64, hmac, pbkdf2, tryDecodeBase64 } from "../../../encoding/index.ts";
import { sameBytes, utf8 } from "./bytes.ts";
import { xor } from "./digests.ts";

/** What a server keeps instead of a password. */
interface Verifier {
  readonly iterations: number;
  readonly salt: Uint8Array;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

const saltedPassword = (password: string, salt: Uint8Array, iterations: number): Uint8Array =>
  pbkdf2("sha256", password.normalize("NFKC"), salt, { iterations, length: 32 });

/** What a server keeps instead of a password. */
export function makeVerifier(password: string, salt: Uint8Array, iterations = 4096): Verifier {
  const salted = saltedPassword(password, salt, iterations);
  return {
    iterations,
    salt,
    storedKey: digest("sha256", hmac("sha256", salted, utf8("Client Key"))),
    serverKey: hmac("sha256", salted, utf8("Server Key")),
  };
}

/** As `pg_authid.rolpassword` has it. */
export const verifierText = ({ iterations, salt, storedKey, serverKey }: Verifier): string =>
  `SCRAM-SHA-256$${iterations}:${encodeBase64(salt)}$${encodeBase64(storedKey)}:${encodeBase64(serverKey)}`;

/** A verifier as PostgreSQL writes it; undefined where the text is none. */
export function readVerifier(text: string): Verifier | undefined {
  const match = /^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):(.+)$/.exec(text);
  if (match === null) return undefined;
  const [salt, storedKey, serverKey] = match.slice(2).map((part) => tryDecodeBase64(part));
  if (salt === undefined || storedKey === undefined || serverKey === undefined) return undefined;
  return { iterations: Number(match[1]), salt, storedKey, serverKey };
}

/** Whether a password is the one that a verifier was made of. */
export const fits = (password: string, verifier: Verifier): boolean =>
  sameBytes(makeVerifier(password, verifier.salt, verifier.iterations).storedKey, verifier.storedKey);

function attributes(message: string): Map<string, string> {
  return new Map(message.split(",").map((part) => [part.slice(0, 1), part.slice(2)] as const));
}

/** What a client says is no SCRAM. */
export class ScramProblem extends Error {}

export interface ServerExchange {
  readonly user: string;
  /** The server's first message. */
  readonly challenge: string;
  /** The server's last message; undefined where the proof is wrong. Throws `ScramProblem`. */
  finish(final: string): string | undefined;
}

/** Begins with the client's first message. `nonce`: the server's part. Throws `ScramProblem`. */
export function serverExchange(first: string, nonce: string, verifierOf: (user: string) => Verifier): ServerExchange {
  const match = /^([ny]),([^,]*),(.*)$/s.exec(first);
  if (match === null) throw new ScramProblem(first.startsWith("p=") ? "channel binding" : "malformed");
  const [, binding = "", authorization = "", bare = ""] = match;
  const said = attributes(bare);
  const clientNonce = said.get("r") ?? "";
  if (clientNonce === "" || said.has("m")) throw new ScramProblem("malformed");
  const user = (said.get("n") ?? "").replaceAll("=2C", ",").replaceAll("=3D", "=");
  const verifier = verifierOf(user);
  const challenge = `r=${clientNonce}${nonce},s=${encodeBase64(verifier.salt)},i=${verifier.iterations}`;
  return {
    user,
    challenge,
    finish(final) {
      const answer = attributes(final);
      const proof = tryDecodeBase64(answer.get("p") ?? "");
      if (proof === undefined || proof.length !== 32) throw new ScramProblem("malformed");
      if (answer.get("r") !== `${clientNonce}${nonce}`) throw new ScramProblem("nonce");
      if (answer.get("c") !== encodeBase64(`${binding},${authorization},`)) throw new ScramProblem("channel binding");
      const message = utf8(`${bare},${challenge},${final.replace(/,p=[^,]*$/, "")}`);
      const clientKey = xor(proof, hmac("sha256", verifier.storedKey, message));
      if (!sameBytes(digest("sha256", clientKey), verifier.storedKey)) return undefined;
      return `v=${encodeBase64(hmac("sha256", verifier.serverKey, message))}`;
    },
  };
}

export interface ClientExchange {
  readonly first: string;
  /** The client's last message. Throws `ScramProblem`. */
  answer(challenge: string): string;
}

/** `user` is empty where the protocol around it names the user. */
export function clientExchange(user: string, password: string, nonce: string): ClientExchange {
  const bare = `n=${user.replaceAll("=", "=3D").replaceAll(",", "=2C")},r=${nonce}`;
  return {
    first: `n,,${bare}`,
    answer(challenge) {
      const said = attributes(challenge);
      const [together = "", iterations] = [said.get("r"), Number(said.get("i"))];
      if (!together.startsWith(nonce) || !Number.isInteger(iterations) || iterations < 1 || iterations > 100_000)
        throw new ScramProblem("malformed");
      const salted = saltedPassword(password, decodeBase64(said.get("s") ?? ""), iterations);
      const clientKey = hmac("sha256", salted, utf8("Client Key"));
      const without = `c=biws,r=${together}`;
      const signature = hmac("sha256", digest("sha256", clientKey), utf8(`${bare},${challenge},${without}`));
      return `${without},p=${encodeBase64(xor(clientKey, signature))}`;
    },
  };
}
