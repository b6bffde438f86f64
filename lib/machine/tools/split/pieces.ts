/** Where split cuts (coreutils 9.1, src/split.c). */

/** More pieces are refused. */
export const MAX_PIECES = 5000;

export type Way =
  | { readonly by: "bytes" | "lines" | "lineBytes"; readonly size: number }
  /** `-n`: as many bytes each, whole lines, or lines in turn. `only`: that one alone, on the standard output. */
  | { readonly by: "chunks"; readonly how: "" | "l" | "r"; readonly count: number; readonly only: number | undefined };

/** The pieces in their order; one more than there may be where there are too many. */
export function cutPieces(data: Uint8Array, way: Way, separator: number): Uint8Array[] {
  if (way.by === "chunks") return chunks(data, way.how, way.count, separator);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < data.length && pieces.length <= MAX_PIECES; ) {
    const end = { bytes: bytesEnd, lines: linesEnd, lineBytes: lineBytesEnd }[way.by](data, at, way.size, separator);
    pieces.push(data.subarray(at, end));
    at = end;
  }
  return pieces;
}

function lineEnd(data: Uint8Array, from: number, separator: number): number {
  const end = data.indexOf(separator, from);
  return end === -1 ? data.length : end + 1;
}

const bytesEnd = (data: Uint8Array, at: number, size: number) => Math.min(data.length, at + size);

function linesEnd(data: Uint8Array, at: number, size: number, separator: number): number {
  let end = at;
  for (let line = 0; line < size && end < data.length; line++) end = lineEnd(data, end, separator);
  return end;
}

/** After the last line that is whole in so many bytes; in the midst of one that is longer. */
function lineBytesEnd(data: Uint8Array, at: number, size: number, separator: number): number {
  if (data.length - at < size) return data.length;
  const last = data.lastIndexOf(separator, at + size - 1);
  return last < at ? at + size : last + 1;
}

function chunks(data: Uint8Array, how: "" | "l" | "r", count: number, separator: number): Uint8Array[] {
  if (how === "r") return inTurn(data, count, separator);
  const share = Math.max(1, Math.floor(data.length / count));
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    const last = index === count - 1;
    let end = last ? data.length : Math.min(data.length, Math.max(at, (index + 1) * share));
    // Whole lines: up to the end of the one that the share ends in.
    if (how === "l" && !last && end > at) end = lineEnd(data, end - 1, separator);
    pieces.push(data.subarray(at, end));
    at = end;
  }
  return pieces;
}

function inTurn(data: Uint8Array, count: number, separator: number): Uint8Array[] {
  const parts: Uint8Array[][] = Array.from({ length: count }, () => []);
  for (let at = 0, line = 0; at < data.length; line++) {
    const end = lineEnd(data, at, separator);
    parts[line % count]?.push(data.subarray(at, end));
    at = end;
  }
  return parts.map((part) => {
    const whole = new Uint8Array(part.reduce((sum, each) => sum + each.length, 0));
    let at = 0;
    for (const each of part) {
      whole.set(each, at);
      at += each.length;
    }
    return whole;
  });
}
