/** autoscaling/v1 HorizontalPodAutoscaler: version 1 knows CPU only and keeps the rest in annotations (pkg/apis/autoscaling/v1/conversion.go). */
import type { KubernetesObject } from "../../machinery/types.ts";
import { converted } from "../conversion.ts";
import { horizontalPodAutoscaler } from "./horizontal-pod-autoscaler.ts";

type Json = Record<string, unknown>;

const PREFIX = "autoscaling.alpha.kubernetes.io/";
const METRICS = `${PREFIX}metrics`;
const BEHAVIOR = `${PREFIX}behavior`;
const CONDITIONS = `${PREFIX}conditions`;
const CURRENT = `${PREFIX}current-metrics`;

const json = (value: unknown): Json => (value ?? {}) as Json;
const only = (fields: Json): Json =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** Names of a target's values in version 1, by its kind of metric. `current` ones are named like those. */
function valuesOut(target: Json, prefix: "target" | "current"): Json {
  return only({
    [`${prefix}AverageUtilization`]: target["averageUtilization"],
    [`${prefix}AverageValue`]: target["averageValue"],
    [`${prefix}Value`]: target["value"],
  });
}

function valuesIn(fields: Json, prefix: "target" | "current"): Json {
  const averageUtilization = fields[`${prefix}AverageUtilization`];
  const averageValue = fields[`${prefix}AverageValue`];
  const value = fields[`${prefix}Value`];
  const type = averageUtilization !== undefined ? "Utilization" : averageValue !== undefined ? "AverageValue" : "Value";
  return only({ ...(prefix === "target" ? { type } : {}), averageUtilization, averageValue, value });
}

const sourceOf = (type: string) => type.charAt(0).toLowerCase() + type.slice(1);

/** One metric of version 2, spec ("target") or status ("current"), as version 1 writes it. */
function metricOut(metric: Json, prefix: "target" | "current"): Json {
  const type = String(metric["type"]);
  const source = json(metric[sourceOf(type)]);
  const values = valuesOut(json(source[prefix]), prefix);
  const { name, selector } = json(source["metric"]);
  const fields: Json = { ...only({ name: source["name"], container: source["container"] }), ...values };
  if (type === "Object") {
    Object.assign(fields, { target: source["describedObject"], metricName: name, ...only({ selector }) });
    if (fields[`${prefix}AverageValue`] !== undefined) {
      fields["averageValue"] = fields[`${prefix}AverageValue`];
      delete fields[`${prefix}AverageValue`];
    }
  } else if (type === "Pods") Object.assign(fields, { metricName: name, ...only({ selector }) });
  else if (type === "External") Object.assign(fields, { metricName: name, ...only({ metricSelector: selector }) });
  return { type, [sourceOf(type)]: fields };
}

function metricIn(metric: Json, prefix: "target" | "current"): Json {
  const type = String(metric["type"]);
  const fields = json(metric[sourceOf(type)]);
  const values = valuesIn(
    type === "Object" && fields["averageValue"] !== undefined
      ? { ...fields, [`${prefix}AverageValue`]: fields["averageValue"] }
      : fields,
    prefix,
  );
  const metricName = only({ name: fields["metricName"], selector: fields["selector"] ?? fields["metricSelector"] });
  const source: Json = { [prefix]: values };
  if (type === "Resource" || type === "ContainerResource")
    Object.assign(source, only({ name: fields["name"], container: fields["container"] }));
  else source["metric"] = metricName;
  if (type === "Object") source["describedObject"] = fields["target"];
  return { type, [sourceOf(type)]: source };
}

const isCpu = (metric: Json, prefix: "target" | "current") =>
  metric["type"] === "Resource" &&
  json(metric["resource"])["name"] === "cpu" &&
  json(json(metric["resource"])[prefix])["averageUtilization"] !== undefined;

const utilization = (metric: Json, prefix: "target" | "current") =>
  json(json(metric["resource"])[prefix])["averageUtilization"];

function fromStorage(object: KubernetesObject): KubernetesObject {
  const autoscaler = object as KubernetesObject & { spec?: Json; status?: Json };
  const { spec, status, metadata } = autoscaler;
  const annotations: Record<string, string> = { ...metadata.annotations };
  const keep = (name: string, value: unknown) => {
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) annotations[name] = JSON.stringify(value);
  };
  if (spec !== undefined) {
    const { metrics, behavior, ...rest } = spec;
    const list = (metrics ?? []) as Json[];
    const cpu = list.find((metric) => isCpu(metric, "target"));
    keep(
      METRICS,
      list.filter((metric) => metric !== cpu).map((metric) => metricOut(metric, "target")),
    );
    keep(BEHAVIOR, behavior);
    autoscaler.spec = {
      ...rest,
      ...(cpu === undefined ? {} : { targetCPUUtilizationPercentage: utilization(cpu, "target") }),
    };
  }
  if (status !== undefined) {
    const { currentMetrics, conditions, ...rest } = status;
    const list = (currentMetrics ?? []) as Json[];
    const cpu = list.find((metric) => isCpu(metric, "current"));
    keep(CONDITIONS, conditions ?? undefined);
    keep(
      CURRENT,
      list.map((metric) => metricOut(metric, "current")),
    );
    autoscaler.status = {
      ...rest,
      ...(cpu === undefined ? {} : { currentCPUUtilizationPercentage: utilization(cpu, "current") }),
    };
  }
  if (Object.keys(annotations).length > 0) metadata.annotations = annotations;
  autoscaler.apiVersion = "autoscaling/v1";
  return object;
}

function parsed(annotations: Record<string, string>, name: string): unknown {
  const text = annotations[name];
  delete annotations[name];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // What cannot be read is dropped, as upstream does.
    return undefined;
  }
}

function toStorage(object: KubernetesObject): KubernetesObject {
  const autoscaler = object as KubernetesObject & { spec?: Json; status?: Json };
  const { metadata } = autoscaler;
  const annotations: Record<string, string> = { ...metadata.annotations };
  const metrics = ((parsed(annotations, METRICS) ?? []) as Json[]).map((metric) => metricIn(metric, "target"));
  const behavior = parsed(annotations, BEHAVIOR);
  const conditions = parsed(annotations, CONDITIONS);
  const current = ((parsed(annotations, CURRENT) ?? []) as Json[]).map((metric) => metricIn(metric, "current"));
  if (autoscaler.spec !== undefined) {
    const { targetCPUUtilizationPercentage: cpu, ...rest } = autoscaler.spec;
    const target = { type: "Utilization", averageUtilization: cpu };
    if (cpu !== undefined) metrics.unshift({ type: "Resource", resource: { name: "cpu", target } });
    autoscaler.spec = { ...rest, ...(metrics.length === 0 ? {} : { metrics }), ...only({ behavior }) };
  }
  if (autoscaler.status !== undefined) {
    const { currentCPUUtilizationPercentage: cpu, ...rest } = autoscaler.status;
    if (cpu !== undefined && !current.some((metric) => isCpu(metric, "current")))
      current.unshift({ type: "Resource", resource: { name: "cpu", current: { averageUtilization: cpu } } });
    autoscaler.status = {
      ...rest,
      ...only({ conditions }),
      ...(current.length === 0 ? {} : { currentMetrics: current }),
    };
  }
  if (Object.keys(annotations).length > 0) metadata.annotations = annotations;
  else delete metadata.annotations;
  autoscaler.apiVersion = "autoscaling/v2";
  return object;
}

export const horizontalPodAutoscalerV1 = converted(
  horizontalPodAutoscaler,
  { version: "v1", schemaName: "io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler" },
  { toStorage, fromStorage },
);
