/** xterm in a real Chromium, driven by keys, over the whole application: what a learner's terminal must bear. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium, launchBrowser, openPage } from "./browser.ts";
import { startServer, type TestServer } from "./server.ts";

const chromium = findChromium();
if (chromium === undefined) console.warn("NO CHROMIUM WAS FOUND: the tests of the terminal in a browser did not run.");

const LIMIT = { timeout: 30_000 };

describe.skipIf(chromium === undefined)("the terminal in a browser", () => {
  let server: TestServer;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  const rows = async (): Promise<string[]> =>
    (await page.locator(".pane-terminal .xterm-rows > div").allInnerTexts()).map((row) =>
      row.replaceAll("\u00a0", " ").trimEnd(),
    );
  const screen = async () => (await rows()).join("\n");
  const lastRow = async () => (await rows()).filter((row) => row !== "").at(-1) ?? "";
  /** At a prompt, with nothing typed. */
  const prompt = () => expect.poll(lastRow, LIMIT).toMatch(/\$$/);
  const type = async (text: string) => {
    await page.keyboard.type(text);
    await page.keyboard.press("Enter");
  };
  const clear = async () => {
    await prompt();
    await page.keyboard.press("Control+l");
  };

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(), launchBrowser()]);
    ({ page, context, complaints } = await openPage(browser));
    // Sockets are kept where the test can cut them, as a network does.
    await page.addInitScript(() => {
      const sockets: WebSocket[] = [];
      const Real = window.WebSocket;
      window.WebSocket = class extends Real {
        constructor(url: string | URL, protocols?: string | string[]) {
          super(url, protocols);
          sockets.push(this);
        }
      };
      Object.assign(window, { cutSockets: () => sockets.splice(0).map((socket) => socket.close()).length });
    });
  });
  afterAll(async () => {
    await context?.close();
    await browser?.close();
    await server?.stop();
  });

  it("finds an earlier command with Ctrl-R", async () => {
    await page.goto(`${server.url}/en/learn/stateful/partitioned-rollouts`);
    await prompt();
    await page.locator(".pane-terminal .xterm-helper-textarea").focus();
    await type("echo alpha-$((40+2))");
    await type("echo beta");
    await clear();
    await page.keyboard.press("Control+r");
    await page.keyboard.type("alph");
    await expect.poll(lastRow, LIMIT).toContain("(reverse-i-search)`alph': echo alpha-$((40+2))");
    await page.keyboard.press("Enter");
    await expect.poll(screen, LIMIT).toMatch(/^alpha-42$/m);
  });

  it("edits a file in vi", async () => {
    await clear();
    await type("vi note.txt");
    await expect.poll(screen, LIMIT).toContain("~");
    await page.keyboard.type("ione line");
    await page.keyboard.press("Enter");
    await page.keyboard.type("two lines");
    await page.keyboard.press("Escape");
    await page.keyboard.type("kdd");
    await expect.poll(screen, LIMIT).not.toContain("one line");
    await page.keyboard.type("u");
    await expect.poll(screen, LIMIT).toContain("one line");
    await type(":wq");
    await prompt();
    await type("cat note.txt; echo end-$((1+1))");
    await expect.poll(screen, LIMIT).toMatch(/one line\ntwo lines\nend-2/);
  });

  it("pages through less and searches in it", async () => {
    await clear();
    await type("seq 1 300 | less");
    await expect.poll(screen, LIMIT).toMatch(/^1\n2\n3\n/);
    await page.keyboard.type("G");
    await expect.poll(screen, LIMIT).toMatch(/^300$/m);
    await page.keyboard.type("g/150");
    await page.keyboard.press("Enter");
    await expect.poll(async () => (await rows())[0], LIMIT).toBe("150");
    await page.keyboard.type("q");
    await prompt();
    expect(await screen()).not.toContain("150");
  });

  it("repeats a command with watch until ^C", async () => {
    await clear();
    await type("watch -n 1 kubectl get pods");
    await expect.poll(screen, LIMIT).toMatch(/Every 1\.0s: kubectl get pods/);
    await expect.poll(screen, LIMIT).toContain("web-4");
    await page.keyboard.press("Control+c");
    await prompt();
  });

  it("tells programs its size, and that it changed", async () => {
    const columns = async () => {
      await clear();
      await type("echo size-${COLUMNS}x${LINES}");
      await expect.poll(screen, LIMIT).toMatch(/^size-\d+x\d+$/m);
      return Number(/^size-(\d+)x/m.exec(await screen())?.[1]);
    };
    const wide = await columns();
    await page.setViewportSize({ width: 1100, height: 900 });
    await expect.poll(columns, LIMIT).toBeLessThan(wide);
    await page.setViewportSize({ width: 1440, height: 900 });
    await expect.poll(columns, LIMIT).toBe(wide);
  });

  it("edits a file in nano", async () => {
    await clear();
    await type("nano list.txt");
    await expect.poll(screen, LIMIT).toContain("GNU nano");
    await page.keyboard.type("first");
    await page.keyboard.press("Enter");
    await page.keyboard.type("second");
    await page.keyboard.press("Control+a");
    await page.keyboard.type("the ");
    await expect.poll(screen, LIMIT).toContain("the second");
    await page.keyboard.press("Control+o");
    await page.keyboard.press("Enter");
    await expect.poll(screen, LIMIT).toMatch(/Wrote 2 lines/);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Control+k");
    await expect.poll(screen, LIMIT).not.toContain("first");
    await page.keyboard.press("Control+x");
    await page.keyboard.type("n");
    await prompt();
    await type("cat list.txt; echo end-$((1+2))");
    await expect.poll(screen, LIMIT).toMatch(/^first\nthe second\nend-3$/m);
  });

  it("shows processes in top and leaves it with q", async () => {
    await clear();
    await type("sleep 321 & top");
    await expect.poll(screen, LIMIT).toMatch(/^top - .*\n(?:.*\n)*.*sleep/m);
    await page.keyboard.type("q");
    await prompt();
    await type("kill %1");
    await prompt();
  });

  it("edits a line of wide characters and emoji where the cursor is", async () => {
    await clear();
    await page.keyboard.insertText("echo 日本語👍テスト");
    for (let count = 0; count < 3; count++) await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Backspace");
    await page.keyboard.type("-x-");
    await expect.poll(async () => (await lastRow()).replaceAll(" ", ""), LIMIT).toMatch(/echo日本語-x-テスト$/);
    await page.keyboard.press("Enter");
    await expect.poll(screen, LIMIT).toMatch(/^日\s?本\s?語\s?-x-テ\s?ス\s?ト\s?$/m);
  });

  it("draws vi anew when the window changes under it", async () => {
    await clear();
    await type("seq 1 200 > numbers.txt; vi numbers.txt");
    await expect.poll(async () => (await rows())[0], LIMIT).toBe("1");
    const tall = (await rows()).length;
    await page.keyboard.type("G");
    await expect.poll(screen, LIMIT).toMatch(/^200$/m);
    await page.setViewportSize({ width: 1440, height: 640 });
    await expect.poll(async () => (await rows()).length, LIMIT).toBeLessThan(tall);
    // The cursor's line is still on the screen, and every row above it.
    await expect.poll(screen, LIMIT).toMatch(/^199\n200$/m);
    await page.keyboard.type("Oinserted");
    await page.keyboard.press("Escape");
    await expect.poll(screen, LIMIT).toMatch(/^199\ninserted$/m);
    await page.setViewportSize({ width: 1440, height: 900 });
    await expect.poll(async () => (await rows()).length, LIMIT).toBe(tall);
    await expect.poll(screen, LIMIT).toMatch(/^inserted$/m);
    await type(":q!");
    await prompt();
  });

  it("takes several pasted lines as one and runs them on Enter", async () => {
    await clear();
    await page.evaluate(() => {
      const data = new DataTransfer();
      data.setData("text/plain", "for i in 1 2; do\n  echo pasted-$i\ndone\necho after-$((3+4))");
      const target = document.querySelector(".pane-terminal .xterm-helper-textarea");
      target?.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    });
    await expect.poll(screen, LIMIT).toContain("echo after-$((3+4))");
    // Nothing has run yet.
    expect(await screen()).not.toMatch(/^pasted-1$/m);
    await page.keyboard.press("Enter");
    await expect.poll(screen, LIMIT).toMatch(/^pasted-1\npasted-2\nafter-7$/m);
  });

  it("stops a program with Ctrl-Z and brings it back with fg", async () => {
    await clear();
    await type("vi numbers.txt");
    await expect.poll(async () => (await rows())[0], LIMIT).toBe("1");
    await page.keyboard.press("Control+z");
    await expect.poll(screen, LIMIT).toMatch(/\[1\]\+\s+Stopped\s+vi numbers\.txt/);
    await type("jobs; echo between-$((2+2))");
    await expect.poll(screen, LIMIT).toMatch(/^between-4$/m);
    await type("fg");
    await expect.poll(async () => (await rows())[0], LIMIT).toBe("1");
    await type(":q");
    await prompt();
    await type("sleep 100");
    await page.keyboard.press("Control+z");
    await expect.poll(screen, LIMIT).toMatch(/Stopped\s+sleep 100/);
    await type("bg; kill %1; wait; echo gone-$((4+4))");
    await expect.poll(screen, LIMIT).toMatch(/^gone-8$/m);
  });

  it("completes what is unique and lists what is not", async () => {
    await clear();
    await type("touch report-a.txt report-b.txt");
    await clear();
    await page.keyboard.type("cat rep");
    await page.keyboard.press("Tab");
    await expect.poll(lastRow, LIMIT).toMatch(/cat report-$/);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await expect.poll(screen, LIMIT).toMatch(/report-a\.txt\s+report-b\.txt/);
    await page.keyboard.type("b");
    await page.keyboard.press("Tab");
    await expect.poll(lastRow, LIMIT).toMatch(/cat report-b\.txt$/);
    await page.keyboard.press("Control+c");
    await clear();
    await page.keyboard.type("kubectl get statefuls");
    await page.keyboard.press("Tab");
    await expect.poll(lastRow, LIMIT).toMatch(/kubectl get statefulsets/);
    await page.keyboard.press("Control+c");
    await prompt();
  });

  it("gives emoji and Chinese the columns that programs count", async () => {
    await clear();
    await page.keyboard.insertText("printf '%s|\\n' 日本 👍👍 abcd");
    await page.keyboard.press("Enter");
    await expect.poll(screen, LIMIT).toMatch(/^abcd\|$/m);
    // The bars stand below one another: what is four columns wide is as wide as "abcd".
    const ends = await page.evaluate(() =>
      [...document.querySelectorAll(".pane-terminal .xterm-rows > div")].flatMap((row) => {
        const text = (row as HTMLElement).innerText.replace(/\u00a0/g, " ").trimEnd();
        if (!/^\S+\|$/.test(text) || text.startsWith("printf")) return [];
        const range = document.createRange();
        range.selectNodeContents(row);
        const spans = [...row.querySelectorAll("span")].filter((span) => span.textContent?.includes("|"));
        return [Math.round(spans.at(-1)?.getBoundingClientRect().right ?? 0)];
      }),
    );
    expect(ends.length).toBe(3);
    expect(Math.max(...ends) - Math.min(...ends)).toBeLessThan(3);
  });

  it("loses and doubles no byte when the connection is cut in the middle of logs -f", async () => {
    await clear();
    await type(
      "kubectl run count --image=busybox:1.36 --restart=Never -- sh -c 'i=0; while [ $i -lt 60 ]; do i=$((i+1)); echo line-$i; sleep 0.2; done'",
    );
    await type("kubectl wait --for=condition=Ready pod/count && clear && kubectl logs -f count");
    const seen = new Set<number>();
    const look = async () => {
      const numbers = (await rows()).flatMap((row) => /^line-(\d+)$/.exec(row)?.[1] ?? []).map(Number);
      for (const [index, number] of numbers.entries()) {
        if (index > 0) expect(number).toBe((numbers[index - 1] ?? 0) + 1);
        seen.add(number);
      }
      return Math.max(0, ...numbers);
    };
    for (const at of [3, 8, 11, 14, 20, 27, 35, 36, 44, 52]) {
      await expect.poll(look, { ...LIMIT, interval: 50 }).toBeGreaterThanOrEqual(at);
      const cut = await page.evaluate(() => (window as unknown as { cutSockets(): number }).cutSockets());
      expect(cut).toBeGreaterThan(0);
    }
    await expect.poll(look, { ...LIMIT, interval: 50 }).toBe(60);
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    await prompt();
    expect(complaints).toEqual([]);
  });
});
