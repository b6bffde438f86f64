/** Any other object: its fields as they are, in upstream's generic layout. */
import { isObject, type Json, type JsonObject, nameOf, stringsAt, textAt } from "../object.ts";
import { goValue } from "../printers/go-syntax.ts";
import type { Describer } from "./describer.ts";
import { events } from "./events.ts";
import { annotations, type DescribeWriter, labels } from "./writer.ts";

const HIDDEN = new Set([
  "metadata.managedFields",
  "metadata.name",
  "metadata.namespace",
  "metadata.labels",
  "metadata.annotations",
]);

const ACRONYMS = new Set(["API", "URL", "UID", "OSB", "GUID"]);

/** fatih/camelcase: runs of one class; the last capital of several belongs to the small letters after it. */
const camelParts = (text: string): readonly string[] =>
  text.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^A-Za-z]+/g) ?? [text];

/** "creationTimestamp" to "Creation Timestamp", "podIP" to "Pod IP" (smartLabelFor). */
function smartLabel(field: string): string {
  if (/[^\p{L}-]/u.test(field)) return field;
  return camelParts(field)
    .map((part) =>
      ACRONYMS.has(part.toUpperCase()) ? part.toUpperCase() : part.charAt(0).toUpperCase() + part.slice(1),
    )
    .join(" ");
}

function content(writer: DescribeWriter, level: number, value: JsonObject, path: string): void {
  for (const field of Object.keys(value).sort()) {
    const full = path === "" ? field : `${path}.${field}`;
    if (HIDDEN.has(full)) continue;
    entry(writer, level, smartLabel(field), value[field] as Json, full);
  }
}

function entry(writer: DescribeWriter, level: number, name: string, value: Json, path: string): void {
  if (Array.isArray(value)) {
    writer.write(level, `${name}:\n`);
    for (const item of value) {
      if (isObject(item)) content(writer, level + 1, item, path);
      else writer.write(level + 1, `${goValue(item)}\n`);
    }
  } else if (isObject(value)) {
    writer.write(level, `${name}:\n`);
    content(writer, level + 1, value, path);
  } else writer.write(level, `${name}:\t${goValue(value)}\n`);
}

export const generic: Describer = (writer, { object, events: shown, now }) => {
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  writer.write(0, `Namespace:\t${textAt(object, "metadata", "namespace")}\n`);
  labels(writer, "Labels", stringsAt(object, "metadata", "labels"));
  annotations(writer, "Annotations", stringsAt(object, "metadata", "annotations"));
  content(writer, 0, object, "");
  events(writer, shown, now);
};
