/** What is typed after a colon. */
import { RE2JS } from "re2js";
import type { ViEditor, ViRequest } from "./vi-editor.ts";

export function runColon(editor: ViEditor, command: string): ViRequest | undefined {
  const { text } = editor;
  const write = /^(w|wq|x|wq!|w!|x!)(?:\s+(.+))?$/.exec(command);
  if (write !== null) {
    return { kind: "write", path: write[2], quit: /^(wq|x)/.test(write[1] as string) };
  }
  if (/^q(uit|a|all)?$/.test(command)) {
    if (!text.changed) return { kind: "quit", status: 0 };
    editor.message = "E37: No write since last change (add ! to override)";
  } else if (/^q(uit|a|all)?!$/.test(command)) return { kind: "quit", status: 0 };
  else if (/^cq!?$/.test(command)) return { kind: "quit", status: 1 };
  else if (command === "e!") return { kind: "reload" };
  else if (/^\d+$/.test(command)) {
    text.row = Math.max(0, Math.min(Number(command), text.lines.length) - 1);
    text.column = text.firstNonBlank();
  } else if (command === "$") text.row = text.lines.length - 1;
  else if (/^se(t)? (nu|number)$/.test(command)) editor.numbers = true;
  else if (/^se(t)? (nonu|nonumber)$/.test(command)) editor.numbers = false;
  else if (/^(%|\d+,(\d+|\$))?s(.)/.test(command)) substitute(editor, command);
  else if (/^(%|\d+,(\d+|\$))?d$/.test(command)) {
    const [from, to] = rangeOf(editor, command);
    editor.text.remember();
    text.deleteLines(from, to);
  } else if (command !== "") editor.message = `E492: Not an editor command: ${command}`;
  return undefined;
}

function rangeOf(editor: ViEditor, command: string): [number, number] {
  const last = editor.text.lines.length - 1;
  if (command.startsWith("%")) return [0, last];
  const match = /^(\d+),(\d+|\$)/.exec(command);
  if (match === null) return [editor.text.row, editor.text.row];
  return [Math.max(0, Number(match[1]) - 1), match[2] === "$" ? last : Math.min(last, Number(match[2]) - 1)];
}

function substitute(editor: ViEditor, command: string): void {
  const [from, to] = rangeOf(editor, command);
  const rest = command.replace(/^(%|\d+,(\d+|\$))?s/, "");
  const parts = rest.slice(1).split(new RegExp(`(?<!\\\\)\\${rest.charAt(0)}`));
  const [pattern = "", replacement = "", flags = ""] = parts;
  let regex: RE2JS;
  try {
    regex = RE2JS.compile(
      pattern
        .replace(/\\([(){}+?|])/g, "\x00$1")
        .replace(/[(){}+?|]/g, "\\$&")
        .replace(/\0\\/g, ""),
    );
  } catch {
    editor.message = `E486: Pattern not found: ${pattern}`;
    return;
  }
  const words = replacement
    .replace(/\$/g, "\\$")
    .replace(/\\(\d)/g, "$$$1")
    .replace(/(?<!\\)&/g, "$$0");
  let changed = 0;
  const lines = editor.text.lines.map((line, row) => {
    if (row < from || row > to) return line;
    const matcher = regex.matcher(line);
    const result = flags.includes("g") ? matcher.replaceAll(words) : matcher.replaceFirst(words);
    if (result !== line) changed++;
    return result;
  });
  if (changed === 0) {
    editor.message = `E486: Pattern not found: ${pattern}`;
    return;
  }
  editor.text.remember();
  editor.text.lines = lines;
  if (changed > 1) editor.message = `${changed} substitutions on ${changed} lines`;
}
