/** What clocks need of the host runtime; Node and browsers both have it. */
interface Host {
  setImmediate?: (run: () => void) => void;
}

const channelTurns: (() => void)[] = [];
let channel: MessageChannel | undefined;

/** Runs `run` in a later macrotask, as soon as the host allows (browsers clamp setTimeout to 4 ms, a port is not clamped). */
export function inLaterTurn(run: () => void): void {
  const host = globalThis as Host;
  if (host.setImmediate !== undefined) {
    host.setImmediate(run);
    return;
  }
  if (channel === undefined) {
    channel = new MessageChannel();
    channel.port1.onmessage = () => channelTurns.shift()?.();
  }
  channelTurns.push(run);
  channel.port2.postMessage(null);
}

const pieces: (() => void)[] = [];

/**
 * As `inLaterTurn`, for pieces of work of ten milliseconds and more: however many wait, each has a turn of the host's
 * event loop of its own.
 */
export function inTurnOfItsOwn(run: () => void): void {
  pieces.push(run);
  if (pieces.length === 1) inLaterTurn(nextPiece);
}

function nextPiece(): void {
  const run = pieces[0];
  try {
    run?.();
  } finally {
    pieces.shift();
    if (pieces.length > 0) inLaterTurn(nextPiece);
  }
}

/** Rejects when the signal is aborted, else sleeps by way of `after`. Shared by both clocks. */
export function sleepWith(
  after: (ms: number, run: () => void) => () => void,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = after(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** The host's monotonic time in ms: for fairness between programs of one worker, never for anything a cluster sees. */
export function hostNow(): number {
  return performance.now();
}

/** Runs `run` after so many ms of the host's time. For fairness only, as `hostNow`. */
export function afterHostDelay(ms: number, run: () => void): void {
  setTimeout(run, ms);
}
