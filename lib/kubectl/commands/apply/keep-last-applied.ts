/** What server-side apply does about the annotation of client-side apply (k8s.io/kubectl/pkg/cmd/apply/apply.go). */
import { apiVersion, pathOf } from "../../client/discovery.ts";
import { fieldValidation, type Invocation } from "../../invocation.ts";
import { type JsonObject, listAt, objectAt, textAt } from "../../object.ts";
import type { Target } from "../../resources/builder.ts";
import { LAST_APPLIED } from "../last-applied.ts";

/** The manager that keeps client-side apply's annotation alive. */
const ANNOTATION_MANAGER = "kubectl-last-applied";

/** Whether somebody applied the annotation from the server's side. */
const annotationIsApplied = (object: JsonObject): boolean =>
  listAt(object, "metadata", "managedFields").some(
    (entry) =>
      textAt(entry, "operation") === "Apply" &&
      Object.hasOwn(objectAt(entry, "fieldsV1", "f:metadata", "f:annotations"), `f:${LAST_APPLIED}`),
  );

/** The annotation of client-side apply gets an owner, so that it stays (saveLastApplyAnnotationIfNecessary). */
export async function keepLastApplied(
  invocation: Invocation,
  { resource, namespace, name }: Target,
  object: JsonObject,
  manager: string,
): Promise<JsonObject> {
  const annotation = textAt(object, "metadata", "annotations", LAST_APPLIED);
  if (manager !== "kubectl" || annotation === "" || annotationIsApplied(object)) return object;
  const body = {
    apiVersion: apiVersion(resource),
    kind: resource.kind,
    metadata: {
      annotations: { [LAST_APPLIED]: annotation },
      name,
      ...(namespace === "" ? {} : { namespace }),
    },
  };
  return (await invocation.rest()).json("PATCH", pathOf(resource, namespace, name), {
    body,
    query: { fieldManager: ANNOTATION_MANAGER, fieldValidation: fieldValidation(invocation) },
    contentType: "application/apply-patch+yaml",
  });
}
