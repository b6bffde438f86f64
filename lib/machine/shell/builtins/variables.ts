/** declare, local, export, readonly, unset, shift, let. */
import { type Assigned, assignArray, parseArrayText, parseAssignmentText } from "../assign.ts";
import { DiscardLine, SpecialFailure } from "../control.ts";
import { printFunction } from "../printer.ts";
import { quoteDouble, quoteDoublePaid, quoteSinglePaid } from "../quote.ts";
import type { Shell } from "../shell.ts";
import { arrayLiteral, attributeLetters } from "../transform.ts";
import { AssociativeArray, IndexedArray, isBlank, type Variable } from "../variables.ts";
import { type Builtin, type BuiltinContext, fail, usage } from "./types.ts";

const NAME = /^[A-Za-z_]\w*$/;
const USAGES: Readonly<Record<string, string>> = {
  export: "export [-fn] [name[=value] ...] or export -p",
  readonly: "readonly [-aAf] [name[=value] ...] or readonly -p",
  local: "local [option] name[=value] ...",
};
const FLAGS = "aAcfFgiIlnrtupxX";
const DASH_LETTERS: Readonly<Record<string, string>> = { export: "p", readonly: "p" };
/** Letters of those that take fewer. */
const LETTERS: Readonly<Record<string, string>> = { export: "aAfnp", readonly: "aAfnp" };

interface Declaration {
  readonly add: ReadonlySet<string>;
  readonly drop: ReadonlySet<string>;
  readonly scope: "local" | "global" | "visible";
}

/** `declare -x name="value"`. */
async function describeVariable(shell: Shell, name: string, variable: Variable): Promise<string> {
  const letters = attributeLetters(variable);
  const head = `declare -${letters === "" ? "-" : letters} ${name}`;
  if (isBlank(variable)) return `${head}\n`;
  if (variable.array !== undefined || variable.map !== undefined) return `${head}=${arrayLiteral(variable)}\n`;
  if (variable.value === undefined) return `${head}\n`;
  return `${head}=${await quoteDoublePaid(variable.value, (units) => shell.process.spend(units))}\n`;
}

/** Elements that are quoted at a stretch. */
const MANY = 4096;

/** As `describeVariable`, a part at a time. */
async function printLong(shell: Shell, name: string, variable: Variable): Promise<void> {
  const letters = attributeLetters(variable);
  const keys = variable.array?.keys() ?? [];
  const values = variable.array?.values() ?? [];
  let out = `declare -${letters} ${name}=(`;
  for (let at = 0; at < keys.length; at++) {
    out += `${at === 0 ? "" : " "}[${keys[at]}]=${quoteDouble(values[at] as string)}`;
    if (at % MANY !== MANY - 1) continue;
    await shell.out(out);
    out = "";
    await shell.process.spend(MANY >> 3);
  }
  await shell.out(`${out})\n`);
}

function target(shell: Shell, name: string, declaration: Declaration): Variable {
  const { variables } = shell;
  if (declaration.scope === "global") return variables.global(name);
  if (declaration.scope === "local" && variables.depth > 1) return variables.local(name);
  const resolved = declaration.add.has("n") || declaration.drop.has("n") ? name : variables.resolve(name).name;
  return variables.find(resolved) ?? variables.global(resolved);
}

function setAttributes(variable: Variable, { add, drop }: Declaration): void {
  if (add.has("x")) variable.exported = true;
  if (drop.has("x")) variable.exported = false;
  if (add.has("i")) variable.integer = true;
  if (drop.has("i")) variable.integer = false;
  if (add.has("l")) variable.fold = "lower";
  if (add.has("u")) variable.fold = "upper";
  if (add.has("c")) variable.fold = "capital";
  if (drop.has("l") || drop.has("u") || drop.has("c")) variable.fold = undefined;
  if (add.has("t")) variable.trace = true;
  if (add.has("n")) variable.reference = true;
  if (drop.has("n")) variable.reference = false;
  if (add.has("A") && variable.map === undefined) {
    variable.map = new AssociativeArray();
    if (variable.value !== undefined) variable.map.set("0", variable.value);
    else variable.blank = true;
    variable.value = undefined;
  } else if (add.has("a") && variable.array === undefined && variable.map === undefined) {
    variable.array = new IndexedArray();
    if (variable.value !== undefined) variable.array.set(0, variable.value);
    else variable.blank = true;
    variable.value = undefined;
  }
}

