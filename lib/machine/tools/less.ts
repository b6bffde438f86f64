/** less: files and streams page by page, as version 590. */
import { isErrno } from "../errno.ts";
import { Less } from "./less/pager.ts";
import { load, type Source } from "./less/source.ts";
import type { Options } from "./less/view.ts";
import { Screen } from "./support/screen.ts";
import { tool } from "./support/tool.ts";

export const less = tool(
  {
    name: "less",
    usage: "[options] [file...]",
    options: {
      chop: { short: "S", long: "chop-long-lines" },
      quitIfOne: { short: "F", long: "quit-if-one-screen" },
      numbers: { short: "N", long: "LINE-NUMBERS" },
      raw: { short: "R", long: "RAW-CONTROL-CHARS" },
      ignoreCase: { short: "i", long: "ignore-case" },
      noInit: { short: "X", long: "no-init" },
      quitAtEnd: { short: "e", long: "quit-at-eof" },
    },
  },
  async (tool) => {
    const { process } = tool;
    const start = tool.operands.find((word) => /^\+./.test(word))?.slice(1);
    const paths = tool.operands.filter((word) => !/^\+./.test(word));
    if (paths.length === 0 && process.isTerminal(0)) return tool.die('Missing filename ("less --help" for help)');
    if (!process.isTerminal(1)) {
      await tool.eachInput(async (reader) => {
        for await (const chunk of reader) await process.stdout.write(chunk);
      });
      return tool.status;
    }
    let wake: () => void = () => undefined;
    const sources: Source[] = [];
    for (const path of paths.length === 0 ? ["-"] : paths) {
      const source: Source = {
        name: path === "-" ? undefined : path,
        lines: [],
        complete: false,
        bytes: 0,
        problem: undefined,
        loading: Promise.resolve(),
      };
      try {
        if (path !== "-" && process.files.stat(path).type === "directory") {
          await process.stderr.write(`${path} is a directory\n`);
          continue;
        }
        source.loading = load(process, source, tool.open(path), () => wake());
        sources.push(source);
      } catch (error) {
        if (!isErrno(error)) throw error;
        await process.stderr.write(`${path}: ${error.message}\n`);
      }
    }
    const [first, ...others] = sources;
    if (first === undefined) return 1;
    if (first.name !== undefined || tool.has("quitIfOne")) await first.loading;
    const { rows } = process.tty?.size ?? { rows: 24 };
    if (tool.has("quitIfOne") && sources.length === 1 && first.lines.length < rows) {
      for (const line of first.lines) await process.stdout.write(`${line}\n`);
      return 0;
    }
    const options: Options = {
      chop: tool.has("chop"),
      numbers: tool.has("numbers"),
      raw: tool.has("raw"),
      ignoreCase: tool.has("ignoreCase"),
    };
    return Screen.use(
      process,
      (screen) => {
        wake = () => screen.wake();
        return new Less(tool, screen, [first, ...others], options, tool.has("quitAtEnd")).run(start);
      },
      tool.has("noInit") ? "same" : "alternate",
    );
  },
);
