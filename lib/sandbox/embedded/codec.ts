/**
 * Snapshots as bytes: JSON with byte arrays in base64, gzipped. Plain enough to be read years later, by whatever
 * runtime there is then.
 */
import { gunzipSync, gzipSync } from "node:zlib";

const BYTES = "\u0000bytes";

export function encodeSnapshot(value: unknown): Uint8Array {
  const json = JSON.stringify(value, (_, field: unknown) =>
    field instanceof Uint8Array
      ? { [BYTES]: Buffer.from(field.buffer, field.byteOffset, field.byteLength).toString("base64") }
      : field,
  );
  return gzipSync(json, { level: 1 });
}

/** Throws an error that says so where the bytes are no snapshot. */
export function decodeSnapshot(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(gunzipSync(bytes).toString("utf8"), (_, field: unknown) => {
      if (field === null || typeof field !== "object" || !(BYTES in field)) return field;
      return new Uint8Array(Buffer.from((field as Record<string, string>)[BYTES] ?? "", "base64"));
    });
  } catch (error) {
    throw new Error(`the saved sandbox cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}
