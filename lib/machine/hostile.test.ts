import { describe, expect, it } from "vitest";
import { FAULT, runFuzz, runKeys, treeWith } from "./fuzz.test-helper.ts";
import { CONSTANT_TOOLS, HOSTILE_FILES, HOSTILE_SCREENS, HOSTILE_TOOLS, sameProgram } from "./hostile.test-helper.ts";
import { toolPrograms } from "./tools/index.ts";

const tree = treeWith(HOSTILE_FILES);
/** Much work, on machines that may be busy. */
const PATIENCE_MS = 120_000;
/** A script that a tool does not even begin is hostile to nobody. */
const REFUSED = /command not found|invalid option|unrecognized option|not available here|No such file or directory/;
/** A slice of a virtual clock: less may never have been asked for. */
const A_SLICE = 4_000;

/** They do nothing but read and write, which pay for themselves, and little for a byte. */
const MOVES_BYTES = new Set(["nc", "busybox/nc", "ncat"]);

describe("every tool that loops is given hostile input", () => {
  it("and every tool is known as one that does, or as one that does not", () => {
    const unknown = [...toolPrograms.keys()].filter((name) => {
      const known = sameProgram(name);
      return !HOSTILE_TOOLS.has(known) && !HOSTILE_SCREENS.has(known) && !CONSTANT_TOOLS.has(known);
    });
    expect(unknown).toEqual([]);
    for (const table of [HOSTILE_TOOLS.keys(), HOSTILE_SCREENS.keys(), CONSTANT_TOOLS])
      for (const name of table) expect(toolPrograms.has(name), name).toBe(true);
  });

  it.each([...HOSTILE_TOOLS])(
    "%s: it is begun, paid for, and leads to no fault",
    async (name, scripts) => {
      let most = 0;
      for (const script of scripts) {
        const { units, errors } = await runFuzz(script, tree);
        expect(errors, script).not.toMatch(FAULT);
        expect(errors, script).not.toMatch(REFUSED);
        most = Math.max(most, units);
      }
      if (!MOVES_BYTES.has(name)) expect(most).toBeGreaterThanOrEqual(A_SLICE);
    },
    PATIENCE_MS,
  );

  it.each([...HOSTILE_SCREENS])(
    "%s: keys are answered, and it ends when it is told to",
    async (_, scripts) => {
      for (const [script, keys] of scripts) {
        const { errors, code } = await runKeys(script, keys, tree);
        expect(errors, script).not.toMatch(FAULT);
        expect(errors.length, script).toBeGreaterThan(0);
        expect(code, script).toBeDefined();
      }
    },
    PATIENCE_MS,
  );
});

describe("limits answer as Unix would", () => {
  it.each([
    ["/usr/bin/true $(head -c 3000000 /dev/zero | tr '\\0' a)", /Argument list too long/],
    ["/usr/bin/true {1..60000}{1..20}", /Argument list too long|brace expansion/],
    ["export X=$(head -c 200000 /dev/zero | tr '\\0' a); /usr/bin/true", /Argument list too long/],
    ["dd if=/dev/zero of=x bs=1 count=1 seek=9000000000000000", /File too large|Invalid argument/],
    ["dd if=/dev/zero of=x bs=1M count=64", /No space left on device/],
    ["dd if=/dev/zero of=x bs=1 count=1 seek=100000000", /No space left on device/],
    ["touch $(head -c 300 /dev/zero | tr '\\0' a)", /File name too long/],
    ["touch $(printf 'a/%.0s' {1..3000})", /File name too long/],
    ["ln -s a b; ln -s b a; cat a", /Too many levels of symbolic links/],
    ["for i in {1..1100}; do exec {fd}< big; done", /big: Too many open files/],
    ["for i in {1..60}; do sleep 100 & done", /fork: .*Resource temporarily unavailable/],
    ["tr '\\n' x < /dev/zero | sort", /Killed|memory exhausted/],
    ["awk 'BEGIN { while (1) x[y++] = \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" }'", /^$|Killed/],
  ])("%s", async (script, words) => {
    expect((await runFuzz(`${script}; :`, tree)).errors).toMatch(words);
  });
});

describe("what is unpacked stays where it is unpacked", () => {
  const SAFE = "echo mine > /work/victim; mkdir -p in/deep; cd in/deep; ";
  it.each([
    ["patch", "printf -- '--- ../../victim\\n+++ ../../victim\\n@@ -1 +1 @@\\n-mine\\n+yours\\n' | patch"],
    [
      "tar",
      "mkdir x; cd x; echo yours > victim; tar cPf ../x.tar ../../../victim ../x/victim 2> /dev/null; cd ..; tar xf x.tar",
    ],
  ])("%s", async (_, script) => {
    const { errors } = await runFuzz(`${SAFE}${script} > /dev/null 2>&1 < /dev/null; cat /work/victim >&2`, tree);
    expect(errors).toBe("mine\n");
  });
});
