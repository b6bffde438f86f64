/** Renames and copies among added and deleted files (diffcore-rename.c, diffcore-delta.c). */

import { encodeText } from "../../../bytes.ts";
import type { Repository } from "../repository.ts";
import { byPath, contentOf, type Pair, type Side } from "./pairs.ts";

export const MAX_SCORE = 60_000;
export const DEFAULT_SCORE = 30_000;
/** Sources times targets beyond which contents are not compared (diff.renameLimit, squared). */
const MAX_COMPARISONS = 1000 * 1000;
const HASH_BASE = 107_927;

/** How many bytes the file has in chunks (lines, or 64 bytes) of each kind. */
async function chunksOf(
  repository: Repository,
  of: Side,
): Promise<{ readonly size: number; readonly counts: Map<number, number> }> {
  const text = await contentOf(repository, of);
  const data = encodeText(text);
  const isText = !text.slice(0, 8000).includes("\0");
  await repository.process.spend(5 + (data.length >> 4));
  const counts = new Map<number, number>();
  let one = 0;
  let two = 0;
  let length = 0;
  for (let at = 0; at < data.length; at++) {
    const byte = data[at] as number;
    if (isText && byte === 13 && data[at + 1] === 10) continue;
    const before = one;
    one = ((one << 7) ^ (two >>> 25)) >>> 0;
    two = ((two << 7) ^ (before >>> 25)) >>> 0;
    one = (one + byte) >>> 0;
    if (++length < 64 && byte !== 10) continue;
    const hash = ((one + Math.imul(two, 0x61)) >>> 0) % HASH_BASE;
    counts.set(hash, (counts.get(hash) ?? 0) + length);
    length = 0;
    one = 0;
    two = 0;
  }
  return { size: data.length, counts };
}

function copiedBytes(from: Map<number, number>, to: Map<number, number>): number {
  let copied = 0;
  for (const [hash, count] of from) copied += Math.min(count, to.get(hash) ?? 0);
  return copied;
}

type Chunks = Awaited<ReturnType<typeof chunksOf>>;

function scoreOf(a: Chunks, b: Chunks, minimum: number): number {
  const larger = Math.max(a.size, b.size);
  const delta = larger - Math.min(a.size, b.size);
  if (larger * (MAX_SCORE - minimum) < delta * MAX_SCORE || a.size === 0 || b.size === 0) return 0;
  return Math.trunc((copiedBytes(a.counts, b.counts) * MAX_SCORE) / larger);
}

interface RenameOptions {
  readonly minimum: number;
  /** Unchanged sources may be copied from too. */
  readonly copies: boolean;
}

const baseOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);
const isFile = (mode: number) => (mode & 0o170000) === 0o100000;

export async function withRenames(
  repository: Repository,
  pairs: readonly Pair[],
  options: RenameOptions,
): Promise<Pair[]> {
  const added = pairs.filter((pair) => pair.status === "A" && pair.new !== undefined);
  const gone = pairs.filter((pair) => pair.status === "D" && pair.old !== undefined);
  const sources = options.copies ? [...gone, ...pairs.filter((pair) => pair.status === "M")] : gone;
  if (added.length === 0 || sources.length === 0) return [...pairs];
  const found = new Map<Pair, { source: Pair; score: number }>();
  const used = new Set<Pair>();
  const oidOf = async (side: Side) =>
    side.oid ?? repository.objects.hash("blob", encodeText(await contentOf(repository, side)));
  // The same content first; of several sources one of the same name.
  const byOid = new Map<string, Pair[]>();
  for (const source of sources) {
    const oid = await oidOf(source.old as Side);
    byOid.set(oid, [...(byOid.get(oid) ?? []), source]);
  }
  for (const target of added) {
    const to = target.new as Side;
    const same = (byOid.get(await oidOf(to)) ?? []).filter(
      (source) => ((source.old as Side).mode & 0o170000) === (to.mode & 0o170000),
    );
    const rank = (source: Pair) =>
      (used.has(source) ? 0 : 2) + (baseOf((source.old as Side).path) === baseOf(to.path) ? 1 : 0);
    const free = options.copies ? same : same.filter((source) => !used.has(source));
    let best: Pair | undefined;
    for (const source of free) if (best === undefined || rank(source) > rank(best)) best = source;
    if (best === undefined) continue;
    found.set(target, { source: best, score: MAX_SCORE });
    if (best.status === "D") used.add(best);
  }
  const targets = added.filter((pair) => !found.has(pair) && isFile((pair.new as Side).mode));
  const open = sources.filter((pair) => (options.copies || !used.has(pair)) && isFile((pair.old as Side).mode));
  if (options.minimum < MAX_SCORE && targets.length * open.length <= MAX_COMPARISONS) {
    await inexact(repository, targets, open, options, found, used);
  }
  const renamedFrom = new Set([...found.values()].map(({ source }) => source));
  // The last target of a source that is gone takes its name; the others are copies of it.
  const result: Pair[] = [];
  const named = new Set<Pair>();
  for (const pair of [...pairs].sort(byPath).reverse()) {
    const match = found.get(pair);
    if (match !== undefined) {
      const copy = match.source.status !== "D" || named.has(match.source);
      named.add(match.source);
      result.push({ status: copy ? "C" : "R", old: match.source.old, new: pair.new, score: match.score });
    } else if (!(pair.status === "D" && renamedFrom.has(pair))) result.push(pair);
  }
  return result.sort(byPath);
}

async function inexact(
  repository: Repository,
  targets: readonly Pair[],
  sources: readonly Pair[],
  options: RenameOptions,
  found: Map<Pair, { source: Pair; score: number }>,
  used: Set<Pair>,
): Promise<void> {
  const chunks = new Map<Pair, Chunks>();
  const of = async (pair: Pair, side: Side) => {
    let known = chunks.get(pair);
    if (known === undefined) {
      known = await chunksOf(repository, side);
      chunks.set(pair, known);
    }
    return known;
  };
  const candidates: { target: Pair; source: Pair; score: number; sameName: boolean }[] = [];
  for (const target of targets) {
    for (const source of sources) {
      const to = target.new as Side;
      const from = source.old as Side;
      const score = scoreOf(await of(source, from), await of(target, to), options.minimum);
      await repository.process.spend(2);
      if (score < options.minimum) continue;
      candidates.push({ target, source, score, sameName: baseOf(from.path) === baseOf(to.path) });
    }
  }
  // A file that kept its name, which no other has, goes first where three quarters are alike.
  const unique = (pairs: readonly Pair[], side: "old" | "new", name: string) =>
    pairs.filter((pair) => baseOf((pair[side] as Side).path) === name).length === 1;
  const guided = (candidate: (typeof candidates)[number]) => {
    const name = baseOf((candidate.target.new as Side).path);
    return (
      !options.copies &&
      candidate.sameName &&
      candidate.score >= options.minimum + (MAX_SCORE - options.minimum) / 2 &&
      unique(targets, "new", name) &&
      unique(sources, "old", name)
    );
  };
  const order = candidates.map((candidate) => ({ ...candidate, first: guided(candidate) ? 1 : 0 }));
  order.sort((a, b) => b.first - a.first || b.score - a.score || Number(b.sameName) - Number(a.sameName));
  for (const allowCopies of options.copies ? [false, true] : [false]) {
    for (const { target, source, score } of order) {
      if (found.has(target)) continue;
      if (!allowCopies && (used.has(source) || source.status !== "D")) continue;
      found.set(target, { source, score });
      used.add(source);
    }
  }
}
