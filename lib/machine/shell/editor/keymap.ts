/** Which keys do what: readline's keymaps, its variables, and the notation of both (bind.c). */

export type Binding =
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "macro"; readonly text: string }
  /** `bind -x`: a command of the shell. */
  | { readonly kind: "command"; readonly text: string };

export type KeymapName = "emacs" | "vi-insert" | "vi-command";

const EMACS: Readonly<Record<string, string>> = {
  "\x00": "set-mark",
  "\x01": "beginning-of-line",
  "\x02": "backward-char",
  "\x04": "delete-char",
  "\x05": "end-of-line",
  "\x06": "forward-char",
  "\x07": "abort",
  "\x08": "backward-delete-char",
  "\t": "complete",
  "\n": "accept-line",
  "\x0b": "kill-line",
  "\x0c": "clear-screen",
  "\r": "accept-line",
  "\x0e": "next-history",
  "\x0f": "operate-and-get-next",
  "\x10": "previous-history",
  "\x11": "quoted-insert",
  "\x12": "reverse-search-history",
  "\x13": "forward-search-history",
  "\x14": "transpose-chars",
  "\x15": "unix-line-discard",
  "\x16": "quoted-insert",
  "\x17": "unix-word-rubout",
  "\x19": "yank",
  "\x1d": "character-search",
  "\x1f": "undo",
  "\x7f": "backward-delete-char",
  "\x18\x07": "abort",
  "\x18\x12": "re-read-init-file",
  "\x18\x15": "undo",
  "\x18\x16": "display-shell-version",
  "\x18\x18": "exchange-point-and-mark",
  "\x18\x7f": "backward-kill-line",
  "\x18(": "start-kbd-macro",
  "\x18)": "end-kbd-macro",
  "\x18e": "call-last-kbd-macro",
  "\x18\x05": "edit-and-execute-command",
  "\x18!": "possible-command-completions",
  "\x18$": "possible-variable-completions",
  "\x18/": "possible-filename-completions",
  "\x18@": "possible-hostname-completions",
  "\x18~": "possible-username-completions",
  "\x18*": "glob-expand-word",
  "\x18g": "glob-list-expansions",
  "\x1b\x07": "abort",
  "\x1b\x08": "backward-kill-word",
  "\x1b\x0e": "non-incremental-forward-search-history",
  "\x1b\x12": "revert-line",
  "\x1b\x19": "yank-nth-arg",
  "\x1b\x1d": "character-search-backward",
  "\x1b\x7f": "backward-kill-word",
  "\x1b ": "set-mark",
  "\x1b!": "complete-command",
  "\x1b#": "insert-comment",
  "\x1b$": "complete-variable",
  "\x1b&": "tilde-expand",
  "\x1b*": "insert-completions",
  "\x1b-": "digit-argument",
  "\x1b.": "yank-last-arg",
  "\x1b/": "complete-filename",
  "\x1b<": "beginning-of-history",
  "\x1b=": "possible-completions",
  "\x1b>": "end-of-history",
  "\x1b?": "possible-completions",
  "\x1b@": "complete-hostname",
  "\x1b\\": "delete-horizontal-space",
  "\x1b^": "history-expand-line",
  "\x1b_": "yank-last-arg",
  "\x1bb": "backward-word",
  "\x1bc": "capitalize-word",
  "\x1bd": "kill-word",
  "\x1bf": "forward-word",
  "\x1bl": "downcase-word",
  "\x1bn": "non-incremental-forward-search-history",
  "\x1bp": "non-incremental-reverse-search-history",
  "\x1br": "revert-line",
  "\x1bt": "transpose-words",
  "\x1bu": "upcase-word",
  "\x1by": "yank-pop",
  "\x1b~": "complete-username",
  "\x1b\x05": "shell-expand-line",
  "\x1b\x02": "shell-backward-word",
  "\x1b\x06": "shell-forward-word",
  "\x1b\x04": "shell-kill-word",
  "\x1bg": "glob-complete-word",
  ...Object.fromEntries(Array.from("0123456789", (digit) => [`\x1b${digit}`, "digit-argument"])),
};

