/** compgen, complete, compopt: programmable completion. */
import { generateCandidates } from "../completion/generate.ts";
import {
  ACTION_LETTERS,
  type CompletionAction,
  type CompletionOption,
  type CompletionSpec,
  isAction,
  isCompletionOption,
  printOptions,
  printSpec,
  SPECIAL_COMPLETIONS,
} from "../completion/spec.ts";
import type { Shell } from "../shell.ts";
import { type Builtin, type BuiltinContext, fail, usage } from "./types.ts";

const SPEC_SYNOPSIS =
  "[-o option] [-A action] [-G globpat] [-W wordlist] [-F function] [-C command] [-X filterpat] [-P prefix] [-S suffix]";
const COMPGEN_USAGE = `compgen [-abcdefgjksuv] ${SPEC_SYNOPSIS} [word]`;
const COMPLETE_USAGE = `complete [-abcdefgjksuv] [-pr] [-DEI] ${SPEC_SYNOPSIS} [name ...]`;
const COMPOPT_USAGE = "compopt [-o|+o option] [-DEI] [name ...]";

const VALUES = { G: "glob", W: "words", P: "prefix", S: "suffix", X: "filter", C: "command", F: "function" } as const;
type Special = keyof typeof SPECIAL_COMPLETIONS;

interface Asked {
  readonly spec: CompletionSpec;
  readonly rest: readonly string[];
  readonly flags: ReadonlySet<string>;
}

/** The options of `complete` and `compgen`: a completion, or the status of a complaint. */
async function parseSpec(
  shell: Shell,
  context: BuiltinContext,
  args: readonly string[],
  flagLetters: string,
  synopsis: string,
): Promise<Asked | number> {
  const options = new Set<CompletionOption>();
  const actions = new Set<CompletionAction>();
  const values: Partial<Record<(typeof VALUES)[keyof typeof VALUES], string>> = {};
  const flags = new Set<string>();
  let at = 0;
  for (; at < args.length; at++) {
    const argument = args[at] as string;
    if (argument === "--") {
      at++;
      break;
    }
    if (!/^-./.test(argument)) break;
    for (let i = 1; i < argument.length; i++) {
      const letter = argument.charAt(i);
      if (Object.hasOwn(ACTION_LETTERS, letter)) {
        actions.add(ACTION_LETTERS[letter as keyof typeof ACTION_LETTERS]);
        continue;
      }
      if (flagLetters.includes(letter)) {
        flags.add(letter);
        continue;
      }
      if (letter !== "o" && letter !== "A" && !Object.hasOwn(VALUES, letter))
        return usage(shell, context, `-${letter}`, synopsis);
      const value = i + 1 < argument.length ? argument.slice(i + 1) : args[++at];
      if (value === undefined) {
        await fail(shell, context, `-${letter}: option requires an argument`);
        await shell.write(2, `${context.name}: usage: ${synopsis}\n`);
        return 2;
      }
      if (letter === "o") {
        if (!isCompletionOption(value)) return fail(shell, context, `${value}: invalid option name`, 2);
        options.add(value);
      } else if (letter === "A") {
        if (!isAction(value)) return fail(shell, context, `${value}: invalid action name`, 2);
        // Key bindings cannot be changed here, nor do they have names.
        if (value === "binding") return fail(shell, context, `${value}: not available here`, 2);
        actions.add(value);
      } else values[VALUES[letter as keyof typeof VALUES]] = value;
      break;
    }
  }
  return { spec: { options, actions, ...values }, rest: args.slice(at), flags };
}

const compgen: Builtin["run"] = async (shell, args, context) => {
  if (args.length === 0) return 0;
  const asked = await parseSpec(shell, context, args, "", COMPGEN_USAGE);
  if (typeof asked === "number") return asked;
  const { spec, rest } = asked;
  const word = rest[0] ?? "";
  if (spec.function !== undefined) await shell.complain("compgen: warning: -F option may not work as you expect");
  if (spec.command !== undefined) await shell.complain("compgen: warning: -C option may not work as you expect");
  const place = { words: ["", word], index: 1, line: "", point: 0, command: "compgen" };
  const { candidates } = await generateCandidates(shell, spec, place);
  await shell.out(candidates.map((candidate) => `${candidate}\n`).join(""));
  return candidates.length > 0 ? 0 : 1;
};