async function declareOne(
  shell: Shell,
  context: BuiltinContext,
  name: string,
  assigned: Assigned | undefined,
  declaration: Declaration,
): Promise<number> {
  if (!NAME.test(name)) {
    if (!shell.flavour.bash) return refuseName(shell, context, name.replace(/=.*/s, ""));
    return fail(
      shell,
      context,
      `\`${assigned === undefined ? name : `${name}=${assigned.value}`}': not a valid identifier`,
    );
  }
  if (declaration.scope === "local" && shell.flavour.bash && shell.variables.find(name)?.readonly === true)
    return fail(shell, context, readonlyWords(shell, name));
  const variable = target(shell, name, declaration);
  if (variable.readonly && assigned !== undefined && shell.flavour.bash && /^(?:export|readonly)$/.test(context.name)) {
    await shell.complain(readonlyWords(shell, name));
    return 1;
  }
  if (variable.readonly && (assigned !== undefined || declaration.drop.has("r"))) {
    const status = await fail(shell, context, readonlyWords(shell, name));
    if (!shell.flavour.bash) throw new SpecialFailure(2);
    return status;
  }
  if (declaration.add.has("A") && variable.array !== undefined) {
    return fail(shell, context, `${name}: cannot convert indexed to associative array`);
  }
  if (declaration.add.has("a") && variable.map !== undefined) {
    return fail(shell, context, `${name}: cannot convert associative to indexed array`);
  }
  if (declaration.add.has("a") && declaration.add.has("A")) {
    variable.map ??= new AssociativeArray();
    return fail(shell, context, `${name}: cannot convert associative to indexed array`);
  }
  if (declaration.add.has("n") && assigned !== undefined && assigned.elements === undefined) {
    if (assigned.value === name) return fail(shell, context, `${name}: nameref variable self references not allowed`);
    if (assigned.value !== "" && !/^[A-Za-z_]\w*(\[.*\])?$/s.test(assigned.value))
      return fail(shell, context, `\`${assigned.value}': invalid variable name for name reference`);
  }
  setAttributes(variable, declaration);
  if (assigned !== undefined) {
    const elements =
      assigned.elements ??
      (variable.array !== undefined || variable.map !== undefined ? parseArrayText(assigned.value) : undefined);
    if (elements !== undefined) await assignArray(shell, name, variable, elements, assigned.append);
    else if (declaration.scope === "global") {
      const visible = shell.variables.find(name);
      if (visible === variable) await shell.assignElement(name, assigned.index, assigned.value, assigned.append);
      else variable.value = assigned.append ? (variable.value ?? "") + assigned.value : assigned.value;
    } else if (declaration.add.has("n")) variable.value = assigned.value;
    else await shell.assignElement(name, assigned.index, assigned.value, assigned.append);
  }
  if (declaration.add.has("r")) variable.readonly = true;
  return 0;
}

function parseFlags(
  args: readonly string[],
  letters: string,
): {
  readonly add: Set<string>;
  readonly drop: Set<string>;
  readonly rest: readonly string[];
  readonly bad?: string;
} {
  const add = new Set<string>();
  const drop = new Set<string>();
  let at = 0;
  for (; at < args.length; at++) {
    const argument = args[at] as string;
    if (argument === "--") {
      at++;
      break;
    }
    if (!/^[-+][A-Za-z]/.test(argument) || (argument.startsWith("+") && letters !== FLAGS)) break;
    for (const letter of argument.slice(1)) {
      if (!letters.includes(letter)) return { add, drop, rest: [], bad: argument.charAt(0) + letter };
      (argument.startsWith("-") ? add : drop).add(letter);
    }
  }
  return { add, drop, rest: args.slice(at) };
}

