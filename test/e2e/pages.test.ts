/** The pages in a real Chromium, over the whole application. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium, launchBrowser, openPage } from "./browser.ts";
import { startServer, type TestServer } from "./server.ts";

const shots = join(import.meta.dirname, "../../test-results");
const chromium = findChromium();
if (chromium === undefined) console.warn("NO CHROMIUM WAS FOUND: the tests of pages did not run.");

describe.skipIf(chromium === undefined)("pages", () => {
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

  const lesson = "/learn/stateful/partitioned-rollouts";
  const card = (page: Page, id: string) => page.locator(`[data-exercise="${id}"]`);
  const screenText = (page: Page) => page.locator(".pane-terminal .xterm-rows").first().innerText();

  /** Replaces the first occurrence of a text in the editor, by the editor's own find, as a person would. */
  async function replaceInEditor(page: Page, from: string, to: string): Promise<void> {
    await page.locator(".monaco-editor .view-lines").click();
    await page.keyboard.press("ControlOrMeta+Home");
    await page.keyboard.press("ControlOrMeta+f");
    await page.keyboard.type(from);
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    await page.keyboard.type(to);
    await page.keyboard.press("Escape");
  }

  it.each(["light", "dark"] as const)(
    "lesson 5.3 by clicking and typing, kept over a reload, in %s",
    async (scheme) => {
      const { page, context, complaints } = await openPage(browser, { scheme });
      await page.goto(`${server.url}/en${lesson}`);
      await expect.poll(() => screenText(page), { timeout: 60_000 }).toContain("$");

      await page.locator("[data-command]").first().click();
      await expect.poll(() => screenText(page), { timeout: 20_000 }).toContain("web-4");

      await page.waitForSelector(".monaco-editor .view-line", { timeout: 30_000 });
      await replaceInEditor(page, "partition: 0", "partition: 3");
      await replaceInEditor(page, "nginx:1.26", "nginx:1.27");
      await page.keyboard.press("ControlOrMeta+Enter");
      await expect.poll(() => screenText(page), { timeout: 20_000 }).toContain("kubectl apply -f web.yaml");
      await page.locator("#tab-cluster").click();
      await page.waitForSelector('[data-pod="web-3"][data-revision="2"][data-meaning="ready"]', { timeout: 90_000 });
      expect(await page.getAttribute('[data-pod="web-2"]', "data-revision")).toBe("1");
      await expect.poll(() => card(page, "canary").getAttribute("data-status"), { timeout: 30_000 }).toBe("pass");
      await card(page, "canary").scrollIntoViewIfNeeded();
      await page.screenshot({ path: join(shots, `lesson-5.3-${scheme}.png`) });

      await page.reload();
      await expect.poll(() => card(page, "canary").getAttribute("data-status"), { timeout: 30_000 }).toBe("pass");
      await expect.poll(() => screenText(page), { timeout: 30_000 }).toContain("kubectl apply -f web.yaml");
      await page.waitForSelector(".monaco-editor .view-line", { timeout: 30_000 });
      expect(complaints).toEqual([]);
      await context.close();
    },
  );

  it.each(["light", "dark"] as const)("breaks things from the picture, and repairs them, in %s", async (scheme) => {
    const { page, context, complaints } = await openPage(browser, { scheme });
    await page.goto(`${server.url}/en${lesson}`);
    await page.locator("#tab-cluster").click();
    await page.waitForSelector('[data-pod="web-1"][data-meaning="ready"]', { timeout: 90_000 });
    await page.locator('[data-node="node-2"]').click({ position: { x: 20, y: 12 } });
    await page.getByRole("button", { name: "Cut the power" }).click();
    const broken = page.getByRole("region", { name: "Broken on purpose" });
    await expect.poll(() => broken.innerText(), { timeout: 20_000 }).toContain("node-2 has no power");
    // Which Pod lives where is the scheduler's choice: take one whose node still has power.
    await page.locator('[data-pod^="web-"][data-meaning="ready"]:not([data-on-node="node-2"])').first().click();
    await page.getByRole("button", { name: "Damage nginx:1.26 in transit" }).click();
    await expect.poll(() => broken.innerText(), { timeout: 20_000 }).toContain("nginx:1.26 arrives damaged");
    await page.getByRole("button", { name: "Run out of memory" }).click();
    await page.screenshot({ path: join(shots, `faults-${scheme}.png`) });
    const { violations } = await new AxeBuilder({ page }).exclude(".xterm").exclude(".monaco-editor").analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    await page.getByRole("button", { name: "Repair: node-2 has no power" }).click();
    await page.getByRole("button", { name: "Repair: nginx:1.26 arrives damaged" }).click();
    await expect.poll(() => broken.count(), { timeout: 20_000 }).toBe(0);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("answers a question and explains the answer", async () => {
    const { page, context } = await openPage(browser);
    await page.goto(`${server.url}/en${lesson}`);
    const question = card(page, "predict");
    await question.locator('input[value="web-3"]').check();
    await question.locator('input[value="web-2"]').check();
    const submit = question.locator('button[type="submit"]');
    await expect.poll(() => submit.isEnabled(), { timeout: 60_000 }).toBe(true);
    await submit.click();
    await expect.poll(() => question.getAttribute("data-status"), { timeout: 20_000 }).toBe("fail");
    await question.locator('input[value="web-2"]').uncheck();
    await question.locator('input[value="web-4"]').check();
    await submit.click();
    await expect.poll(() => question.getAttribute("data-status"), { timeout: 20_000 }).toBe("pass");
    await context.close();
  });

  it("keeps the place when the language changes", async () => {
    const { page, context } = await openPage(browser);
    await page.goto(`${server.url}/en${lesson}`);
    await page.getByRole("link", { name: "中文" }).click();
    await page.waitForURL(`**/zh${lesson}`);
    expect(await page.locator(".pane-text h1").innerText()).toContain("分区发布");
    expect(await page.getAttribute("html", "lang")).toBe("zh-CN");
    await context.close();
  });

  it("remembers the colour scheme before the first paint", async () => {
    const { page, context } = await openPage(browser, { scheme: "light" });
    await page.goto(`${server.url}/en`);
    const button = page.locator("header button").last();
    await button.click();
    await button.click();
    expect(await page.getAttribute("html", "data-theme")).toBe("dark");
    await page.reload({ waitUntil: "commit" });
    await page.waitForSelector("body");
    expect(await page.getAttribute("html", "data-theme")).toBe("dark");
    await context.close();
  });

  it("is one pane at a time on a phone, with the exercise pinned", async () => {
    const { page, context } = await openPage(browser, { width: 390, height: 844 });
    await page.goto(`${server.url}/en${lesson}`);
    await page.locator(".narrow-tabs button").nth(4).click();
    expect(await page.locator(".pane-text").isVisible()).toBe(false);
    expect(await page.locator(".pane-terminal .pinned-exercise").isVisible()).toBe(true);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    await context.close();
  });

  const addresses = ["/en", "/zh", "/en/learn", "/zh/learn", `/en${lesson}`, `/zh${lesson}`, "/en/nothing-here"];
  it.each(["light", "dark"] as const)("are accessible to everybody (axe), in %s", async (scheme) => {
    for (const address of addresses) {
      const { page, context } = await openPage(browser, { scheme });
      await page.goto(`${server.url}${address}`);
      if (address.includes("partitioned")) {
        await page.waitForSelector(".monaco-editor .view-line", { timeout: 60_000 });
        await page.locator("#tab-cluster").click();
        await page.waitForSelector("[data-pod]", { timeout: 60_000 });
      }
      // xterm and Monaco bring their own roles; what they draw is not ours to change.
      const { violations } = await new AxeBuilder({ page }).exclude(".xterm").exclude(".monaco-editor").analyze();
      const found = violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join("; ")}`);
      expect(found, `${address} in ${scheme}`).toEqual([]);
      await context.close();
    }
  });
});
