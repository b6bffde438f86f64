import { describe, expect, it } from "vitest";
import { checkSchema, type ExerciseSpec, exerciseSchema } from "../course/index.ts";
import type { Sandbox, TimelineRecord } from "../sandbox/types.ts";
import { evaluateCel, toCel } from "./cel.ts";
import { combine, evaluateCheck, judge, RecordReader } from "./index.ts";
import type { Verdict } from "./types.ts";

const t = (words: string) => ({ en: words, zh: words });

describe("CEL", () => {
  const facts = { object: toCel({ spec: { replicas: 3 }, status: {}, items: [{ n: 2 }, { n: 1 }] }) };

  it("treats whole numbers as ints, so that arithmetic works", () => {
    expect(evaluateCel("object.spec.replicas + 1 == 4", facts)).toEqual({ kind: "value", value: true });
  });

  it("tells a missing key from a wrong expression", () => {
    expect(evaluateCel("object.status.readyReplicas == 3", facts).kind).toBe("missing");
    expect(evaluateCel("object.items[7].n == 3", facts).kind).toBe("missing");
    expect(evaluateCel("object.spec.replicas ==", facts).kind).toBe("error");
    expect(evaluateCel("1 + 'a' == 2", facts).kind).toBe("error");
  });

  it("knows ordinals, quantities and order", () => {
    expect(evaluateCel("ordinal('web-12')", {})).toEqual({ kind: "value", value: 12n });
    expect(evaluateCel("quantity('1Gi') > quantity('1G')", {})).toEqual({ kind: "value", value: true });
    expect(evaluateCel("object.items.map(i, i.n).isSorted()", facts)).toEqual({ kind: "value", value: false });
    expect(evaluateCel("object.items.map(i, i.n).reverse().isSorted()", facts)).toEqual({ kind: "value", value: true });
  });
});

const pod = (name: string, extra: object = {}) => ({
  kind: "Pod",
  metadata: { name, labels: { "controller-revision-hash": "web-1" } },
  ...extra,
});
let sequence = 0;
const record = (type: TimelineRecord["type"], name: string, object: object): TimelineRecord => ({
  sequence: ++sequence,
  time: sequence,
  type,
  resource: "pods",
  kind: "Pod",
  namespace: "default",
  name,
  actor: "test",
  object: object as TimelineRecord["object"],
});
const ready = { status: { conditions: [{ type: "Ready", status: "True" }] } };

describe("timeline records", () => {
  it("reads creation, readiness, image changes and deletion out of object changes", () => {
    const reader = new RecordReader();
    reader.push(record("ADDED", "web-0", pod("web-0")));
    reader.push(
      record("MODIFIED", "web-0", pod("web-0", { spec: { nodeName: "node-1", containers: [{ image: "a" }] } })),
    );
    reader.push(
      record(
        "MODIFIED",
        "web-0",
        pod("web-0", { spec: { nodeName: "node-1", containers: [{ image: "a" }] }, ...ready }),
      ),
    );
    reader.push(
      record("MODIFIED", "web-0", pod("web-0", { spec: { nodeName: "node-1", containers: [{ image: "b" }] } })),
    );
    reader.push(record("DELETED", "web-0", pod("web-0")));
    expect(reader.records.map((each) => each.verb)).toEqual([
      "created",
      "scheduled",
      "imageChanged",
      "becameReady",
      "becameUnready",
      "imageChanged",
      "deleted",
    ]);
    expect(reader.records[0]).toMatchObject({ ordinal: 0, revision: "web-1", namespace: "default" });
  });

  it("starts anew when an object of the same name is created again", () => {
    const reader = new RecordReader();
    reader.push(record("ADDED", "web-0", pod("web-0", ready)));
    reader.push(record("DELETED", "web-0", pod("web-0", ready)));
    reader.push(record("ADDED", "web-0", pod("web-0")));
    expect(reader.records.map((each) => each.verb)).toEqual(["created", "becameReady", "deleted", "created"]);
  });
});

const base = { id: "c", title: t("C") };
const sandboxWith = (records: readonly TimelineRecord[], start = 0): Sandbox =>
  ({
    capabilities: { fork: false, rewind: false, speed: false, nodes: false, clusterScope: false },
    timeline: { start: async () => start, read: async () => records, watch: () => () => undefined },
    api: async (_method: string, path: string) =>
      path === "/api/v1"
        ? { status: 200, body: { resources: [{ name: "pods", kind: "Pod", namespaced: true }] } }
        : path.endsWith("/web-0")
          ? { status: 200, body: { spec: { replicas: 2 } } }
          : { status: 404, body: {} },
  }) as unknown as Sandbox;

