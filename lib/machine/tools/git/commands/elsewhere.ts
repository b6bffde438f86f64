/** What would need another machine, or does nothing here: said in a sentence. */
import type { Command } from "../context.ts";
import { fatal } from "../failure.ts";

const refused =
  (sentence: string): Command =>
  () =>
    Promise.reject(fatal(sentence));

const NETWORK = "there are no other repositories to reach from this machine";

export const clone = refused(`clone is not available here: ${NETWORK}; git init makes a new one`);
export const fetch = refused(`fetch is not available here: ${NETWORK}`);
export const pull = refused(`pull is not available here: ${NETWORK}`);
export const push = refused(`push is not available here: ${NETWORK}`);
export const remote = refused(`remote is not available here: ${NETWORK}`);
export const gc = refused("gc is not available here: objects are kept loose");
