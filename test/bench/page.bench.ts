/**
 * The lesson page of a production build in a real Chromium, as a learner opens it for the first time: what is painted
 * when, when the terminal takes commands, what comes over the wire. Every round has an empty cache and a sandbox of its own.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { findChromium, launchBrowser, openPage } from "../e2e/browser.ts";
import { median, report } from "./measure.ts";

const LESSON = "/en/learn/stateful/partitioned-rollouts";
const ROUNDS = 5;
const LIMIT_MS = 60_000;
/** How much slower the pages' processor is made for the bars of a slow machine. */
const SLOW_DOWN = 4;

if (findChromium() === undefined) {
  console.log("NO CHROMIUM WAS FOUND: nothing was measured.");
  process.exit(0);
}

const root = fileURLToPath(new URL("../..", import.meta.url));

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The server as `npm start` runs it once everything is built. Times are ms since it was spawned. */
async function startServer(data: string) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const started = performance.now();
  const child = spawn(process.execPath, ["--enable-source-maps", join(root, "dist", "server.mjs")], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_ENV: "production", HOST: "127.0.0.1", PORT: String(port), STATECRAFT_DATA: data },
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (chunk: Buffer) => {
      if (chunk.toString().includes("Statecraft is ready at ")) resolve();
    });
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
  });
  const ready = performance.now() - started;
  const response = await fetch(url + LESSON);
  if (!response.ok) throw new Error(`${LESSON} answers ${response.status}`);
  const html = await response.text();
  const firstPage = performance.now() - started;
  const stop = async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
  };
  return { url, html, ready, firstPage, stop };
}

/** What the page notes about itself, in its own time (ms since navigation). */
interface Notes {
  largest: number;
  shift: number;
  prompt: number | undefined;
  answered: number | undefined;
  wanted: string | undefined;
}

/** Runs in the page before anything else: notes when something appears at the turn in which it does. */
function watchPage(): void {
  const notes: Notes = { largest: 0, shift: 0, prompt: undefined, answered: undefined, wanted: undefined };
  Object.assign(window, { notes });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) notes.largest = entry.startTime;
  }).observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[])
      if (!entry.hadRecentInput) notes.shift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  const look = () => {
    const text = document.querySelector(".pane-terminal .xterm-rows")?.textContent ?? "";
    if (notes.prompt === undefined && /\$\s*$/.test(text)) notes.prompt = performance.now();
    if (notes.wanted !== undefined && notes.answered === undefined && text.includes(notes.wanted))
      notes.answered = performance.now();
  };
  const start = () =>
    new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });
  if (document.documentElement === null) addEventListener("DOMContentLoaded", start);
  else start();
}

const notesOf = (page: Page) => page.evaluate(() => (window as unknown as { notes: Notes }).notes);

/** ms from the key that ends `command` to `wanted` on the screen. */
async function answer(page: Page, command: string, wanted: string): Promise<number> {
  await page.keyboard.type(command);
  await page.evaluate((text) => {
    const { notes } = window as unknown as { notes: Notes };
    Object.assign(notes, { wanted: text, answered: undefined });
    addEventListener("keydown", () => Object.assign(window, { pressed: performance.now() }), {
      once: true,
      capture: true,
    });
  }, wanted);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => (window as unknown as { notes: Notes }).notes.answered !== undefined, undefined, {
    timeout: LIMIT_MS,
    polling: 20,
  });
  return page.evaluate(() => {
    const { notes, pressed } = window as unknown as { notes: Notes; pressed: number };
    return (notes.answered ?? Number.NaN) - pressed;
  });
}

interface Round {
  readonly firstByte: number;
  readonly firstPaint: number;
  readonly largestPaint: number;
  readonly shift: number;
  readonly prompt: number;
  readonly editor: number;
  readonly firstAnswer: number;
  readonly answer: number;
  readonly echo: number;
  /** Bytes over the wire, by kind of resource. */
  readonly bytes: ReadonlyMap<string, number>;
}

async function counted(context: BrowserContext, page: Page): Promise<Map<string, number>> {
  const bytes = new Map<string, number>();
  const kinds = new Map<string, string>();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  session.on("Network.responseReceived", ({ requestId, type }) => kinds.set(requestId, type));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const kind = kinds.get(requestId) ?? "Other";
    bytes.set(kind, (bytes.get(kind) ?? 0) + encodedDataLength);
  });
  return bytes;
}

async function round(browser: Browser, url: string): Promise<Round> {
  const { page, context } = await openPage(browser);
  await page.addInitScript(watchPage);
  const bytes = await counted(context, page);
  await page.goto(url + LESSON);
  await page.waitForFunction(() => (window as unknown as { notes: Notes }).notes.prompt !== undefined, undefined, {
    timeout: LIMIT_MS,
    polling: 20,
  });
  await page.waitForSelector(".monaco-editor .view-line", { timeout: LIMIT_MS });
  const editor = await page.evaluate(() => performance.now());
  const { prompt = Number.NaN, largest, shift } = await notesOf(page);
  const { firstByte, firstPaint } = await page.evaluate(() => ({
    firstByte: (performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming).responseStart,
    firstPaint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
  }));
  await page.locator(".pane-terminal .xterm-helper-textarea").focus();
  const firstAnswer = await answer(page, "kubectl get pods", "web-4");
  const answers: number[] = [];
  for (let turn = 0; turn < 5; turn++)
    answers.push(await answer(page, `kubectl get pods; echo said-$((${turn}+40))`, `said-${turn + 40}`));
  const echoes: number[] = [];
  for (const letter of "qwxyz") {
    await page.keyboard.press("Control+u");
    await page.waitForTimeout(50);
    echoes.push(await echoOf(page, letter));
  }
  await context.close();
  return {
    firstByte,
    firstPaint,
    largestPaint: largest,
    shift,
    prompt,
    editor,
    firstAnswer,
    answer: median(answers),
    echo: median(echoes),
    bytes,
  };
}