/** Special builtins of ash end a script that they refuse something of. */
async function refuseName(shell: Shell, context: BuiltinContext, name: string): Promise<number> {
  await fail(shell, context, `${name}: bad variable name`);
  throw new SpecialFailure(2);
}

const readonlyWords = (shell: Shell, name: string) =>
  `${name}: ${shell.flavour.bash ? "readonly variable" : "is read only"}`;

/** As ash lists values: in quotes, needed or not. */
const quoteAlways = (text: string) => `'${text.replaceAll("'", `'"'"'`)}'`;

async function listVariables(shell: Shell, flags: ReadonlySet<string>, names: readonly string[]): Promise<void> {
  let out = "";
  for (const name of names) {
    shell.refreshArray(name);
    const variable = shell.variables.find(name);
    if (variable === undefined) continue;
    const letters = attributeLetters(variable);
    if (![...flags].every((flag) => !"aAilnrtux".includes(flag) || letters.includes(flag))) continue;
    if (shell.flavour.bash) out += await describeVariable(shell, name, variable);
    else {
      const word = flags.has("r") ? "readonly" : "export";
      out += variable.value === undefined ? `${word} ${name}\n` : `${word} ${name}=${quoteAlways(variable.value)}\n`;
    }
  }
  await shell.out(out);
}

