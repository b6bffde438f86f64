/**
 * Every command and flag of the real kubectl is here, with its letter, default and kind of value, and no other:
 * against what the real one's help and its refusals said (recorded/flags.json), and where this machine has the binary
 * against its help as it is.
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import type { Command } from "../../../lib/kubectl/command.ts";
import { ROOT } from "../../../lib/kubectl/commands/index.ts";
import { GLOBAL_FLAGS } from "../../../lib/kubectl/flags/common.ts";
import type { FlagDefinition, FlagType } from "../../../lib/kubectl/flags/parse.ts";
import { defaultText } from "../../../lib/kubectl/help.ts";
import { kubectlBinaries } from "../../integration/kubectl-binaries.ts";

/** Name, letter, default as shown, kind of value, and "bare" where it may stand without one. */
type Fact = readonly [name: string, letter: string, shown: string, kind: string, bare?: string];
interface CommandFacts {
  readonly commands?: readonly string[];
  readonly flags: readonly Fact[];
  /** Flags that the help does not show, which are there all the same. */
  readonly hidden?: readonly (readonly [name: string, kind: string])[];
}
interface Facts {
  readonly binary: string;
  readonly global: readonly Fact[];
  readonly commands: Readonly<Record<string, CommandFacts>>;
}
const facts = JSON.parse(readFileSync(new URL("./recorded/flags.json", import.meta.url), "utf8")) as Facts;

const KINDS: Partial<Record<FlagType, string>> = {
  bool: "bool",
  int: "int",
  int32: "int",
  int64: "int",
  duration: "duration",
  pairs: "pairs",
  tristate: "bool",
  labels: "vmodule",
  modules: "vmodule",
};

function factOf(flag: FlagDefinition): Fact {
  const kind = KINDS[flag.type] ?? "text";
  const bare =
    flag.bare !== undefined && !["bool", "tristate"].includes(flag.type) ? (["bare"] as const) : ([] as const);
  return [flag.name, flag.shorthand ?? "", defaultText(flag), kind, ...bare];
}
const byName = (a: Fact, b: Fact): number => (a[0] < b[0] ? -1 : 1);

/** Commands that only our tree has as such: a real one has them built in, or shows them nowhere. */
const BUILT_IN = new Set(["help", "options", "alpha"]);
/** What only an environment variable brings forth. */
const BEHIND_A_GATE: readonly string[] = ["apply --applyset"];

function commandsOf(command: Command, path: readonly string[] = []): (readonly [path: string, command: Command])[] {
  const below = (command.subcommands ?? []).filter((sub) => path.length > 0 || !BUILT_IN.has(sub.name));
  return [[path.join(" "), command], ...below.flatMap((sub) => commandsOf(sub, [...path, sub.name]))];
}
const OURS = new Map(commandsOf(ROOT));

const own = (path: string): FlagDefinition[] =>
  (OURS.get(path)?.flags ?? []).filter((flag) => !BEHIND_A_GATE.includes(`${path} --${flag.name}`));
const isHidden = (flag: FlagDefinition): boolean => flag.hidden === true || flag.deprecated !== undefined;

describe("commands and flags", () => {
  it(`has all commands of ${facts.binary} and no others`, () => {
    expect([...OURS.keys()].sort()).toEqual(Object.keys(facts.commands).sort());
  });
  it("has the flags of all commands", () => {
    expect(GLOBAL_FLAGS.map(factOf).sort(byName)).toEqual([...facts.global].sort(byName));
  });
  it.each(Object.entries(facts.commands))(
    "has the flags of kubectl %s, with letters, defaults and kinds",
    (path, fact) => {
      const flags = own(path);
      expect(
        flags
          .filter((flag) => !isHidden(flag))
          .map(factOf)
          .sort(byName),
      ).toEqual([...fact.flags].sort(byName));
      expect(flags.filter(isHidden).map((flag) => [flag.name, factOf(flag)[3]])).toEqual(fact.hidden ?? []);
    },
  );
});

const [binary] = kubectlBinaries();
const run = promisify(execFile);

async function helpOf(words: readonly string[]): Promise<readonly (readonly [string, string, string])[]> {
  const { stdout } = await run(binary?.path ?? "", [...words], {
    env: { ...process.env, HOME: "/nowhere", KUBECONFIG: "/dev/null" },
  });
  return [...stdout.matchAll(/^ {4}(?:-(\w), | {4})?--([\w-]+)=(.*):$/gm)].map(
    ([, letter, name, shown]) => [name ?? "", letter ?? "", (shown ?? "").replace("/nowhere", "~")] as const,
  );
}

describe.skipIf(binary?.name !== facts.binary)("the recorded facts", () => {
  it("are those of the binary on this machine", { timeout: 120_000 }, async () => {
    expect(await helpOf(["options"])).toEqual(facts.global.map(([name, letter, shown]) => [name, letter, shown]));
    for (const [path, { flags }] of Object.entries(facts.commands)) {
      const said = await helpOf([...path.split(" ").filter((word) => word !== ""), "--help"]);
      expect([path, said]).toEqual([path, flags.map(([name, letter, shown]) => [name, letter, shown])]);
    }
  });
});
