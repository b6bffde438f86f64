/** kubectl as a person uses it: in a terminal, with keys. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Learner, learner } from "./learner.ts";
import { type Screen, screen } from "./screen.ts";

const POD = `apiVersion: v1
kind: Pod
metadata: {name: talk}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - {name: talk, image: busybox, command: [sh, -c, 'echo one; sleep 3600']}
`;

describe("kubectl in a terminal", () => {
  let me: Learner;
  let terminal: Screen;
  beforeAll(async () => {
    me = await learner({ files: { "pod.yaml": POD } });
    await me.ok("kubectl apply -f pod.yaml");
    await me.settle();
    terminal = await screen(me.sandbox);
    await terminal.until(/\$ $/);
  });
  afterAll(() => me.close());

  it("runs a shell in a new Pod and removes it at exit", async () => {
    await terminal.type("kubectl run -i --tty --image busybox dns-test --restart=Never --rm /bin/sh\n");
    await terminal.until(/If you don't see a command prompt, try pressing enter\.[\s\S]*# $/);
    await terminal.type("echo in-$((40+2))\n");
    await terminal.until(/in-42[\s\S]*# $/);
    await terminal.type("exit\n");
    expect(await terminal.until(/\$ $/)).toContain('pod "dns-test" deleted');
  });

  it("ends a piped session at the end of its input", async () => {
    const result = await me.run(
      "echo echo in-'$((40+2))' | kubectl run -i --tty --image busybox piped --restart=Never --rm sh",
    );
    expect(result.stderr).toContain("Unable to use a TTY - input is not a terminal or the right kind of file\n");
    expect(result.stdout).toContain("in-42");
    expect(result.exitCode).toBe(0);
  });

  it("execs interactively", async () => {
    await terminal.type("kubectl exec -it talk -- sh\n");
    await terminal.until(/# $/);
    await terminal.type("hostname\n");
    await terminal.until(/talk\r\n[\s\S]*# $/);
    await terminal.type("\x04");
    await terminal.until(/\$ $/);
    await terminal.type("echo code $?\n");
    await terminal.until(/code 0[\s\S]*\$ $/);
  });

  it("tells how to come back to a Pod that starts again, and where it is quiet nothing", async () => {
    await terminal.type("kubectl run -it --rm again --image busybox -- sh\n");
    await terminal.until(/# $/);
    await terminal.type("exit\n");
    expect(await terminal.until(/again" deleted[\s\S]*\$ $/)).toContain(
      "Session ended, resume using 'kubectl attach again -c again -i -t' command when the pod is running\r\npod \"again\" deleted",
    );
    await terminal.type("kubectl run -it --rm --quiet again --image busybox -- sh\n");
    await terminal.until(/# $/);
    await terminal.type("exit\n");
    const quiet = await terminal.until(/exit[\s\S]*\$ $/);
    expect(quiet).not.toContain("Session ended");
    expect(quiet).not.toContain("deleted");
    await terminal.type("kubectl debug -it talk -c looker --image=busybox --profile=general\n");
    await terminal.until(/# $/);
    await terminal.type("exit\n");
    expect(await terminal.until(/exit[\s\S]*\$ $/)).toContain(
      "Session ended, the ephemeral container will not be restarted but may be reattached using 'kubectl attach talk -c looker -i -t' if it is still running",
    );
  });

  it("has no terminal in the container where nothing is read from this one", async () => {
    await terminal.type("kubectl exec -t talk -- tty; echo code $?\n");
    expect(await terminal.until(/code \d+\r\n[\s\S]*\$ $/)).toContain(
      "not a tty\r\ncommand terminated with exit code 1\r\ncode 1",
    );
  });

  it.each([
    ["get pods -w", /talk +1\/1/, 1],
    ["logs -f talk", /one\r\n/, 1],
    ["events -w", /REASON/, 1],
    ["wait --for=delete pod/talk", undefined, 1],
    ["exec -i talk -- cat", undefined, 1],
    ["port-forward pod/talk 8080:80", /Forwarding/, 0],
    ["exec talk -- sleep 100", undefined, 130],
    ["create -f -", undefined, 130],
  ])("ends `kubectl %s` at ^C as upstream does", async (line, seen, code) => {
    await terminal.type(`kubectl ${line}\n`);
    if (seen !== undefined) await terminal.until(seen);
    else await me.settle();
    await terminal.type("\x03");
    await terminal.until(/\^C[\s\S]*\$ $/);
    await terminal.type("echo code $?\n");
    expect(await terminal.until(/code \d+\r\n[\s\S]*\$ $/)).toContain(`code ${code}\r\n`);
  });

  it("ends at the first line that nobody reads any more", async () => {
    await me.ok("kubectl run many --image busybox --restart=Never -- sh -c 'seq 100; sleep 3600'");
    await me.settle();
    await terminal.type("kubectl logs -f many | head -2; echo ${PIPESTATUS[*]}\n");
    expect(await terminal.until(/\d+ \d+\r\n[\s\S]*\$ $/)).toContain("1\r\n2\r\n141 0\r\n");
  });

  it("ends a watch and followed logs at ^C", async () => {
    await terminal.type("kubectl get pods -w\n");
    await terminal.until(/talk +1\/1 +Running/);
    await terminal.type("\x03");
    await terminal.until(/\$ $/);
    await terminal.type("echo code $?\n");
    await terminal.until(/code 1\r[\s\S]*\$ $/);
    await terminal.type("kubectl logs -f talk\n");
    await terminal.until(/one\r\n/);
    await terminal.type("\x03");
    await terminal.until(/\^C[\s\S]*\$ $/);
  });

  it("edits with vi", async () => {
    await terminal.type("EDITOR=vi kubectl edit pod talk\n");
    await terminal.until(/apiVersion: v1/);
    await terminal.type("/metadata\ro  labels: {seen: yes-it-was}\x1b:wq\r");
    await terminal.until(/pod\/talk edited[\s\S]*\$ $/);
    expect(await me.ok("kubectl get pod talk -o jsonpath={.metadata.labels}")).toContain("yes-it-was");
  });

  it("completes commands, kinds, names and containers", async () => {
    await terminal.type("kubectl descr\tpo\t");
    await terminal.until(/kubectl describe po/);
    await terminal.type("\x15k get pod ta\t");
    await terminal.until(/k get pod talk $/);
    await terminal.type("\x15kubectl logs talk -c t\t");
    await terminal.until(/logs talk -c talk $/);
    await terminal.type("\x15kubectl get -n kube-sy\t");
    await terminal.until(/-n kube-system $/);
    await terminal.type("\x15kubectl apply -f pod\t");
    await terminal.until(/apply -f pod\.yaml $/);
    await terminal.type("\x15");
  });
});
