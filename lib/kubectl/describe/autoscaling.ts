/** HorizontalPodAutoscaler (autoscaling/v2). */

import { at, type Json, listAt, nameOf, numberAt, stringsAt, textAt } from "../object.ts";
import type { Describer } from "./describer.ts";
import { events } from "./events.ts";
import { rfc1123z } from "./times.ts";
import { annotations, type DescribeWriter, labels } from "./writer.ts";

const UNKNOWN = "<unknown>";

/** The same metric in the status, in the place its type has. */
const currentOf = (status: Json | undefined, field: string, value: string): string =>
  textAt(status, field, "current", value);

function utilization(source: Json | undefined, status: Json | undefined, field: string): string {
  const average = textAt(source, "target", "averageValue");
  if (average !== "") return `:\t${currentOf(status, field, "averageValue") || UNKNOWN} / ${average}\n`;
  const percent = currentOf(status, field, "averageUtilization");
  const amount = currentOf(status, field, "averageValue");
  const now = percent === "" ? UNKNOWN : `${percent}% (${amount})`;
  const wanted = textAt(source, "target", "averageUtilization");
  return `  (as a percentage of request):\t${now} / ${wanted === "" ? "<auto>" : `${wanted}%`}\n`;
}

function metricLine(metric: Json, status: Json | undefined): string {
  const type = textAt(metric, "type");
  const source = at(metric, type.charAt(0).toLowerCase() + type.slice(1));
  const name = textAt(source, "metric", "name");
  const current = (field: string, value: string) => currentOf(status, field, value) || UNKNOWN;
  const target = (value: string) => textAt(source, "target", value);
  switch (type) {
    case "External":
      return target("averageValue") !== ""
        ? `"${name}" (target average value):\t${current("external", "averageValue")} / ${target("averageValue")}\n`
        : `"${name}" (target value):\t${current("external", "value")} / ${target("value")}\n`;
    case "Pods":
      return `"${name}" on pods:\t${current("pods", "averageValue")} / ${target("averageValue")}\n`;
    case "Object": {
      const on = `"${name}" on ${textAt(source, "describedObject", "kind")}/${textAt(source, "describedObject", "name")}`;
      return target("type") === "AverageValue"
        ? `${on} (target average value):\t${current("object", "averageValue")} / ${target("averageValue")}\n`
        : `${on} (target value):\t${current("object", "value")} / ${target("value")}\n`;
    }
    case "Resource":
      return `resource ${textAt(source, "name")} on pods${utilization(source, status, "resource")}`;
    case "ContainerResource":
      return `resource ${textAt(source, "name")} of container "${textAt(source, "container")}" on pods${utilization(source, status, "containerResource")}`;
    default:
      return `<unknown metric type "${type}">\n`;
  }
}

function scalingRules(writer: DescribeWriter, title: string, rules: Json | undefined): void {
  if (rules === undefined) return;
  writer.write(1, `${title}:\n`);
  const window = textAt(rules, "stabilizationWindowSeconds");
  if (window !== "") writer.write(2, `Stabilization Window: ${window} seconds\n`);
  const policies = listAt(rules, "policies");
  if (policies.length === 0) return;
  writer.write(2, `Select Policy: ${textAt(rules, "selectPolicy") || "Max"}\n`);
  writer.write(2, "Policies:\n");
  for (const policy of policies) {
    writer.write(
      3,
      `- Type: ${textAt(policy, "type")}\tValue: ${textAt(policy, "value")}\tPeriod: ${textAt(policy, "periodSeconds")} seconds\n`,
    );
  }
}

export const autoscaler: Describer = (writer, { object, events: shown, now }) => {
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  writer.write(0, `Namespace:\t${textAt(object, "metadata", "namespace")}\n`);
  labels(writer, "Labels", stringsAt(object, "metadata", "labels"));
  annotations(writer, "Annotations", stringsAt(object, "metadata", "annotations"));
  writer.write(0, `CreationTimestamp:\t${rfc1123z(textAt(object, "metadata", "creationTimestamp"))}\n`);
  const target = (field: string) => textAt(object, "spec", "scaleTargetRef", field);
  writer.write(0, `Reference:\t${target("kind")}/${target("name")}\n`);
  writer.write(0, "Metrics:\t( current / target )\n");
  const statuses = listAt(object, "status", "currentMetrics");
  listAt(object, "spec", "metrics").forEach((metric, i) => {
    writer.write(1, metricLine(metric, statuses[i]));
  });
  writer.write(0, `Min replicas:\t${textAt(object, "spec", "minReplicas") || "<unset>"}\n`);
  writer.write(0, `Max replicas:\t${textAt(object, "spec", "maxReplicas")}\n`);
  const behavior = at(object, "spec", "behavior");
  if (behavior !== undefined) {
    writer.write(0, "Behavior:\n");
    scalingRules(writer, "Scale Up", at(behavior, "scaleUp"));
    scalingRules(writer, "Scale Down", at(behavior, "scaleDown"));
  }
  const count = (field: string) => numberAt(object, "status", field);
  writer.write(0, `${target("kind")} pods:\t`);
  writer.write(0, `${count("currentReplicas")} current / ${count("desiredReplicas")} desired\n`);
  const conditions = listAt(object, "status", "conditions");
  if (conditions.length > 0)
    writer.write(0, "Conditions:\n  Type\tStatus\tReason\tMessage\n  ----\t------\t------\t-------\n");
  for (const one of conditions) {
    const cells = ["type", "status", "reason", "message"].map((field) => textAt(one, field));
    writer.write(1, `${cells.join("\t")}\n`);
  }
  events(writer, shown, now);
};
