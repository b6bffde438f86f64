/** Opening: from a node to an open file description. */
import { Errno, isErrno } from "../errno.ts";
import { checkDevice } from "../filesystem/mounts.ts";
import type { FileNode } from "../filesystem/node.ts";
import type { FileView, OpenNode } from "../filesystem/view.ts";
import { type Description, deviceDescription } from "../streams/description.ts";
import { PipeBuffer } from "../streams/pipe.ts";
import type { OpenOptions } from "../types.ts";

const NEVER = () => () => undefined;
const EMPTY = new Uint8Array(0);
const MAX_CHUNK = 65_536;

/** A regular file: one position for all who share it. */
export function fileDescription(view: FileView, opened: OpenNode, options: OpenOptions): Description {
  const { node, location } = opened;
  const writable = (options.write ?? false) || (options.append ?? false);
  const readable = options.read ?? !writable;
  const { latency } = location.mount.mount;
  let position = options.position ?? 0;
  node.retain();
  return {
    kind: "file",
    path: location.path,
    readable,
    writable,
    tryRead(max, caller) {
      if (node.type === "directory") throw new Errno("EISDIR", location.path);
      checkDevice(location.mount, false, location.path);
      const chunk = node.read(position, Math.min(max, MAX_CHUNK));
      if (chunk.length === 0) return max === 0 ? EMPTY : null;
      position += chunk.length;
      if (latency !== undefined) caller?.waitsFor?.(latency(chunk.length));
      return chunk;
    },
    tryWrite(data, caller) {
      checkDevice(location.mount, true, location.path);
      const at = options.append ? node.size : position;
      // A full disk takes what fits, as write(2) does, and fails at the next.
      let part = data;
      for (;;) {
        try {
          node.write(at, part);
          break;
        } catch (error) {
          if (!isErrno(error, "ENOSPC") || part.length <= 1) throw error;
          part = part.subarray(0, part.length >> 1);
        }
      }
      position = at + part.length;
      if (latency !== undefined) caller?.waitsFor?.(latency(part.length));
      view.changed(location, "changed");
      return part.length;
    },
    onReadable: NEVER,
    onWritable: NEVER,
    released: () => node.release(),
  };
}

/** Devices that need nothing but a source of randomness. */
export function nodeDevice(node: FileNode, path: string, random: () => number): Description | undefined {
  const both = { readable: true, writable: true };
  const swallow = (data: Uint8Array) => data.length;
  switch (node.device) {
    case "null":
      return deviceDescription(path, { read: () => null, write: swallow }, both);
    case "zero":
      return deviceDescription(path, { read: (max) => new Uint8Array(Math.min(max, MAX_CHUNK)), write: swallow }, both);
    case "full":
      return deviceDescription(
        path,
        {
          read: (max) => new Uint8Array(Math.min(max, MAX_CHUNK)),
          write: () => {
            throw new Errno("ENOSPC");
          },
        },
        both,
      );
    case "random":
      return deviceDescription(path, { read: (max) => randomBytes(Math.min(max, 4096), random), write: swallow }, both);
    default:
      return undefined;
  }
}

function randomBytes(length: number, random: () => number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = Math.floor(random() * 256);
  return bytes;
}

interface Fifo {
  readonly buffer: PipeBuffer;
  readers: number;
  writers: number;
  hadWriter: boolean;
}
const fifos = new WeakMap<FileNode, Fifo>();

/** A named pipe. Opening does not wait for the other side; reading does. */
export function fifoDescription(node: FileNode, path: string, options: OpenOptions): Description {
  let fifo = fifos.get(node);
  if (fifo === undefined) {
    fifo = { buffer: new PipeBuffer(), readers: 0, writers: 0, hadWriter: false };
    fifos.set(node, fifo);
  }
  const pipe = fifo;
  const writable = (options.write ?? false) || (options.append ?? false);
  const readable = options.read ?? !writable;
  if (readable) pipe.readers++;
  if (writable) {
    pipe.writers++;
    pipe.hadWriter = true;
  }
  return {
    kind: "pipe",
    path,
    readable,
    writable,
    tryRead(max) {
      const chunk = pipe.buffer.tryRead(max);
      return chunk === undefined && pipe.hadWriter && pipe.writers === 0 ? null : chunk;
    },
    tryWrite: (data) => pipe.buffer.tryWrite(data),
    onReadable: (wake) => pipe.buffer.readable.add(wake),
    onWritable: (wake) => pipe.buffer.writable.add(wake),
    released() {
      if (readable) pipe.readers--;
      if (writable) pipe.writers--;
      pipe.buffer.readable.wake();
      if (pipe.readers === 0 && pipe.writers === 0) fifos.delete(node);
      else if (readable && pipe.readers === 0) {
        pipe.buffer.closeReaders();
        fifos.delete(node);
      }
    },
  };
}
