/** Where brokers and controllers listen. */
import type { Process } from "../../machine/index.ts";
import { serve } from "../kit/server.ts";
import type { Broker } from "./broker.ts";
import type { Endpoint } from "./model.ts";
import type { KafkaLog } from "./server-log.ts";

/** A listener's host, as `serve` takes it. */
export const bind = (host: string) =>
  /^\d+(\.\d+){3}$/.test(host) ? { address: host } : host === "localhost" ? { address: "127.0.0.1" } : {};

/** Lets clients in; what closes each listener, as it is opened. Throws `Errno` where one cannot be. */
export function* acceptClients(
  process: Process,
  broker: Broker,
  endpoints: readonly Endpoint[],
  log: KafkaLog,
): Generator<() => void> {
  for (const { listener, host, port } of endpoints) {
    yield serve(process, port, (connection) => broker.serve(connection, listener), bind(host));
    log("INFO", `Awaiting socket connections on ${host || "0.0.0.0"}:${port}.`, "kafka.network.DataPlaneAcceptor");
  }
}
