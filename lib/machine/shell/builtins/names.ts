/** What names mean: type, hash, alias, enable. */
import { allCommands, findCommand } from "../lookup.ts";
import { printFunction } from "../printer.ts";
import { quoteSingle } from "../quote.ts";
import type { Shell } from "../shell.ts";
import { builtins } from "./registry.ts";
import { SYNOPSES } from "./synopses.ts";
import { type Builtin, type BuiltinContext, fail, parseOptions, usage } from "./types.ts";

const KEYWORDS = new Set(
  "if then else elif fi case esac for select while until do done in function time { } ! [[ ]] coproc".split(" "),
);

export const KEYWORD_LIST: readonly string[] = [...KEYWORDS];

/** One line (or a function's text) about a name; undefined where it is nothing. */
export function describeCommand(
  shell: Shell,
  name: string,
  form: "sentence" | "path" | "type",
  skipFunctions = false,
): string | undefined {
  const alias = shell.aliases.get(name);
  if (alias !== undefined && shell.shopt("expand_aliases")) {
    if (form === "type") return "alias\n";
    return form === "path" ? `alias ${name}=${quoteSingle(alias)}\n` : `${name} is aliased to \`${alias}'\n`;
  }
  if (KEYWORDS.has(name)) {
    return form === "type" ? "keyword\n" : form === "path" ? `${name}\n` : `${name} is a shell keyword\n`;
  }
  const definition = skipFunctions ? undefined : shell.functions.get(name);
  if (definition !== undefined) {
    if (form === "type") return "function\n";
    if (form === "path") return `${name}\n`;
    return shell.flavour.bash
      ? `${name} is a function\n${printFunction(definition)}`
      : `${name} is a ${shell.flavour.dash ? "shell " : ""}function\n`;
  }
  const builtin = builtins().get(name);
  if (builtin !== undefined && !shell.disabled.has(name) && (shell.flavour.bash || !builtin.bashOnly)) {
    if (form === "type") return "builtin\n";
    return form === "path" ? `${name}\n` : `${name} is a shell builtin\n`;
  }
  const hashed = shell.hash.get(name);
  const found = findCommand(shell, name, shell.variables.get("PATH"));
  if (found.kind === "missing") return undefined;
  if (hashed === undefined) shell.hash.delete(name);
  if (form === "type") return "file\n";
  if (form === "path") return `${found.path}\n`;
  return hashed !== undefined && !name.includes("/")
    ? `${name} is hashed (${found.path})\n`
    : `${name} is ${found.path}\n`;
}

const type: Builtin["run"] = async (shell, args, context) => {
  // Neither ash nor dash has options; where something looks like one ash says less.
  const brief = shell.flavour.dialect.name === "ash" && (args[0] ?? "").startsWith("-");
  const { options, rest, bad } = shell.flavour.bash
    ? parseOptions(args, "afptP")
    : { options: new Map<string, string>(), rest: brief ? args.slice(1) : args, bad: undefined };
  if (bad !== undefined) return usage(shell, context, bad, "type [-afptP] name [name ...]");
  let status = 0;
  for (const name of rest) {
    if (options.has("P") || options.has("p")) {
      const kind = options.has("P") ? "file\n" : describeCommand(shell, name, "type");
      const [path] = allCommands(shell, name);
      if (kind === "file\n" && path !== undefined) await shell.out(`${path}\n`);
      else if (kind === undefined || options.has("P")) status = 1;
      continue;
    }
    const text = describeCommand(
      shell,
      name,
      options.has("t") ? "type" : brief ? "path" : "sentence",
      options.has("f"),
    );
    if (text === undefined) {
      status = shell.flavour.bash ? 1 : 127;
      if (!options.has("t") && !brief) {
        if (shell.flavour.bash) await fail(shell, context, `${name}: not found`);
        else await shell.out(`${name}: not found\n`);
      }
      continue;
    }
    await shell.out(text);
    if (!options.has("a")) continue;
    for (const path of allCommands(shell, name)) {
      const line = options.has("t") ? "file\n" : `${name} is ${path}\n`;
      if (options.has("t") ? text !== "file\n" : line !== text) await shell.out(line);
    }
  }
  return status;
};

const hash: Builtin["run"] = async (shell, args, context) => {
  const { options, rest, bad } = parseOptions(args, "rdlp:t");
  if (bad !== undefined) return usage(shell, context, bad, "hash [-lr] [-p pathname] [-dt] [name ...]");
  if (options.has("r")) shell.hash.clear();
  const path = options.get("p");
  let status = 0;
  if (rest.length === 0 && !options.has("r")) {
    if (shell.hash.size === 0 && options.size === 0 && shell.flavour.bash) await shell.out("hash: hash table empty\n");
    else {
      let out = options.has("l") || !shell.flavour.bash ? "" : "hits\tcommand\n";
      for (const [name, entry] of shell.hash) {
        out += options.has("l")
          ? `builtin hash -p ${entry.path} ${name}\n`
          : `${String(entry.hits).padStart(4)}\t${entry.path}\n`;
      }
      await shell.out(out);
    }
  }
  for (const name of rest) {
    if (path !== undefined) shell.hash.set(name, { path, hits: 0 });
    else if (options.has("d")) {
      if (!shell.hash.delete(name)) status = await fail(shell, context, `${name}: not found`);
    } else if (options.has("t")) {
      const entry = shell.hash.get(name);
      if (entry === undefined) status = await fail(shell, context, `${name}: not found`);
      else await shell.out(rest.length > 1 ? `${name}\t${entry.path}\n` : `${entry.path}\n`);
    } else if (
      shell.flavour.bash &&
      (shell.functions.has(name) || (builtins().has(name) && !shell.disabled.has(name)))
    ) {
      // Nothing is looked for in the PATH.
    } else if (findCommand(shell, name, shell.variables.get("PATH")).kind === "missing") {
      status = await fail(shell, context, `${name}: not found`);
    } else {
      const entry = shell.hash.get(name);
      if (entry !== undefined) entry.hits = 0;
    }
  }
  return status;
};

