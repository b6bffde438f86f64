/** Tab stops of expand(1) and unexpand(1) (coreutils expand-common.c). */
import type { Tool } from "./tool.ts";

export class TabStops {
  readonly #list: number[] = [];
  #extend: number | undefined;
  #increment: number | undefined;
  /** Every so many columns; 0: those of the list. */
  #size = 8;

  add(value: number): void {
    this.#list.push(value);
  }

  /** "4", "2,5", "2 5", "4,/8", "4,+3". */
  async parse(tool: Pick<Tool, "complain" | "word">, text: string): Promise<boolean> {
    let digits = "";
    let kind = "";
    let fine = true;
    const take = async () => {
      if (digits === "") return;
      const value = Number(digits);
      if (kind === "") this.add(value);
      else {
        const known = kind === "/" ? this.#extend : this.#increment;
        if (known !== undefined) {
          await tool.complain(`'${kind}' specifier only allowed with the last value`);
          fine = false;
        }
        if (kind === "/") this.#extend = value;
        else this.#increment = value;
      }
      digits = "";
    };
    for (let at = 0; at < text.length && fine; at++) {
      const character = text.charAt(at);
      if (character === "," || character === " " || character === "\t") {
        await take();
      } else if (character === "/" || character === "+") {
        if (digits !== "") {
          await tool.complain(`'${character}' specifier not at start of number: ${tool.word(text.slice(at))}`);
          return false;
        }
        kind = character;
      } else if (/\d/.test(character)) {
        digits += character;
        if (BigInt(digits) > (1n << 64n) - 1n) {
          await tool.complain(
            `tab stop is too large ${tool.word(/^\d+/.exec(text.slice(at - digits.length + 1))?.[0] ?? "")}`,
          );
          return false;
        }
      } else {
        await tool.complain(`tab size contains invalid character(s): ${tool.word(text.slice(at))}`);
        return false;
      }
    }
    if (fine) await take();
    return fine;
  }

  async finish(tool: Pick<Tool, "die">): Promise<void> {
    let before = 0;
    for (const stop of this.#list) {
      if (stop === 0) await tool.die("tab size cannot be 0");
      if (stop <= before) await tool.die("tab sizes must be ascending");
      before = stop;
    }
    if (this.#extend !== undefined && this.#increment !== undefined)
      await tool.die("'/' specifier is mutually exclusive with '+'");
    if (this.#list.length === 0) this.#size = this.#extend || this.#increment || 8;
    else this.#size = this.#list.length === 1 && !this.#extend && !this.#increment ? (this.#list[0] as number) : 0;
  }

  /** The column of the next stop; undefined past the last one. */
  after(column: number): number | undefined {
    if (this.#size > 0) return column + this.#size - (column % this.#size);
    const stop = this.#list.find((each) => each > column);
    if (stop !== undefined) return stop;
    if (this.#extend) return column + this.#extend - (column % this.#extend);
    const last = this.#list.at(-1) ?? 0;
    if (this.#increment) return column + this.#increment - ((column - last) % this.#increment);
    return undefined;
  }
}
