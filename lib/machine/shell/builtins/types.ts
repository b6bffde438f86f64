import { complaint } from "../ash.ts";
import type { Assigned } from "../assign.ts";
import { SpecialFailure } from "../control.ts";
import type { Shell } from "../shell.ts";

export interface BuiltinContext {
  /** As it was called. */
  readonly name: string;
  /** Assignments among the arguments (of builtins that declare): the argument "\0n" stands for the n-th. */
  readonly assignments: readonly Assigned[];
}

export interface Builtin {
  readonly run: (shell: Shell, args: readonly string[], context: BuiltinContext) => number | Promise<number>;
  /** Takes assignments as arguments, whose values are not split. */
  readonly declares?: boolean;
  /** Its redirections stay. */
  readonly permanentRedirects?: boolean;
  /** POSIX calls it special. */
  readonly special?: boolean;
  /** Not in sh. */
  readonly bashOnly?: boolean;
}

const SPECIAL = /^(?:\.|break|continue|eval|exec|exit|export|readonly|return|set|shift|times|trap|unset)$/;

/** What a builtin says, after its name, when called wrongly; status 2. */
export async function usage(shell: Shell, context: BuiltinContext, option: string, synopsis: string): Promise<number> {
  if (!shell.flavour.bash) {
    const letter = option.slice(0, 2);
    const lacks = option.endsWith(":");
    await fail(shell, context, lacks ? `no arg for ${letter} option` : `illegal option ${letter}`, 2);
    // A special builtin's errors end a script.
    if (!shell.interactive && SPECIAL.test(context.name)) throw new SpecialFailure(2);
    return 2;
  }
  const what = /^-.:$/.test(option) ? `${option} option requires an argument` : `${option}: invalid option`;
  await shell.complain(`${context.name}: ${what}`);
  if (shell.flavour.bash) await shell.write(2, `${context.name}: usage: ${synopsis}\n`);
  return 2;
}

/** Says `name: message`; status 1 unless told otherwise. */
export async function fail(shell: Shell, context: BuiltinContext, message: string, status = 1): Promise<number> {
  if (shell.flavour.bash) await shell.complain(`${context.name}: ${message}`);
  else await shell.write(2, complaint(shell, context.name, message));
  return status;
}

/**
 * Splits leading options off. `known`: letters; one followed by ":" takes a value. Gives the first unknown letter in
 * `bad`, or one that lacks its value, with ":" behind it.
 */
export function parseOptions(
  args: readonly string[],
  known: string,
): { readonly options: ReadonlyMap<string, string>; readonly rest: readonly string[]; readonly bad?: string } {
  const options = new Map<string, string>();
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
      const where = known.indexOf(letter);
      if (where === -1 || letter === ":") return { options, rest: args.slice(at), bad: `-${letter}` };
      if (known.charAt(where + 1) !== ":") {
        options.set(letter, "");
        continue;
      }
      const value = argument.slice(i + 1);
      if (value !== "") options.set(letter, value);
      else {
        at++;
        const next = args[at];
        if (next === undefined) return { options, rest: [], bad: `-${letter}:` };
        options.set(letter, next);
      }
      break;
    }
  }
  return { options, rest: args.slice(at) };
}
