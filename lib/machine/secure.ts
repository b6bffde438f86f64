/**
 * TLS between machines of one cluster, as far as programs see it: the client names whom it wants, the server shows its
 * certificate, and both go on. Nobody can listen in on a network that is memory, so nothing is encrypted, and trust is
 * that the client holds the authority's certificate. The first bytes are a handshake record's, so that a server that
 * expects one, and a client that meets a server without, find out as with the real thing.
 */
import { Errno } from "./errno.ts";
import { Buffered, HttpError } from "./tools/support/http.ts";
import type { Connection } from "./types.ts";

/** What a server shows of itself. */
export interface ShownCertificate {
  /** The subject's common name. */
  readonly subject: string;
  /** Host names and addresses it is for. */
  readonly names: readonly string[];
  /** Who signed it: their certificate, PEM. */
  readonly authority: string;
}

/** Type and version of a handshake record (RFC 8446, 5.1). */
const RECORD = "\x16\x03\x01";

/** The other side does not speak TLS. */
export class NotSecure extends Error {}

/** The server's side. Undefined: the client speaks without TLS; `input` then begins with what it said. */
export async function acceptSecure(
  connection: Connection,
  certificate: ShownCertificate,
): Promise<Buffered | undefined> {
  const input = new Buffered(connection.reader);
  const first = await input.chunk(1);
  if (first === null) throw new Errno("ECONNRESET");
  if (first[0] !== RECORD.charCodeAt(0)) return undefined;
  await input.until("\r\n\r\n");
  await connection.writer.write(`${RECORD}${JSON.stringify(certificate)}\n`);
  return input;
}

/** The client's side. Throws `NotSecure`, and `Errno` where the connection breaks. */
export async function connectSecure(
  connection: Connection,
  serverName: string,
): Promise<{ readonly certificate: ShownCertificate; readonly input: Buffered }> {
  const input = new Buffered(connection.reader);
  await connection.writer.write(`${RECORD}${serverName}\r\n\r\n`);
  try {
    const answer = await input.until("\n");
    if (answer === null) throw new Errno("ECONNRESET");
    if (!answer.startsWith(RECORD)) throw new NotSecure();
    return { certificate: JSON.parse(answer.slice(RECORD.length)) as ShownCertificate, input };
  } catch (error) {
    if (error instanceof HttpError) throw new NotSecure();
    throw error;
  }
}

const lettersOf = (pem: string): string => pem.replace(/\s+/g, "");

/** Whether a bundle of certificates (PEM) holds the authority that signed it. */
export const isTrusted = ({ authority }: ShownCertificate, bundle: string): boolean =>
  authority !== "" && lettersOf(bundle).includes(lettersOf(authority));

/** Whether it is for this host; `*.` stands for one label. */
export const isFor = ({ names }: ShownCertificate, host: string): boolean =>
  names.some((name) =>
    name.startsWith("*.") ? host.slice(host.indexOf(".") + 1) === name.slice(2) : name === host.toLowerCase(),
  );
