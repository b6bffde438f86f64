/** `kubectl edit` and its like in a learner's terminal, as a page with an editor is told of them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AttemptRuntime, type AttemptSpec } from "../../lib/attempts/runtime.ts";
import type { LiveMessage } from "../../lib/protocol/types.ts";
import { embeddedSandboxes } from "../../lib/sandbox/embedded/index.node.ts";
import type { Edit, EditEvent, SandboxId, SandboxSpec, Terminal } from "../../lib/sandbox/types.ts";

const SETUP = `apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: blue}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other}
data: {colour: green}
`;
const ESCAPES = /\x1b7|\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07/g;
const WAITING = "Waiting for the lesson's editor";

/** What a person sees of a terminal since they last typed, without escape sequences. */
class Screen {
  readonly terminal: Terminal;
  #seen = "";
  /** How many bytes came since the terminal began. */
  bytes = 0;

  constructor(terminal: Terminal) {
    this.terminal = terminal;
    const decoder = new TextDecoder();
    terminal.attach(0, ({ data, position }) => {
      this.bytes = position + data.length;
      this.#seen += decoder.decode(data, { stream: true });
    });
  }
  get raw(): string {
    return this.#seen;
  }
  forget(): void {
    this.#seen = "";
  }
  type(keys: string): void {
    this.forget();
    this.terminal.input(keys);
  }
  shows(pattern: RegExp): Promise<void> {
    return expect.poll(() => this.#seen.replace(ESCAPES, ""), { timeout: 10_000 }).toMatch(pattern);
  }
}

/** A page at the live view of an attempt. */
class Page {
  readonly edits = new Map<string, Edit>();
  readonly events: EditEvent[] = [];
  #leave: () => void = () => undefined;

  static async open(runtime: AttemptRuntime, editor = true): Promise<Page> {
    const page = new Page();
    page.#leave = await runtime.live((message) => page.#receive(message), { editor });
    return page;
  }
  #receive(message: LiveMessage): void {
    if (message.type === "state") {
      this.edits.clear();
      for (const edit of message.edits) this.edits.set(edit.id, edit);
    }
    if (message.type !== "edit") return;
    const { event } = message;
    this.events.push(event);
    if (event.type === "ended") this.edits.delete(event.id);
    else this.edits.set(event.edit.id, event.edit);
  }
  /** The one edit that is open. */
  async edit(): Promise<Edit> {
    await expect.poll(() => this.edits.size, { timeout: 10_000 }).toBe(1);
    const [edit] = [...this.edits.values()];
    if (edit === undefined) throw new Error("unreachable");
    return edit;
  }
  async noEdit(): Promise<void> {
    await expect.poll(() => this.edits.size, { timeout: 10_000 }).toBe(0);
  }
  leave(): void {
    this.#leave();
  }
}

