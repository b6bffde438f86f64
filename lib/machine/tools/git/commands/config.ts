/** git config. */
import { isErrno } from "../../../errno.ts";
import { compilePattern } from "../../support/regex.ts";
import { type ConfigValue, globalPath, readBoolean, readInteger } from "../config.ts";
import { type ConfigEntry, parseConfig, splitKey, withoutEntries, withoutSection, withValue } from "../config-file.ts";
import type { Git } from "../context.ts";
import { failed, fatal, quit } from "../failure.ts";
import { editFile } from "../message.ts";
import { type Options, optionTable, parseOptions } from "../options.ts";
import { absolute } from "../repository.ts";

const USAGE = "usage: git config [<options>]\n";

const OPTIONS = optionTable(
  "global", "system", "local", "worktree", "f|file=", "blob=", "get", "get-all", "get-regexp", "get-urlmatch", "replace-all",
  "add", "unset", "unset-all", "rename-section", "remove-section", "l|list", "fixed-value", "e|edit", "get-color", "get-colorbool",
  "t|type=", "bool", "int", "bool-or-int", "bool-or-str", "path", "expiry-date", "z|null", "name-only", "includes",
  "show-origin", "show-scope", "default=",
); // biome-ignore format: a table

const REFUSED = [
  "worktree",
  "blob",
  "get-urlmatch",
  "get-color",
  "get-colorbool",
  "fixed-value",
  "expiry-date",
  "bool-or-str",
];

export async function config(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(OPTIONS, words, { usage: USAGE });
  for (const name of REFUSED) if (options.has(name)) throw fatal(`--${name} is not available here`);
  const { args } = options;
  const scopes = ["global", "system", "local", "file"].filter((name) => options.has(name));
  if (scopes.length > 1) throw failed(`only one config file at a time\n${USAGE}`, 129);
  if (options.has("local") && git.place === undefined) throw fatal("--local can only be used inside a git repository");
  const actions = [
    "get",
    "get-all",
    "get-regexp",
    "replace-all",
    "add",
    "unset",
    "unset-all",
    "rename-section",
    "remove-section",
    "list",
    "edit",
  ];
  const [action = args.length === 0 ? undefined : args.length === 1 ? "get" : "set"] = actions.filter((name) =>
    options.has(name),
  );
  const [key = "", value, pattern] = args;
  switch (action) {
    case undefined:
      await git.say(USAGE);
      return 129;
    case "list":
      for (const each of visible(git, options))
        await git.print(line(each, options, options.has("name-only") ? undefined : each.value, true));
      return 0;
    case "get":
    case "get-all": {
      const wanted = keyOf(key);
      const found = visible(git, options).filter((each) => each.key === wanted && fits(each, value));
      const fallback = options.value("default");
      if (found.length === 0 && fallback !== undefined) {
        await git.print(`${typed(git, options, wanted, fallback)}\n`);
        return 0;
      }
      const shown = action === "get" ? found.slice(-1) : found;
      for (const each of shown)
        await git.print(line(each, options, typed(git, options, wanted, each.value ?? ""), false));
      return found.length === 0 ? 1 : 0;
    }
    case "get-regexp": {
      const compiled = compilePattern(key.toLowerCase(), { syntax: "extended" });
      const found = visible(git, options).filter(
        (each) => compiled.find(each.key, 0) !== undefined && fits(each, value),
      );
      for (const each of found)
        await git.print(
          options.has("name-only")
            ? `${each.key}\n`
            : `${each.key}${each.value === undefined ? "" : ` ${each.value}`}\n`,
        );
      return found.length === 0 ? 1 : 0;
    }
    case "edit":
      await editFile(git, target(git, options));
      return 0;
    default:
      return change(git, options, action, key, value, pattern);
  }
}

function keyOf(key: string): string {
  const split = splitKey(key);
  if (split === undefined) throw failed(`key does not contain a section: ${key}`);
  if (split.name === "") throw failed(`key does not contain variable name: ${key}`, 1);
  if (!/^[A-Za-z][-A-Za-z0-9]*$/.test(split.name) || !/^[-A-Za-z0-9]+(\.|$)/.test(split.section))
    throw failed(`invalid key: ${key}`);
  return split.key;
}

function fits(each: ConfigValue, pattern: string | undefined): boolean {
  if (pattern === undefined) return true;
  const negative = pattern.startsWith("!");
  const found =
    compilePattern(negative ? pattern.slice(1) : pattern, { syntax: "extended" }).find(each.value ?? "", 0) !==
    undefined;
  return found !== negative;
}

/** The file that is written, or read where one was named. */
function target(git: Git, options: Options): string {
  const file = options.value("file");
  if (file !== undefined) return absolute(git.process, file);
  if (options.has("global")) return globalPath(git.process);
  if (options.has("system")) return "/etc/gitconfig";
  if (git.place === undefined) throw fatal("not in a git directory");
  return `${git.place.gitDir}/config`;
}

