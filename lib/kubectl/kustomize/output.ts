import { type KubeObject, namespaceOf, parseApiVersion, textAt } from "../object.ts";

/** The file an object goes to where the output is a directory: "apps_v1_deployment_web.yaml". */
export function shortFileName(object: KubeObject): string {
  const { group, version } = parseApiVersion(textAt(object, "apiVersion"));
  const parts = [namespaceOf(object), group, version, textAt(object, "kind"), textAt(object, "metadata", "name")];
  return `${parts
    .filter((part) => part !== "")
    .join("_")
    .toLowerCase()}.yaml`;
}
