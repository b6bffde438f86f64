/** batch/v1 Job: pkg/registry/batch/job/strategy.go. */
import { humanDuration } from "../../../encoding/index.ts";
import { isDns1123Subdomain } from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { keepSpec, keepStatus } from "../lifecycle.ts";
import { podWarnings } from "../pods/warnings.ts";
import { ageColumn, column, containerColumns, formatLabelSelector, nameColumn, wide } from "../printing/columns.ts";
import { jobs } from "../resources.ts";
import { metadataOnly, rules } from "../simple-rules.ts";
import type { Job } from "../types.ts";
import { defaultJob, generateSelector, validateJob, validateJobUpdate } from "./rules.ts";

const hasCondition = (job: Job, type: string) =>
  job.status?.conditions?.some((condition) => condition.type === type && condition.status === "True") ?? false;

/** The STATUS column, in upstream's order of precedence. */
function state(job: Job): string {
  if (hasCondition(job, "Complete")) return "Complete";
  if (hasCondition(job, "Failed")) return "Failed";
  if (job.metadata.deletionTimestamp) return "Terminating";
  if (hasCondition(job, "Suspended")) return "Suspended";
  if (hasCondition(job, "FailureTarget")) return "FailureTarget";
  if (hasCondition(job, "SuccessCriteriaMet")) return "SuccessCriteriaMet";
  return "Running";
}

function completions({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function duration({ status }: Job, now: number): string {
  if (!status?.startTime) return "";
  const end = status.completionTime ? Date.parse(status.completionTime) : now;
  return humanDuration(end - Date.parse(status.startTime));
}

export const job = define(jobs, {
  categories: ["all"],
  subresources: ["status"],
  columns: [
    nameColumn(),
    column("Status", "string", "How far it is.", state),
    column("Completions", "string", "Pods that succeeded, of those that must.", completions),
    column("Duration", "string", "How long it ran or has been running.", duration),
    ageColumn(),
    ...containerColumns<Job>((object) => object.spec?.template.spec?.containers),
    wide("Selector", "string", "Which Pods belong to it.", (object) => formatLabelSelector(object.spec?.selector)),
  ],
  selectableFields: { "status.successful": (object) => String(object.status?.succeeded ?? 0) },
  applyDefaults: defaultJob,
  prepareForCreate(object) {
    object.metadata.generation = 1;
    object.status = {};
    generateSelector(object);
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  ...rules<Job>(true, isDns1123Subdomain, validateJob, validateJobUpdate),
  validateStatusUpdate: metadataOnly,
  warnings: ({ spec }) => podWarnings(spec?.template?.metadata, spec?.template?.spec, "spec.template."),
});
