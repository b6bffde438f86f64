import { describe, expect, it } from "vitest";
import { virtualClock } from "../../clock/index.ts";
import { createMachine, directory, type FileChange, file, link, loopbackNetwork, memoryFileSystem } from "../index.ts";
import type { DirectoryTree, Process } from "../types.ts";

const clock = virtualClock();
const fresh = (tree?: DirectoryTree, capacityBytes?: number) =>
  memoryFileSystem({
    clock,
    ...(tree === undefined ? {} : { tree }),
    ...(capacityBytes === undefined ? {} : { capacityBytes }),
  });
const code = (run: () => unknown) => {
  try {
    run();
    return "ok";
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe("memory file system", () => {
  it("keeps two file systems on one tree apart", () => {
    const tree = directory({ "etc/a": "one", "etc/b": "two" });
    const left = fresh(tree);
    const right = fresh(tree);
    left.writeFile("/etc/a", "ONE", { append: true });
    left.remove("/etc/b");
    left.writeFile("/etc/c", "three");
    expect(left.readText("/etc/a")).toBe("oneONE");
    expect(left.list("/etc").map(({ name }) => name)).toEqual(["a", "c"]);
    expect(right.readText("/etc/a")).toBe("one");
    expect(right.list("/etc").map(({ name }) => name)).toEqual(["a", "b"]);
    expect(right.snapshot()).toBe(tree);
  });

  it("shares what did not change between snapshots, and what changes later does not reach them", () => {
    const system = fresh(directory({ "a/deep/file": "x", "b/file": "y" }));
    const first = system.snapshot();
    system.writeFile("/b/file", "z");
    const second = system.snapshot();
    expect(second.entries["a"]).toBe(first.entries["a"]);
    expect(second.entries["b"]).not.toBe(first.entries["b"]);
    system.writeFile("/b/file", "!", { append: true });
    system.writeFile("/b/file", "#", { append: true });
    expect(fresh(second).readText("/b/file")).toBe("z");
    expect(fresh(system.snapshot()).readText("/b/file")).toBe("z!#");
  });

  it("does not change bytes that somebody read before", () => {
    const system = fresh();
    system.writeFile("/f", "abc");
    const before = system.readFile("/f");
    system.writeFile("/f", "xyz");
    system.writeFile("/f", "more", { append: true });
    expect(new TextDecoder().decode(before)).toBe("abc");
  });

  it("refuses what does not fit, and takes it when there is room again", () => {
    const system = fresh(undefined, 10);
    system.writeFile("/a", "12345678");
    expect(code(() => system.writeFile("/b", "123"))).toBe("ENOSPC");
    expect(system.usage().usedBytes).toBe(8);
    system.remove("/a");
    system.writeFile("/b", "123");
    expect(system.usage().usedBytes).toBe(3);
    system.resize(20);
    system.writeFile("/c", "0123456789");
    expect(system.usage()).toMatchObject({ usedBytes: 13, capacityBytes: 20 });
  });

  it("keeps a file with two names until both are gone", () => {
    const system = fresh();
    system.writeFile("/a", "text");
    system.link("/a", "/b");
    expect(system.stat("/a").links).toBe(2);
    system.writeFile("/b", "!", { append: true });
    system.remove("/a");
    expect(system.readText("/b")).toBe("text!");
    expect(system.stat("/b").links).toBe(1);
    expect(system.usage().usedBytes).toBe(5);
  });

  it("follows links, also in the middle of paths, and gives up on loops", () => {
    const system = fresh(
      directory({ "real/file": "x", short: link("real"), loop: link("loop"), up: link("real/../real") }),
    );
    expect(system.readText("/short/file")).toBe("x");
    expect(system.readText("/up/file")).toBe("x");
    expect(system.realPath("/short/../short/file")).toBe("/real/file");
    expect(code(() => system.readText("/loop"))).toBe("ELOOP");
    expect(system.readLink("/short")).toBe("real");
    system.symlink("/real/new", "/dangling");
    system.writeFile("/dangling", "made through the link");
    expect(system.readText("/real/new")).toBe("made through the link");
  });

  it("renames over files and empty directories, never into itself", () => {
    const system = fresh(directory({ "a/x": "1", "b/y": "2", empty: directory() }));
    expect(code(() => system.rename("/a", "/a/inside"))).toBe("EINVAL");
    expect(code(() => system.rename("/a", "/b"))).toBe("ENOTEMPTY");
    system.rename("/a", "/empty");
    expect(system.readText("/empty/x")).toBe("1");
    system.rename("/empty/x", "/b/y");
    expect(system.readText("/b/y")).toBe("1");
    expect(code(() => system.rename("/none", "/x"))).toBe("ENOENT");
  });

  it("tells watchers of changes at and below a path", () => {
    const system = fresh(directory({ "work/a": "1", other: "2" }));
    const seen: FileChange[] = [];
    const stop = system.watch("/work", (change) => seen.push(change));
    system.writeFile("/work/a", "2");
    system.writeFile("/work/new", "");
    system.writeFile("/other", "3");
    system.rename("/work/new", "/work/newer");
    stop();
    system.remove("/work/a");
    expect(seen.map(({ type, path }) => `${type} ${path}`)).toEqual([
      "changed /work/a",
      "changed /work/a",
      "created /work/new",
      "created /work/new",
      "removed /work/new",
      "created /work/newer",
    ]);
  });

  it("takes names that JavaScript objects find special", () => {
    const system = fresh(directory({ a: directory() }));
    expect(system.exists("/constructor")).toBe(false);
    system.makeDirectory("/__proto__");
    system.writeFile("/__proto__/toString", "x");
    expect(fresh(system.snapshot()).readText("/__proto__/toString")).toBe("x");
  });
});

describe("mounts and permissions", () => {
  const machineWith = (options: Partial<Parameters<typeof createMachine>[0]> = {}) =>
    createMachine({
      clock,
      hostname: "box",
      root: fresh(
        directory({
          etc: directory({ secret: file("s", 0o600) }),
          tmp: directory({}, { mode: 0o1777 }),
          "var/run": link("/run"),
          run: directory(),
        }),
      ),
      programs: new Map(),
      network: loopbackNetwork(),
      ...options,
    });
  const as = async (machine: ReturnType<typeof machineWith>, uid: number, body: (process: Process) => void) => {
    const child = machine.spawn({
      argv: ["test"],
      uid,
      gid: uid,
      program: async (process) => {
        body(process);
        return 0;
      },
    });
    await clock.settle();
    expect((await child.exited).code).toBe(0);
  };

  it("mounts volumes, parts of volumes and single files, through links", () => {
    const volume = fresh(directory({ "data/file": "x", "conf/app.conf": "c" }));
    const machine = machineWith({
      mounts: [
        { path: "/data", fileSystem: volume, subPath: "data" },
        { path: "/var/run/secrets/token", fileSystem: volume, subPath: "conf/app.conf", readOnly: true },
      ],
    });
    expect(machine.files.readText("/data/file")).toBe("x");
    expect(machine.files.readText("/run/secrets/token")).toBe("c");
    expect(code(() => machine.files.writeFile("/run/secrets/token", "y"))).toBe("EROFS");
    machine.files.writeFile("/data/new", "n");
    expect(volume.readText("/data/new")).toBe("n");
    expect(code(() => machine.files.rename("/data/new", "/etc/new"))).toBe("EXDEV");
    expect(code(() => machine.files.remove("/data", { recursive: true }))).toBe("EBUSY");
    expect(machine.files.list("/").map(({ name }) => name)).toContain("data");
    const seen: string[] = [];
    machine.files.watch("/data", ({ path }) => seen.push(path));
    volume.writeFile("/data/file", "z");
    expect(seen).toContain("/data/file");
    machine.unmount("/data");
    expect(machine.files.list("/data")).toEqual([]);
  });

  it("asks users for permission, and the superuser for none", async () => {
    const machine = machineWith();
    await as(machine, 1000, ({ files }) => {
      expect(code(() => files.readFile("/etc/secret"))).toBe("EACCES");
      expect(code(() => files.writeFile("/etc/new", ""))).toBe("EACCES");
      files.writeFile("/tmp/mine", "m");
      expect(code(() => files.chown("/tmp/mine", 0, 0))).toBe("EPERM");
      files.chmod("/tmp/mine", 0o600);
    });
    await as(machine, 1001, ({ files }) => {
      expect(code(() => files.readFile("/tmp/mine"))).toBe("EACCES");
      expect(code(() => files.remove("/tmp/mine"))).toBe("EPERM");
      expect(code(() => files.chmod("/tmp/mine", 0o666))).toBe("EPERM");
    });
    await as(machine, 0, ({ files }) => {
      expect(files.readText("/tmp/mine")).toBe("m");
      expect(files.stat("/tmp/mine")).toMatchObject({ uid: 1000, mode: 0o600 });
    });
  });

  it("makes a root read-only by mounting it so, while volumes stay writable", () => {
    const root = fresh(directory({ etc: directory() }));
    const machine = machineWith({
      root,
      mounts: [
        { path: "/", fileSystem: root, readOnly: true },
        { path: "/data", fileSystem: fresh() },
      ],
    });
    expect(code(() => machine.files.writeFile("/etc/x", ""))).toBe("EROFS");
    machine.files.writeFile("/data/x", "");
  });
});
