/** Deletes finished Jobs when their time to live is over (pkg/controller/ttlafterfinished). */
import { jobs } from "../api/resources.ts";
import { parseTime } from "../machinery/time.ts";
import { type ControllerDefinition, watch } from "./framework/controller.ts";
import { keyOf, splitKey } from "./framework/lister.ts";
import { unlessGone } from "./framework/owners.ts";

export const ttlAfterFinishedController: ControllerDefinition = {
  name: "ttl-after-finished-controller",
  create({ client, lister, clock }) {
    return {
      watches: [
        watch(jobs, ({ type, object }, queue) => {
          if (type !== "DELETED" && object.spec?.ttlSecondsAfterFinished !== undefined) queue.add(keyOf(object));
        }),
      ],
      sync(key, queue) {
        const { namespace, name } = splitKey(key);
        const job = lister.find(jobs, namespace, name);
        const seconds = job?.spec?.ttlSecondsAfterFinished;
        if (job === undefined || seconds === undefined || job.metadata.deletionTimestamp !== undefined) return;
        const end = job.status?.conditions?.find(
          ({ type, status }) => (type === "Complete" || type === "Failed") && status === "True",
        )?.lastTransitionTime;
        if (end === undefined) return;
        const left = parseTime(end) + seconds * 1000 - clock.now();
        if (left > 0) {
          queue.addAfter(key, left, `Job ${name} is deleted`);
          return;
        }
        const { uid = "" } = job.metadata;
        unlessGone(() =>
          client.delete(jobs, namespace, name, { propagationPolicy: "Foreground", preconditions: { uid } }),
        );
      },
    };
  },
};
