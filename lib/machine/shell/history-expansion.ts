/** `!!`, `!$`, `!42:2-3`, `!git:s/a/b/`, `^old^new` (readline's histexpand.c). */

type HistoryExpansion =
  | { readonly kind: "same" }
  /** `printOnly`: `:p` was among the modifiers. */
  | { readonly kind: "changed"; readonly text: string; readonly printOnly: boolean }
  | { readonly kind: "missing"; readonly event: string };

class Missing extends Error {}

interface Remembered {
  search: string;
  old: string;
  fresh: string;
}

const remembered: WeakMap<readonly string[], Remembered> = new WeakMap();

export function expandHistory(line: string, history: readonly string[]): HistoryExpansion {
  let memory = remembered.get(history);
  if (memory === undefined) {
    memory = { search: "", old: "", fresh: "" };
    remembered.set(history, memory);
  }
  const text = line.startsWith("^") ? `!!:s${line}` : line;
  if (!text.includes("!")) return { kind: "same" };
  try {
    return expand(text, history, memory, line.startsWith("^"));
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    return { kind: "missing", event: error.message };
  }
}

function expand(line: string, history: readonly string[], memory: Remembered, quick: boolean): HistoryExpansion {
  let out = "";
  let changed = false;
  let printOnly = false;
  let double = false;
  for (let at = 0; at < line.length; ) {
    const char = line.charAt(at);
    if (char === "\\") {
      out += line.slice(at, at + 2);
      at += 2;
      continue;
    }
    if (char === '"') double = !double;
    if (char === "'" && !double) {
      const end = line.indexOf("'", at + 1);
      const stop = end === -1 ? line.length : end + 1;
      out += line.slice(at, stop);
      at = stop;
      continue;
    }
    const next = line.charAt(at + 1);
    if (
      char !== "!" ||
      next === "" ||
      /[\s=]/.test(next) ||
      (next === "(" && !double) ||
      (double && next === '"') ||
      (out.endsWith("$") && !double) ||
      /\$\{$|\[$/.test(out)
    ) {
      out += char;
      at++;
      continue;
    }
    const found = reference(line, at, history, memory, out, quick && at === 0);
    out += found.text;
    changed = true;
    printOnly ||= found.printOnly;
    at = found.end;
  }
  return changed ? { kind: "changed", text: out, printOnly } : { kind: "same" };
}

interface Found {
  readonly text: string;
  readonly end: number;
  readonly printOnly: boolean;
}

function reference(
  line: string,
  start: number,
  history: readonly string[],
  memory: Remembered,
  before: string,
  quick: boolean,
): Found {
  let at = start + 1;
  let event: string | undefined;
  let name: string;
  const rest = line.slice(at);
  const number = /^-?\d+/.exec(rest)?.[0];
  /** Words may follow without a colon. */
  if (rest.startsWith("!")) {
    event = history.at(-1);
    name = "!!";
    at++;
  } else if (rest.startsWith("#")) {
    event = before;
    name = "!#";
    at++;
  } else if (number !== undefined) {
    event = number.startsWith("-") ? history.at(Number(number)) : history[Number(number) - 1];
    name = `!${number}`;
    at += number.length;
  } else if (/^[$^*%:]/.test(rest) || (rest.startsWith("-") && !/^-\d/.test(rest))) {
    event = history.at(-1);
    name = "!!";
  } else if (rest.startsWith("?")) {
    const end = rest.indexOf("?", 1);
    const text = rest.slice(1, end === -1 ? undefined : end);
    at += end === -1 ? rest.length : end + 1;
    memory.search = text === "" ? memory.search : text;
    event = history.findLast((each) => each.includes(memory.search));
    name = `!?${text}${end === -1 ? "" : "?"}`;
  } else {
    const text = /^[^\s:;&|()<>$^*"'!-][^\s:;&|()<>^$*"]*/.exec(rest)?.[0] ?? rest.charAt(0);
    at += text.length;
    event = history.findLast((each) => each.startsWith(text));
    name = `!${text}`;
  }
  if (event === undefined) throw new Missing(quick ? line.slice(2) : name);
  let text = event;
  const designator =
    /^(?::(\d+-\d+|\d+-\$|\d+-|\d+\*|\d+|-\d+|-\$|\^-\d+|\^-\$|\^|\$|\*|%)|(\^|\$|\*|-\d+|-\$|-|%))/.exec(
      line.slice(at),
    );
  if (designator !== null) {
    const which = (designator[1] ?? designator[2]) as string;
    const chosen = words(event, which, memory);
    if (chosen === undefined) throw new Missing(`${designator[0]}: bad word specifier`);
    text = chosen;
    at += designator[0].length;
  }
  let printOnly = false;
  for (;;) {
    const modifier = /^:(g|a|G)?([htrepqx&]|s)/.exec(line.slice(at));
    if (modifier === null) break;
    const [whole, all, letter] = modifier as unknown as [string, string | undefined, string];
    at += whole.length;
    if (letter === "s") {
      const delimiter = line.charAt(at);
      const [old, fresh, end] = substitution(line, at + 1, delimiter);
      memory.old = old === "" ? memory.old : old;
      memory.fresh = fresh.replace(/(?<!\\)&/g, () => memory.old).replace(/\\&/g, "&");
      at = end;
      text = substituted(text, memory, all, () => (quick ? `:s${line.slice(4)}` : line.slice(start + 2, end)));
    } else if (letter === "&") text = substituted(text, memory, all, () => whole);
    else if (letter === "p") printOnly = true;
    else text = modified(text, letter);
  }
  return { text, end: at, printOnly };
}

function substitution(line: string, from: number, delimiter: string): [string, string, number] {
  const parts = ["", ""];
  let part = 0;
  let at = from;
  for (; at < line.length && part < 2; at++) {
    const char = line.charAt(at);
    if (char === "\\" && line.charAt(at + 1) === delimiter) {
      parts[part] += delimiter;
      at++;
    } else if (char === delimiter) part++;
    else parts[part] += char;
  }
  return [parts[0] as string, parts[1] as string, at];
}

function substituted(text: string, { old, fresh }: Remembered, all: string | undefined, name: () => string): string {
  if (old === "" || !text.includes(old)) throw new Missing(`${name()}: substitution failed`);
  if (all === "G")
    return (
      words(text, "0-$", { search: "", old, fresh })
        ?.split(" ")
        .map((word) => word.replace(old, () => fresh))
        .join(" ") ?? text
    );
  return all === undefined ? text.replace(old, () => fresh) : text.replaceAll(old, () => fresh);
}

function modified(text: string, letter: string): string {
  const slash = text.lastIndexOf("/");
  const dot = text.lastIndexOf(".");
  switch (letter) {
    case "h":
      return slash === -1 ? text : text.slice(0, slash);
    case "t":
      return text.slice(slash + 1);
    case "r":
      return dot > slash ? text.slice(0, dot) : text;
    case "e":
      return dot > slash ? text.slice(dot) : text;
    case "q":
      return `'${text.replace(/'/g, "'\\''")}'`;
    default:
      return text
        .split(/\s+/)
        .map((word) => `'${word.replace(/'/g, "'\\''")}'`)
        .join(" ");
  }
}

/** The words of a line as the shell splits them. */
function historyWords(line: string): readonly string[] {
  return line.match(/(?:\\.|"(?:\\.|[^"\\])*"|'[^']*'|[^\s;|&()<>])+|[;|&()<>]+/gs) ?? [];
}

function words(line: string, which: string, memory: Remembered): string | undefined {
  const list = historyWords(line);
  const last = list.length - 1;
  const place = (text: string): number => (text === "$" ? last : text === "^" ? 1 : Number(text));
  if (which === "%") return list.find((word) => word.includes(memory.search)) ?? "";
  if (which === "*") return list.slice(1).join(" ");
  const star = /^(\d+)\*$/.exec(which);
  if (star !== null) return list.slice(Number(star[1])).join(" ");
  const range = /^(\d+|\^)?-(\d+|\$)?$/.exec(which);
  if (range !== null) {
    const from = range[1] === undefined ? 0 : place(range[1]);
    const to = range[2] === undefined ? last - 1 : place(range[2]);
    return from > last + 1 || to > last ? undefined : list.slice(from, to + 1).join(" ");
  }
  return list[place(which)];
}
