/**
 * lesson.yaml and course.yaml: the shape authors write, strict (an unknown key is an error) and published as JSON
 * Schema. Descriptions here are what an author's editor shows.
 */
import { z } from "zod";

const identifier = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "lower-case words joined by '-'")
  .describe("Lower-case words joined by '-'; never changes once published, because progress refers to it.");

const text = z.strictObject({ en: z.string().min(1), zh: z.string().min(1) });
const cel = z.string().min(1);
const duration = z
  .string()
  .regex(/^\d+(ms|s|m|h)$/, "a number and ms, s, m or h, e.g. 30s")
  .describe("Cluster time, e.g. 30s, 5m.");

/** Selects one object. */
const objectSelector = z.strictObject({
  apiVersion: z
    .string()
    .optional()
    .describe('Default: the group-version built-in kinds have, e.g. "apps/v1" for StatefulSet.'),
  kind: z.string(),
  name: z.string(),
  namespace: z.string().optional().describe("Default: the sandbox's namespace."),
});

/** Selects any number of objects. */
const objectsSelector = z.strictObject({
  apiVersion: z.string().optional(),
  kind: z.string(),
  namespace: z.string().optional(),
  labels: z.string().optional().describe('A label selector as kubectl takes it, e.g. "app=nginx,tier!=cache".'),
});

const knownWrongState = z.strictObject({
  when: cel.describe("CEL over what the check saw; the first message whose expression holds is shown."),
  text: text,
});

/** Keys that every check has. */
const common = {
  id: identifier,
  title: text.describe("What must be true, as the learner reads it in the check's row."),
  points: z.number().int().min(0).default(1),
  needs: z
    .array(identifier)
    .default([])
    .describe("Checks of this exercise that must pass before this one is evaluated."),
  hints: z.array(text).default([]),
  messages: z
    .array(knownWrongState)
    .default([])
    .describe("Wrong turns that learners really take, each with words of its own."),
  expected: text.optional().describe("What a passing state looks like, in words or as the value."),
  observed: cel.optional().describe("CEL giving what was seen instead, e.g. string(object.spec.replicas)."),
  field: z
    .string()
    .optional()
    .describe("Path into the object the check is about, e.g. spec.updateStrategy.rollingUpdate.partition."),
  command: z.string().optional().describe("A command with which to look for oneself."),
  hidden: z.boolean().default(false).describe("Not shown before the submission (exams)."),
  keep: z
    .enum(["latch", "hold"])
    .default("latch")
    .describe("latch: once passed it stays passed. hold: it must still hold at the end."),
} as const;

const objectCheck = z.strictObject({
  ...common,
  type: z.literal("object"),
  object: objectSelector,
  that: cel.describe("CEL over `object`. Where the object does not exist the check fails without evaluating it."),
});

const objectsCheck = z.strictObject({
  ...common,
  type: z.literal("objects"),
  objects: objectsSelector,
  that: cel.describe("CEL over `objects`, a list in order of name."),
});

const timelineCheck = z.strictObject({
  ...common,
  type: z.literal("timeline"),
  after: cel
    .optional()
    .describe(
      "CEL over `record`: only what came after the LAST record for which it holds counts. Where none matches the check fails.",
    ),
  that: cel.describe(
    "CEL over `timeline`, the ordered records since the lesson began (setup left out). A record: sequence, time (ms), verb " +
      "(created, deleted, deleting, scheduled, becameReady, becameUnready, imageChanged, scaled, bound, restarted, changed), kind, namespace, " +
      "name, ordinal (-1 where the name has none), image (of the first container, or of the Pod template), revision " +
      "(controller-revision-hash), actor, object.",
  ),
});

const execCheck = z.strictObject({
  ...common,
  type: z.literal("exec"),
  pod: z.string(),
  namespace: z.string().optional(),
  container: z.string().optional(),
  run: z.array(z.string()).min(1).describe("The command and its arguments; no shell unless you name one."),
  that: cel.default("result.exitCode == 0").describe("CEL over `result`: stdout, stderr, exitCode."),
  timeout: duration.default("10s"),
});

const shellCheck = z.strictObject({
  ...common,
  type: z.literal("shell"),
  script: z
    .string()
    .describe(
      "bash, in the learner's workspace, with kubectl. Exit 0 passes; a line `FAIL: message` on stdout is the message.",
    ),
  timeout: duration.default("30s"),
});

const fileCheck = z.strictObject({
  ...common,
  type: z.literal("file"),
  file: z.string().describe("A workspace file; parsed as YAML."),
  that: cel.describe("CEL over `documents`, the file's YAML documents."),
});

