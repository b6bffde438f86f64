/** What queries have not handed out yet: cursors of a server, fetched in batches. */
import { type Doc, isArray, isDoc, MongoError, numberOf, type Value } from "./data/bson.ts";

/** Documents of a first batch where the client says nothing. */
const FIRST_BATCH = 101;
/** Characters of a batch, about. */
const MAX_BATCH = 16 * 1024 * 1024;
/** Cursors that are kept; the oldest goes where there are more. */
const MOST = 500;
/** ms after which a cursor that nobody asks is over (`cursorTimeoutMillis`). */
const TIMEOUT = 600_000;

interface Cursor {
  readonly ns: string;
  rest: readonly Value[];
  used: number;
}

const long = (value: bigint): Doc => ({ $numberLong: String(value) });

function taken(docs: readonly Value[], count: number): number {
  let size = 0;
  let index = 0;
  for (; index < docs.length && index < count; index++) {
    size += JSON.stringify(docs[index]).length;
    if (size > MAX_BATCH && index > 0) break;
  }
  return index;
}

export class Cursors {
  readonly #cursors = new Map<string, Cursor>();
  #next: bigint;

  /** `first`: a number to begin with, which clients should not guess. */
  constructor(first: bigint) {
    this.#next = first;
  }

  /** An answer with all its documents becomes one with the first of them. */
  first(answer: Doc, command: Doc, now: number): Doc {
    const { cursor } = answer;
    if (!isDoc(cursor) || !isArray(cursor["firstBatch"])) return answer;
    const docs = cursor["firstBatch"];
    const options = isDoc(command["cursor"]) ? command["cursor"] : command;
    const count = taken(docs, numberOf(options["batchSize"]) ?? FIRST_BATCH);
    if (count === docs.length || command["singleBatch"] === true)
      return { ...answer, cursor: { ...cursor, firstBatch: docs.slice(0, count), id: long(0n) } };
    const id = this.#next++;
    for (const [key, { used }] of this.#cursors)
      if (this.#cursors.size >= MOST || used + TIMEOUT < now) this.#cursors.delete(key);
      else break;
    this.#cursors.set(String(id), { ns: String(cursor["ns"]), rest: docs.slice(count), used: now });
    return { ...answer, cursor: { ...cursor, firstBatch: docs.slice(0, count), id: long(id) } };
  }

  /** getMore. Throws `MongoError`. */
  more(command: Doc, db: string, now: number): Doc {
    const id = idOf(command["getMore"]);
    const cursor = this.#cursors.get(id);
    if (cursor === undefined || cursor.used + TIMEOUT < now) {
      this.#cursors.delete(id);
      throw new MongoError(43, "CursorNotFound", `cursor id ${id} not found`);
    }
    const ns = `${db}.${String(command["collection"])}`;
    if (cursor.ns !== ns)
      throw new MongoError(
        13,
        "Unauthorized",
        `Requested getMore on namespace '${ns}', but cursor belongs to a different namespace ${cursor.ns}`,
      );
    const { rest } = cursor;
    const count = taken(rest, numberOf(command["batchSize"]) || Number.POSITIVE_INFINITY);
    cursor.rest = rest.slice(count);
    cursor.used = now;
    const isOver = cursor.rest.length === 0;
    this.#cursors.delete(id);
    // The one that was used last is the last to go.
    if (!isOver) this.#cursors.set(id, cursor);
    return { cursor: { nextBatch: rest.slice(0, count), id: long(isOver ? 0n : BigInt(id)), ns } };
  }

  kill(command: Doc): Doc {
    const ids = isArray(command["cursors"]) ? command["cursors"] : [];
    const known = ids.filter((id) => this.#cursors.delete(idOf(id)));
    const unknown = ids.filter((id) => !known.includes(id));
    return { cursorsKilled: known, cursorsNotFound: unknown, cursorsAlive: [], cursorsUnknown: [] };
  }
}

const idOf = (value: Value | undefined): string =>
  isDoc(value) && typeof value["$numberLong"] === "string" ? value["$numberLong"] : String(numberOf(value) ?? "");
