/**
 * Digests, in one piece or as bytes come (@noble/hashes: synchronous, which WebCrypto is not, and at home in a browser).
 * Nothing secret depends on their taking the same time for every input.
 */
import { blake2b } from "@noble/hashes/blake2.js";
import { hmac as hmacOf } from "@noble/hashes/hmac.js";
import { md5, sha1 } from "@noble/hashes/legacy.js";
import { pbkdf2 as pbkdf2Of } from "@noble/hashes/pbkdf2.js";
import { sha224, sha256, sha384, sha512 } from "@noble/hashes/sha2.js";

const ALGORITHMS = { md5, sha1, sha224, sha256, sha384, sha512, blake2b } as const;
export type DigestName = keyof typeof ALGORITHMS;

/** A digest in the making: `update` with pieces of any length, then one of the others, once. */
interface Digest {
  update(data: Uint8Array): void;
  bytes(): Uint8Array;
  hex(): string;
}

/** `length`: bytes, of BLAKE2b only (default 64). */
export function createDigest(name: DigestName, length?: number): Digest {
  const state = name === "blake2b" ? blake2b.create({ dkLen: length ?? 64 }) : ALGORITHMS[name].create();
  return {
    update: (data) => {
      state.update(data);
    },
    bytes: () => state.digest(),
    hex: () => toHex(state.digest()),
  };
}

type Content = Uint8Array | string;
const bytesOf = (content: Content) => (typeof content === "string" ? new TextEncoder().encode(content) : content);

/** Of the parts one after another; text counts as UTF-8. */
export function digest(name: DigestName, ...parts: readonly Content[]): Uint8Array {
  const state = ALGORITHMS[name].create();
  for (const part of parts) state.update(bytesOf(part));
  return state.digest();
}

/** RFC 2104. */
export function hmac(name: DigestName, key: Content, ...parts: readonly Content[]): Uint8Array {
  const state = hmacOf.create(ALGORITHMS[name], bytesOf(key));
  for (const part of parts) state.update(bytesOf(part));
  return state.digest();
}

/** RFC 8018. `length`: bytes that are wanted. */
export function pbkdf2(
  name: DigestName,
  password: Content,
  salt: Uint8Array,
  { iterations, length }: { readonly iterations: number; readonly length: number },
): Uint8Array {
  return pbkdf2Of(ALGORITHMS[name], bytesOf(password), salt, { c: iterations, dkLen: length });
}

export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Whole pairs of hexadecimal digits. */
export function fromHex(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length >> 1 }, (_, index) =>
    Number.parseInt(text.slice(index * 2, index * 2 + 2), 16),
  );
}
