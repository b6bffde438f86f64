/** git reflog: what references were. */
import type { Git } from "../context.ts";
import { fatal } from "../failure.ts";
import { optionTable, parseOptions } from "../options.ts";
import { showDate } from "../person.ts";
import { decorations, decorationText, expandFormat, type PrettyContext, parseFormat } from "../pretty.ts";
import { fullRef } from "../revision.ts";

const USAGE = `usage: git reflog [show] [<log-options>] [<ref>]
   or: git reflog expire [--expire=<time>] [--expire-unreachable=<time>]
   or: git reflog delete [--rewrite] [--updateref]
   or: git reflog exists <ref>
`;

const OPTIONS = optionTable(
  "n|max-count=",
  "date=",
  "oneline",
  "format=",
  "pretty=",
  "abbrev-commit",
  "decorate=?",
  "color=?",
  "skip=",
);

export async function reflog(git: Git, words: readonly string[]): Promise<number> {
  const { repository } = git;
  const [verb] = words;
  if (verb === "expire" || verb === "delete") throw fatal(`git reflog ${verb} is not available here`);
  if (verb === "exists") return words[1] !== undefined && repository.refs.hasLog(words[1]) ? 0 : 1;
  const options = parseOptions(OPTIONS, verb === "show" ? words.slice(1) : words, {
    usage: USAGE,
    number: "max-count",
    unknown: (word) => fatal(`unrecognized argument: ${word}`),
  });
  const given = options.args[0] ?? "HEAD";
  const full = fullRef(repository, given);
  if (full === undefined) {
    const head = repository.refs.branch;
    if (given === "HEAD" && head !== undefined)
      throw fatal(`your current branch '${head}' does not have any commits yet`);
    throw fatal(
      `ambiguous argument '${given}': unknown revision or path not in the working tree.\nUse '--' to separate paths from revisions, like this:\n'git <command> [<revision>...] -- [<file>...]'`,
    );
  }
  const colors = git.colors("diff", options.has("color") ? (options.value("color") ?? "") : undefined);
  const date = options.value("date");
  const formatText = options.value("format") ?? options.value("pretty");
  const decorates = options.has("decorate") || (!options.denied("decorate") && git.process.isTerminal(1));
  const names = decorates || /%[dD]/.test(formatText ?? "") ? await decorations(git) : undefined;
  const context: PrettyContext = {
    git,
    colors,
    decorations: names,
    decorateFull: false,
    abbreviate: true,
    date: date ?? "default",
  };
  const log = repository.refs.logOf(full).reverse();
  const most = Number(options.value("max-count") ?? log.length);
  for (const [index, entry] of log.slice(0, most).entries()) {
    await git.spend(5);
    const at = date === undefined ? String(index) : showDate(entry.who, date, git.now);
    const selector = `${given}@{${at}}`;
    if (formatText !== undefined) {
      const format = parseFormat(git, formatText);
      if (format.name !== "user") throw fatal(`the format '${formatText}' is not available for a reflog here`);
      const replaced = format.text
        .replaceAll("%gd", selector)
        .replaceAll("%gs", entry.message)
        .replaceAll("%gD", selector)
        .replaceAll("%gn", entry.who.name)
        .replaceAll("%ge", entry.who.email);
      await git.print(`${expandFormat(context, replaced, await repository.objects.commit(entry.after))}\n`);
      continue;
    }
    const short = repository.objects.abbreviate(entry.after);
    const text = names === undefined ? "" : decorationText(names, entry.after, colors);
    const shown = text === "" ? "" : colors.paint("diff.commit", " (") + text + colors.paint("diff.commit", ")");
    await git.print(`${colors.paint("diff.commit", short)}${shown} ${selector}: ${entry.message}\n`);
  }
  return 0;
}
