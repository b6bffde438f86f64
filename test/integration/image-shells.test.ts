/** What a person meets who opens a shell in a container. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Learner, learner } from "./learner.ts";
import { type Screen, screen } from "./screen.ts";

describe("a shell in a container", () => {
  let me: Learner;
  let terminal: Screen;
  beforeAll(async () => {
    me = await learner();
    terminal = await screen(me.sandbox);
    await terminal.until(/\$ $/);
  });
  afterAll(() => me.close());

  it.each([
    ["nginx", "bash", /root@shell-0:\/# $/],
    ["redis:7", "bash", /root@shell-1:\/data# $/],
    ["ubuntu", "bash", /root@shell-2:\/# $/],
    ["alpine", "sh", /\r\n\/ # $/],
    ["busybox", "sh", /\r\n\/ # $/],
  ])("of %s by %s has that distribution's prompt", async (image, shell, prompt) => {
    const name = `shell-${["nginx", "redis:7", "ubuntu"].indexOf(image)}`;
    await me.ok("kubectl delete pod --all --now");
    await me.ok(`kubectl run ${name} --image ${image} --command -- sleep 3600`);
    await me.ok(`kubectl wait --for=condition=Ready pod/${name} --timeout=2m`);
    await terminal.type(`kubectl exec -it ${name} -- ${shell}\n`);
    await terminal.until(prompt);
    await terminal.type("exit\n");
    await terminal.until(/\$ $/);
  });

  it.each([
    ["nginx", "apt-get update", 100],
    ["alpine", "apk add curl", 1],
  ])("of %s says why `%s` brings nothing", async (image, line, status) => {
    await me.ok(`kubectl run packages-${status} --image ${image} --command -- sleep 3600`);
    await me.ok(`kubectl wait --for=condition=Ready pod/packages-${status} --timeout=2m`);
    const result = await me.run(`kubectl exec packages-${status} -- ${line}`);
    expect(result.exitCode).toBe(status);
    expect(result.stderr).toContain(`${line.split(" ")[0]}: not available here: packages come from the internet`);
  });
});
