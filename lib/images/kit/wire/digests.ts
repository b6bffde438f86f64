/** What logins are made of, beside digests. */
import type { Clock } from "../../../clock/index.ts";

/** Byte by byte; as long as `a`. */
export const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, index) => byte ^ (b[index] ?? 0));

/** From the cluster's clock: the same in every run of the same seed. */
export function randomBytes(clock: Clock, count: number, least = 0, most = 255): Uint8Array {
  return Uint8Array.from({ length: count }, () => least + Math.floor(clock.random() * (most - least + 1)));
}
