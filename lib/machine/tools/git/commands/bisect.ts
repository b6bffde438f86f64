/** git bisect: the first commit that is bad, found by halving (builtin/bisect--helper.c, bisect.c). */
import type { Git } from "../context.ts";
import { failed, fatal, GitFailure, plainly } from "../failure.ts";
import { type Commit, type Oid, subjectOf } from "../objects.ts";
import { optionTable, parseOptions } from "../options.ts";
import { commitOf, resolveRevision } from "../revision.ts";
import { ancestors, isAncestor, mergeBases } from "../walk.ts";
import { checkout } from "./checkout.ts";
import { log } from "./log.ts";
import { show } from "./show.ts";

const USAGE = `usage: git bisect [help|start|bad|good|new|old|terms|skip|next|reset|visualize|view|replay|log|run]
`;
const REFS = "refs/bisect/";

interface Terms {
  readonly bad: string;
  readonly good: string;
}

function termsOf(git: Git): Terms {
  const [bad, good] = (git.repository.readState("BISECT_TERMS") ?? "bad\ngood\n").split("\n");
  return { bad: bad || "bad", good: good || "good" };
}

const running = (git: Git) => git.repository.readState("BISECT_START") !== undefined;

export async function bisect(git: Git, words: readonly string[]): Promise<number> {
  const [verb, ...rest] = words;
  void git.repository.tree;
  if (verb === undefined) {
    await git.print(USAGE);
    return 1;
  }
  if (verb === "start") return start(git, rest);
  if (verb === "reset") return reset(git, rest);
  if (verb === "help" || verb === "-h") {
    await git.print(USAGE);
    return 0;
  }
  if (["replay", "terms"].includes(verb)) throw fatal(`git bisect ${verb} is not available here`);
  if (!running(git)) {
    if (verb === "log") throw failed("We are not bisecting.");
    if (!["bad", "good", "new", "old", "skip", "next", "run", "visualize", "view"].includes(verb))
      throw plainly(USAGE.trimEnd(), 1);
    throw plainly('You need to start by "git bisect start"\n\n', 1);
  }
  const terms = termsOf(git);
  if (verb === "log") {
    await git.print(git.repository.readState("BISECT_LOG") ?? "");
    return 0;
  }
  if (verb === "visualize" || verb === "view") {
    const good = goods(git).map(({ oid }) => `^${oid}`);
    const bad = git.repository.refs.resolve(REFS + terms.bad);
    return log(git, [...rest, ...(bad === undefined ? [] : [bad]), ...good]);
  }
  if (verb === "run") return run(git, rest);
  if (verb === "next") return next(git);
  if (verb === "skip") return mark(git, "skip", rest);
  const named = { bad: "bad", good: "good", new: "new", old: "old" }[verb] ?? verb;
  if (named !== terms.bad && named !== terms.good) {
    const fresh = git.repository.readState("BISECT_TERMS") === undefined;
    if (fresh && (named === "new" || named === "old")) writeTerms(git, { bad: "new", good: "old" });
    else if (["bad", "good", "new", "old"].includes(named))
      throw failed(`Invalid command: you're currently in a ${terms.bad}/${terms.good} bisect`);
    else throw plainly(USAGE.trimEnd(), 1);
  } else if (git.repository.readState("BISECT_TERMS") === undefined) writeTerms(git, terms);
  return mark(git, named, rest);
}

function writeTerms(git: Git, terms: Terms): void {
  git.process.files.writeFile(`${git.repository.gitDir}/BISECT_TERMS`, `${terms.bad}\n${terms.good}\n`);
}

const goods = (git: Git) => git.repository.refs.list(`${REFS}${termsOf(git).good}-`);

function note(git: Git, text: string): void {
  git.process.files.writeFile(`${git.repository.gitDir}/BISECT_LOG`, text, { append: true });
}

async function noteMark(git: Git, kind: string, oid: Oid): Promise<void> {
  const subject = subjectOf((await git.repository.objects.commit(oid)).message);
  note(git, `# ${kind}: [${oid}] ${subject}\n`);
}

const quoted = (words: readonly string[]) => words.map((word) => ` '${word.replaceAll("'", "'\\''")}'`).join("");

