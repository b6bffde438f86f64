/** PATCH bodies and what they make of an object (apiserver endpoints/handlers/patch.go). */
import jsonPatch from "fast-json-patch";
import { clone } from "../../machinery/clone.ts";
import { invalid } from "../../machinery/invalid.ts";
import { duplicateFields } from "../../machinery/json-text.ts";
import { mergePatch } from "../../machinery/merge-patch.ts";
import { badRequest, StatusError } from "../../machinery/status.ts";
import type { Steps } from "../../machinery/steps.ts";
import { goPrint, PatchError, strategicMerge } from "../../machinery/strategic-merge.ts";
import type { KubernetesObject } from "../../machinery/types.ts";
import type { Definitions, Served } from "../definitions.ts";
import { goJsonError, mediaType, shapeProblems, unsupportedMediaType } from "./decode.ts";
import type { FieldValidation } from "./options.ts";

export const APPLY_PATCH = "application/apply-patch+yaml";
const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";
const STRATEGIC = "application/strategic-merge-patch+json";
const MAX_JSON_PATCH_OPERATIONS = 10_000;

type PatchType = typeof APPLY_PATCH | typeof JSON_PATCH | typeof MERGE_PATCH | typeof STRATEGIC;

export function patchType(served: Served, contentType: string | undefined): PatchType {
  const type = mediaType(contentType);
  const accepted: PatchType[] =
    served.custom === undefined
      ? [JSON_PATCH, MERGE_PATCH, STRATEGIC, APPLY_PATCH]
      : [JSON_PATCH, MERGE_PATCH, APPLY_PATCH];
  const found = accepted.find((item) => item === type);
  if (found !== undefined) return found;
  if (served.custom !== undefined && type === STRATEGIC) throw unsupportedMediaType(accepted.join(", "));
  throw new StatusError(
    415,
    "UnsupportedMediaType",
    `415: Unsupported Media Type\n\nAvailable representations: ${accepted.join(", ")}`,
    {},
  );
}

interface Patch {
  readonly type: Exclude<PatchType, typeof APPLY_PATCH>;
  readonly body: string;
  readonly validation: FieldValidation;
  readonly warnings: string[];
}

const INVALID_PATCH = {
  422: () => new StatusError(422, "Invalid", "the server rejected our request due to an error in our request", {}),
};

/** The object after the patch: a private copy, fitted to its schema. */
export function* applyPatch(
  definitions: Definitions,
  served: Served,
  old: KubernetesObject,
  patch: Patch,
): Steps<KubernetesObject> {
  const body = parse(patch.body);
  const duplicates =
    patch.type === JSON_PATCH ? [] : duplicateFields(patch.body, body).map((field) => `duplicate field "${field}"`);
  yield;
  const patched = patchedObject(definitions, served, old, patch, body);
  yield;
  // The words show what could not be decoded: the patch itself for strategic merges, the whole object otherwise. Both
  // are made where they are wanted: the patch is taken apart, and what is dropped from the object is read again.
  const shown = () =>
    patch.type === STRATEGIC
      ? goPrint(parse(patch.body))
      : JSON.stringify(patchedObject(definitions, served, old, patch, parse(patch.body)));
  const refuse = (message: string) =>
    invalid({ group: "", kind: "" }, "", [
      { type: "FieldValueInvalid", field: "patch", value: shown(), detail: message },
    ]);
  const problems = [...duplicates, ...shapeProblems(definitions, served, patched, refuse)];
  if (problems.length > 0 && patch.validation === "Warn") patch.warnings.push(...problems);
  else if (problems.length > 0 && patch.validation === "Strict")
    throw refuse(`strict decoding error: ${problems.join(", ")}`);
  return patched;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw badRequest(`error decoding patch: ${goJsonError(body, error)}`);
  }
}

function patchedObject(
  definitions: Definitions,
  served: Served,
  old: KubernetesObject,
  patch: Patch,
  body: unknown,
): KubernetesObject {
  switch (patch.type) {
    case JSON_PATCH:
      return applyJsonPatch(old, body);
    case MERGE_PATCH:
      if (body === null || typeof body !== "object" || Array.isArray(body)) throw badRequest("invalid JSON document");
      return clone(mergePatch(old, body)) as KubernetesObject;
    case STRATEGIC: {
      if (body === null || typeof body !== "object" || Array.isArray(body))
        throw badRequest("json: cannot unmarshal array into Go value of type map[string]interface {}");
      const schema = definitions.schema(served.definition.schemaName) ?? {};
      try {
        return strategicMerge(
          clone(old) as unknown as Record<string, unknown>,
          body as Record<string, unknown>,
          schema,
          (name) => definitions.schema(name),
        ) as unknown as KubernetesObject;
      } catch (error) {
        if (error instanceof PatchError) throw new StatusError(500, "", error.message);
        throw error;
      }
    }
  }
}

function applyJsonPatch(old: KubernetesObject, body: unknown): KubernetesObject {
  if (!Array.isArray(body))
    throw badRequest("error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch");
  if (body.length > MAX_JSON_PATCH_OPERATIONS)
    throw new StatusError(
      413,
      "RequestEntityTooLarge",
      `The allowed maximum operations in a JSON patch is ${MAX_JSON_PATCH_OPERATIONS}, got ${body.length}`,
    );
  try {
    // With validation: bad paths and failed tests throw.
    return jsonPatch.applyPatch(structuredClone(old), body, true, true).newDocument as KubernetesObject;
  } catch {
    throw INVALID_PATCH[422]();
  }
}
