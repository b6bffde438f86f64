import { describe, expect, it } from "vitest";
import { shellPrograms } from "../../shell/index.ts";
import { testMachine } from "../../testing.test-helper.ts";
import { toolPrograms } from "../index.ts";

const programs = Object.fromEntries([...toolPrograms, ...shellPrograms]);

async function awk(script: string, files: Readonly<Record<string, string>> = {}) {
  const { run, clock, machine } = testMachine(programs, { files });
  const { child, output, errors } = run(["bash", "-c", script], { env: { PATH: "/usr/bin" } });
  let code: number | undefined;
  void child.exited.then((status) => {
    code = status.code;
  });
  await clock.runUntil(() => code !== undefined, 600_000);
  machine.shutDown();
  return { out: output(), err: errors(), code };
}

describe("awk beyond the recordings", () => {
  it.each([
    [
      "does not count records of commands",
      `awk 'BEGIN{c="printf 1\\\\\\\\n2"; while ((c | getline) > 0) print $0, NR}'`,
      "1 0\n2 0\n",
    ],
    [
      "cuts substr's arguments to whole numbers",
      `awk 'BEGIN{print substr("hello", 1.5, 2), substr("hello", 0, 2) "|" substr("hello", -1)}'`,
      "he he|hello\n",
    ],
    [
      "begins at the first character where substr's start is before it",
      `awk 'BEGIN{print substr("hello", -1, 3), substr("hello", 1.9, 1.9), substr("hello", 2, 0.6) "|"}'`,
      "hel h |\n",
    ],
    ["knows ** as ^", `awk 'BEGIN{x = 2; x **= 3; print x, 2**3}'`, "8 8\n"],
    [
      "prints large whole numbers whole",
      `awk 'BEGIN{print 2^31, 2^53, 100000 * 100000}'`,
      "2147483648 9007199254740992 10000000000\n",
    ],
    [
      "counts characters where there are some",
      `LC_ALL=C.UTF-8 awk 'BEGIN{print length("héé"), toupper("é")}'`,
      "3 É\n",
    ],
    [
      "has gensub",
      `awk 'BEGIN{print gensub(/(a+)(b)/, "<\\\\2\\\\1>", "g", "aab ab"), gensub(/o/, "0", 2, "foo")}'`,
      "<baa> <ba> fo0\n",
    ],
    ["has match with groups", `awk 'BEGIN{match("v1.34", /v([0-9]+)\\.([0-9]+)/, m); print m[1], m[2]}'`, "1 34\n"],
    ["has systime and strftime", `awk 'BEGIN{print (systime() > 0), strftime("%Y", 0)}'`, "1 1970\n"],
    ["assigns within a condition", `awk 'BEGIN{if (1 && x = 5) print x}'`, "5\n"],
    ["writes to several commands", `awk 'BEGIN{print 2 | "cat 1>&2"; print 1}' 2>&1 | sort`, "1\n2\n"],
    ["stops its command when it leaves early", `awk 'BEGIN{"yes" | getline x; print x; exit}'`, "y\n"],
  ])("%s", async (_, script, expected) => {
    expect(await awk(script)).toEqual({ out: expected, err: "", code: 0 });
  });

  it("refuses to divide by zero", async () => {
    const { err, code } = await awk("awk 'BEGIN { print 1 / 0 }'");
    expect(err).toBe("awk: cmd. line:1: error: division by zero attempted\n");
    expect(code).toBe(1);
  });

  it.each([
    ["gawk", "awk: cmd. line:1: BEGIN { print 1 + }\nawk: cmd. line:1:                   ^ syntax error\n", 1],
    ["mawk", "mawk: line 1: syntax error at or near }\n", 2],
  ])("complains as %s does", async (name, words, status) => {
    const { err, code } = await awk(`${name} 'BEGIN { print 1 + }'`);
    expect({ err: err.replaceAll("gawk:", "awk:"), code }).toEqual({ err: words, code: status });
  });

  it("leaves functions with next and exit", async () => {
    const script = "awk 'function f(x) { if (x == 2) next; if (x == 3) exit 4; print x } { f($1) } END { print NR }'";
    expect(await awk(`seq 5 | ${script}`)).toEqual({ out: "1\n3\n", err: "", code: 4 });
  });

  it.each([
    ["awk 'BEGIN { while (1) s = s s \"x\" }'", "string too long"],
    ["awk 'function f(n) { return f(n + 1) } BEGIN { f(1) }'", "nesting too deep"],
    ["awk 'BEGIN { $100000000 = 1 }'", "maximum number of fields"],
  ])("ends what grows without end: %s", async (script, words) => {
    const { err, code } = await awk(script);
    expect(err).toContain(words);
    expect(code).toBe(2);
  });

  it("can be killed in an endless loop", async () => {
    expect((await awk("timeout 1 awk 'BEGIN { while (1) n++ }'")).code).toBe(124);
  });
});
