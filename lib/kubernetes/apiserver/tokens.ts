/** JSON Web Tokens of ServiceAccounts (pkg/serviceaccount/jwt.go): RS256 where the host has keys, HS256 where not. */
import { decodeBase64Url, digest, encodeBase64Url, hmac } from "../../encoding/index.ts";
import { type Cryptography, type PrivateKey, RSA_SHA256 } from "./cryptography.ts";

const encoder = new TextEncoder();
const encoded = (value: unknown) => encodeBase64Url(encoder.encode(JSON.stringify(value)));
const decoded = (part: string): unknown => JSON.parse(new TextDecoder().decode(decodeBase64Url(part)));

export interface TokenSigner {
  sign(claims: object): string;
  /** The claims of a token of this cluster; undefined for any other text. */
  verify(token: string): unknown;
  /** Public keys as a JSON Web Key Set. */
  keys(): object;
}

/** Signs with a secret: for hosts without cryptography, and to know tokens of before there were keys. */
class SecretSigner implements TokenSigner {
  readonly #secret: Uint8Array;

  constructor(secret: string) {
    this.#secret = encoder.encode(secret);
  }

  sign(claims: object): string {
    const signed = `${encoded({ alg: "HS256", kid: "statecraft" })}.${encoded(claims)}`;
    return `${signed}.${encodeBase64Url(hmac("sha256", this.#secret, encoder.encode(signed)))}`;
  }

  verify(token: string): unknown {
    const { head, signed, body, signature } = parts(token) ?? {};
    if (head?.alg !== "HS256" || signed === undefined || body === undefined) return undefined;
    return encodeBase64Url(hmac("sha256", this.#secret, encoder.encode(signed))) === signature ? body : undefined;
  }

  keys(): object {
    return { keys: [] };
  }
}

class KeySigner implements TokenSigner {
  readonly #cryptography: Cryptography;
  readonly #key: () => PrivateKey;
  readonly #older: TokenSigner;
  #public: { readonly bytes: Uint8Array; readonly id: string } | undefined;

  constructor(cryptography: Cryptography, key: () => PrivateKey, older: TokenSigner) {
    this.#cryptography = cryptography;
    this.#key = key;
    this.#older = older;
  }

  #publicKey() {
    if (this.#public === undefined) {
      const bytes = this.#cryptography.publicKey(this.#key());
      this.#public = { bytes, id: encodeBase64Url(digest("sha256", bytes)) };
    }
    return this.#public;
  }

  sign(claims: object): string {
    const signed = `${encoded({ alg: "RS256", kid: this.#publicKey().id })}.${encoded(claims)}`;
    return `${signed}.${encodeBase64Url(this.#cryptography.sign(this.#key(), encoder.encode(signed)))}`;
  }

  verify(token: string): unknown {
    const found = parts(token);
    if (found?.head.alg !== "RS256") return this.#older.verify(token);
    const { bytes, id } = this.#publicKey();
    if (found.head.kid !== id) return undefined;
    const signature = decodeBase64Url(found.signature);
    return this.#cryptography.verify(bytes, RSA_SHA256, encoder.encode(found.signed), signature)
      ? found.body
      : undefined;
  }

  keys(): object {
    const { bytes, id } = this.#publicKey();
    const { n, e } = this.#cryptography.rsaNumbers(bytes);
    return { keys: [{ use: "sig", kty: "RSA", kid: id, alg: "RS256", n, e }] };
  }
}

function parts(token: string) {
  const [head, body, signature] = token.split(".");
  if (head === undefined || body === undefined || signature === undefined) return undefined;
  try {
    return {
      head: decoded(head) as { readonly alg?: string; readonly kid?: string },
      body: decoded(body),
      signed: `${head}.${body}`,
      signature,
    };
  } catch {
    return undefined;
  }
}

/** `key` is asked for when the first token is signed or looked at: it may be slow to make. */
export function tokenSigner(
  secret: string,
  cryptography: Cryptography | undefined,
  key: () => PrivateKey,
): TokenSigner {
  const older = new SecretSigner(secret);
  return cryptography === undefined ? older : new KeySigner(cryptography, key, older);
}
