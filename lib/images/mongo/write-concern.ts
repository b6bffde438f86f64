/** How many members must have a write before its client is told. */
import type { Clock } from "../../clock/index.ts";
import { type Doc, isDoc, MongoError, numberOf, type Value } from "./data/bson.ts";
import { majorityOf } from "./replica-config.ts";
import type { ReplicaSet } from "./replica-set.ts";
import type { OpTime } from "./store.ts";

/**
 * Waits until enough members have a write; what is told where they do not in time. `major`: of the server's version, which
 * decides what is waited for where nobody says. Throws `MongoError`.
 */
export async function awaitWriteConcern(
  set: ReplicaSet | undefined,
  time: OpTime,
  given: Value | undefined,
  { major, clock }: { readonly major: number; readonly clock: Clock },
): Promise<Doc> {
  if (set?.config === undefined) return {};
  const concern = isDoc(given) ? given : {};
  const bearing = set.config.members.filter(({ arbiter }) => !arbiter).length;
  const standard: Value = major >= 5 && bearing >= majorityOf(set.config) ? "majority" : 1;
  const w = concern["w"] ?? standard;
  if (w === 0) return {};
  const count = w === "majority" ? "majority" : numberOf(w);
  if (count === undefined)
    throw new MongoError(
      79,
      "UnknownReplWriteConcern",
      `No write concern mode named '${String(w)}' found in replica set configuration`,
    );
  if (count !== "majority" && count > bearing)
    return {
      writeConcernError: {
        code: 100,
        codeName: "UnsatisfiableWriteConcern",
        errmsg: "Not enough data-bearing nodes",
      },
    };
  const wtimeout = numberOf(concern["wtimeout"] ?? 0) ?? 0;
  if (await set.progress.replicated(time, count, wtimeout, clock)) return {};
  const errInfo = {
    wtimeout: true,
    writeConcern: { w, wtimeout, provenance: isDoc(given) ? "clientSupplied" : "implicitDefault" },
  };
  return {
    writeConcernError: {
      code: 64,
      codeName: "WriteConcernFailed",
      errmsg: "waiting for replication timed out",
      errInfo,
    },
  };
}
