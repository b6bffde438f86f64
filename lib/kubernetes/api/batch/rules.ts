/** Defaults and validation of Jobs and CronJobs (pkg/apis/batch). */
import { deepEqual } from "../../machinery/clone.ts";
import { GoValue } from "../../machinery/go-value.ts";
import { selectorMatches } from "../../machinery/label-selector.ts";
import type { FieldError } from "../../machinery/status.ts";
import {
  forbiddenField,
  immutable,
  invalidValue,
  isDns1123Subdomain,
  nonNegative,
  notSupported,
  problems,
  required,
  tooLong,
  tooMany,
  validateLabelSelector,
} from "../../machinery/validation/index.ts";
import { internalText } from "../internal/show.ts";
import { defaultPodTemplate, setDefault, setDefaultText } from "../pods/defaults.ts";
import { validatePodTemplate } from "../pods/validate.ts";
import type { CronJob, Job } from "../types.ts";

type JobSpec = NonNullable<Job["spec"]>;

/** Labels of a Job's Pods, with and without the prefix that came later. */
const UID_LABEL = "batch.kubernetes.io/controller-uid";
const MAX_MANAGED_BY = 63;
const MAX_SUCCESS_RULES = 20;
const NAME_LABEL = "batch.kubernetes.io/job-name";

export function defaultJob(job: Job): void {
  const { spec } = job;
  if (spec === undefined) return;
  // Neither given: one Pod, once. Completions alone leave parallelism at one; parallelism alone is a work queue.
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  setDefault(spec, "parallelism", 1);
  setDefault(spec, "backoffLimit", spec.backoffLimitPerIndex === undefined ? 6 : 2 ** 31 - 1);
  setDefaultText(spec, "completionMode", "NonIndexed");
  setDefault(spec, "suspend", false);
  setDefault(spec, "manualSelector", false);
  setDefault(spec, "podReplacementPolicy", spec.podFailurePolicy === undefined ? "TerminatingOrFailed" : "Failed");
  for (const rule of spec.podFailurePolicy?.rules ?? [])
    for (const pattern of rule.onPodConditions ?? []) setDefaultText(pattern, "status", "True");
  const labels = spec.template?.metadata?.labels;
  if (labels !== undefined && Object.keys(job.metadata.labels ?? {}).length === 0) job.metadata.labels = { ...labels };
  defaultPodTemplate(spec.template);
}

/** A selector that fits this Job's Pods alone (generateSelector in pkg/registry/batch/job/strategy.go). */
export function generateSelector(job: Job): void {
  const { spec, metadata } = job;
  if (spec === undefined || spec.manualSelector === true) return;
  const uid = metadata.uid ?? "";
  const name = metadata.name ?? "";
  spec.template ??= {};
  spec.template.metadata ??= {};
  spec.template.metadata.labels = {
    ...spec.template.metadata.labels,
    [UID_LABEL]: uid,
    [NAME_LABEL]: name,
    "controller-uid": uid,
    "job-name": name,
  };
  if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...spec.template.metadata.labels };
  spec.selector = { ...spec.selector, matchLabels: { ...spec.selector?.matchLabels, [UID_LABEL]: uid } };
}

