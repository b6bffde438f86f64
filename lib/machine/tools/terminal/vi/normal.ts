/** Normal mode: counts, registers, operators with motions, and all other keys (normal.c). */
import { commandKey } from "./commands.ts";
import { editKey } from "./edits.ts";
import { show } from "./ex-command.ts";
import { WriteProblem } from "./files.ts";
import { insertMode } from "./insert.ts";
import { move, type Prefix, readPrefix, unknown } from "./keys.ts";
import { motionOf } from "./motion.ts";
import { operate } from "./operate.ts";
import { OPERATORS } from "./operators.ts";
import { messageRoom } from "./room.ts";
import { Failed, type Step, type Vi } from "./state.ts";
import { columnAt } from "./text.ts";
import { repeatVisual, visualKey } from "./visual.ts";

/** Commands until vi is left; its exit status. */
export function* runVi(vi: Vi): Step<number> {
  while (vi.quit === undefined) {
    yield* oneCommand(vi);
    const { message } = vi;
    // What does not fit beside the ruler needs a row of its own, and somebody who has read it.
    if (message?.kept === true && vi.quit === undefined && vi.queue.length === 0 && tooLong(vi, message.text)) {
      vi.message = undefined;
      yield* show(vi, "", [message.text], message.error ? message.text : undefined);
    }
  }
  return vi.quit;
}

function tooLong(vi: Vi, text: string): boolean {
  if (text.startsWith('"') && !/E\d+:/.test(text)) return false;
  return columnAt(text, text.length, vi.cells) >= messageRoom(vi);
}

/** One command, with all the keys it takes. */
export function* oneCommand(vi: Vi): Step<void> {
  vi.typed = [];
  vi.pending = "";
  vi.changes = false;
  const visual = vi.visual !== undefined;
  try {
    if (visual) yield* visualKey(vi);
    else {
      const prefix = yield* readPrefix(vi);
      const before = vi.typed.length;
      yield* execute(vi, prefix);
      if (vi.changes && vi.visual === undefined)
        vi.dot = {
          keys: [...(prefix.register === undefined ? [] : ['"', prefix.register]), ...vi.typed.slice(before)],
          count: prefix.given ? prefix.count : 0,
          visual: undefined,
        };
    }
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    // What goes wrong ends the macro that asked for it.
    vi.queue = [];
    if (vi.mode !== "normal") vi.mode = "normal";
    if (error instanceof WriteProblem) {
      vi.message = undefined;
      yield* show(vi, "", error.lines, error.lines[1]);
    }
  }
  vi.pending = "";
  if (vi.queue.length === 0) vi.buffer.commit(vi.now());
  vi.clamp();
  if (vi.insertOnce === "asked") vi.insertOnce = "running";
  else if (vi.insertOnce === "running" && vi.visual === undefined && vi.quit === undefined) {
    vi.insertOnce = undefined;
    vi.buffer.begin(vi.cursor);
    yield* insertMode(vi, 1);
    vi.buffer.commit(vi.now());
  }
}

function* execute(vi: Vi, prefix: Prefix): Step<void> {
  let key = yield* vi.key();
  const { count, given, register } = prefix;
  if (key === "g") {
    vi.pending += "g";
    key = `g${yield* vi.key()}`;
  }
  if (OPERATORS.has(key)) {
    vi.pending = `${register === undefined ? "" : `"${register}`}${given ? count : ""}${key}`;
    yield* operate(vi, key, prefix);
    return;
  }
  if (key === ".") return yield* repeat(vi, prefix);
  if (yield* editKey(vi, key, prefix)) return;
  if (yield* commandKey(vi, key, prefix)) return;
  if (key.length > 1 && key.startsWith("g")) {
    vi.queue.unshift(key.slice(1));
    vi.typed.pop();
    key = "g";
  } else if (/^["'`fFtT[\]/?]$/.test(key)) vi.pending += key;
  const motion = yield* motionOf(vi, key, prefix, "");
  if (motion === undefined) return unknown(vi, vi.pending.startsWith("g") ? vi.pending : key);
  move(vi, motion);
}

function* repeat(vi: Vi, { given, count }: Prefix): Step<void> {
  const { dot } = vi;
  if (dot === undefined) return vi.fail();
  const rest = vi.queue;
  const typed = vi.typed;
  const keys = given ? withoutCount(dot.keys) : dot.keys;
  vi.queue = [...keys];
  try {
    if (dot.visual !== undefined) yield* repeatVisual(vi, dot.visual);
    else {
      const prefix = yield* readPrefix(vi);
      // Numbered registers count up, so that "1p... walks through what was deleted.
      yield* execute(vi, {
        register: prefix.register,
        given: given || dot.count > 0,
        count: given ? count : Math.max(1, dot.count),
      });
    }
  } finally {
    vi.queue = rest;
    vi.typed = typed;
    vi.changes = false;
  }
  vi.dot = given ? { ...dot, keys, count } : dot;
}

/** `d2w` with another count is `dw`. */
function withoutCount(keys: readonly string[]): readonly string[] {
  if (!OPERATORS.has(keys[0] ?? "")) return keys;
  const at = keys.findIndex((key, index) => index > 0 && !/^\d$/.test(key));
  return [keys[0] as string, ...keys.slice(at)];
}
