/** A shell's state, and the services that expansions and builtins ask of it. One per shell process. */

import type { ParsedScript, Word } from "unbash";
import { isErrno } from "../errno.ts";
import type { Process, Signal } from "../types.ts";
import { ArithmeticError, evaluateArithmetic } from "./arithmetic.ts";
import { arithmeticWords, complaintPrefix } from "./ash.ts";
import type { CompletionOption, CompletionSpec } from "./completion/spec.ts";
import { ArithmeticFailure, DiscardLine, ExpansionError, Interrupted } from "./control.ts";
import { dashArithmetic, dashWords, MISSING_IN_DASH } from "./dash.ts";
import type { Keymaps } from "./editor/keymap.ts";
import { expandString, expandText } from "./expand.ts";
import type { Flavour } from "./flavour.ts";
import type { FunctionDefinition } from "./functions.ts";
import { Jobs } from "./jobs.ts";
import { DEFAULT_SET_OPTIONS, SET_OPTIONS, type SetOption, SHELL_OPTIONS } from "./options.ts";
import { lineAt, type SourceText } from "./parse.ts";
import type { ShellOptions } from "./shell-options.ts";
import { runProgramNamed } from "./simple.ts";
import { isSpecialArray, refreshSpecialArray, seedDynamic, specialParameter } from "./special.ts";
import { captureOutput, substituteProcess } from "./subshell.ts";
import { interactiveSignals, listen } from "./trapping.ts";
import type { TrapName } from "./traps.ts";
import { foldCase, IndexedArray, isSet, ReadonlyError, type Variable, Variables } from "./variables.ts";

/** A function or sourced file being run. */
export interface Frame {
  readonly kind: "function" | "source";
  readonly name: string;
  readonly source: string;
  /** Where it was called. */
  readonly line: number;
}

const MAX_STRING = 4 << 20;
/** What a shell holds beside its variables, about. */
const SHELL_BYTES = 20_000;

export class Shell {
  process: Process;
  readonly flavour: Flavour;
  readonly settings: ShellOptions;
  /** `$0`. */
  name: string;
  positional: readonly string[] = [];
  readonly variables: Variables;
  readonly functions: Map<string, FunctionDefinition>;
  readonly aliases: Map<string, string>;
  readonly setOptions: Set<SetOption>;
  readonly shopts: Map<string, boolean>;
  readonly traps: Map<TrapName, string>;
  readonly pendingSignals: Signal[] = [];
  readonly frames: Frame[];
  readonly jobs = new Jobs();
  /** What `jobs` of a subshell shows as long as it has none of its own. */
  parentJobs: Jobs | undefined;
  /** Commands' paths, by name. */
  readonly hash = new Map<string, { path: string; hits: number }>();
  directories: string[] = [];
  /** Builtins that `enable -n` took away. */
  readonly disabled = new Set<string>();
  history: string[] = [];

  lastStatus = 0;
  pipeStatus: readonly number[] = [0];
  /** Status of the last command substitution: what a bare assignment ends with. */
  substitutionStatus = 0;
  lastBackground: number | undefined;
  lastArgument = "";
  /** Of the first shell: `$$`. */
  readonly shellPid: number;
  source: SourceText;
  position = 0;
  commandNumber = 1;
  loopDepth = 0;
  subshellDepth = 0;
  /** Above zero a failing command does not end the shell (`set -e`), as in conditions. */
  tested = 0;
  inTrap = false;
  /** Counts changes of aliases: text behind a change is parsed again. */
  aliasVersion = 0;
  /** How many `eval` and `$( )` stand around: PS4's first character is repeated as often. */
  traceDepth = 0;
  /** The simple command being run, for BASH_COMMAND. */
  command: { readonly text: string; readonly pos: number; readonly end: number } | undefined;
  inSignalTrap = false;
  interactive = false;
  login = false;
  interrupted = false;
  startedAt: number;
  /** Where `getopts` stands within an argument. */
  optionPosition = 0;
  /** The word whose letters `getopts` reads, from 1. */
  optionWord = 1;
  /** What `complete` set, by command. */
  readonly completions = new Map<string, CompletionSpec>();
  /** The completion that is going on; `compopt` changes its options. */
  /** What keys do, where a line editor runs. */
  keymaps: Keymaps | undefined;
  completing: { readonly name: string; readonly options: Set<CompletionOption> } | undefined;
  /** `exit` already warned of stopped jobs. */
  exitWarned = false;
  evalDepth = 0;
  /** The OPTIND that `getopts` left. */
  optionIndex = 1;
  /** How deep functions, `eval` and sourced files are nested. */
  runDepth = 0;
  /** Signals that end the shell after its EXIT trap ran. */
  readonly fatalSignals = new Set<Signal>();
  /** Wakes a builtin that waits for input when a signal with a trap came. */
  wakeReader: (() => void) | undefined;
  /** Descriptors of process substitutions, closed after the command that uses them. */
  openSubstitutions: number[] = [];

