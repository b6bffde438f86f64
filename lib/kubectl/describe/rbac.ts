/** Role, ClusterRole and their bindings. */
import { compactRules, ruleColumns } from "../commands/rules.ts";
import { listAt, nameOf, stringsAt, textAt } from "../object.ts";
import type { Describer } from "./describer.ts";
import { annotations, type DescribeWriter, labels } from "./writer.ts";

function head(writer: DescribeWriter, object: Parameters<typeof nameOf>[0]): void {
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  labels(writer, "Labels", stringsAt(object, "metadata", "labels"));
  annotations(writer, "Annotations", stringsAt(object, "metadata", "annotations"));
}

export const role: Describer = (writer, { object }) => {
  head(writer, object);
  writer.write(0, "PolicyRule:\n");
  writer.write(1, "Resources\tNon-Resource URLs\tResource Names\tVerbs\n");
  writer.write(1, "---------\t-----------------\t--------------\t-----\n");
  for (const rule of compactRules(listAt(object, "rules"))) writer.write(1, `${ruleColumns(rule).join("\t")}\n`);
};

export const binding: Describer = (writer, { object }) => {
  head(writer, object);
  writer.write(0, "Role:\n");
  writer.write(1, `Kind:\t${textAt(object, "roleRef", "kind")}\n`);
  writer.write(1, `Name:\t${textAt(object, "roleRef", "name")}\n`);
  writer.write(0, "Subjects:\n");
  writer.write(1, "Kind\tName\tNamespace\n");
  writer.write(1, "----\t----\t---------\n");
  for (const subject of listAt(object, "subjects"))
    writer.write(1, `${textAt(subject, "kind")}\t${textAt(subject, "name")}\t${textAt(subject, "namespace")}\n`);
};
