/** Scripts that would hurt their neighbours: they end in words, or at ^C. */
import { describe, expect, it } from "vitest";
import { testMachine } from "../testing.test-helper.ts";
import { shellPrograms } from "./index.ts";
import { TEST_TOOLS } from "./tools.test-helper.ts";

async function run(script: string, signalAfter?: number) {
  const box = testMachine(
    { ...Object.fromEntries(shellPrograms), ...TEST_TOOLS },
    { limits: { processes: 40, memoryBytes: 32 << 20 } },
  );
  const started = box.run(["bash", "-c", script], { env: { PATH: "/bin" }, cwd: "/tmp" });
  let code: number | undefined;
  void started.child.exited.then((status) => {
    code = status.code;
  });
  if (signalAfter === undefined) await box.clock.runUntil(() => code !== undefined, 600_000);
  else {
    const signalled = box.clock.sleep(signalAfter).then(() => started.child.kill("SIGINT"));
    await box.clock.runUntil(() => code !== undefined, 600_000);
    await signalled;
  }
  const left = box.machine.processes().filter((each) => each.state !== "zombie").length;
  box.machine.shutDown();
  return { out: started.output(), err: started.errors(), code, left };
}

describe("limits", () => {
  it.each([
    ["f(){ f; }; f", /maximum function nesting level exceeded \(500\)/],
    ['e="eval \\$e"; eval "$e"', /maximum eval nesting level exceeded/],
    ["echo {1..1000000}", /brace expansion: failed to allocate memory for `1000000' elements/],
    [
      "echo {a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}",
      /allocate memory/,
    ],
    ["x=a; while :; do x=$x$x; done", /x: cannot allocate memory/],
    ["f(){ (f); }; f", /fork: retry: Resource temporarily unavailable/],
    [`echo $((${"(".repeat(3000)}1${")".repeat(3000)}))`, /syntax error|recursion level/],
    [`x='${"#".repeat(70_000)}'`, /too large/],
    ["[[ a =~ (a)\\1( ]]", /unexpected EOF while looking for matching/],
  ])("%.40s is refused in words", async (script, message) => {
    expect((await run(script)).err).toMatch(message);
  });

  it("a fork bomb runs into the limit of processes and leaves nothing behind", async () => {
    const { err, left } = await run(":(){ :|:& };:");
    expect(err).toMatch(/fork: retry: Resource temporarily unavailable/);
    expect(left).toBe(0);
  });

  it("a shell that holds too much is killed", async () => {
    const { code } = await run("i=0; while :; do a[i++]=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done");
    expect(code).toBe(137);
  });

  it("patterns take no exponential time", async () => {
    const script = `shopt -s extglob
x=$(printf "%0500d" 0); [[ $x == *(*(0)*(00)*(000))1 ]]; echo $?; [[ $x == *0*0*0*0*0*0*0*0*0*1 ]]; echo $?
[[ $x =~ ^(0+)+1 ]]; echo $?; echo "\${x//*0*1/}" | wc -c; echo "\${#x}"`;
    expect((await run(script)).out).toBe("1\n1\n1\n1\n500\n".replace("1\n500", "1\n500"));
  });

  it.each([["while :; do :; done"], ["for ((;;)); do x=$((x+1)); done"], ["until false; do (:); done"]])(
    "^C ends %s",
    async (script) => {
      expect((await run(script, 200)).code).toBe(130);
    },
  );

  it("a trap that signals its own shell does not nest", async () => {
    expect((await run('trap "kill -USR1 $$" USR1; kill -USR1 $$; echo x', 100)).code).toBe(130);
  });
});