async function start(git: Git, words: readonly string[]): Promise<number> {
  const { repository } = git;
  const { refs } = repository;
  const dashes = words.indexOf("--");
  const before = dashes === -1 ? words : words.slice(0, dashes);
  const options = parseOptions(
    optionTable("no-checkout", "first-parent", "term-new=", "term-bad=", "term-old=", "term-good="),
    before,
    {
      usage: USAGE,
      unknown: (word) => failed(`unrecognized option: '${word}'`),
    },
  );
  for (const name of ["no-checkout", "first-parent"])
    if (options.has(name)) throw fatal(`--${name} is not available here`);
  const oids: Oid[] = [];
  let paths = dashes === -1 ? [] : words.slice(dashes + 1);
  for (const [index, word] of options.args.entries()) {
    const oid = await resolveRevision(repository, word);
    if (oid === undefined) {
      if (dashes !== -1) throw failed(`'${word}' does not appear to be a valid revision`);
      paths = options.args.slice(index);
      break;
    }
    oids.push(await commitOf(repository, word));
  }
  if (paths.length > 0) throw fatal("a bisection of paths is not available here");
  const head = refs.resolve("HEAD");
  if (head === undefined) throw failed("bad HEAD - I need a HEAD");
  const from = running(git) ? (repository.readState("BISECT_START") as string).trim() : (refs.branch ?? head);
  if (running(git)) {
    const status = await checkout(git, ["-q", from, "--"]);
    if (status !== 0) throw failed(`checking out '${from}' failed. Try 'git bisect start <valid-branch>'.`);
  }
  clean(git);
  const bad = options.value("term-new") ?? options.value("term-bad");
  const good = options.value("term-old") ?? options.value("term-good");
  const terms = { bad: bad ?? "bad", good: good ?? "good" };
  const { files } = git.process;
  files.writeFile(`${repository.gitDir}/BISECT_START`, `${from}\n`);
  files.writeFile(`${repository.gitDir}/BISECT_NAMES`, "\n");
  if (bad !== undefined || good !== undefined || oids.length > 0) writeTerms(git, terms);
  for (const [index, oid] of oids.entries()) {
    const kind = index === 0 ? terms.bad : terms.good;
    refs.update(index === 0 ? REFS + terms.bad : `${REFS}${terms.good}-${oid}`, oid, "");
    await noteMark(git, kind, oid);
  }
  note(git, `git bisect start${quoted(words)}\n`);
  return autoNext(git);
}

/** Everything that tells of a bisection goes. */
function clean(git: Git): void {
  const { refs } = git.repository;
  for (const { name } of refs.list(REFS)) refs.delete(name);
  git.repository.dropState(
    "BISECT_EXPECTED_REV",
    "BISECT_ANCESTORS_OK",
    "BISECT_LOG",
    "BISECT_NAMES",
    "BISECT_TERMS",
    "BISECT_START",
    "BISECT_RUN",
  );
}

async function reset(git: Git, words: readonly string[]): Promise<number> {
  if (words.length > 1) throw failed("'git bisect reset' requires either no argument or a commit");
  const { repository } = git;
  if (words.length === 0 && !running(git)) {
    await git.print("We are not bisecting.\n");
    return 0;
  }
  const to = words[0] ?? (repository.readState("BISECT_START") as string).trim();
  if ((await resolveRevision(repository, to)) === undefined) throw failed(`'${to}' is not a valid commit`);
  const status = await checkout(git, [to, "--"]);
  if (status !== 0) return status;
  clean(git);
  return 0;
}

async function mark(git: Git, kind: string, words: readonly string[]): Promise<number> {
  const { repository } = git;
  const { refs } = repository;
  const terms = termsOf(git);
  if (kind === terms.bad && words.length > 1) throw failed(`'git bisect ${terms.bad}' can take only one argument.`);
  const oids: Oid[] = [];
  for (const word of words.length === 0 ? ["HEAD"] : words)
    oids.push(await commitOf(repository, word, () => failed(`Bad rev input: ${word}`)));
  for (const oid of oids) {
    refs.update(kind === terms.bad ? REFS + kind : `${REFS}${kind}-${oid}`, oid, "");
    await noteMark(git, kind, oid);
    note(git, `git bisect ${kind} ${oid}\n`);
  }
  return autoNext(git);
}

