/** Descriptors a shell makes itself: the text of here-documents, and the end of a stream. */
import type { Descriptor } from "../types.ts";

/** A readable description with fixed content; its duplicates share the position. */
export function textDescriptor(text: string): Descriptor {
  const data = new TextEncoder().encode(text);
  let position = 0;
  const reader = {
    async read(max = 65_536): Promise<Uint8Array | null> {
      if (position >= data.length) return null;
      const chunk = data.subarray(position, position + max);
      position += chunk.length;
      return chunk;
    },
    close(): void {},
    async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
      for (let chunk = await this.read(); chunk !== null; chunk = await this.read()) yield chunk;
    },
  };
  const descriptor: Descriptor = {
    kind: "pipe",
    reader,
    duplicate: () => descriptor,
    close: () => {},
  };
  return descriptor;
}

/** Reads end at once; writes vanish. */
export function nullDescriptor(): Descriptor {
  const descriptor: Descriptor = {
    kind: "null",
    path: "/dev/null",
    reader: textDescriptor("").reader as NonNullable<Descriptor["reader"]>,
    writer: { write: async () => {}, close: () => {} },
    duplicate: () => descriptor,
    close: () => {},
  };
  return descriptor;
}
