/** A learner's terminal for tests: types keys and waits for what shows, letting the sandbox's virtual time pass. */
import type { Sandbox } from "../../lib/sandbox/types.ts";

export interface Screen {
  /** Types keys as they are. What `until` looks at begins here. */
  type(keys: string): Promise<void>;
  /** Waits until what came since the last keys, without escape sequences, matches; gives it. */
  until(pattern: RegExp): Promise<string>;
}

const ESCAPES = /\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\x1b[=>()][AB012]?/g;

export async function screen(sandbox: Sandbox): Promise<Screen> {
  const terminal = await sandbox.openTerminal({ columns: 200, rows: 40 });
  const decoder = new TextDecoder();
  let seen = "";
  terminal.attach(0, ({ data }) => {
    seen += typeof data === "string" ? data : decoder.decode(data, { stream: true });
  });
  return {
    async type(keys) {
      seen = "";
      terminal.input(keys);
    },
    async until(pattern) {
      for (let round = 0; round < 400; round++) {
        const text = seen.replace(ESCAPES, "");
        if (pattern.test(text)) return text;
        await sandbox.advance({ withinMs: 100, untilSettled: false });
        await new Promise((resolve) => setImmediate(resolve));
      }
      throw new Error(`never showed ${pattern}:\n${JSON.stringify(seen)}`);
    },
  };
}
