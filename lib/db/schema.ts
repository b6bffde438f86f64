/** One schema for PGlite and PostgreSQL (SQL of PostgreSQL 15). */
import { customType, index, integer, jsonb, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";

const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({
  dataType: () => "bytea",
  fromDriver: (value) => (value instanceof Uint8Array ? value : new Uint8Array(value as ArrayBuffer)),
});
const at = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/** A person, known or not: a guest has no more than an id. */
export const learners = pgTable("learners", {
  id: text("id").primaryKey(),
  createdAt: at("created_at").notNull().defaultNow(),
});

/** A browser's sign-in: only the SHA-256 of its token is kept. */
export const sessions = pgTable(
  "sessions",
  {
    tokenHash: text("token_hash").primaryKey(),
    learnerId: text("learner_id")
      .notNull()
      .references(() => learners.id, { onDelete: "cascade" }),
    createdAt: at("created_at").notNull().defaultNow(),
    expiresAt: at("expires_at").notNull(),
  },
  (table) => [index("sessions_by_learner").on(table.learnerId)],
);

/** One learner at one lesson: the sandbox, as last saved, and what grading remembers. */
export const attempts = pgTable(
  "attempts",
  {
    /** Also the id of the sandbox. */
    id: text("id").primaryKey(),
    learnerId: text("learner_id")
      .notNull()
      .references(() => learners.id, { onDelete: "cascade" }),
    /** Lesson.path */
    lesson: text("lesson").notNull(),
    startedAt: at("started_at").notNull().defaultNow(),
    savedAt: at("saved_at"),
    snapshot: bytes("snapshot"),
    grading: jsonb("grading"),
  },
  (table) => [index("attempts_by_learner").on(table.learnerId, table.lesson)],
);

/** What a learner has done of an exercise, over all attempts. */
export const progress = pgTable(
  "progress",
  {
    learnerId: text("learner_id")
      .notNull()
      .references(() => learners.id, { onDelete: "cascade" }),
    lesson: text("lesson").notNull(),
    exercise: text("exercise").notNull(),
    status: text("status").notNull().$type<"waiting" | "pass" | "fail" | "error">(),
    points: integer("points").notNull().default(0),
    maximumPoints: integer("maximum_points").notNull().default(0),
    passedAt: at("passed_at"),
    hintsShown: integer("hints_shown").notNull().default(0),
    solutionShownAt: at("solution_shown_at"),
    updatedAt: at("updated_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.learnerId, table.lesson, table.exercise] })],
);

/** The state before a reset, kept for a while so that the reset can be undone. */
export const resets = pgTable(
  "resets",
  {
    token: text("token").primaryKey(),
    attemptId: text("attempt_id")
      .notNull()
      .references(() => attempts.id, { onDelete: "cascade" }),
    at: at("at").notNull().defaultNow(),
    snapshot: bytes("snapshot").notNull(),
    grading: jsonb("grading"),
  },
  (table) => [index("resets_by_attempt").on(table.attemptId)],
);

/** The state in which an exercise was begun: when the one before it was passed. */
export const marks = pgTable(
  "marks",
  {
    attemptId: text("attempt_id")
      .notNull()
      .references(() => attempts.id, { onDelete: "cascade" }),
    exercise: text("exercise").notNull(),
    at: at("at").notNull().defaultNow(),
    snapshot: bytes("snapshot").notNull(),
    grading: jsonb("grading"),
  },
  (table) => [primaryKey({ columns: [table.attemptId, table.exercise] })],
);
