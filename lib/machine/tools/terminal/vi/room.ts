/** How the bottom line is divided: messages, the command being typed, the ruler (comp_col). */
import type { Vi } from "./state.ts";

export const RULER = 18;
export const SHOWN_COMMAND = 10;

/** Columns a message may take before it needs rows of its own. */
export function messageRoom(vi: Vi): number {
  return (
    vi.columns - (vi.options.ruler ? RULER : 0) - (vi.options.showcmd ? SHOWN_COMMAND : 0) - (vi.options.ruler ? 0 : 1)
  );
}
