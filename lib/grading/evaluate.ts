/** From a check to its verdict: runs the check, then finds the words. */
import type { CheckSpec, LocalizedText, SimpleCheckSpec } from "../course/index.ts";
import type { Sandbox } from "../sandbox/types.ts";
import { evaluateCel, showCel } from "./cel.ts";
import type { CheckContext, Outcome } from "./checks/check-type.ts";
import { checkType } from "./checks/index.ts";
import { CheckError } from "./checks/verdict-of.ts";
import { RecordReader, type SemanticRecord } from "./records.ts";
import type { Verdict } from "./types.ts";

const PASSED: LocalizedText = { en: "Just as it should be.", zh: "正是应有的样子。" };
const NOT_YET: LocalizedText = { en: "Not there yet.", zh: "还没有达到。" };
const WAITING: LocalizedText = { en: "Nothing to judge yet.", zh: "还没有可以评判的内容。" };

/** Records of a sandbox's timeline since its lesson began. */
export async function readRecords(sandbox: Sandbox): Promise<readonly SemanticRecord[]> {
  const reader = new RecordReader();
  const start = await sandbox.timeline.start();
  // The setup is read too, so that a change of one of its objects is seen as a change and not as a creation.
  for (const record of await sandbox.timeline.read(0)) reader.push(record);
  return reader.records.filter((record) => record.sequence > start);
}

/** Runs one check and finds its author's words for what was seen. Throws what the check type throws. */
async function outcomeOfCheck(spec: CheckSpec, context: CheckContext): Promise<Outcome> {
  const outcome = await checkType(spec).evaluate(spec, context);
  const observed = observedBy(spec, outcome);
  const known = outcome.status === "fail" ? knownMessage(spec, outcome) : undefined;
  const message = known ?? outcome.message;
  const expected = spec.expected ?? outcome.expected;
  return {
    ...outcome,
    ...(observed === undefined ? {} : { observed }),
    ...(message === undefined ? {} : { message }),
    ...(expected === undefined ? {} : { expected }),
  };
}

function observedBy(spec: CheckSpec, outcome: Outcome): string | undefined {
  if (spec.observed === undefined || Object.keys(outcome.facts).length === 0) return outcome.observed;
  const result = evaluateCel(spec.observed, outcome.facts);
  if (result.kind === "error") throw new CheckError(`the check's "observed" cannot be evaluated: ${result.message}`);
  return result.kind === "value" ? showCel(result.value) : outcome.observed;
}

function knownMessage(spec: CheckSpec, outcome: Outcome): LocalizedText | undefined {
  for (const { when, text } of spec.messages) {
    const result = evaluateCel(when, outcome.facts);
    if (result.kind === "error") throw new CheckError(`a message's "when" cannot be evaluated: ${result.message}`);
    if (result.kind === "value" && result.value === true) return text;
  }
  return undefined;
}

interface EvaluationOptions {
  readonly namespace: string;
  readonly answers?: ReadonlyMap<string, unknown>;
  /** Records already read, where the caller keeps them up to date; read from the sandbox otherwise. */
  readonly records?: () => Promise<readonly SemanticRecord[]>;
}

/** Host time; verdicts are stamped with it because they belong to people, not to clusters. */
const hostNow = () => Date.now();

/** The verdict of one check in a sandbox. Never throws: what goes wrong becomes an `error` verdict. */
export async function evaluateCheck(spec: CheckSpec, sandbox: Sandbox, options: EvaluationOptions): Promise<Verdict> {
  const started = hostNow();
  const context = contextFor(sandbox, options);
  let outcome: Outcome;
  try {
    outcome = await outcomeOfCheck(spec, context);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    outcome = {
      status: "error",
      facts: {},
      message: { en: `This check could not be run: ${reason}`, zh: `这项检查无法运行:${reason}` },
    };
  }
  const failed = outcome.status === "fail";
  const finished = hostNow();
  return {
    check: spec.id,
    status: outcome.status,
    message: outcome.message ?? (outcome.status === "pass" ? PASSED : failed ? NOT_YET : WAITING),
    ...(failed && outcome.expected !== undefined ? { expected: outcome.expected } : {}),
    ...(failed && outcome.observed !== undefined ? { observed: outcome.observed } : {}),
    ...(outcome.subject === undefined ? {} : { subject: outcome.subject }),
    ...(spec.command === undefined ? {} : { command: spec.command }),
    at: finished,
    tookMs: finished - started,
  };
}

function contextFor(sandbox: Sandbox, options: EvaluationOptions): CheckContext {
  return {
    sandbox,
    namespace: options.namespace,
    answers: options.answers ?? new Map(),
    records: options.records ?? (() => readRecords(sandbox)),
    evaluate: (check: SimpleCheckSpec, fork: Sandbox) =>
      outcomeOfCheck(check, contextFor(fork, { namespace: options.namespace })),
  };
}
