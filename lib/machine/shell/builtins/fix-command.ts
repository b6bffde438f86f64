/** fc: commands of the history listed, run again, or edited first. */
import { isErrno } from "../../errno.ts";
import { quoteSingle } from "../quote.ts";
import { runText } from "../run.ts";
import type { Shell } from "../shell.ts";
import { addHistory } from "./history.ts";
import { type Builtin, fail, parseOptions, usage } from "./types.ts";

const USAGE = "fc [-e ename] [-lnr] [first] [last] or fc -s [pat=rep] [command]";
/** How many `fc -l` shows. */
const LISTED = 16;

/** Where in the history a number, a negative offset or the beginning of a command points. The line that runs `fc` itself
 * is the last and does not count. */
function find(shell: Shell, word: string, end: number): number | undefined {
  if (/^-?\d+$/.test(word)) {
    const number = Number(word);
    return Math.max(0, Math.min(end - 1, number < 0 ? end + number : number === 0 ? end - 1 : number - 1));
  }
  for (let at = end - 1; at >= 0; at--) if (shell.history[at]?.startsWith(word)) return at;
  return undefined;
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** A name for a file that an editor gets, as mkstemp(3) makes them. */
export function temporaryPath(shell: Shell): string {
  let seed = shell.process.pid * 7919 + shell.commandNumber * 104_729 + Math.floor(shell.process.clock.now());
  let name = "";
  for (let n = 0; n < 6; n++) {
    name += LETTERS.charAt(seed % LETTERS.length);
    seed = Math.floor(seed / LETTERS.length) + n * 31;
  }
  return `/tmp/bash-fc.${name}`;
}

const fc: Builtin["run"] = async (shell, args, context) => {
  // "-5" is a place, not an option.
  const places = args.filter((word) => /^-\d+$/.test(word));
  const {
    options,
    rest: words,
    bad,
  } = parseOptions(
    args.filter((word) => !/^-\d+$/.test(word)),
    "e:lnrs",
  );
  if (bad !== undefined) return usage(shell, context, bad, USAGE);
  const rest = [...places, ...words];
  // Its own line has just been added where people type.
  const own = shell.interactive && /^\s*(?:builtin\s+)?fc\b/.test(shell.history.at(-1) ?? "") ? 1 : 0;
  const end = shell.history.length - own;
  if (end <= 0) {
    if (options.has("l")) return 0;
    return fail(shell, context, "no command found");
  }
  if (options.has("s") || options.get("e") === "-") return again(shell, rest, end, context);
  const list = options.has("l");
  const first = rest[0] === undefined ? (list ? Math.max(0, end - LISTED) : end - 1) : find(shell, rest[0], end);
  const last = rest[1] === undefined ? (list || rest[0] === undefined ? end - 1 : first) : find(shell, rest[1], end);
  if (first === undefined || last === undefined) return fail(shell, context, "no command found");
  const chosen = Array.from({ length: Math.abs(last - first) + 1 }, (_, i) => (first <= last ? first + i : first - i));
  if (options.has("r")) chosen.reverse();
  if (list) {
    await shell.out(
      chosen
        .map((at) => (options.has("n") ? `\t ${shell.history[at]}\n` : `${at + 1}\t ${shell.history[at]}\n`))
        .join(""),
    );
    return 0;
  }
  const { variables } = shell;
  const editor = options.get("e") ?? variables.get("FCEDIT") ?? variables.get("EDITOR") ?? "vi";
  const path = temporaryPath(shell);
  const { files } = shell.process;
  try {
    files.writeFile(path, chosen.map((at) => `${shell.history[at]}\n`).join(""), { mode: 0o600 });
    const status = await runText(shell, `${editor} ${quoteSingle(path)}`, { name: shell.source.name });
    if (status !== 0) return status;
    const text = files.readText(path);
    shell.history.length = end;
    await shell.write(2, text);
    for (const line of text.split("\n")) if (line !== "") addHistory(shell, line);
    return await runText(shell, text, { name: shell.source.name });
  } catch (error) {
    if (!isErrno(error)) throw error;
    return fail(shell, context, `${path}: ${error.message}`);
  } finally {
    files.remove(path, { force: true });
  }
};

async function again(
  shell: Shell,
  words: readonly string[],
  end: number,
  context: Parameters<Builtin["run"]>[2],
): Promise<number> {
  const replacements = words.filter((word) => /^[^=]+=/.test(word));
  const [place] = words.filter((word) => !/^[^=]+=/.test(word));
  const at = place === undefined ? end - 1 : find(shell, place, end);
  if (at === undefined) return fail(shell, context, "no command found");
  let text = shell.history[at] ?? "";
  for (const replacement of replacements) {
    const equals = replacement.indexOf("=");
    text = text.replaceAll(replacement.slice(0, equals), replacement.slice(equals + 1));
  }
  shell.history.length = end;
  await shell.write(2, `${text}\n`);
  addHistory(shell, text);
  return runText(shell, text, { name: shell.source.name });
}

export const FIX_BUILTINS: Readonly<Record<string, Builtin>> = { fc: { run: fc, bashOnly: true } };