/** `declare` and its kin. `fixed`: flags that the name itself means. */
async function declare(
  shell: Shell,
  args: readonly string[],
  context: BuiltinContext,
  fixed: string,
  scope: Declaration["scope"],
): Promise<number> {
  const parsed = parseFlags(args, (shell.flavour.dash ? DASH_LETTERS : LETTERS)[context.name] ?? FLAGS);
  if (parsed.bad !== undefined) {
    return usage(
      shell,
      context,
      parsed.bad,
      USAGES[context.name] ??
        `${context.name} [-aAfFgiIlnrtux] [name[=value] ...] or ${context.name} -p [-aAfFilnrtux] [name ...]`,
    );
  }
  const { add, drop, rest } = parsed;
  if (add.has("f") || add.has("F")) return functions(shell, context, add, rest, fixed);
  const print = add.has("p");
  add.delete("p");
  if (context.name === "readonly") add.delete("n");
  if (context.name === "export" && add.has("n")) {
    add.delete("n");
    drop.add("x");
  } else for (const flag of fixed) add.add(flag);
  // Neither fold wins over the other.
  if (add.has("l") && add.has("u")) {
    add.delete("l");
    add.delete("u");
  }
  if (rest.length === 0) {
    if (context.name === "local" && !shell.flavour.bash) return 0;
    if (context.name === "local") await listVariables(shell, new Set(), shell.variables.localNames());
    else if (context.name === "declare" && add.size === 0 && !print) await listPlain(shell);
    else await listVariables(shell, add, shell.variables.names());
    return 0;
  }
  let status = 0;
  if (print && LETTERS[context.name] === undefined) {
    for (const given of rest) {
      const assigned = given.startsWith("\0") ? context.assignments[Number(given.slice(1))] : undefined;
      const name = assigned === undefined ? given : `${assigned.name}=${assigned.value}`;
      shell.refreshArray(name);
      const variable = shell.variables.find(name);
      const dynamic = shell.variables.dynamic.get(name);
      if (variable?.array !== undefined && variable.array.count > MANY) await printLong(shell, name, variable);
      else if (variable !== undefined) await shell.out(await describeVariable(shell, name, variable));
      else if (dynamic !== undefined) await shell.out(`declare -- ${name}=${quoteDouble(dynamic.read() ?? "")}\n`);
      else status = await fail(shell, context, `${name}: not found`);
    }
    return status;
  }
  const declaration: Declaration = { add, drop, scope: add.has("g") ? "global" : scope };
  for (const argument of rest) {
    const assigned = argument.startsWith("\0")
      ? context.assignments[Number(argument.slice(1))]
      : parseAssignmentText(argument);
    const name = assigned?.name ?? argument.replace(/\[.*$/, "");
    const one = await declareOne(shell, context, name, assigned, declaration);
    if (one !== 0) status = one;
  }
  return status;
}

/** All variables as assignments: `set`, `declare`. */
export async function listPlain(shell: Shell): Promise<void> {
  let out = "";
  const { dialect } = shell.flavour;
  for (const name of shell.variables.names()) {
    shell.refreshArray(name);
    // Ash knows these by name before they have a value.
    if (dialect.name === "ash" && (name === "LINENO" || name === "FUNCNAME")) {
      out += `${name}=''\n`;
      continue;
    }
    if (shell.variables.dynamic.has(name) && !(dialect.name === "bash" && name === "_")) continue;
    const variable = shell.variables.find(name);
    if (variable?.array !== undefined || variable?.map !== undefined) out += `${name}=${arrayLiteral(variable)}\n`;
    else {
      const value = shell.variables.get(name);
      if (value !== undefined && !shell.flavour.bash) out += `${name}=${quoteAlways(value)}\n`;
      else if (value !== undefined)
        out += `${name}=${/^[\w@%+=:,./-]*$/.test(value) ? value : await quoteSinglePaid(value, (units) => shell.process.spend(units))}\n`;
    }
  }
  for (const definition of shell.functions.values()) out += printFunction(definition);
  await shell.out(out);
}

async function functions(
  shell: Shell,
  context: BuiltinContext,
  flags: ReadonlySet<string>,
  names: readonly string[],
  fixed: string,
): Promise<number> {
  const wanted = names.length > 0 ? names : [...shell.functions.keys()].sort();
  let status = 0;
  for (const name of wanted) {
    const definition = shell.functions.get(name);
    if (definition === undefined) {
      status = fixed === "x" ? await fail(shell, context, `${name}: not a function`) : 1;
    } else if (fixed === "x" || flags.has("x")) {
      shell.functions.set(name, { ...definition, exported: !flags.has("n") });
    } else if (fixed === "r" || flags.has("r")) shell.functions.set(name, { ...definition, readonly: true });
    else if (flags.has("t")) shell.functions.set(name, { ...definition, traced: true });
    else if (flags.has("F")) await shell.out(names.length > 0 ? `${name}\n` : `declare -f ${name}\n`);
    else await shell.out(printFunction(definition));
  }
  return status;
}

const local: Builtin["run"] = async (shell, args, context) => {
  if (!shell.frames.some((frame) => frame.kind === "function")) {
    if (shell.flavour.bash) return fail(shell, context, "can only be used in a function");
    await fail(shell, context, "not in a function");
    throw new SpecialFailure(2);
  }
  return declare(shell, args, context, "", "local");
};

const unset: Builtin["run"] = async (shell, args, context) => {
  const parsed = /^-[fvn]+$/.test(args[0] ?? "") ? (args[0] as string) : "";
  let rest = parsed === "" ? (args[0] === "--" ? args.slice(1) : args) : args.slice(1);
  let parsedTwice = parsed;
  while (parsed !== "" && /^-[fvn]+$/.test(rest[0] ?? "")) {
    parsedTwice += rest[0];
    rest = rest.slice(1);
  }
  if (parsedTwice.includes("f") && parsedTwice.includes("v") && shell.flavour.bash)
    return fail(shell, context, "cannot simultaneously unset a function and a variable");
  if (parsed === "" && /^-./.test(rest[0] ?? "") && args[0] !== "--") {
    return usage(shell, context, (rest[0] as string).slice(0, 2), "unset [-f] [-v] [-n] [name ...]");
  }
  let status = 0;
  for (const name of rest) {
    if (parsed.includes("f")) {
      shell.functions.delete(name);
      continue;
    }
    const element = /^([A-Za-z_]\w*)\[(.*)\]$/s.exec(name);
    if (element !== null) {
      await unsetElement(shell, element[1] as string, element[2] as string);
      continue;
    }
    if (!NAME.test(name)) {
      if (!shell.flavour.bash) return refuseName(shell, context, name);
      if (parsed.includes("v")) {
        status = await fail(shell, context, `\`${name}': not a valid identifier`);
      }
      shell.functions.delete(name);
      continue;
    }
    const resolved = parsed.includes("n") ? name : shell.variables.resolve(name).name;
    if (shell.variables.find(resolved)?.readonly) {
      if (!shell.flavour.bash) {
        await fail(shell, context, `${resolved}: is read only`);
        throw new SpecialFailure(2);
      }
      status = await fail(shell, context, `${resolved}: cannot unset: readonly variable`);
    } else if (shell.variables.find(resolved) !== undefined || shell.variables.dynamic.has(resolved)) {
      shell.variables.unset(resolved);
    } else if (!parsed.includes("v")) shell.functions.delete(name);
  }
  return status;
};

async function unsetElement(shell: Shell, name: string, index: string): Promise<void> {
  const variable = shell.variables.writable(name);
  if (index === "@" || index === "*") shell.variables.unset(name);
  else if (variable.map !== undefined) variable.map.delete(index.replace(/^(["'])(.*)\1$/s, "$2"));
  else if (variable.array !== undefined) variable.array.delete(Number(await shell.arithmetic(index)));
  else if ((await shell.arithmetic(index)) === 0n) shell.variables.unset(name);
}

const shift: Builtin["run"] = async (shell, args, context) => {
  const text = args[0] ?? "1";
  if (!/^[+-]?\d+$/.test(text)) {
    if (shell.flavour.bash) return fail(shell, context, `${text}: numeric argument required`);
    await fail(shell, context, `Illegal number: ${text}`);
    throw new SpecialFailure(2);
  }
  const count = Number(text);
  if (args.length > 1 && shell.flavour.bash) {
    await fail(shell, context, "too many arguments");
    throw new DiscardLine(1, false);
  }
  if (count < 0 && !shell.flavour.bash) {
    await fail(shell, context, `Illegal number: ${text}`);
    throw new SpecialFailure(2);
  }
  if (count < 0) return fail(shell, context, `${text}: shift count out of range`);
  if (count > shell.positional.length) {
    if (shell.flavour.dash) {
      await fail(shell, context, "can't shift that many");
      throw new SpecialFailure(2);
    }
    if (!shell.flavour.bash) return 1;
    if (shell.shopt("shift_verbose"))
      await fail(shell, context, `${args[0] ?? "shift"}: shift count out of range`.replace(/^shift: /, ""));
    return 1;
  }
  shell.positional = shell.positional.slice(count);
  return 0;
};

const letBuiltin: Builtin["run"] = async (shell, args, context) => {
  if (args.length === 0) return fail(shell, context, "expression expected");
  let value = 0n;
  for (const argument of args) value = shell.evaluateNow(argument);
  return value === 0n ? 1 : 0;
};

export const VARIABLE_BUILTINS: Readonly<Record<string, Builtin>> = {
  declare: {
    run: (shell, args, context) => declare(shell, args, context, "", "local"),
    declares: true,
    bashOnly: true,
  },
  typeset: {
    run: (shell, args, context) => declare(shell, args, context, "", "local"),
    declares: true,
    bashOnly: true,
  },
  local: { run: local, declares: true },
  export: {
    run: (shell, args, context) => declare(shell, args, context, "x", "visible"),
    declares: true,
    special: true,
  },
  readonly: {
    run: (shell, args, context) => declare(shell, args, context, "r", "visible"),
    declares: true,
    special: true,
  },
  unset: { run: unset, special: true },
  shift: { run: shift, special: true },
  let: { run: letBuiltin },
};
