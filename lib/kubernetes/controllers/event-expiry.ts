/** Events live for an hour (kube-apiserver --event-ttl, an etcd lease upstream). One timer, for the oldest. */
import { events } from "../api/resources.ts";
import type { Event } from "../api/types.ts";
import { parseTime } from "../machinery/time.ts";
import { type ControllerDefinition, watch } from "./framework/controller.ts";
import { unlessGone } from "./framework/owners.ts";

const TIME_TO_LIVE_MS = 3_600_000;
/** Events that fall due within this time go together. */
const BATCH_MS = 60_000;
const KEY = "expired events";

const lastTold = (event: Event) =>
  Math.max(
    ...[event.series?.lastObservedTime, event.lastTimestamp, event.eventTime, event.metadata.creationTimestamp].map(
      (time) => parseTime(time) || 0,
    ),
  );

export const eventExpiry: ControllerDefinition = {
  name: "event-expiry",
  user: "system:apiserver",
  create({ client, lister, clock }) {
    return {
      watches: [
        watch(events, ({ type, object }, queue) => {
          if (type === "ADDED")
            queue.addAfter(KEY, Math.max(1, lastTold(object) + TIME_TO_LIVE_MS + BATCH_MS - clock.now()));
        }),
      ],
      sync(key, queue) {
        const now = clock.now();
        let oldest = Number.POSITIVE_INFINITY;
        for (const event of lister.list(events)) {
          const told = lastTold(event);
          if (told + TIME_TO_LIVE_MS > now) oldest = Math.min(oldest, told);
          else unlessGone(() => client.delete(events, event.metadata.namespace, event.metadata.name ?? ""));
        }
        if (Number.isFinite(oldest)) queue.addAfter(key, oldest + TIME_TO_LIVE_MS + BATCH_MS - now);
      },
    };
  },
};
