/** A worker that hangs is replaced, its sandboxes come back; the one that makes workers hang again and again is kept out. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGuest } from "../../lib/accounts/index.ts";
import { AttemptService } from "../../lib/attempts/service.ts";
import type { Content, Lesson } from "../../lib/course/index.ts";
import { type Database, openDatabase, schema } from "../../lib/db/index.ts";
import { embeddedSandboxes } from "../../lib/sandbox/embedded/index.node.ts";
import type { SandboxId } from "../../lib/sandbox/types.ts";

/** A worker that says who is at work, and hangs where a command is typed. */
const WORKER = `
import { parentPort, workerData } from "node:worker_threads";
const atWork = new Int32Array(workerData.atWork);
const marks = new Map();
const saved = new Map();
parentPort.on("message", ({ kind, id, method, args }) => {
  const answer = (value) => parentPort.postMessage({ kind: "return", id, value });
  if (kind !== "call") return answer(undefined);
  if (method === "open") {
    marks.set(args[0].id, args[2]);
    saved.set(args[0].id, args[1]);
  }
  if (method === "files") return answer(saved.get(args[0]) === undefined ? ["fresh"] : ["restored"]);
  if (method === "save") return answer({ snapshot: new Uint8Array([1]), grading: { latched: {}, answers: {} } });
  if (method === "typeCommand") {
    Atomics.store(atWork, 0, marks.get(args[0]));
    for (;;);
  }
  answer(undefined);
});
`;
const LESSON = {
  path: "a/b",
  course: "a",
  slug: "b",
  spec: { sandbox: { namespace: "default", nodes: 1 }, exercises: [] },
  files: {},
  setup: undefined,
} as unknown as Lesson;

describe("a sandbox worker that hangs", () => {
  const directory = mkdtempSync(join(tmpdir(), "quarantine-"));
  const lines: string[] = [];
  let database: Database;
  let service: AttemptService;
  let learnerId: string;
  const [culprit, neighbour] = [randomUUID(), randomUUID()];

  beforeAll(async () => {
    database = await openDatabase({ directory: join(directory, "data") });
    learnerId = (await createGuest(database.queries, new Date())).session.learnerId;
    const row = {
      learnerId,
      lesson: LESSON.path,
      snapshot: new Uint8Array([1]),
      grading: { latched: {}, answers: {} },
    };
    await database.queries.insert(schema.attempts).values([
      { id: culprit, ...row },
      { id: neighbour, ...row },
    ]);
    service = new AttemptService({
      queries: async () => database.queries,
      content: () => ({ courses: [], findings: [], lessons: new Map([[LESSON.path, LESSON]]) }) satisfies Content,
      workerEntry: new URL(`data:text/javascript,${encodeURIComponent(WORKER)}`),
      workers: 1,
      hangingMs: 1500,
      log: (line) => lines.push(line),
    });
  }, 60_000);
  afterAll(async () => {
    await service?.close();
    await database?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const files = async (id: string) => {
    const attempt = await service.open(id, learnerId);
    return attempt.worker.calls.files(attempt.id) as unknown as Promise<string[]>;
  };
  const hang = async () => {
    const attempt = await service.open(culprit, learnerId);
    await expect(attempt.worker.calls.typeCommand(culprit, "1", "loop")).rejects.toThrow(
      "the sandbox worker is gone: it did not answer for 1.5 s",
    );
  };

  it("is replaced, and all its sandboxes come back from their saves", { timeout: 30_000 }, async () => {
    expect([await files(culprit), await files(neighbour)]).toEqual([["restored"], ["restored"]]);
    const told: string[] = [];
    service.onNotice(await service.open(neighbour, learnerId), (message) => told.push(message.type));
    await hang();
    expect([await files(culprit), await files(neighbour)]).toEqual([["restored"], ["restored"]]);
    await expect.poll(() => told).toEqual(["restored"]);
    expect(lines.join("\n")).toContain("restoring 2 sandboxes");
  });

  it("keeps the one out that was at work both times, and only that one", { timeout: 30_000 }, async () => {
    await hang();
    expect(await files(neighbour)).toEqual(["restored"]);
    await expect(service.open(culprit, learnerId)).rejects.toMatchObject({ status: 503, code: "quarantined" });
    await expect(service.open(culprit, "somebody-else")).rejects.toMatchObject({ status: 403 });
    expect(lines.join("\n")).toContain(`Attempt ${culprit} was at work when workers were lost, again`);
  });

  it("lets it begin anew at once, with its last state kept", { timeout: 30_000 }, async () => {
    await expect(service.resetKeptOut(culprit, "somebody-else")).rejects.toMatchObject({ status: 403 });
    const token = await service.resetKeptOut(culprit, learnerId);
    expect(token).toMatch(/^[\w-]{20,}$/);
    expect(await files(culprit)).toEqual(["fresh"]);
    expect(await service.resetKeptOut(neighbour, learnerId)).toBeUndefined();
    expect((await database.queries.select().from(schema.resets)).map(({ attemptId }) => attemptId)).toEqual([culprit]);
  });
});

describe("an embedded sandbox", () => {
  it("says that it is at work before its programs and its cluster go on", { timeout: 30_000 }, async () => {
    const seen: string[] = [];
    const provider = embeddedSandboxes({ onWork: (id) => seen.push(id) });
    const [one, two] = ["one", "two"] as SandboxId[] as [SandboxId, SandboxId];
    const spec = { files: {}, seed: 1, latencies: "none" } as const;
    const [, busy] = [await provider.create(one, spec), await provider.create(two, spec)];
    try {
      seen.length = 0;
      await busy.run("for ((i = 0; i < 20000; i++)); do :; done; sleep 0.05; kubectl run p --image=nginx:1.27");
      expect(seen.filter((id) => id === two).length).toBeGreaterThan(2);
      expect(seen[seen.length - 1]).toBe(two);
    } finally {
      await provider.destroy(one);
      await provider.destroy(two);
    }
  });
});
