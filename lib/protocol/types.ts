/**
 * What travels between a page and the server. Types only, so that both sides may import it.
 *
 * HTTP (JSON):
 *   POST /api/lessons/:course/:lesson/sandbox        -> { sandboxId } the learner's sandbox for the lesson, made where there is none
 *   GET  /api/sandboxes/:id/files                    -> { files: [{ path, sizeBytes, modified }] }
 *   GET  /api/sandboxes/:id/files/*path              -> { path, text, modified }
 *   PUT  /api/sandboxes/:id/files/*path  { text }    -> { path, text, modified }
 *   DELETE /api/sandboxes/:id/files/*path            -> {}
 *   POST /api/sandboxes/:id/terminals { columns, rows } -> { terminalId }
 *   POST /api/sandboxes/:id/terminals/:terminal/type { command } -> {}
 *   DELETE /api/sandboxes/:id/terminals/:terminal    -> {}
 *   POST /api/sandboxes/:id/dry-run { path, text }   -> { problems: [{ line, column, endLine, endColumn, message }] } server-side verdict on a manifest
 *   PUT  /api/sandboxes/:id/edits/:edit { text, revision } -> EditAnswer: keeps what the learner has made of it so far
 *   POST /api/sandboxes/:id/edits/:edit/save { text, revision } -> EditAnswer; the command that waits goes on with the text
 *   DELETE /api/sandboxes/:id/edits/:edit            -> {} cancels: the command goes on with the text as it gave it
 *   POST /api/sandboxes/:id/speed { speed }          -> {}
 *   POST /api/sandboxes/:id/nodes/:node/power { on } -> {}
 *   POST /api/sandboxes/:id/faults/inject { fault }  -> {} breaks something on purpose; what is broken is part of every activity message
 *   POST /api/sandboxes/:id/faults/heal { fault }    -> {}
 *   POST /api/sandboxes/:id/incidents { incident }   -> {} something that happens once
 *   POST /api/sandboxes/:id/reset { to: "files" | "exercise" | "start" } -> { undoToken? } (none where the sandbox cannot go back to a saved state)
 *   POST /api/sandboxes/:id/undo-reset { undoToken } -> {}
 *   POST /api/sandboxes/:id/exercises/:exercise/answer { check, answer } -> { verdict } (quizzes)
 *   POST /api/sandboxes/:id/exercises/:exercise/hint { check? } -> { hint, remaining }
 *   POST /api/sandboxes/:id/exercises/:exercise/solution -> { steps } (recorded as revealed)
 *   POST /api/sandboxes/:id/exercises/:exercise/evaluate -> { verdict } evaluates at once, experiments included
 *   GET  /api/progress                               -> { lessons: { [courseSlash lesson]: { exercises: { [id]: status } } } }
 * Errors: { error: { code, message } } with 4xx/5xx; a sandbox that is not the caller's is 403 without saying whether it exists.
 *
 * WebSockets:
 *   /ws/terminal/:sandbox/:terminal?since=N  binary frames from the server: 8 bytes big-endian position, then output;
 *                                            text frames from the page: TerminalMessage as JSON
 *   /ws/live/:sandbox                        text frames: LiveMessage from the server
 *   /ws/live/:sandbox?editor=1               the same, for a page that shows every edit it hears of: while one is
 *                                            connected, `kubectl edit` opens there and not in the terminal
 *   closes with 4403 where the sandbox is not the caller's, 4404 where the terminal is gone
 */
import type { ExerciseVerdict } from "../grading/types.ts";
import type { Activity, Capabilities, Edit, EditEvent, TimelineRecord } from "../sandbox/types.ts";

export type TerminalMessage =
  | { readonly type: "input"; readonly data: string }
  | { readonly type: "resize"; readonly columns: number; readonly rows: number };

export type LiveMessage =
  /** First message after connecting, and again after a reset: everything a view needs. */
  | {
      readonly type: "state";
      readonly objects: readonly TimelineRecord["object"][];
      readonly sequence: number;
      /** The latest changes since the lesson began, oldest first, so that the timeline has a past after a reload. */
      readonly records: readonly TimelineRecord[];
      readonly activity: Activity;
      /** What this sandbox can do; controls for the rest are not offered. */
      readonly capabilities: Capabilities;
      readonly verdicts: readonly ExerciseVerdict[];
      /** Texts that commands in the terminals wait for. */
      readonly edits: readonly Edit[];
    }
  | { readonly type: "change"; readonly record: TimelineRecord }
  | { readonly type: "activity"; readonly activity: Activity }
  | { readonly type: "verdict"; readonly verdict: ExerciseVerdict }
  | { readonly type: "file"; readonly path: string; readonly change: "changed" | "removed" }
  | { readonly type: "edit"; readonly event: EditEvent }
  /** The sandbox's worker died and the sandbox was brought back from its last snapshot. */
  | { readonly type: "restored"; readonly message: string };
