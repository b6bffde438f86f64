/** Keys by Node's OpenSSL, which signs without waiting. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from "node:crypto";
import type { Cryptography, PrivateKey } from "./cryptography.ts";

const RSA_BITS = 2048;
const PEM = { type: "pkcs8", format: "pem" } as const;
/** Hash by OID of the signature algorithm; null: the algorithm has its own. */
const HASHES: Readonly<Record<string, string | null>> = {
  "1.2.840.113549.1.1.5": "sha1",
  "1.2.840.113549.1.1.11": "sha256",
  "1.2.840.113549.1.1.12": "sha384",
  "1.2.840.113549.1.1.13": "sha512",
  "1.2.840.10045.4.3.2": "sha256",
  "1.2.840.10045.4.3.3": "sha384",
  "1.2.840.10045.4.3.4": "sha512",
  "1.3.101.112": null,
};
/** Parsed keys by their text: few, and slow to parse. */
const KEPT_KEYS = 64;

let tokenKey: PrivateKey | undefined;
let preparing = false;
const parsed = new Map<PrivateKey, KeyObject>();

function parse(key: PrivateKey): KeyObject {
  let object = parsed.get(key);
  if (object === undefined) {
    object = createPrivateKey(key);
    if (parsed.size >= KEPT_KEYS) parsed.delete(parsed.keys().next().value ?? "");
    parsed.set(key, object);
  }
  return object;
}

/** Makes the process's RSA key in the background, so that the first token does not wait for it. */
export function prepareKeys(): void {
  if (tokenKey !== undefined || preparing) return;
  preparing = true;
  generateKeyPair("rsa", { modulusLength: RSA_BITS }, (error, _public, key) => {
    preparing = false;
    if (error === null) tokenKey ??= String(key.export(PEM));
  });
}

export const nodeCryptography: Cryptography = {
  tokenKey() {
    tokenKey ??= String(generateKeyPairSync("rsa", { modulusLength: RSA_BITS }).privateKey.export(PEM));
    return tokenKey;
  },
  newKey: () => String(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export(PEM)),
  publicKey: (key) => new Uint8Array(createPublicKey(parse(key)).export({ type: "spki", format: "der" })),
  sign: (key, data) => new Uint8Array(sign("sha256", data, parse(key))),
  verify(publicKey, algorithm, data, signature) {
    const hash = HASHES[algorithm];
    if (hash === undefined) return false;
    try {
      const key = createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" });
      return verify(hash, data, key, signature);
    } catch {
      return false;
    }
  },
  rsaNumbers(publicKey) {
    const { n = "", e = "" } = createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" }).export({
      format: "jwk",
    });
    return { n, e };
  },
  random: (bytes) => new Uint8Array(randomBytes(bytes)),
};
