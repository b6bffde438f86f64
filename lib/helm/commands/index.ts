/** All commands: one line each. */
import type { HelmCommand } from "../command.ts";
import { CREATE } from "./create.ts";
import { DEPENDENCY } from "./dependency.ts";
import { GET, TEST } from "./get.ts";
import { INSTALL, ROLLBACK, UNINSTALL, UPGRADE } from "./install.ts";
import { LINT } from "./lint.ts";
import { HISTORY, LIST, STATUS } from "./list.ts";
import { COMPLETION, ENV, REFUSALS, VERSION } from "./misc.ts";
import { PACKAGE, SHOW } from "./show.ts";
import { TEMPLATE } from "./template.ts";

const COMMANDS: readonly HelmCommand[] = [
  COMPLETION,
  CREATE,
  DEPENDENCY,
  ENV,
  GET,
  HISTORY,
  INSTALL,
  LINT,
  LIST,
  PACKAGE,
  ROLLBACK,
  SHOW,
  STATUS,
  TEMPLATE,
  TEST,
  UNINSTALL,
  UPGRADE,
  VERSION,
  ...REFUSALS,
];

export const ROOT: HelmCommand = {
  name: "helm",
  short: "The Kubernetes package manager",
  subcommands: [...COMMANDS].sort((a, b) => (a.name < b.name ? -1 : 1)),
};