async function status(git: Git, text: string): Promise<number> {
  note(git, `# ${text}\n`);
  await git.print(`${text}\n`);
  return 0;
}

async function autoNext(git: Git): Promise<number> {
  const terms = termsOf(git);
  const bad = git.repository.refs.resolve(REFS + terms.bad);
  const known = goods(git).length;
  if (bad === undefined && known === 0) return status(git, `status: waiting for both good and bad commits`);
  if (bad === undefined)
    return status(git, `status: waiting for bad commit, ${known} good commit${known === 1 ? "" : "s"} known`);
  if (known === 0) return status(git, "status: waiting for good commit(s), bad commit known");
  return next(git);
}

interface Suspect {
  readonly commit: Commit;
  /** How many of the suspects it reaches, itself among them. */
  readonly weight: number;
}

/** Commits that are still in question with how many of them each reaches. */
async function suspects(git: Git, bad: Oid, good: readonly Oid[]): Promise<Suspect[]> {
  const { repository } = git;
  const innocent = await ancestors(repository, good);
  const all = [...(await ancestors(repository, [bad]))].filter((oid) => !innocent.has(oid));
  if (all.length > 5000) throw fatal("so many commits cannot be bisected here");
  const open = new Set(all);
  const out = [];
  for (const oid of all) {
    const reached = [...(await ancestors(repository, [oid]))].filter((each) => open.has(each)).length;
    out.push({ commit: await repository.objects.commit(oid), weight: reached });
  }
  return out.sort((a, b) => b.commit.committer.time - a.commit.committer.time);
}

/** The suspects by how well they halve the rest, the best first; without `every` one that is about half-way is enough. */
function halving(all: readonly Suspect[], every: boolean): Suspect[] {
  const size = all.length;
  const oldest = [...all].reverse();
  const known = new Set(all.map(({ commit }) => commit.oid));
  const value = ({ weight }: Suspect) => Math.min(weight, size - weight);
  const halfway = ({ weight }: Suspect) => Math.abs(2 * weight - size) <= Math.max(1, Math.ceil(size / 1024) - 1);
  const parents = ({ commit }: Suspect) => commit.parents.filter((oid) => known.has(oid)).length;
  if (!every) {
    // Merges are weighed first, then those with one parent in question.
    const found =
      oldest.find((each) => parents(each) > 1 && halfway(each)) ??
      oldest.find((each) => parents(each) === 1 && halfway(each));
    if (found !== undefined) return [found];
    let best = oldest[0] as Suspect;
    for (const each of oldest) if (value(each) > value(best)) best = each;
    return [best];
  }
  return oldest.sort((a, b) => value(b) - value(a) || (a.commit.oid < b.commit.oid ? -1 : 1));
}

const PRN_MODULO = 32_768;

/** Away from those that could not be tested, by upstream's own pseudo-random step (bisect.c, skip_away). */
function past(ranked: readonly Suspect[], skipped: ReadonlySet<Oid>, bad: Oid): Suspect {
  const first = ranked[0] as Suspect;
  if (!skipped.has(first.commit.oid)) return first;
  const open = ranked.filter(({ commit }) => !skipped.has(commit.oid));
  const step = (Math.imul(open.length, 1_103_515_245) + 12_345) >>> 0;
  const number = Math.floor(step / 65_536) % PRN_MODULO;
  const root = (value: number) => Math.floor(Math.sqrt(value));
  const index = Math.floor((Math.floor((open.length * number) / PRN_MODULO) * root(number)) / root(PRN_MODULO));
  const chosen = open[index];
  if (chosen === undefined) return open[0] ?? first;
  if (chosen.commit.oid !== bad) return chosen;
  return open[index - 1] ?? (open[0] as Suspect);
}

/** About how many steps are left (bisect.c, estimate_bisect_steps). */
function stepsFor(all: number): number {
  if (all < 3) return 0;
  const n = Math.floor(Math.log2(all));
  const e = 2 ** n;
  return e < 3 * (all - e) ? n : n - 1;
}

