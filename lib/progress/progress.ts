/** What a learner has done: kept per exercise, over all attempts at its lesson. */
import { and, eq, sql } from "drizzle-orm";
import { type Queries, schema } from "../db/index.ts";
import type { ExerciseVerdict, VerdictStatus } from "../grading/types.ts";

interface ExerciseProgress {
  readonly status: VerdictStatus;
  readonly points: number;
  readonly maximumPoints: number;
  readonly hintsShown: number;
  readonly solutionShown: boolean;
}

/** By exercise id. */
type LessonProgress = Readonly<Record<string, ExerciseProgress>>;

const keyOf = (learnerId: string, lesson: string, exercise: string) =>
  and(
    eq(schema.progress.learnerId, learnerId),
    eq(schema.progress.lesson, lesson),
    eq(schema.progress.exercise, exercise),
  );

/** Records a verdict. What once passed stays passed: a later attempt that fails takes nothing away. */
export async function recordVerdict(
  queries: Queries,
  learnerId: string,
  lesson: string,
  verdict: ExerciseVerdict,
  now: Date,
): Promise<void> {
  const passed = verdict.status === "pass";
  const values = {
    status: verdict.status,
    points: verdict.points,
    maximumPoints: verdict.maximumPoints,
    updatedAt: now,
  };
  await queries
    .insert(schema.progress)
    .values({ learnerId, lesson, exercise: verdict.exercise, ...values, passedAt: passed ? now : null })
    .onConflictDoUpdate({
      target: [schema.progress.learnerId, schema.progress.lesson, schema.progress.exercise],
      set: { ...values, passedAt: sql`coalesce(${schema.progress.passedAt}, ${passed ? now : null})` },
      setWhere: sql`${schema.progress.status} <> 'pass'`,
    });
}

/** Counts a hint that was unfolded; returns how many have been by now. */
export async function recordHint(
  queries: Queries,
  learnerId: string,
  lesson: string,
  exercise: string,
  shown: number,
  now: Date,
): Promise<void> {
  await queries
    .insert(schema.progress)
    .values({ learnerId, lesson, exercise, status: "waiting", hintsShown: shown, updatedAt: now })
    .onConflictDoUpdate({
      target: [schema.progress.learnerId, schema.progress.lesson, schema.progress.exercise],
      set: { hintsShown: sql`greatest(${schema.progress.hintsShown}, ${shown})`, updatedAt: now },
    });
}

/** Records that the solution was revealed; the first time counts. */
export async function recordSolutionShown(
  queries: Queries,
  learnerId: string,
  lesson: string,
  exercise: string,
  now: Date,
): Promise<void> {
  await queries
    .insert(schema.progress)
    .values({ learnerId, lesson, exercise, status: "waiting", solutionShownAt: now, updatedAt: now })
    .onConflictDoUpdate({
      target: [schema.progress.learnerId, schema.progress.lesson, schema.progress.exercise],
      set: { solutionShownAt: sql`coalesce(${schema.progress.solutionShownAt}, ${now})`, updatedAt: now },
    });
}

export async function exerciseProgress(
  queries: Queries,
  learnerId: string,
  lesson: string,
  exercise: string,
): Promise<ExerciseProgress | undefined> {
  const [row] = await queries
    .select()
    .from(schema.progress)
    .where(keyOf(learnerId, lesson, exercise));
  return row === undefined ? undefined : toProgress(row);
}

/** Everything a learner has done, by lesson path. */
export async function learnerProgress(
  queries: Queries,
  learnerId: string,
): Promise<Readonly<Record<string, LessonProgress>>> {
  const rows = await queries.select().from(schema.progress).where(eq(schema.progress.learnerId, learnerId));
  const lessons: Record<string, Record<string, ExerciseProgress>> = {};
  for (const row of rows) {
    lessons[row.lesson] ??= {};
    (lessons[row.lesson] as Record<string, ExerciseProgress>)[row.exercise] = toProgress(row);
  }
  return lessons;
}

function toProgress(row: typeof schema.progress.$inferSelect): ExerciseProgress {
  return {
    status: row.status,
    points: row.points,
    maximumPoints: row.maximumPoints,
    hintsShown: row.hintsShown,
    solutionShown: row.solutionShownAt !== null,
  };
}
