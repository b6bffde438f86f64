import type { ByteReader } from "../types.ts";
import { fitted } from "./support/columns.ts";
import { compilePattern, type Pattern, PatternError } from "./support/regex.ts";
import { Screen } from "./support/screen.ts";
import { MAX_HELD_BYTES, tool } from "./support/tool.ts";

export const less = tool(
  {
    name: "less",
    usage: "[options] [file...]",
    options: {
      chop: { short: "S", long: "chop-long-lines" },
      quitIfOne: { short: "F", long: "quit-if-one-screen" },
      numbers: { short: "N", long: "LINE-NUMBERS" },
      raw: { short: "R", long: "RAW-CONTROL-CHARS" },
      ignoreCase: { short: "i", long: "ignore-case" },
      noInit: { short: "X", long: "no-init" },
      quitAtEnd: { short: "e" },
    },
  },
  async (tool) => {
    const { process } = tool;
    if (tool.operands.length === 0 && process.isTerminal(0))
      return tool.die('Missing filename ("less --help" for help)');
    if (!process.isTerminal(1)) {
      await tool.eachInput(async (reader) => {
        for await (const chunk of reader) await process.stdout.write(chunk);
      });
      return tool.status;
    }
    const lines: string[] = [];
    let complete = false;
    let tooMuch = false;
    let notify: () => void = () => undefined;
    const name = tool.operands[0];
    let readers: ByteReader[];
    try {
      readers = (tool.operands.length === 0 ? ["-"] : tool.operands).map((path) => tool.open(path));
    } catch {
      await process.stderr.write(`${name}: No such file or directory\n`);
      return 1;
    }
    const load = async () => {
      const decoder = new TextDecoder();
      let rest = "";
      let size = 0;
      for (const reader of readers) {
        for (let chunk = await reader.read(); chunk !== null && !tooMuch; chunk = await reader.read()) {
          const text = (rest + decoder.decode(chunk, { stream: true })).split("\n");
          rest = text.pop() ?? "";
          for (const line of text) lines.push(line);
          size += chunk.length;
          process.holdMemory(size);
          tooMuch = size > MAX_HELD_BYTES >> 1;
          notify();
        }
      }
      if (rest !== "") lines.push(rest);
      complete = true;
      notify();
    };
    const loading = load();
    loading.catch(() => undefined);
    return Screen.use(process, async (screen) => {
      notify = () => screen.wake();
      let top = 0;
      let left = 0;
      let message = "";
      let pattern: Pattern | undefined;
      let backwards = false;
      /** Stays at the end while more comes, until a key is pressed. */
      let following = false;
      let count = "";
      const page = () => screen.size.rows - 1;
      const bottom = () => Math.max(0, lines.length - page());
      const search = async (from: number, step: number): Promise<boolean> => {
        for (let index = from; index >= 0 && index < lines.length; index += step) {
          await tool.spend(1 + ((lines[index]?.length ?? 0) >> 5));
          if (pattern?.find(lines[index] ?? "", 0) !== undefined) {
            top = index;
            return true;
          }
        }
        return false;
      };
      const ask = async (prompt: string): Promise<string | undefined> => {
        let text = "";
        for (;;) {
          await screen.write(`\x1b[${screen.size.rows};1H${prompt}${text}\x1b[K`);
          const key = await screen.key();
          if (key === "Enter") return text;
          if (key === "Escape" || key === "^C" || key === "") return undefined;
          if (key === "Backspace") {
            if (text === "") return undefined;
            text = text.slice(0, -1);
          } else if (key.length === 1 || (key.codePointAt(0) ?? 0) > 0xffff) text += key;
        }
      };
      for (;;) {
        top = Math.max(0, Math.min(top, complete ? Math.max(0, lines.length - 1) : lines.length));
        if (following) top = bottom();
        const { columns, rows } = screen.size;
        const body = Array.from({ length: rows - 1 }, (_, row) => {
          const line = lines[top + row];
          if (line === undefined) return "~";
          const number = tool.has("numbers") ? `${String(top + row + 1).padStart(7)} ` : "";
          return (
            number +
            highlight(fitted(line.replace(/\x1b\[[\d;]*[A-Za-z]/g, ""), columns - number.length, left), pattern)
          );
        });
        const atEnd = complete && top + rows - 1 >= lines.length;
        const status = following
          ? "Waiting for data... (interrupt to abort)"
          : message !== ""
            ? message
            : atEnd
              ? "(END)"
              : top === 0 && name !== undefined
                ? name
                : ":";
        await screen.draw(
          [...body, status === ":" ? ":" : `\x1b[7m${status}\x1b[27m`],
          rows - 1,
          Math.min(columns - 1, status.length),
        );
        message = "";
        const key = await screen.key();
        if (key === "Wake" || key === "Resize") continue;
        if (following && key !== "") {
          // The key that ends the wait does nothing else.
          following = false;
          if (key !== "q") continue;
        }
        if (/^\d$/.test(key)) {
          count += key;
          continue;
        }
        const times = Math.max(1, Number(count));
        const line = count === "" ? undefined : Number(count) - 1;
        count = "";
        switch (key) {
          case "":
          case "q":
          case "Q":
            return 0;
          case "j":
          case "Down":
          case "Enter":
          case "e":
            top = Math.min(top + times, Math.max(top, bottom()));
            break;
          case "k":
          case "Up":
          case "y":
            top -= times;
            break;
          case " ":
          case "f":
          case "PageDown":
          case "^F":
            top = Math.min(top + page(), Math.max(top, bottom()));
            break;
          case "b":
          case "PageUp":
          case "^B":
            top -= page();
            break;
          case "d":
          case "^D":
            top = Math.min(top + (page() >> 1), Math.max(top, bottom()));
            break;
          case "u":
          case "^U":
            top -= page() >> 1;
            break;
          case "g":
          case "<":
          case "Home":
            top = line ?? 0;
            break;
          case "G":
          case ">":
          case "End":
            if (name !== undefined) await loading;
            top = line ?? bottom();
            break;
          case "F":
            following = true;
            break;
          case "Right":
            left += columns >> 1;
            break;
          case "Left":
            left = Math.max(0, left - (columns >> 1));
            break;
          case "/":
          case "?": {
            backwards = key === "?";
            const text = await ask(key);
            if (text === undefined) break;
            try {
              if (text !== "")
                pattern = compilePattern(text, { syntax: "extended", ignoreCase: tool.has("ignoreCase") });
              if (!(await search(top + (backwards ? -1 : 1), backwards ? -1 : 1)) && !(await search(top, 1)))
                message = "Pattern not found  (press RETURN)";
            } catch (error) {
              if (!(error instanceof PatternError)) throw error;
              message = error.message;
            }
            break;
          }
          case "n":
          case "N": {
            const step = (key === "n") !== backwards ? 1 : -1;
            if (pattern === undefined) message = "No previous regular expression  (press RETURN)";
            else if (!(await search(top + step, step))) message = "Pattern not found  (press RETURN)";
            break;
          }
          case "h":
            message = "q quit  SPACE/b page  j/k line  g/G ends  /text search  n/N next  F follow  (press RETURN)";
            break;
        }
      }
    });
  },
);

function highlight(text: string, pattern: Pattern | undefined): string {
  let out = "";
  let from = 0;
  for (
    let match = pattern?.find(text, 0);
    match !== undefined && match.end > match.start;
    match = pattern?.find(text, from)
  ) {
    out += `${text.slice(from, match.start)}\x1b[7m${text.slice(match.start, match.end)}\x1b[27m`;
    from = match.end;
  }
  return out + text.slice(from);
}
