/** Colours of what git prints, by their names in the configuration (color.<what>.<slot>). */
import type { GitConfig } from "./config.ts";

const DEFAULTS = {
  "diff.meta": "\x1b[1m",
  "diff.frag": "\x1b[36m",
  "diff.old": "\x1b[31m",
  "diff.new": "\x1b[32m",
  "diff.commit": "\x1b[33m",
  "diff.whitespace": "\x1b[41m",
  "diff.func": "",
  "status.added": "\x1b[32m",
  "status.changed": "\x1b[31m",
  "status.untracked": "\x1b[31m",
  "status.branch": "",
  "status.localbranch": "\x1b[32m",
  "status.remotebranch": "\x1b[31m",
  "status.nobranch": "\x1b[31m",
  "branch.current": "\x1b[32m",
  "branch.local": "",
  "branch.remote": "\x1b[31m",
  "branch.upstream": "\x1b[34m",
  "decorate.branch": "\x1b[1;32m",
  "decorate.remotebranch": "\x1b[1;31m",
  "decorate.tag": "\x1b[1;33m",
  "decorate.stash": "\x1b[1;35m",
  "decorate.head": "\x1b[1;36m",
  "grep.filename": "\x1b[35m",
  "grep.linenumber": "\x1b[32m",
  "grep.separator": "\x1b[36m",
  "grep.match": "\x1b[1;31m",
} as const;

export type ColorSlot = keyof typeof DEFAULTS;
const RESET = "\x1b[m";

const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
const ATTRIBUTES: Readonly<Record<string, number>> = {
  bold: 1,
  dim: 2,
  italic: 3,
  ul: 4,
  blink: 5,
  reverse: 7,
  strike: 9,
};

/** "bold red" as an escape sequence; undefined where it is no colour. */
export function parseColor(text: string): string | undefined {
  const codes: number[] = [];
  let colors = 0;
  for (const word of text.trim().split(/\s+/)) {
    if (word === "" || word === "normal") {
      if (word !== "") colors++;
    } else if (word === "reset") return RESET;
    else if (ATTRIBUTES[word] !== undefined) codes.push(ATTRIBUTES[word] as number);
    else {
      const bright = word.startsWith("bright");
      const index = NAMES.indexOf(bright ? word.slice(6) : word);
      if (index === -1) return undefined;
      codes.push((colors === 0 ? 30 : 40) + index + (bright ? 60 : 0));
      colors++;
    }
  }
  return codes.length === 0 ? "" : `\x1b[${codes.join(";")}m`;
}

export class Colors {
  readonly on: boolean;
  readonly #config: GitConfig;

  constructor(on: boolean, config: GitConfig) {
    this.on = on;
    this.#config = config;
  }
  /** What switches the colour on; nothing where there are no colours. */
  start(slot: ColorSlot): string {
    if (!this.on) return "";
    const own = this.#config.get(`color.${slot}`);
    return (own === undefined ? undefined : parseColor(own)) ?? DEFAULTS[slot];
  }
  get reset(): string {
    return this.on ? RESET : "";
  }
  paint(slot: ColorSlot, text: string): string {
    const start = this.start(slot);
    return start === "" ? text : `${start}${text}${RESET}`;
  }
}
