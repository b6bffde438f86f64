/** What members of a replica set say to each other. */
import type { Doc } from "./data/bson.ts";
import type { Entry, OpTime } from "./store.ts";

export type State =
  | "STARTUP"
  | "PRIMARY"
  | "SECONDARY"
  | "RECOVERING"
  | "STARTUP2"
  | "ARBITER"
  | "ROLLBACK"
  | "REMOVED";
export const STATE_NUMBERS: Readonly<Record<State, number>> = {
  STARTUP: 0,
  PRIMARY: 1,
  SECONDARY: 2,
  RECOVERING: 3,
  STARTUP2: 5,
  ARBITER: 7,
  ROLLBACK: 9,
  REMOVED: 10,
};

/** What a member tells of itself. */
export interface MemberNews {
  readonly id: number;
  readonly state: State;
  readonly term: number;
  readonly last: OpTime;
  readonly configVersion: number;
}

export type PeerMessage =
  | {
      readonly type: "rs.hello";
      readonly set: string;
      readonly key: string;
      /** By what name the sender knows whom it speaks to. */
      readonly host: string;
      readonly config: Doc | undefined;
      readonly news: MemberNews | undefined;
    }
  | { readonly type: "rs.news"; readonly news: MemberNews }
  | { readonly type: "rs.config"; readonly config: Doc }
  | {
      readonly type: "rs.vote";
      readonly term: number;
      readonly candidate: number;
      readonly last: OpTime;
      readonly dry: boolean;
    }
  | { readonly type: "rs.sync"; readonly id: number; readonly times: readonly OpTime[] }
  | { readonly type: "rs.clone" }
  | {
      readonly type: "rs.oplog";
      readonly term: number;
      readonly previous: OpTime;
      readonly entries: readonly Entry[];
      readonly committed: OpTime;
    }
  | { readonly type: "rs.ack"; readonly id: number; readonly term: number; readonly last: OpTime }
  | { readonly type: "rs.stepUp" };

/** The answer to a greeting. */
export interface Answer {
  readonly config: Doc | undefined;
  readonly news: MemberNews | undefined;
}
