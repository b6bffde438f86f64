/** CRC-32 as gzip, zlib and Ethernet have it (ISO 3309, polynomial 0xedb88320). */

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** The sum of `data`; of something long in pieces, with the sum of what came before as `before`. */
export function crc32(data: Uint8Array, before = 0): number {
  let value = ~before;
  for (let at = 0; at < data.length; at++)
    value = (TABLE[(value ^ (data[at] as number)) & 255] as number) ^ (value >>> 8);
  return ~value >>> 0;
}
