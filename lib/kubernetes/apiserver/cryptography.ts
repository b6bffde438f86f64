/** What a cluster needs of its host to have keys: given to it, because no portable code does it without waiting. */

/** A private key as PKCS#8 in PEM. */
export type PrivateKey = string;

export interface Cryptography {
  /** The key ServiceAccount tokens are signed with: RSA of 2048 bits, one for a process because it is slow to make. */
  tokenKey(): PrivateKey;
  /** A new key on the curve P-256, for authorities and servers. */
  newKey(): PrivateKey;
  /** DER of SubjectPublicKeyInfo. */
  publicKey(key: PrivateKey): Uint8Array;
  /** With SHA-256: PKCS#1 v1.5 for RSA, DER for curves. */
  sign(key: PrivateKey, data: Uint8Array): Uint8Array;
  /** `algorithm`: OID of a signature algorithm. False where it is not known or the signature is wrong. */
  verify(publicKey: Uint8Array, algorithm: string, data: Uint8Array, signature: Uint8Array): boolean;
  /** n and e of an RSA key, in base64url. */
  rsaNumbers(publicKey: Uint8Array): { readonly n: string; readonly e: string };
  random(bytes: number): Uint8Array;
}

export const RSA_SHA256 = "1.2.840.113549.1.1.11";
export const ECDSA_SHA256 = "1.2.840.10045.4.3.2";
