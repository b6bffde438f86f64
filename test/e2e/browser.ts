/** A real browser for tests of pages: finds Chromium, starts it, and gives pages that remember what went wrong. */
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const systemPaths: readonly string[] = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** Chromium as `npx playwright-core install chromium` puts it. */
function downloaded(): string | undefined {
  const root = process.env["PLAYWRIGHT_BROWSERS_PATH"] ?? join(homedir(), ".cache/ms-playwright");
  if (!existsSync(root)) return undefined;
  return readdirSync(root)
    .filter((name) => name.startsWith("chromium"))
    .flatMap((name) => [join(root, name, "chrome-linux/chrome"), join(root, name, "chrome-linux64/chrome")])
    .find((path) => existsSync(path));
}

/** Path of a Chromium; undefined where there is none. `CHROMIUM_PATH` wins. */
export function findChromium(): string | undefined {
  return [process.env["CHROMIUM_PATH"], ...systemPaths, downloaded()].find(
    (path) => path !== undefined && existsSync(path),
  );
}

export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined)
    throw new Error("no Chromium found: install one, or say where it is with CHROMIUM_PATH");
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: "light" | "dark";
  readonly locale?: string;
}

interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors and warnings of the console, uncaught exceptions, answers of 500 and above. */
  readonly complaints: string[];
}

/** What development mode alone says. */
const harmless: readonly RegExp[] = [/Download the React DevTools/, /\[Fast Refresh\]/, /\[HMR\]/];

export async function openPage(browser: Browser, options: PageOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
    colorScheme: options.scheme ?? "light",
    locale: options.locale ?? "en",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    if (harmless.some((pattern) => pattern.test(message.text()))) return;
    complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
  page.on("response", (response) => {
    if (response.status() >= 500) complaints.push(`${response.status()} ${response.url()}`);
  });
  return { page, context, complaints };
}
