/** git init. */
import { isErrno } from "../../../errno.ts";
import type { Git } from "../context.ts";
import { fatal } from "../failure.ts";
import { optionTable, parseOptions } from "../options.ts";
import { validRefName } from "../refs.ts";
import { absolute } from "../repository.ts";

const USAGE = `usage: git init [-q | --quiet] [--bare] [--template=<template-directory>]
                [--separate-git-dir <git-dir>] [--object-format=<format>]
                [-b <branch-name> | --initial-branch=<branch-name>]
                [--shared[=<permissions>]] [<directory>]
`;

const OPTIONS = optionTable(
  "template=",
  "bare",
  "shared=?",
  "q|quiet",
  "separate-git-dir=",
  "b|initial-branch=",
  "object-format=",
);

const HINT = `hint: Using 'master' as the name for the initial branch. This default branch name
hint: is subject to change. To configure the initial branch name to use in all
hint: of your new repositories, which will suppress this warning, call:
hint: 
hint: 	git config --global init.defaultBranch <name>
hint: 
hint: Names commonly chosen instead of 'master' are 'main', 'trunk' and
hint: 'development'. The just-created branch can be renamed via this command:
hint: 
hint: 	git branch -m <name>
`;

const EXCLUDE = `# git ls-files --others --exclude-from=.git/info/exclude
# Lines that start with '#' are comments.
# For a project mostly in C, the following would be a good set of
# exclude patterns (uncomment them if you want to use them):
# *.[oa]
# *~
`;

/** The files of a new repository. `again`: it was there already. */
export async function makeRepository(
  git: Git,
  gitDir: string,
  options: { readonly bare: boolean; readonly branch: string },
): Promise<{ readonly again: boolean }> {
  const { files } = git.process;
  const again = files.exists(`${gitDir}/HEAD`);
  await git.spend(100);
  for (const folder of [
    "",
    "/branches",
    "/hooks",
    "/info",
    "/objects",
    "/objects/info",
    "/objects/pack",
    "/refs",
    "/refs/heads",
    "/refs/tags",
  ]) {
    files.makeDirectory(`${gitDir}${folder}`, { recursive: true });
  }
  const once = (name: string, text: string) => {
    if (!files.exists(`${gitDir}/${name}`)) files.writeFile(`${gitDir}/${name}`, text);
  };
  once("HEAD", `ref: refs/heads/${options.branch}\n`);
  once(
    "config",
    `[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = ${options.bare}\n${options.bare ? "" : "\tlogallrefupdates = true\n"}`,
  );
  once("description", "Unnamed repository; edit this file 'description' to name the repository.\n");
  once("info/exclude", EXCLUDE);
  return { again };
}

export async function init(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(OPTIONS, words, { usage: USAGE });
  for (const name of ["template", "shared", "separate-git-dir"]) {
    if (options.has(name)) throw fatal(`--${name} is not available here`);
  }
  const format = options.value("object-format");
  if (format !== undefined && format !== "sha1") {
    throw fatal(
      format === "sha256" ? "the object format sha256 is not available here" : `unknown hash algorithm '${format}'`,
    );
  }
  if (options.args.length > 1) {
    await git.process.stderr.write(USAGE);
    return 129;
  }
  const { files } = git.process;
  const directory = absolute(git.process, options.args[0] ?? ".");
  try {
    files.makeDirectory(directory, { recursive: true });
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw fatal(`cannot mkdir ${options.args[0]}: ${error.message}`);
  }
  if (files.stat(directory).type !== "directory") throw fatal(`cannot mkdir ${options.args[0]}: File exists`);
  const bare = options.has("bare");
  const gitDir = bare ? directory : directory === "/" ? "/.git" : `${directory}/.git`;
  const asked = options.value("initial-branch");
  const configured = git.config.get("init.defaultbranch");
  const branch = asked ?? configured ?? "master";
  if (!validRefName(`refs/heads/${branch}`)) {
    throw fatal(
      asked === undefined
        ? `invalid branch name: init.defaultBranch = ${branch}`
        : `invalid initial branch name: '${branch}'`,
    );
  }
  const existed = files.exists(`${gitDir}/HEAD`);
  if (asked === undefined && configured === undefined && !existed) await git.process.stderr.write(HINT);
  let again: boolean;
  try {
    ({ again } = await makeRepository(git, gitDir, { bare, branch }));
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw fatal(
      `cannot mkdir ${gitDir}: ${error.message}`.replace(/^cannot mkdir (.*): /, (_, path: string) => `${path}: `),
    );
  }
  if (again && asked !== undefined)
    await git.process.stderr.write(`warning: re-init: ignored --initial-branch=${asked}\n`);
  if (!options.has("quiet")) {
    await git.print(`${again ? "Reinitialized existing" : "Initialized empty"} Git repository in ${gitDir}/\n`);
  }
  return 0;
}
