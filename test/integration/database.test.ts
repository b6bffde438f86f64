import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cookieValue, createGuest, findSession } from "../../lib/accounts/index.ts";
import { type Database, openDatabase, schema } from "../../lib/db/index.ts";
import type { ExerciseVerdict, VerdictStatus } from "../../lib/grading/types.ts";
import {
  exerciseProgress,
  learnerProgress,
  recordHint,
  recordSolutionShown,
  recordVerdict,
} from "../../lib/progress/index.ts";
import { type PostgresServer, startPostgres } from "./postgres.ts";

const verdict = (status: VerdictStatus, points: number): ExerciseVerdict => ({
  exercise: "e",
  status,
  points,
  maximumPoints: 3,
  checks: [],
});

describe.each(["pglite", "postgresql"] as const)("the database on %s", (kind) => {
  let database: Database;
  let server: PostgresServer | undefined;
  const directory = mkdtempSync(join(tmpdir(), "database-"));

  beforeAll(async () => {
    if (kind === "postgresql") {
      server = await startPostgres();
      database = await openDatabase({ url: server.url });
    } else database = await openDatabase({ directory: join(directory, "pglite") });
  }, 120_000);
  afterAll(async () => {
    await database?.close();
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it("is of the kind that was asked for", () => expect(database.kind).toBe(kind));

  it("knows a guest by the token in their cookie until it expires, and keeps no token", async () => {
    const now = new Date("2026-01-01T00:00:00Z");
    const { session, token } = await createGuest(database.queries, now);
    expect(await findSession(database.queries, token, now)).toEqual(session);
    expect(await findSession(database.queries, `${token}x`, now)).toBeUndefined();
    expect(await findSession(database.queries, token, new Date("2027-01-01T00:00:00Z"))).toBeUndefined();
    const rows = await database.queries.select().from(schema.sessions);
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  it("keeps a pass for good, whatever later attempts bring", async () => {
    const now = new Date();
    const { session } = await createGuest(database.queries, now);
    const id = session.learnerId;
    await recordHint(database.queries, id, "lesson", "e", 1, now);
    await recordVerdict(database.queries, id, "lesson", verdict("fail", 1), now);
    expect(await exerciseProgress(database.queries, id, "lesson", "e")).toMatchObject({
      status: "fail",
      points: 1,
      hintsShown: 1,
    });
    await recordVerdict(database.queries, id, "lesson", verdict("pass", 3), now);
    await recordVerdict(database.queries, id, "lesson", verdict("fail", 0), now);
    await recordSolutionShown(database.queries, id, "lesson", "e", now);
    expect(await learnerProgress(database.queries, id)).toEqual({
      lesson: { e: { status: "pass", points: 3, maximumPoints: 3, hintsShown: 1, solutionShown: true } },
    });
  });

  it("returns the bytes of a snapshot as they went in", async () => {
    const { session } = await createGuest(database.queries, new Date());
    const snapshot = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
    await database.queries
      .insert(schema.attempts)
      .values({ id: `a-${kind}`, learnerId: session.learnerId, lesson: "l", snapshot });
    const [row] = await database.queries.select({ snapshot: schema.attempts.snapshot }).from(schema.attempts);
    expect(row?.snapshot && Buffer.from(row.snapshot).equals(Buffer.from(snapshot))).toBe(true);
  });
});

describe("a PGlite directory", () => {
  it("is refused to a second process, and freed when its holder was killed", async () => {
    const parent = mkdtempSync(join(tmpdir(), "database-"));
    const directory = join(parent, "pglite");
    const holder = spawn("sleep", ["60"]);
    try {
      writeFileSync(`${directory}.lock`, `${holder.pid}\n`);
      await expect(openDatabase({ directory })).rejects.toThrow(`in use by another Statecraft (process ${holder.pid}`);
      const ended = new Promise((resolve) => holder.once("exit", resolve));
      holder.kill("SIGKILL");
      await ended;
      const database = await openDatabase({ directory });
      await database.close();
      expect(existsSync(`${directory}.lock`)).toBe(false);
    } finally {
      holder.kill("SIGKILL");
      rmSync(parent, { recursive: true, force: true });
    }
  }, 60_000);
});

describe("cookies", () => {
  it("finds one among several", () => {
    expect(cookieValue("a=1; statecraft_session=x%3Dy; b=2", "statecraft_session")).toBe("x=y");
    expect(cookieValue(null, "a")).toBeUndefined();
  });
});
