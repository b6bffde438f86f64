/** What logins are made of. */
import type { Clock } from "../../../clock/index.ts";
import { createDigest, type DigestName } from "../../../machine/index.ts";
import { concat } from "./bytes.ts";

export function digest(name: DigestName, ...parts: readonly Uint8Array[]): Uint8Array {
  const sum = createDigest(name);
  for (const part of parts) sum.update(part);
  return fromHex(sum.hex());
}

export function fromHex(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length >> 1 }, (_, index) =>
    Number.parseInt(text.slice(index * 2, index * 2 + 2), 16),
  );
}

export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Byte by byte; as long as `a`. */
export const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, index) => byte ^ (b[index] ?? 0));

export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const block = new Uint8Array(64);
  block.set(key.length > 64 ? digest("sha256", key) : key);
  const pad = (value: number) => block.map((byte) => byte ^ value);
  return digest("sha256", pad(0x5c), digest("sha256", pad(0x36), concat(parts)));
}

/** From the cluster's clock: the same in every run of the same seed. */
export function randomBytes(clock: Clock, count: number, least = 0, most = 255): Uint8Array {
  return Uint8Array.from({ length: count }, () => least + Math.floor(clock.random() * (most - least + 1)));
}
