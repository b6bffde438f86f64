/** Frames of /ws/terminal from the server: a head with the position of the first byte of output, then the output. */

/** Bytes of the head: the position, big-endian. */
const HEAD_BYTES = 8;

export function writeFrame(position: number, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(HEAD_BYTES + data.length);
  new DataView(frame.buffer).setBigUint64(0, BigInt(position));
  frame.set(data, HEAD_BYTES);
  return frame;
}

export interface Frame {
  readonly position: number;
  readonly data: Uint8Array;
}

export function readFrame(frame: ArrayBuffer): Frame {
  const head = new DataView(frame, 0, HEAD_BYTES);
  return { position: Number(head.getBigUint64(0)), data: new Uint8Array(frame, HEAD_BYTES) };
}