/** What cursor keys and their like send. */
const ARROWS: Readonly<Record<string, string>> = {
  "\x1b[A": "previous-history",
  "\x1b[B": "next-history",
  "\x1b[C": "forward-char",
  "\x1b[D": "backward-char",
  "\x1b[H": "beginning-of-line",
  "\x1b[F": "end-of-line",
  "\x1bOA": "previous-history",
  "\x1bOB": "next-history",
  "\x1bOC": "forward-char",
  "\x1bOD": "backward-char",
  "\x1bOH": "beginning-of-line",
  "\x1bOF": "end-of-line",
  "\x1b[1~": "beginning-of-line",
  "\x1b[2~": "overwrite-mode",
  "\x1b[3~": "delete-char",
  "\x1b[4~": "end-of-line",
  "\x1b[7~": "beginning-of-line",
  "\x1b[8~": "end-of-line",
  // As Debian and Ubuntu have them in /etc/inputrc.
  "\x1b[5~": "history-search-backward",
  "\x1b[6~": "history-search-forward",
  "\x1b[1;5C": "forward-word",
  "\x1b[1;5D": "backward-word",
  "\x1b[1;3C": "forward-word",
  "\x1b[1;3D": "backward-word",
  "\x1b[5C": "forward-word",
  "\x1b[5D": "backward-word",
  "\x1b\x1b[C": "forward-word",
  "\x1b\x1b[D": "backward-word",
  "\x1b[3;5~": "kill-word",
  "\x1b[200~": "bracketed-paste-begin",
};

const VI_INSERT: Readonly<Record<string, string>> = {
  "\x04": "vi-eof-maybe",
  "\x08": "backward-delete-char",
  "\t": "complete",
  "\n": "accept-line",
  "\r": "accept-line",
  "\x0e": "menu-complete",
  "\x10": "menu-complete-backward",
  "\x12": "reverse-search-history",
  "\x13": "forward-search-history",
  "\x14": "transpose-chars",
  "\x15": "unix-line-discard",
  "\x16": "quoted-insert",
  "\x17": "vi-unix-word-rubout",
  "\x19": "yank",
  "\x1b": "vi-movement-mode",
  "\x1f": "undo",
  "\x7f": "backward-delete-char",
};

const VI_COMMAND: Readonly<Record<string, string>> = {
  "\x04": "vi-eof-maybe",
  "\x05": "emacs-editing-mode",
  "\x07": "abort",
  "\x08": "backward-char",
  "\n": "accept-line",
  "\x0b": "kill-line",
  "\x0c": "clear-screen",
  "\r": "accept-line",
  "\x0e": "next-history",
  "\x10": "previous-history",
  "\x12": "reverse-search-history",
  "\x13": "forward-search-history",
  "\x14": "transpose-chars",
  "\x15": "unix-line-discard",
  "\x16": "quoted-insert",
  "\x17": "vi-unix-word-rubout",
  "\x19": "yank",
  "\x1f": "vi-undo",
  "\x7f": "backward-char",
  "#": "insert-comment",
  "+": "next-history",
  "-": "previous-history",
  "/": "vi-search",
  "?": "vi-search",
  n: "vi-search-again",
  N: "vi-search-again",
  G: "vi-fetch-history",
  j: "next-history",
  k: "previous-history",
  v: "vi-edit-and-execute-command",
  u: "vi-undo",
  U: "revert-line",
  "*": "insert-completions",
  "=": "possible-completions",
  "\\": "vi-complete",
  _: "vi-yank-arg",
  "&": "tilde-expand",
  // All else of vi's is one function, as its keys are no commands but parts of them.
  ...Object.fromEntries(Array.from('hlwbeWBE0^$|%fFtT;,dcyDCYSsxXrR~pPiaIA.123456789"@`m', (key) => [key, "vi-key"])),
  " ": "vi-key",
};

function table(...parts: readonly Readonly<Record<string, string>>[]): Map<string, Binding> {
  const map = new Map<string, Binding>();
  for (const part of parts) for (const [keys, name] of Object.entries(part)) map.set(keys, { kind: "function", name });
  return map;
}

export class Keymaps {
  readonly maps: Readonly<Record<KeymapName, Map<string, Binding>>> = {
    emacs: table(EMACS, ARROWS),
    "vi-insert": table(VI_INSERT, ARROWS),
    "vi-command": table(VI_COMMAND, ARROWS),
  };
  readonly variables = new Map<string, string>(Object.entries(VARIABLES));

  /** What a sequence is bound to, and whether a longer one begins with it. */
  look(name: KeymapName, keys: string): { readonly exact: Binding | undefined; readonly prefix: boolean } {
    const map = this.maps[name];
    const exact = map.get(keys);
    let prefix = false;
    for (const each of map.keys())
      if (each.length > keys.length && each.startsWith(keys)) {
        prefix = true;
        break;
      }
    return { exact, prefix };
  }

  on(variable: string): boolean {
    return this.variables.get(variable) === "on";
  }

  number(variable: string): number {
    return Number(this.variables.get(variable));
  }
}

