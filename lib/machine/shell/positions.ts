/**
 * Simulates patterns on sets of positions. A set is a row of ranges, `[first, last, first, last, ...]`, ascending and
 * apart from each other, so that a `*` costs two numbers, whatever is matched. Everything yields what it did since it
 * last yielded, in characters or ranges, and never does more than `AT_A_STRETCH` of them between.
 */
import type { Node } from "./pattern-parser.ts";

/** What is matched: characters. */
export type Subject = ArrayLike<string>;
/** Ranges of positions between characters: both ends belong to a range. */
export type Ranges = readonly number[];
/** Work in steps; each yields its cost. */
export type Steps = Generator<number, Ranges>;

const AT_A_STRETCH = 8192;

/**
 * Where matches that begin at any of `from` end; backwards: where those that end there begin (the nodes then stand in
 * their own order still).
 */
export function* run(nodes: readonly Node[], subject: Subject, from: Ranges, backward = false): Steps {
  let positions = from;
  for (let i = 0; i < nodes.length && positions.length > 0; i++) {
    const node = nodes[backward ? nodes.length - 1 - i : i] as Node;
    if (node.kind === "star")
      positions = backward ? [0, positions.at(-1) as number] : [positions[0] as number, subject.length];
    else if (node.kind === "group") positions = yield* group(node, subject, positions, backward);
    else positions = yield* advance(node, subject, positions, backward);
    yield 1;
  }
  return positions;
}

/** Over one character. */
function* advance(
  node: Exclude<Node, { kind: "group" | "star" }>,
  subject: Subject,
  from: Ranges,
  backward: boolean,
): Steps {
  const out: number[] = [];
  const shift = backward ? -1 : 0;
  const reached = backward ? -1 : 1;
  let cost = 0;
  let end = -2;
  for (let range = 0; range < from.length; range += 2) {
    const last = from[range + 1] as number;
    for (let at = from[range] as number; at <= last; at++) {
      if (++cost >= AT_A_STRETCH) {
        yield cost;
        cost = 0;
      }
      const char = subject[at + shift];
      if (char === undefined) continue;
      if (node.kind === "char" ? char !== node.char : node.kind === "set" && !node.test(char)) continue;
      const next = at + reached;
      if (next === end + 1) out[out.length - 1] = next;
      else out.push(next, next);
      end = next;
    }
  }
  yield cost;
  return out;
}

function* group(node: Extract<Node, { kind: "group" }>, subject: Subject, from: Ranges, backward: boolean): Steps {
  const { alternatives, operator } = node;
  if (operator === "!") return yield* negated(alternatives, subject, from, backward);
  const once = yield* either(alternatives, subject, from, backward);
  if (operator === "@") return once;
  if (operator === "?") return yield* union(from, once);
  const seen = new PositionSet();
  if (operator === "*") yield* seen.add(from);
  let fresh = yield* seen.add(once);
  while (fresh.length > 0) fresh = yield* seen.add(yield* either(alternatives, subject, fresh, backward));
  return yield* seen.ranges();
}

/** `!(...)`: to everywhere that the alternatives do not lead. */
function* negated(
  alternatives: readonly (readonly Node[])[],
  subject: Subject,
  from: Ranges,
  backward: boolean,
): Steps {
  const out = new PositionSet();
  for (let range = 0; range < from.length; range += 2) {
    for (let start = from[range] as number; start <= (from[range + 1] as number); start++) {
      const matched = yield* either(alternatives, subject, [start, start], backward);
      yield* out.add(without(backward ? 0 : start, backward ? start : subject.length, matched));
    }
  }
  return yield* out.ranges();
}

/** What of `first` to `last` is not in `ranges`, which lie within. */
function without(first: number, last: number, ranges: Ranges): Ranges {
  const out: number[] = [];
  let at = first;
  for (let range = 0; range < ranges.length; range += 2) {
    if ((ranges[range] as number) > at) out.push(at, (ranges[range] as number) - 1);
    at = (ranges[range + 1] as number) + 1;
  }
  if (at <= last) out.push(at, last);
  return out;
}

function* either(alternatives: readonly (readonly Node[])[], subject: Subject, from: Ranges, backward: boolean): Steps {
  let out: Ranges = [];
  for (const nodes of alternatives) out = yield* union(out, yield* run(nodes, subject, from, backward));
  return out;
}

function* union(one: Ranges, other: Ranges): Steps {
  if (one.length === 0) return other;
  if (other.length === 0) return one;
  const out: number[] = [];
  let left = 0;
  let right = 0;
  let cost = 0;
  while (left < one.length || right < other.length) {
    if (++cost >= AT_A_STRETCH) {
      yield cost;
      cost = 0;
    }
    const fromLeft = right >= other.length || (left < one.length && (one[left] as number) <= (other[right] as number));
    const ranges = fromLeft ? one : other;
    const at = fromLeft ? left : right;
    if (fromLeft) left += 2;
    else right += 2;
    const first = ranges[at] as number;
    const last = ranges[at + 1] as number;
    const end = out.at(-1);
    if (end !== undefined && first <= end + 1) out[out.length - 1] = Math.max(end, last);
    else out.push(first, last);
  }
  yield cost;
  return out;
}

const PAGE_BITS = 10;
const PAGE = 1 << PAGE_BITS;

/** Positions that come in any order. Pages of them, made where one is needed. */
class PositionSet {
  readonly #pages = new Map<number, Uint8Array>();

  /** Gives those that were not there yet. */
  *add(ranges: Ranges): Steps {
    const fresh: number[] = [];
    let cost = 0;
    for (let range = 0; range < ranges.length; range += 2) {
      const last = ranges[range + 1] as number;
      let page: Uint8Array | undefined;
      for (let at = ranges[range] as number; at <= last; at++) {
        if (++cost >= AT_A_STRETCH) {
          yield cost;
          cost = 0;
        }
        const within = at & (PAGE - 1);
        if (page === undefined || within === 0) page = this.#page(at >> PAGE_BITS);
        if (page[within] === 1) continue;
        page[within] = 1;
        if (fresh.at(-1) === at - 1) fresh[fresh.length - 1] = at;
        else fresh.push(at, at);
      }
    }
    yield cost;
    return fresh;
  }

  #page(index: number): Uint8Array {
    let page = this.#pages.get(index);
    if (page === undefined) {
      page = new Uint8Array(PAGE);
      this.#pages.set(index, page);
    }
    return page;
  }

  *ranges(): Steps {
    const out: number[] = [];
    for (const index of [...this.#pages.keys()].sort((a, b) => a - b)) {
      const page = this.#pages.get(index) as Uint8Array;
      const base = index << PAGE_BITS;
      for (let within = 0; within < PAGE; within++) {
        if (page[within] !== 1) continue;
        const at = base + within;
        if (out.at(-1) === at - 1) out[out.length - 1] = at;
        else out.push(at, at);
      }
      yield PAGE;
    }
    return out;
  }
}
