/** Statements that drivers have prepared on this node, by a number made of their text. */

import { digest, toHex } from "../../../encoding/index.ts";
import { utf8 } from "../../kit/wire/bytes.ts";
import type { Marker } from "./markers.ts";

/** Statements that are kept; drivers prepare anew what has gone. */
const MOST = 2000;

export interface Prepared {
  readonly id: Uint8Array;
  readonly cql: string;
  readonly markers: readonly Marker[];
}

export class PreparedStatements {
  readonly #all = new Map<string, Prepared>();

  put(keyspace: string | undefined, cql: string, markers: readonly Marker[]): Prepared {
    const id = digest("md5", utf8((keyspace ?? "") + cql));
    const key = toHex(id);
    const prepared = { id, cql, markers };
    this.#all.delete(key);
    for (const oldest of this.#all.keys()) {
      if (this.#all.size < MOST) break;
      this.#all.delete(oldest);
    }
    this.#all.set(key, prepared);
    return prepared;
  }

  get(id: Uint8Array): Prepared | undefined {
    return this.#all.get(toHex(id));
  }
}