  constructor(process: Process, flavour: Flavour, settings: ShellOptions, from?: Shell) {
    this.process = process;
    this.flavour = flavour;
    this.settings = settings;
    if (from === undefined) {
      this.name = flavour.name;
      this.variables = new Variables();
      if (!flavour.bash) this.variables.readonlyWords = "is read only";
      if (flavour.dash) for (const name of MISSING_IN_DASH) this.disabled.add(name);
      this.functions = new Map();
      this.aliases = new Map();
      this.setOptions = new Set(DEFAULT_SET_OPTIONS);
      this.shopts = new Map(Object.entries(SHELL_OPTIONS));
      this.traps = new Map();
      this.frames = [];
      this.shellPid = process.pid;
      this.startedAt = process.clock.now();
      this.source = { name: flavour.name, text: "", firstLine: 1 };
    } else {
      this.name = from.name;
      if (!flavour.bash) this.commandString = from.commandString;
      this.commandFlag = from.commandString || from.commandFlag;
      this.scriptFile = from.scriptFile;
      this.evalDepth = from.evalDepth;
      this.positional = from.positional;
      this.variables = from.variables.copy();
      this.functions = new Map(from.functions);
      this.aliases = new Map(from.aliases);
      this.setOptions = new Set(from.setOptions);
      this.shopts = new Map(from.shopts);
      // Ignored signals stay ignored; handlers belong to the parent.
      this.traps = new Map([...from.traps].filter(([, command]) => command === ""));
      if (flavour.bash) this.listedTraps = from.listedTraps ?? new Map(from.traps);
      if (this.option("errtrace")) this.#inherit(from, "ERR");
      if (this.option("functrace")) this.#inherit(from, "DEBUG");
      this.frames = [...from.frames];
      this.shellPid = from.shellPid;
      this.startedAt = from.startedAt;
      this.source = from.source;
      this.position = from.position;
      this.directories = [...from.directories];
      this.lastStatus = from.lastStatus;
      this.pipeStatus = from.pipeStatus;
      this.lastBackground = from.lastBackground;
      this.lastArgument = from.lastArgument;
      this.tested = from.tested;
      this.loopDepth = from.loopDepth;
      this.subshellDepth = from.subshellDepth + 1;
      this.traceDepth = from.traceDepth;
      this.commandNumber = from.commandNumber;
      this.optionPosition = from.optionPosition;
      for (const [name, entry] of from.hash) this.hash.set(name, { ...entry });
      for (const name of from.disabled) this.disabled.add(name);
      this.keymaps = from.keymaps;
      for (const [name, spec] of from.completions) this.completions.set(name, spec);
      this.history = from.history;
      this.parentJobs = from.jobs.all.length > 0 ? from.jobs : from.parentJobs;
      this.setOptions.delete("monitor");
      for (const name of from.variables.dynamic.keys()) this.variables.dynamic.set(name, { read: () => undefined });
    }
    this.jobs.apart = flavour.dash;
    if (!flavour.bash) this.jobs.plain = () => !this.option("monitor");
    seedDynamic(this, from !== undefined);
  }

