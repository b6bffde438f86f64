/** Words of shell programs: quoting, and every expansion inside of every other. */
import type { Random } from "./random.ts";

const LETTERS = [
  "a",
  "b",
  "abc",
  "x.y",
  "A",
  "aXb",
  "1",
  "12",
  "-n",
  "-",
  "é",
  "a/b",
  "foo",
  "07",
  "=",
  "a=b",
  ":",
  "#",
  "%",
];
const GLOBS = ["*", "?", "[ab]*", "f?", "*.c", "[!a]", "a*b", "[[:digit:]]", "d/*", "**"];
const EXTENDED = ["@(a|b)", "*(a)", "+(b|c)", "?(x)", "!(a)"];
const BRACES = ["{a,b}", "{1..3}", "{c..a}", "{a,{b,c}}x", "{01..3}", "{a}", "{,x}", "{1..5..2}"];
const ESCAPES = ["\\$", "\\\\", "\\ ", "\\a", "\\'", '\\"', "\\*", "\\`"];
const SCALARS = ["x", "y", "z", "e", "u", "n"];
const SPECIAL = ["#", "?", "@", "*", "1", "2", "-", "0"];

export class Words {
  readonly random: Random;
  /** Arrays, `[[`, `$'...'` and whatever else sh has not. */
  readonly bash: boolean;
  #depth = 0;

  constructor(random: Random, bash: boolean) {
    this.random = random;
    this.bash = bash;
  }

  name(): string {
    return this.random.pick(SCALARS);
  }

  /** A command line's argument. */
  word(): string {
    return this.random.list(1, 3, () => this.#piece()).join("");
  }

  words(least = 0, most = 4): string {
    return this.random.list(least, most, () => this.word()).join(" ");
  }

  /** Nothing that a command or redirection could be made of. */
  plain(): string {
    return this.random.pick(LETTERS);
  }

  pattern(): string {
    const { random } = this;
    return random.oneOf(
      () => this.plain(),
      () => random.pick(GLOBS),
      () => `${this.plain()}*`,
      () => `*${this.plain()}`,
      () => `"${this.plain()}"`,
      () => this.expansion(),
      () => (this.bash && random.chance(0.3) ? random.pick(EXTENDED) : "?"),
    );
  }

  #piece(): string {
    const { random } = this;
    if (++this.#depth > 4) {
      this.#depth--;
      return this.plain();
    }
    try {
      return random.oneOf(
        () => this.plain(),
        () => this.plain(),
        () => `"${this.quoted()}"`,
        () => `"${this.quoted()}"`,
        () => `'${random.pick(["a b", "$x", '"', "", "\\n", "*", "a"])}'`,
        () => this.expansion(),
        () => this.expansion(),
        () => random.pick(ESCAPES),
        () => random.pick(GLOBS),
        () => random.pick(["~", "~root", "$", "'a  b'"]),
        () => (this.bash ? random.pick(BRACES) : random.pick(LETTERS)),
        () => (this.bash ? `$'${random.pick(["a\\tb", "\\n", "\\x41", "\\'", "\\101"])}'` : '"a b"'),
      );
    } finally {
      this.#depth--;
    }
  }

  /** The inside of double quotes. */
  quoted(): string {
    const { random } = this;
    return random
      .list(0, 3, () =>
        random.oneOf(
          () => this.plain(),
          () => random.pick([" ", "  ", "*", "'", "\\$", '\\"', "\\a", "{a,b}", "~"]),
          () => this.expansion(true),
          () => this.expansion(true),
        ),
      )
      .join("");
  }

