/** The modules of Node that scripts may require: http, os, fs, path, url. */
import { Errno, isErrno } from "../../machine/index.ts";
import {
  errorValue,
  ScriptFunction,
  ScriptObject,
  ScriptThrow,
  type ScriptValue,
  toText,
  truthy,
} from "../mongo/shell/values.ts";
import { httpModule } from "./http.ts";
import type { NodeRuntime } from "./runtime.ts";
import { objectOf, resolvePath } from "./script.ts";

/** Known to Node and refused here by name, so that nobody looks for a typing error. */
const REFUSED = new Set([
  "net",
  "https",
  "http2",
  "dgram",
  "child_process",
  "cluster",
  "crypto",
  "stream",
  "events",
  "util",
  "worker_threads",
  "dns",
  "tls",
  "zlib",
  "readline",
  "assert",
  "buffer",
  "querystring",
]);

/** A module by its name; undefined where it is none of Node's own. */
export function builtIn(runtime: NodeRuntime, name: string): ScriptValue {
  switch (name) {
    case "http":
      return httpModule(runtime);
    case "os":
      return objectOf({
        hostname: () => runtime.process.machine.hostname,
        platform: () => "linux",
        type: () => "Linux",
        uptime: () => runtime.process.clock.now() / 1000,
      });
    case "path":
      return objectOf({
        join: (parts) =>
          resolvePath(toText(parts[0]).startsWith("/") ? "/" : "", parts.map(toText).join("/")).slice(
            toText(parts[0]).startsWith("/") ? 0 : 1,
          ),
        resolve: (parts) => parts.map(toText).reduce((folder, part) => resolvePath(folder, part), runtime.process.cwd),
        basename: ([path]) => toText(path).split("/").at(-1) ?? "",
        dirname: ([path]) => toText(path).slice(0, Math.max(0, toText(path).lastIndexOf("/"))) || "/",
        extname: ([path]) => /\.[^./]*$/.exec(toText(path))?.[0] ?? "",
      });
    case "url":
      return objectOf({ parse: ([text]) => parsedUrl(toText(text)) });
    case "fs":
      return filesModule(runtime);
    default:
      if (REFUSED.has(name))
        throw new ScriptThrow(
          errorValue("Error", `module '${name}' is not supported here`, { code: "MODULE_NOT_SUPPORTED" }),
        );
      return undefined;
  }
}

function parsedUrl(text: string): ScriptObject {
  const question = text.indexOf("?");
  const query = question === -1 ? "" : text.slice(question + 1);
  return new ScriptObject([
    ["href", text],
    ["pathname", question === -1 ? text : text.slice(0, question)],
    ["search", question === -1 ? null : text.slice(question)],
    ["query", new ScriptObject(new URLSearchParams(query))],
  ]);
}

type Sync = (args: readonly ScriptValue[]) => ScriptValue | void;

function filesModule(runtime: NodeRuntime): ScriptObject {
  const { files } = runtime.process;
  const recursive = (value: ScriptValue) => value instanceof ScriptObject && truthy(value.fields.get("recursive"));
  const calls: Readonly<Record<string, readonly [systemCall: string, run: Sync]>> = {
    readFile: ["open", ([path]) => files.readText(toText(path))],
    writeFile: ["open", ([path, data]) => files.writeFile(toText(path), toText(data))],
    appendFile: ["open", ([path, data]) => files.writeFile(toText(path), toText(data), { append: true })],
    mkdir: ["mkdir", ([path, options]) => files.makeDirectory(toText(path), { recursive: recursive(options) })],
    readdir: ["scandir", ([path]) => files.list(toText(path)).map(({ name }) => name)],
    unlink: ["unlink", ([path]) => files.remove(toText(path))],
    rename: ["rename", ([from, to]) => files.rename(toText(from), toText(to))],
  };
  const module = objectOf({ existsSync: ([path]) => files.exists(toText(path)) });
  for (const [name, [systemCall, run]] of Object.entries(calls)) {
    const attempt = (args: readonly ScriptValue[]): ScriptValue => {
      try {
        return run(args) ?? undefined;
      } catch (problem) {
        if (!isErrno(problem)) throw problem;
        throw new ScriptThrow(fileError(problem, systemCall, toText(args[0])));
      }
    };
    module.fields.set(`${name}Sync`, new ScriptFunction(`${name}Sync`, attempt));
    module.fields.set(
      name,
      new ScriptFunction(name, async (args) => {
        const callback = args.at(-1);
        let outcome: ScriptValue[];
        try {
          outcome = [null, attempt(args)];
        } catch (problem) {
          if (!(problem instanceof ScriptThrow)) throw problem;
          outcome = [problem.value];
        }
        await runtime.call(callback, outcome);
        return undefined;
      }),
    );
  }
  return module;
}

/** "ENOENT: no such file or directory, open '/x'". */
function fileError(problem: Errno, systemCall: string, path: string): ScriptObject {
  const text = new Errno(problem.code).message.toLowerCase();
  return errorValue("Error", `${problem.code}: ${text}, ${systemCall} '${path}'`, {
    code: problem.code,
    syscall: systemCall,
    path,
  });
}