const httpCheck = z.strictObject({
  ...common,
  type: z.literal("http"),
  url: z.url().describe("Asked from inside the cluster, e.g. http://web-0.nginx.default.svc.cluster.local/"),
  that: cel.default("response.status == 200").describe("CEL over `response`: status (0 where nothing answered), body."),
  timeout: duration.default("5s"),
});

const dnsCheck = z.strictObject({
  ...common,
  type: z.literal("dns"),
  name: z.string().describe("A fully qualified name, e.g. web-0.nginx.default.svc.cluster.local"),
  record: z.enum(["A", "SRV", "PTR", "CNAME"]).default("A"),
  that: cel.default("size(answers) > 0").describe("CEL over `answers`, a list of strings."),
});

const quizOption = z.strictObject({
  id: identifier,
  text: text,
  correct: z.boolean().default(false),
  explanation: text.describe("Why this is right or wrong; shown after answering."),
});

const quizCheck = z.strictObject({
  ...common,
  type: z.literal("quiz"),
  question: text,
  answer: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("single"), options: z.array(quizOption).min(2) }),
    z.strictObject({ kind: z.literal("multiple"), options: z.array(quizOption).min(2) }),
    z.strictObject({
      kind: z.literal("number"),
      value: z.number(),
      tolerance: z.number().min(0).default(0),
      explanation: text,
    }),
    z.strictObject({
      kind: z.literal("text"),
      accept: z.array(z.string()).min(1).describe("Accepted answers; case and outer white space do not count."),
      explanation: text,
    }),
  ]),
});

const simpleCheck = z.discriminatedUnion("type", [
  objectCheck,
  objectsCheck,
  timelineCheck,
  execCheck,
  shellCheck,
  fileCheck,
  httpCheck,
  dnsCheck,
]);

const experimentCheck = z.strictObject({
  ...common,
  type: z.literal("experiment"),
  do: z.string().describe("bash, run in a fork of the learner's cluster; the learner's own cluster notices nothing."),
  within: duration
    .default("2m")
    .describe("How much virtual time the fork may live after `do`; it stops early once nothing is going on."),
  checks: z.array(simpleCheck).min(1).describe("Evaluated in the fork afterwards; all must pass."),
});

export const checkSchema = z.discriminatedUnion("type", [
  objectCheck,
  objectsCheck,
  timelineCheck,
  execCheck,
  shellCheck,
  fileCheck,
  httpCheck,
  dnsCheck,
  quizCheck,
  experimentCheck,
]);

const solutionStep = z.strictObject({
  say: text.describe("What this step does and why, in one sentence."),
  run: z.string().optional().describe("A command line to type."),
  file: z.string().optional().describe("A workspace file to write ..."),
  content: z.string().optional().describe("... with this content."),
});

export const exerciseSchema = z.strictObject({
  id: identifier,
  title: text,
  task: text.describe("What to do and what done means, in one or two sentences. The check tests exactly this."),
  hints: z.array(text).default([]).describe("Unfold one at a time, from a nudge to nearly the answer."),
  solution: z.array(solutionStep).default([]).describe("Shown when the learner reveals it, step by step."),
  checks: z.array(checkSchema).min(1),
});

export const lessonSchema = z.strictObject({
  title: text,
  summary: text.describe("One sentence for the catalogue."),
  minutes: z.number().int().min(1).max(120),
  objectives: z.array(text).min(1),
  prerequisites: z.array(z.string()).default([]).describe('Lessons as "module folder/lesson folder".'),
  sandbox: z
    .strictObject({
      namespace: z.string().default("default"),
      nodes: z.number().int().min(1).max(10).default(3),
      open: z.string().optional().describe("The workspace file the editor opens first."),
    })
    .default({ namespace: "default", nodes: 3 }),
  exercises: z.array(exerciseSchema),
});

/** mistakes/NAME.yaml: what mistakes/NAME.sh must lead to. */
export const mistakeSchema = z.strictObject({
  description: z.string(),
  expect: z
    .array(
      z.strictObject({
        exercise: identifier,
        check: identifier,
        status: z.enum(["fail", "error", "pass", "waiting"]).default("fail"),
        message: z.string().describe("A part of the English message that must appear."),
      }),
    )
    .min(1),
});

export const moduleSchema = z.strictObject({ title: text, summary: text });
export const courseSchema = z.strictObject({
  title: text,
  summary: text,
  modules: z.array(z.string()).min(1).describe("Folders in order."),
});

export type CheckSpec = z.output<typeof checkSchema>;
export type SimpleCheckSpec = z.output<typeof simpleCheck>;
export type ExerciseSpec = z.output<typeof exerciseSchema>;
export type LessonSpec = z.output<typeof lessonSchema>;
export type MistakeSpec = z.output<typeof mistakeSchema>;
export type CourseSpec = z.output<typeof courseSchema>;
export type ModuleSpec = z.output<typeof moduleSchema>;