/** Readline's variables as bash sets them. Those that change nothing here are kept, as the files of settings hold them. */
const VARIABLES: Readonly<Record<string, string>> = {
  "bind-tty-special-chars": "on",
  "blink-matching-paren": "off",
  "byte-oriented": "off",
  "colored-completion-prefix": "off",
  "colored-stats": "off",
  "completion-ignore-case": "off",
  "completion-map-case": "off",
  "convert-meta": "off",
  "disable-completion": "off",
  "echo-control-characters": "on",
  "enable-active-region": "on",
  "enable-bracketed-paste": "on",
  "enable-keypad": "off",
  "enable-meta-key": "on",
  "expand-tilde": "off",
  "history-preserve-point": "off",
  "horizontal-scroll-mode": "off",
  "input-meta": "on",
  "mark-directories": "on",
  "mark-modified-lines": "off",
  "mark-symlinked-directories": "off",
  "match-hidden-files": "on",
  "menu-complete-display-prefix": "off",
  "meta-flag": "on",
  "output-meta": "on",
  "page-completions": "on",
  "prefer-visible-bell": "on",
  "print-completions-horizontally": "off",
  "revert-all-at-newline": "off",
  "show-all-if-ambiguous": "off",
  "show-all-if-unmodified": "off",
  "show-mode-in-prompt": "off",
  "skip-completed-text": "off",
  "visible-stats": "off",
  "active-region-start-color": "\x1b[7m",
  "active-region-end-color": "\x1b[27m",
  "bell-style": "audible",
  "comment-begin": "#",
  "completion-display-width": "-1",
  "completion-prefix-display-length": "0",
  "completion-query-items": "100",
  "editing-mode": "emacs",
  "emacs-mode-string": "@",
  "history-size": "500",
  keymap: "emacs",
  "keyseq-timeout": "500",
  "vi-cmd-mode-string": "(cmd)",
  "vi-ins-mode-string": "(ins)",
};

const NAMED: Readonly<Record<string, string>> = {
  del: "\x7f",
  delete: "\x7f",
  rubout: "\x7f",
  esc: "\x1b",
  escape: "\x1b",
  lfd: "\n",
  newline: "\n",
  ret: "\r",
  return: "\r",
  spc: " ",
  space: " ",
  tab: "\t",
};

/** `\C-x\e[A` and its like as bytes. */
export function translateKeys(text: string): string {
  let out = "";
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char !== "\\") {
      out += char;
      continue;
    }
    const rest = text.slice(at + 1);
    const meta = /^M-/.exec(rest);
    const control = /^(?:C-|c-)(M-)?(\\?[\s\S])/.exec(rest);
    if (control !== null) {
      const key = control[2] === "\\" ? rest.charAt(3) : (control[2] ?? "").slice(-1);
      out +=
        (control[1] === undefined ? "" : "\x1b") +
        (key === "?" ? "\x7f" : String.fromCharCode(key.toUpperCase().charCodeAt(0) & 0x1f));
      at += control[0].length;
      continue;
    }
    if (meta !== null) {
      out += "\x1b";
      at += 2;
      continue;
    }
    const octal = /^[0-7]{1,3}/.exec(rest)?.[0];
    const hex = /^x([0-9a-fA-F]{1,2})/.exec(rest);
    if (octal !== undefined) {
      out += String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
      at += octal.length;
    } else if (hex !== null) {
      out += String.fromCharCode(Number.parseInt(hex[1] as string, 16));
      at += hex[0].length;
    } else {
      const letter = rest.charAt(0);
      const plain: Readonly<Record<string, string>> = {
        a: "\x07",
        b: "\b",
        d: "\x7f",
        e: "\x1b",
        f: "\f",
        n: "\n",
        r: "\r",
        t: "\t",
        v: "\v",
      };
      out += plain[letter] ?? letter;
      at++;
    }
  }
  return out;
}

/** A key by its name: `Control-a`, `Meta-Rubout`, `Return`. */
export function namedKey(name: string): string | undefined {
  let rest = name;
  let control = false;
  let meta = false;
  for (;;) {
    const prefix = /^(control-|c-|ctrl-|meta-|m-)/i.exec(rest)?.[1]?.toLowerCase();
    if (prefix === undefined) break;
    if (prefix.startsWith("m")) meta = true;
    else control = true;
    rest = rest.slice(prefix.length);
  }
  let key = NAMED[rest.toLowerCase()] ?? rest.charAt(0);
  if (key === "") return undefined;
  if (control) key = key === "?" ? "\x7f" : String.fromCharCode(key.toUpperCase().charCodeAt(0) & 0x1f);
  return meta ? `\x1b${key}` : key;
}

/** Bytes as `bind -p` writes them. */
export function writeKeys(keys: string): string {
  let out = "";
  for (const char of keys) {
    const code = char.codePointAt(0) as number;
    if (code === 27) out += "\\e";
    else if (code === 127) out += "\\C-?";
    else if (code < 32)
      out += `\\C-${String.fromCharCode(code + 96)
        .replace("`", "@")
        .replace("|", "\\\\")
        .replace("}", "]")
        .replace("~", "^")
        .replace("\x7f", "_")
        .replace("{", "[")}`;
    else if (char === '"' || char === "\\") out += `\\${char}`;
    else out += char;
  }
  return out;
}
