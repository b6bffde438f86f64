/** The sums from before there were digests, as sum(1) and cksum(1) print them. */

/** What is known of the bytes so far, for all of the sums at once. */
export interface Hashing {
  bytes: number;
  crc: number;
  bsd: number;
  sum: number;
}

/** Polynomial of POSIX; the table of it is the caller's. */
const POLYNOMIAL = 0x04c11db7;

/** BSD's: rotated and added, with blocks of 1024 bytes. */
export function bsdSum({ bsd, bytes }: Hashing): string {
  return `${String(bsd).padStart(5, "0")} ${String(Math.ceil(bytes / 1024)).padStart(5)}`;
}

/** System V's: all bytes added, with blocks of 512 bytes. */
export function sysvSum({ sum, bytes }: Hashing): string {
  const folded = (sum & 0xffff) + Math.floor((sum % 0x100000000) / 0x10000);
  return `${(folded & 0xffff) + (folded >> 16)} ${Math.ceil(bytes / 512)}`;
}

/** POSIX's CRC of the bytes and of their number. */
export function crcSum(total: Hashing): string {
  let { crc } = total;
  for (let rest = total.bytes; rest > 0; rest = Math.floor(rest / 256)) {
    crc ^= (rest & 255) << 24;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x80000000) !== 0 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
  }
  return `${~crc >>> 0} ${total.bytes}`;
}
