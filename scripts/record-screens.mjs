/**
 * Records the screens of real programs for the scenarios of test/conformance/screens/*.txt:
 * `node scripts/record-screens.mjs [file[:name part]...]`. Needs Linux, root, python3, and the programs (bash 5.2,
 * vim 9 as vi, nano 7.2, less 590, procps-ng 4.0.2). Each scenario runs in a mount namespace of its own with an empty
 * home, on a pseudo terminal whose bytes an xterm draws.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, "test/conformance/screens");

const tools = mkdtempSync(join(tmpdir(), "screen-tools-"));

async function load(file) {
  const { outputFiles } = await build({
    entryPoints: [join(folder, file)],
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
    logLevel: "error",
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire("file:///");' },
  });
  const path = join(tools, file.replace(/\.ts$/, ".mjs"));
  writeFileSync(path, outputFiles[0]?.text ?? "");
  return import(pathToFileURL(path).href);
}
const { parseScreens } = await load("format.ts");
const { Emulator } = await load("emulator.ts");

/** What `applyChange` of emulator.ts makes `after` of. */
function changeOf(before, after) {
  const rows = {};
  for (let row = 0; row < Math.max(before?.rows.length ?? 0, after.rows.length); row++) {
    const text = after.rows[row] ?? "";
    if (text !== (before?.rows[row] ?? "")) rows[row] = text;
  }
  return { rows, cursor: after.cursor, marks: after.marks };
}

/** vi as Debian and Ubuntu have it: Vim with its defaults, but without colours, file types and the mouse. */
const VIMRC = `set nocompatible backspace=indent,eol,start ruler showcmd scrolloff=5 display=truncate incsearch
set nomodeline nrformats=bin,hex ttimeout ttimeoutlen=50 history=200 wildmenu nofsync shortmess+=I t_u7= t_RV=
`;
writeFileSync(join(tools, "vimrc"), VIMRC);
for (const name of ["vi", "vim"])
  writeFileSync(join(tools, name), `#!/bin/sh\nexec /usr/bin/vim -n --noplugin -u ${tools}/vimrc -i NONE "$@"\n`, {
    mode: 0o755,
  });

const BASHRC = "PS1='$ '\n";
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const SCREENS = [
  [/:(?:wq|q!?|x|cq|qa!?)\r$|^ZZ|^ZQ|\x1a|^:sus/, "\x1b[?1049l"],
  [/^(?:vi|nano|less|man|fg|%vi|view)\b.*\r$/, "\x1b[?1049h"],
];

async function record(scenario) {
  const home = mkdtempSync(join(tmpdir(), "screen-home-"));
  for (const [path, content] of [[".bashrc", BASHRC], ...scenario.files]) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), content);
  }
  const inside = `mount -t tmpfs none /root && cp -a ${home}/. /root && cd /root && hostname box && exec env -i PATH=${tools}:/usr/bin:/bin HOME=/root TERM=xterm-256color LANG=C.UTF-8 TZ=UTC bash --norc -c "$1"`;
  const child = spawn("/usr/bin/python3", [
    join(root, "scripts/pty-bridge.py"),
    String(scenario.columns),
    String(scenario.rows),
    ...["unshare", "-m", "-u", "sh", "-c", inside, "sh", scenario.command],
  ]);
  child.stderr.on("data", (data) => process.stderr.write(data));
  let last = Date.now();
  let ended = false;
  let seen = "";
  child.on("exit", () => {
    ended = true;
  });
  const type = (keys) => child.stdin.write(`k ${Buffer.from(keys).toString("hex")}\n`);
  const emulator = new Emulator(scenario.columns, scenario.rows, type);
  let writing = Promise.resolve();
  child.stdout.on("data", (data) => {
    last = Date.now();
    seen += data.toString("latin1");
    writing = writing.then(() => emulator.write(data));
  });
  child.stdin.on("error", () => undefined);
  const settle = async (least, quiet) => {
    const begun = Date.now();
    last = Math.max(last, begun + least - quiet);
    while (Date.now() - last < quiet && Date.now() - begun < 5000) await sleep(10);
    await writing;
  };
  for (let waited = 0; seen === "" && waited < 3000; waited += 20) await sleep(20);
  await settle(400, 250);
  let before;
  const changes = [];
  const look = () => {
    const picture = emulator.picture(scenario);
    changes.push(changeOf(before, picture));
    before = picture;
  };
  look();
  for (const step of scenario.steps) {
    if (step.kind === "keys") {
      seen = "";
      type(step.keys);
      // Programs that take the screen or give it back are waited for, however busy the machine is.
      const wanted = SCREENS.find(([pattern]) => pattern.test(step.keys))?.[1];
      for (let waited = 0; wanted !== undefined && !ended && !seen.includes(wanted) && waited < 1500; waited += 20)
        await sleep(20);
      await settle(
        /:!/.test(step.keys) ? 1500 : step.keys.endsWith("\x1b") || /^fg|^%/.test(step.keys) ? 750 : 160,
        100,
      );
    } else if (step.kind === "resize") {
      emulator.resize(step.columns, step.rows);
      child.stdin.write(`r ${step.columns} ${step.rows}\n`);
      await settle(250, 120);
    } else {
      await sleep(step.ms);
      await settle(50, 50);
    }
    look();
  }
  if (!ended) child.stdin.end();
  emulator.dispose();
  rmSync(home, { recursive: true, force: true });
  return changes;
}

const wanted = process.argv.slice(2).map((word) => word.split(":"));
let count = 0;
for (const file of readdirSync(folder).filter((name) => name.endsWith(".txt"))) {
  const group = file.replace(/\.txt$/, "");
  const asked = wanted.filter(([name]) => name === group);
  if (wanted.length > 0 && asked.length === 0) continue;
  const path = join(folder, "recorded", `${group}.json`);
  let known = {};
  try {
    known = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    // Nothing recorded yet.
  }
  const scenarios = parseScreens(readFileSync(join(folder, file), "utf8"));
  const queue = scenarios.filter(
    ({ name }) => asked.length === 0 || asked.some(([, part]) => part === undefined || name.includes(part)),
  );
  const recorded = new Map();
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift())
        recorded.set(next.name, await record(next));
    }),
  );
  const all = scenarios.map(({ name }) => [name, recorded.get(name) ?? known[name]]).filter(([, each]) => each);
  const text = all.map(
    ([name, changes]) =>
      `  ${JSON.stringify(name)}: [\n${changes.map((each) => `    ${JSON.stringify(each)}`).join(",\n")}\n  ]`,
  );
  writeFileSync(path, `{\n${text.join(",\n")}\n}\n`);
  for (const [, changes] of all) count += changes.length;
  console.log(`${group}: ${recorded.size} recorded`);
}
console.log(`${count} screens`);
rmSync(tools, { recursive: true, force: true });
process.exit(0);
