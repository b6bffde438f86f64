/** What of each quota is in use (pkg/controller/resourcequota). */
import { type Resource, resourceQuotas } from "../api/resources.ts";
import { usedOf } from "../apiserver/admission/quota-usage.ts";
import { deepEqual } from "../machinery/clone.ts";
import { type ControllerDefinition, watch } from "./framework/controller.ts";
import { keyOf, splitKey } from "./framework/lister.ts";
import { unlessGone } from "./framework/owners.ts";

export const resourceQuotaController: ControllerDefinition = {
  name: "resourcequota-controller",
  create({ client, lister, clock }) {
    return {
      watches: [watch(resourceQuotas, ({ object }, queue) => queue.add(keyOf(object)))],
      // Whatever comes or goes may be counted by a quota of its namespace; namespaces without one cost a look-up.
      start: (queue) =>
        lister.store.subscribe(undefined, ({ resource, object }) => {
          const { namespace } = object.metadata;
          if (namespace === undefined || resource === resourceQuotas.key || resource === "events") return;
          if (lister.store.count((resourceQuotas as Resource).key) === 0) return;
          for (const quota of lister.list(resourceQuotas, namespace)) queue.add(keyOf(quota));
        }),
      sync(key) {
        const { namespace, name } = splitKey(key);
        const quota = lister.find(resourceQuotas, namespace, name);
        if (quota === undefined || quota.metadata.deletionTimestamp !== undefined) return;
        const hard = quota.spec?.hard ?? {};
        const used = usedOf(lister.store, quota, clock.now());
        if (deepEqual(quota.status?.hard ?? {}, hard) && deepEqual(quota.status?.used ?? {}, used)) return;
        unlessGone(() =>
          client.modify(
            resourceQuotas,
            namespace,
            name,
            (next) => {
              next.status = { hard: { ...hard }, used: { ...used } };
            },
            "status",
          ),
        );
      },
    };
  },
};