/** ms from a key to its letter on the screen. */
async function echoOf(page: Page, letter: string): Promise<number> {
  await page.evaluate((text) => {
    const { notes } = window as unknown as { notes: Notes };
    Object.assign(notes, { wanted: `$ ${text}`, answered: undefined });
    addEventListener("keydown", () => Object.assign(window, { pressed: performance.now() }), {
      once: true,
      capture: true,
    });
  }, letter);
  await page.keyboard.press(letter);
  await page.waitForFunction(() => (window as unknown as { notes: Notes }).notes.answered !== undefined, undefined, {
    timeout: LIMIT_MS,
    polling: 5,
  });
  return page.evaluate(() => {
    const { notes, pressed } = window as unknown as { notes: Notes; pressed: number };
    return (notes.answered ?? Number.NaN) - pressed;
  });
}

/** Largest paint and shift on a machine that is `SLOW_DOWN` times slower. */
async function slowRound(browser: Browser, url: string): Promise<{ readonly largest: number; readonly shift: number }> {
  const { page, context } = await openPage(browser);
  await page.addInitScript(watchPage);
  const session = await context.newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOW_DOWN });
  await page.goto(url + LESSON);
  await page.waitForFunction(() => (window as unknown as { notes: Notes }).notes.prompt !== undefined, undefined, {
    timeout: LIMIT_MS,
    polling: 100,
  });
  await page.waitForSelector(".monaco-editor .view-line", { timeout: LIMIT_MS });
  const { largest, shift } = await notesOf(page);
  await context.close();
  return { largest, shift };
}

/** JavaScript the document asks for itself, gzipped, kB: what comes before editor and terminal. */
async function firstScripts(url: string, html: string): Promise<number> {
  const paths = new Set([...html.matchAll(/<script[^>]+src="([^"]+\.js[^"]*)"/g)].map(([, path]) => path ?? ""));
  let sum = 0;
  for (const path of paths) {
    // Old browsers alone ask for what is marked so.
    if (new RegExp(`<script[^>]+src="${path.replaceAll(/[.?/]/g, "\\$&")}"[^>]*noModule`, "i").test(html)) continue;
    sum += gzipSync(Buffer.from(await (await fetch(new URL(path, url))).arrayBuffer())).length;
  }
  return sum / 1024;
}

const data = mkdtempSync(join(tmpdir(), "statecraft-bench-"));
const server = await startServer(data);
report("server: from its start to `ready`", server.ready, "ms");
report("server: from its start to the first lesson page sent", server.firstPage, "ms");
const browser = await launchBrowser();
const rounds: Round[] = [];
await round(browser, server.url);
for (let turn = 0; turn < ROUNDS; turn++) rounds.push(await round(browser, server.url));
const figure = (pick: (one: Round) => number) => median(rounds.map(pick));
const kilobytes = (kind: string) => figure(({ bytes }) => bytes.get(kind) ?? 0) / 1024;

report(
  "lesson page: first byte",
  figure(({ firstByte }) => firstByte),
  "ms",
);
report(
  "lesson page: first contentful paint",
  figure(({ firstPaint }) => firstPaint),
  "ms",
);
report(
  "lesson page: largest contentful paint",
  figure(({ largestPaint }) => largestPaint),
  "ms",
  "<= 1200",
);
report(
  "lesson page: layout shift",
  figure(({ shift }) => shift),
  "",
  "<= 0.02",
);
report(
  "terminal shows a prompt",
  figure(({ prompt }) => prompt),
  "ms",
);
report(
  "editor shows its text",
  figure(({ editor }) => editor),
  "ms",
);
report(
  "`kubectl get pods`, the first of a sandbox",
  figure(({ firstAnswer }) => firstAnswer),
  "ms",
);
report(
  "`kubectl get pods`, later ones",
  figure(({ answer }) => answer),
  "ms",
  "<= 150",
);
report(
  "a key's letter on the screen",
  figure(({ echo }) => echo),
  "ms",
  "<= 30",
);
report("JavaScript before editor and terminal, gzipped", await firstScripts(server.url, server.html), "kB", "<= 170");
report("JavaScript transferred in all", kilobytes("Script"), "kB");
for (const kind of ["Document", "Stylesheet", "Font"]) report(`${kind} transferred`, kilobytes(kind), "kB");
const slow: Awaited<ReturnType<typeof slowRound>>[] = [];
for (let turn = 0; turn < 3; turn++) slow.push(await slowRound(browser, server.url));
report(`${SLOW_DOWN}x slower: largest contentful paint`, median(slow.map(({ largest }) => largest)), "ms", "<= 1200");
report(`${SLOW_DOWN}x slower: layout shift`, median(slow.map(({ shift }) => shift)), "", "<= 0.02");
await browser.close();
await server.stop();
rmSync(data, { recursive: true, force: true });
process.exit(0);