describe("verdicts", () => {
  const object = (extra: object) =>
    checkSchema.parse({ ...base, type: "object", object: { kind: "Pod", name: "web-0" }, ...extra });

  it("shows expected and observed of a failed check, and the author's words for a known wrong turn", async () => {
    const check = object({
      that: "object.spec.replicas == 3",
      expected: t("3"),
      observed: "object.spec.replicas",
      messages: [{ when: "object.spec.replicas < 3", text: t("too few") }],
    });
    const verdict = await evaluateCheck(check, sandboxWith([]), { namespace: "default" });
    expect(verdict).toMatchObject({ status: "fail", message: t("too few"), expected: t("3"), observed: "2" });
  });

  it("fails, and does not error, where the object or a field is missing", async () => {
    const missing = checkSchema.parse({
      ...base,
      type: "object",
      object: { kind: "Pod", name: "other" },
      that: "true",
    });
    expect((await evaluateCheck(missing, sandboxWith([]), { namespace: "default" })).message.en).toBe(
      "There is no Pod named other yet.",
    );
    const field = object({ that: "object.status.phase == 'Running'" });
    expect((await evaluateCheck(field, sandboxWith([]), { namespace: "default" })).status).toBe("fail");
  });

  it("says error, never fail, where the check itself is broken or cannot be run", async () => {
    const broken = object({ that: "object.spec.replicas" });
    expect((await evaluateCheck(broken, sandboxWith([]), { namespace: "default" })).status).toBe("error");
    const experiment = checkSchema.parse({
      ...base,
      type: "experiment",
      do: "true",
      checks: [object({ that: "true" })],
    });
    expect(await evaluateCheck(experiment, sandboxWith([]), { namespace: "default" })).toMatchObject({
      status: "error",
    });
  });

  it("judges the timeline only after the last record that `after` names, and leaves the setup out", async () => {
    sequence = 0;
    const records = [
      record("ADDED", "web-2", pod("web-2")),
      record("DELETED", "web-2", pod("web-2")),
      record("DELETED", "web-1", pod("web-1")),
    ];
    const order = (extra: object) =>
      checkSchema.parse({
        ...base,
        type: "timeline",
        that: "timeline.filter(r, r.verb == 'deleted').map(r, r.name) == ['web-1']",
        ...extra,
      });
    const options = { namespace: "default" };
    expect((await evaluateCheck(order({}), sandboxWith(records), options)).status).toBe("fail");
    expect((await evaluateCheck(order({}), sandboxWith(records, 2), options)).status).toBe("pass");
    expect(
      (await evaluateCheck(order({ after: "record.name == 'web-2'" }), sandboxWith(records), options)).status,
    ).toBe("pass");
    expect(
      (await evaluateCheck(order({ after: "record.name == 'web-9'" }), sandboxWith(records), options)).status,
    ).toBe("fail");
  });
});

describe("quizzes", () => {
  const quiz = (answer: object) =>
    checkSchema.parse({ ...base, type: "quiz", question: t("?"), answer }) as Parameters<typeof judge>[0];
  const options = [
    { id: "a", text: t("A"), correct: true, explanation: t("right") },
    { id: "b", text: t("B"), explanation: t("wrong") },
    { id: "c", text: t("C"), correct: true, explanation: t("also") },
  ];

  it("waits for an answer, and explains it", () => {
    const single = quiz({ kind: "single", options: options.slice(0, 2) });
    expect(judge(single, undefined).status).toBe("waiting");
    expect(judge(single, "zzz").status).toBe("waiting");
    expect(judge(single, "b")).toMatchObject({ status: "fail", message: t("wrong") });
    expect(judge(single, "a")).toMatchObject({ status: "pass", message: t("right") });
  });

  it("wants all correct options and no other", () => {
    const multiple = quiz({ kind: "multiple", options });
    expect(judge(multiple, ["a"]).status).toBe("fail");
    expect(judge(multiple, ["a", "b", "c"])).toMatchObject({ status: "fail", message: t("wrong") });
    expect(judge(multiple, ["c", "a"]).status).toBe("pass");
  });

  it("takes numbers within tolerance and text without regard to case", () => {
    const number = quiz({ kind: "number", value: 3, tolerance: 0, explanation: t("x") });
    expect([judge(number, "3").status, judge(number, 4).status, judge(number, "many").status]).toEqual([
      "pass",
      "fail",
      "waiting",
    ]);
    const text = quiz({ kind: "text", accept: ["web-0.nginx"], explanation: t("x") });
    expect([judge(text, " WEB-0.nginx ").status, judge(text, "web-0").status, judge(text, " ").status]).toEqual([
      "pass",
      "fail",
      "waiting",
    ]);
  });
});

describe("an exercise", () => {
  const exercise: ExerciseSpec = exerciseSchema.parse({
    id: "e",
    title: t("E"),
    task: t("T"),
    checks: ["one", "two"].map((id, index) => ({ id, title: t(id), points: index + 1, type: "shell", script: "true" })),
  });
  const verdict = (check: string, status: Verdict["status"]): Verdict => ({
    check,
    status,
    message: t("m"),
    at: 0,
    tookMs: 0,
  });

  it.each([
    ["pass", "pass", "pass", 3],
    ["pass", "fail", "fail", 1],
    ["error", "pass", "error", 2],
    ["error", "fail", "fail", 0],
    ["waiting", "pass", "waiting", 2],
  ] as const)("with checks %s and %s is %s and earns %d", (one, two, status, points) => {
    expect(combine(exercise, [verdict("one", one), verdict("two", two)])).toMatchObject({
      status,
      points,
      maximumPoints: 3,
    });
  });
});
