/** apps/v1 ControllerRevision: pkg/registry/apps/controllerrevision/strategy.go. */

import { define } from "../define.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { controllerRevisions } from "../resources.ts";
import type { ControllerRevision } from "../types.ts";
import { validateControllerRevision, validateControllerRevisionUpdate } from "./validate.ts";

/** "statefulset.apps/web". */
function controller(revision: ControllerRevision): string {
  const owner = revision.metadata.ownerReferences?.find((reference) => reference.controller === true);
  if (owner === undefined) return "<none>";
  const slash = owner.apiVersion.indexOf("/");
  const group = slash === -1 ? "" : `.${owner.apiVersion.slice(0, slash)}`;
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
}

export const controllerRevision = define(controllerRevisions, {
  columns: [
    nameColumn(),
    column("Controller", "string", "Whose revision it is.", controller),
    column("Revision", "string", "Its place in the history.", (object) => object.revision),
    ageColumn(),
  ],
  validate: validateControllerRevision,
  validateUpdate: validateControllerRevisionUpdate,
});
