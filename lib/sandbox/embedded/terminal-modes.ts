/**
 * What output has put a terminal into: modes, colours, character set, scrolling region. Followed for output that is no
 * longer kept, so that whoever looks only at the rest sees it as it was meant: a full screen on the other screen, say.
 */

/** Private modes (DECSET) that programs use here, and whether a terminal that was just made has them. */
const MODES: Readonly<Record<string, boolean>> = {
  "1": false,
  "7": true,
  "12": false,
  "25": true,
  "1000": false,
  "1002": false,
  "1003": false,
  "1004": false,
  "1006": false,
  "1049": false,
  "2004": false,
};
/** Older names of the other screen. */
const OTHER_SCREEN: ReadonlySet<string> = new Set(["47", "1047", "1049"]);

const BEL = 0x07;
const CANCEL = 0x18;
const SUBSTITUTE = 0x1a;
const ESCAPE = 0x1b;
/** Longer sequences are none that is followed. */
const MOST_PARAMETERS = 64;
const MOST_COLOURS = 16;

type Place = "text" | "character" | "escape" | "intermediate" | "sequence" | "string" | "stringEscape";

export class TerminalModes {
  #place: Place = "text";
  /** Bytes that the character begun still lacks. */
  #lacking = 0;
  #parameters = "";
  #intermediate = "";
  readonly #modes = new Map<string, boolean>();
  #colours: string[] = [];
  #region = "";
  #charset = "B";
  #shifted = false;
  #keypad = false;
  /** An escape sequence has been seen at all. */
  #touched = false;

  /** Nothing is begun that the next byte would end: output may be taken up here. */
  get atBoundary(): boolean {
    return this.#place === "text";
  }

  copy(): TerminalModes {
    const made = new TerminalModes();
    made.#place = this.#place;
    made.#lacking = this.#lacking;
    made.#parameters = this.#parameters;
    made.#intermediate = this.#intermediate;
    for (const [name, on] of this.#modes) made.#modes.set(name, on);
    made.#colours = this.#colours;
    made.#region = this.#region;
    made.#charset = this.#charset;
    made.#shifted = this.#shifted;
    made.#keypad = this.#keypad;
    made.#touched = this.#touched;
    return made;
  }

  /** Follows output up to its end. */
  follow(data: Uint8Array): void {
    for (let at = 0; at < data.length; at++) {
      if (this.#place === "text") at = this.#skipText(data, at);
      if (at < data.length) this.#byte(data[at] as number);
    }
  }

  /** Plain text changes nothing. */
  #skipText(data: Uint8Array, from: number): number {
    let at = from;
    while (at < data.length && (data[at] as number) >= 0x20 && (data[at] as number) < 0x80) at++;
    return at;
  }

  #byte(byte: number): void {
    if (byte === CANCEL || byte === SUBSTITUTE) this.#place = "text";
    else if (this.#place === "string") {
      if (byte === BEL) this.#place = "text";
      else if (byte === ESCAPE) this.#place = "stringEscape";
    } else if (byte === ESCAPE) {
      this.#place = "escape";
      this.#touched = true;
      this.#parameters = "";
      this.#intermediate = "";
    } else if (this.#place === "text" || this.#place === "character") this.#character(byte);
    else if (this.#place === "sequence") this.#sequence(byte);
    else this.#escape(byte);
  }

  #character(byte: number): void {
    if (this.#place === "character" && (byte & 0xc0) === 0x80) {
      if (--this.#lacking === 0) this.#place = "text";
      return;
    }
    this.#place = "text";
    if (byte === 0x0e || byte === 0x0f) this.#shifted = byte === 0x0e;
    this.#lacking = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc0 ? 1 : 0;
    if (this.#lacking > 0) this.#place = "character";
  }

  #escape(byte: number): void {
    const char = String.fromCharCode(byte);
    if (this.#place === "escape" && char === "[") this.#place = "sequence";
    else if (this.#place === "escape" && /[\]PX^_]/.test(char)) this.#place = "string";
    else if (byte >= 0x20 && byte < 0x30) {
      this.#place = "intermediate";
      this.#intermediate += char;
    } else if (byte >= 0x30) {
      this.#place = "text";
      if (this.#intermediate === "(") this.#charset = char;
      else if (this.#intermediate !== "") return;
      else if (char === "=" || char === ">") this.#keypad = char === "=";
      else if (char === "c") this.#reset();
    }
  }

  #sequence(byte: number): void {
    const char = String.fromCharCode(byte);
    if (byte >= 0x40) {
      this.#place = "text";
      if (byte < 0x7f && this.#parameters.length <= MOST_PARAMETERS) this.#perform(char);
    } else if (byte >= 0x20) this.#parameters += this.#parameters.length <= MOST_PARAMETERS ? char : "";
  }

  #perform(final: string): void {
    const parameters = this.#parameters;
    if (/[ !$'"]/.test(parameters)) {
      if (parameters === "!" && final === "p") this.#reset();
    } else if ((final === "h" || final === "l") && parameters.startsWith("?")) {
      for (const number of parameters.slice(1).split(";")) {
        const name = OTHER_SCREEN.has(number) ? "1049" : number;
        if (MODES[name] !== undefined) this.#modes.set(name, final === "h");
      }
    } else if (final === "m" && /^[\d;:]*$/.test(parameters)) this.#colour(parameters);
    else if (final === "r" && /^[\d;]*$/.test(parameters)) this.#region = parameters;
  }

  #colour(parameters: string): void {
    if (/^0*$/.test(parameters)) this.#colours = [];
    else {
      if (/^0*;/.test(parameters)) this.#colours = [];
      this.#colours = [...this.#colours.filter((each) => each !== parameters), parameters].slice(-MOST_COLOURS);
    }
  }

  #reset(): void {
    for (const [name, initially] of Object.entries(MODES)) this.#modes.set(name, initially);
    this.#colours = [];
    this.#region = "";
    this.#charset = "B";
    this.#shifted = false;
    this.#keypad = false;
  }

  /** What brings any terminal to where this output left its own. Empty where it was plain text. */
  restored(): string {
    if (!this.#touched && !this.#shifted) return "";
    // Whatever the terminal has begun ends first. Leaving the other screen moves the cursor to where it was saved.
    const other = this.#modes.get("1049");
    const screen = other === undefined ? "" : other ? "\x1b[?1049h" : "\x1b7\x1b[?1049l";
    const modes = [...this.#modes]
      .filter(([name]) => name !== "1049")
      .map(([name, on]) => `\x1b[?${name}${on ? "h" : "l"}`);
    const region = this.#region === "" ? "" : `\x1b7\x1b[${this.#region}r\x1b8`;
    const colours = ["0", ...this.#colours].map((each) => `\x1b[${each}m`).join("");
    return [
      "\x18",
      screen,
      ...modes,
      region,
      this.#keypad ? "\x1b=" : "",
      this.#charset === "B" ? "" : `\x1b(${this.#charset}`,
      this.#shifted ? "\x0e" : "",
      colours,
    ].join("");
  }
}
