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
  const fn = (text: string, call: NonNullable<Native["call"]>): Native => ({ native: `function ${text}`, call });
  const missing = (key: Value): never => {
    throw new Raised("KeyError", shown(key, true));
  };
  const get = fn("get", ([key = "", otherwise = null]) => process.env.get(shown(key)) ?? otherwise);
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
          getpid: fn("getpid", () => process.pid),
          getcwd: fn("getcwd", () => process.cwd),
          _exit: fn("_exit", ([code = 0]) => exit(code)),
          path: {
            native: "module 'posixpath'",
            members: { exists: fn("exists", ([path = ""]) => process.files.exists(shown(path))) },
          },
        },
      };
    case "sys":
      return {
        native: "module 'sys'",
        members: {
          exit: fn("exit", ([code = null]) => exit(code)),
          argv: ["-c", ...process.argv.slice(3)],
          stderr: stderr,
        },
      };
    case "time":
      return {
        native: "module 'time'",
        members: {
          sleep: fn("sleep", async ([seconds = 0]) => {
            await process.sleep((numeric(seconds) ?? 0) * 1000);
            return null;
          }),
          time: fn("time", () => new Float(process.clock.now() / 1000)),
        },
      };
    case "socket":
      return {
        native: "module 'socket'",
        members: { gethostname: fn("gethostname", () => process.machine.hostname) },
      };
    case "random":
      return {
        native: "module 'random'",
        members: {
          random: fn("random", () => new Float(process.clock.random())),
          randint: fn(
            "randint",
            ([from = 0, to = 0]) => toInt(from) + Math.floor(process.clock.random() * (toInt(to) - toInt(from) + 1)),
          ),
        },
      };
    default:
      throw new Unsupported(`the module ${name}`);
  }
}
