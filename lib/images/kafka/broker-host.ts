import type { Process } from "../../machine/index.ts";
import type { KafkaConfig } from "./config.ts";
import type { ControllerRequest } from "./messages.ts";
import type { KafkaLog } from "./server-log.ts";

/** What a broker stands on, with KRaft or beside ZooKeeper. */
export interface BrokerHost {
  readonly process: Process;
  readonly config: KafkaConfig;
  readonly clusterId: string;
  readonly log: KafkaLog;
  /** Asks the active controller, wherever it is; waits for one up to the deadline. Throws `KafkaError`. */
  readonly controller: (request: ControllerRequest, deadline: number) => Promise<unknown>;
  readonly controllerId: () => number;
  /** In ZooKeeper mode: answers as the controller. */
  readonly asController?: (request: ControllerRequest) => Promise<unknown>;
  readonly broken: (error: Error) => void;
}
