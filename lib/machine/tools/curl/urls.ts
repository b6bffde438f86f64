/** The URLs that a word of curl's stands for: {one,other} and [1-9] are spelled out (curl's "URL globbing"). */

/** What is wrong with a pattern, and where: the first character is 1. */
export class GlobError extends Error {
  readonly position: number;
  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

const MAX_URLS = 4096;

export function spelledOut(text: string): string[] {
  let all = [""];
  const add = (choices: readonly string[]) => {
    all = all.flatMap((before) => choices.map((choice) => before + choice)).slice(0, MAX_URLS);
  };
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    const escaped = /^\\([{}[\]])/.exec(rest);
    const set = /^\{([^{}]*)\}/.exec(rest);
    const numbers = /^\[(\d+)-(\d+)(?::(\d+))?\]/.exec(rest);
    const letters = /^\[([a-zA-Z])-([a-zA-Z])(?::(\d+))?\]/.exec(rest);
    if (escaped !== null) add([escaped[1] ?? ""]);
    else if (set !== null) add((set[1] ?? "").split(","));
    else if (numbers !== null) {
      const [, from = "", to = "", step = "1"] = numbers;
      const width = from.startsWith("0") ? from.length : 0;
      const list: string[] = [];
      for (let value = Number(from); value <= Number(to) && list.length < MAX_URLS; value += Math.max(1, Number(step)))
        list.push(String(value).padStart(width, "0"));
      if (list.length === 0) throw new GlobError("bad range", at + 2);
      add(list);
    } else if (letters !== null) {
      const [, from = "", to = "", step = "1"] = letters;
      const list: string[] = [];
      for (let code = from.charCodeAt(0); code <= to.charCodeAt(0); code += Math.max(1, Number(step)))
        list.push(String.fromCharCode(code));
      if (list.length === 0) throw new GlobError("bad range", at + 2);
      add(list);
    } else if (rest.startsWith("{")) throw new GlobError("unmatched brace", at + 1);
    else if (rest.startsWith("[")) throw new GlobError("bad range", at + 2);
    else if (rest.startsWith("}") || rest.startsWith("]")) throw new GlobError("unmatched close brace/bracket", at + 1);
    else add([rest[0] ?? ""]);
    at += (escaped ?? set ?? numbers ?? letters)?.[0].length ?? 1;
  }
  return all;
}

/** Without the steps "." and ".." (RFC 3986, 5.2.4). */
export function withoutDots(path: string): string {
  const [, plain = "", query = ""] = /^([^?]*)(.*)$/s.exec(path) ?? [];
  if (!/\/\.{1,2}(\/|$)/.test(plain)) return path;
  const out: string[] = [];
  const steps = plain.split("/").slice(1);
  for (const [index, step] of steps.entries()) {
    const last = index === steps.length - 1;
    if (step === "..") out.pop();
    if (step === "." || step === "..") {
      if (last) out.push("");
    } else out.push(step);
  }
  return `/${out.join("/")}${query}`;
}

/** As curl writes texts into URLs and forms. */
export function urlEncoded(text: string): string {
  let out = "";
  for (const byte of new TextEncoder().encode(text)) {
    const character = String.fromCharCode(byte);
    out += /[A-Za-z0-9._~-]/.test(character)
      ? character
      : byte === 32
        ? "+"
        : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return out;
}
