/** All generators by name; each is as likely as any other. */
import { change, create } from "./changes.ts";
import { access, apiResources, describe, events, explain, format, get, rollout, sort, watch } from "./commands.ts";
import { flags } from "./flags.ts";
import type { Generator } from "./line.ts";
import { file, patchText, yaml } from "./manifests.ts";

export const GENERATORS: Readonly<Record<string, Generator>> = {
  get,
  format,
  sort,
  describe,
  events,
  explain,
  flags,
  rollout,
  watch,
  change,
  create,
  apiResources,
  access,
  file,
  patchText,
  yaml,
};
