/** A place in a YAML text, and what is wrong there. Lines and columns count from 0, as libyaml counts them. */

/** A document that cannot be read; `message` as go-yaml words it. */
export class YamlProblem extends Error {}

/** A problem found while looking at characters: its line is told as people count. */
export const scannerProblem = (words: string, line: number): YamlProblem =>
  new YamlProblem(line === 0 ? `yaml: ${words}` : `yaml: line ${line + 1}: ${words}`);

/** A problem found while putting tokens together. Its line is told as libyaml counts, one less than people do. */
export function parserProblem(words: string, line: number, contextLine = 0): YamlProblem {
  const shown = line === 0 ? contextLine : line;
  return new YamlProblem(shown === 0 ? `yaml: ${words}` : `yaml: line ${shown}: ${words}`);
}

const CODE = {
  tab: 0x09,
  lf: 0x0a,
  cr: 0x0d,
  space: 0x20,
  nel: 0x85,
  ls: 0x2028,
  ps: 0x2029,
} as const;

/** End of text is NaN. */
export const isEnd = (code: number): boolean => Number.isNaN(code);
export const isBlank = (code: number): boolean => code === CODE.space || code === CODE.tab;
export const isBreak = (code: number): boolean =>
  code === CODE.lf || code === CODE.cr || code === CODE.nel || code === CODE.ls || code === CODE.ps;
export const isBreakOrEnd = (code: number): boolean => isBreak(code) || isEnd(code);
export const isBlankOrEnd = (code: number): boolean => isBlank(code) || isBreakOrEnd(code);

export class Cursor {
  readonly text: string;
  at = 0;
  line = 0;
  column = 0;

  constructor(text: string) {
    this.text = text;
  }
  /** The code of a character ahead; NaN behind the end. */
  code(ahead = 0): number {
    return this.text.charCodeAt(this.at + ahead);
  }
  char(ahead = 0): string {
    return this.text.charAt(this.at + ahead);
  }
  /** Past some characters that are no line breaks. */
  skip(count = 1): void {
    this.at += count;
    this.column += count;
  }
  /** Past one character, which is given. The halves of a pair count as one column. */
  take(): string {
    const pair = (this.code() & 0xfc00) === 0xd800 ? 2 : 1;
    const text = this.text.slice(this.at, this.at + pair);
    this.at += pair;
    this.column++;
    return text;
  }
  /**
   * Past the characters here that match, or else past one: one by one, long values would be put together of millions of
   * pieces. `pattern`: sticky, of ASCII without breaks.
   */
  takeRun(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.text)) return this.take();
    const run = this.text.slice(this.at, pattern.lastIndex);
    this.skip(run.length);
    return run;
  }
  /** Past a line break, which is given as it counts in values. */
  takeBreak(): string {
    const code = this.code();
    this.at += code === CODE.cr && this.code(1) === CODE.lf ? 2 : 1;
    this.line++;
    this.column = 0;
    return code === CODE.ls || code === CODE.ps ? String.fromCharCode(code) : "\n";
  }
  /** At the beginning of a line stands `---` or `...`, alone or before a blank. */
  atDocumentIndicator(): boolean {
    if (this.column !== 0) return false;
    const three = this.text.slice(this.at, this.at + 3);
    return (three === "---" || three === "...") && isBlankOrEnd(this.code(3));
  }
}
