/** How the default policy is written down: one line a rule, words apart by spaces, sorted as upstream's builder sorts. */
import { deepFreeze } from "../../../machinery/clone.ts";

export interface DefaultRule {
  readonly verbs: string[];
  readonly apiGroups?: string[];
  readonly resources?: string[];
  readonly resourceNames?: string[];
  readonly nonResourceURLs?: string[];
}

export const READ = "get list watch";
export const WRITE = "create delete deletecollection patch update";
export const READ_WRITE = `${READ} ${WRITE}`;
/** Stands for the group without a name in these tables. */
export const CORE = "core";

const words = (text: string) => [...new Set(text.split(" "))].sort();

/** `rule("get list", "core apps", "pods deployments", "only-this-one")`: frozen, shared by all clusters of a process. */
export function rule(verbs: string, groups: string, resources: string, names?: string): DefaultRule {
  return deepFreeze({
    verbs: words(verbs),
    apiGroups: words(groups)
      .map((group) => (group === CORE ? "" : group))
      .sort(),
    resources: words(resources),
    ...(names === undefined ? {} : { resourceNames: words(names) }),
  });
}

/** A rule for paths that are no resources. */
export const paths = (urls: string, verbs = "get"): DefaultRule =>
  deepFreeze({ verbs: words(verbs), nonResourceURLs: words(urls) });

/** Everybody who reports writes events. */
export const EVENTS = rule("create update patch", "core events.k8s.io", "events");
