/** history, and the hooks of completion. */

import { builtinCandidates } from "../editor/candidates.ts";
import { quoteSingle } from "../quote.ts";
import type { Shell } from "../shell.ts";
import { splitForNames } from "./read.ts";
import { type Builtin, fail, parseOptions, usage } from "./types.ts";

export function historyFile(shell: Shell): string | undefined {
  return shell.variables.get("HISTFILE");
}

/** Appends (or writes) lines to the history file. Failures are told to nobody: there is nobody to tell at exit. */
export function saveHistory(shell: Shell): void {
  const path = historyFile(shell);
  if (path === undefined || path === "") return;
  const limit = Number(shell.variables.get("HISTFILESIZE") ?? 500);
  try {
    shell.process.files.writeFile(
      path,
      shell.history
        .slice(-limit)
        .map((line) => `${line}\n`)
        .join(""),
      { mode: 0o600 },
    );
  } catch {
    // A read-only or full home directory loses history, as in any shell.
  }
}

export function loadHistory(shell: Shell): void {
  const path = historyFile(shell);
  if (path === undefined || !shell.process.files.exists(path)) return;
  try {
    const lines = shell.process.files.readText(path).split("\n");
    shell.history = lines.filter((line) => line !== "" && !/^#\d+$/.test(line)).slice(-historySize(shell));
  } catch {
    // Unreadable: starts empty.
  }
}

export function historySize(shell: Shell): number {
  const size = Number(shell.variables.get("HISTSIZE") ?? 500);
  return Number.isInteger(size) && size >= 0 ? Math.min(size, 10_000) : 10_000;
}

/** Adds a line as HISTCONTROL says. */
export function addHistory(shell: Shell, line: string): void {
  const control = (shell.variables.get("HISTCONTROL") ?? "").split(":");
  const both = control.includes("ignoreboth");
  if ((both || control.includes("ignorespace")) && line.startsWith(" ")) return;
  if ((both || control.includes("ignoredups")) && shell.history.at(-1) === line) return;
  if (control.includes("erasedups")) shell.history = shell.history.filter((each) => each !== line);
  shell.history.push(line);
  const size = historySize(shell);
  if (shell.history.length > size) shell.history.splice(0, shell.history.length - size);
}

const history: Builtin["run"] = async (shell, args, context) => {
  const { options, rest, bad } = parseOptions(args, "cd:awrnps");
  if (bad !== undefined)
    return usage(
      shell,
      context,
      bad,
      "history [-c] [-d offset] [n] or history -anrw [filename] or history -ps arg [arg...]",
    );
  if (options.has("c")) {
    shell.history.length = 0;
    return 0;
  }
  const remove = options.get("d");
  if (remove !== undefined) {
    const at = Number(remove) < 0 ? shell.history.length + Number(remove) : Number(remove) - 1;
    if (!(at >= 0 && at < shell.history.length))
      return fail(shell, context, `${remove}: history position out of range`);
    shell.history.splice(at, 1);
    return 0;
  }
  if (options.has("w") || options.has("a")) {
    saveHistory(shell);
    return 0;
  }
  if (options.has("r") || options.has("n")) {
    loadHistory(shell);
    return 0;
  }
  if (options.has("s")) {
    shell.history.push(rest.join(" "));
    return 0;
  }
  const count = rest[0] === undefined ? shell.history.length : Number(rest[0]);
  if (!Number.isInteger(count)) return fail(shell, context, `${rest[0]}: numeric argument required`);
  const from = Math.max(0, shell.history.length - count);
  await shell.out(
    shell.history
      .slice(from)
      .map((line, i) => `${String(from + i + 1).padStart(5)}  ${line}\n`)
      .join(""),
  );
  return 0;
};

const compgen: Builtin["run"] = async (shell, args, context) => {
  const { options, rest, bad } = parseOptions(args, "abcdefjkvuo:A:G:W:F:C:X:P:S:");
  if (bad !== undefined)
    return usage(
      shell,
      context,
      bad,
      "compgen [-abcdefgjksuv] [-o option] [-A action] [-G globpat] [-W wordlist] [-F function] [-C command] [-X filterpat] [-P prefix] [-S suffix] [word]",
    );
  const word = rest[0] ?? "";
  let candidates: string[] = [];
  const words = options.get("W");
  if (words !== undefined) {
    const chars = Array.from(words, (text) => ({ text, escaped: false }));
    candidates.push(...splitForNames(chars, shell.separators, Number.MAX_SAFE_INTEGER));
  }
  const actions = [...options.keys()].filter((letter) => "abcdefjkvu".includes(letter));
  const named = options.get("A");
  for (const action of named === undefined ? actions : [...actions, named]) {
    candidates.push(...(await builtinCandidates(shell, action, word)));
  }
  candidates = candidates.filter((candidate) => candidate.startsWith(word));
  const prefix = options.get("P") ?? "";
  const suffix = options.get("S") ?? "";
  await shell.out(candidates.map((candidate) => `${prefix}${candidate}${suffix}\n`).join(""));
  return candidates.length > 0 ? 0 : 1;
};

/** What a completion may be told with `-o`, and what bash knows beside. */
const COMPLETION_OPTIONS: ReadonlySet<string> = new Set(["nospace", "default", "bashdefault"]);
const KNOWN_OPTIONS: ReadonlySet<string> = new Set(["dirnames", "filenames", "noquote", "nosort", "plusdirs"]);

const complete: Builtin["run"] = async (shell, args, context) => {
  const { options, rest, bad } = parseOptions(args, "prDEIabcdefgjksuvo:A:G:W:F:C:X:P:S:");
  if (bad !== undefined)
    return usage(
      shell,
      context,
      bad,
      "complete [-abcdefgjksuv] [-pr] [-DEI] [-o option] [-A action] [-G globpat] [-W wordlist] [-F function] [-C command] [-X filterpat] [-P prefix] [-S suffix] [name ...]",
    );
  if (options.has("r")) {
    for (const name of rest) shell.completions.delete(name);
    if (rest.length === 0) shell.completions.clear();
    return 0;
  }
  if (options.has("p") || args.length === 0) {
    let out = "";
    let status = 0;
    for (const name of rest.length === 0 ? shell.completions.keys() : rest) {
      const spec = shell.completions.get(name);
      if (spec === undefined) {
        status = await fail(shell, context, `${name}: no completion specification`);
        continue;
      }
      const given = [...(spec.options ?? [])].sort().map((option) => `-o ${option} `);
      const words = spec.words === undefined ? "" : `-W ${quoteSingle(spec.words)} `;
      out += `complete ${given.join("")}${words}${spec.function === undefined ? "" : `-F ${spec.function} `}${name}\n`;
    }
    await shell.out(out);
    return status;
  }
  const refused = [...options.keys()].find((letter) => !"oWF".includes(letter));
  if (refused !== undefined) return fail(shell, context, `-${refused}: not available here`, 2);
  const option = options.get("o");
  if (option !== undefined && !COMPLETION_OPTIONS.has(option))
    return fail(
      shell,
      context,
      `${option}: ${KNOWN_OPTIONS.has(option) ? "not available here" : "invalid option name"}`,
      2,
    );
  const words = options.get("W");
  const named = options.get("F");
  for (const name of rest) {
    shell.completions.set(name, {
      ...(words === undefined ? {} : { words }),
      ...(named === undefined ? {} : { function: named }),
      ...(option === undefined ? {} : { options: new Set([option]) }),
    });
  }
  return 0;
};

/** Changes what `complete -o` said: of the names given, or of the completion that is going on. */
const compopt: Builtin["run"] = async (shell, args, context) => {
  const changes: { readonly option: string; readonly on: boolean }[] = [];
  let at = 0;
  for (; at < args.length; at += 2) {
    const flag = args[at];
    if (flag !== "-o" && flag !== "+o") break;
    const option = args[at + 1];
    if (option === undefined) return fail(shell, context, `${flag}: option requires an argument`, 2);
    if (!COMPLETION_OPTIONS.has(option))
      return fail(
        shell,
        context,
        `${option}: ${KNOWN_OPTIONS.has(option) ? "not available here" : "invalid option name"}`,
        2,
      );
    changes.push({ option, on: flag === "-o" });
  }
  const names = args.slice(at);
  if (names[0]?.startsWith("-")) return usage(shell, context, names[0], "compopt [-o|+o option] [-DEI] [name ...]");
  const current = shell.completing;
  if (names.length === 0 && current === undefined)
    return fail(shell, context, "not currently executing completion function");
  if (names.length === 0) {
    for (const { option, on } of changes) {
      if (on) current?.add(option);
      else current?.delete(option);
    }
    return 0;
  }
  let status = 0;
  for (const name of names) {
    const spec = shell.completions.get(name);
    if (spec === undefined) {
      status = await fail(shell, context, `${name}: no completion specification`);
      continue;
    }
    const options = new Set(spec.options);
    for (const { option, on } of changes) {
      if (on) options.add(option);
      else options.delete(option);
    }
    shell.completions.set(name, { ...spec, options });
  }
  return status;
};

const refuse =
  (what: string): Builtin["run"] =>
  (shell, _args, context) =>
    fail(shell, context, what);

export const HISTORY_BUILTINS: Readonly<Record<string, Builtin>> = {
  history: { run: history },
  compgen: { run: compgen, bashOnly: true },
  complete: { run: complete, bashOnly: true },
  compopt: { run: compopt, bashOnly: true },
  bind: { run: refuse("key bindings cannot be changed here"), bashOnly: true },
  caller: {
    bashOnly: true,
    run: async (shell, args) => {
      const at = shell.frames.length - 1 - Number(args[0] ?? 0);
      const frame = shell.frames[at];
      if (frame === undefined) return 1;
      const outer = shell.frames[at - 1];
      if (outer === undefined && shell.commandString) {
        if (args[0] !== undefined) return 1;
        await shell.out(`${frame.line} NULL\n`);
        return 0;
      }
      const where = outer?.source ?? shell.name;
      await shell.out(
        args[0] === undefined ? `${frame.line} ${where}\n` : `${frame.line} ${outer?.name ?? "main"} ${where}\n`,
      );
      return 0;
    },
  },
};
