import xterm from "@xterm/headless";
import { describe, expect, it } from "vitest";
import { displayWidth } from "../../lib/machine/tty/width.ts";
import { countColumns } from "./widths.ts";

describe("the terminal on the page", () => {
  it.each(["plain", "日本語", "한글", "👍 ok", "🚀🧠", "e\u0301a", "👩‍👩‍👧", "𠀀"])(
    "gives %s as many columns as programs do",
    async (text) => {
      const terminal = new xterm.Terminal({ cols: 40, rows: 2, allowProposedApi: true });
      countColumns(terminal as never);
      await new Promise<void>((done) => terminal.write(text, done));
      expect(terminal.buffer.active.cursorX).toBe(displayWidth(text));
    },
  );
});
