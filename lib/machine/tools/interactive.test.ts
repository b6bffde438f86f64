import { describe, expect, it } from "vitest";
import { realClock, virtualClock } from "../../clock/index.ts";
import { directory, memoryFileSystem, merged, standardRootTree } from "../index.ts";
import { shellPrograms } from "../shell/index.ts";
import { testMachine } from "../testing.test-helper.ts";
import { toolPrograms } from "./index.ts";

const programs = Object.fromEntries([...toolPrograms, ...shellPrograms]);
const tree = merged(
  standardRootTree(Object.keys(programs).filter((name) => !name.includes("/"))),
  directory({ "work/data": "alpha\nbeta\ngamma\n" }),
);

function terminal(argv: readonly string[]) {
  const clock = virtualClock();
  const { machine } = testMachine(programs, { clock, root: memoryFileSystem({ clock, tree }) });
  const tty = machine.createTty({ columns: 80, rows: 6 });
  let text = "";
  tty.onOutput((data) => {
    text += new TextDecoder().decode(data);
  });
  const child = machine.spawn({ argv, tty, cwd: "/work", env: { PATH: "/usr/bin" } });
  return {
    child,
    clock,
    machine,
    shown: () => text,
    clear: () => {
      text = "";
    },
    type: async (keys: string) => {
      tty.input(keys);
      await clock.settle();
    },
  };
}

describe("full-screen tools", () => {
  it("vi inserts, deletes, substitutes, undoes and writes", async () => {
    const { type, machine, child, clock } = terminal(["vi", "data"]);
    await clock.settle();
    await type("ihello \x1b");
    await type("jdd");
    await type("ox\x1b");
    await type("u:%s/a/A/g\r");
    await type("yyp");
    await type(":wq\r");
    expect(child.state).toBe("exited");
    expect(machine.files.readText("/work/data")).toBe("hello AlphA\ngAmmA\ngAmmA\n");
  });

  it("vi keeps what it cannot write and says so", async () => {
    const { type, shown, child, clock } = terminal(["vi", "data"]);
    await clock.settle();
    await type("x:q\r");
    expect(shown()).toContain("E37: No write since last change");
    expect(child.state).toBe("running");
    await type(":q!\r");
    expect(child.state).toBe("exited");
  });

  it("less pages, searches and leaves the screen as it was", async () => {
    const { type, shown, child, clock, clear } = terminal(["sh", "-c", "seq 100 | less"]);
    await clock.settle();
    expect(shown()).toContain("\x1b[5;1H5");
    clear();
    await type(" ");
    expect(shown()).toContain("\x1b[1;1H6");
    clear();
    await type("/^42\r");
    expect(shown()).toContain("42");
    await type("q");
    await clock.settle();
    expect(child.state).toBe("exited");
    expect(shown()).toContain("\x1b[?1049l");
  });

  it("watch repeats the command until it is interrupted", async () => {
    const { type, shown, child, clock } = terminal(["watch", "-n", "1", "cat data"]);
    await clock.advance(100);
    expect(shown()).toContain("Every 1.0s: cat data");
    expect(shown()).toContain("gamma");
    await clock.advance(2500);
    await type("\x03");
    expect(child.state).toBe("exited");
    expect((await child.exited).code).toBe(0);
  });

  it("tail -f shows what is appended as it comes", async () => {
    const { shown, machine, clock, child } = terminal(["tail", "-f", "-n", "1", "data"]);
    await clock.settle();
    expect(shown()).toBe("gamma\r\n");
    machine.files.writeFile("/work/data", "delta\n", { append: true });
    await clock.advance(10);
    expect(shown()).toBe("gamma\r\ndelta\r\n");
    child.kill("SIGTERM");
  });
});

/**
 * Nothing a learner runs may hold the worker: others have their turn many times. How long a turn takes is what
 * `npm run bench stretches` measures.
 */
describe("hostile input", () => {
  it.each([
    "yes | head -n 2000000 | wc -l",
    "seq 200000 | sort -r | tail -n 1",
    "seq 100000 | grep -c -E '(1|2|3)*4$'",
    "yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | head -n 20000 | grep -cE '(a*)*b'",
    "seq 100000 | sed 's/[0-9]*1/x/g' | uniq | wc -l",
    "yes | tr -d '\\n' | head -c 2000000 | wc -c",
    "seq 100000 | tr '0-9' 'a-j' | cut -c1 | sort | uniq -c",
  ])("%s", async (script) => {
    const clock = realClock();
    const { run, machine } = testMachine(programs, { clock: clock as never, root: memoryFileSystem({ clock, tree }) });
    let turns = 0;
    let going = true;
    const look = () => {
      turns++;
      if (going) setImmediate(look);
    };
    look();
    const { child, errors } = run(["bash", "-c", script], { env: { PATH: "/usr/bin" } });
    expect((await child.exited).code).toBeLessThan(2);
    going = false;
    expect(errors()).toBe("");
    expect(turns).toBeGreaterThan(8);
    machine.shutDown();
    clock.close();
  });
});
