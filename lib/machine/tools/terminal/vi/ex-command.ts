/** What a colon command is given, and how it shows rows of its own. */
import type { Message, Step, Vi } from "./state.ts";

export interface Command {
  readonly from: number;
  readonly to: number;
  /** How many addresses were given. */
  readonly addresses: number;
  readonly bang: boolean;
  readonly argument: string;
  /** Typed by a person: what needs rows of its own may ask to go on. */
  readonly echo: string;
}

/** Rows that are shown over the text until a key comes; more than fit, page by page. */
export function* show(vi: Vi, echo: string, lines: readonly string[], error?: string): Step<void> {
  const rows: Message[] = (echo === "" ? lines : [`:${echo}`, ...lines]).map((text) => ({
    text,
    error: text === error,
    kept: true,
  }));
  const page = vi.rows;
  const before = vi.mode;
  vi.mode = "more";
  for (let shown = page; shown < rows.length; shown += page) {
    vi.output = [...rows.slice(0, shown), { text: "-- More --", error: false, kept: true }];
    const key = yield* vi.key();
    if (key === "q" || key === "\x1b" || key === "\x03") {
      vi.output = undefined;
      vi.mode = before;
      return;
    }
  }
  vi.output = [...rows, { text: "Press ENTER or type command to continue", error: false, kept: true }];
  const key = yield* vi.key();
  vi.output = undefined;
  vi.mode = "normal";
  vi.message = undefined;
  if (!/^[\r\n \x1b\x03]$/.test(key)) {
    vi.queue.unshift(key);
    vi.typed.pop();
  }
}
