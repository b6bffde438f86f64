/** SPDY/3 header blocks: names and values, compressed with one dictionary over the whole connection. */
import { constants, createDeflate, createInflate } from "node:zlib";

/** The names every connection knows (SPDY/3, section 2.6.10.1), each with its length in front. */
const NAMES =
  "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization cache-control connection content-base content-encoding content-language content-length content-location content-md5 content-range content-type date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method get status".split(
    " ",
  );
const MORE = ["200 OK", "version", "HTTP/1.1", "url", "public", "set-cookie", "keep-alive", "origin"];
const TAIL =
  "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505" +
  "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable" +
  "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT" +
  "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript," +
  "publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

const withLength = (text: string) => {
  const bytes = Buffer.alloc(4 + text.length);
  bytes.writeUInt32BE(text.length);
  bytes.write(text, 4, "latin1");
  return bytes;
};

/** Checked by zlib itself: a stream names its dictionary by checksum. */
export const DICTIONARY = Buffer.concat([...[...NAMES, ...MORE].map(withLength), Buffer.from(TAIL, "latin1")]);

export class HeaderReader {
  readonly #inflate = createInflate({ dictionary: DICTIONARY, finishFlush: constants.Z_SYNC_FLUSH });
  #chunks: Buffer[] = [];

  constructor() {
    this.#inflate.on("data", (chunk: Buffer) => this.#chunks.push(chunk));
  }

  /** Blocks must be read in the order they came, one at a time. */
  read(block: Buffer): Promise<Map<string, string>> {
    return new Promise((resolve, reject) => {
      const failed = (error: Error) => reject(error);
      this.#inflate.once("error", failed);
      this.#inflate.write(block, () => {
        this.#inflate.flush(constants.Z_SYNC_FLUSH, () => {
          this.#inflate.off("error", failed);
          const bytes = Buffer.concat(this.#chunks);
          this.#chunks = [];
          try {
            resolve(parse(bytes));
          } catch (error) {
            reject(error);
          }
        });
      });
    });
  }
}

function parse(bytes: Buffer): Map<string, string> {
  const headers = new Map<string, string>();
  let at = 4;
  const text = () => {
    const length = bytes.readUInt32BE(at);
    at += 4 + length;
    return bytes.toString("latin1", at - length, at);
  };
  for (let left = bytes.readUInt32BE(0); left > 0; left--) {
    const name = text().toLowerCase();
    headers.set(name, text());
  }
  return headers;
}

export class HeaderWriter {
  readonly #deflate = createDeflate({ dictionary: DICTIONARY });
  #chunks: Buffer[] = [];

  constructor() {
    this.#deflate.on("data", (chunk: Buffer) => this.#chunks.push(chunk));
  }

  /** A block without headers: all that a reply here says. */
  empty(): Promise<Buffer> {
    return new Promise((resolve) => {
      this.#deflate.write(Buffer.alloc(4), () => {
        this.#deflate.flush(constants.Z_SYNC_FLUSH, () => {
          const bytes = Buffer.concat(this.#chunks);
          this.#chunks = [];
          resolve(bytes);
        });
      });
    });
  }
}
