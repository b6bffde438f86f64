/** The hash that Kafka's producer spreads keys by: MurmurHash2 with its seed, made positive. */
export function murmur2(data: Uint8Array): number {
  const multiplier = 0x5bd1e995;
  let hash = 0x9747b28c ^ data.length;
  const words = data.length >> 2;
  for (let at = 0; at < words; at++) {
    const start = at * 4;
    let word =
      (data[start] ?? 0) |
      ((data[start + 1] ?? 0) << 8) |
      ((data[start + 2] ?? 0) << 16) |
      ((data[start + 3] ?? 0) << 24);
    word = Math.imul(word, multiplier);
    word ^= word >>> 24;
    word = Math.imul(word, multiplier);
    hash = Math.imul(hash, multiplier) ^ word;
  }
  const rest = data.length & 3;
  const tail = words * 4;
  if (rest === 3) hash ^= (data[tail + 2] ?? 0) << 16;
  if (rest >= 2) hash ^= (data[tail + 1] ?? 0) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ (data[tail] ?? 0), multiplier);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, multiplier);
  hash ^= hash >>> 15;
  return hash & 0x7fffffff;
}
