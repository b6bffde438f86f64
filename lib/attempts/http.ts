/** The JSON routes between page and server (lib/protocol): parse, ask the attempt service, answer. */
import { z } from "zod";
import {
  cookieValue,
  createGuest,
  findSession,
  SESSION_COOKIE,
  SESSION_SECONDS,
  type Session,
} from "../accounts/index.ts";
import type { ExerciseSpec, Lesson } from "../course/index.ts";
import type { Queries } from "../db/index.ts";
import { exerciseProgress, learnerProgress, recordHint, recordSolutionShown } from "../progress/index.ts";
import type { EditAnswer, Fault, Incident } from "../sandbox/types.ts";
import { AttemptError, type AttemptService, isNotFound, type LoadedAttempt } from "./service.ts";

interface ApiOptions {
  readonly attempts: AttemptService;
  readonly queries: () => Promise<Queries>;
}

interface Call {
  readonly request: Request;
  readonly options: ApiOptions;
  readonly params: readonly string[];
  /** The caller's session; undefined where they have none yet. */
  readonly session: Session | undefined;
}

interface Route {
  readonly method: string;
  readonly path: RegExp;
  handle(call: Call): Promise<Response | object>;
}

const name = z.string().min(1).max(253);
const faultSchema: z.ZodType<Fault> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("NodeDown"), node: name }),
  z.strictObject({ kind: z.literal("NetworkPartition"), node: name, to: name }),
  z.strictObject({ kind: z.literal("VolumeError"), persistentVolume: name }),
  z.strictObject({
    kind: z.literal("VolumeDelay"),
    persistentVolume: name,
    delayMs: z.number().int().min(1).max(600_000),
    bytesPerSecond: z.number().int().min(1).optional(),
  }),
  z.strictObject({ kind: z.literal("VolumeFull"), persistentVolume: name }),
  z.strictObject({ kind: z.literal("NodeDiskFull"), node: name }),
  z.strictObject({ kind: z.literal("ImageCorrupt"), image: name }),
]) as z.ZodType<Fault>;
const incidentSchema: z.ZodType<Incident> = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("OutOfMemory"),
    namespace: name,
    pod: name,
    container: name.optional(),
  }),
  z.strictObject({ kind: z.literal("ControlPlaneRestart") }),
]) as z.ZodType<Incident>;

/** Answers a request that the cluster may have refused. */
function done(refusal: string | undefined): object {
  if (refusal !== undefined) throw new AttemptError(404, "not-found", refusal);
  return {};
}

const MAX_BODY_BYTES = 2 * 1024 * 1024;

