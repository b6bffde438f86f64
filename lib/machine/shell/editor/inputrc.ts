/** Lines of readline's settings: key bindings, `set`, `$if` (bind.c, rl_parse_and_bind). */

import { type KeymapName, type Keymaps, namedKey, translateKeys } from "./keymap.ts";
import { FUNCTION_NAMES } from "./names.ts";

const KEYMAPS: Readonly<Record<string, KeymapName>> = {
  emacs: "emacs",
  "emacs-standard": "emacs",
  vi: "vi-command",
  "vi-move": "vi-command",
  "vi-command": "vi-command",
  "vi-insert": "vi-insert",
};

export function keymapOf(name: string): KeymapName | undefined {
  return Object.hasOwn(KEYMAPS, name) ? KEYMAPS[name] : undefined;
}

/** Variables that would change what is seen, and are not here. */
const REFUSED: ReadonlySet<string> = new Set([
  "horizontal-scroll-mode",
  "show-mode-in-prompt",
  "visible-stats",
  "colored-stats",
  "colored-completion-prefix",
  "completion-prefix-display-length",
  "print-completions-horizontally",
  "mark-modified-lines",
]);

/** Complaints, if any. `map`: what bindings go to. */
export function parseBinding(keymaps: Keymaps, map: KeymapName, line: string): string | undefined {
  const text = line.trim();
  if (text === "" || text.startsWith("#")) return undefined;
  const set = /^set\s+(\S+)\s*(.*)$/i.exec(text);
  if (set !== null) return setVariable(keymaps, (set[1] as string).toLowerCase(), (set[2] as string).trim());
  let keys: string | undefined;
  let rest: string;
  if (text.startsWith('"')) {
    let end = 1;
    while (end < text.length && text.charAt(end) !== '"') end += text.charAt(end) === "\\" ? 2 : 1;
    keys = translateKeys(text.slice(1, end));
    rest = text.slice(end + 1).trimStart();
    if (end >= text.length || !rest.startsWith(":")) return `${text}: no key sequence terminator`;
    rest = rest.slice(1).trim();
  } else {
    const colon = text.indexOf(":", 1);
    if (colon === -1) return `${text}: no key sequence terminator`;
    keys = namedKey(text.slice(0, colon).trim());
    rest = text.slice(colon + 1).trim();
  }
  if (keys === undefined || keys === "") return undefined;
  const quote = rest.charAt(0);
  if (quote === '"' || quote === "'") {
    const end = rest.lastIndexOf(quote);
    keymaps.maps[map].set(keys, { kind: "macro", text: translateKeys(rest.slice(1, end > 0 ? end : undefined)) });
    return undefined;
  }
  const name = rest.split(/\s/)[0] ?? "";
  if (!FUNCTION_NAMES.has(name)) return undefined;
  keymaps.maps[map].set(keys, { kind: "function", name });
  return undefined;
}

function setVariable(keymaps: Keymaps, name: string, value: string): string | undefined {
  if (!keymaps.variables.has(name)) return `${name}: unknown variable name`;
  const now = keymaps.variables.get(name);
  const boolean = now === "on" || now === "off";
  const wanted = boolean ? (value === "" || /^(?:on|1)$/i.test(value) ? "on" : "off") : value;
  if (REFUSED.has(name) && wanted !== now) return `${name}: not available here`;
  if (name === "editing-mode" && !/^(?:vi|emacs)/.test(value)) return `${name}: could not set value to \`${value}'`;
  if (name === "keymap") {
    const map = keymapOf(value);
    if (map === undefined) return `${name}: could not set value to \`${value}'`;
    keymaps.variables.set("keymap", value);
    return undefined;
  }
  keymaps.variables.set(name, name === "editing-mode" ? (value.startsWith("vi") ? "vi" : "emacs") : wanted);
  if (name === "editing-mode") keymaps.variables.set("keymap", value.startsWith("vi") ? "vi-insert" : "emacs");
  return undefined;
}

/** A whole file. `include`: reads another. Gives complaints with their lines. */
export function readSettings(
  keymaps: Keymaps,
  text: string,
  terminal: string,
  include: (path: string) => string | undefined,
  depth = 0,
): readonly { readonly line: number; readonly problem: string }[] {
  const problems: { line: number; problem: string }[] = [];
  /** Whether each `$if` around holds. */
  const open: boolean[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    const directive = /^\$(\w+)\s*(.*)$/.exec(line);
    if (directive !== null) {
      const [, word, argument = ""] = directive;
      if (word === "if") open.push(holds(keymaps, argument.trim(), terminal));
      else if (word === "else") open.push(!open.pop());
      else if (word === "endif") open.pop();
      else if (word === "include" && open.every(Boolean) && depth < 10) {
        const more = include(argument.trim());
        if (more !== undefined) problems.push(...readSettings(keymaps, more, terminal, include, depth + 1));
      } else if (word !== "include") problems.push({ line: index + 1, problem: `${word}: unknown parser directive` });
      continue;
    }
    if (!open.every(Boolean)) continue;
    const map = keymapOf(keymaps.variables.get("keymap") ?? "emacs") ?? "emacs";
    const problem = parseBinding(keymaps, map, line);
    if (problem !== undefined) problems.push({ line: index + 1, problem });
  }
  return problems;
}

function holds(keymaps: Keymaps, test: string, terminal: string): boolean {
  const mode = /^mode=(\w+)$/.exec(test)?.[1];
  if (mode !== undefined) return keymaps.variables.get("editing-mode") === mode;
  const term = /^term=(\S+)$/.exec(test)?.[1];
  if (term !== undefined) return term === terminal || term === terminal.split("-")[0];
  const version = /^version\s*(==|!=|<=|>=|<|>)\s*([\d.]+)$/.exec(test);
  if (version !== null) {
    const wanted = Number(version[2]);
    const ours = 8.2;
    const by: Readonly<Record<string, boolean>> = {
      "==": ours === wanted,
      "!=": ours !== wanted,
      "<=": ours <= wanted,
      ">=": ours >= wanted,
      "<": ours < wanted,
      ">": ours > wanted,
    };
    return by[version[1] as string] ?? false;
  }
  return test.toLowerCase() === "bash";
}