function validateFailurePolicy(at: string, spec: JobSpec): FieldError[] {
  const errors: FieldError[] = [];
  const actions = ["Count", "FailIndex", "FailJob", "Ignore"];
  for (const [index, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    const path = `${at}.podFailurePolicy.rules[${index}]`;
    if (!rule.action)
      errors.push(required(`${path}.action`, `valid values: ${actions.map((action) => `"${action}"`).join(", ")}`));
    else if (!actions.includes(rule.action)) errors.push(notSupported(`${path}.action`, rule.action, actions));
    if (rule.action === "FailIndex" && spec.backoffLimitPerIndex === undefined)
      errors.push(invalidValue(`${path}.action`, rule.action, "requires the backoffLimitPerIndex to be set"));
    const { onExitCodes, onPodConditions = [] } = rule;
    if (onExitCodes !== undefined && onPodConditions.length > 0)
      errors.push(invalidValue(path, {}, "specifying both OnExitCodes and OnPodConditions is not supported"));
    if (onExitCodes === undefined && onPodConditions.length === 0)
      errors.push(invalidValue(path, {}, "specifying one of OnExitCodes and OnPodConditions is required"));
    if (onExitCodes !== undefined) {
      if (!["In", "NotIn"].includes(onExitCodes.operator))
        errors.push(notSupported(`${path}.onExitCodes.operator`, onExitCodes.operator, ["In", "NotIn"]));
      if (onExitCodes.operator === "In" && onExitCodes.values.includes(0))
        errors.push(
          invalidValue(
            `${path}.onExitCodes.values[${onExitCodes.values.indexOf(0)}]`,
            0,
            "must not be 0 for the In operator",
          ),
        );
    }
  }
  return errors;
}

function validateManagedBy(at: string, manager: string | undefined): FieldError[] {
  if (manager === undefined) return [];
  const field = `${at}.managedBy`;
  const slash = manager.indexOf("/");
  const domain = manager.slice(0, slash);
  const errors: FieldError[] = [];
  if (slash < 1 || slash === manager.length - 1)
    errors.push(invalidValue(field, manager, 'must be a domain-prefixed path (such as "acme.io/foo")'));
  else errors.push(...problems(field, domain, isDns1123Subdomain(domain)));
  if (manager.length > MAX_MANAGED_BY) errors.push(tooLong(field, MAX_MANAGED_BY));
  return errors;
}

/** Indexes of `0,2-4` in a Job of `completions`; the message where the text is wrong. */
function parseSuccessIndexes(text: string, completions: number): Set<number> | string {
  const indexes = new Set<number>();
  let last = -1;
  for (const part of text.split(",")) {
    const [first = "", end] = part.split("-");
    for (const number of end === undefined ? [first] : [first, end]) {
      if (!/^\d+$/.test(number)) return `cannot convert string to integer for index: "${number}"`;
      if (Number(number) >= completions) return `too large index: "${number}"`;
    }
    const from = Number(first);
    const to = Number(end ?? first);
    if (last >= from) return `non-increasing order, previous: ${last}, current: ${from}`;
    if (to < from || (end !== undefined && to === from))
      return `non-increasing order, previous: ${from}, current: ${to}`;
    for (let index = from; index <= to; index++) indexes.add(index);
    last = to;
  }
  return indexes;
}

function validateSuccessPolicy(
  field: string,
  { successPolicy, completionMode, completions = 0 }: JobSpec,
): FieldError[] {
  if (successPolicy === undefined) return [];
  if (completionMode !== "Indexed") return [invalidValue(field, successPolicy, "requires indexed completion mode")];
  const { rules = [] } = successPolicy;
  if (rules.length === 0)
    return [required(`${field}.rules`, "at least one rules must be specified when the successPolicy is specified")];
  if (rules.length > MAX_SUCCESS_RULES) return [tooMany(`${field}.rules`, rules.length, MAX_SUCCESS_RULES)];
  return rules.flatMap(({ succeededCount, succeededIndexes }, position) => {
    const at = `${field}.rules[${position}]`;
    const errors: FieldError[] = [];
    if (succeededCount === undefined && succeededIndexes === undefined)
      errors.push(required(at, "at least one of succeededCount or succeededIndexes must be specified"));
    let most = completions;
    let what = "the number of specified completions";
    if (succeededIndexes !== undefined) {
      const parsed = parseSuccessIndexes(succeededIndexes, completions);
      if (typeof parsed === "string")
        errors.push(
          invalidValue(`${at}.succeededIndexes`, succeededIndexes, `error parsing succeededIndexes: ${parsed}`),
        );
      else {
        most = parsed.size;
        what = "the number of indexes in the specified succeededIndexes field";
      }
    }
    if (succeededCount !== undefined) {
      errors.push(...nonNegative(`${at}.succeededCount`, succeededCount));
      if (succeededCount > most)
        errors.push(
          invalidValue(`${at}.succeededCount`, succeededCount, `must be less than or equal to ${most} (${what})`),
        );
    }
    return errors;
  });
}

/** What Jobs and the template of a CronJob have in common; `at` is "spec" or "spec.jobTemplate.spec". */
function validateJobSpec(at: string, spec: JobSpec | undefined): FieldError[] {
  if (spec === undefined) return [required(`${at}.template`)];
  const errors: FieldError[] = [];
  const counts = [
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
  ] as const;
  for (const key of counts) errors.push(...nonNegative(`${at}.${key}`, spec[key]));
  errors.push(...nonNegative(`${at}.maxFailedIndexes`, spec.maxFailedIndexes));
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined)
    errors.push(required(`${at}.backoffLimitPerIndex`, "when maxFailedIndexes is specified"));
  errors.push(...validateManagedBy(at, spec.managedBy));
  const modes = ["NonIndexed", "Indexed"];
  if (spec.completionMode !== undefined) {
    if (!modes.includes(spec.completionMode))
      errors.push(notSupported(`${at}.completionMode`, spec.completionMode, modes));
    if (spec.completionMode === "Indexed") {
      if (spec.completions === undefined) errors.push(required(`${at}.completions`, "when completion mode is Indexed"));
      if ((spec.parallelism ?? 0) > 100_000)
        errors.push(
          invalidValue(
            `${at}.parallelism`,
            spec.parallelism,
            "must be less than or equal to 100000 when completion mode is Indexed",
          ),
        );
      const { completions, maxFailedIndexes } = spec;
      if (completions !== undefined && maxFailedIndexes !== undefined && maxFailedIndexes > completions)
        errors.push(
          invalidValue(`${at}.maxFailedIndexes`, maxFailedIndexes, "must be less than or equal to completions"),
        );
    }
  }
  if (spec.completionMode !== "Indexed")
    for (const key of ["backoffLimitPerIndex", "maxFailedIndexes"] as const)
      if (spec[key] !== undefined)
        errors.push(invalidValue(`${at}.${key}`, spec[key], "requires indexed completion mode"));
  const replacements = spec.podFailurePolicy === undefined ? ["Failed", "TerminatingOrFailed"] : ["Failed"];
  if (spec.podReplacementPolicy !== undefined && !replacements.includes(spec.podReplacementPolicy))
    errors.push(notSupported(`${at}.podReplacementPolicy`, spec.podReplacementPolicy, replacements));
  errors.push(...validateSuccessPolicy(`${at}.successPolicy`, spec));
  errors.push(...validateFailurePolicy(at, spec), ...validatePodTemplate(`${at}.template`, spec.template));
  const policy = spec.template?.spec?.restartPolicy;
  const path = `${at}.template.spec.restartPolicy`;
  // Always is the default of Pods: here it must be chosen.
  if (policy === undefined || policy === "Always") errors.push(required(path, 'valid values: "OnFailure", "Never"'));
  else if (policy !== "OnFailure" && policy !== "Never")
    errors.push(notSupported(path, policy, ["OnFailure", "Never"]));
  else if (spec.podFailurePolicy !== undefined && policy !== "Never")
    errors.push(invalidValue(path, policy, 'only "Never" is supported when podFailurePolicy is specified'));
  return errors;
}

