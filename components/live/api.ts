/** Calls to the server, as lib/protocol/types.ts lists them. */
import type { ExerciseVerdict } from "../../lib/grading/types.ts";
import type { EditAnswer, Fault, Incident } from "../../lib/sandbox/types.ts";

export interface FileEntry {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modified: number;
}
interface FileContent {
  readonly path: string;
  readonly text: string;
  readonly modified: number;
}
export interface Problem {
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly message: string;
}
type Localized = { readonly en: string; readonly zh: string };
export interface SolutionStep {
  readonly say: Localized;
  readonly run?: string;
  readonly file?: string;
  readonly content?: string;
}
export type ResetTarget = "files" | "exercise" | "start";

/** What the server answered instead of doing it, or that it could not be reached (`status` 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    throw new ApiError(0, "unreachable", error instanceof Error ? error.message : String(error));
  }
  const text = await answer.text();
  let value: unknown;
  try {
    value = text === "" ? {} : JSON.parse(text);
  } catch {
    throw new ApiError(answer.status, "unreadable", `${answer.status} ${answer.statusText}`);
  }
  if (!answer.ok) {
    const problem = (value as { error?: { code?: string; message?: string } }).error;
    throw new ApiError(answer.status, problem?.code ?? "error", problem?.message ?? answer.statusText);
  }
  return value as T;
}

const filePath = (path: string) => path.split("/").map(encodeURIComponent).join("/");

interface Opened {
  readonly sandboxId: string;
}
const opening = new Map<string, Promise<Opened>>();

/**
 * The learner's sandbox for a lesson. Asked once at a time: the first answer makes a newcomer known, and two first
 * answers would make two newcomers of one.
 */
export function openLessonSandbox(course: string, lesson: string): Promise<Opened> {
  const path = `/api/lessons/${encodeURIComponent(course)}/${encodeURIComponent(lesson)}/sandbox`;
  let answer = opening.get(path);
  if (answer === undefined) {
    answer = call<Opened>("POST", path, {}).finally(() => opening.delete(path));
    opening.set(path, answer);
  }
  return answer;
}

/** Everything one sandbox can be asked for. */
export function sandboxApi(sandbox: string) {
  const root = `/api/sandboxes/${encodeURIComponent(sandbox)}`;
  const exercise = (id: string) => `${root}/exercises/${encodeURIComponent(id)}`;
  const edit = (id: string) => `${root}/edits/${encodeURIComponent(id)}`;
  return {
    files: () => call<{ readonly files: readonly FileEntry[] }>("GET", `${root}/files`).then(({ files }) => files),
    readFile: (path: string) => call<FileContent>("GET", `${root}/files/${filePath(path)}`),
    writeFile: (path: string, text: string) => call<FileContent>("PUT", `${root}/files/${filePath(path)}`, { text }),
    removeFile: (path: string) => call<object>("DELETE", `${root}/files/${filePath(path)}`),
    terminals: () =>
      call<{ readonly terminals: readonly string[] }>("GET", `${root}/terminals`).then(({ terminals }) => terminals),
    openTerminal: (columns: number, rows: number) =>
      call<{ readonly terminalId: string }>("POST", `${root}/terminals`, { columns, rows }),
    type: (terminal: string, command: string) =>
      call<object>("POST", `${root}/terminals/${encodeURIComponent(terminal)}/type`, { command }),
    closeTerminal: (terminal: string) => call<object>("DELETE", `${root}/terminals/${encodeURIComponent(terminal)}`),
    keepEdit: (id: string, text: string, revision: number) => call<EditAnswer>("PUT", edit(id), { text, revision }),
    saveEdit: (id: string, text: string, revision: number) =>
      call<EditAnswer>("POST", `${edit(id)}/save`, { text, revision }),
    cancelEdit: (id: string) => call<object>("DELETE", edit(id)),
    dryRun: (path: string, text: string) =>
      call<{ readonly problems: readonly Problem[] }>("POST", `${root}/dry-run`, { path, text }).then(
        ({ problems }) => problems,
      ),
    setSpeed: (speed: number) => call<object>("POST", `${root}/speed`, { speed }),
    setNodePower: (node: string, on: boolean) =>
      call<object>("POST", `${root}/nodes/${encodeURIComponent(node)}/power`, { on }),
    inject: (fault: Fault) => call<object>("POST", `${root}/faults/inject`, { fault }),
    heal: (fault: Fault) => call<object>("POST", `${root}/faults/heal`, { fault }),
    strike: (incident: Incident) => call<object>("POST", `${root}/incidents`, { incident }),
    reset: (to: ResetTarget) => call<{ readonly undoToken?: string }>("POST", `${root}/reset`, { to }),
    undoReset: (undoToken: string) => call<object>("POST", `${root}/undo-reset`, { undoToken }),
    answer: (id: string, check: string, answer: unknown) =>
      call<{ readonly verdict: ExerciseVerdict }>("POST", `${exercise(id)}/answer`, { check, answer }),
    /** The hint at this place (0-based), which is noted as seen. */
    hint: (id: string, index: number) =>
      call<{ readonly hint: Localized; readonly remaining: number }>("POST", `${exercise(id)}/hint`, { index }),
    /** What of the help was unfolded before. */
    help: (id: string) =>
      call<{
        readonly hints: readonly Localized[];
        readonly remainingHints: number;
        readonly solution?: readonly SolutionStep[];
      }>("GET", exercise(id)),
    solution: (id: string) => call<{ readonly steps: readonly SolutionStep[] }>("POST", `${exercise(id)}/solution`, {}),
    evaluate: (id: string) => call<{ readonly verdict: ExerciseVerdict }>("POST", `${exercise(id)}/evaluate`, {}),
  };
}
export type SandboxApi = ReturnType<typeof sandboxApi>;
