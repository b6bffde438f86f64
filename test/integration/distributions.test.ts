/** What people find who look around in a Pod: which system it is, and tools that every guide takes for granted. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Learner, learner } from "./learner.ts";

let me: Learner;
beforeAll(async () => {
  me = await learner();
  await me.ok("kubectl create deployment page --image=nginx:1.27 && kubectl expose deployment page --port=80");
  await me.ok("kubectl rollout status deployment/page");
});
afterAll(() => me.close());

/** A Pod of an image, whose command line is given as to `kubectl run ... --`. */
const inPod = (image: string, words: string) =>
  me.run(`kubectl run look --image=${image} --restart=Never --rm -i --quiet -- ${words}`);

describe("an image", () => {
  it.each([
    ["debian:11", "Debian GNU/Linux 11 (bullseye)", "11.11"],
    ["ubuntu:22.04", "Ubuntu 22.04.5 LTS", "bookworm/sid"],
    ["mongo:7", "Ubuntu 22.04.5 LTS", "bookworm/sid"],
    ["mariadb:10.11", "Ubuntu 22.04.5 LTS", "bookworm/sid"],
    ["alpine:3.18", "Alpine Linux v3.18", "3.18.12"],
    ["mysql:8.0", "Oracle Linux Server 9.6", "Oracle Linux Server release 9.6"],
  ])("%s says which system it is", async (image, name, release) => {
    const { stdout } = await inPod(
      image,
      `sh -c 'cat /etc/os-release; cd /etc; cat debian_version alpine-release oracle-release 2> /dev/null'`,
    );
    expect(stdout).toMatch(new RegExp(`^PRETTY_NAME="${name.replace(/[()]/g, "\\$&")}"$`, "m"));
    expect(stdout.trimEnd().split("\n").at(-1)).toBe(release);
  });

  it("shows the kernel that its Node shows", async () => {
    const kernel = await me.ok("kubectl get node node-1 -o jsonpath='{.status.nodeInfo.kernelVersion}'");
    expect((await inPod("debian:12", "uname -r")).stdout).toBe(`${kernel}\n`);
  });

  it("of Oracle Linux has bash for its sh, and no packages to install", async () => {
    const { stderr, stdout } = await inPod("mysql:8.0", "sh -c 'nothing-like-it; microdnf install curl'");
    expect(stdout + stderr).toContain("sh: line 1: nothing-like-it: command not found\n");
    expect(stdout + stderr).toContain("microdnf: not available here: ");
  });

  it("of nginx brings curl and envsubst, one of Debian alone does not", async () => {
    expect(await me.ok("kubectl exec deploy/page -- curl -s localhost | head -1")).toBe("<!DOCTYPE html>\n");
    expect((await inPod("debian:12", "sh -c 'which curl envsubst git uptime'")).stdout).toBe("");
  });
});

describe("busybox", () => {
  it("is every applet by its name, and by the name of a link to it", async () => {
    const { stdout } = await inPod(
      "busybox:1.36",
      `sh -c 'busybox | head -1; busybox echo one; ln -s /bin/busybox /tmp/wc; echo abc | /tmp/wc -c; busybox nope; echo $?'`,
    );
    expect(stdout).toBe("BusyBox v1.36.1 multi-call binary.\none\n4\n127\n");
  });

  it("lists its applets, none of which is a tool of others", async () => {
    const names = (await inPod("busybox:1.36", "busybox --list")).stdout.trimEnd().split("\n");
    expect(names).toEqual([...names].sort());
    expect(names).toEqual(expect.arrayContaining(["ash", "nslookup", "sh", "vi", "wget"]));
    expect(names.filter((name) => ["bash", "curl", "git", "kubectl", "getent"].includes(name))).toEqual([]);
  });

  it("installs links to itself where it is told to", async () => {
    const { stdout } = await inPod(
      "busybox:1.36",
      "sh -c 'mkdir /links; busybox --install -s /links; /links/basename /a/b'",
    );
    expect(stdout).toBe("b\n");
  });

  it("finds web-0.nginx as guides show it where they name no tag, and as it stands since 1.29", async () => {
    expect((await inPod("busybox", "nslookup page.default")).stdout).toMatch(
      /^Name: {6}page\.default\nAddress 1: 10\.\S+ page\.default\.svc\.cluster\.local$/m,
    );
    expect((await inPod("busybox:1.36", "nslookup page.default")).stdout).toContain(
      "can't find page.default: NXDOMAIN",
    );
  });
});

describe("getent", () => {
  it("finds hosts by DNS, by name and by address", async () => {
    const address = await me.ok("kubectl get service page -o jsonpath='{.spec.clusterIP}'");
    const line = `${address.padEnd(15)} page.default.svc.cluster.local\n`;
    expect((await inPod("debian:12", "getent hosts page")).stdout).toBe(line);
    expect((await inPod("debian:12", `getent hosts ${address}`)).stdout).toBe(line);
    expect((await inPod("debian:12", "getent ahosts page")).stdout).toBe(
      `${address.padEnd(15)} STREAM page.default.svc.cluster.local\n${address.padEnd(15)} DGRAM  \n${address.padEnd(15)} RAW    \n`,
    );
  });

  it("refuses to ask one service alone for hosts", async () => {
    const { stdout, stderr } = await inPod("debian:12", "getent -s files hosts page");
    expect(stdout + stderr).toContain("option --service=files: not available here");
    expect((await inPod("debian:12", "getent -s files passwd root")).stdout).toBe("root:x:0:0:root:/root:/bin/bash\n");
  });

  it("says by its status what was not found", async () => {
    const { stdout } = await inPod("debian:12", "sh -c 'getent hosts nobody; echo $?; getent passwd root 77; echo $?'");
    expect(stdout).toBe("2\nroot:x:0:0:root:/root:/bin/bash\n2\n");
  });
});

describe("curlimages/curl", () => {
  it("takes what is no program for curl's, and runs what is", async () => {
    expect((await inPod("curlimages/curl", "-s -o /dev/null -w '%{http_code}' http://page")).stdout).toBe("200");
    expect((await inPod("curlimages/curl", "http://page -s -o /dev/null -w '%{http_code}'")).stdout).toBe("200");
    expect((await inPod("curlimages/curl", "/bin/echo as it is")).stdout).toBe("as it is\n");
    expect((await inPod("curlimages/curl", "sh -c 'id -u; curl -sI http://page | head -1'")).stdout).toBe(
      "100\nHTTP/1.1 200 OK\r\n",
    );
  });
});
