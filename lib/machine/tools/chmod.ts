import { isErrno } from "../errno.ts";
import type { FileStat, Program } from "../types.ts";
import { changeMode, compileMode, modeText, modeWords } from "./support/modes.ts";
import { join } from "./support/paths.ts";
import { tool } from "./support/tool.ts";

const OPTIONS = {
  changes: { short: "c", long: "changes", help: "like verbose but report only when a change is made" },
  quiet: { short: "f", long: "quiet", help: "suppress most error messages" },
  silent: { long: "silent" },
  verbose: { short: "v", long: "verbose", help: "output a diagnostic for every file processed" },
  noPreserve: { long: "no-preserve-root", help: "do not treat '/' specially (the default)" },
  preserve: { long: "preserve-root", help: "fail to operate recursively on '/'" },
  reference: { long: "reference", value: true, help: "use RFILE's mode instead of specifying MODE values" },
  recursive: { short: "R", long: "recursive", help: "change files and directories recursively" },
} as const;
/** A mode that looks like options: "-x", "-rw". */
const MODE_WORD = /^-(?:[rwxXstugoa,=+-]|[0-7])[rwxXstugoa,=+\-0-7]*$/;

/** `given`: the modes that were among the options. */
const body = (given: readonly string[]): Program =>
  tool(
    {
      name: "chmod",
      usage: "[OPTION]... MODE[,MODE]... FILE...",
      summary: "Change the mode of each FILE to MODE.",
      options: OPTIONS,
    },
    async (tool) => {
      const { process } = tool;
      const { files } = process;
      const reference = tool.value("reference");
      const surprising = given.length > 0;
      if (surprising && reference !== undefined) return tool.usage("cannot combine mode and --reference options");
      const text = surprising ? given.join(",") : reference === undefined ? tool.operands[0] : undefined;
      const paths = surprising || reference !== undefined ? tool.operands : tool.operands.slice(1);
      if (paths.length === 0) {
        const last = process.argv.at(-1) ?? "";
        return tool.usage(
          process.argv.length === 1 || text === undefined
            ? "missing operand"
            : `missing operand after ${tool.word(last)}`,
        );
      }
      let changes = text === undefined ? undefined : compileMode(text);
      if (reference !== undefined) {
        const found = await tool.attempt(`failed to get attributes of ${tool.named(reference)}`, () => {
          changes = compileMode(files.stat(reference).mode.toString(8).padStart(5, "0"));
        });
        if (!found) return 1;
      }
      const wanted = changes;
      if (wanted === undefined) return tool.usage(`invalid mode: ${tool.word(text ?? "")}`);
      const quiet = tool.has("quiet") || tool.has("silent");
      const complain = async (words: string) => {
        if (quiet) tool.status = 1;
        else await tool.complain(words);
      };
      const say = (words: string) => tool.out.write(`${words}\n`);
      const verbose = tool.options.last("verbose", "changes") === "verbose";
      const changesOnly = tool.options.last("verbose", "changes") === "changes";
      const change = async (path: string, isOperand: boolean): Promise<void> => {
        await tool.spend(3);
        let stat: FileStat;
        try {
          const link = files.lstat(path);
          if (!isOperand && link.type === "symlink") {
            if (verbose) await say(`neither symbolic link ${tool.named(path)} nor referent has been changed`);
            return;
          }
          try {
            stat = files.stat(path);
          } catch (error) {
            if (!isErrno(error, "ENOENT")) throw error;
            await complain(`cannot operate on dangling symlink ${tool.named(path)}`);
            if (verbose) await say(`${tool.named(path)} could not be accessed`);
            return;
          }
        } catch (error) {
          if (!isErrno(error)) throw error;
          await complain(`cannot access ${tool.named(path)}: ${error.message}`);
          if (verbose) await say(`${tool.named(path)} could not be accessed`);
          return;
        }
        if (tool.has("recursive") && tool.has("preserve") && files.realPath(path) === "/") {
          const same = path === "/" ? "" : ` (same as ${tool.named("/")})`;
          await tool.complain(
            `it is dangerous to operate recursively on ${tool.named(path)}${same}\nchmod: use --no-preserve-root to override this failsafe`,
          );
          return;
        }
        const isDirectory = stat.type === "directory";
        const { mode } = changeMode(wanted, stat.mode, isDirectory, process.umask);
        try {
          files.chmod(path, mode);
          const now = files.stat(path).mode;
          if (now !== stat.mode) {
            if (verbose || changesOnly)
              await say(`mode of ${tool.named(path)} changed from ${modeWords(stat.mode)} to ${modeWords(now)}`);
          } else if (verbose) await say(`mode of ${tool.named(path)} retained as ${modeWords(now)}`);
          if (surprising) {
            const plain = changeMode(wanted, stat.mode, isDirectory, 0).mode;
            if ((mode & ~plain) !== 0) {
              const words = (bits: number) => modeText({ type: "file", mode: bits }).slice(1);
              await tool.complain(`${tool.bare(path)}: new permissions are ${words(mode)}, not ${words(plain)}`);
            }
          }
        } catch (error) {
          if (!isErrno(error)) throw error;
          await complain(`changing permissions of ${tool.named(path)}: ${error.message}`);
          if (verbose)
            await say(
              `failed to change mode of ${tool.named(path)} from ${modeWords(stat.mode)} to ${modeWords(mode)}`,
            );
        }
        if (!tool.has("recursive") || !isDirectory) return;
        try {
          for (const { name } of files.list(path)) await change(join(path, name), false);
        } catch (error) {
          if (!isErrno(error)) throw error;
          await complain(`cannot read directory ${tool.named(path)}: ${error.message}`);
        }
      };
      for (const path of paths) await change(path, true);
      return tool.status;
    },
  );

export const chmod: Program = (process) => {
  const given: string[] = [];
  const argv: string[] = [];
  for (const [index, word] of process.argv.entries()) {
    if (word === "--") {
      argv.push(...process.argv.slice(index));
      break;
    }
    if (index > 0 && MODE_WORD.test(word)) given.push(word);
    else argv.push(word);
  }
  return given.length === 0 ? body([])(process) : process.execute({ argv, program: body(given) });
};
