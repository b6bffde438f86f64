/** What brokers, controllers and tools say to each other, as JSON over `kit/rpc`. */
import type { NewTopic } from "./decisions.ts";
import type { LogRecord } from "./log.ts";
import type { BrokerRecord, ClusterImage } from "./model.ts";

export type AdminRequest =
  | { readonly op: "createTopic"; readonly topic: NewTopic }
  | { readonly op: "deleteTopic"; readonly name: string }
  | { readonly op: "addPartitions"; readonly name: string; readonly count: number }
  | {
      readonly op: "alterConfig";
      readonly kind: "topic" | "broker";
      readonly name: string;
      /** null: back to the default. */
      readonly values: Readonly<Record<string, string | null>>;
    }
  | {
      readonly op: "reassign";
      readonly topic: string;
      readonly index: number;
      /** null: cancel. */
      readonly replicas: readonly number[] | null;
    }
  | { readonly op: "elect"; readonly topic: string; readonly index: number; readonly unclean: boolean }
  | { readonly op: "unregister"; readonly id: number }
  | { readonly op: "quorum" };

export type ControllerRequest =
  | { readonly op: "register"; readonly cluster: string; readonly broker: Omit<BrokerRecord, "epoch" | "fenced"> }
  /** Answered when the image is newer than `after`. */
  | { readonly op: "image"; readonly after: number }
  | {
      readonly op: "alterIsr";
      readonly topic: string;
      readonly index: number;
      readonly leader: number;
      readonly leaderEpoch: number;
      readonly isr: readonly number[];
    }
  | { readonly op: "shutdown"; readonly id: number }
  | AdminRequest;

export interface QuorumReply {
  readonly clusterId: string;
  readonly leader: number;
  readonly epoch: number;
  readonly highWatermark: number;
  readonly voters: readonly { readonly id: number; readonly end: number; readonly endpoint: string }[];
  readonly observers: readonly { readonly id: number; readonly end: number }[];
}

export interface FetchPartition {
  readonly topic: string;
  readonly index: number;
  readonly offset: number;
}
export interface ReplicaPosition extends FetchPartition {
  /** Epoch of the record before `offset`; -1: none. */
  readonly lastEpoch: number;
  readonly leaderEpoch: number;
  readonly highWatermark: number;
}
export interface FetchedPartition {
  readonly topic: string;
  readonly index: number;
  readonly records: readonly LogRecord[];
  readonly highWatermark: number;
  readonly logStart: number;
  readonly error?: string;
  /** The follower has records that the leader has not: drop from here on. */
  readonly truncate?: number;
}

export type BrokerRequest =
  | { readonly op: "apiVersions" }
  | { readonly op: "metadata"; readonly topics: readonly string[] | undefined; readonly autoCreate: boolean }
  | {
      readonly op: "produce";
      readonly topic: string;
      readonly index: number;
      readonly acks: number;
      readonly timeoutMs: number;
      readonly records: readonly { readonly key: string | null; readonly value: string | null }[];
    }
  | { readonly op: "fetch"; readonly partitions: readonly FetchPartition[]; readonly maxWaitMs: number }
  | { readonly op: "replicaFetch"; readonly broker: number; readonly partitions: readonly ReplicaPosition[] }
  /** -1: the end, -2: the start, otherwise the first at or after a time. */
  | { readonly op: "offsets"; readonly topic: string; readonly index: number; readonly time: number }
  | { readonly op: "image" }
  | { readonly op: "logDirs" }
  | { readonly op: "coordinator"; readonly group: string }
  | GroupRequest
  | { readonly op: "admin"; readonly request: AdminRequest }
  /** In ZooKeeper mode, to the broker that is the controller. */
  | { readonly op: "controller"; readonly request: ControllerRequest };

type GroupRequest =
  | {
      readonly op: "joinGroup";
      readonly group: string;
      readonly member: string;
      readonly clientId: string;
      readonly topics: readonly string[];
    }
  /** Answered when the group's generation is another one. */
  | { readonly op: "awaitRebalance"; readonly group: string; readonly member: string; readonly generation: number }
  | { readonly op: "leaveGroup"; readonly group: string; readonly member: string }
  | { readonly op: "commitOffsets"; readonly group: string; readonly offsets: readonly FetchPartition[] }
  | { readonly op: "groupOffsets"; readonly group: string }
  | { readonly op: "describeGroup"; readonly group: string }
  | { readonly op: "listGroups" }
  | { readonly op: "deleteGroup"; readonly group: string };

export interface MetadataReply {
  readonly clusterId: string;
  readonly controller: number;
  readonly brokers: readonly {
    readonly id: number;
    readonly host: string;
    readonly port: number;
    readonly rack: string | undefined;
  }[];
  readonly image: ClusterImage;
}

export interface Assignment {
  readonly member: string;
  readonly generation: number;
  readonly partitions: readonly { readonly topic: string; readonly index: number }[];
}

export interface GroupReply {
  readonly group: string;
  readonly state: "Stable" | "Empty" | "Dead" | "PreparingRebalance";
  readonly coordinator: number;
  readonly members: readonly {
    readonly id: string;
    readonly clientId: string;
    readonly host: string;
    readonly partitions: readonly { readonly topic: string; readonly index: number }[];
  }[];
  readonly offsets: readonly FetchPartition[];
}
