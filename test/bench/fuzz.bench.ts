/**
 * Random shell input and tool command lines, new ones each time (`FUZZ_SEED` repeats a run, `FUZZ_RUNS` sets how many),
 * and hostile ones on a clock that follows real time: the longest time each kept the event loop from turning.
 */
import fc from "fast-check";
import { realClock } from "../../lib/clock/index.ts";
import { FAULT, fuzzMachine, runFuzz, shellInput, toolCommand } from "../../lib/machine/fuzz.test-helper.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
const numRuns = Number(process.env["FUZZ_RUNS"] ?? 5000);
console.log(`seed ${seed}, ${numRuns} runs each`);
for (const [name, input] of [
  ["shell input", shellInput],
  ["every tool", toolCommand],
] as const) {
  const result = await fc.check(
    fc.asyncProperty(input, async (script) => {
      const { errors } = await runFuzz(script);
      if (FAULT.test(errors)) throw new Error(errors);
    }),
    { seed, numRuns },
  );
  console.log(
    `${name}: ${result.failed ? `FAULT\n  ${JSON.stringify(result.counterexample)}\n  ${result.errorInstance}` : "no fault"}`,
  );
  if (result.failed) process.exitCode = 1;
}

const HOSTILE = [
  "yes | head -n 500000 | wc -l",
  "seq 200000 | sort -r | tail -n 1",
  "seq 100000 | sed 's/[0-9]*1/x/g' | uniq | wc -l",
  "awk 'BEGIN { while (i++ < 1e6) s += i; print s }'",
  "awk 'BEGIN { while (1) x[y++] = 1 }'",
  "jq -n '[range(300000) | -.] | sort | length'",
  "jq -n '[range(100000) | {a: ., b: \"x\\(.)\"}] | tojson | fromjson | length'",
  "x=$(seq 20000); echo ${x//*1*2/y} | wc -c",
  "x=a; while :; do x=$x$x; done",
  "echo {1..60000} | tr ' ' '\\n' | xargs -n 100 echo | wc -l",
  "seq 300000 > n; base64 n | base64 -d | od -c | tail -n 1",
  "find / | wc -l; ls -lR / | wc -l",
  "f() { f | f & }; f",
];
const MOST_MS = 4000;
console.log("longest stretch, processor ms");
for (const script of HOSTILE) {
  const clock = realClock();
  const { run, machine } = fuzzMachine(clock);
  const used = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  let worst = 0;
  let before = used();
  let going = true;
  const look = () => {
    const now = used();
    worst = Math.max(worst, now - before);
    before = now;
    if (going) setImmediate(look);
  };
  look();
  const { child } = run(script);
  const timer = setTimeout(() => child.kill("SIGKILL"), MOST_MS);
  await child.exited;
  clearTimeout(timer);
  going = false;
  machine.shutDown();
  clock.close();
  console.log(`${worst.toFixed(0).padStart(5)}  ${script}`);
}