const alias: Builtin["run"] = async (shell, args, context) => {
  shell.aliasVersion++;
  const options = shell.flavour.bash ? parseOptions(args, "p") : { rest: args, bad: undefined };
  if (options.bad !== undefined) return usage(shell, context, options.bad, "alias [-p] [name[=value] ... ]");
  const { rest } = options;
  const show = (name: string, value: string): string =>
    shell.flavour.bash ? `alias ${name}=${quoteSingle(value)}\n` : `${name}=${quoteSingle(value)}\n`;
  if (rest.length === 0) {
    await shell.out(
      [...shell.aliases]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => show(name, value))
        .join(""),
    );
    return 0;
  }
  let status = 0;
  for (const argument of rest) {
    const assigned = argument.startsWith("\0") ? context.assignments[Number(argument.slice(1))] : undefined;
    const at = argument.indexOf("=");
    if (assigned !== undefined) shell.aliases.set(assigned.name, assigned.value);
    else if (at > 0) {
      const name = argument.slice(0, at);
      if (/[\s$`'"\\/=<>|&;()]/.test(name)) status = await fail(shell, context, `\`${name}': invalid alias name`);
      else shell.aliases.set(name, argument.slice(at + 1));
    } else {
      const value = shell.aliases.get(argument);
      if (value === undefined) status = await missing(shell, context, argument);
      else await shell.out(show(argument, value));
    }
  }
  return status;
};

async function missing(shell: Shell, context: BuiltinContext, name: string): Promise<number> {
  if (shell.flavour.bash) return fail(shell, context, `${name}: not found`);
  await shell.write(2, `${context.name}: ${name} not found\n`);
  return 1;
}

const unalias: Builtin["run"] = async (shell, args, context) => {
  shell.aliasVersion++;
  if (args[0] === "-a") {
    shell.aliases.clear();
    return 0;
  }
  if (args.length === 0) {
    if (!shell.flavour.bash) return 0;
    await shell.write(2, "unalias: usage: unalias [-a] name [name ...]\n");
    return 2;
  }
  let status = 0;
  for (const name of args) {
    if (!shell.aliases.delete(name)) status = await missing(shell, context, name);
  }
  return status;
};

const enable: Builtin["run"] = async (shell, args, context) => {
  const { options, rest, bad } = parseOptions(args, "anps");
  if (bad !== undefined) return usage(shell, context, bad, "enable [-a] [-dnps] [-f filename] [name ...]");
  if (rest.length === 0) {
    const names = [...builtins().keys()].sort();
    await shell.out(
      names
        .filter((name) => options.has("a") || shell.disabled.has(name) === options.has("n"))
        .map((name) => `enable ${shell.disabled.has(name) ? "-n " : ""}${name}\n`)
        .join(""),
    );
    return 0;
  }
  let status = 0;
  for (const name of rest) {
    if (!builtins().has(name)) status = await fail(shell, context, `${name}: not a shell builtin`);
    else if (options.has("n")) shell.disabled.add(name);
    else shell.disabled.delete(name);
  }
  return status;
};

const help: Builtin["run"] = async (shell, args, context) => {
  if (args.length === 0) {
    const names = [...builtins().keys()].filter((name) => shell.flavour.bash || !builtins().get(name)?.bashOnly).sort();
    if (!shell.flavour.bash) {
      let text = "";
      let line = "\t";
      for (const name of names) {
        if (line.length + name.length > 65) {
          text += `${line.trimEnd()}\n`;
          line = "\t";
        }
        line += `${name} `;
      }
      await shell.out(`Built-in commands:\n------------------\n${text}${line.trimEnd()}\n`);
      return 0;
    }
    await shell.out(`These shell commands are built in. Type \`man NAME' for programs.\n\n${columns(names)}`);
    return 0;
  }
  const { options, rest, bad } = parseOptions(args, "ds");
  if (bad !== undefined) return usage(shell, context, bad, "help [-ds] [pattern ...]");
  let status = 0;
  for (const name of rest) {
    if (!builtins().has(name)) {
      const words = `no help topics match \`${name}'.  Try \`help help' or \`man -k ${name}' or \`info ${name}'.`;
      status = await fail(shell, context, words);
      continue;
    }
    const { usage: synopsis, purpose } = SYNOPSES[name] ?? { usage: name, purpose: "A shell builtin." };
    if (options.has("d")) await shell.out(`${name} - ${purpose}\n`);
    else await shell.out(`${name}: ${synopsis}\n${options.has("s") ? "" : `    ${purpose}\n`}`);
  }
  return status;
};

function columns(names: readonly string[]): string {
  let out = "";
  names.forEach((name, i) => {
    out += (i + 1) % 6 === 0 ? `${name}\n` : name.padEnd(12);
  });
  return `${out.trimEnd()}\n`;
}

export const NAME_BUILTINS: Readonly<Record<string, Builtin>> = {
  type: { run: type },
  hash: { run: hash },
  alias: { run: alias, declares: true },
  unalias: { run: unalias },
  enable: { run: enable, bashOnly: true },
  help: { run: help },
};