export function validateJob({ spec, metadata }: Job): FieldError[] {
  const errors: FieldError[] = [];
  if (spec?.selector === undefined) errors.push(required("spec.selector"));
  else errors.push(...validateLabelSelector("spec.selector", spec.selector));
  const labels = spec?.template?.metadata?.labels ?? {};
  if (spec?.manualSelector !== true) {
    if (labels[UID_LABEL] !== metadata.uid)
      errors.push(
        invalidValue(
          `spec.template.metadata.labels[${UID_LABEL}]`,
          labels[UID_LABEL] ?? "",
          `must be '${metadata.uid}'`,
        ),
      );
    const [uid, name] = [metadata.uid ?? "", metadata.name ?? ""];
    const generated = { [UID_LABEL]: uid, [NAME_LABEL]: name, "controller-uid": uid, "job-name": name };
    if (spec?.selector !== undefined && !selectorMatches(spec.selector, generated))
      errors.push(invalidValue("spec.selector", spec.selector, "`selector` not auto-generated"));
  }
  if (spec?.selector !== undefined && !selectorMatches(spec.selector, labels))
    errors.push(invalidValue("spec.template.metadata.labels", labels, "`selector` does not match template `labels`"));
  return [...errors, ...validateJobSpec("spec", spec)];
}

