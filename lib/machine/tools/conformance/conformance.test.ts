/** What scripts print with the real tools: recorded by scripts/record-tools.mjs (gnu.json: coreutils 9, grep 3, sed 4, findutils 4). */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { virtualClock } from "../../../clock/index.ts";
import { baseRoots } from "../../../images/base/roots.ts";
import { directory, memoryFileSystem, merged, standardRootTree } from "../../index.ts";
import { shellPrograms } from "../../shell/index.ts";
import { testMachine } from "../../testing.test-helper.ts";
import { toolPrograms } from "../index.ts";
import files from "./files.json" with { type: "json" };

interface Recorded {
  readonly script: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

const programs = Object.fromEntries([...toolPrograms, ...shellPrograms]);
const tree = merged(
  standardRootTree(Object.keys(programs).filter((name) => !name.includes("/"))),
  directory(Object.fromEntries(Object.entries(files).map(([path, content]) => [`work/${path}`, content]))),
);
const { busybox } = baseRoots(new Map(Object.entries(programs)));
const groups = readdirSync(new URL(".", import.meta.url))
  .filter((name) => name.endsWith(".json") && name !== "files.json")
  .map((name) => name.slice(0, -".json".length));

/** What the first line of a group's scripts may say of all of them. */
interface Kind {
  /** Run once (`shared`), else before each script. */
  readonly setup?: string;
  /** The scripts change nothing: they follow each other on one machine. */
  readonly shared?: boolean;
  /** Default C.UTF-8. */
  readonly locale?: string;
  /** Who runs them. Default 0. */
  readonly uid?: number;
  /** In BusyBox's image, with its applets. */
  readonly busybox?: boolean;
}

function kindOf(group: string): Kind | undefined {
  const scripts = new URL(`${group}.txt`, import.meta.url);
  const [first = ""] = existsSync(scripts) ? readFileSync(scripts, "utf8").split("\n", 1) : [];
  return first.startsWith("#! ") ? (JSON.parse(first.slice(3)) as Kind) : undefined;
}

/** A machine of a group, and how to run a script on it. */
function boot(kind: Kind | undefined) {
  const clock = virtualClock();
  const uid = kind?.uid ?? 0;
  const place = directory({ t: directory({}, { uid, gid: uid }) }, { uid, gid: uid });
  const own = directory({ tmp: directory({ work: place }, { mode: 0o1777 }) });
  const base = kind === undefined ? tree : merged(kind.busybox ? busybox : tree, own);
  const { run, machine } = testMachine(programs, { clock, root: memoryFileSystem({ clock, tree: base }) });
  const home = kind === undefined ? "/work" : "/tmp/work/t";
  const env = {
    PATH: "/usr/bin:/bin",
    LC_ALL: kind === undefined ? "C" : (kind.locale ?? "C.UTF-8"),
    TZ: "UTC",
    HOME: home,
  };
  const play = async (script: string) => {
    const { child, output, errors } = run([kind?.busybox ? "sh" : "bash", "-c", script], {
      cwd: home,
      env,
      uid,
      gid: uid,
    });
    let status: number | undefined;
    void child.exited.then(({ code }) => {
      status = code;
    });
    await clock.runUntil(() => status !== undefined, 60_000);
    return { stdout: output(), stderr: errors(), exitCode: status };
  };
  return { play, machine };
}

describe.each(groups)("tools do as the real ones: %s", (group) => {
  const recorded = JSON.parse(readFileSync(new URL(`${group}.json`, import.meta.url), "utf8")) as readonly Recorded[];
  const kind = kindOf(group);
  let shared: Promise<ReturnType<typeof boot>> | undefined;
  const prepared = async () => {
    const box = boot(kind);
    if (kind?.setup !== undefined) await box.play(kind.setup);
    return box;
  };
  afterAll(async () => (await shared)?.machine.shutDown());
  it.each(recorded)("$script", async ({ script, stdout, stderr, exitCode }) => {
    if (kind?.shared) shared ??= prepared();
    const box = await (shared ?? boot(kind));
    const whole = kind?.setup === undefined || kind.shared ? script : `${kind.setup}\n${script}`;
    expect(await box.play(whole)).toEqual({ stdout, stderr, exitCode });
    if (shared === undefined) box.machine.shutDown();
  });
});
