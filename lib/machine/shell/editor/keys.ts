/** Bytes from a terminal in raw mode, as keys. */

export type Key =
  | { readonly kind: "text"; readonly text: string }
  /** `ctrl-a`, `alt-b`, `up`, `home`, `delete`, `enter`, `tab`, `escape`, ... */
  | { readonly kind: "key"; readonly name: string }
  | { readonly kind: "paste"; readonly text: string };

const PASTE_END = "\x1b[201~";

/** Final characters and parameters of CSI and SS3 sequences. */
const SEQUENCES: Readonly<Record<string, string>> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  H: "home",
  F: "end",
  Z: "shift-tab",
  "1~": "home",
  "2~": "insert",
  "3~": "delete",
  "4~": "end",
  "5~": "page-up",
  "6~": "page-down",
  "7~": "home",
  "8~": "end",
  "1;5C": "ctrl-right",
  "1;5D": "ctrl-left",
  "1;3C": "ctrl-right",
  "1;3D": "ctrl-left",
  "1;2C": "right",
  "1;2D": "left",
  "1;5A": "up",
  "1;5B": "down",
  "5C": "ctrl-right",
  "5D": "ctrl-left",
  "3;5~": "alt-d",
  "200~": "paste-start",
};

const CONTROLS: Readonly<Record<string, string>> = {
  "\r": "enter",
  "\n": "enter",
  "\t": "tab",
  "\x7f": "backspace",
  "\b": "backspace",
};

/** Puts keys together from bytes as they come. */
export class KeyDecoder {
  readonly #alt: boolean;
  readonly #decoder = new TextDecoder();
  #pending = "";
  #paste: string | undefined;

  /** True where an escape sequence has begun that further bytes may complete. */
  get incomplete(): boolean {
    return this.#pending !== "" && this.#paste === undefined;
  }

  /** `alt: false`: an escape before another key is a key of its own, as in vi. */
  constructor(options: { readonly alt?: boolean } = {}) {
    this.#alt = options.alt ?? true;
  }

  push(bytes: Uint8Array): Key[] {
    this.#pending += this.#decoder.decode(bytes, { stream: true });
    const keys: Key[] = [];
    while (this.#pending !== "") {
      const key = this.#next();
      if (key === undefined) break;
      if (key.kind !== "key" || key.name !== "") keys.push(key);
    }
    return keys;
  }

  /** No more bytes came: an escape stands for itself. */
  flush(): Key[] {
    const pending = this.#pending;
    this.#pending = "";
    return pending === "" ? [] : [{ kind: "key", name: "escape" }];
  }

  #take(length: number): string {
    const taken = this.#pending.slice(0, length);
    this.#pending = this.#pending.slice(length);
    return taken;
  }

  #next(): Key | undefined {
    if (this.#paste !== undefined) return this.#readPaste();
    const text = this.#pending;
    const first = text.charAt(0);
    if (first !== "\x1b") {
      const code = text.codePointAt(0) as number;
      this.#take(code > 0xffff ? 2 : 1);
      const control = CONTROLS[first];
      if (control !== undefined) return { kind: "key", name: control };
      if (code < 32) return { kind: "key", name: `ctrl-${code === 31 ? "_" : String.fromCharCode(code + 96)}` };
      return { kind: "text", text: String.fromCodePoint(code) };
    }
    if (text.length === 1) return undefined;
    const second = text.charAt(1);
    if (second === "[" || second === "O") {
      const match = /^[0-9;?]*[@-~]/.exec(text.slice(2));
      if (match === null) return text.length > 32 ? this.#drop() : undefined;
      this.#take(2 + match[0].length);
      const name = SEQUENCES[match[0]];
      if (name === "paste-start") {
        this.#paste = "";
        return this.#pending === "" ? undefined : this.#readPaste();
      }
      return { kind: "key", name: name ?? "" };
    }
    if (second === "\x1b") {
      this.#take(1);
      return { kind: "key", name: "escape" };
    }
    if (!this.#alt) {
      this.#take(1);
      return { kind: "key", name: "escape" };
    }
    this.#take(2);
    const control = CONTROLS[second];
    if (control !== undefined) return { kind: "key", name: `alt-${control}` };
    return { kind: "key", name: `alt-${second.toLowerCase()}` };
  }

  #drop(): Key {
    this.#take(1);
    return { kind: "key", name: "" };
  }

  #readPaste(): Key | undefined {
    const end = this.#pending.indexOf(PASTE_END);
    if (end === -1) {
      // Keep what may be the beginning of the end mark.
      let keep = Math.min(PASTE_END.length - 1, this.#pending.length);
      while (keep > 0 && !PASTE_END.startsWith(this.#pending.slice(-keep))) keep--;
      this.#paste += this.#take(this.#pending.length - keep);
      if ((this.#paste?.length ?? 0) > 1 << 20) this.#paste = "";
      return undefined;
    }
    const text = (this.#paste ?? "") + this.#take(end);
    this.#take(PASTE_END.length);
    this.#paste = undefined;
    return { kind: "paste", text: text.replace(/\r\n?/g, "\n") };
  }
}
