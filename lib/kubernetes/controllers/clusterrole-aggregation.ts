/** Roles that collect the rules of others by label (pkg/controller/clusterroleaggregation). */
import { clusterRoles } from "../api/resources.ts";
import type { ClusterRole } from "../api/types.ts";
import { clone, deepEqual } from "../machinery/clone.ts";
import { selectorMatches } from "../machinery/label-selector.ts";
import { type ControllerDefinition, watch } from "./framework/controller.ts";
import { unlessGone } from "./framework/owners.ts";

type Rules = NonNullable<ClusterRole["rules"]>;

/** All rules of roles that `role` selects: by name of the role, each rule once. Undefined: it collects nothing. */
function aggregatedRules(role: ClusterRole, all: readonly ClusterRole[]): Rules | undefined {
  const selectors = role.aggregationRule?.clusterRoleSelectors;
  if (selectors === undefined || selectors.length === 0) return undefined;
  const rules: Rules = [];
  for (const selector of selectors) {
    for (const other of all) {
      if (other.metadata.name === role.metadata.name || !selectorMatches(selector, other.metadata.labels ?? {}))
        continue;
      for (const rule of other.rules ?? []) if (!rules.some((known) => deepEqual(known, rule))) rules.push(rule);
    }
  }
  return rules;
}

export const clusterRoleAggregationController: ControllerDefinition = {
  name: "clusterrole-aggregation-controller",
  create({ client, lister }) {
    return {
      watches: [
        // Whatever changes may be what some role collects: upstream, too, looks at all that collect.
        watch(clusterRoles, ({ object, previous, type }, queue) => {
          if (type === "MODIFIED" && sameForOthers(object, previous) && object.aggregationRule === undefined) return;
          for (const role of lister.list(clusterRoles))
            if (role.aggregationRule !== undefined) queue.add(role.metadata.name ?? "");
        }),
      ],
      sync(name) {
        const role = lister.find(clusterRoles, undefined, name);
        if (role === undefined || role.metadata.deletionTimestamp !== undefined) return;
        const rules = aggregatedRules(role, lister.list(clusterRoles));
        if (rules === undefined || deepEqual(rules, role.rules ?? [])) return;
        unlessGone(() =>
          client.modify(clusterRoles, undefined, name, (next) => {
            next.rules = clone(rules);
          }),
        );
      },
    };
  },
};

const sameForOthers = (a: ClusterRole, b: ClusterRole | undefined) =>
  b !== undefined && deepEqual(a.metadata.labels, b.metadata.labels) && deepEqual(a.rules, b.rules);
