/** Small helpers for benchmarks: medians, memory, one line per figure. */
import { existsSync, readFileSync } from "node:fs";

const SCHEDSTAT = "/proc/thread-self/schedstat";
const scheduled = existsSync(SCHEDSTAT);

/** Processor ms this thread has used; wall-clock time where the host does not say. */
export function threadCpuMs(): number {
  return scheduled ? Number(readFileSync(SCHEDSTAT, "latin1").split(" ")[0]) / 1e6 : performance.now();
}

/**
 * Ms that pass as on a machine that is ours alone: without the time this thread was ready to run and somebody else had
 * the processor.
 */
export function undisturbedMs(): number {
  return scheduled
    ? performance.now() - Number(readFileSync(SCHEDSTAT, "latin1").split(" ")[1]) / 1e6
    : performance.now();
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Runs `body` `times` times after one warm-up; gives the median in ms. */
export async function medianMs(times: number, body: () => Promise<void>): Promise<number> {
  await body();
  const took: number[] = [];
  for (let run = 0; run < times; run++) {
    const started = performance.now();
    await body();
    took.push(performance.now() - started);
  }
  return median(took);
}

/** Resident memory in MB after a garbage collection. */
export function residentMb(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss / 1024 / 1024;
}

export function report(name: string, value: number, unit: string, target?: string): void {
  const figure = value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
  console.log(`${name.padEnd(62)} ${figure.padStart(8)} ${unit}${target === undefined ? "" : `   (target ${target})`}`);
}

/** Waits until `done()` holds, looking after every turn of the event loop; throws after `limitMs`. */
export async function until(done: () => boolean, limitMs = 20_000): Promise<void> {
  const limit = performance.now() + limitMs;
  while (!done()) {
    if (performance.now() > limit) throw new Error("the condition did not come true in time");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
