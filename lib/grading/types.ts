/** Verdicts: what a check says. */
import type { LocalizedText } from "../course/text.ts";

/** What a check is about, so that the page can show it. */
export interface Subject {
  readonly kind: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Path into the object, e.g. "spec.updateStrategy.rollingUpdate.partition". */
  readonly field?: string;
}

/**
 * `error`: the check could not be run (never counts as a failure of the learner). `waiting`: nothing to judge yet (a
 * check it needs has not passed, or no answer was given).
 */
export type VerdictStatus = "waiting" | "pass" | "fail" | "error";

export interface Verdict {
  readonly check: string;
  readonly status: VerdictStatus;
  /** One sentence. For a known wrong turn: the author's words about it. */
  readonly message: LocalizedText;
  readonly expected?: LocalizedText;
  /** What was seen instead; what a machine said is not translated. */
  readonly observed?: string;
  readonly subject?: Subject;
  /** A command to look for oneself. */
  readonly command?: string;
  /** ms since the epoch. */
  readonly at: number;
  /** How long the evaluation took, ms. */
  readonly tookMs: number;
}

export interface ExerciseVerdict {
  readonly exercise: string;
  /** pass where all checks pass; fail where one fails; error where one could not run and none fails. */
  readonly status: VerdictStatus;
  readonly points: number;
  readonly maximumPoints: number;
  readonly checks: readonly Verdict[];
}
