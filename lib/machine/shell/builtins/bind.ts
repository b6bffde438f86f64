/** bind: what keys do, asked and changed. */

import { keymapOf, parseBinding, readSettings } from "../editor/inputrc.ts";
import { type Binding, type Keymaps, translateKeys, writeKeys } from "../editor/keymap.ts";
import { FUNCTION_NAMES } from "../editor/names.ts";
import type { Shell } from "../shell.ts";
import { type Builtin, fail, parseOptions, usage } from "./types.ts";

const USAGE =
  "bind [-lpsvPSVX] [-m keymap] [-f filename] [-q name] [-u name] [-r keyseq] [-x keyseq:shell-command] [keyseq:readline-function or readline-command]";

function keysOf(map: ReadonlyMap<string, Binding>, name: string): string[] {
  return [...map]
    .filter(([, binding]) => binding.kind === "function" && binding.name === name)
    .map(([keys]) => writeKeys(keys))
    .sort();
}

/** Listings of several kinds. */
function listing(keymaps: Keymaps, map: ReadonlyMap<string, Binding>, options: ReadonlyMap<string, string>): string {
  let out = "";
  if (options.has("l"))
    out += [...FUNCTION_NAMES]
      .filter((name) => name !== "vi-key")
      .sort()
      .map((name) => `${name}\n`)
      .join("");
  for (const name of [...FUNCTION_NAMES].filter((each) => each !== "vi-key").sort()) {
    const keys = keysOf(map, name);
    if (options.has("p"))
      out += keys.length === 0 ? `# ${name} (not bound)\n` : keys.map((each) => `"${each}": ${name}\n`).join("");
    if (options.has("P"))
      out +=
        keys.length === 0
          ? `${name} is not bound to any keys\n`
          : `${name} can be found on ${keys.map((each) => `"${each}"`).join(", ")}.\n`;
  }
  for (const [keys, binding] of map) {
    const written = writeKeys(keys);
    if (binding.kind === "macro") {
      if (options.has("s")) out += `"${written}": "${writeKeys(binding.text)}"\n`;
      if (options.has("S")) out += `${written} outputs ${writeKeys(binding.text)}\n`;
    }
    if (binding.kind === "command" && options.has("X")) out += `"${written}": "${binding.text}"\n`;
  }
  for (const [name, value] of keymaps.variables) {
    if (options.has("v")) out += `set ${name} ${writeKeys(value)}\n`;
    if (options.has("V")) out += `${name} is set to \`${writeKeys(value)}'\n`;
  }
  return out;
}

const bind: Builtin["run"] = async (shell, args, context) => {
  const { options, rest, bad } = parseOptions(args, "lvpPsSVXf:q:u:m:r:x:");
  if (bad !== undefined) return usage(shell, context, bad, USAGE);
  const keymaps = shell.keymaps;
  if (keymaps === undefined) {
    await shell.complain("bind: warning: line editing not enabled");
    return 1;
  }
  const named = options.get("m");
  const name =
    named === undefined ? (keymapOf(keymaps.variables.get("keymap") ?? "emacs") ?? "emacs") : keymapOf(named);
  if (name === undefined) return fail(shell, context, `\`${named}': invalid keymap name`);
  const map = keymaps.maps[name];
  await shell.out(listing(keymaps, map, options as ReadonlyMap<string, string>));
  const asked = options.get("q");
  if (asked !== undefined) {
    if (!FUNCTION_NAMES.has(asked)) return fail(shell, context, `\`${asked}': unknown function name`);
    const keys = keysOf(map, asked);
    if (keys.length === 0) {
      await shell.out(`${asked} is not bound to any keys.\n`);
      return 1;
    }
    const shown = keys.slice(0, 5).map((each) => `"${each}"`);
    await shell.out(`${asked} can be invoked via ${shown.join(", ")}${keys.length > 5 ? ", ..." : ""}.\n`);
  }
  const unbound = options.get("u");
  if (unbound !== undefined) {
    if (!FUNCTION_NAMES.has(unbound)) return fail(shell, context, `\`${unbound}': unknown function name`);
    for (const [keys, binding] of [...map])
      if (binding.kind === "function" && binding.name === unbound) map.delete(keys);
  }
  const removed = options.get("r");
  if (removed !== undefined) map.delete(translateKeys(removed));
  const file = options.get("f");
  if (file !== undefined) {
    let text: string;
    try {
      text = shell.process.files.readText(file);
    } catch {
      return fail(shell, context, `${file}: cannot read: No such file or directory`);
    }
    for (const { line, problem } of readSettings(keymaps, text, shell.variables.get("TERM") ?? "", () => undefined))
      await shell.write(2, `readline: ${file}: line ${line}: ${problem}\n`);
  }
  const command = options.get("x");
  if (command !== undefined) {
    const parts = /^\s*"((?:\\.|[^"\\])*)"\s*:\s*(.*)$/s.exec(command);
    if (parts === null) return fail(shell, context, `\`${command}': missing colon separator`);
    const text = (parts[2] as string).trim();
    map.set(translateKeys(parts[1] as string), {
      kind: "command",
      text: /^(["']).*\1$/.test(text) ? text.slice(1, -1) : text,
    });
  }
  for (const each of rest) await bindOne(shell, keymaps, name, each);
  return 0;
};

async function bindOne(
  shell: Shell,
  keymaps: Keymaps,
  name: Parameters<typeof parseBinding>[1],
  text: string,
): Promise<void> {
  const problem = parseBinding(keymaps, name, text);
  if (problem !== undefined) await shell.write(2, `readline: ${problem}\n`);
  if (/^\s*set\s+editing-mode/i.test(text)) {
    const vi = keymaps.variables.get("editing-mode") === "vi";
    shell.setOptions.delete(vi ? "emacs" : "vi");
    shell.setOptions.add(vi ? "vi" : "emacs");
  }
}

export const BIND_BUILTINS: Readonly<Record<string, Builtin>> = { bind: { run: bind, bashOnly: true } };
