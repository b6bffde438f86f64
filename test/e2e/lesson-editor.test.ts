/** `kubectl edit` typed in a lesson's terminal opens in the lesson's editor: by keys alone, in a real Chromium. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium, launchBrowser, openPage, type PageOptions } from "./browser.ts";
import { startServer, type TestServer } from "./server.ts";

const shots = join(import.meta.dirname, "../../test-results");
const chromium = findChromium();
if (chromium === undefined) console.warn("NO CHROMIUM WAS FOUND: the tests of kubectl edit on the page did not run.");

const LIMIT = { timeout: 30_000 };
const LESSON = "/learn/stateful/partitioned-rollouts";

describe.skipIf(chromium === undefined)("kubectl edit in a lesson", () => {
  let server: TestServer;
  let browser: Browser;
  beforeAll(async () => {
    mkdirSync(shots, { recursive: true });
    [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  const screen = async (page: Page) => {
    const rows = page.locator(".pane-terminal [role=tabpanel]:not([hidden]) .xterm-rows > div");
    return (await rows.allInnerTexts()).map((row) => row.replaceAll("\u00a0", " ").trimEnd()).join("\n");
  };
  const shows = (page: Page, pattern: RegExp) => expect.poll(() => screen(page), LIMIT).toMatch(pattern);
  const tab = (page: Page) => page.getByRole("tab", { name: "StatefulSet/web · kubectl edit" });
  const text = async (page: Page) =>
    (await page.locator("#edit-panel .view-line").allInnerTexts()).join("\n").replaceAll("\u00a0", " ");
  const inEditor = (page: Page) =>
    expect.poll(
      () => page.evaluate(() => document.activeElement?.closest("#edit-panel .monaco-editor") != null),
      LIMIT,
    );
  const inTerminal = (page: Page) =>
    expect.poll(() => page.evaluate(() => document.activeElement?.className), LIMIT).toBe("xterm-helper-textarea");
  const type = async (page: Page, line: string) => {
    await page.keyboard.type(line);
    await page.keyboard.press("Enter");
  };
  /** A lesson with the keyboard in its terminal. */
  const lesson = async (options: PageOptions & { readonly language?: "en" | "zh" } = {}) => {
    const opened = await openPage(browser, options);
    await opened.page.goto(`${server.url}/${options.language ?? "en"}${LESSON}`);
    if (options.width !== undefined) await opened.page.locator(".narrow-tabs button").nth(4).click();
    await shows(opened.page, /\$ *$/m);
    await opened.page.locator(".pane-terminal .xterm-helper-textarea").focus();
    return opened;
  };
  const edit = async (page: Page) => {
    await type(page, "kubectl edit sts web");
    await inEditor(page).toBe(true);
    await expect.poll(() => text(page), LIMIT).toContain("kind: StatefulSet");
  };
  /** Replaces the first occurrence of a text by the editor's own find, which selects it while one types. */
  const replace = async (page: Page, from: string, to: string) => {
    await page.keyboard.press("ControlOrMeta+Home");
    await page.keyboard.press("ControlOrMeta+f");
    await page.keyboard.type(from);
    await page.keyboard.press("Escape");
    await page.keyboard.type(to);
  };

  it("goes on with what was saved, and takes the person there and back by keys alone", async () => {
    const { page, context, complaints } = await lesson();
    await edit(page);
    expect(await tab(page).getAttribute("aria-selected")).toBe("true");
    await shows(page, /Waiting for the lesson's editor/);
    await replace(page, "  replicas: 5", "  replicas: 4");
    await page.keyboard.press("ControlOrMeta+s");
    await shows(page, /^statefulset\.apps\/web edited$/m);
    await inTerminal(page);
    expect(await tab(page).count()).toBe(0);
    expect(await screen(page)).not.toContain("Waiting");
    await type(page, "kubectl get sts web -o jsonpath='replicas-{.spec.replicas}{\"\\n\"}'");
    await shows(page, /^replicas-4$/m);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("gives back what is invalid with the reasons, and is left by Escape twice and Cancel", async () => {
    const { page, context } = await lesson();
    await edit(page);
    await replace(page, "serviceName: nginx", "serviceName: other");
    await page.keyboard.press("ControlOrMeta+s");
    await expect.poll(() => text(page), LIMIT).toContain('# statefulsets.apps "web" was not valid:');
    expect(await text(page)).toContain("# * spec: Forbidden: updates to statefulset spec for fields other than");
    await inEditor(page).toBe(true);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Cancel");
    await page.keyboard.press("Enter");
    await shows(page, /error: Edit cancelled, no valid changes were saved\./);
    await inTerminal(page);
    await context.close();
  });

  it("is cancelled by ^C in the terminal, and keeps what was written at hand", async () => {
    const { page, context } = await lesson();
    await edit(page);
    await page.keyboard.type("# mine\n");
    await page.locator(".pane-terminal .xterm-helper-textarea").focus();
    await page.keyboard.press("Control+c");
    await expect.poll(() => tab(page).count(), LIMIT).toBe(0);
    await shows(page, /\^C\n~ \$$/m);
    await page.getByRole("button", { name: "Keep it as a file" }).click();
    await expect
      .poll(() => page.locator('nav[aria-label="Files"] [aria-current="true"]').innerText(), LIMIT)
      .toBe("web-edit.yaml");
    await expect.poll(() => text(page), LIMIT).toContain("# mine");
    await context.close();
  });

  it("is there again after a reload and a lost connection, with the last key", async () => {
    const { page, context } = await lesson();
    await edit(page);
    await page.keyboard.type("# before-the-reload\n");
    await page.reload();
    await expect.poll(() => tab(page).getAttribute("aria-selected"), LIMIT).toBe("true");
    await expect.poll(() => text(page), LIMIT).toContain("# before-the-reload");
    await context.setOffline(true);
    await page.locator("#edit-panel .monaco-editor .view-lines").click();
    await page.keyboard.press("ControlOrMeta+Home");
    await page.keyboard.type("# without-a-connection\n");
    await page.keyboard.press("ControlOrMeta+s");
    await expect
      .poll(() => page.getByRole("alert").allInnerTexts(), LIMIT)
      .toContainEqual(expect.stringContaining("Your text is kept."));
    await context.setOffline(false);
    await page.keyboard.press("ControlOrMeta+s");
    await shows(page, /Edit cancelled, no changes made\./);
    await context.close();
  });

  it("shows in both windows of one person, and neither overwrites the other", async () => {
    const { page, context } = await lesson();
    const other = await context.newPage();
    await other.goto(`${server.url}/en${LESSON}`);
    await expect.poll(() => other.locator(".monaco-editor .view-line").count(), LIMIT).toBeGreaterThan(0);
    await page.bringToFront();
    await edit(page);
    await page.keyboard.type("# from-the-first\n");
    await expect.poll(() => tab(other).count(), LIMIT).toBe(1);
    await expect.poll(() => text(other), LIMIT).toContain("# from-the-first");
    await other.getByRole("button", { name: "Cancel" }).click();
    await expect.poll(() => tab(page).count(), LIMIT).toBe(0);
    await shows(page, /Edit cancelled, no changes made\./);
    await context.close();
  });

  it("leaves the choice of another editor to the person", async () => {
    const { page, context } = await lesson();
    await type(page, "export EDITOR=vi; kubectl edit sts web");
    await shows(page, /kind: StatefulSet/);
    await type(page, ":q");
    await shows(page, /Edit cancelled, no changes made\./);
    expect(await tab(page).count()).toBe(0);
    await context.close();
  });

  it("ends with a reset, and the terminal lives on", async () => {
    const { page, context } = await lesson();
    await edit(page);
    await page.getByRole("button", { name: "Reset" }).click();
    await page.getByRole("button", { name: "A fresh cluster" }).click();
    await expect.poll(() => tab(page).count(), LIMIT).toBe(0);
    await page.keyboard.press("Escape");
    await page.locator(".pane-terminal .xterm-helper-textarea").focus();
    await type(page, "echo lives-$((40+2))");
    await shows(page, /^lives-42$/m);
    await context.close();
  });

  it.each([
    ["light", "en", undefined],
    ["dark", "zh", undefined],
    ["light", "zh", 390],
    ["dark", "en", 390],
  ] as const)("is accessible in %s, %s, width %s", async (scheme, language, width) => {
    const { page, context, complaints } = await lesson({
      scheme,
      language,
      ...(width === undefined ? {} : { width, height: 844 }),
    });
    await edit(page);
    await page.screenshot({ path: join(shots, `kubectl-edit-${scheme}-${language}-${width ?? 1440}.png`) });
    const axe = () => new AxeBuilder({ page }).exclude(".xterm").exclude(".monaco-editor").analyze();
    const found = async () => (await axe()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
    expect(await found()).toEqual([]);
    await page.keyboard.type("# mine\n");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Enter");
    await shows(page, /Edit cancelled, no changes made\./);
    await inTerminal(page);
    // What was written is still to be had, and why is said truly.
    await expect.poll(() => page.getByText(/you cancelled|你已取消/).count(), LIMIT).toBe(1);
    await expect.poll(() => page.getByRole("button", { name: /Keep it as a file|存为文件/ }).count(), LIMIT).toBe(1);
    expect(await found()).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