describe("kubectl edit where a page with an editor is open", () => {
  const provider = embeddedSandboxes();
  const id = "lesson-editor" as SandboxId;
  const sandbox: SandboxSpec = { files: {}, setup: SETUP, seed: 1, latencies: "none" };
  const spec: AttemptSpec = { id, namespace: "default", sandbox, exercises: [] };
  let runtime: AttemptRuntime;
  let page: Page;
  let screen: Screen;
  const edits = () => runtime.sandbox.edits;
  const newScreen = async () => new Screen(await runtime.sandbox.openTerminal({ columns: 100, rows: 30 }));
  const colour = async (name = "settings") =>
    (await runtime.sandbox.run(`kubectl get cm ${name} -o jsonpath={.data.colour}`)).stdout;

  beforeAll(async () => {
    runtime = await AttemptRuntime.start(spec, await provider.create(id, sandbox));
    page = await Page.open(runtime);
    screen = await newScreen();
  });
  afterAll(async () => {
    await runtime.close();
    await provider.destroy(id);
  });

  it("gives the page the text, says so in the terminal, and goes on with what was saved", async () => {
    screen.type("kubectl edit cm settings\r");
    const edit = await page.edit();
    expect(edit).toMatchObject({
      terminal: screen.terminal.id,
      command: "kubectl edit",
      subject: "ConfigMap/settings",
      format: "yaml",
      returned: false,
      revision: 0,
    });
    expect(edit.text).toMatch(/^# Please edit the object below\.[\s\S]*\napiVersion: v1\n/);
    await screen.shows(new RegExp(`${WAITING}.*$`));
    expect(await edits().save(edit.id, edit.text.replace("blue", "red"), 0)).toEqual({ revision: 1 });
    await screen.shows(/configmap\/settings edited\r\n.*\$ $/);
    // The line that told of the waiting is gone from the screen.
    expect(screen.raw).toContain("\r\x1b[Kconfigmap/settings edited");
    expect(page.events.at(-1)).toEqual({ type: "ended", id: edit.id, how: "saved" });
    expect(await colour()).toBe("red");
  });

  it("changes nothing where the learner cancels, or saves what they were given", async () => {
    screen.type("kubectl edit cm settings; echo code-$?\r");
    const cancelled = await page.edit();
    await edits().keep(cancelled.id, cancelled.text.replace("colour: red", "colour: pink"), 0);
    await edits().cancel(cancelled.id);
    await screen.shows(/Edit cancelled, no changes made\.\r\ncode-0/);
    await page.noEdit();
    screen.type("kubectl edit cm settings\r");
    const same = await page.edit();
    await edits().save(same.id, same.text, 0);
    await screen.shows(/Edit cancelled, no changes made\./);
    expect(await colour()).toBe("red");
  });

  it("gives what is invalid back, with the reasons above it, until it is right or given up", async () => {
    screen.type("kubectl edit cm settings; echo code-$?\r");
    const first = await page.edit();
    await edits().save(first.id, first.text.replace("name: settings", "name: settings\n  labels: {a: b c}"), 0);
    await expect.poll(() => page.edits.has(first.id)).toBe(false);
    const second = await page.edit();
    expect(second.returned).toBe(true);
    expect(second.text).toContain('# configmaps "settings" was not valid:\n# * metadata.labels: Invalid value: "b c"');
    expect(second.text).toContain("labels: {a: b c}");
    await screen.shows(/error: configmaps "settings" is invalid/);
    await edits().cancel(second.id);
    await screen.shows(
      /A copy of your changes has been stored to "\/tmp\/kubectl-edit-\d+\.yaml"\r\nerror: Edit cancelled, no valid changes were saved\.\r\ncode-1/,
    );
    await page.noEdit();
  });

  it("ends with its command: ^C, a signal, a closed terminal", async () => {
    screen.type("kubectl edit cm settings\r");
    await page.edit();
    await screen.shows(new RegExp(WAITING));
    screen.type("\x03");
    await page.noEdit();
    expect(page.events.at(-1)).toMatchObject({ type: "ended", how: "gone" });
    await screen.shows(/\$ $/);
    screen.type("echo code-$?\r");
    await screen.shows(/code-130/);

    const other = await newScreen();
    other.type("kubectl edit cm settings\r");
    await page.edit();
    screen.type("pkill -9 kubectl\r");
    await page.noEdit();
    await other.shows(/Killed[\s\S]*\$ $/);

    other.type("kubectl edit cm settings\r");
    await page.edit();
    await other.terminal.close();
    await page.noEdit();
  });

  it("keeps edits of several terminals apart", async () => {
    const other = await newScreen();
    screen.type("kubectl edit cm settings\r");
    const mine = await page.edit();
    other.type("kubectl edit cm other\r");
    await expect.poll(() => page.edits.size).toBe(2);
    const theirs = [...page.edits.values()].find((edit) => edit.terminal === other.terminal.id);
    if (theirs === undefined) throw new Error("no edit of the other terminal");
    await edits().save(theirs.id, theirs.text.replace("green", "white"), 0);
    await other.shows(/configmap\/other edited/);
    expect([...page.edits.keys()]).toEqual([mine.id]);
    await edits().cancel(mine.id);
    await screen.shows(/no changes made/);
    expect(await colour("other")).toBe("white");
    await other.terminal.close();
  });

  it("offers an edit again to a page that comes back, with what was written so far", async () => {
    screen.type("kubectl edit cm settings\r");
    const edit = await page.edit();
    const text = edit.text.replace("colour: red", "colour: half-wri");
    expect(await edits().keep(edit.id, text, 0)).toEqual({ revision: 1 });
    page.leave();
    page = await Page.open(runtime);
    expect(await page.edit()).toMatchObject({ id: edit.id, text, revision: 1, original: edit.original });
    await edits().save(edit.id, text.replace("half-wri", "whole"), 1);
    await screen.shows(/configmap\/settings edited/);
    expect(await colour()).toBe("whole");
  });

  it("lets no window write over what another one wrote", async () => {
    const second = await Page.open(runtime);
    screen.type("kubectl edit cm settings\r");
    const edit = await page.edit();
    expect(await edits().keep(edit.id, "a: 1\n", 0)).toEqual({ revision: 1 });
    expect(second.edits.get(edit.id)).toMatchObject({ text: "a: 1\n", revision: 1 });
    const theirs = { theirs: { text: "a: 1\n", revision: 1 } };
    expect(await edits().keep(edit.id, "b: 2\n", 0)).toEqual(theirs);
    expect(await edits().save(edit.id, "b: 2\n", 0)).toEqual(theirs);
    // The same text is no conflict.
    expect(await edits().keep(edit.id, "a: 1\n", 0)).toEqual({ revision: 1 });
    await edits().cancel(edit.id);
    await second.noEdit();
    expect(await edits().keep(edit.id, "late", 1)).toBeUndefined();
    expect(await edits().save(edit.id, "late", 1)).toBeUndefined();
    second.leave();
    await screen.shows(/\$ $/);
  });

  it("opens the learner's own editor where they chose one", async () => {
    for (const variable of ["KUBE_EDITOR", "EDITOR"]) {
      screen.type(`${variable}=vi kubectl edit cm settings\r`);
      await screen.shows(/apiVersion: v1/);
      screen.type(":q\r");
      await screen.shows(/no changes made/);
    }
    expect(page.edits.size).toBe(0);
  });

  it("opens vi where nobody with an editor looks on", async () => {
    page.leave();
    const watcher = await Page.open(runtime, false);
    screen.type("kubectl edit cm settings\r");
    await screen.shows(/apiVersion: v1/);
    expect(watcher.edits.size).toBe(0);
    screen.type(":q\r");
    await screen.shows(/no changes made/);
    watcher.leave();
    page = await Page.open(runtime);
  });

  it("is no business of commands outside of a terminal", async () => {
    const { stderr } = await runtime.sandbox.run("kubectl edit cm settings", { timeoutMs: 5000 });
    expect(stderr).toContain('there was a problem with the editor "vi"');
    expect(page.edits.size).toBe(0);
  });

  it("serves every command with an editor", async () => {
    screen.type(
      "kubectl create cm fresh --from-literal=a=1 --dry-run=client -o yaml > fresh.yaml; kubectl create -f fresh.yaml --edit --save-config\r",
    );
    const created = await page.edit();
    expect(created).toMatchObject({ command: "kubectl create", subject: "ConfigMap/fresh" });
    await edits().save(created.id, created.text.replace('a: "1"', 'a: "2"'), 0);
    await screen.shows(/configmap\/fresh created/);
    await page.noEdit();
    screen.type("kubectl apply edit-last-applied cm fresh -o json\r");
    const applied = await page.edit();
    expect(applied).toMatchObject({ command: "kubectl apply edit-last-applied", format: "json" });
    await edits().cancel(applied.id);
    await screen.shows(/no changes made/);
    await page.noEdit();
    screen.type("kubectl edit cm settings other\r");
    const several = await page.edit();
    expect(several.subject).toBe("ConfigMap/settings +1");
    await edits().cancel(several.id);
    await screen.shows(/no changes made/);
  });

  it("serves git too, which asks for Debian's `editor` where nobody chose one", async () => {
    screen.type(
      "git init -q notes; cd notes; git config user.name A; git config user.email a@b; echo 1 > a; git add a; git commit\r",
    );
    const message = await page.edit();
    expect(message).toMatchObject({ command: "git commit", subject: "COMMIT_EDITMSG", format: "txt" });
    expect(message.text).toMatch(/^\n# Please enter the commit message/);
    await edits().save(message.id, `From the page\n${message.text}`, 0);
    await screen.shows(/\(root-commit\) [0-9a-f]{7}\] From the page/);
    await page.noEdit();
    screen.type("git commit --allow-empty; echo code-$?\r");
    await edits().cancel((await page.edit()).id);
    await screen.shows(/Aborting commit due to empty commit message\.\r\ncode-1/);
    await page.noEdit();
    screen.type("EDITOR=vi git commit --allow-empty\r");
    await screen.shows(/# Please enter the commit message/);
    screen.type(":q\r");
    await screen.shows(/Aborting commit/);
    expect(page.edits.size).toBe(0);
    screen.type("cd ..\r");
  });

  it("ends when the sandbox is put back, and the next one opens as ever", async () => {
    screen.type("kubectl edit cm settings\r");
    await page.edit();
    await runtime.reset({ kind: "start" });
    expect(page.edits.size).toBe(0);
    await screen.shows(/\$ $/);
    screen.type("kubectl edit cm settings\r");
    const edit = await page.edit();
    await edits().save(edit.id, edit.text.replace("blue", "again"), 0);
    await screen.shows(/configmap\/settings edited/);
    expect(await colour()).toBe("again");
  });

  it("leaves terminals to whoever looks at them when the sandbox goes back to an earlier state", async () => {
    screen.type("echo first-$((1+0))\r");
    await screen.shows(/first-1\r\n.*\$ $/);
    const { snapshot, grading } = await runtime.save();
    const later = await newScreen();
    await later.shows(/\$ $/);
    screen.type("echo second-$((1+1))\r");
    await screen.shows(/second-2\r\n.*\$ $/);
    screen.forget();
    await runtime.reset({ kind: "saved", saved: { snapshot, grading } });
    // The screen is as it was, and a new shell is on it.
    await screen.shows(/first-1\r\n[\s\S]*\$ $/);
    expect(screen.raw).not.toContain("second-2");
    screen.type("echo third-$((1+2))\r");
    await screen.shows(/third-3/);
    expect(await runtime.sandbox.terminals()).not.toContain(later.terminal.id);
  });

  it("gives a page that saw more than was saved a whole prompt, and none of it twice", async () => {
    screen.type("clear; vi\r");
    await screen.shows(/~/);
    const { snapshot } = await runtime.save();
    const restored = await provider.restore("lesson-editor-restored" as SandboxId, sandbox, snapshot);
    const terminal = await restored.terminal(screen.terminal.id);
    if (terminal === undefined) throw new Error("the terminal is not part of the save");
    const since = screen.bytes + 7;
    let position = since;
    let text = "";
    terminal.attach(since, (output) => {
      expect(output.position).toBe(position);
      position += output.data.length;
      text += new TextDecoder().decode(output.data);
    });
    await expect.poll(() => text.replace(ESCAPES, "")).toMatch(/^~ \$ $/);
    // Out of vi's screen first.
    expect(text.startsWith("\x1b7\x1b[?1049l")).toBe(true);
    await provider.destroy("lesson-editor-restored" as SandboxId);
    screen.type(":q\r");
    await screen.shows(/\$ $/);
  });

  it("may wait in the background, and be brought to the front", async () => {
    screen.type("kubectl edit cm settings &\r");
    const edit = await page.edit();
    await screen.shows(/\[1\] \d+[\s\S]*\$ $/);
    await edits().save(edit.id, edit.text.replace("again", "behind"), 0);
    await screen.shows(/configmap\/settings edited/);
    expect(await colour()).toBe("behind");
    await page.noEdit();
    screen.type("\r");
    await screen.shows(/\$ $/);
    screen.type("kubectl edit cm settings\r");
    const stopped = await page.edit();
    screen.type("\x1a");
    await screen.shows(/Stopped[\s\S]*\$ $/);
    await edits().save(stopped.id, stopped.text.replace("behind", "later"), 0);
    screen.type("fg\r");
    await screen.shows(/configmap\/settings edited/);
    expect(await colour()).toBe("later");
  });
});
