/** The line at the bottom in which colon commands and patterns are typed (ex_getln.c). */
import type { Step, Vi } from "./state.ts";
import { nextAt, previousAt } from "./text.ts";

/** Undefined where it was given up. `looked`: called after each change of the text. */
export function* readEntry(
  vi: Vi,
  prompt: string,
  looked?: (text: string) => Step<void>,
  first = "",
): Step<string | undefined> {
  const history = vi.histories[prompt === ":" ? ":" : "/"];
  const entry = { prompt, text: first, at: first.length };
  const before = vi.mode;
  vi.entry = entry;
  vi.mode = "command";
  let place = history.length;
  let typed = first;
  const done = (text: string | undefined): string | undefined => {
    vi.entry = undefined;
    vi.mode = before === "command" ? "normal" : before;
    if (text !== undefined && text !== "" && !(vi.queue.length > 0 && prompt === ":")) {
      const known = history.indexOf(text);
      if (known !== -1) history.splice(known, 1);
      history.push(text);
      if (history.length > 200) history.shift();
    }
    return text;
  };
  const insert = (text: string) => {
    entry.text = entry.text.slice(0, entry.at) + text + entry.text.slice(entry.at);
    entry.at += text.length;
  };
  const recall = (step: number, prefix: string) => {
    let at = place + step;
    while (at >= 0 && at < history.length && !(history[at] as string).startsWith(prefix)) at += step;
    if (at < 0 || at > history.length) return;
    place = at;
    entry.text = at === history.length ? typed : (history[at] as string);
    entry.at = entry.text.length;
  };
  for (;;) {
    const key = yield* vi.key();
    const before = entry.text;
    switch (key) {
      case "\r":
      case "\n":
        return done(entry.text);
      case "\x1b":
      case "\x03":
        done(undefined);
        vi.message = undefined;
        return undefined;
      case "\x7f":
      case "\b": {
        if (entry.text === "") {
          done(undefined);
          vi.message = undefined;
          return undefined;
        }
        const from = previousAt(entry.text, entry.at);
        entry.text = entry.text.slice(0, from) + entry.text.slice(entry.at);
        entry.at = from;
        break;
      }
      case "<Del>":
        entry.text = entry.text.slice(0, entry.at) + entry.text.slice(nextAt(entry.text, entry.at));
        break;
      case "\x17": {
        const head = entry.text.slice(0, entry.at).replace(/(?:[\w]+|[^\w\s]+)?\s*$/, "");
        entry.text = head + entry.text.slice(entry.at);
        entry.at = head.length;
        break;
      }
      case "\x15":
        entry.text = entry.text.slice(entry.at);
        entry.at = 0;
        break;
      case "<Left>":
        entry.at = previousAt(entry.text, entry.at);
        break;
      case "<Right>":
        entry.at = nextAt(entry.text, entry.at);
        break;
      case "\x02":
      case "<Home>":
        entry.at = 0;
        break;
      case "\x05":
      case "<End>":
        entry.at = entry.text.length;
        break;
      case "<Up>":
        recall(-1, typed);
        break;
      case "<Down>":
        recall(1, typed);
        break;
      case "\x10":
        recall(-1, "");
        break;
      case "\x0e":
        recall(1, "");
        break;
      case "\x16":
        insert(yield* vi.key());
        break;
      case "\x12": {
        const name = yield* vi.key();
        if (name === "\x17") insert(/[\p{L}\p{N}_]+/u.exec(vi.line.slice(vi.cursor.column))?.[0] ?? "");
        else insert(vi.register(name)?.text.join("\r") ?? "");
        break;
      }
      case "\t":
        // Names of files and commands are not completed here.
        break;
      default:
        if (!/^<.+>$/.test(key)) insert(key);
    }
    if (entry.text !== before) {
      if (!["<Up>", "<Down>", "\x10", "\x0e"].includes(key)) {
        typed = entry.text;
        place = history.length;
      }
      if (looked !== undefined) yield* looked(entry.text);
    }
  }
}
