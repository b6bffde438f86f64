/**
 * The leader compacts history by itself (server/etcdserver/api/v3compactor): what is older than a time, or all but so many
 * revisions. Nothing is done, and nothing waits, while nothing changes.
 */
import type { Cancel, Clock } from "../../clock/index.ts";
import { formatDuration } from "../../encoding/index.ts";

/** Periods in ms; revisions are numbers of them. */
export type CompactionRule =
  | { readonly mode: "periodic"; readonly periodMs: number }
  | { readonly mode: "revision"; readonly retention: number };

interface CompactorHost {
  readonly clock: Clock;
  readonly revision: () => number;
  readonly compacted: () => number;
  /** Asks the cluster for it; false where it refuses. */
  readonly compact: (revision: number) => Promise<boolean>;
  readonly log: (file: string, text: string, fields: Readonly<Record<string, unknown>>) => void;
}

const HOUR_MS = 3_600_000;
const REVISION_INTERVAL_MS = 5 * 60_000;

export class AutoCompactor {
  readonly #host: CompactorHost;
  readonly #rule: CompactionRule;
  #leads = false;
  #since = 0;
  /** Revisions and when they were seen first, oldest first; a tenth of the interval apart at least. */
  #seen: { readonly at: number; revision: number }[] = [];
  #last = Number.NEGATIVE_INFINITY;
  #cancel: Cancel | undefined;

  constructor(host: CompactorHost, rule: CompactionRule) {
    this.#host = host;
    this.#rule = rule;
  }

  promote(): void {
    this.#leads = true;
    this.#since = this.#host.clock.now();
    this.#seen = [];
    this.changed();
  }

  demote(): void {
    this.#leads = false;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** There is a new revision. */
  changed(): void {
    const { clock, revision, compacted } = this.#host;
    if (!this.#leads || revision() <= compacted()) return;
    const now = clock.now();
    const last = this.#seen.at(-1);
    if (last !== undefined && now - last.at < this.#interval / 10) last.revision = revision();
    else this.#seen.push({ at: now, revision: revision() });
    this.#arm();
  }

  get #interval(): number {
    return this.#rule.mode === "revision" ? REVISION_INTERVAL_MS : Math.min(this.#rule.periodMs, HOUR_MS);
  }

  #arm(): void {
    if (this.#cancel !== undefined) return;
    const { clock } = this.#host;
    const [first] = this.#seen;
    if (first === undefined) return;
    const ripe = this.#rule.mode === "periodic" ? first.at + this.#rule.periodMs : clock.now() + 1;
    const ticks = Math.ceil((Math.max(ripe, this.#last + this.#interval) - this.#since) / this.#interval);
    const at = this.#since + ticks * this.#interval;
    this.#cancel = clock.after(Math.max(0, at - clock.now()), () => {
      this.#cancel = undefined;
      void this.#run();
    });
  }

  /** Up to where history is to go, now. */
  #target(): number {
    const { clock, revision } = this.#host;
    if (this.#rule.mode === "revision") return revision() - this.#rule.retention;
    const oldest = clock.now() - this.#rule.periodMs;
    return this.#seen.findLast(({ at }) => at <= oldest)?.revision ?? 0;
  }

  async #run(): Promise<void> {
    const { clock, compact, compacted, log } = this.#host;
    const target = this.#target();
    this.#last = clock.now();
    const { mode } = this.#rule;
    const about =
      this.#rule.mode === "periodic"
        ? { "compact-period": formatDuration(this.#rule.periodMs) }
        : { "revision-compaction-retention": this.#rule.retention };
    const file = mode === "periodic" ? "v3compactor/periodic.go" : "v3compactor/revision.go";
    if (this.#rule.mode === "periodic") {
      const oldest = clock.now() - this.#rule.periodMs;
      const behind = this.#seen.filter(({ at }) => at <= oldest);
      this.#seen = this.#seen.slice(behind.length);
    } else this.#seen = [];
    if (target > 0 && target > compacted()) {
      log(file, `starting auto ${mode} compaction`, { revision: target, ...about });
      if (await compact(target))
        log(file, `completed auto ${mode} compaction`, { revision: target, ...about, took: "1.2ms" });
      else log(file, `failed auto ${mode} compaction`, { revision: target, ...about });
    }
    if (this.#leads) this.#arm();
  }
}
