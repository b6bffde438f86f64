/** What may be taken out of a log, and when: retention and compaction (storage/internals/log, UnifiedLog and Cleaner). Pure. */
import type { LogRecord, Segment } from "./log.ts";

export interface CleanupRules {
  readonly deletes: boolean;
  readonly compacts: boolean;
  /** Negative: no limit. */
  readonly retentionMs: number;
  readonly retentionBytes: number;
  /** How long a segment takes records. */
  readonly segmentMs: number;
  readonly fileDeleteDelayMs: number;
  readonly deleteRetentionMs: number;
  /** The part of a log that must be new before it is compacted. */
  readonly dirtyRatio: number;
  readonly minLagMs: number;
  readonly maxLagMs: number;
}

/** Broker settings that a topic's own come before; those in larger units count where the exact one is not set. */
const FALLBACKS: Readonly<Record<string, readonly (readonly [key: string, factor: number])[]>> = {
  "cleanup.policy": [["log.cleanup.policy", 1]],
  "retention.ms": [
    ["log.retention.ms", 1],
    ["log.retention.minutes", 60_000],
    ["log.retention.hours", 3_600_000],
  ],
  "retention.bytes": [["log.retention.bytes", 1]],
  "segment.ms": [
    ["log.roll.ms", 1],
    ["log.roll.hours", 3_600_000],
  ],
  "file.delete.delay.ms": [["log.segment.delete.delay.ms", 1]],
  "delete.retention.ms": [["log.cleaner.delete.retention.ms", 1]],
  "min.cleanable.dirty.ratio": [["log.cleaner.min.cleanable.ratio", 1]],
  "min.compaction.lag.ms": [["log.cleaner.min.compaction.lag.ms", 1]],
  "max.compaction.lag.ms": [["log.cleaner.max.compaction.lag.ms", 1]],
};

/** `topic`: its own settings; `broker`: what the broker was started with or told since; `standard`: Kafka's defaults. */
export function rulesOf(
  topic: Readonly<Record<string, string>>,
  broker: (key: string) => string | undefined,
  standard: Readonly<Record<string, string>>,
): CleanupRules {
  const value = (key: string): string => {
    const own = topic[key];
    if (own !== undefined) return own;
    for (const [name, factor] of FALLBACKS[key] ?? []) {
      const found = broker(name);
      if (found !== undefined) return factor === 1 || Number(found) < 0 ? found : String(Number(found) * factor);
    }
    return standard[key] ?? "";
  };
  const policies = value("cleanup.policy").split(",");
  return {
    deletes: policies.includes("delete"),
    compacts: policies.includes("compact"),
    retentionMs: Number(value("retention.ms")),
    retentionBytes: Number(value("retention.bytes")),
    segmentMs: Number(value("segment.ms")),
    fileDeleteDelayMs: Number(value("file.delete.delay.ms")),
    deleteRetentionMs: Number(value("delete.retention.ms")),
    dirtyRatio: Number(value("min.cleanable.dirty.ratio")),
    minLagMs: Number(value("min.compaction.lag.ms")),
    maxLagMs: Number(value("max.compaction.lag.ms")),
  };
}

interface Expired {
  /** How many of the oldest segments. */
  readonly count: number;
  readonly why: string;
}

interface Known {
  readonly segments: readonly Segment[];
  readonly endOffset: number;
  readonly highWatermark: number;
  readonly now: number;
}

const upperBound = ({ segments, endOffset }: Known, index: number) => segments[index + 1]?.base ?? endOffset;

/** The oldest segments whose time is up, or that are more than the log may have (deleteOldSegments). */
export function expired(rules: CleanupRules, known: Known): Expired | undefined {
  const { segments, highWatermark, now } = known;
  const oldest = (isOver: (segment: Segment, index: number) => boolean) => {
    let count = 0;
    while (count < segments.length) {
      const segment = segments[count];
      // The active one goes only where it holds something.
      const isEmptyLast = count === segments.length - 1 && segment?.firstTime === undefined;
      if (segment === undefined || isEmptyLast || upperBound(known, count) > highWatermark || !isOver(segment, count))
        break;
      count++;
    }
    return count;
  };
  if (rules.deletes && rules.retentionMs >= 0) {
    const count = oldest(({ lastTime }) => now - (lastTime ?? 0) > rules.retentionMs);
    if (count > 0)
      return {
        count,
        why: `log retention time ${rules.retentionMs}ms breach based on the largest record timestamp in the segment`,
      };
  }
  if (rules.deletes && rules.retentionBytes >= 0) {
    let over = segments.reduce((sum, { bytes }) => sum + bytes, 0) - rules.retentionBytes;
    const count = oldest(({ bytes }) => {
      if (over - bytes < 0) return false;
      over -= bytes;
      return true;
    });
    if (count > 0)
      return {
        count,
        why: `log retention size ${rules.retentionBytes} breach. Log size after deletion will be ${over + rules.retentionBytes}.`,
      };
  }
  return undefined;
}

/** When the oldest segment's time is up (ms); undefined where it never is. */
export function expiresAt(rules: CleanupRules, { segments }: Pick<Known, "segments">): number | undefined {
  const [first] = segments;
  if (!rules.deletes || rules.retentionMs < 0 || first?.lastTime === undefined) return undefined;
  return first.lastTime + rules.retentionMs + 1;
}

/**
 * Up to where a log is to be compacted now; undefined where too little is new (LogCleanerManager.grabFilthiestCompactedLog).
 * `cleaned`: up to where it was compacted last.
 */
export function cleanableTo(rules: CleanupRules, known: Known, cleaned: number): number | undefined {
  const { segments, highWatermark, now } = known;
  if (!rules.compacts) return undefined;
  let to = segments[0]?.base ?? 0;
  let [clean, dirty] = [0, 0];
  let oldestDirty: number | undefined;
  for (const [index, segment] of segments.entries()) {
    const isActive = index === segments.length - 1;
    const isYoung = rules.minLagMs > 0 && (segment.lastTime ?? 0) > now - rules.minLagMs;
    if (isActive || isYoung || upperBound(known, index) > highWatermark) break;
    to = upperBound(known, index);
    if (segment.base < cleaned) clean += segment.bytes;
    else {
      dirty += segment.bytes;
      oldestDirty ??= segment.firstTime;
    }
  }
  if (dirty === 0) return undefined;
  const isLate = oldestDirty !== undefined && now - oldestDirty > rules.maxLagMs;
  return isLate || dirty / (clean + dirty) > rules.dirtyRatio ? to : undefined;
}

/** Of each key the last record, and deletions for as long as somebody may still have to hear of them. */
export function compacted(records: readonly LogRecord[], to: number, rules: CleanupRules, now: number): LogRecord[] {
  const last = new Map<string, number>();
  for (const { key, offset } of records) if (offset < to && key !== null) last.set(key, offset);
  return records.flatMap((record) => {
    const { key, offset, value, horizon } = record;
    if (offset >= to || key === null || last.get(key) !== offset) return [];
    if (value !== null) return [record];
    if (horizon === undefined) return [{ ...record, horizon: now + rules.deleteRetentionMs }];
    return horizon <= now ? [] : [record];
  });
}
