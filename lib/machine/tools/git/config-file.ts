/** One configuration file: read into entries, changed in place so that comments and order stay. */
import { fatal } from "./failure.ts";

export interface ConfigEntry {
  /** "section.subsection.name": section and name in lower case. */
  readonly key: string;
  /** Undefined: the name stands alone, which means true. */
  readonly value: string | undefined;
  /** Where the line is in the text, for changes. */
  readonly start: number;
  readonly end: number;
}

interface ConfigSection {
  readonly name: string;
  readonly start: number;
  /** Where the section's last line ends. */
  end: number;
}

interface Parsed {
  readonly entries: ConfigEntry[];
  readonly sections: ConfigSection[];
}

export function parseConfig(text: string, path: string): Parsed {
  const entries: ConfigEntry[] = [];
  const sections: ConfigSection[] = [];
  let section = "";
  let line = 1;
  const bad = () => fatal(`bad config line ${line} in file ${path}`);
  for (let at = 0; at < text.length; ) {
    const start = at;
    const newline = text.indexOf("\n", at);
    let end = newline === -1 ? text.length : newline + 1;
    let content = text.slice(at, end).trim();
    if (content.startsWith("[")) {
      const head = /^\[\s*([-.A-Za-z0-9]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]/.exec(content);
      if (head === null) throw bad();
      const [whole, name = "", sub] = head;
      section = sub === undefined ? name.toLowerCase() : `${name.toLowerCase()}.${sub.replace(/\\(.)/g, "$1")}`;
      sections.push({ name: section, start, end });
      content = content.slice(whole.length).trim();
      if (content === "" || /^[#;]/.test(content)) {
        at = end;
        line++;
        continue;
      }
    }
    if (content !== "" && !/^[#;]/.test(content)) {
      const named = /^([A-Za-z][-A-Za-z0-9]*)\s*(=?)/.exec(content);
      if (named === null || section === "") throw bad();
      const [whole, name = "", equals] = named;
      if (equals === "" && !/^$|^[#;]/.test(content.slice(whole.length).trim())) throw bad();
      let value: string | undefined;
      if (equals !== "") {
        const from = text.indexOf("=", start + text.slice(start, end).indexOf(name)) + 1;
        const read = readValue(text, from);
        if (read === undefined) throw bad();
        value = read.value;
        end = Math.max(end, read.end);
        line += read.lines;
      }
      entries.push({ key: `${section}.${name.toLowerCase()}`, value, start, end });
    }
    const last = sections.at(-1);
    if (last !== undefined && content !== "") last.end = end;
    at = end;
    line++;
  }
  return { entries, sections };
}

function readValue(text: string, from: number): { value: string; end: number; lines: number } | undefined {
  let value = "";
  let space = "";
  let quoted = false;
  let lines = 0;
  let at = from;
  while (at < text.length && (text[at] === " " || text[at] === "\t")) at++;
  for (; at < text.length; at++) {
    const character = text[at] as string;
    if (character === "\n") break;
    if (!quoted && (character === "#" || character === ";")) {
      const newline = text.indexOf("\n", at);
      at = newline === -1 ? text.length : newline;
      break;
    }
    if (!quoted && /\s/.test(character)) {
      space += character;
      continue;
    }
    if (character === "\\") {
      at++;
      const next = text[at] ?? "";
      if (next === "\n") {
        lines++;
        continue;
      }
      const plain = { n: "\n", t: "\t", b: "\b", '"': '"', "\\": "\\" }[next];
      if (plain === undefined) return undefined;
      value += space + plain;
      space = "";
      continue;
    }
    value += space;
    space = "";
    if (character === '"') quoted = !quoted;
    else value += character;
  }
  return quoted ? undefined : { value, end: Math.min(at + 1, text.length), lines };
}

function quoteValue(value: string): string {
  const escaped = value.replace(
    /[\\"\n\t]/g,
    (character) => ({ "\n": "\\n", "\t": "\\t" })[character] ?? `\\${character}`,
  );
  return /^\s|\s$|[;#]/.test(value) ? `"${escaped}"` : escaped;
}

/** "a.b.c" apart: section with subsection, and the name as it was written. */
export function splitKey(
  key: string,
): { readonly section: string; readonly name: string; readonly key: string } | undefined {
  const last = key.lastIndexOf(".");
  if (last === -1) return undefined;
  const first = key.indexOf(".");
  const name = key.slice(last + 1);
  const main = key.slice(0, first);
  const section = first === last ? main.toLowerCase() : `${main.toLowerCase()}.${key.slice(first + 1, last)}`;
  return { section, name, key: `${section}.${name.toLowerCase()}` };
}

function sectionLine(section: string): string {
  const dot = section.indexOf(".");
  if (dot === -1) return `[${section}]\n`;
  return `[${section.slice(0, dot)} "${section.slice(dot + 1).replace(/[\\"]/g, "\\$&")}"]\n`;
}

/** The text with the key set: in the place of `entry`, or new at the end of its section. */
export function withValue(text: string, path: string, key: string, value: string, entry?: ConfigEntry): string {
  const split = splitKey(key);
  if (split === undefined) return text;
  const line = `\t${split.name} = ${quoteValue(value)}\n`;
  if (entry !== undefined) return text.slice(0, entry.start) + line + text.slice(entry.end);
  const { sections } = parseConfig(text, path);
  const section = sections.findLast((each) => each.name === split.section);
  if (section !== undefined) {
    const before = text.slice(0, section.end);
    return `${before}${before.endsWith("\n") ? "" : "\n"}${line}${text.slice(section.end)}`;
  }
  return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${sectionLine(split.section)}${line}`;
}

/** Without these entries, and without sections that are empty then. */
export function withoutEntries(text: string, path: string, gone: readonly ConfigEntry[]): string {
  let out = text;
  for (const entry of [...gone].sort((a, b) => b.start - a.start))
    out = out.slice(0, entry.start) + out.slice(entry.end);
  const touched = new Set(gone.map((entry) => entry.key.slice(0, entry.key.lastIndexOf("."))));
  const { sections, entries } = parseConfig(out, path);
  for (const section of [...sections].reverse()) {
    if (!touched.has(section.name)) continue;
    if (entries.some((entry) => entry.start >= section.start && entry.end <= section.end)) continue;
    if (/[#;]/.test(out.slice(section.start, section.end))) continue;
    out = out.slice(0, section.start) + out.slice(section.end);
  }
  return out;
}

/** The section gone, or (with `to`) under another name. Undefined where there is none. */
export function withoutSection(text: string, path: string, name: string, to?: string): string | undefined {
  const { sections } = parseConfig(text, path);
  const found = sections.filter((section) => section.name === name);
  if (found.length === 0) return undefined;
  let out = text;
  for (const section of found.reverse()) {
    const newline = out.indexOf("\n", section.start);
    out =
      to === undefined
        ? out.slice(0, section.start) + out.slice(section.end)
        : out.slice(0, section.start) + sectionLine(to) + out.slice(newline + 1);
  }
  return out;
}
