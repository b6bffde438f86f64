/** One run of `node`: its event loop, its globals, and how it ends. Runs the part of JavaScript that mongosh runs. */
import type { Process } from "../../machine/index.ts";
import { Interpreter, Scope } from "../mongo/shell/evaluate.ts";
import { inspect } from "../mongo/shell/format.ts";
import { standardGlobals } from "../mongo/shell/methods.ts";
import { parseScript } from "../mongo/shell/parse.ts";
import { ScriptSyntaxError } from "../mongo/shell/tokens.ts";
import {
  errorValue,
  messageOf,
  ScriptObject,
  ScriptThrow,
  type ScriptValue,
  toNumber,
  toText,
} from "../mongo/shell/values.ts";
import { builtIn } from "./modules.ts";
import { native, objectOf, resolvePath } from "./script.ts";

/** The script asked to end. */
class Exit extends Error {
  readonly code: number;
  constructor(code: number) {
    super("exit");
    this.code = code;
  }
}

/** Names of Node's that are known and not served; others that MongoDB's shell has are not Node's. */
const NOT_SERVED = [
  "Buffer",
  "Promise",
  "Map",
  "Set",
  "Symbol",
  "Proxy",
  "Reflect",
  "fetch",
  "URL",
  "URLSearchParams",
  "WebSocket",
  "Worker",
];
const NOT_NODE = /^(EJSON|ISODate|ObjectId|Number(Long|Int|Decimal)|Long|Int32|Timestamp|UUID|MinKey|MaxKey)$/;

