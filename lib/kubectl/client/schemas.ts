/**
 * What is asked of OpenAPI (k8s.io/kubectl/pkg/cmd/util/factory_client_access.go, Validator and OpenAPIV3Client). Before
 * it sends manifests, upstream looks whether the server can check fields by itself. Nothing of those answers is used
 * here, and they are large: they are asked for only where -v shows that they are.
 */
import type { Invocation } from "../invocation.ts";
import { type JsonObject, objectAt, textAt } from "../object.ts";
import type { Resource } from "./discovery.ts";

const OF_GROUP = (group: string, version: string): string =>
  group === "" ? `api/${version}` : `apis/${group}/${version}`;

/** Where the document of a group and version is; undefined where the server has none. */
async function documentPath(invocation: Invocation, group: string, version: string): Promise<string | undefined> {
  const paths = objectAt(await invocation.schemaPaths(), "paths");
  return textAt(paths, OF_GROUP(group, version), "serverRelativeURL") || undefined;
}

/** The document of a group and version (`/openapi/v3`); undefined where the server has none. */
export async function schemaDocument(
  invocation: Invocation,
  group: string,
  version: string,
): Promise<JsonObject | undefined> {
  const path = await documentPath(invocation, group, version);
  return path === undefined ? undefined : invocation.document(path);
}

/** Asks as upstream does before it validates an object of this resource. */
export async function askForSchemas(invocation: Invocation, { group, version }: Resource): Promise<void> {
  if (invocation.showsRequests) await schemaDocument(invocation, group, version);
}
