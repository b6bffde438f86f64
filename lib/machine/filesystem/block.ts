/** Block devices: bytes of a fixed size, kept where something but zeros was written. */
import { Errno } from "../errno.ts";
import type { FileStat, FileSystem } from "../types.ts";
import { GeneratedFileSystem, GeneratedNode } from "./generated.ts";

const CHUNK_BYTES = 64 * 1024;
/** What one device may take from its host. */
const HOST_CHUNKS = (256 << 20) / CHUNK_BYTES;

/** What a device holds as a plain value: chunks of 64 KiB by their number; what is missing is zeros. Treat as frozen. */
export interface BlockContent {
  readonly chunks: Readonly<Record<number, Uint8Array>>;
}

/** A device, and the file system that has it as its only file: mount that where the device's file is to be. */
export class BlockDevice {
  readonly fileSystem: FileSystem;
  readonly #chunks = new Map<number, Uint8Array>();
  /** Chunks that a snapshot shares: copied before they are written. */
  readonly #shared = new Set<number>();
  #size: number;

  constructor(sizeBytes: number, options: { readonly source: string; readonly content?: BlockContent | undefined }) {
    this.#size = sizeBytes;
    for (const [number, chunk] of Object.entries(options.content?.chunks ?? {})) {
      this.#chunks.set(Number(number), chunk);
      this.#shared.add(Number(number));
    }
    this.fileSystem = new GeneratedFileSystem(options.source, "block", new BlockNode(this));
  }

  get sizeBytes(): number {
    return this.#size;
  }

  /** Devices grow and never shrink. */
  grow(sizeBytes: number): void {
    this.#size = Math.max(this.#size, sizeBytes);
  }

  read(position: number, max: number): Uint8Array {
    const length = Math.max(0, Math.min(this.#size - position, max));
    if (length > HOST_CHUNKS * CHUNK_BYTES) throw new Errno("ENOMEM");
    const result = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const at = position + done;
      const offset = at % CHUNK_BYTES;
      const part = Math.min(CHUNK_BYTES - offset, length - done);
      const chunk = this.#chunks.get((at - offset) / CHUNK_BYTES);
      if (chunk !== undefined) result.set(chunk.subarray(offset, offset + part), done);
      done += part;
    }
    return result;
  }

  /** All of it, or ENOSPC past the end. */
  write(position: number, data: Uint8Array): void {
    if (position + data.length > this.#size) throw new Errno("ENOSPC");
    for (let done = 0; done < data.length; ) {
      const at = position + done;
      const offset = at % CHUNK_BYTES;
      const part = data.subarray(done, done + CHUNK_BYTES - offset);
      this.#writeChunk((at - offset) / CHUNK_BYTES, offset, part);
      done += part.length;
    }
  }

  #writeChunk(number: number, offset: number, data: Uint8Array): void {
    let chunk = this.#chunks.get(number);
    if (chunk === undefined) {
      if (data.every((byte) => byte === 0)) return;
      if (this.#chunks.size >= HOST_CHUNKS) throw new Errno("ENOSPC");
      chunk = new Uint8Array(CHUNK_BYTES);
      this.#chunks.set(number, chunk);
    } else if (this.#shared.delete(number)) {
      chunk = chunk.slice();
      this.#chunks.set(number, chunk);
    }
    chunk.set(data, offset);
  }

  snapshot(): BlockContent {
    for (const number of this.#chunks.keys()) this.#shared.add(number);
    return { chunks: Object.fromEntries(this.#chunks) };
  }
}

class BlockNode extends GeneratedNode {
  readonly type = "block";
  readonly #device: BlockDevice;

  constructor(device: BlockDevice) {
    super({ mode: 0o660, gid: DISK_GROUP });
    this.#device = device;
  }
  /** Bytes of the device; its file has none of its own. */
  override get size(): number {
    return this.#device.sizeBytes;
  }
  override stat(): FileStat {
    return { ...super.stat(), size: 0 };
  }
  override setAttributes(): void {
    // Whose a device is does not matter to containers that run as root; upstream leaves it alone as well.
  }
  override read(position: number, max: number): Uint8Array {
    return this.#device.read(position, max);
  }
  override write(position: number, data: Uint8Array): void {
    this.#device.write(position, data);
  }
  override truncate(): void {}
}

const DISK_GROUP = 6;