export class NodeRuntime {
  readonly process: Process;
  readonly version: string;
  readonly #interpreter: Interpreter;
  readonly #loaded = new Map<string, ScriptObject>();
  /** What keeps the process alive: timers and servers. */
  #alive = 0;
  #timers = 0;
  readonly #cancels = new Map<number, () => void>();
  #end: (code: number) => void = () => undefined;
  readonly #ended = new Promise<number>((resolve) => {
    this.#end = resolve;
  });

  constructor(process: Process, version: string) {
    this.process = process;
    this.version = version;
    this.#interpreter = new Interpreter((units) => process.spend(units));
  }

  /** Runs a script and everything that it started; resolves with the exit status. */
  async main(source: string, file: string, args: readonly string[]): Promise<number> {
    const { process } = this;
    process.signal.addEventListener("abort", () => this.#end(0), { once: true });
    this.hold();
    await this.#guarded(file, () => this.#module(source, file, args));
    this.release();
    const code = await this.#ended;
    for (const cancel of this.#cancels.values()) cancel();
    return code;
  }

  hold(): void {
    this.#alive++;
  }

  release(): void {
    this.#alive--;
    if (this.#alive === 0) this.#end(0);
  }

  /** Calls a function of the script from outside it. What it throws ends the process, as in Node. */
  async call(callee: ScriptValue, args: readonly ScriptValue[], self?: ScriptValue): Promise<void> {
    await this.#guarded("node:internal", () => this.#interpreter.call(callee, args, self, "callback"));
  }

  /** An error that nobody caught. */
  async fail(value: ScriptValue, file = "node:events"): Promise<void> {
    await this.process.stderr.write(`${file}\n\n${messageOf(value)}\n\nNode.js v${this.version}\n`);
    this.#end(1);
  }

  async #guarded(file: string, run: () => Promise<unknown>): Promise<void> {
    try {
      await run();
    } catch (problem) {
      if (problem instanceof Exit) this.#end(problem.code);
      else if (problem instanceof ScriptThrow) await this.fail(problem.value, file);
      else if (problem instanceof ScriptSyntaxError) {
        await this.process.stderr.write(
          `${file}\n\nSyntaxError: ${problem.message}\n    (this image runs a part of JavaScript: functions, objects, lists, http, fs, os, path, timers)\n\nNode.js v${this.version}\n`,
        );
        this.#end(1);
      } else if (!this.process.signal.aborted) throw problem;
    }
  }

  async #module(source: string, file: string, args: readonly string[]): Promise<ScriptObject> {
    const module = new ScriptObject([["exports", new ScriptObject()]]);
    this.#loaded.set(file, module);
    const scope = new Scope();
    const { clock } = this.process;
    const globals = standardGlobals({
      now: () => clock.now(),
      random: () => clock.random(),
      objectId: () => {
        throw new ScriptThrow(errorValue("ReferenceError", "ObjectId is not defined"));
      },
    });
    for (const [name, value] of Object.entries(globals)) if (!NOT_NODE.test(name)) scope.declare(name, value);
    for (const name of NOT_SERVED) {
      const refuse = () => {
        throw new ScriptThrow(errorValue("ReferenceError", `${name} is not supported here`));
      };
      scope.declare(name, native(name, refuse));
    }
    for (const [name, value] of Object.entries(this.#globals(args))) scope.declare(name, value);
    const folder = file.slice(0, file.lastIndexOf("/")) || "/";
    scope.declare("module", module);
    scope.declare("exports", module.fields.get("exports"));
    scope.declare("__filename", file);
    scope.declare("__dirname", folder);
    scope.declare(
      "require",
      native("require", ([name]) => this.#require(toText(name), folder, args)),
    );
    await this.#interpreter.run(parseScript(source.replace(/^#!.*/, "")), scope);
    return module;
  }

  async #require(name: string, folder: string, args: readonly string[]): Promise<ScriptValue> {
    const own = builtIn(this, name.replace(/^node:/, ""));
    if (own !== undefined) return own;
    const { files } = this.process;
    if (/^\.{0,2}\//.test(name)) {
      const path = resolvePath(folder, name);
      for (const file of [path, `${path}.js`, `${path}.json`, `${path}/index.js`]) {
        if (!files.exists(file) || files.stat(file).type !== "file") continue;
        const known = this.#loaded.get(file);
        if (known !== undefined) return known.fields.get("exports");
        const text = files.readText(file);
        if (file.endsWith(".json")) return this.#interpreter.run(parseScript(`(${text})`), new Scope());
        return (await this.#module(text, file, args)).fields.get("exports");
      }
    }
    throw new ScriptThrow(errorValue("Error", `Cannot find module '${name}'`, { code: "MODULE_NOT_FOUND" }));
  }

  #globals(args: readonly string[]): Readonly<Record<string, ScriptValue>> {
    const { process } = this;
    const say = (writer: "stdout" | "stderr") => async (values: readonly ScriptValue[]) => {
      await process[writer].write(`${formatted(values)}\n`);
      return undefined;
    };
    const later = (again: boolean) => (values: readonly ScriptValue[]) => {
      const [callback, ms, ...rest] = values;
      const id = ++this.#timers;
      const wait = Math.max(1, toNumber(ms ?? 0) || 1);
      this.hold();
      const arm = () =>
        this.#cancels.set(
          id,
          process.clock.after(wait, () => {
            void this.call(callback, rest).finally(() => {
              if (!this.#cancels.has(id)) return;
              if (again) arm();
              else this.#clear(id);
            });
          }),
        );
      arm();
      return id;
    };
    const clear = native("clear", ([id]) => this.#clear(toNumber(id)));
    return {
      console: objectOf({
        log: say("stdout"),
        info: say("stdout"),
        debug: say("stdout"),
        error: say("stderr"),
        warn: say("stderr"),
      }),
      setTimeout: native("setTimeout", later(false)),
      setInterval: native("setInterval", later(true)),
      clearTimeout: clear,
      clearInterval: clear,
      process: this.#processObject(args),
    };
  }

  #clear(id: number): undefined {
    const cancel = this.#cancels.get(id);
    if (cancel === undefined) return undefined;
    cancel();
    this.#cancels.delete(id);
    this.release();
    return undefined;
  }

  #processObject(args: readonly string[]): ScriptObject {
    const { process } = this;
    const started = process.clock.now();
    const object = objectOf({
      exit: ([code]) => {
        throw new Exit(code === undefined ? 0 : toNumber(code) & 255);
      },
      cwd: () => process.cwd,
      uptime: () => (process.clock.now() - started) / 1000,
      on: ([event, callback]) => {
        const name = toText(event);
        if (name !== "SIGTERM" && name !== "SIGINT" && name !== "SIGHUP" && name !== "SIGUSR2")
          throw new ScriptThrow(errorValue("Error", `process.on('${name}') is not supported here`));
        process.onSignal(name, () => void this.call(callback, [name]));
        return undefined;
      },
    });
    object.fields.set("env", new ScriptObject(process.env));
    object.fields.set("argv", ["/usr/local/bin/node", ...args]);
    object.fields.set("pid", process.pid);
    object.fields.set("platform", "linux");
    object.fields.set("version", `v${this.version}`);
    return object;
  }
}

/** As util.format: texts as they are, "%s" and "%d" filled in, the rest as Node shows values. */
function formatted(values: readonly ScriptValue[]): string {
  const shown = (value: ScriptValue) =>
    typeof value === "string"
      ? value
      : value instanceof ScriptObject && value.fields.has("message")
        ? messageOf(value)
        : inspect(value);
  const [first, ...rest] = values;
  if (typeof first !== "string") return values.map(shown).join(" ");
  const filled = first.replace(/%[sdij%]/g, (mark) => {
    if (mark === "%%") return "%";
    return rest.length === 0 ? mark : shown(rest.shift());
  });
  return [filled, ...rest.map(shown)].join(" ");
}