async function next(git: Git): Promise<number> {
  const { repository } = git;
  const { refs } = repository;
  const terms = termsOf(git);
  const bad = refs.resolve(REFS + terms.bad);
  const good = goods(git).map(({ oid }) => oid);
  if (bad === undefined || good.length === 0) return autoNext(git);
  for (const oid of good) {
    if (!(await isAncestor(repository, oid, bad))) {
      if (await isAncestor(repository, bad, oid)) {
        await git.say(
          `Some ${terms.good} revs are not ancestors of the ${terms.bad} rev.\ngit bisect cannot work properly in this case.\nMaybe you mistook ${terms.good} and ${terms.bad} revs?\n`,
        );
        return 1;
      }
      const [base] = await mergeBases(repository, oid, bad);
      if (base !== undefined && !good.includes(base)) {
        await git.print(`Bisecting: a merge base must be tested\n`);
        return checkOut(git, base);
      }
    }
  }
  const skipped = new Set(refs.list(`${REFS}skip-`).map(({ oid }) => oid));
  const all = await suspects(git, bad, good);
  if (all.length === 0) {
    await git.print(`${bad} was both ${terms.good} and ${terms.bad}\n`);
    return 1;
  }
  if (all.length === 1) {
    await git.print(`${bad} is the first ${terms.bad} commit\n`);
    await show(git, [
      "--pretty=medium",
      "--stat",
      "--summary",
      "--no-abbrev-commit",
      "--diff-merges=first-parent",
      bad,
    ]);
    note(git, `# first ${terms.bad} commit: [${bad}] ${subjectOf((await repository.objects.commit(bad)).message)}\n`);
    return 0;
  }
  const ranked = halving(all, skipped.size > 0);
  if (ranked.every(({ commit }) => skipped.has(commit.oid) || commit.oid === bad)) {
    await git.print(
      `There are only 'skip'ped commits left to test.\nThe first ${terms.bad} commit could be any of:\n${all.map(({ commit }) => `${commit.oid}\n`).join("")}We cannot bisect more!\n`,
    );
    note(git, `# only skipped commits left to test\n`);
    for (const { commit } of all)
      note(git, `# possible first ${terms.bad} commit: [${commit.oid}] ${subjectOf(commit.message)}\n`);
    return 2;
  }
  const [best] = ranked as [Suspect, ...Suspect[]];
  const left = all.length - best.weight - 1;
  const steps = stepsFor(all.length);
  await git.print(
    `Bisecting: ${left} revision${left === 1 ? "" : "s"} left to test after this (roughly ${steps} step${steps === 1 ? "" : "s"})\n`,
  );
  return checkOut(git, past(ranked, skipped, bad).commit.oid);
}

async function checkOut(git: Git, oid: Oid): Promise<number> {
  const { repository } = git;
  repository.process.files.writeFile(`${repository.gitDir}/BISECT_EXPECTED_REV`, `${oid}\n`);
  const code = await checkout(git, ["-q", oid, "--"]);
  if (code !== 0) return code;
  await git.print(`[${oid}] ${subjectOf((await repository.objects.commit(oid)).message)}\n`);
  return 0;
}

async function run(git: Git, words: readonly string[]): Promise<number> {
  const terms = termsOf(git);
  if (words.length === 0) throw failed("'git bisect run' failed: no command provided.");
  if (git.repository.refs.resolve(REFS + terms.bad) === undefined || goods(git).length === 0)
    return autoNext(git) as Promise<number>;
  for (;;) {
    const { repository } = git;
    await git.print(`running ${quoted(words)}\n`);
    await git.out.flush();
    const child = git.process.spawn({
      argv: ["sh", "-c", `${words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ")}`],
    });
    const { code } = await child.exited;
    if (code < 0 || code >= 128)
      throw failed(`bisect run failed: exit code ${code} from ${quoted(words)} is < 0 or >= 128`, code);
    const kind = code === 125 ? "skip" : code === 0 ? terms.good : terms.bad;
    const before = repository.readState("BISECT_LOG") ?? "";
    const result = await mark(git, kind, []);
    const after = (repository.readState("BISECT_LOG") ?? "").slice(before.length);
    if (after.includes(`# first ${terms.bad} commit`)) {
      await git.print(`bisect found first ${terms.bad} commit`);
      return 0;
    }
    if (after.includes("only skipped commits left")) {
      await git.say("bisect run cannot continue any more\n");
      return 2;
    }
    if (result !== 0)
      throw new GitFailure(
        `bisect run failed:'bisect--helper --bisect-state ${kind}' exited with error code ${result}`,
        result,
        "error: ",
      );
  }
}
