/** All commands: one line each. */
import type { Command } from "../command.ts";
import { APPLY } from "./apply/index.ts";
import { AUTH } from "./auth.ts";
import { AUTOSCALE } from "./autoscale.ts";
import { CERTIFICATE } from "./certificate.ts";
import { ALPHA, COMPLETION } from "./completion.ts";
import { CONFIG } from "./config.ts";
import { CORDON, UNCORDON } from "./cordon.ts";
import { CP } from "./cp.ts";
import { CREATE } from "./create/index.ts";
import { DEBUG } from "./debug/index.ts";
import { DELETE } from "./delete.ts";
import { DESCRIBE } from "./describe.ts";
import { DIFF } from "./diff.ts";
import { DRAIN } from "./drain/index.ts";
import { EDIT } from "./edit/index.ts";
import { EVENTS } from "./events.ts";
import { ATTACH, EXEC } from "./exec.ts";
import { EXPLAIN } from "./explain.ts";
import { EXPOSE } from "./expose.ts";
import { GET } from "./get.ts";
import { KUSTOMIZE } from "./kustomize.ts";
import { ANNOTATE, LABEL } from "./label.ts";
import { LOGS } from "./logs.ts";
import { PATCH } from "./patch.ts";
import { PLUGIN } from "./plugin.ts";
import { PORT_FORWARD } from "./port-forward.ts";
import { PROXY } from "./proxy.ts";
import { REPLACE } from "./replace.ts";
import { ROLLOUT } from "./rollout/index.ts";
import { RUN } from "./run.ts";
import { SCALE } from "./scale.ts";
import { API_RESOURCES, API_VERSIONS, CLUSTER_INFO, OPTIONS, VERSION } from "./server-info.ts";
import { SET } from "./set/index.ts";
import { TAINT } from "./taint.ts";
import { TOP } from "./top/index.ts";
import { WAIT } from "./wait.ts";

const COMMANDS: readonly Command[] = [
  ALPHA,
  AUTOSCALE,
  CERTIFICATE,
  COMPLETION,
  DEBUG,
  PLUGIN,
  TOP,
  ANNOTATE,
  API_RESOURCES,
  API_VERSIONS,
  APPLY,
  ATTACH,
  CLUSTER_INFO,
  CONFIG,
  CREATE,
  CORDON,
  CP,
  UNCORDON,
  EXPLAIN,
  DELETE,
  DESCRIBE,
  DIFF,
  EDIT,
  EXEC,
  GET,
  KUSTOMIZE,
  LABEL,
  LOGS,
  OPTIONS,
  PATCH,
  PORT_FORWARD,
  PROXY,
  ROLLOUT,
  RUN,
  SCALE,
  SET,
  AUTH,
  EVENTS,
  DRAIN,
  EXPOSE,
  REPLACE,
  TAINT,
  VERSION,
  WAIT,
];

/** Found before all others by its name alone; here it is for lists. */
const HELP: Command = { name: "help", short: "Help about any command", arguments: "[command]" };

export const ROOT: Command = {
  name: "kubectl",
  short: "kubectl controls the Kubernetes cluster manager.",
  subcommands: [...COMMANDS, HELP].sort((a, b) => (a.name < b.name ? -1 : 1)),
};
