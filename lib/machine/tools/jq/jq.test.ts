import { describe, expect, it } from "vitest";
import { shellPrograms } from "../../shell/index.ts";
import { testMachine } from "../../testing.test-helper.ts";
import { toolPrograms } from "../index.ts";

const programs = Object.fromEntries([...toolPrograms, ...shellPrograms]);

async function sh(script: string) {
  const { run, clock, machine } = testMachine(programs);
  const { child, output, errors } = run(["bash", "-c", script], { cwd: "/tmp", env: { PATH: "/usr/bin" } });
  let code: number | undefined;
  void child.exited.then((status) => {
    code = status.code;
  });
  await clock.runUntil(() => code !== undefined, 600_000);
  machine.shutDown();
  return { out: output(), err: errors(), code };
}

/** The recordings are of jq 1.6; where 1.7 answers otherwise, 1.7 rules. */
describe("jq as 1.6 has it, with the filters of 1.7", () => {
  it.each([
    ["if without else gives the input", `jq -nc '[1, 2 | if . == 1 then "one" end]'`, `["one",2]\n`],
    ["limit(0) stops after the first output", `jq -nc '[limit(0; 1, 2)]'`, "[1]\n"],
    ["repeat starts with its input", `jq -nc '[limit(4; 1 | repeat(. * 2))]'`, "[1,2,4,8]\n"],
    ["pick", `jq -nc '{a: 1, b: {c: 2, d: 3}} | pick(.a, .b.c)'`, `{"a":1,"b":{"c":2}}\n`],
    [
      "a null key of an entry",
      `jq -nc '[{key: null, value: 3}, {key: false}] | from_entries'`,
      `{"null":3,"false":null}\n`,
    ],
    ["trim and its sides", `jq -nc '" a " | trim, ltrim, rtrim'`, `"a"\n"a "\n" a"\n`],
    ["abs, toarray, have_decnum", `jq -nc '(-5) | abs, toarray, have_decnum'`, "5\n[-5]\nfalse\n"],
    ["empty matches all along", `jq -nc '"abc" | [match(""; "g").offset]'`, "[0,1,2,3]\n"],
    [
      "groups that took no part",
      `jq -nc '"o" | match("(?<x>o)(?<y>z)?").captures[1]'`,
      `{"offset":-1,"string":null,"length":0,"name":"y"}\n`,
    ],
    ["update with nothing deletes", `jq -nc '[1, 2, 3, 4] | (.[] | select(. % 2 == 0)) |= empty'`, "[1,3]\n"],
    [
      "large numbers of recursion by loops",
      `jq -n 'last(range(100000)), ([limit(50000; repeat(1))] | length), (0 | until(. >= 100000; . + 1))'`,
      "99999\n50000\n100000\n",
    ],
    ["--raw-output0", `jq -n --raw-output0 '"a", "b"' | tr '\\0' ,`, "a,b,"],
    ["colours where asked for", `jq -nC '"x"'`, '\x1b[0;32m"x"\x1b[0m\n'],
    [
      "ltrimstr, splits, ascii, getpath of null, @base32d",
      `jq -nc '("a" | @base32 | @base32d), ([65 | ascii]), getpath(["a", 0])'`,
      `"a"\n["A"]\nnull\n`,
    ],
    [
      "assignment through reduce, limit, first and getpath",
      `jq -nc '[1, 2, 3] | first(.[]) = 9, limit(2; .[]) = 0, getpath([1]) = 5'`,
      "[9,2,3]\n[0,0,3]\n[1,5,3]\n",
    ],
    ["error of null says nothing", `jq -nc 'try error(null) catch .'`, ""],
    ["a definition hides a built-in", `jq -nc 'def length: 7; [1] | length, map(length)'`, "7\n[7]\n"],
  ])("%s", async (_, script, expected) => {
    expect(await sh(script)).toEqual({ out: expected, err: "", code: 0 });
  });

  it.each([
    ["echo '1 2 3' | jq -c '[., input]'", "[1,2]\n", "jq: error (at <stdin>:1): break\n", 5],
    ["jq -n 'error(null)'", "", "", 0],
    ["echo '{a}' | jq .", "", "parse error: Invalid numeric literal at line 1, column 3\n", 4],
    [
      "jq -n '.a |'",
      "",
      "jq: error: syntax error, unexpected $end (Unix shell quoting issues?) at <top-level>, line 1:\n.a |   \njq: 1 compile error\n",
      3,
    ],
    [
      "jq -n '1 +'",
      "",
      "jq: error: syntax error, unexpected $end (Unix shell quoting issues?) at <top-level>, line 1:\n1 +  \njq: 1 compile error\n",
      3,
    ],
    [
      "jq -n '{a:}'",
      "",
      "jq: error: syntax error, unexpected '}' (Unix shell quoting issues?) at <top-level>, line 1:\n{a:}   \njq: 1 compile error\n",
      3,
    ],
    [`jq -n '@foo "x\\(1)"'`, "", "jq: error (at <unknown>): foo is not a valid format\n", 5],
  ])("says what is wrong: %s", async (script, out, err, code) => {
    expect(await sh(script)).toEqual({ out, err, code });
  });

  it.each([
    ["jq -n 'def f: f; f'"],
    ["jq -n '[range(1e9)] | length'"],
    [`jq -n '"a" | until(false; . + .)'`],
    ["jq -n 'import \"x\" as x; 1'"],
  ])("refuses what has no end or is not here: %s", async (script) => {
    const { err, code } = await sh(script);
    expect(err).not.toBe("");
    expect(code).toBeGreaterThan(1);
  });

  it("reads values as they come, and can be stopped in an endless loop", async () => {
    expect((await sh(`(echo '{"a":1}'; sleep 3; echo '{"a":2}') | jq --unbuffered .a | head -n 1`)).out).toBe("1\n");
    expect((await sh("timeout 1 jq -n 'def f: 1 | f; last(repeat(1))'")).code).toBe(124);
  });
});
