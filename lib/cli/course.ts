/** `statecraft course`: what authors run. lint reads, test proves, schema prints. */
import { join } from "node:path";
import { z } from "zod";
import {
  type CheckSpec,
  type Content,
  courseSchema,
  type Lesson,
  lessonSchema,
  loadContent,
  mistakeSchema,
  moduleSchema,
} from "../course/index.ts";
import { celProblem, evaluateCheck, type Verdict } from "../grading/index.ts";
import { embeddedSandboxes } from "../sandbox/embedded/index.node.ts";
import type { Sandbox, SandboxId } from "../sandbox/types.ts";
import { parse, UsageError } from "./usage.ts";

const HELP = `Usage: statecraft course lint|test|schema [options] [LESSON ...]

  lint      checks every file of the course; names file and line
  test      for each lesson: the untouched start must fail, the reference solution must turn every check green
            (twice, on fresh clusters), each mistake must fail the named check with its message
  schema    prints JSON Schema for lesson.yaml, for editors

  --content DIR   default: content
  LESSON          part of a lesson's path, e.g. partitioned
`;

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse({
    args: [...args],
    allowPositionals: true,
    options: { content: { type: "string", default: "content" }, help: { type: "boolean", short: "h" } },
  });
  const [command, ...lessons] = positionals;
  if (values.help === true || command === undefined) {
    process.stdout.write(HELP);
    return command === undefined && values.help !== true ? 2 : 0;
  }
  switch (command) {
    case "lint":
      return lint(loadContent(values.content), values.content);
    case "test": {
      const content = loadContent(values.content);
      const linted = lint(content, values.content);
      const tested = await test(content, lessons);
      return linted || tested;
    }
    case "schema":
      process.stdout.write(`${JSON.stringify(schemas(), null, 2)}\n`);
      return 0;
    default:
      throw new UsageError(`there is no "course ${command}".\n\n${HELP}`);
  }
}

function schemas(): object {
  return Object.fromEntries(
    Object.entries({ lesson: lessonSchema, mistake: mistakeSchema, module: moduleSchema, course: courseSchema }).map(
      ([name, schema]) => [name, z.toJSONSchema(schema, { io: "input" })],
    ),
  );
}

/** Every CEL expression of a check, with the key it stands under. */
function expressionsOf(check: CheckSpec): readonly (readonly [string, string])[] {
  const found: [string, string][] = [];
  if ("that" in check) found.push(["that", check.that]);
  if ("after" in check && check.after !== undefined) found.push(["after", check.after]);
  if (check.observed !== undefined) found.push(["observed", check.observed]);
  check.messages.forEach((message, index) => {
    found.push([`messages.${index}.when`, message.when]);
  });
  if (check.type === "experiment")
    for (const nested of check.checks)
      found.push(...expressionsOf(nested).map(([key, text]) => [`${nested.id}.${key}`, text] as [string, string]));
  return found;
}

function lint(content: Content, root: string): number {
  let errors = 0;
  const report = (level: string, file: string, line: number, message: string) => {
    if (level === "error") errors++;
    process.stdout.write(`${level}  ${join(root, file)}${line === 0 ? "" : `:${line}`}: ${message}\n`);
  };
  for (const finding of content.findings) report(finding.level, finding.file, finding.line, finding.message);
  for (const lesson of content.lessons.values()) {
    for (const exercise of lesson.spec.exercises) {
      for (const check of exercise.checks) {
        for (const [key, expression] of expressionsOf(check)) {
          const problem = celProblem(expression);
          if (problem !== undefined)
            report("error", join(lesson.path, "lesson.yaml"), 0, `${exercise.id}/${check.id} ${key}: ${problem}`);
        }
      }
    }
  }
  process.stdout.write(`${content.lessons.size} lessons, ${errors} errors\n`);
  return errors === 0 ? 0 : 1;
}

type Verdicts = ReadonlyMap<string, Verdict>;

type QuizSpec = Extract<CheckSpec, { readonly type: "quiz" }>;

function rightAnswer({ answer }: QuizSpec): unknown {
  switch (answer.kind) {
    case "single":
      return answer.options.find((option) => option.correct)?.id;
    case "multiple":
      return answer.options.filter((option) => option.correct).map((option) => option.id);
    case "number":
      return answer.value;
    case "text":
      return answer.accept[0];
  }
}

/** The right answers by exercise and check; quizzes cannot be answered from a shell script. */
function rightAnswers(lesson: Lesson): ReadonlyMap<string, ReadonlyMap<string, unknown>> {
  return new Map(
    lesson.spec.exercises.map((exercise) => {
      const quizzes = exercise.checks.filter((check): check is QuizSpec => check.type === "quiz");
      return [exercise.id, new Map(quizzes.map((quiz) => [quiz.id, rightAnswer(quiz)]))];
    }),
  );
}

/**
 * Plays a script in a fresh sandbox under virtual time. Exercises are judged where the script says so, in a line
 * `# checkpoint: EXERCISE` (a later exercise may undo what an earlier one asked for), the others at its end.
 */
