/** Environments of containers. */
import { quantityNumber } from "../../encoding/index.ts";
import { at, isObject, type Json, type KubeObject, listAt, objectAt, stringsAt, textAt } from "../object.ts";
import type { DescribeWriter } from "./writer.ts";

/** What a fieldRef comes to (k8s.io/kubectl/pkg/util/fieldpath); "" where only the node knows. */
function fieldValue(pod: KubeObject, path: string): string {
  const subscript = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (subscript !== null) return textAt(pod, "metadata", subscript[1] ?? "", subscript[2] ?? "");
  switch (path) {
    case "metadata.name":
    case "metadata.namespace":
    case "metadata.uid":
      return textAt(pod, ...path.split("."));
    case "metadata.labels":
    case "metadata.annotations": {
      const values = stringsAt(pod, ...path.split("."));
      return Object.keys(values)
        .sort()
        .map((key) => `${key}=${JSON.stringify(values[key])}`)
        .join("\n");
    }
    default:
      return "";
  }
}

/** What a resourceFieldRef comes to, in units of its divisor. */
function resourceValue(container: Json, reference: Json): string {
  const [field = "", name = ""] = textAt(reference, "resource").split(/\.(.*)/);
  const amount = quantityNumber(textAt(container, "resources", field, name)) ?? 0;
  const divisor = quantityNumber(textAt(reference, "divisor")) || 1;
  return String(Math.ceil(Number((amount / divisor).toFixed(6))));
}

export function environmentFrom(writer: DescribeWriter, list: readonly Json[], level: number): void {
  if (list.length === 0) return;
  writer.write(level, "Environment Variables from:\n");
  for (const source of list) {
    const [field, kind] = isObject(at(source, "configMapRef") ?? null)
      ? ["configMapRef", "ConfigMap"]
      : ["secretRef", "Secret"];
    const prefix = textAt(source, "prefix");
    writer.write(
      level + 1,
      `${textAt(source, field as string, "name")}\t${kind}${prefix === "" ? "" : ` with prefix '${prefix}'`}\tOptional: ${textAt(source, field as string, "optional") === "true"}\n`,
    );
  }
}

/** `pod`: whose fields variables refer to; undefined in templates, where they have no values yet. */
export function environment(writer: DescribeWriter, container: Json, level: number, pod?: KubeObject): void {
  const list = listAt(container, "env");
  writer.write(level, `Environment:${list.length === 0 ? "\t<none>" : ""}\n`);
  for (const variable of list) {
    const name = textAt(variable, "name");
    const from = objectAt(variable, "valueFrom");
    if (Object.keys(from).length === 0) {
      textAt(variable, "value")
        .split("\n")
        .forEach((line, i) => {
          writer.write(level + 1, i === 0 ? `${name}:\t${line}\n` : `\t${line}\n`);
        });
      continue;
    }
    if (isObject(from["fieldRef"] ?? null))
      writer.write(
        level + 1,
        `${name}:\t${pod === undefined ? "" : fieldValue(pod, textAt(from, "fieldRef", "fieldPath"))} (${textAt(from, "fieldRef", "apiVersion")}:${textAt(from, "fieldRef", "fieldPath")})\n`,
      );
    else if (isObject(from["resourceFieldRef"] ?? null))
      writer.write(
        level + 1,
        `${name}:\t${pod === undefined ? "" : resourceValue(container, from["resourceFieldRef"] ?? null)} (${textAt(from, "resourceFieldRef", "resource")})\n`,
      );
    else {
      const [field, kind] = isObject(from["secretKeyRef"] ?? null)
        ? ["secretKeyRef", "secret"]
        : ["configMapKeyRef", "config map"];
      writer.write(
        level + 1,
        `${name}:\t<set to the key '${textAt(from, field as string, "key")}' ${kind === "secret" ? "in secret" : "of config map"} '${textAt(from, field as string, "name")}'>\tOptional: ${textAt(from, field as string, "optional") === "true"}\n`,
      );
    }
  }
}
