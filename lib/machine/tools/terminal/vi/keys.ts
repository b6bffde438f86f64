/** What normal and visual mode share: counts and registers before a command, cursor moves, and keys that are refused. */
import type { Count, Motion } from "./motion.ts";
import type { Step, Vi } from "./state.ts";

export interface Prefix extends Count {
  readonly register: string | undefined;
}

/** Register and count, in whatever order. */
export function* readPrefix(vi: Vi): Step<Prefix> {
  let digits = "";
  let register: string | undefined;
  for (;;) {
    const key = yield* vi.key();
    if (key === '"') {
      vi.pending += key;
      register = yield* vi.key();
      vi.pending += register;
    } else if (/^[1-9]$/.test(key) || (key === "0" && digits !== "")) {
      if (digits.length < 9) digits += key;
      vi.pending += key;
    } else if (key === "<Del>" && digits !== "") {
      digits = digits.slice(0, -1);
      vi.pending = vi.pending.slice(0, -1);
    } else {
      vi.typed.pop();
      vi.queue.unshift(key);
      return { given: digits !== "", count: digits === "" ? 1 : Number(digits), register };
    }
  }
}

/** A text as the keys that type it. */
export function keysOf(text: string): string[] {
  return Array.from(text);
}

export function move(vi: Vi, motion: Motion): void {
  if (motion.jump) vi.leap(motion.to);
  else if (motion.want === "keep") vi.cursor = motion.to;
  else vi.go(motion.to);
  if (typeof motion.want === "number") vi.want = motion.want;
  vi.clamp();
}

/** What Vim knows and this does not. */
const NOT_HERE: Readonly<Record<string, string>> = {
  K: "manual pages are not looked up from here (K)",
  gq: "texts are not formatted here (gq)",
  gw: "texts are not formatted here (gw)",
  "=": "lines are not indented by their language here (=)",
  "\x17": "there is one window only (^W)",
  gf: "files are not opened by their names in the text (gf)",
  "\x1d": "there are no tags here (^])",
  Q: "Ex mode is not available here (Q)",
};

/** Refuses what Vim knows and this does not in words; what nobody knows is only refused. */
export function unknown(vi: Vi, key: string): never {
  vi.typed = [];
  return vi.fail(NOT_HERE[key]);
}