/** A suspended Job that never ran may still be told where its Pods go. */
export function validateJobUpdate(next: Job, old: Job): FieldError[] {
  const errors: FieldError[] = [];
  const elastic = next.spec?.completionMode === "Indexed" && next.spec.completions === next.spec.parallelism;
  if (!(elastic && old.spec?.completions === old.spec?.parallelism))
    errors.push(...immutable("spec.completions", next.spec?.completions, old.spec?.completions));
  errors.push(...immutable("spec.selector", next.spec?.selector, old.spec?.selector));
  const template = (job: Job) => {
    const { spec, metadata } = job.spec?.template ?? {};
    if (old.spec?.suspend !== true || old.status?.startTime !== undefined) return { spec, metadata };
    const { nodeSelector: _n, tolerations: _t, affinity: _a, schedulingGates: _g, ...rest } = spec ?? {};
    return { spec: rest };
  };
  if (!deepEqual(template(next), template(old)))
    errors.push(
      invalidValue(
        "spec.template",
        new GoValue(internalText(next.spec?.template, "PodTemplateSpec")),
        "field is immutable",
      ),
    );
  for (const key of [
    "completionMode",
    "podFailurePolicy",
    "backoffLimitPerIndex",
    "managedBy",
    "successPolicy",
  ] as const)
    errors.push(...immutable(`spec.${key}`, next.spec?.[key], old.spec?.[key]));
  return errors;
}

export function defaultCronJob({ spec }: CronJob): void {
  if (spec === undefined) return;
  setDefaultText(spec, "concurrencyPolicy", "Allow");
  setDefault(spec, "suspend", false);
  setDefault(spec, "successfulJobsHistoryLimit", 3);
  setDefault(spec, "failedJobsHistoryLimit", 1);
  if (spec.jobTemplate === undefined) return;
  setDefault(spec.jobTemplate, "metadata", {});
  defaultPodTemplate(spec.jobTemplate.spec?.template);
}

