/** The contract of a check type: one file each in this folder, one line each in index.ts. */
import type { CheckSpec, LocalizedText, SimpleCheckSpec } from "../../course/index.ts";
import type { Sandbox } from "../../sandbox/types.ts";
import type { SemanticRecord } from "../records.ts";
import type { Subject, VerdictStatus } from "../types.ts";

/** What a change of makes it worth asking a check again. */
type Trigger =
  | { readonly on: "objects"; readonly kinds: readonly string[] }
  | { readonly on: "timeline" }
  | { readonly on: "file"; readonly path: string }
  /** Costly or with effects inside the cluster: only once nothing is going on and something has changed. */
  | { readonly on: "settled" }
  | { readonly on: "answer" };

export interface CheckContext {
  readonly sandbox: Sandbox;
  /** The learner's namespace. */
  readonly namespace: string;
  /** Records of the timeline since the lesson began. */
  records(): Promise<readonly SemanticRecord[]>;
  /** The learner's answers to quizzes, by check id. */
  readonly answers: ReadonlyMap<string, unknown>;
  /** Evaluates a check inside a fork of an experiment. */
  evaluate(check: SimpleCheckSpec, sandbox: Sandbox): Promise<Outcome>;
}

export interface Outcome {
  readonly status: VerdictStatus;
  /** Variables for the check's `messages` and `observed`, as CEL values. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** What to say where none of the author's messages fits. */
  readonly message?: LocalizedText;
  readonly observed?: string;
  readonly expected?: LocalizedText;
  readonly subject?: Subject;
}

export interface CheckType<Spec extends CheckSpec = CheckSpec> {
  readonly type: Spec["type"];
  trigger(spec: Spec): Trigger;
  /** May throw: that becomes an `error` verdict. */
  evaluate(spec: Spec, context: CheckContext): Promise<Outcome>;
}

/** The spec of one type. */
export type SpecOf<Type extends CheckSpec["type"]> = Extract<CheckSpec, { readonly type: Type }>;
