/** autoscaling/v2 HorizontalPodAutoscaler: pkg/registry/autoscaling/horizontalpodautoscaler/strategy.go. */
import type { FieldError } from "../../machinery/status.ts";
import {
  forbiddenField,
  invalidValue,
  isDns1123Subdomain,
  isPathSegment,
  notSupported,
  problems,
  required,
} from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { keepSpec } from "../lifecycle.ts";
import { setDefault } from "../pods/defaults.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { horizontalPodAutoscalers } from "../resources.ts";
import { metadataOnly, rules } from "../simple-rules.ts";
import type { HorizontalPodAutoscaler } from "../types.ts";

type Spec = NonNullable<HorizontalPodAutoscaler["spec"]>;
type Metric = NonNullable<Spec["metrics"]>[number];
type Status = NonNullable<NonNullable<HorizontalPodAutoscaler["status"]>["currentMetrics"]>[number];

interface Target {
  readonly type?: string;
  readonly averageUtilization?: number;
  readonly averageValue?: string;
  readonly value?: string;
}

/** One of the metrics as "cpu: 12%/80%" (formatHPAMetrics). */
function formatMetric(metric: Metric, status: Status | undefined): string {
  const target = (goal: Target | undefined, current: Target | undefined, label = ""): string => {
    if (goal?.averageUtilization !== undefined)
      return `${label}${current?.averageUtilization === undefined ? "<unknown>" : `${current.averageUtilization}%`}/${goal.averageUtilization}%`;
    if (goal?.averageValue !== undefined)
      return `${label}${current?.averageValue ?? "<unknown>"}/${goal.averageValue}${label === "" ? " (avg)" : ""}`;
    return `${label}${current?.value ?? "<unknown>"}/${goal?.value ?? "<auto>"}`;
  };
  switch (metric.type) {
    case "Resource":
      return target(metric.resource?.target, status?.resource?.current, `${metric.resource?.name}: `);
    case "ContainerResource":
      return target(
        metric.containerResource?.target,
        status?.containerResource?.current,
        `${metric.containerResource?.name}: `,
      );
    case "Pods":
      return target({ averageValue: metric.pods?.target.averageValue ?? "" }, status?.pods?.current).replace(
        " (avg)",
        "",
      );
    case "Object":
      return target(metric.object?.target, status?.object?.current);
    case "External":
      return target(metric.external?.target, status?.external?.current);
    default:
      return "<unknown type>";
  }
}

function targets({ spec, status }: HorizontalPodAutoscaler): string {
  const metrics = spec?.metrics ?? [];
  if (metrics.length === 0) return "<none>";
  const texts = metrics
    .slice(0, 2)
    .map((metric, index) => formatMetric(metric, status?.currentMetrics?.[index] ?? undefined));
  return metrics.length > 2 ? `${texts.join(", ")} + ${metrics.length - 2} more...` : texts.join(", ");
}

const SOURCES = {
  ContainerResource: "containerResource",
  External: "external",
  Object: "object",
  Pods: "pods",
  Resource: "resource",
} as const;

function validateMetric(at: string, metric: Metric): FieldError[] {
  if (!metric.type) return [required(`${at}.type`, "must specify a metric source type")];
  const key = SOURCES[metric.type as keyof typeof SOURCES];
  if (key === undefined) return [notSupported(`${at}.type`, metric.type, Object.keys(SOURCES))];
  const source = metric[key];
  if (source === undefined) return [required(`${at}.${key}`, `must populate information for the given metric source`)];
  const errors: FieldError[] = [];
  for (const other of Object.values(SOURCES))
    if (other !== key && metric[other] !== undefined)
      errors.push(forbiddenField(`${at}.${other}`, "must populate the given metric source only"));
  if ((key === "resource" || key === "containerResource") && !(source as { name?: string }).name)
    errors.push(required(`${at}.${key}.name`, "must specify a resource name"));
  const { target } = source as { target?: Target };
  if (target?.averageUtilization !== undefined && target.averageUtilization < 1)
    errors.push(
      invalidValue(`${at}.${key}.target.averageUtilization`, target.averageUtilization, "must be greater than 0"),
    );
  return errors;
}

function validateSpec({ spec }: HorizontalPodAutoscaler): FieldError[] {
  const errors: FieldError[] = [];
  const { minReplicas, maxReplicas = 0, scaleTargetRef, metrics = [] } = spec ?? {};
  if (minReplicas !== undefined && minReplicas < 1)
    errors.push(invalidValue("spec.minReplicas", minReplicas, "must be greater than or equal to 1"));
  if (maxReplicas < 1) errors.push(invalidValue("spec.maxReplicas", maxReplicas, "must be greater than 0"));
  if (minReplicas !== undefined && maxReplicas < minReplicas)
    errors.push(invalidValue("spec.maxReplicas", maxReplicas, "must be greater than or equal to `minReplicas`"));
  for (const key of ["kind", "name"] as const) {
    const value = scaleTargetRef?.[key];
    if (!value) errors.push(required(`spec.scaleTargetRef.${key}`));
    else errors.push(...problems(`spec.scaleTargetRef.${key}`, value, isPathSegment(value)));
  }
  for (const [index, metric] of metrics.entries()) errors.push(...validateMetric(`spec.metrics[${index}]`, metric));
  return errors;
}

/** How fast it scales where nothing is said (pkg/apis/autoscaling/v2/defaults.go). */
function defaultBehavior(spec: Spec): void {
  const { behavior } = spec;
  if (behavior === undefined) return;
  behavior.scaleUp ??= {};
  behavior.scaleDown ??= {};
  const { scaleUp: up, scaleDown: down } = behavior;
  setDefault(up, "selectPolicy", "Max");
  setDefault(up, "stabilizationWindowSeconds", 0);
  setDefault(up, "policies", [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ]);
  setDefault(down, "selectPolicy", "Max");
  setDefault(down, "policies", [{ type: "Percent", value: 100, periodSeconds: 15 }]);
}

export const horizontalPodAutoscaler = define(horizontalPodAutoscalers, {
  shortNames: ["hpa"],
  categories: ["all"],
  subresources: ["status"],
  columns: [
    nameColumn(),
    column(
      "Reference",
      "string",
      "What is scaled.",
      ({ spec }) => `${spec?.scaleTargetRef.kind}/${spec?.scaleTargetRef.name}`,
    ),
    column("Targets", "string", "Metrics: what they are, and what they should be.", targets),
    column("MinPods", "string", "Fewest Pods.", (object) =>
      object.spec?.minReplicas === undefined ? "<unset>" : String(object.spec.minReplicas),
    ),
    column("MaxPods", "string", "Most Pods.", (object) => object.spec?.maxReplicas ?? 0),
    column("Replicas", "string", "Pods there are.", (object) => object.status?.currentReplicas ?? 0),
    ageColumn(),
  ],
  applyDefaults({ spec }) {
    if (spec === undefined) return;
    setDefault(spec, "minReplicas", 1);
    if ((spec.metrics ?? []).length === 0)
      spec.metrics = [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
      ];
    defaultBehavior(spec);
  },
  prepareForCreate(object) {
    object.status = { desiredReplicas: 0, currentMetrics: null } as unknown as NonNullable<typeof object.status>;
  },
  prepareForUpdate(object, old) {
    if (old.status !== undefined) object.status = old.status;
  },
  prepareForStatusUpdate: keepSpec,
  ...rules<HorizontalPodAutoscaler>(true, isDns1123Subdomain, validateSpec),
  validateStatusUpdate: metadataOnly,
});
