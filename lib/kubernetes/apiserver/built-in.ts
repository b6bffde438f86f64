/** Every built-in resource, with the one kind that this room defines by itself. */
import { define } from "../api/define.ts";
import { definitions, otherVersions, schemas } from "../api/index.ts";
import { customResourceDefinitions } from "../api/resources.ts";
import { customResourceDefinitionKind } from "./custom/kind.ts";
import type { ApiDefinitions } from "./definitions.ts";

/** Ready for `createApiServer`. */
export const apiDefinitions: ApiDefinitions = {
  resources: [
    ...definitions,
    { ...define(customResourceDefinitions, { columns: [] }), ...customResourceDefinitionKind },
    ...otherVersions.map(({ definition }) => definition),
  ],
  schemas,
  conversions: Object.fromEntries(
    otherVersions.map(({ definition: { group, version, plural }, ...conversion }) => [
      `${group}/${version}/${plural}`,
      conversion,
    ]),
  ),
};
