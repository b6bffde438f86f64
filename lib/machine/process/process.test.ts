import { describe, expect, it } from "vitest";
import { realClock, virtualClock } from "../../clock/index.ts";
import { testMachine } from "../testing.test-helper.ts";
import type { ChildProcess, ExitStatus, Process, Program } from "../types.ts";

const encoder = new TextEncoder();

const yes: Program = async (process) => {
  for (;;) await process.stdout.write("y\n".repeat(512));
};
const headTwo: Program = async (process) => {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of process.stdin) {
    text += decoder.decode(chunk);
    if (text.split("\n").length > 2) break;
  }
  await process.stdout.write(`${text.split("\n").slice(0, 2).join("\n")}\n`);
  return 0;
};
const spin: Program = async (process) => {
  for (;;) await process.spend(10);
};
const sleeper: Program = async (process) => {
  await process.sleep(Number(process.argv[1] ?? 1000));
  return 0;
};
const echoLines: Program = async (process) => {
  for await (const chunk of process.stdin) await process.stdout.write(`[${new TextDecoder().decode(chunk)}]`);
  return 7;
};

/** `left | right`, as a shell wires it. */
const pipeline =
  (left: string, right: string, statuses: ExitStatus[]): Program =>
  async (process) => {
    const { reader, writer } = process.pipe();
    const first = process.spawn({ argv: [left], descriptors: new Map([[1, writer]]) });
    writer.close();
    const stdout = process.descriptors.get(1);
    const second = process.spawn({
      argv: [right],
      descriptors: new Map([[0, reader], ...(stdout === undefined ? [] : [[1, stdout] as const])]),
    });
    reader.close();
    statuses.push(await first.exited, await second.exited);
    return 0;
  };

async function settled(child: ChildProcess, clock: { settle(): Promise<void> }): Promise<ExitStatus | undefined> {
  let status: ExitStatus | undefined;
  void child.exited.then((ended) => {
    status = ended;
  });
  await clock.settle();
  return status;
}

