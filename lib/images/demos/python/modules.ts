/** What programs ask of the modules they import. */
import type { Process } from "../../../machine/index.ts";
import { Float, type Native, numeric, Raised, shown, toInt, Unsupported, type Value } from "./values.ts";

interface ModuleHost {
  readonly process: Process;
  readonly stderr: Native;
  /** sys.exit and os._exit. */
  readonly exit: (code: Value) => never;
}

/** Throws `Unsupported` for a module that is not here. */
export function moduleNamed(name: string, { process, stderr, exit }: ModuleHost): Value {
  const define = (text: string, call: NonNullable<Native["call"]>, most = 1): Native => ({
    native: `function ${text}`,
    call,
    most,
  });
  const missing = (key: Value): never => {
    throw new Raised("KeyError", shown(key, true));
  };
  const get = define("get", ([key = "", otherwise = null]) => process.env.get(shown(key)) ?? otherwise, 2);
  switch (name) {
    case "os":
      return {
        native: "module 'os'",
        members: {
          environ: {
            native: "environ",
            members: { get },
            call: ([key = ""]) => process.env.get(shown(key)) ?? missing(key),
          },
          getenv: get,
          getpid: define("getpid", () => process.pid),
          getcwd: define("getcwd", () => process.cwd),
          _exit: define("_exit", ([code = 0]) => exit(code)),
          path: {
            native: "module 'posixpath'",
            members: { exists: define("exists", ([path = ""]) => process.files.exists(shown(path))) },
          },
        },
      };
    case "sys":
      return {
        native: "module 'sys'",
        members: {
          exit: define("exit", ([code = null]) => exit(code)),
          argv: ["-c", ...process.argv.slice(3)],
          stderr: stderr,
        },
      };
    case "time":
      return {
        native: "module 'time'",
        members: {
          sleep: define("sleep", async ([seconds = 0]) => {
            await process.sleep((numeric(seconds) ?? 0) * 1000);
            return null;
          }),
          time: define("time", () => new Float(process.clock.now() / 1000)),
        },
      };
    case "socket":
      return {
        native: "module 'socket'",
        members: { gethostname: define("gethostname", () => process.machine.hostname) },
      };
    case "random":
      return {
        native: "module 'random'",
        members: {
          random: define("random", () => new Float(process.clock.random())),
          randint: define(
            "randint",
            ([from = 0, to = 0]) => toInt(from) + Math.floor(process.clock.random() * (toInt(to) - toInt(from) + 1)),
            2,
          ),
        },
      };
    default:
      throw new Unsupported(`the module ${name}`);
  }
}
