/**
 * Screen scenarios as text: what is typed into a program that has the terminal, step by step.
 *
 *   == name of the scenario
 *   size 60x12              columns x rows, default 80x24
 *   mask \d\d:\d\d          what differs from run to run; compared as "#" for each character
 *   vary \[\d\] \d+         the same, where it is not always as long; compared as one "#"
 *   file a.txt              the lines up to a lone "." are its content
 *   ...
 *   .
 *   $ vi a.txt              a command line of the shell that has the terminal
 *   > ihello<Esc>           one step: keys, then the screen is looked at
 *   >? x                    a step whose screens are known to differ, and why is said above it
 *   resize 40x10            a step, too
 *   wait 1500               a step, too: milliseconds go by
 */

type Step =
  /** `free`: the real screen is not ours, and need not be. */
  | { readonly kind: "keys"; readonly keys: string; readonly text: string; readonly free?: boolean }
  | { readonly kind: "resize"; readonly columns: number; readonly rows: number; readonly text: string }
  | { readonly kind: "wait"; readonly ms: number; readonly text: string };

export interface ScreenScenario {
  readonly name: string;
  readonly columns: number;
  readonly rows: number;
  readonly masks: readonly RegExp[];
  readonly varying: readonly RegExp[];
  readonly files: ReadonlyMap<string, string>;
  readonly command: string;
  readonly steps: readonly Step[];
}

const NAMED: Readonly<Record<string, string>> = {
  Esc: "\x1b",
  CR: "\r",
  Tab: "\t",
  BS: "\x7f",
  Space: " ",
  lt: "<",
  gt: ">",
  Up: "\x1b[A",
  Down: "\x1b[B",
  Right: "\x1b[C",
  Left: "\x1b[D",
  Home: "\x1b[H",
  End: "\x1b[F",
  Ins: "\x1b[2~",
  Del: "\x1b[3~",
  PageUp: "\x1b[5~",
  PageDown: "\x1b[6~",
  "S-Tab": "\x1b[Z",
  "C-Right": "\x1b[1;5C",
  "C-Left": "\x1b[1;5D",
  "C-_": "\x1f",
  "C-]": "\x1d",
  "C-\\": "\x1c",
  "C-^": "\x1e",
  "C-@": "\0",
  Paste: "\x1b[200~",
  "/Paste": "\x1b[201~",
  NL: "\n",
};

/** `<C-a>`, `<M-b>`, `<Esc>` and their like as the bytes a terminal sends. */
function decodeKeys(text: string): string {
  return text.replace(/<([^<>\s]+)>/g, (whole, name: string) => {
    const named = NAMED[name];
    if (named !== undefined) return named;
    const control = /^C-([a-z])$/.exec(name)?.[1];
    if (control !== undefined) return String.fromCharCode(control.charCodeAt(0) - 96);
    const meta = /^M-(.+)$/.exec(name)?.[1];
    if (meta !== undefined) return `\x1b${meta.length === 1 ? meta : decodeKeys(`<${meta}>`)}`;
    throw new Error(`no such key: ${whole}`);
  });
}

interface Draft {
  name: string;
  columns: number;
  rows: number;
  masks: RegExp[];
  varying: RegExp[];
  files: Map<string, string>;
  command: string;
  steps: Step[];
}

function sizeOf(text: string): { readonly columns: number; readonly rows: number } {
  const match = /^(\d+)x(\d+)$/.exec(text);
  if (match === null) throw new Error(`not a size: ${text}`);
  return { columns: Number(match[1]), rows: Number(match[2]) };
}

export function parseScreens(source: string): readonly ScreenScenario[] {
  const scenarios: Draft[] = [];
  const lines = source.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] as string;
    if (line.trim() === "" || line.startsWith("# ")) continue;
    const title = /^== (.+)$/.exec(line)?.[1];
    if (title !== undefined) {
      if (scenarios.some(({ name }) => name === title)) throw new Error(`twice: ${title}`);
      scenarios.push({
        name: title,
        columns: 80,
        rows: 24,
        masks: [],
        varying: [],
        files: new Map(),
        command: "",
        steps: [],
      });
      continue;
    }
    const current = scenarios.at(-1);
    if (current === undefined) throw new Error(`line ${at + 1}: no scenario yet`);
    const space = line.indexOf(" ");
    const word = space === -1 ? line : line.slice(0, space);
    const rest = space === -1 ? "" : line.slice(space + 1);
    if (word === "size") Object.assign(current, sizeOf(rest));
    else if (word === "mask") current.masks.push(new RegExp(rest, "g"));
    else if (word === "vary") current.varying.push(new RegExp(rest, "g"));
    else if (word === "$") current.command = rest;
    else if (word === ">") current.steps.push({ kind: "keys", keys: decodeKeys(rest), text: rest });
    else if (word === ">?") current.steps.push({ kind: "keys", keys: decodeKeys(rest), text: rest, free: true });
    else if (word === "resize") current.steps.push({ kind: "resize", ...sizeOf(rest), text: line });
    else if (word === "wait") current.steps.push({ kind: "wait", ms: Number(rest), text: line });
    else if (word === "file") {
      let content = "";
      for (at++; lines[at] !== "."; at++) {
        if (lines[at] === undefined) throw new Error(`file ${rest} does not end`);
        content += `${lines[at]}\n`;
      }
      // Escapes, for what cannot be seen in a text file.
      content = content.replace(/\\e/g, "\x1b").replace(/\\t/g, "\t").replace(/\\c\n/g, "");
      // "seq N" stands for many lines.
      content = content.replace(/^@seq (\d+)(?: (.*))?$/gm, (_, count: string, text: string | undefined) =>
        Array.from({ length: Number(count) }, (__, index) => `${text ?? "line"} ${index + 1}`).join("\n"),
      );
      current.files.set(rest, content);
    } else throw new Error(`line ${at + 1}: ${line}`);
  }
  return scenarios;
}
