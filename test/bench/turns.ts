/** Follows the turns of the event loop, and what ran in the longest of them. */
import { type Profiler, Session } from "node:inspector";
import { threadCpuMs } from "./measure.ts";

/** Between two readings less than this is no stretch: reading the thread's use costs more than most turns take. */
const LEAST_MS = 4;

/** The longest time for which the event loop did not turn, processor ms of this thread. */
export class Turns {
  worst = 0;
  /** Of the longest, on the host's monotonic clock in ms. */
  from = 0;
  to = 0;
  #going = true;
  #before = threadCpuMs();
  #beforeAt = performance.now();
  constructor() {
    const look = () => {
      this.#look();
      if (this.#going) setImmediate(look);
    };
    look();
  }
  #look(): void {
    const at = performance.now();
    if (at - this.#beforeAt > LEAST_MS) {
      const now = threadCpuMs();
      if (now - this.#before > this.worst) {
        this.worst = now - this.#before;
        this.from = this.#beforeAt;
        this.to = at;
      }
    }
    this.#before = threadCpuMs();
    this.#beforeAt = performance.now();
  }
  /** Counts the turn that is going on, and no more. */
  async end(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#going = false;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A profile of what runs between `start` and `stop`. */
export class Profile {
  readonly #session = new Session();
  constructor() {
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.setSamplingInterval", { interval: 500 });
  }
  start(): void {
    this.#session.post("Profiler.start");
  }
  /** The functions that took most of the longest turn. */
  stop({ from, to }: { readonly from: number; readonly to: number }, most = 4): string {
    let said = "";
    this.#session.post("Profiler.stop", (_error, { profile }) => {
      said = leaves(profile, from, to, most);
    });
    return said;
  }
}

function leaves(profile: Profiler.Profile, from: number, to: number, most: number): string {
  const zero = Number(process.hrtime.bigint() / 1000n) - performance.now() * 1000;
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const counts = new Map<string, number>();
  const parents = new Map(profile.nodes.flatMap(({ id, children }) => (children ?? []).map((child) => [child, id])));
  const nameOf = (id: number | undefined) => {
    const frame = id === undefined ? undefined : nodes.get(id)?.callFrame;
    return `${frame?.functionName || "(anonymous)"}:${(frame?.lineNumber ?? 0) + 1}`;
  };
  /** With BENCH_CALLERS, whom a function works for: the nearest callers of other names. */
  const callers = Number(process.env["BENCH_CALLERS"] ?? 0);
  const chain = (id: number) => {
    const names = [nameOf(id)];
    for (let at = parents.get(id); at !== undefined && names.length <= callers; at = parents.get(at)) {
      const name = nameOf(at);
      if (name !== names[names.length - 1] && !name.startsWith("(")) names.push(name);
    }
    return names.join(" < ");
  };
  let at = profile.startTime;
  profile.samples?.forEach((id, index) => {
    at += profile.timeDeltas?.[index] ?? 0;
    if (at < zero + from * 1000 || at > zero + to * 1000) return;
    const name = chain(id);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  });
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, most)
    .map(([name, count]) => `${name} ${Math.round((100 * count) / total)}%`)
    .join(", ");
}
