/** batch/v1 CronJob: pkg/registry/batch/cronjob/strategy.go. */
import { age } from "../../../encoding/index.ts";
import { isDns1123Subdomain } from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { keepSpec, keepStatus, startWith } from "../lifecycle.ts";
import { podWarnings } from "../pods/warnings.ts";
import { ageColumn, column, containerColumns, formatLabelSelector, nameColumn, wide } from "../printing/columns.ts";
import { cronJobs } from "../resources.ts";
import { metadataOnly, rules } from "../simple-rules.ts";
import type { CronJob } from "../types.ts";
import { defaultCronJob, validateCronJob } from "./rules.ts";

export const cronJob = define(cronJobs, {
  shortNames: ["cj"],
  categories: ["all"],
  subresources: ["status"],
  columns: [
    nameColumn(),
    column("Schedule", "string", "When Jobs are made.", (object) => object.spec?.schedule ?? ""),
    column("Timezone", "string", "Whose time that is.", (object) => object.spec?.timeZone ?? "<none>"),
    column("Suspend", "boolean", "Whether no Jobs are made for now.", (object) =>
      object.spec?.suspend ? "True" : "False",
    ),
    column("Active", "integer", "Jobs that are running.", (object) => object.status?.active?.length ?? 0),
    column("Last Schedule", "string", "Time since the last Job was made.", (object, now) =>
      object.status?.lastScheduleTime ? age(object.status.lastScheduleTime, now) : "<none>",
    ),
    ageColumn(),
    ...containerColumns<CronJob>((object) => object.spec?.jobTemplate.spec?.template.spec?.containers),
    wide("Selector", "string", "Which Pods belong to it.", (object) =>
      formatLabelSelector(object.spec?.jobTemplate.spec?.selector),
    ),
  ],
  applyDefaults: defaultCronJob,
  prepareForCreate: startWith(() => ({})),
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  ...rules<CronJob>(true, isDns1123Subdomain, validateCronJob),
  validateStatusUpdate: metadataOnly,
  warnings({ spec }) {
    const template = spec?.jobTemplate?.spec?.template;
    return podWarnings(template?.metadata, template?.spec, "spec.jobTemplate.spec.template.");
  },
});
