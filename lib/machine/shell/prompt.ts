/** Prompts: the escapes of PS1, then expansion. */

import { Gathered } from "../pieces.ts";
import { formatDate } from "../strftime.ts";
import { expandString } from "./expand.ts";
import { BASH_VERSION, BASH_VERSION_TEXT } from "./flavour.ts";
import type { Shell } from "./shell.ts";
import { homeOf, userEntry } from "./tilde.ts";

/** Marks around what takes no room on the screen (`\[`, `\]`), as readline has them. */
export const INVISIBLE_START = "\x01";
export const INVISIBLE_END = "\x02";

function currentUser(shell: Shell): string {
  return userEntry(shell, String(shell.process.uid), 2)?.[0] ?? (shell.process.uid === 0 ? "root" : "I have no name!");
}

function shortDirectory(shell: Shell): string {
  const path = shell.variables.get("PWD") ?? shell.process.cwd;
  const home = homeOf(shell, "") ?? "";
  if (home !== "" && home !== "/" && (path === home || path.startsWith(`${home}/`)))
    return `~${path.slice(home.length)}`;
  return path;
}

function trimDirectory(shell: Shell, path: string): string {
  const keep = Number(shell.variables.get("PROMPT_DIRTRIM") ?? 0);
  if (!(keep > 0)) return path;
  const parts = path.split("/").filter((part) => part !== "");
  const head = path.startsWith("~") ? "~/" : "";
  const rest = path.startsWith("~") ? parts.slice(1) : parts;
  const trimmed = `${head}.../${rest.slice(-keep).join("/")}`;
  // Only where it is shorter for it.
  return rest.length <= keep || trimmed.length >= path.length ? path : trimmed;
}

/** Decodes the escapes and, with `promptvars`, expands what stands in the text. */
export async function promptText(shell: Shell, template: string): Promise<string> {
  const out = new Gathered();
  let decoded = 0;
  for (let i = 0; i < template.length; i++) {
    if (template.charAt(i) !== "\\" || i === template.length - 1) {
      const next = template.indexOf("\\", i + 1);
      const end = next === -1 ? template.length : next;
      out.add(template.slice(i, end));
      i = end - 1;
      continue;
    }
    if ((++decoded & 0xff) === 0) await shell.process.spend(64);
    const letter = template.charAt(++i);
    const octal = /^[0-7]{1,3}/.exec(template.slice(i, i + 3))?.[0];
    if (octal !== undefined) {
      out.add(String.fromCharCode(Number.parseInt(octal, 8)));
      i += octal.length - 1;
    } else if (letter === "D" && template.charAt(i + 1) === "{") {
      const close = template.indexOf("}", i);
      const format = template.slice(i + 2, close === -1 ? undefined : close);
      out.add(protect(formatDate(shell.process.clock.now(), format === "" ? "%H:%M:%S" : format)));
      i = close === -1 ? template.length : close;
    } else out.add(decodeEscape(shell, letter));
  }
  return shell.shopt("promptvars") ? expandString(shell, out.text()) : out.text();
}

/** Keeps a value from being expanded again. */
function protect(value: string): string {
  return value.replace(/[$`\\]/g, "\\$&");
}

function decodeEscape(shell: Shell, letter: string): string {
  const now = () => shell.process.clock.now();
  switch (letter) {
    case "u":
      return protect(currentUser(shell));
    case "h":
      return protect(shell.process.machine.hostname.split(".")[0] ?? "");
    case "H":
      return protect(shell.process.machine.hostname);
    case "w":
      return protect(trimDirectory(shell, shortDirectory(shell)));
    case "W": {
      const path = shortDirectory(shell);
      return protect(path === "/" || path === "~" ? path : (path.split("/").at(-1) ?? path));
    }
    case "$":
      return shell.process.uid === 0 ? "#" : "\\$";
    case "n":
      return "\n";
    case "r":
      return "\r";
    case "a":
      return "\x07";
    case "e":
      return "\x1b";
    case "s":
      return shell.flavour.name;
    case "t":
      return formatDate(now(), "%H:%M:%S");
    case "T":
      return formatDate(now(), "%I:%M:%S");
    case "@":
      return formatDate(now(), "%I:%M %p");
    case "A":
      return formatDate(now(), "%H:%M");
    case "d":
      return formatDate(now(), "%a %b %d");
    case "v":
      return `${BASH_VERSION.major}.${BASH_VERSION.minor}`;
    case "V":
      return BASH_VERSION_TEXT.split("(")[0] ?? "";
    case "j":
      return String(shell.jobs.all.length);
    case "l":
      return "0";
    case "!":
    case "#":
      return String(shell.commandNumber);
    case "\\":
      return "\\";
    // What joins two lines.
    case "\n":
      return "";
    case "[":
      return INVISIBLE_START;
    case "]":
      return INVISIBLE_END;
    default:
      return `\\${letter}`;
  }
}
