/** buildMetadata: where objects came from, and who built them (kustomize api/resource/origin.go, api/krusty). */
import { setAt } from "../object.ts";
import { unsupported } from "./errors.ts";
import { type Kustomization, stringsOf } from "./kustomization.ts";
import type { Resource } from "./resource.ts";

/** A file of the build, or the kustomization whose generator made it; paths from the root of the build. */
export type Origin = { readonly path: string } | { readonly configuredIn: string; readonly kind: string };

const textOf = (origin: Origin): string =>
  "path" in origin
    ? `path: ${origin.path}\n`
    : `configuredIn: ${origin.configuredIn}\nconfiguredBy:\n  apiVersion: builtin\n  kind: ${origin.kind}\n`;

/** Writes into the objects what the root's buildMetadata asks for. What it does not know it passes over, as upstream. */
export function writeMetadata(resources: readonly Resource[], root: Kustomization): void {
  const asked = stringsOf(root, "buildMetadata");
  if (asked.includes("transformerAnnotations")) throw unsupported("buildMetadata: [transformerAnnotations]");
  for (const { object, origin } of resources) {
    if (asked.includes("originAnnotations") && origin !== undefined)
      setAt(object, ["metadata", "annotations", "config.kubernetes.io/origin"], textOf(origin));
    if (asked.includes("managedByLabel"))
      setAt(object, ["metadata", "labels", "app.kubernetes.io/managed-by"], "kustomize-(devel)");
  }
}
