/** true, false, yes, echo, pwd, clear, sync. */

import type { Program } from "../types.ts";
import { C_ESCAPES } from "./support/escapes.ts";
import { tool } from "./support/tool.ts";

export const yes: Program = async (process) => {
  const line = `${process.argv.slice(1).join(" ") || "y"}\n`;
  const block = new TextEncoder().encode(line.repeat(Math.max(1, Math.floor(8192 / line.length))));
  for (;;) await process.stdout.write(block);
};

const succeed: Program = async () => 0;
const fail: Program = async () => 1;

export { fail as false, succeed as true };
export const sync: Program = succeed;

const ESCAPES: Readonly<Record<string, string>> = {
  ...C_ESCAPES,
  "\\": "\\",
};

/** The program, for those who run it without a shell. */
export const echo: Program = async (process) => {
  const words = process.argv.slice(1);
  let newline = true;
  let escapes = false;
  while (/^-[neE]+$/.test(words[0] ?? "")) {
    for (const letter of (words.shift() as string).slice(1)) {
      if (letter === "n") newline = false;
      else escapes = letter === "e";
    }
  }
  let text = words.join(" ");
  if (escapes) {
    const stop = text.search(/(?<!\\)(?:\\\\)*\\c/);
    if (stop !== -1) {
      text = text.slice(0, text.indexOf("\\c", stop));
      newline = false;
    }
    text = text.replace(/\\(0[0-7]{0,3}|x[0-9a-fA-F]{1,2}|.)/gs, (whole, code: string) => {
      if (code[0] === "0") return String.fromCharCode(Number.parseInt(code, 8) & 255);
      if (code[0] === "x" && code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
      return ESCAPES[code] ?? whole;
    });
  }
  await process.stdout.write(newline ? `${text}\n` : text);
  return 0;
};

export const clear = tool({ name: "clear", usage: "", options: { keep: { short: "x" } } }, async (tool) => {
  await tool.out.write(tool.has("keep") ? "\x1b[H\x1b[2J" : "\x1b[H\x1b[2J\x1b[3J");
  return 0;
});

/** The program, for those who run it without a shell: where the process is, links followed. */
export const pwd = tool(
  {
    name: "pwd",
    usage: "[OPTION]...",
    options: { logical: { short: "L", long: "logical" }, physical: { short: "P", long: "physical" } },
  },
  async (tool) => {
    await tool.out.write(`${tool.process.files.realPath(".")}\n`);
    return 0;
  },
);
