/** `sh` as BusyBox's ash, and what containers and probes ask of it. */
import { describe, expect, it } from "vitest";
import { testMachine } from "../testing.test-helper.ts";
import type { Signal } from "../types.ts";
import { shellPrograms } from "./index.ts";
import { TEST_TOOLS } from "./tools.test-helper.ts";

function box() {
  return testMachine(
    { ...Object.fromEntries(shellPrograms), ...TEST_TOOLS },
    { files: { "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n" } },
  );
}

async function run(argv: readonly string[], files: Readonly<Record<string, string>> = {}) {
  const { machine, clock, run: start } = box();
  for (const [path, text] of Object.entries(files)) machine.files.writeFile(path, text, { mode: 0o755 });
  const started = start(argv, { cwd: "/tmp", env: { HOME: "/root", PATH: "/usr/bin:/bin" } });
  let code: number | undefined;
  void started.child.exited.then((status) => {
    code = status.code;
  });
  await clock.runUntil(() => code !== undefined, 60_000);
  machine.shutDown();
  return { out: started.output(), err: started.errors(), code };
}

describe("sh", () => {
  it.each([
    ["nope", "sh: nope: not found\n", 127],
    ["cd /nope", "sh: cd: line 0: can't cd to /nope: No such file or directory\n", 2],
    ["echo x > /nope/x", "sh: can't create /nope/x: nonexistent directory\n", 1],
    ["cat < /nope", "sh: can't open /nope: no such file\n", 1],
    ["echo )", 'sh: syntax error: unexpected ")"\n', 2],
    ["a=(1 2)", 'sh: syntax error: unexpected "("\n', 2],
    ["echo ${x?gone}", "sh: x: gone\n", 2],
    ["set -u; echo $x", "sh: x: parameter not set\n", 2],
    ["declare -A m", "sh: declare: not found\n", 127],
    ["/tmp", "sh: /tmp: Permission denied\n", 126],
  ])("%s says what ash says", async (script, err, code) => {
    expect(await run(["sh", "-c", script])).toEqual({ out: "", err, code });
  });

  it("does not expand braces", async () => {
    expect((await run(["sh", "-c", "echo {a,b} {1..3}"])).out).toBe("{a,b} {1..3}\n");
  });

  it("has what BusyBox took from bash: [[, substrings, replacement, source", async () => {
    const script = "x=abcdef; [[ $x == abc* ]] && echo ${x:1:2} ${x/cd/-}; let y=2+3; echo $y; local z 2>/dev/null";
    expect((await run(["sh", "-c", script])).out).toBe("bc ab-ef\n5\n");
  });

  it("names the script and the line in messages of scripts", async () => {
    const files = { "/tmp/x.sh": "#!/bin/sh\n\nnope\necho done\n" };
    expect(await run(["/tmp/x.sh"], files)).toEqual({
      out: "done\n",
      err: "/tmp/x.sh: line 3: nope: not found\n",
      code: 0,
    });
  });

  it("runs scripts without #! and those of another interpreter", async () => {
    const files = { "/tmp/plain": "echo plain $1\n", "/tmp/bash": "#!/bin/bash\na=(1 2); echo ${#a[@]} $0\n" };
    expect((await run(["sh", "-c", "./plain x; ./bash"], files)).out).toBe("plain x\n2 ./bash\n");
  });

  it("passes $0 and arguments after -c, and reads standard input", async () => {
    expect((await run(["sh", "-c", "echo $0 $1 $#", "name", "a", "b"])).out).toBe("name a 2\n");
    expect((await run(["bash", "-c", "printf 'echo one\\nif true\\nthen echo two; fi\\n' | sh"])).out).toBe(
      "one\ntwo\n",
    );
  });

  it("fails as it should with -e, and ends with the status of the last command", async () => {
    expect((await run(["sh", "-ec", "false; echo no"])).code).toBe(1);
    expect((await run(["sh", "-c", "test -f /nope"])).code).toBe(1);
  });
});

/** Runs as a container's first process, and tells how it ends after `signal`. */
async function container(script: string, signal: Signal, limit = 60_000) {
  const { machine, clock, run: start } = box();
  const started = start(["sh", "-c", script], { env: { PATH: "/bin" } });
  let ended: { code: number; after: number } | undefined;
  await clock.advance(500);
  const sent = clock.now();
  void started.child.exited.then((status) => {
    ended = { code: status.code, after: clock.now() - sent };
  });
  const seen = machine.processes().map((each) => each.argv.join(" "));
  started.child.kill(signal);
  await clock.runUntil(() => ended !== undefined, limit);
  machine.shutDown();
  return { out: started.output(), processes: seen, ended };
}

describe("a container's sh", () => {
  it("hands its process to the last command", async () => {
    const { processes, ended } = await container("sleep 100", "SIGTERM");
    expect(processes).toEqual(["sleep 100"]);
    expect(ended).toEqual({ code: 143, after: 0 });
  });

  it("hands its process over with exec", async () => {
    const { processes } = await container("echo starting; exec sleep 100", "SIGTERM");
    expect(processes).toEqual(["sleep 100"]);
  });

  it("runs a trap when the command in the foreground has ended", async () => {
    const { out, ended } = await container("trap 'echo bye; exit 0' TERM; while true; do sleep 1; done", "SIGTERM");
    expect(out).toBe("bye\n");
    expect(ended).toEqual({ code: 0, after: 500 });
  });

  it("runs a trap at once when it waits for a command in the background", async () => {
    const script = "trap 'echo bye; exit 0' TERM; sleep 100 & wait";
    const { out, ended } = await container(script, "SIGTERM");
    expect(out).toBe("bye\n");
    expect(ended).toEqual({ code: 0, after: 0 });
  });

  it("runs the EXIT trap of bash when a signal ends it", async () => {
    const { out, ended } = await container("exec bash -c 'trap \"echo cleaned\" EXIT; sleep 100 & wait'", "SIGTERM");
    expect(out).toBe("cleaned\n");
    expect(ended?.code).toBe(143);
  });
});