  expansion(quoted = false): string {
    const { random } = this;
    if (++this.#depth > 4) {
      this.#depth--;
      return "$x";
    }
    try {
      return random.oneOf(
        () => `$${random.pick([...SCALARS, ...SPECIAL])}`,
        () => this.parameter(quoted),
        () => this.parameter(quoted),
        () => this.parameter(quoted),
        () => `$((${this.arithmetic()}))`,
        () => `$(${this.#command()})`,
        () => (this.bash ? this.#array() : `\${${this.name()}}`),
        () => (random.chance(0.3) ? `\`${this.#command().replaceAll(/[`\\]/g, "")}\`` : "$y"),
      );
    } finally {
      this.#depth--;
    }
  }

  #command(): string {
    const { random } = this;
    return random.oneOf(
      () => `echo ${this.word()}`,
      () => `printf '%s,' ${this.words(0, 3)}`,
      () => "false",
      () => `echo ${this.word()}; exit ${random.below(4)}`,
    );
  }

  parameter(quoted: boolean): string {
    const { random } = this;
    const name = random.pick([...SCALARS, "1", "@", "*", ...(this.bash ? ["a[1]", "a[@]", "m[k]", "a[*]", "a"] : [])]);
    const operand = (): string => (random.chance(0.3) ? "" : quoted ? this.quoted() : this.word());
    return random.oneOf(
      () => `\${${name}}`,
      () => `\${#${name}}`,
      () => `\${${name}${random.pick(["-", ":-", "+", ":+"])}${operand()}}`,
      () => `\${${name}${random.pick(["-", ":-", "+", ":+", "=", ":=", "?", ":?"])}${operand()}}`,
      () => `\${${name}${random.pick(["#", "##", "%", "%%"])}${this.pattern()}}`,
      () => (this.bash ? this.#bashParameter(name, operand) : `\${${name}:-${operand()}}`),
      () => (this.bash ? this.#bashParameter(name, operand) : `\${${name}%${this.pattern()}}`),
    );
  }

  #bashParameter(name: string, operand: () => string): string {
    const { random } = this;
    const number = (): string => random.pick(["0", "1", "2", " -1", "n", "$n", "1+1", "(-2)", "9"]);
    return random.oneOf(
      () => `\${${name}:${number()}}`,
      () => `\${${name}:${number()}:${number()}}`,
      () => `\${${name}${random.pick(["/", "//", "/#", "/%"])}${this.pattern()}/${operand()}}`,
      () => `\${${name}${random.pick(["^", "^^", ",", ",,", "~", "~~"])}${random.chance(0.3) ? this.pattern() : ""}}`,
      () => `\${${name}@${random.pick(["Q", "U", "u", "L", "a", "A", "E", "K", "k"])}}`,
      () => `\${!${random.pick(["x", "y", "r", "1"])}}`,
    );
  }

  #array(): string {
    const { random } = this;
    return random.pick([
      "${a[0]}", "${a[@]}", '"${a[@]}"', "${a[*]}", "${#a[@]}", "${!a[@]}", "${a[-1]}", "${a[n]}", "${m[k]}", "${!m[@]}", "${#m[@]}", "${a[${#a[@]}-1]}", "${a[@]:1:2}", "${m[$x]}", "${a}", "${#a[1]}", "$RANDOM_", "${PIPESTATUS[@]}", "${FUNCNAME[0]}", "$LINENO",
    ]); // biome-ignore format: a table
  }

  arithmetic(): string {
    const { random } = this;
    if (++this.#depth > 4) {
      this.#depth--;
      return "1";
    }
    try {
      return random.oneOf(
        () => String(random.below(20)),
        () => random.pick(["n", "x", "$n", "u", "0x1f", "010", "n"]),
        () =>
          `${this.arithmetic()}${random.pick(["+", "-", "*", "/", "%", "<<", ">>", "<", ">", "==", "!=", "&", "|", "^", "&&", "||", ","])}${this.arithmetic()}`,
        () => `${random.pick(["-", "!", "~", "+"])}${this.arithmetic()}`,
        () => `(${this.arithmetic()})`,
        () => `${this.arithmetic()}?${this.arithmetic()}:${this.arithmetic()}`,
        () => `n${random.pick(["=", "+=", "-=", "*=", "|="])}${this.arithmetic()}`,
        () =>
          this.bash ? random.pick(["n++", "--n", "a[1]", "a[n]++", "m[k]", "2**3", "36#z", "n--", "a[1]+=2"]) : "n+1",
      );
    } finally {
      this.#depth--;
    }
  }
}
