/** LimitRange and ResourceQuota, by themselves and within a Namespace. */
import { byText, type Json, listAt, nameOf, objectAt, stringsAt, textAt } from "../object.ts";
import type { Describer } from "./describer.ts";
import type { DescribeWriter } from "./writer.ts";

const LIMIT_COLUMNS = ["Type", "Resource", "Min", "Max", "Default Request", "Default Limit", "Max Limit/Request Ratio"];
const LIMIT_FIELDS = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];

/** A line per type and resource; `indent` is upstream's own, one blank within a Namespace. */
export function limitLines(writer: DescribeWriter, range: Json, indent: string): void {
  const rows = listAt(range, "spec", "limits").flatMap((item) => {
    const names = new Set(LIMIT_FIELDS.flatMap((field) => Object.keys(objectAt(item, field))));
    return [...names]
      .sort(byText)
      .map((name) => [textAt(item, "type"), name, ...LIMIT_FIELDS.map((field) => textAt(item, field, name) || "-")]);
  });
  for (const row of rows) writer.write(0, `${indent}${row.join("\t")}\n`);
}

export function limitHeader(writer: DescribeWriter, indent: string): void {
  writer.write(0, `${indent}${LIMIT_COLUMNS.join("\t")}\n`);
  writer.write(0, `${indent}${LIMIT_COLUMNS.map((title) => "-".repeat(title.length)).join("\t")}\n`);
}

export const limitRange: Describer = (writer, { object }) => {
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  writer.write(0, `Namespace:\t${textAt(object, "metadata", "namespace")}\n`);
  limitHeader(writer, "");
  limitLines(writer, object, "");
};

const SCOPES: Readonly<Record<string, string>> = {
  Terminating:
    "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.",
  NotTerminating:
    "Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.",
  BestEffort:
    "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.",
  NotBestEffort:
    "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.",
};

/** The scopes with what they mean. */
export function quotaScopes(writer: DescribeWriter, quota: Json, indent: string, bullet: string): void {
  const scopes = listAt(quota, "spec", "scopes").map(String).sort(byText);
  if (scopes.length === 0) return;
  writer.write(0, `${indent}Scopes:\t${scopes.join(", ")}\n`);
  for (const scope of scopes) {
    const help = SCOPES[scope];
    if (help !== undefined) writer.write(0, `${bullet}${help}\n`);
  }
}

export function quotaLines(writer: DescribeWriter, quota: Json, indent: string): void {
  const hard = stringsAt(quota, "status", "hard");
  for (const name of Object.keys(hard).sort(byText))
    writer.write(0, `${indent}${name}\t${textAt(quota, "status", "used", name) || "0"}\t${hard[name]}\n`);
}

export const resourceQuota: Describer = (writer, { object }) => {
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  writer.write(0, `Namespace:\t${textAt(object, "metadata", "namespace")}\n`);
  quotaScopes(writer, object, "", " * ");
  writer.write(0, "Resource\tUsed\tHard\n--------\t----\t----\n");
  quotaLines(writer, object, "");
};
