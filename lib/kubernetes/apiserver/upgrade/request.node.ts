/** A connection that wants to be something else than HTTP, before it is. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { StatusError } from "../../machinery/status.ts";
import { type ApiHandler, type ApiRequest, UpgradeFailure } from "../http.ts";

export interface Upgrade {
  readonly handler: ApiHandler;
  readonly request: ApiRequest;
  readonly raw: IncomingMessage;
  readonly socket: Duplex;
  /** What came with the request already. */
  readonly head: Buffer;
}

/** The items of a header that is a list, however often it was sent. */
export const listOf = (header: string | string[] | undefined): string[] =>
  (Array.isArray(header) ? header.join(",") : (header ?? ""))
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");

/** Which ports are open shows per connection; whether this Pod may and can be reached at all must show now. */
export async function reachable({ handler, request }: Upgrade): Promise<void> {
  await handler.openPort({ ...request, method: "POST" }, 0).then(
    (probe) => probe.close(),
    (error: unknown) => {
      if (error instanceof UpgradeFailure) throw error;
      if (error instanceof StatusError && error.code < 500) throw error;
    },
  );
}
