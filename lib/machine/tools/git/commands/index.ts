/** Every command by its name. `pages`: its output goes through a pager on a terminal. */
import type { Command } from "../context.ts";
import { add } from "./add.ts";
import { checkIgnore } from "./check-ignore.ts";
import { commit } from "./commit.ts";
import { config } from "./config.ts";
import { diff } from "./diff.ts";
import { init } from "./init.ts";
import { log } from "./log.ts";
import { reflog } from "./reflog.ts";
import { show } from "./show.ts";
import { status } from "./status.ts";

export interface CommandEntry {
  readonly run: Command;
  readonly pages?: boolean;
}

export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  add: { run: add },
  "check-ignore": { run: checkIgnore },
  commit: { run: commit },
  config: { run: config },
  diff: { run: diff, pages: true },
  init: { run: init },
  "init-db": { run: init },
  log: { run: log, pages: true },
  reflog: { run: reflog, pages: true },
  show: { run: show, pages: true },
  stage: { run: add },
  status: { run: status },
};
