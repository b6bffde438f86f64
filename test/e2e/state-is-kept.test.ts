/** What a learner made is there after a reload, a restart and a crash; and it is theirs alone. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LearnerClient } from "./learner-client.ts";
import { type RunningServer, startServer, temporaryData } from "./private-server.ts";

const LESSON = ["stateful", "partitioned-rollouts"] as const;
const SAVED_MS = 2000;

describe("a guest's work", () => {
  const data = temporaryData();
  let server: RunningServer;
  let me: LearnerClient;
  let sandbox: string;

  beforeAll(async () => {
    server = await startServer(data.path);
    me = new LearnerClient(server.url);
    sandbox = await me.openLesson(...LESSON);
  });
  afterAll(async () => {
    await server?.stop();
    data.remove();
  });

  it("starts with the lesson's files and a settled cluster, without an account", async () => {
    const { body } = await me.call<{ files: { path: string }[] }>("GET", `/api/sandboxes/${sandbox}/files`);
    expect(body.files.map((file) => file.path)).toEqual(["web.yaml"]);
    const state = await me.live(sandbox, (message) => message.type === "state");
    const names =
      state.type === "state"
        ? state.objects
            .filter((each) => each["kind"] === "Pod")
            .map((each) => (each["metadata"] as { name: string }).name)
        : [];
    expect(names).toEqual(expect.arrayContaining(["web-0", "web-1", "web-2", "web-3", "web-4"]));
  });

  it("judges an answer, and the progress says so", async () => {
    const { body } = await me.call<{ verdict: { status: string } }>(
      "POST",
      `/api/sandboxes/${sandbox}/exercises/predict/answer`,
      {
        check: "which",
        answer: ["web-3", "web-4"],
      },
    );
    expect(body.verdict.status).toBe("pass");
    await expect
      .poll(
        async () =>
          (await me.call<{ lessons: Record<string, Record<string, { status: string }>> }>("GET", "/api/progress")).body
            .lessons,
      )
      .toMatchObject({ "stateful/05-operations/03-partitioned-rollouts": { predict: { status: "pass" } } });
  });

  it("turns the card green once the canaries run", async () => {
    const { body } = await me.call<{ text: string }>("GET", `/api/sandboxes/${sandbox}/files/web.yaml`);
    const text = body.text.replace("partition: 0", "partition: 3").replace("nginx:1.26", "nginx:1.27");
    expect((await me.call("PUT", `/api/sandboxes/${sandbox}/files/web.yaml`, { text })).status).toBe(200);
    const { body: opened } = await me.call<{ terminalId: string }>("POST", `/api/sandboxes/${sandbox}/terminals`, {
      columns: 100,
      rows: 30,
    });
    await me.type(sandbox, opened.terminalId, "kubectl apply -f web.yaml", /statefulset\.apps\/web configured/);
    const verdict = await me.live(
      sandbox,
      (message) =>
        (message.type === "verdict" && message.verdict.exercise === "canary" && message.verdict.status === "pass") ||
        (message.type === "state" &&
          message.verdicts.some((each) => each.exercise === "canary" && each.status === "pass")),
      60_000,
    );
    expect(verdict).toBeDefined();
  });

  it.each(["SIGTERM", "SIGKILL"] as const)("is there after the server ended by %s", async (signal) => {
    await new Promise((resolve) => setTimeout(resolve, SAVED_MS));
    await server.stop(signal);
    server = await startServer(data.path);
    me = new LearnerClient(server.url, me.cookie);
    expect(await me.openLesson(...LESSON)).toBe(sandbox);
    const { body } = await me.call<{ text: string }>("GET", `/api/sandboxes/${sandbox}/files/web.yaml`);
    expect(body.text).toContain("partition: 3");
    const state = await me.live(sandbox, (message) => message.type === "state");
    if (state.type !== "state") throw new Error("unreachable");
    expect(state.verdicts.find((each) => each.exercise === "canary")?.status).toBe("pass");
    const { body: terminals } = await me.call<{ terminals: string[] }>("GET", `/api/sandboxes/${sandbox}/terminals`);
    const screen = await me.type(sandbox, terminals.terminals[0] ?? "", "kubectl get pods -o name", /pod\/web-4/);
    expect(screen).toContain("pod/web-0");
  });

  it("goes back to where the exercise was begun, and forth again", async () => {
    const { body: terminals } = await me.call<{ terminals: string[] }>("GET", `/api/sandboxes/${sandbox}/terminals`);
    const type = (command: string, until: RegExp) => me.type(sandbox, terminals.terminals[0] ?? "", command, until);
    await type("kubectl create cm mine", /configmap\/mine created/);
    const { body } = await me.call<{ undoToken: string }>("POST", `/api/sandboxes/${sandbox}/reset`, {
      to: "exercise",
    });
    await type("kubectl get cm mine; kubectl get sts -o name", /"mine" not found[\s\S]*statefulset\.apps\/web/);
    const { body: file } = await me.call<{ text: string }>("GET", `/api/sandboxes/${sandbox}/files/web.yaml`);
    expect(file.text).toContain("partition: 3");
    const undone = await me.call("POST", `/api/sandboxes/${sandbox}/undo-reset`, { undoToken: body.undoToken });
    expect(undone.status).toBe(200);
    await type("kubectl get cm mine -o name", /configmap\/mine\r\n/);
  });

  it("is refused to others with 403, whether it exists or not, and nothing is leaked", async () => {
    const stranger = new LearnerClient(server.url);
    await stranger.openLesson("stateful", "first-statefulset");
    const nowhere = "00000000-0000-4000-8000-000000000000";
    const answers = await Promise.all(
      [sandbox, nowhere].map((id) => stranger.call("GET", `/api/sandboxes/${id}/files`)),
    );
    expect(answers.map((answer) => answer.status)).toEqual([403, 403]);
    expect(answers[0]?.body).toEqual(answers[1]?.body);
    for (const id of [sandbox, nowhere, "%00"]) {
      await expect(stranger.connect(`/ws/live/${id}`)).rejects.toThrow("refused with 403");
      await expect(stranger.connect(`/ws/terminal/${id}/1`)).rejects.toThrow("refused with 403");
    }
    const api = await fetch(`${server.url}/clusters/${nowhere}/api/v1/pods`);
    expect(api.status).toBe(403);
    const noToken = await fetch(`${server.url}/clusters/${sandbox}/api/v1/pods`);
    expect([401, 403]).toContain(noToken.status);
  });

  it("is not disturbed by a neighbour's fork bomb and endless loop", async () => {
    const neighbour = new LearnerClient(server.url);
    const theirs = await neighbour.openLesson("stateful", "first-statefulset");
    const { body } = await neighbour.call<{ terminalId: string }>("POST", `/api/sandboxes/${theirs}/terminals`, {});
    await neighbour.call("POST", `/api/sandboxes/${theirs}/terminals/${body.terminalId}/type`, {
      command: ":(){ :|:& };:",
    });
    await neighbour.call("POST", `/api/sandboxes/${theirs}/terminals/${body.terminalId}/type`, {
      command: "while :; do :; done",
    });
    const { body: terminals } = await me.call<{ terminals: string[] }>("GET", `/api/sandboxes/${sandbox}/terminals`);
    const screen = await me.type(sandbox, terminals.terminals[0] ?? "", "echo still-$((40+2))", /still-42/);
    expect(screen).toContain("still-42");
  });
});