const FIELDS: readonly { readonly low: number; readonly high: number; readonly names?: readonly string[] }[] = [
  { low: 0, high: 59 },
  { low: 0, high: 23 },
  { low: 1, high: 31 },
  { low: 1, high: 12, names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"] },
  { low: 0, high: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];
const DESCRIPTORS = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/** What is wrong with a schedule, in the words of the parser upstream uses (robfig/cron); undefined: nothing. */
function scheduleProblem(schedule: string): string | undefined {
  let text = schedule;
  if (text === "") return "empty spec string";
  if (/^(TZ|CRON_TZ)=/.test(text)) text = text.slice(text.indexOf(" ") + 1).trim();
  if (text.startsWith("@")) {
    if (DESCRIPTORS.includes(text)) return undefined;
    if (text.startsWith("@every "))
      return /^(\d+(\.\d+)?(ns|us|ms|s|m|h))+$/.test(text.slice(7)) ? undefined : `failed to parse duration ${text}`;
    return `unrecognized descriptor: ${text}`;
  }
  const fields = text.split(/\s+/).filter((field) => field !== "");
  if (fields.length !== 5) return `expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`;
  for (const [index, field] of fields.entries()) {
    const bounds = FIELDS[index];
    if (bounds === undefined) continue;
    for (const part of field.split(",")) {
      const problem = rangeProblem(part, bounds);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

function rangeProblem(part: string, { low, high, names = [] }: (typeof FIELDS)[number]): string | undefined {
  const [range = "", step, ...rest] = part.split("/");
  if (rest.length > 0) return `too many slashes: ${part}`;
  if (step !== undefined) {
    if (!/^\d+$/.test(step)) return `failed to parse int from ${step}: strconv.Atoi: parsing "${step}": invalid syntax`;
    if (Number(step) === 0) return `step of range should be a positive number: ${part}`;
  }
  if (range === "*" || range === "?") return undefined;
  const ends = range.split("-");
  if (ends.length > 2) return `too many hyphens: ${part}`;
  const numbers: number[] = [];
  for (const end of ends) {
    const name = names.indexOf(end.toLowerCase());
    if (name !== -1) numbers.push(name + low);
    else if (/^\d+$/.test(end)) numbers.push(Number(end));
    else return `failed to parse int from ${end}: strconv.Atoi: parsing "${end}": invalid syntax`;
  }
  const [first = 0, last = step === undefined ? first : high] = numbers;
  if (first < low) return `beginning of range (${first}) below minimum (${low}): ${part}`;
  if (last > high) return `end of range (${last}) above maximum (${high}): ${part}`;
  if (first > last) return `beginning of range (${first}) beyond end of range (${last}): ${part}`;
  return undefined;
}

export function validateCronJob({ spec, metadata }: CronJob): FieldError[] {
  const errors: FieldError[] = [];
  // Jobs are named after it, with eleven characters more.
  if ((metadata.name ?? "").length > 52)
    errors.push(invalidValue("metadata.name", metadata.name, "must be no more than 52 characters"));
  if (!spec?.schedule) errors.push(required("spec.schedule"));
  else {
    const problem = scheduleProblem(spec.schedule);
    if (problem !== undefined) errors.push(invalidValue("spec.schedule", spec.schedule, problem));
    if (/(^|\s)(CRON_)?TZ=/.test(spec.schedule))
      errors.push(
        invalidValue(
          "spec.schedule",
          spec.schedule,
          "cannot use TZ or CRON_TZ in schedule, use timeZone field instead",
        ),
      );
  }
  if (spec?.timeZone !== undefined) {
    if (spec.timeZone === "")
      errors.push(invalidValue("spec.timeZone", "", "timeZone must be nil or non-empty string"));
    else if (!isTimeZone(spec.timeZone))
      errors.push(invalidValue("spec.timeZone", spec.timeZone, `unknown time zone ${spec.timeZone}`));
  }
  errors.push(...nonNegative("spec.startingDeadlineSeconds", spec?.startingDeadlineSeconds));
  const policies = ["Allow", "Forbid", "Replace"];
  const policy = spec?.concurrencyPolicy;
  if (!policy) errors.push(required("spec.concurrencyPolicy"));
  else if (!policies.includes(policy)) errors.push(notSupported("spec.concurrencyPolicy", policy, policies));
  if (spec?.jobTemplate?.spec?.manualSelector === true)
    errors.push(notSupported("spec.jobTemplate.spec.manualSelector", true, ["nil", "false"]));
  if (spec?.jobTemplate?.spec?.selector !== undefined)
    errors.push(forbiddenField("spec.jobTemplate.spec.selector", "`selector` will be auto-generated"));
  return [
    ...errors,
    ...validateJobSpec("spec.jobTemplate.spec", spec?.jobTemplate?.spec),
    ...nonNegative("spec.successfulJobsHistoryLimit", spec?.successfulJobsHistoryLimit),
    ...nonNegative("spec.failedJobsHistoryLimit", spec?.failedJobsHistoryLimit),
  ];
}

function isTimeZone(name: string): boolean {
  if (name.toLowerCase() === "local") return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