const complete: Builtin["run"] = async (shell, args, context) => {
  const asked = await parseSpec(shell, context, args, "prDEI", COMPLETE_USAGE);
  if (typeof asked === "number") return asked;
  const { spec, rest, flags } = asked;
  // One of them takes the place of names; the default wins over the empty line, and both over the first word.
  const special = (["D", "E", "I"] as const).find((letter) => flags.has(letter));
  const names = special === undefined ? rest : [SPECIAL_COMPLETIONS[special]];
  const missing = (name: string): Promise<number> =>
    fail(shell, context, `${shownName(name)}: no completion specification`);
  let status = 0;
  if (flags.has("r")) {
    for (const name of names) shell.completions.delete(name);
    if (names.length === 0) shell.completions.clear();
    return 0;
  }
  if (flags.has("p") || args.length === 0) {
    let out = "";
    for (const name of names.length === 0 ? shell.completions.keys() : names) {
      const known = shell.completions.get(name);
      if (known === undefined) status = await missing(name);
      else out += printSpec(name, known);
    }
    await shell.out(out);
    return status;
  }
  if (names.length === 0) {
    await shell.write(2, `complete: usage: ${COMPLETE_USAGE}\n`);
    return 2;
  }
  for (const name of names) shell.completions.set(name, spec);
  return 0;
};

function shownName(name: string): string {
  return { "\0default": "_DefaultCmD_", "\0empty": "_EmptycmD_", "\0initial": "_InitialWorD_" }[name] ?? name;
}

/** Changes what `-o` said: of the names given, or of the completion that is going on. */
const compopt: Builtin["run"] = async (shell, args, context) => {
  const changes: { readonly option: CompletionOption; readonly on: boolean }[] = [];
  let special: Special | undefined;
  let at = 0;
  for (; at < args.length; at++) {
    const flag = args[at] as string;
    if (flag === "-D" || flag === "-E" || flag === "-I") {
      special ??= flag.slice(1) as Special;
      continue;
    }
    if (flag !== "-o" && flag !== "+o") {
      if (/^[-+]./.test(flag)) return usage(shell, context, flag.slice(0, 2), COMPOPT_USAGE);
      break;
    }
    const option = args[++at];
    if (option === undefined) {
      await fail(shell, context, `${flag}: option requires an argument`);
      await shell.write(2, `compopt: usage: ${COMPOPT_USAGE}\n`);
      return 2;
    }
    if (!isCompletionOption(option)) return fail(shell, context, `${option}: invalid option name`, 2);
    changes.push({ option, on: flag === "-o" });
  }
  const changed = (options: Set<CompletionOption>): Set<CompletionOption> => {
    for (const { option, on } of changes) {
      if (on) options.add(option);
      else options.delete(option);
    }
    return options;
  };
  const names = special === undefined ? args.slice(at) : [SPECIAL_COMPLETIONS[special]];
  if (names.length === 0) {
    const current = shell.completing;
    if (current === undefined) return fail(shell, context, "not currently executing completion function");
    if (changes.length === 0) await shell.out(printOptions(current.name, current.options));
    else changed(current.options);
    return 0;
  }
  let status = 0;
  for (const name of names) {
    const spec = shell.completions.get(name);
    if (spec === undefined) status = await fail(shell, context, `${shownName(name)}: no completion specification`);
    else if (changes.length === 0) await shell.out(printOptions(name, spec.options));
    else shell.completions.set(name, { ...spec, options: changed(new Set(spec.options)) });
  }
  return status;
};

export const COMPLETION_BUILTINS: Readonly<Record<string, Builtin>> = {
  compgen: { run: compgen, bashOnly: true },
  complete: { run: complete, bashOnly: true },
  compopt: { run: compopt, bashOnly: true },
};