  #inherit(from: Shell, name: TrapName): void {
    const command = from.traps.get(name);
    if (command !== undefined) this.traps.set(name, command);
  }

  /** A copy for a subshell, taken now; it gets its process when that starts. */
  fork(): Shell {
    return new Shell(this.process, this.flavour, this.settings, this);
  }

  // ------------------------------------------------------------------------------------------------------- options

  option(name: SetOption): boolean {
    return this.setOptions.has(name);
  }

  shopt(name: string): boolean {
    return this.shopts.get(name) ?? false;
  }

  /** `$-`. */
  get flags(): string {
    const on = new Set<string>();
    for (const name of this.setOptions) on.add(SET_OPTIONS[name] ?? "");
    if (this.interactive && this.subshellDepth === 0) on.add("i");
    if (!this.flavour.bash) for (const letter of "hB") on.delete(letter);
    const letters = Array.from("abefhikmnprtuvxBCEHPT", (letter) => (on.has(letter) ? letter : "")).join("");
    return (
      letters +
      (this.commandString || this.commandFlag ? (this.flavour.dash ? "" : "c") : this.readsStandardInput ? "s" : "")
    );
  }

  /** Traps of the shell that this one is a subshell of: `trap` lists them as long as none is set here. */
  listedTraps: ReadonlyMap<TrapName, string> | undefined;
  commandString = false;
  /** A subshell of one that runs the argument of `-c`: `$-` says so. */
  commandFlag = false;
  /** The file whose commands it runs. */
  scriptFile: string | undefined;
  readsStandardInput = false;

  // ------------------------------------------------------------------------------------------------------ messages

  get line(): number {
    return lineAt(this.source, this.position);
  }

  /** "bash: line 3: ". */
  get prefix(): string {
    if (!this.flavour.bash) return complaintPrefix(this, this.line);
    const name = this.frames.length === 0 ? this.name : this.source.name;
    return this.flavour.prefix(name, this.line, this.interactive && this.frames.length === 0);
  }

  complain(message: string): Promise<void> {
    if (this.flavour.dash) return this.write(2, `${this.prefix}${dashWords(message)}\n`);
    return this.write(2, `${this.prefix}${message}\n`);
  }

  /** Writes to a descriptor. Throws EBADF where it is closed. */
  async write(number: number, text: string | Uint8Array): Promise<void> {
    const descriptor = this.process.descriptors.get(number);
    if (descriptor?.writer === undefined) {
      if (number === 2 || descriptor?.kind === "null") return;
      throw new ExpansionError("write error: Bad file descriptor");
    }
    await descriptor.writer.write(text);
  }

  out(text: string): Promise<void> {
    return this.write(1, text);
  }

  // ----------------------------------------------------------------------------------------------------- variables

  get separators(): string {
    return this.variables.get("IFS") ?? " \t\n";
  }

  /** What joins `"$*"`. */
  get firstSeparator(): string {
    return (this.variables.get("IFS") ?? " ").charAt(0);
  }

  /** `$name`: special parameters, positional ones, variables. Undefined where unset. */
  parameter(name: string): string | undefined {
    const first = name.charCodeAt(0);
    if ((first >= 65 && first <= 90) || (first >= 97 && first <= 122) || first === 95) {
      if (isSpecialArray(name)) this.refreshArray(name);
      return this.variables.get(name);
    }
    return specialParameter(this, name);
  }

  isSetName(name: string): boolean {
    return this.variables.dynamic.has(name) || isSet(this.variables.find(name));
  }

  /** Fills arrays whose content is computed (`PIPESTATUS`, `FUNCNAME`, ...). */
  refreshArray(name: string): void {
    refreshSpecialArray(this, name);
  }

  #arithmeticError(text: string, error: ArithmeticError): ExpansionError {
    if (this.flavour.dash) return new ExpansionError(dashArithmetic(error.message, text), true);
    if (!this.flavour.bash) return new ExpansionError(arithmeticWords(error.message), true);
    return new ArithmeticFailure(`${error.expression ?? text}: ${error.message}`);
  }

  #index(text: string): number {
    try {
      return Number(evaluateArithmetic(text, this));
    } catch (error) {
      if (error instanceof ArithmeticError) throw this.#arithmeticError(text, error);
      throw error;
    }
  }

  async #key(variable: Variable | undefined, index: Word | string, name?: string): Promise<string | number> {
    if (variable?.map !== undefined) return typeof index === "string" ? index : expandText(this, index);
    const text = typeof index === "string" ? index : await expandString(this, index.text);
    if (name !== undefined && (text === "@" || text === "*"))
      throw new ExpansionError(`${name}[${text}]: bad array subscript`);
    return this.#index(text.replaceAll('"', ""));
  }

  /** `${name[index]}`. */
  async readElement(name: string, index: Word | string): Promise<string | undefined> {
    const variable = this.variables.lookup(name);
    const key = await this.#key(variable, index);
    if (typeof key === "string") return variable?.map?.get(key);
    if (variable?.array === undefined) {
      return key === 0 || key === -1 ? this.variables.get(name) : undefined;
    }
    if (key < -variable.array.end) {
      await this.complain(`${name}: bad array subscript`);
      return undefined;
    }
    return variable.array.get(key);
  }

  /** Assigns to a variable or an element of an array, as its attributes say. */
  async assignElement(name: string, index: Word | string | undefined, value: string, append = false): Promise<void> {
    const target = this.variables.resolve(name);
    const subscript = index ?? target.subscript;
    const key =
      subscript === undefined ? undefined : await this.#key(this.variables.find(target.name), subscript, target.name);
    this.#store(target.name, key, value, append);
  }

  #store(name: string, key: string | number | undefined, value: string, append: boolean): void {
    if (key === undefined && this.variables.dynamic.has(name)) {
      this.variables.set(name, value);
      return;
    }
    const variable = this.variables.writable(name);
    if (this.option("allexport")) variable.exported = true;
    const old =
      key === undefined
        ? (variable.array?.get(0) ?? variable.map?.get("0") ?? variable.value ?? "")
        : typeof key === "string"
          ? (variable.map?.get(key) ?? "")
          : (variable.array?.get(key) ?? (key === 0 ? (variable.value ?? "") : ""));
    let stored = value;
    if (variable.integer) {
      const number = this.#evaluate(value);
      stored = String(append ? BigInt.asIntN(64, this.#evaluate(old) + number) : number);
    } else if (append) stored = old + value;
    if (stored.length > MAX_STRING) throw new ExpansionError(`${name}: cannot allocate memory`);
    stored = foldCase(variable, stored);
    if (typeof key === "string") variable.map?.set(key, stored);
    else if (key !== undefined || variable.array !== undefined) {
      if (variable.array === undefined) {
        variable.array = new IndexedArray();
        if (variable.value !== undefined) variable.array.set(0, variable.value);
        variable.value = undefined;
      }
      const at = key ?? 0;
      if (at < -variable.array.end || at > Number.MAX_SAFE_INTEGER) {
        throw new ExpansionError(`${name}[${at}]: bad array subscript`);
      }
      variable.array.set(at < 0 ? at + variable.array.end : at, stored);
    } else if (variable.map !== undefined) variable.map.set("0", stored);
    else variable.value = stored;
    if (name === "PATH") this.hash.clear();
  }

  // ---------------------------------------------------------------------------------------------------- arithmetic

  /** Read by arithmetic (`ArithmeticScope`). */
  read(name: string, subscript: string | undefined): string | undefined {
    if (subscript === undefined) {
      const value = this.variables.get(name);
      if (this.flavour.dash && value !== undefined && !/^\s*(?:[-+]?(?:\d+|0x[\da-fA-F]+)\s*)?$/.test(value))
        throw new ExpansionError(`Illegal number: ${value}`, true);
      if (value === undefined && this.flavour.bash && this.option("nounset"))
        throw new ExpansionError(`${name}: unbound variable`, true);
      return value;
    }
    this.refreshArray(name);
    const variable = this.variables.lookup(name);
    if (variable?.map !== undefined) return variable.map.get(subscript.replace(/^(["'])(.*)\1$/s, "$2"));
    const index = this.#index(subscript);
    if (variable?.array === undefined) return index === 0 ? this.variables.get(name) : undefined;
    return variable.array.get(index);
  }

  /** A subscript of arithmetic, evaluated (`ArithmeticScope`). */
  locate(name: string, subscript: string): string {
    return this.variables.lookup(name)?.map !== undefined ? subscript : String(this.#index(subscript));
  }

  /** Assigned by arithmetic (`ArithmeticScope`). */
  assign(name: string, subscript: string | undefined, value: string): void {
    const target = this.variables.resolve(name);
    const written = subscript ?? target.subscript;
    const map = this.variables.find(target.name)?.map !== undefined;
    const key =
      written === undefined ? undefined : map ? written.replace(/^(["'])(.*)\1$/s, "$2") : this.#index(written);
    this.#store(target.name, key, value, false);
  }

  get arithmeticDialect(): Flavour["dialect"]["name"] {
    return this.flavour.dialect.name;
  }

  #evaluate(text: string): bigint {
    try {
      return evaluateArithmetic(text, this);
    } catch (error) {
      if (error instanceof ArithmeticError) throw this.#arithmeticError(text.trimStart(), error);
      throw error;
    }
  }

  /** The value of an expression without expansions. */
  evaluateNow(text: string): bigint {
    return this.#evaluate(text);
  }

  /** The value of an arithmetic expression in which expansions are still to be done. */
  async arithmetic(text: string): Promise<bigint> {
    const expanded = /[$`\\"]/.test(text) ? (await expandString(this, text)).replaceAll('"', "") : text;
    return this.#evaluate(expanded);
  }

  // --------------------------------------------------------------------------------------------------- substitution

  /** `text`: as written, with its parentheses or backquotes. */
  commandSubstitution(script: ParsedScript, text: string): Promise<string> {
    return captureOutput(this, script, text);
  }

  processSubstitution(script: ParsedScript, output: boolean): string {
    return substituteProcess(this, script, output);
  }

  /** Runs a program in the foreground, whatever functions and builtins have its name. */
  runExternal(argv: readonly string[], path: string | undefined): Promise<number> {
    return runProgramNamed(this, argv, path);
  }

  // ------------------------------------------------------------------------------------------------------- signals

  /** What a signal does where no trap is set. */
  restoreSignal(signal: Signal): void {
    if (this.interactive && this.subshellDepth === 0) interactiveSignals(this);
    else if (this.fatalSignals.has(signal)) listen(this, signal);
    else this.process.onSignal(signal, "default");
  }

  // ------------------------------------------------------------------------------------------------------- waiting

  /** Waits, unless this process must end: then throws why. */
  async until<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this.process;
    // Nobody listens to it any more where this process ends first, which is no error.
    promise.catch(() => undefined);
    signal.throwIfAborted();
    let stop: (() => void) | undefined;
    const aborted = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason);
      signal.addEventListener("abort", stop);
    });
    try {
      return await Promise.race([promise, aborted]);
    } finally {
      if (stop !== undefined) signal.removeEventListener("abort", stop);
    }
  }

  /** Between commands: pays, and notices ^C. */
  checkpoint(): Promise<void> | void {
    if (this.interrupted) {
      this.interrupted = false;
      throw new Interrupted();
    }
    if (--this.#untilMeasured <= 0) this.#measure();
    return this.process.spend();
  }

  /** Commands until the memory that variables hold is counted again. */
  #untilMeasured = 1000;

  #measure(): void {
    const { bytes, count } = this.variables.size();
    this.process.holdMemory(SHELL_BYTES + bytes);
    // Counting costs as much as there is: large shells do it more rarely.
    this.#untilMeasured = 1000 + (count >> 2);
  }
}

/** How a line ends after an error in an expansion: ash gives up altogether. */
export function discard(shell: Shell, fatal: boolean): DiscardLine {
  if (!shell.flavour.bash) return new DiscardLine(2, true);
  return new DiscardLine(fatal && shell.commandString && !shell.option("errexit") ? 127 : 1, fatal);
}

/** What an exception means to a shell that runs commands; undefined: not for a shell to handle. */
export function explain(error: unknown): { readonly message: string; readonly fatal: boolean } | undefined {
  if (error instanceof ExpansionError) return { message: error.message, fatal: error.fatal };
  if (error instanceof ReadonlyError) return { message: error.message, fatal: false };
  if (error instanceof ArithmeticError) return { message: error.message, fatal: false };
  if (isErrno(error) && error.code !== "EPIPE") {
    return { message: error.path === undefined ? error.message : `${error.path}: ${error.message}`, fatal: false };
  }
  return undefined;
}
