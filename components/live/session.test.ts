import { describe, expect, it } from "vitest";
import type { ExerciseVerdict, VerdictStatus } from "../../lib/grading/types.ts";
import { LessonSession } from "./session.ts";

const verdict = (exercise: string, status: VerdictStatus, observed = ""): ExerciseVerdict => ({
  exercise,
  status,
  points: 0,
  maximumPoints: 1,
  checks: [{ check: "one", status, message: { en: "", zh: "" }, observed, at: 0, tookMs: 0 }],
});
const capabilities = { fork: true, rewind: true, speed: true, nodes: true, clusterScope: true };
const activity = { now: 0, speed: 1, busy: false, waiting: [], faults: [] };
const state = (...verdicts: ExerciseVerdict[]) =>
  ({ type: "state", objects: [], sequence: 0, records: [], activity, capabilities, verdicts, edits: [] }) as const;

describe("what the learner has begun", () => {
  it("is not an exercise that fails because nobody has touched it", () => {
    const session = new LessonSession("stateful", "x");
    session.receive(state(verdict("canary", "fail", "0")));
    session.receive({ type: "verdict", verdict: verdict("canary", "fail", "0") });
    expect(session.begun.get().has("canary")).toBe(false);
  });

  it("is an exercise whose checks see something else than before", () => {
    const session = new LessonSession("stateful", "x");
    session.receive(state(verdict("canary", "fail", "0")));
    session.receive({ type: "verdict", verdict: verdict("canary", "fail", "1") });
    expect(session.begun.get().has("canary")).toBe(true);
  });

  it("is not an exercise that was evaluated for the first time", () => {
    const session = new LessonSession("stateful", "x");
    session.receive(state(verdict("canary", "waiting")));
    session.receive({ type: "verdict", verdict: verdict("canary", "fail", "0") });
    expect(session.begun.get().has("canary")).toBe(false);
  });

  it("is a question that was answered, right or wrong", () => {
    const session = new LessonSession("stateful", "x", new Set(["predict/one"]));
    session.receive(state(verdict("predict", "waiting")));
    session.receive({ type: "verdict", verdict: verdict("predict", "fail", "web-2") });
    expect(session.begun.get().has("predict")).toBe(true);
  });
});
