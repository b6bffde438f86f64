import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FAULT, runFuzz, shellInput, toolCommand } from "./fuzz.test-helper.ts";

/** Always the same inputs here; `npm run bench fuzz` takes new ones, and more. */
const SEED = 20_250_101;

describe("nothing a learner types leads to a fault of ours", () => {
  it.each([
    ["shell input", shellInput, 250],
    ["every tool", toolCommand, 350],
  ] as const)("%s", async (_, input, numRuns) => {
    await fc.assert(
      fc.asyncProperty(input, async (script) => {
        const { errors } = await runFuzz(script);
        expect(errors).not.toMatch(FAULT);
      }),
      { seed: SEED, numRuns, endOnFailure: true },
    );
  });
});

/** Work that is paid for lets others run; what is not paid for holds the worker up. About 200 kB of input each. */
describe("what takes long is paid for", () => {
  const BIG = "seq 30000 > big; ";
  const LONG = "seq 30000 | tr -d '\\n' > long; ";
  const JSON_LINES = "seq 20000 | jq -c '{a: ., b: \"x\\(.)\"}' | jq -cs . > big.json; ";
  it.each([
    [BIG, "awk '{s += $1} END {print s}' big"],
    [BIG, "sed 's/1/x/g' big"],
    [BIG, "grep -E '(1|2)*3' big"],
    [BIG, "sort -r big"],
    [BIG, "od -c big"],
    [BIG, "hexdump -C big"],
    [BIG, "xxd big"],
    [BIG, "base64 big"],
    [BIG, "base64 big | base64 -d"],
    [BIG, "xargs echo < big"],
    [BIG, "column big"],
    [BIG, "paste big big"],
    [BIG, "join --nocheck-order big big"],
    [BIG, "diff big <(tac big)"],
    [BIG, "shuf big"],
    [BIG, "split -l 10 -a 4 big"],
    [BIG, "mapfile lines < big"],
    [LONG, "fold long"],
    [LONG, "tr 1 '\\t' < long | expand"],
    [LONG, "sed y/123/abc/ long"],
    [LONG, "cut -d1 -f2-9000 long"],
    [LONG, "rev long"],
    [BIG, "cat -A big"],
    [BIG, "sort big > sorted; comm sorted sorted"],
    [JSON_LINES, "jq 'del(.[] | select(.a > 5)) | length' big.json"],
    ["", "mkdir m; touch m/{1..3000}"],
    ["", "seq 1000 | xargs -n 1 echo"],
    [JSON_LINES, "jq . big.json"],
    [JSON_LINES, "jq 'map(.a) | add' big.json"],
    [JSON_LINES, "jq 'sort_by(-.a) | length' big.json"],
    [JSON_LINES, "jq 'tojson | fromjson | length' big.json"],
    [JSON_LINES, "jq '[.[].b | test(\"9\")] | length' big.json"],
    ["", "echo {1..30000}"],
    ["", "for i in {1..3000}; do :; done"],
    ["", "a=(); for i in {1..3000}; do a+=($i); done"],
  ])("%s%s", async (setup, script) => {
    const before = setup === "" ? 0 : (await runFuzz(setup)).units;
    const { units, errors } = await runFuzz(setup + script);
    expect(errors).toBe("");
    expect(units - before).toBeGreaterThan(1500);
  });
});

describe("limits answer as Unix would", () => {
  it.each([
    ["f() { f | f & }; f; wait", /fork: .*Resource temporarily unavailable/],
    ["yes > /work/full", /No space left on device/],
    ["awk 'BEGIN { while (1) s = s s \"xxxxxxxxxxxxxxxx\" }'", /too long|Killed/],
    ['jq -n \'[range(1000) | . as $n | "x" * 1000000 + "\\($n)"]\'', /Killed/],
    ["echo {1..100000000}", /brace expansion|Cannot allocate/],
    ["sort < /dev/zero", /Killed|memory exhausted/],
  ])("%s", async (script, words) => {
    expect((await runFuzz(`${script}; :`)).errors).toMatch(words);
  });
});