async function play(
  lesson: Lesson,
  script: string,
  answers: ReadonlyMap<string, ReadonlyMap<string, unknown>>,
): Promise<Verdicts> {
  const provider = embeddedSandboxes();
  const id = "course-test" as SandboxId;
  const { namespace, nodes } = lesson.spec.sandbox;
  const created = await provider.create(id, {
    files: lesson.files,
    namespace,
    nodes,
    seed: 1,
    ...(lesson.setup === undefined ? {} : { setup: lesson.setup }),
  });
  const sandbox = await created.fork();
  try {
    const verdicts = new Map<string, Verdict>();
    const judged = new Set<string>();
    // A step that fails unnoticed would make the verdicts about something else.
    for (const part of `set -e\n${script}`.split(/^(?=# checkpoint:)/m)) {
      const checkpoint = /^# checkpoint:\s*(\S+)/.exec(part)?.[1];
      if (checkpoint !== undefined) {
        await judge(lesson, sandbox, answers, (exercise) => exercise === checkpoint, verdicts);
        judged.add(checkpoint);
      }
      const result = await sandbox.run(part, { timeoutMs: 30 * 60_000, session: "learner" });
      if (result.timedOut) throw new Error(`the script did not finish:\n${part}`);
      if (result.exitCode !== 0)
        throw new Error(`the script ended with status ${result.exitCode}: ${result.stderr || result.stdout}`);
      await sandbox.advance({ withinMs: 10 * 60_000, untilSettled: true });
    }
    await judge(lesson, sandbox, answers, (exercise) => !judged.has(exercise), verdicts);
    return verdicts;
  } finally {
    await sandbox.close();
    await provider.destroy(id);
  }
}

async function judge(
  lesson: Lesson,
  sandbox: Sandbox,
  answers: ReadonlyMap<string, ReadonlyMap<string, unknown>>,
  which: (exercise: string) => boolean,
  verdicts: Map<string, Verdict>,
): Promise<void> {
  for (const exercise of lesson.spec.exercises) {
    if (!which(exercise.id)) continue;
    for (const check of exercise.checks) {
      const verdict = await evaluateCheck(check, sandbox, {
        namespace: lesson.spec.sandbox.namespace,
        answers: answers.get(exercise.id) ?? new Map(),
      });
      verdicts.set(`${exercise.id}/${check.id}`, verdict);
    }
  }
}

const show = (verdict: Verdict) =>
  `${verdict.status}: ${verdict.message.en}${verdict.expected === undefined ? "" : ` expected ${verdict.expected.en};`}${verdict.observed === undefined ? "" : ` observed ${verdict.observed}`}`;

async function test(content: Content, wanted: readonly string[]): Promise<number> {
  const failures: string[] = [];
  let passed = 0;
  const chosen = [...content.lessons.values()].filter(
    (lesson) => wanted.length === 0 || wanted.some((part) => lesson.path.includes(part)),
  );
  if (chosen.length === 0) throw new UsageError(`no lesson matches ${wanted.join(", ") || "(there are none)"}`);
  const attempt = async (lesson: Lesson, what: string, body: () => Promise<string[]>) => {
    const started = performance.now();
    let problems: string[];
    try {
      problems = await body();
    } catch (error) {
      problems = [error instanceof Error ? error.message : String(error)];
    }
    const took = `${Math.round(performance.now() - started)} ms`;
    process.stdout.write(
      `${problems.length === 0 ? "ok  " : "FAIL"}  ${lesson.number} ${lesson.slug}: ${what} (${took})\n`,
    );
    for (const problem of problems) process.stdout.write(`        ${problem}\n`);
    if (problems.length === 0) passed++;
    else failures.push(`${lesson.path}: ${what}`);
  };
  for (const lesson of chosen) {
    const answers = rightAnswers(lesson);
    await attempt(lesson, "the untouched start passes no exercise", async () => {
      const verdicts = await play(lesson, "true\n", new Map());
      return lesson.spec.exercises.flatMap((exercise) => {
        const all = exercise.checks.map((check) => verdicts.get(`${exercise.id}/${check.id}`));
        if (all.some((verdict) => verdict?.status === "error"))
          return [`${exercise.id}: ${all.find((verdict) => verdict?.status === "error")?.message.en}`];
        return all.every((verdict) => verdict?.status === "pass")
          ? [`${exercise.id} passes before anything was done`]
          : [];
      });
    });
    for (const time of ["once", "twice"]) {
      await attempt(lesson, `the reference solution passes, ${time}`, async () => {
        const verdicts = await play(lesson, lesson.solution ?? "", answers);
        return [...verdicts].flatMap(([key, verdict]) =>
          verdict.status === "pass" ? [] : [`${key} ${show(verdict)}`],
        );
      });
    }
    for (const mistake of lesson.mistakes) {
      await attempt(lesson, `mistake "${mistake.name}"`, async () => {
        const verdicts = await play(lesson, mistake.script, answers);
        return mistake.spec.expect.flatMap(({ exercise, check, status, message }) => {
          const verdict = verdicts.get(`${exercise}/${check}`);
          if (verdict === undefined) return [`there is no check ${exercise}/${check}`];
          if (verdict.status !== status) return [`${exercise}/${check} should be ${status} but is ${show(verdict)}`];
          return verdict.message.en.includes(message)
            ? []
            : [`${exercise}/${check} should say "${message}" but says "${verdict.message.en}"`];
        });
      });
    }
  }
  process.stdout.write(`${passed} passed, ${failures.length} failed\n`);
  return failures.length === 0 ? 0 : 1;
}
