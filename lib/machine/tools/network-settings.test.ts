import { describe, expect, it } from "vitest";
import { loopbackNetwork } from "../network.ts";
import { testMachine } from "../testing.test-helper.ts";
import { toolPrograms } from "./index.ts";

async function run(argv: readonly string[], options: Parameters<typeof testMachine>[1] = {}) {
  const { run, clock } = testMachine(Object.fromEntries(toolPrograms), {
    network: { ...loopbackNetwork(), addresses: ["10.244.2.7"] },
    ...options,
  });
  const started = run(argv);
  await clock.runUntil(() => false, 1000);
  return { out: started.output(), error: started.errors(), code: (await started.child.exited).code };
}

describe("ip", () => {
  it("shows what a Pod has: the loopback, and its end of a pair", async () => {
    const { out } = await run(["ip", "addr"]);
    expect(out).toContain("1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536");
    expect(out).toContain("    link/ether 0a:58:0a:f4:02:07 brd ff:ff:ff:ff:ff:ff\n");
    expect(out).toContain("    inet 10.244.2.7/24 brd 10.244.2.255 scope global eth0\n");
    expect((await run(["ip", "-o", "-4", "a", "show", "dev", "eth0"])).out).toBe(
      "2: eth0    inet 10.244.2.7/24 brd 10.244.2.255 scope global eth0\\       valid_lft forever preferred_lft forever\n",
    );
    expect((await run(["ip", "-6", "addr"])).out).toBe("");
  });

  it("routes through the node", async () => {
    expect((await run(["ip", "r"])).out).toMatch(/^default via 10\.244\.2\.1 dev eth0 \n/);
  });

  it("changes nothing: without the right, and with it", async () => {
    const change = ["ip", "link", "add", "dummy0", "type", "dummy"];
    expect(await run(change)).toEqual({
      out: "",
      error: "ip: RTNETLINK answers: Operation not permitted\n",
      code: 2,
    });
    const may = await run(change, { capabilities: new Set(["NET_ADMIN"]) });
    expect(may).toMatchObject({ error: "ip: RTNETLINK answers: Operation not supported\n", code: 2 });
  });

  it("says what it does not know", async () => {
    expect((await run(["ip", "addr", "show", "eth9"])).error).toBe("ip: can't find device 'eth9'\n");
    expect((await run(["ip", "neigh"])).error).toBe("ip: neighbour is not available here\n");
    expect((await run(["ip", "bogus"])).error).toMatch(/^ip: unknown object 'bogus'\n/);
  });
});

describe("sysctl", () => {
  const sysctls = new Map([["kernel.shm_rmid_forced", "1"]]);

  it("shows what was set for this machine, and what every machine has", async () => {
    expect((await run(["sysctl", "kernel.shm_rmid_forced"], { sysctls })).out).toBe("kernel.shm_rmid_forced = 1\n");
    expect((await run(["sysctl", "kernel/shm_rmid_forced"])).out).toBe("kernel.shm_rmid_forced = 0\n");
    expect((await run(["sysctl", "-n", "net.ipv4.ip_local_port_range"])).out).toBe("32768\t60999\n");
    expect((await run(["cat", "/proc/sys/kernel/hostname"])).out).toBe("box\n");
    const all = (await run(["sysctl", "-a"], { sysctls })).out.split("\n");
    expect(all).toContain("kernel.shm_rmid_forced = 1");
    expect(all.length).toBeGreaterThan(25);
  });

  it("cannot set what is mounted read-only, nor what is not there", async () => {
    expect(await run(["sysctl", "-w", "vm.swappiness=1"])).toEqual({
      out: "",
      error: "sysctl: error setting key 'vm.swappiness': Read-only file system\n",
      code: 1,
    });
    expect((await run(["sysctl", "no.such"])).error).toBe(
      "sysctl: error reading key 'no.such': No such file or directory\n",
    );
    expect(await run(["sysctl", "-e", "no.such"])).toEqual({ out: "", error: "", code: 0 });
  });
});
