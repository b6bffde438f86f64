/** The command lines that both kubectls run, in order, by area. */

import { ACCESS } from "./access.ts";
import { AUTH_EVENTS } from "./auth-events.ts";
import { COMPLETION } from "./completion.ts";
import { COMPLETION_MORE } from "./completion-more.ts";
import { CONFIGS } from "./configs.ts";
import { CORNERS } from "./corners.ts";
import { CORNERS_MORE } from "./corners-more.ts";
import { CREATES } from "./creates.ts";
import { DEBUG } from "./debug.ts";
import { DELETES } from "./deletes.ts";
import { DESCRIBE } from "./describe.ts";
import { DESCRIBE_MORE } from "./describe-more.ts";
import { EDIT } from "./edit.ts";
import { EXPLAIN_ALL } from "./explain-all.ts";
import { EXPOSE_REPLACE } from "./expose-replace.ts";
import { FLAGS } from "./flags.ts";
import { FOUND } from "./found.ts";
import { GENERATORS } from "./generators.ts";
import { GETS } from "./gets.ts";
import { APPLIED, HOSTILE, PODS_AND_NODES } from "./hostile.ts";
import { KUBECONFIGS } from "./kubeconfigs.ts";
import { KUSTOMIZE } from "./kustomize.ts";
import { KUSTOMIZE_MORE } from "./kustomize-more.ts";
import { KUSTOMIZE_WIDE } from "./kustomize-wide.ts";
import { LOCAL } from "./local.ts";
import { LOGS } from "./logs.ts";
import { LOGS_MORE } from "./logs-more.ts";
import { MANIFEST_TEXTS } from "./manifest-texts.ts";
import { NODES } from "./nodes.ts";
import { NUMBERS } from "./numbers.ts";
import { OBJECTS } from "./objects.ts";
import { ORDER_OF_CHECKS, PATHS_AND_SORTS, REFUSED_AT_ONCE, SELECTORS_READ_HERE } from "./order.ts";
import { PATCH_RUN } from "./patch-run.ts";
import { PRUNE } from "./prune.ts";
import { READS } from "./reads.ts";
import type { Scenario } from "./scenario.ts";
import { SESSIONS } from "./sessions.ts";
import { SET } from "./set.ts";
import { STATEFULSET } from "./statefulset.ts";
import { STREAMS } from "./streams.ts";
import { TRACES } from "./traces.ts";
import { TRACES_MORE } from "./traces-more.ts";
import { TYPED } from "./typed.ts";
import { USAGE } from "./usage.ts";
import { WAITS } from "./waits.ts";
import { WRONG_USE } from "./wrong-use.ts";

export const SCENARIOS: readonly Scenario[] = [
  WRONG_USE,
  GENERATORS,
  STATEFULSET,
  OBJECTS,
  SET,
  EXPOSE_REPLACE,
  EXPLAIN_ALL,
  NODES,
  AUTH_EVENTS,
  SESSIONS,
  STREAMS,
  KUSTOMIZE,
  KUSTOMIZE_MORE,
  KUSTOMIZE_WIDE,
  DEBUG,
  USAGE,
  PRUNE,
  EDIT,
  DESCRIBE,
  PATCH_RUN,
  COMPLETION,
  ACCESS,
  LOGS,
  WAITS,
  DELETES,
  CONFIGS,
  FLAGS,
  GETS,
  CREATES,
  DESCRIBE_MORE,
  READS,
  LOGS_MORE,
  CORNERS,
  CORNERS_MORE,
  KUBECONFIGS,
  MANIFEST_TEXTS,
  LOCAL,
  TYPED,
  FOUND,
  TRACES,
  TRACES_MORE,
  HOSTILE,
  APPLIED,
  PODS_AND_NODES,
  COMPLETION_MORE,
  ORDER_OF_CHECKS,
  PATHS_AND_SORTS,
  SELECTORS_READ_HERE,
  NUMBERS,
  REFUSED_AT_ONCE,
];
