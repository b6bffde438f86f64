/** What this git writes the host's git reads, and the other way round. Skipped where the host has none. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../clock/index.ts";
import {
  directory,
  type FileApi,
  type FileTree,
  file,
  memoryFileSystem,
  merged,
  standardRootTree,
} from "../../index.ts";
import { shellPrograms } from "../../shell/index.ts";
import { testMachine } from "../../testing.test-helper.ts";
import { toolPrograms } from "../index.ts";

const programs = Object.fromEntries([...toolPrograms, ...shellPrograms]);
const names = Object.keys(programs).filter((name) => !name.includes("/"));
const prelude = readFileSync(new URL("conformance/prelude.sh", import.meta.url), "utf8");
const config = readFileSync(new URL("conformance/gitconfig", import.meta.url), "utf8");
const env = { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };

const LIFE = `${prelude}
fork; git merge topic; w a 'both\\n'; git add a; tick; git commit -q --no-edit
git tag -a v1 -m one; git mv b c; w s/t/u 'x\\n'; mkdir -p s/t; w s/t/u 'deep\\n'; chmod +x a; ln -s a l; c more
w a 'stashed\\n'; tick; git stash -q; git branch other HEAD~1; git switch -q other; w o 'o\\n'; c other; git switch -q main
`;

async function ours(
  script: string,
  files: Parameters<typeof directory>[0] = {},
): Promise<{ output: string; errors: string; files: FileApi }> {
  const clock = virtualClock();
  const tree = merged(
    standardRootTree(names),
    directory({ "work/repo": directory({}), "work/home/.gitconfig": config, ...files }),
  );
  const { run, machine } = testMachine(programs, { clock, root: memoryFileSystem({ clock, tree }) });
  const { child, output, errors } = run(["bash", "-c", script], {
    cwd: "/work/repo",
    env: { ...env, HOME: "/work/home" },
  });
  let done = false;
  void child.exited.then(() => {
    done = true;
  });
  await clock.runUntil(() => done, 60_000);
  return { output: output(), errors: errors(), files: machine.files };
}

function host(script: string, cwd: string): string {
  const result = spawnSync("/bin/bash", ["-c", script], {
    cwd,
    env: { ...env, HOME: join(cwd, ".."), GIT_CONFIG_NOSYSTEM: "1", NODE_ENV: "test" },
  });
  return result.stdout.toString() + result.stderr.toString();
}

function exported(files: FileApi, from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const { name, type } of files.list(from)) {
    const [source, target] = [`${from}/${name}`, join(to, name)];
    if (type === "directory") exported(files, source, target);
    else if (type === "symlink") spawnSync("ln", ["-s", files.readLink(source), target]);
    else {
      writeFileSync(target, files.readFile(source));
      chmodSync(target, files.stat(source).mode);
    }
  }
}

function imported(from: string, to: string, into: Record<string, FileTree> = {}): Record<string, FileTree> {
  for (const name of readdirSync(from)) {
    if (name === "hooks") continue;
    const path = join(from, name);
    const stat = statSync(path);
    if (stat.isDirectory() && readdirSync(path).length === 0) into[`${to}/${name}`] = directory({});
    else if (stat.isDirectory()) imported(path, `${to}/${name}`, into);
    else into[`${to}/${name}`] = file(readFileSync(path), stat.mode & 0o777);
  }
  return into;
}

const hasGit = spawnSync("git", ["--version"]).status === 0;

describe.skipIf(!hasGit)("repositories go both ways", () => {
  const folder = () => mkdtempSync(join(tmpdir(), "repositories-"));

  it("the host's git finds nothing wrong with what this one wrote", async () => {
    const made = await ours(`${LIFE} git log --oneline --all; git status -s; git cat-file -p HEAD`);
    const directory = folder();
    try {
      exported(made.files, "/work/repo", join(directory, "repo"));
      const repo = join(directory, "repo");
      expect(host("git fsck --strict --no-dangling 2>&1", repo)).toBe("");
      expect(host("git status -s; git stash list", repo)).toBe(
        "stash@{0}: WIP on main: ".concat(host("git stash list", repo).slice("stash@{0}: WIP on main: ".length)),
      );
      expect(host("git log --oneline --all; git status -s; git cat-file -p HEAD", repo)).toBe(
        made.output.slice(made.output.indexOf("\n", made.output.indexOf("Automatic merge failed")) + 1),
      );
      expect(host("git gc -q; git fsck --strict --no-dangling; git log --format=%H -1 v1", repo)).toMatch(
        /^[0-9a-f]{40}\n$/,
      );
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it.each([
    ["loose objects", ""],
    ["packs with deltas and packed references", "git gc -q; "],
  ])("this git reads what the host's wrote: %s", async (_, packing) => {
    const directory = folder();
    try {
      const repo = join(directory, "repo");
      mkdirSync(repo);
      writeFileSync(join(directory, ".gitconfig"), config);
      host(
        `${prelude} repo; for i in 1 2 3 4; do seq 1 400 > big; w n "$i\\n"; cat n >> big; c "big $i"; done; git tag -a v1 -m one; ${packing}`,
        repo,
      );
      const questions =
        "git log --stat; git show v1; git cat-file -p HEAD~2:big | md5sum; git ls-files -s; git status -s; git branch -v; git tag -n";
      const answer = host(questions, repo);
      const mine = await ours(questions, imported(repo, "work/repo"));
      expect(mine.output + mine.errors).toBe(answer);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