describe("processes", () => {
  it("end `yes | head -2` by SIGPIPE", async () => {
    const statuses: ExitStatus[] = [];
    const { run, clock } = testMachine({ yes, head: headTwo, main: pipeline("yes", "head", statuses) });
    const { child, output } = run(["main"]);
    expect(await settled(child, clock)).toEqual({ code: 0 });
    expect(output()).toBe("y\ny\n");
    expect(statuses).toEqual([{ code: 141, signal: "SIGPIPE" }, { code: 0 }]);
  });

  it("stop a writer when 64 KiB wait unread", async () => {
    let written = 0;
    const { run, clock, machine } = testMachine({
      main: async (process) => {
        const { reader, writer } = process.pipe();
        for (;;) {
          await writer.writer?.write(new Uint8Array(1000));
          written += 1000;
          if (reader === undefined) return 0;
        }
      },
    });
    run(["main"]);
    await clock.settle();
    expect(written).toBe(65_000);
    expect(machine.processes()[0]?.state).toBe("sleeping");
  });

  it("answer as Unix when a program cannot be run", () => {
    const { machine } = testMachine(
      { main: spin },
      {
        files: {
          "tmp/plain": "text",
          "tmp/noshebang": {
            type: "file",
            mode: 0o755,
            uid: 0,
            gid: 0,
            modified: 0,
            data: encoder.encode("echo hi\n"),
          },
        },
      },
    );
    const code = (argv: string[]) => {
      try {
        machine.spawn({ argv });
        return "ok";
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(code(["nope"])).toBe("ENOENT");
    expect(code(["/tmp/plain"])).toBe("EACCES");
    expect(code(["/tmp/noshebang"])).toBe("ENOEXEC");
    expect(code(["/tmp"])).toBe("EACCES");
    machine.shutDown();
  });

  it("run scripts through their interpreter", async () => {
    const { run, clock } = testMachine(
      {
        show: async (process) => {
          await process.stdout.write(process.argv.join("|"));
          return 0;
        },
      },
      {
        files: {
          "tmp/script": {
            type: "file",
            mode: 0o755,
            uid: 0,
            gid: 0,
            modified: 0,
            data: encoder.encode("#!/bin/show -x\n"),
          },
        },
      },
    );
    const { child, output } = run(["/tmp/script", "a"]);
    await settled(child, clock);
    expect(output()).toBe("/bin/show|-x|/tmp/script|a");
  });

  it("leave a zombie until the parent looks, and orphans to nobody", async () => {
    const { run, clock, machine } = testMachine({
      sleep: sleeper,
      parent: async (process) => {
        const looked = process.spawn({ argv: ["sleep", "10"] });
        process.spawn({ argv: ["sleep", "5000"] });
        await process.sleep(100);
        expect(process.machine.processes().map(({ state }) => state)).toEqual(["running", "zombie", "sleeping"]);
        await looked.exited;
        expect(process.machine.processes()).toHaveLength(2);
        return 3;
      },
    });
    const { child } = run(["parent"]);
    await clock.advance(200);
    expect(await settled(child, clock)).toEqual({ code: 3 });
    expect(machine.processes().map(({ argv, parentPid }) => [argv[0], parentPid])).toEqual([["sleep", 0]]);
    await clock.advance(5000);
    expect(machine.processes()).toEqual([]);
  });

  it("survive a fork bomb: spawn fails with EAGAIN and others go on", async () => {
    let refused = 0;
    const { run, clock, machine } = testMachine(
      {
        bomb: async (process) => {
          for (;;) {
            try {
              process.spawn({ argv: ["bomb"] });
            } catch (error) {
              refused++;
              if ((error as { code?: string }).code !== "EAGAIN") throw error;
            }
            await process.sleep(50);
          }
        },
        show: async (process) => {
          await process.stdout.write("alive");
          return 0;
        },
      },
      { limits: { processes: 40 } },
    );
    run(["bomb"]);
    await clock.advance(2000);
    expect(refused).toBeGreaterThan(0);
    expect(machine.processes()).toHaveLength(40);
    for (const { pid } of machine.processes()) machine.kill(pid, "SIGKILL");
    const { child, output } = run(["show"]);
    await settled(child, clock);
    expect(output()).toBe("alive");
  });

  it("are killed where they hold more memory than the machine has", async () => {
    const { run, clock } = testMachine(
      {
        hog: async (process) => {
          for (let bytes = 0; ; bytes += 1000) {
            process.holdMemory(bytes);
            await process.spend();
          }
        },
      },
      { limits: { memoryBytes: 50_000 } },
    );
    const { child } = run(["hog"]);
    expect(await settled(child, clock)).toEqual({ code: 137, signal: "SIGKILL", outOfMemory: true });
  });

  it("keep a signal for a program that is being put back until it listens, as it did before", async () => {
    const clock = virtualClock();
    const seen: string[] = [];
    const server: Program = async (process) => {
      await process.sleep(100);
      await new Promise<void>((resolve) =>
        process.onSignal("SIGTERM", (signal) => {
          seen.push(signal);
          resolve();
        }),
      );
      return 0;
    };
    const { machine } = testMachine({ server }, { clock, init: true });
    const before = machine.spawn({ argv: ["server"] });
    before.kill("SIGTERM");
    await clock.advance(200);
    expect(seen).toEqual([]);
    expect(before.handledSignals()).toEqual(["SIGTERM"]);

    const again = testMachine({ server }, { clock, init: true }).machine;
    const after = again.spawn({ argv: ["server"], awaits: before.handledSignals() });
    expect(after.handledSignals()).toEqual(["SIGTERM"]);
    after.kill("SIGTERM");
    after.kill("SIGINT");
    await clock.advance(50);
    expect(seen).toEqual([]);
    await clock.advance(50);
    expect(seen).toEqual(["SIGTERM"]);
    expect(await settled(after, clock)).toEqual({ code: 0 });
  });

  it("run handlers, ignore what they ignore, and inherit only the latter", async () => {
    const seen: string[] = [];
    const { run, clock } = testMachine({
      child: async (process) => {
        await process.sleep(1000);
        return 0;
      },
      main: async (process) => {
        process.onSignal("SIGTERM", (signal) => seen.push(signal));
        process.onSignal("SIGINT", "ignore");
        const child = process.spawn({ argv: ["child"] });
        process.kill(process.pid, "SIGTERM");
        process.kill(0, "SIGINT");
        await process.sleep(10);
        process.kill(child.pid, "SIGTERM");
        return (await child.exited).code;
      },
    });
    const { child } = run(["main"]);
    await clock.advance(100);
    expect(await settled(child, clock)).toEqual({ code: 143 });
    expect(seen).toEqual(["SIGTERM"]);
  });

  it("keep their pid, group and descriptors when they execute another program", async () => {
    const { run, clock } = testMachine({
      show: async (process) => {
        await process.stdout.write(`${process.pid} ${process.argv.join(" ")} ${process.env.get("A")}`);
        return 9;
      },
      main: (process) => process.execute({ argv: ["show", "x"], env: { A: "1" } }),
    });
    const { child, output } = run(["main"]);
    expect(await settled(child, clock)).toEqual({ code: 9 });
    expect(output()).toBe("1 show x 1");
  });

  it("cannot be ended by signals they do not handle when they are a container's init", async () => {
    const { run, clock, machine } = testMachine(
      {
        sleep: sleeper,
        main: async (process) => {
          process.spawn({ argv: ["sleep", "9999999"] });
          await process.sleep(999_999);
          return 0;
        },
      },
      { init: true },
    );
    const { child } = run(["main"]);
    await clock.settle();
    child.kill("SIGTERM");
    child.kill("SIGINT");
    await clock.settle();
    expect(child.state).toBe("running");
    child.kill("SIGKILL");
    expect(await settled(child, clock)).toEqual({ code: 137, signal: "SIGKILL" });
    expect(machine.processes()).toEqual([]);
  });

  it("end with the complaint and status of the error they throw", async () => {
    const { run, clock } = testMachine({
      main: async (process) => {
        process.files.readFile("/none");
        return 0;
      },
    });
    const { child, errors } = run(["main"]);
    expect(await settled(child, clock)).toEqual({ code: 1 });
    expect(errors()).toBe("main: /none: No such file or directory\n");
  });

  it("find themselves in /proc and their descriptors in /dev", async () => {
    const { run, clock } = testMachine({
      main: async (process) => {
        const { files } = process;
        await process.stdout.write(files.readText("/proc/self/cmdline").replaceAll("\0", " "));
        await process
          .open("/dev/stdout", { write: true })
          .writer?.write(`[${files.readText("/proc/self/comm").trim()}]`);
        await process.open("/dev/null", { write: true }).writer?.write("gone");
        return files.exists("/proc/12345") ? 1 : 0;
      },
    });
    const { child, output } = run(["main", "a"]);
    expect(await settled(child, clock)).toEqual({ code: 0 });
    expect(output()).toBe("main a [main]");
  });
});

describe("terminals", () => {
  const screen = (tty: ReturnType<ReturnType<typeof testMachine>["machine"]["createTty"]>) => {
    let text = "";
    const decoder = new TextDecoder();
    tty.onOutput((data) => {
      text += decoder.decode(data, { stream: true });
    });
    return () => text;
  };

  it("echo and edit lines, with wide characters, and give the reader whole lines", async () => {
    const { machine, clock } = testMachine({ cat: echoLines });
    const tty = machine.createTty({ columns: 80, rows: 24 });
    const shown = screen(tty);
    const child = machine.spawn({ argv: ["cat"], tty });
    tty.input("one twp\x7fo three\x17\r");
    await clock.settle();
    tty.input("中文\x7f\x7fx\x15ok\r");
    await clock.settle();
    tty.input("\x04");
    expect(await settled(child, clock)).toEqual({ code: 7 });
    expect(shown()).toBe(
      `one twp\b \bo three${"\b \b".repeat(5)}\r\n[one two \r\n]中文${"\b \b".repeat(4)}x\b \bok\r\n[ok\r\n]`,
    );
  });

  it("interrupt the foreground group only", async () => {
    const { machine, clock } = testMachine({
      sleep: sleeper,
      shell: async (process) => {
        process.onSignal("SIGINT", "ignore");
        const background = process.spawn({ argv: ["sleep", "5000"], processGroup: 0 });
        const foreground = process.spawn({ argv: ["sleep", "5000"], processGroup: 0 });
        return (await Promise.race([background.exited, foreground.exited])).code;
      },
    });
    // Ignored signals are inherited, so this shell's children must not be sleepers that ignore.
    const tty = machine.createTty({ columns: 80, rows: 24 });
    const plain = machine.spawn({ argv: ["sleep", "5000"], tty });
    await clock.settle();
    tty.input("\x03");
    expect(await settled(plain, clock)).toEqual({ code: 130, signal: "SIGINT" });
  });

  it("stop the foreground job by ^Z and let it go on", async () => {
    const states: string[] = [];
    const jobs: Program = async (process: Process) => {
      process.onSignal("SIGTSTP", () => undefined);
      const job = process.spawn({ argv: ["sleep", "500"], processGroup: 0 });
      if (process.tty !== undefined) process.tty.foregroundProcessGroup = job.processGroup;
      states.push(await job.stateChanged());
      process.kill(-job.processGroup, "SIGCONT");
      states.push(job.state);
      return (await job.exited).code;
    };
    const { machine, clock } = testMachine({ sleep: sleeper, jobs });
    const tty = machine.createTty({ columns: 80, rows: 24 });
    const child = machine.spawn({ argv: ["jobs"], tty });
    await clock.advance(100);
    tty.input("\x1a");
    await clock.advance(1000);
    expect(await settled(child, clock)).toEqual({ code: 0 });
    expect(states).toEqual(["stopped", "running"]);
  });

  it("stop background readers, and feed them once they are in the foreground", async () => {
    let got = "";
    const { machine, clock } = testMachine({
      reader: async (process) => {
        got = new TextDecoder().decode((await process.stdin.read()) ?? new Uint8Array());
        return 0;
      },
      shell: async (process) => {
        const job = process.spawn({ argv: ["reader"], processGroup: 0 });
        const state = await job.stateChanged();
        if (state !== "stopped" || process.tty === undefined) return 1;
        process.tty.foregroundProcessGroup = job.processGroup;
        process.kill(-job.processGroup, "SIGCONT");
        return (await job.exited).code;
      },
    });
    const tty = machine.createTty({ columns: 80, rows: 24 });
    const child = machine.spawn({ argv: ["shell"], tty });
    await clock.settle();
    tty.input("hello\r");
    expect(await settled(child, clock)).toEqual({ code: 0 });
    expect(got).toBe("hello\n");
  });

  it("hang up: the leader and the foreground job hear SIGHUP", async () => {
    const { machine, clock } = testMachine({ sleep: sleeper });
    const tty = machine.createTty({ columns: 80, rows: 24 });
    const child = machine.spawn({ argv: ["sleep", "5000"], tty });
    await clock.settle();
    tty.hangUp();
    expect(await settled(child, clock)).toEqual({ code: 129, signal: "SIGHUP" });
  });

  it("give every key at once in raw mode and tell of new sizes", async () => {
    const seen: string[] = [];
    const { machine, clock } = testMachine({
      raw: async (process) => {
        const tty = process.tty;
        if (tty === undefined) return 1;
        tty.mode = { canonical: false, echo: false, signals: false };
        process.onSignal("SIGWINCH", () => seen.push(`${tty.size.columns}x${tty.size.rows}`));
        for (;;) {
          const chunk = await process.stdin.read();
          if (chunk === null || chunk[0] === 0x71) return 0;
          seen.push(new TextDecoder().decode(chunk));
        }
      },
    });
    const tty = machine.createTty({ columns: 80, rows: 24 });
    const child = machine.spawn({ argv: ["raw"], tty });
    await clock.settle();
    tty.input("\x03");
    await clock.settle();
    tty.resize({ columns: 100, rows: 30 });
    tty.input("\x1b[A");
    await clock.settle();
    tty.input("q");
    expect(await settled(child, clock)).toEqual({ code: 0 });
    expect(seen).toEqual(["\x03", "100x30", "\x1b[A"]);
  });
});

describe("fairness", () => {
  it("lets cluster time pass while a program spins, the same way every time", async () => {
    const life = async () => {
      const clock = virtualClock({ seed: 5 });
      const log: string[] = [];
      const { run } = testMachine(
        {
          spin,
          tick: async (process) => {
            for (let i = 0; i < 5; i++) {
              await process.sleep(100);
              log.push(`${process.clock.now()} ${process.clock.random()} ${process.machine.usage().cpuMs}`);
            }
            return 0;
          },
        },
        { clock },
      );
      run(["spin"]);
      run(["tick"]);
      await clock.advance(1000);
      return log.join("\n");
    };
    const first = await life();
    expect(first.split("\n")).toHaveLength(5);
    expect(await life()).toBe(first);
  });

  it("answers others between the slices of a hundred spinning machines", async () => {
    const clock = realClock();
    const machines = Array.from({ length: 100 }, () =>
      testMachine({ spin, show: async () => 5 }, { clock: clock as never }),
    );
    for (const { run } of machines) run(["spin"]);
    let turns = 0;
    let going = true;
    const count = () => {
      turns++;
      if (going) setImmediate(count);
    };
    count();
    const light = testMachine({ show: async () => 5 }, { clock: clock as never });
    const before = turns;
    const { child } = light.run(["show"]);
    expect(await child.exited).toEqual({ code: 5 });
    // A light machine goes before the hundred, so a handful of turns is enough.
    expect(turns - before).toBeLessThan(20);
    going = false;
    for (const { machine } of machines) machine.shutDown();
    clock.close();
  });
});
