/** What etcd keeps and what changes it. Keys and values are strings of one character a byte. */
import type { ErrorName } from "./errors.ts";

export interface KeyValue {
  readonly key: string;
  readonly value: string;
  readonly create: number;
  readonly mod: number;
  readonly version: number;
  /** Hexadecimal; "0" where there is none. */
  readonly lease: string;
}

export interface WatchEvent {
  readonly type: "PUT" | "DELETE";
  readonly kv: KeyValue;
}

export interface Member {
  /** Hexadecimal, as "%x" writes it. */
  readonly id: string;
  /** "" until it has started once. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly learner: boolean;
}

export interface RangeOp {
  readonly op: "range";
  readonly key: string;
  /** "": the key alone; "\0": all keys from `key`. */
  readonly end: string;
  readonly limit: number;
  /** 0: the present one. */
  readonly revision: number;
  readonly sortOrder: "NONE" | "ASCEND" | "DESCEND";
  readonly sortTarget: "KEY" | "VERSION" | "CREATE" | "MOD" | "VALUE";
  readonly keysOnly: boolean;
  readonly countOnly: boolean;
  readonly minMod: number;
  readonly maxMod: number;
  readonly minCreate: number;
  readonly maxCreate: number;
}
export interface PutOp {
  readonly op: "put";
  readonly key: string;
  readonly value: string;
  readonly lease: string;
  readonly prevKv: boolean;
  readonly ignoreValue: boolean;
  readonly ignoreLease: boolean;
}
export interface DeleteOp {
  readonly op: "delete";
  readonly key: string;
  readonly end: string;
  readonly prevKv: boolean;
}
export interface TxnOp {
  readonly op: "txn";
  readonly compare: readonly Compare[];
  readonly success: readonly Operation[];
  readonly failure: readonly Operation[];
}
export type Operation = RangeOp | PutOp | DeleteOp | TxnOp;

export interface Compare {
  readonly target: "VERSION" | "CREATE" | "MOD" | "VALUE" | "LEASE";
  readonly result: "EQUAL" | "GREATER" | "LESS" | "NOT_EQUAL";
  readonly key: string;
  readonly end: string;
  readonly operand: string | number;
}

export type OperationResult =
  | { readonly op: "range"; readonly kvs: readonly KeyValue[]; readonly more: boolean; readonly count: number }
  | { readonly op: "put"; readonly prev: KeyValue | undefined }
  | { readonly op: "delete"; readonly deleted: number; readonly prev: readonly KeyValue[] }
  | { readonly op: "txn"; readonly succeeded: boolean; readonly responses: readonly OperationResult[] };

export type AlarmName = "NOSPACE" | "CORRUPT";

/** One entry of history. */
export type Change =
  | Operation
  | { readonly op: "compact"; readonly revision: number }
  | { readonly op: "grant"; readonly id: string; readonly ttl: number }
  | { readonly op: "revoke"; readonly id: string }
  | { readonly op: "alarm"; readonly raise: boolean; readonly member: string; readonly alarm: AlarmName }
  | { readonly op: "memberAdd"; readonly member: Member }
  | { readonly op: "memberRemove"; readonly id: string }
  | { readonly op: "memberUpdate"; readonly id: string; readonly peerUrls: readonly string[] }
  | { readonly op: "memberPromote"; readonly id: string }
  | {
      readonly op: "publish";
      readonly id: string;
      readonly name: string;
      readonly clientUrls: readonly string[];
      /** Of the server. */
      readonly version: string;
    }
  | { readonly op: "version"; readonly version: string };

export type Outcome =
  | { readonly error: ErrorName }
  | { readonly revision: number; readonly result?: OperationResult; readonly members?: readonly Member[] };
