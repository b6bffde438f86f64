/** Open file descriptions: what descriptors of any number of processes may share. Never blocking; waiting is theirs. */
import { Errno } from "../errno.ts";
import type { Descriptor, Tty } from "../types.ts";

/** Stops waiting. */
export type Unsubscribe = () => void;

/** Who reads or writes, for what depends on it (a terminal's foreground group). */
export interface Caller {
  readonly pid: number;
  readonly processGroup: number;
  /** It has to wait for a device: `ms` from now. */
  waitsFor?(ms: number): void;
}

/**
 * `tryRead`: bytes, null at the end, undefined when one has to wait. `tryWrite`: how many bytes were taken; 0 of a
 * non-empty chunk: wait. Both throw `Errno`.
 */
export interface Description {
  readonly kind: Descriptor["kind"];
  readonly readable: boolean;
  readonly writable: boolean;
  readonly path?: string | undefined;
  readonly tty?: Tty | undefined;
  tryRead(max: number, caller?: Caller): Uint8Array | null | undefined;
  tryWrite(data: Uint8Array, caller?: Caller): number;
  onReadable(wake: () => void): Unsubscribe;
  onWritable(wake: () => void): Unsubscribe;
  /** The last descriptor was closed. */
  released(): void;
  /** The other direction of the same thing, for who opens it anew by /proc/PID/fd; it counts for nobody's end. */
  other?(): Description;
}

const NEVER = () => () => undefined;

/** What can be read and never has anything, until whoever waits is killed. */
export const silence = (path: string): Description => ({
  kind: "pipe",
  path,
  readable: true,
  writable: false,
  tryRead: () => undefined,
  tryWrite: () => {
    throw new Errno("EBADF");
  },
  onReadable: NEVER,
  onWritable: NEVER,
  released: () => undefined,
});

/** A description with the number of descriptors that point to it. */
export class SharedDescription {
  readonly description: Description;
  #references = 0;

  constructor(description: Description) {
    this.description = description;
  }
  acquire(): void {
    this.#references++;
  }
  release(): void {
    this.#references--;
    if (this.#references === 0) this.description.released();
  }
}

/** Those who wait for something to happen; each is woken once. */
export class Waiters {
  #waiting: Set<() => void> | undefined;

  add(wake: () => void): Unsubscribe {
    this.#waiting ??= new Set();
    this.#waiting.add(wake);
    return () => this.#waiting?.delete(wake);
  }
  wake(): void {
    const waiting = this.#waiting;
    if (waiting === undefined || waiting.size === 0) return;
    this.#waiting = undefined;
    for (const wake of waiting) wake();
  }
  get size(): number {
    return this.#waiting?.size ?? 0;
  }
}

/** /dev/null, /dev/zero and their like. */
export function deviceDescription(
  path: string,
  behaviour: { read(max: number): Uint8Array | null; write(data: Uint8Array): number },
  options: { readonly readable: boolean; readonly writable: boolean },
): Description {
  return {
    kind: "null",
    path,
    ...options,
    tryRead: (max) => behaviour.read(max),
    tryWrite: (data) => behaviour.write(data),
    onReadable: NEVER,
    onWritable: NEVER,
    released: () => undefined,
  };
}