function visible(git: Git, options: Options): readonly ConfigValue[] {
  const scope = ["global", "system", "local"].find((name) => options.has(name));
  if (options.has("file")) {
    const path = target(git, options);
    const name = options.value("file") ?? path;
    const text = readText(git, path);
    if (text === undefined) {
      if (options.has("list")) throw fatal(`unable to read config file '${name}': No such file or directory`);
      return [];
    }
    return parseConfig(text, name).entries.map(
      (entry): ConfigValue => ({ scope: "command", origin: name, key: entry.key, value: entry.value }),
    );
  }
  if (scope === undefined) return git.config.all;
  if (scope === "global" && options.has("list") && readText(git, target(git, options)) === undefined) {
    throw fatal(`unable to read config file '${target(git, options)}': No such file or directory`);
  }
  return git.config.all.filter((each) => each.scope === scope);
}

function readText(git: Git, path: string): string | undefined {
  try {
    return git.process.files.readText(path);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** One line of --list and --get, with where it comes from. */
function line(each: ConfigValue, options: Options, value: string | undefined, withKey: boolean): string {
  const end = options.has("null") ? "\0" : "\n";
  const scope = options.has("show-scope") ? `${each.scope}\t` : "";
  const path = each.scope === "local" ? each.origin.replace(/^.*\/(?=\.git\/config$)/, "") : each.origin;
  const origin = options.has("show-origin")
    ? `${each.scope === "command" && each.origin.endsWith(":") ? "command line:" : `file:${path}`}\t`
    : "";
  if (!withKey) return `${scope}${origin}${value ?? ""}${end}`;
  if (options.has("name-only")) return `${scope}${origin}${each.key}${end}`;
  return `${scope}${origin}${each.key}${value === undefined ? "" : `${options.has("null") ? "\n" : "="}${value}`}${end}`;
}

function typed(git: Git, options: Options, key: string, value: string): string {
  const type = options.value("type") ?? ["bool", "int", "bool-or-int", "path"].find((name) => options.has(name));
  switch (type) {
    case undefined:
      return value;
    case "bool": {
      const read = readBoolean(value);
      if (read === undefined) throw fatal(`bad boolean config value '${value}' for '${key}'`);
      return String(read);
    }
    case "int": {
      const read = readInteger(value);
      if (read === undefined) throw fatal(`bad numeric config value '${value}' for '${key}': invalid unit`);
      return String(read);
    }
    case "bool-or-int":
      return String(readInteger(value) ?? readBoolean(value));
    case "path":
      return git.config.expandHome(value);
    default:
      throw fatal(`unrecognized --type argument, ${type}`);
  }
}

async function change(
  git: Git,
  options: Options,
  action: string,
  key: string,
  value: string | undefined,
  pattern: string | undefined,
): Promise<number> {
  const path = target(git, options);
  const text = readText(git, path) ?? "";
  const write = (changed: string) => {
    try {
      git.process.files.writeFile(path, changed);
    } catch (error) {
      if (!isErrno(error)) throw error;
      throw failed(`could not lock config file ${path}: ${error.message}`, 255);
    }
    git.forget();
  };
  if (action === "rename-section" || action === "remove-section") {
    const changed = withoutSection(text, path, key, action === "rename-section" ? value : undefined);
    if (changed === undefined) throw fatal(`no such section: ${key}`);
    write(changed);
    return 0;
  }
  const wanted = keyOf(key);
  const all = parseConfig(text, path).entries.filter((entry) => entry.key === wanted);
  const matching = (pattern: string | undefined): ConfigEntry[] =>
    pattern === undefined
      ? all
      : all.filter((entry) => fits({ scope: "local", origin: "", key: entry.key, value: entry.value }, pattern));
  if (action === "unset" || action === "unset-all") {
    const gone = matching(value);
    if (gone.length === 0) return 5;
    if (action === "unset" && gone.length > 1) {
      await git.say(`warning: ${key} has multiple values\n`);
      return 5;
    }
    write(withoutEntries(text, path, gone));
    return 0;
  }
  if (value === undefined) {
    await git.say(`error: wrong number of arguments, should be 2\n${USAGE}`);
    throw quit(129);
  }
  const checked = typed(git, options, wanted, value);
  if (action === "add") {
    write(withValue(text, path, key, checked));
    return 0;
  }
  const present = matching(pattern);
  const [first, ...others] = present;
  if (others.length > 0 && action !== "replace-all") {
    await git.say(
      `warning: ${key} has multiple values\nerror: cannot overwrite multiple values with a single value\n       Use a regexp, --add or --replace-all to change ${key}.\n`,
    );
    return 5;
  }
  write(
    others.length > 0
      ? withValue(withoutEntries(text, path, present), path, key, checked)
      : withValue(text, path, key, checked, first),
  );
  return 0;
}
