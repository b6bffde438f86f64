/** The calls between main thread and sandbox worker, as types for both sides. */
import type { ExerciseVerdict } from "../grading/types.ts";
import type { LiveMessage } from "../protocol/types.ts";
import type { Capabilities, EditAnswer, Fault, Incident, TerminalOutput, WorkspaceFile } from "../sandbox/types.ts";
import type { Problem } from "./dry-run.ts";
import type { AttemptSpec, SavedAttempt } from "./runtime.ts";

export interface WorkerCalls {
  /** Answers at once: the heartbeat. */
  ping(): void;
  /** Port on loopback where the worker serves /clusters/<id>/. */
  port(): number;
  /** `mark`: what the worker writes into the shared memory while this attempt is at work. */
  open(spec: AttemptSpec, saved: SavedAttempt | undefined, mark: number): void;
  /** Forgets the attempt without saving. */
  close(id: string): void;
  capabilities(id: string): Capabilities;
  save(id: string): SavedAttempt;
  files(id: string): readonly { readonly path: string; readonly sizeBytes: number; readonly modified: number }[];
  readFile(id: string, path: string): WorkspaceFile | undefined;
  writeFile(id: string, path: string, text: string): void;
  removeFile(id: string, path: string): void;
  terminals(id: string): readonly string[];
  openTerminal(id: string, columns: number, rows: number): string;
  closeTerminal(id: string, terminal: string): void;
  typeCommand(id: string, terminal: string, command: string): void;
  terminalInput(id: string, terminal: string, data: string): void;
  resizeTerminal(id: string, terminal: string, columns: number, rows: number): void;
  keepEdit(id: string, edit: string, text: string, revision: number): EditAnswer | undefined;
  saveEdit(id: string, edit: string, text: string, revision: number): EditAnswer | undefined;
  cancelEdit(id: string, edit: string): void;
  dryRun(id: string, text: string): readonly Problem[];
  setSpeed(id: string, speed: number): void;
  setNodePower(id: string, node: string, on: boolean): void;
  /** What is wrong with the fault, in words (there is no such node ...); undefined where it was done. */
  inject(id: string, fault: Fault): string | undefined;
  heal(id: string, fault: Fault): string | undefined;
  strike(id: string, incident: Incident): string | undefined;
  reset(id: string, to: Parameters<import("./runtime.ts").AttemptRuntime["reset"]>[0]): void;
  answer(id: string, exercise: string, check: string, answer: unknown): ExerciseVerdict | undefined;
  evaluate(id: string, exercise: string): ExerciseVerdict | undefined;
  verdicts(id: string): readonly ExerciseVerdict[];
  /** The exercise the learner is at. */
  currentExercise(id: string): string | undefined;
  kubeConfig(id: string, server: string): string;
}

export interface WorkerSubscriptions {
  live: { readonly args: [id: string, editor: boolean]; readonly value: LiveMessage };
  terminal: { readonly args: [id: string, terminal: string, since: number]; readonly value: TerminalOutput };
  /** Ids of attempts that have something new to save. */
  changed: { readonly args: []; readonly value: string };
  /** The state in which an exercise of any attempt was begun. */
  marks: {
    readonly args: [];
    readonly value: { readonly id: string; readonly exercise: string; readonly saved: SavedAttempt };
  };
  /** Verdicts of any attempt of the worker, for the learners' progress. */
  verdicts: { readonly args: []; readonly value: { readonly id: string; readonly verdict: ExerciseVerdict } };
}

/** Carried by errors that are the caller's fault: an unknown attempt, terminal or file. */
export const NOT_FOUND = "NotFoundError";