async function body<S extends z.ZodType>(request: Request, schema: S): Promise<z.output<S>> {
  const text = await request.text();
  if (text.length > MAX_BODY_BYTES) throw new AttemptError(400, "too-large", "The request is larger than 2 MiB.");
  let value: unknown;
  try {
    value = JSON.parse(text === "" ? "{}" : text);
  } catch {
    throw new AttemptError(400, "not-json", "The request is not valid JSON.");
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new AttemptError(400, "invalid", `${issue?.path.join(".") || "the request"}: ${issue?.message}`);
}

async function attemptOf({ options, params, session }: Call): Promise<LoadedAttempt> {
  return options.attempts.open(decodeURIComponent(params[0] ?? ""), session?.learnerId);
}

function exerciseOf(lesson: Lesson, id: string): ExerciseSpec {
  const exercise = lesson.spec.exercises.find((each) => each.id === id);
  if (exercise === undefined) throw new AttemptError(404, "no-such-exercise", `This lesson has no exercise "${id}".`);
  return exercise;
}

const filePath = (params: readonly string[]) => decodeURIComponent(params[1] ?? "");

const editOf = ({ params }: Call) => decodeURIComponent(params[1] ?? "");
const editedText = z.strictObject({ text: z.string(), revision: z.number().int().min(0) });

function stillOpen(answer: EditAnswer | undefined): EditAnswer {
  if (answer === undefined)
    throw new AttemptError(404, "edit-ended", "The command that waited for this text has ended.");
  return answer;
}

const route = (method: string, pattern: string, handle: Route["handle"]): Route => ({
  method,
  path: new RegExp(`^/api/${pattern.replaceAll("*", "(.+)").replaceAll(/:[a-z]+/g, "([^/]+)")}$`),
  handle,
});

const routes: readonly Route[] = [
  route("POST", "lessons/:course/:lesson/sandbox", async ({ options, params, session, request }) => {
    const now = new Date();
    const queries = await options.queries();
    const guest = session === undefined ? await createGuest(queries, now) : undefined;
    const learner = session ?? guest?.session;
    const attempt = await options.attempts.openLesson(
      learner?.learnerId ?? "",
      decodeURIComponent(params[0] ?? ""),
      decodeURIComponent(params[1] ?? ""),
    );
    const answer = Response.json({ sandboxId: attempt.id });
    if (guest !== undefined) {
      const secure = new URL(request.url).protocol === "https:" ? "; Secure" : "";
      answer.headers.append(
        "set-cookie",
        `${SESSION_COOKIE}=${guest.token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${SESSION_SECONDS}${secure}`,
      );
    }
    return answer;
  }),
  route("GET", "sandboxes/:id/files", async (call) => {
    const attempt = await attemptOf(call);
    return { files: await attempt.worker.calls.files(attempt.id), open: attempt.lesson.spec.sandbox.open };
  }),
  route("GET", "sandboxes/:id/files/*", async (call) => {
    const attempt = await attemptOf(call);
    const file = await attempt.worker.calls.readFile(attempt.id, filePath(call.params));
    if (file === undefined) throw new AttemptError(404, "no-such-file", `There is no file ${filePath(call.params)}.`);
    return file;
  }),
  route("PUT", "sandboxes/:id/files/*", async (call) => {
    const attempt = await attemptOf(call);
    const { text } = await body(call.request, z.strictObject({ text: z.string() }));
    await attempt.worker.calls.writeFile(attempt.id, filePath(call.params), text);
    return (await attempt.worker.calls.readFile(attempt.id, filePath(call.params))) ?? {};
  }),
  route("DELETE", "sandboxes/:id/files/*", async (call) => {
    const attempt = await attemptOf(call);
    await attempt.worker.calls.removeFile(attempt.id, filePath(call.params));
    return {};
  }),
  route("GET", "sandboxes/:id/terminals", async (call) => {
    const attempt = await attemptOf(call);
    return { terminals: await attempt.worker.calls.terminals(attempt.id) };
  }),
  route("POST", "sandboxes/:id/terminals", async (call) => {
    const attempt = await attemptOf(call);
    const size = z.number().int().min(2).max(1000);
    const { columns, rows } = await body(
      call.request,
      z.strictObject({ columns: size.default(80), rows: size.default(24) }),
    );
    return { terminalId: await attempt.worker.calls.openTerminal(attempt.id, columns, rows) };
  }),
  route("POST", "sandboxes/:id/terminals/:terminal/type", async (call) => {
    const attempt = await attemptOf(call);
    const { command } = await body(call.request, z.strictObject({ command: z.string().min(1).max(8192) }));
    await attempt.worker.calls.typeCommand(attempt.id, call.params[1] ?? "", command);
    return {};
  }),
  route("DELETE", "sandboxes/:id/terminals/:terminal", async (call) => {
    const attempt = await attemptOf(call);
    await attempt.worker.calls.closeTerminal(attempt.id, call.params[1] ?? "");
    return {};
  }),
  route("PUT", "sandboxes/:id/edits/:edit", async (call) => {
    const attempt = await attemptOf(call);
    const { text, revision } = await body(call.request, editedText);
    return stillOpen(await attempt.worker.calls.keepEdit(attempt.id, editOf(call), text, revision));
  }),
  route("POST", "sandboxes/:id/edits/:edit/save", async (call) => {
    const attempt = await attemptOf(call);
    const { text, revision } = await body(call.request, editedText);
    return stillOpen(await attempt.worker.calls.saveEdit(attempt.id, editOf(call), text, revision));
  }),
  route("DELETE", "sandboxes/:id/edits/:edit", async (call) => {
    const attempt = await attemptOf(call);
    await attempt.worker.calls.cancelEdit(attempt.id, editOf(call));
    return {};
  }),
  route("POST", "sandboxes/:id/dry-run", async (call) => {
    const attempt = await attemptOf(call);
    const { text } = await body(call.request, z.strictObject({ path: z.string().optional(), text: z.string() }));
    return { problems: await attempt.worker.calls.dryRun(attempt.id, text) };
  }),
  route("POST", "sandboxes/:id/speed", async (call) => {
    const attempt = await attemptOf(call);
    const { speed } = await body(call.request, z.strictObject({ speed: z.number().min(0).max(1000) }));
    await attempt.worker.calls.setSpeed(attempt.id, speed);
    return {};
  }),
  route("POST", "sandboxes/:id/nodes/:node/power", async (call) => {
    const attempt = await attemptOf(call);
    const { on } = await body(call.request, z.strictObject({ on: z.boolean() }));
    await attempt.worker.calls.setNodePower(attempt.id, decodeURIComponent(call.params[1] ?? ""), on);
    return {};
  }),
  ...(["inject", "heal"] as const).map((verb) =>
    route("POST", `sandboxes/:id/faults/${verb}`, async (call) => {
      const attempt = await attemptOf(call);
      const { fault } = await body(call.request, z.strictObject({ fault: faultSchema }));
      return done(await attempt.worker.calls[verb](attempt.id, fault));
    }),
  ),
  route("POST", "sandboxes/:id/incidents", async (call) => {
    const attempt = await attemptOf(call);
    const { incident } = await body(call.request, z.strictObject({ incident: incidentSchema }));
    return done(await attempt.worker.calls.strike(attempt.id, incident));
  }),
  route("POST", "sandboxes/:id/reset", async (call) => {
    const { to } = await body(call.request, z.strictObject({ to: z.enum(["files", "exercise", "start"]) }));
    const id = decodeURIComponent(call.params[0] ?? "");
    if (to === "start") {
      const undoToken = await call.options.attempts.resetKeptOut(id, call.session?.learnerId);
      if (undoToken !== undefined) return { undoToken };
    }
    const attempt = await attemptOf(call);
    const undoToken = await call.options.attempts.reset(attempt, to);
    return undoToken === undefined ? {} : { undoToken };
  }),
  route("POST", "sandboxes/:id/undo-reset", async (call) => {
    const attempt = await attemptOf(call);
    const { undoToken } = await body(call.request, z.strictObject({ undoToken: z.string() }));
    await call.options.attempts.undoReset(attempt, undoToken);
    return {};
  }),
  route("POST", "sandboxes/:id/exercises/:exercise/answer", async (call) => {
    const attempt = await attemptOf(call);
    const { check, answer } = await body(call.request, z.strictObject({ check: z.string(), answer: z.unknown() }));
    const exercise = exerciseOf(attempt.lesson, call.params[1] ?? "");
    const verdict = await attempt.worker.calls.answer(attempt.id, exercise.id, check, answer);
    if (verdict === undefined)
      throw new AttemptError(404, "no-such-question", `Exercise "${exercise.id}" has no question "${check}".`);
    return { verdict };
  }),
  route("POST", "sandboxes/:id/exercises/:exercise/evaluate", async (call) => {
    const attempt = await attemptOf(call);
    const exercise = exerciseOf(attempt.lesson, call.params[1] ?? "");
    return { verdict: await attempt.worker.calls.evaluate(attempt.id, exercise.id) };
  }),
  route("POST", "sandboxes/:id/exercises/:exercise/hint", async (call) => {
    const attempt = await attemptOf(call);
    const exercise = exerciseOf(attempt.lesson, call.params[1] ?? "");
    const { index } = await body(call.request, z.strictObject({ index: z.number().int().min(0) }));
    const hint = exercise.hints[index];
    if (hint === undefined) throw new AttemptError(404, "no-such-hint", "There are no more hints.");
    await recordHint(
      await call.options.queries(),
      attempt.learnerId,
      attempt.lesson.path,
      exercise.id,
      index + 1,
      new Date(),
    );
    return { hint, remaining: exercise.hints.length - index - 1 };
  }),
  route("POST", "sandboxes/:id/exercises/:exercise/solution", async (call) => {
    const attempt = await attemptOf(call);
    const exercise = exerciseOf(attempt.lesson, call.params[1] ?? "");
    await recordSolutionShown(
      await call.options.queries(),
      attempt.learnerId,
      attempt.lesson.path,
      exercise.id,
      new Date(),
    );
    return { steps: exercise.solution };
  }),
  route("GET", "sandboxes/:id/exercises/:exercise", async (call) => {
    const attempt = await attemptOf(call);
    const exercise = exerciseOf(attempt.lesson, call.params[1] ?? "");
    const progress = await exerciseProgress(
      await call.options.queries(),
      attempt.learnerId,
      attempt.lesson.path,
      exercise.id,
    );
    return {
      hints: exercise.hints.slice(0, progress?.hintsShown ?? 0),
      remainingHints: exercise.hints.length - (progress?.hintsShown ?? 0),
      solution: progress?.solutionShown === true ? exercise.solution : undefined,
    };
  }),
  route("GET", "sandboxes/:id/kubeconfig", async (call) => {
    const attempt = await attemptOf(call);
    const text = await attempt.worker.calls.kubeConfig(attempt.id, new URL(call.request.url).origin);
    return new Response(text, {
      headers: { "content-type": "application/yaml", "content-disposition": 'attachment; filename="kubeconfig"' },
    });
  }),
  route("GET", "progress", async ({ options, session }) => ({
    lessons: session === undefined ? {} : await learnerProgress(await options.queries(), session.learnerId),
  })),
];

/** True where the request was not made by a page of another site. Tools send no Origin. */
export function isSameOrigin(origin: string | null | undefined, host: string | null | undefined): boolean {
  if (origin === null || origin === undefined) return true;
  try {
    return new URL(origin).host === host;
  } catch {
    return false;
  }
}

/** What a learner's machine refuses, as the code of the answer, by the name of the error that says why. */
const refusals: Readonly<Record<string, string>> = {
  /** No space left on device, Is a directory, Resource temporarily unavailable ... */
  Errno: "refused",
  TooManyTerminals: "too-many-terminals",
};

const problem = (status: number, code: string, message: string) =>
  Response.json({ error: { code, message } }, { status });

/** Answers a request below /api/. Never rejects. */
export async function handleApi(request: Request, options: ApiOptions): Promise<Response> {
  const { pathname } = new URL(request.url);
  const found = routes.flatMap((each) => {
    const match = each.path.exec(pathname);
    return match === null ? [] : [{ route: each, params: match.slice(1) }];
  });
  const chosen = found.find(({ route: each }) => each.method === request.method);
  if (chosen === undefined) {
    return found.length === 0
      ? problem(404, "no-such-route", "There is nothing at this address.")
      : problem(405, "method", `${request.method} is not possible here.`);
  }
  if (request.method !== "GET" && !isSameOrigin(request.headers.get("origin"), request.headers.get("host"))) {
    return problem(403, "origin", "Requests from other sites are refused.");
  }
  try {
    const session = await findSession(
      await options.queries(),
      cookieValue(request.headers.get("cookie"), SESSION_COOKIE),
      new Date(),
    );
    const answer = await chosen.route.handle({ request, options, params: chosen.params, session });
    return answer instanceof Response ? answer : Response.json(answer, { headers: { "cache-control": "no-store" } });
  } catch (error) {
    if (error instanceof AttemptError) return problem(error.status, error.code, error.message);
    if (error instanceof URIError) return problem(400, "invalid", "The address is not well-formed.");
    const refusal = error instanceof Error ? refusals[error.name] : undefined;
    if (refusal !== undefined) return problem(409, refusal, (error as Error).message);
    if (isNotFound(error)) return problem(404, "not-found", "What this request is about does not exist any more.");
    console.error(`${request.method} ${pathname}:`, error);
    return problem(500, "internal", "Something went wrong on the server; it has been logged. Your work is kept.");
  }
}
