/** Shell programs out of a seed: harmless ones, which end. One statement a line. */
import { bashFeature, commonFeature, type Making } from "./features.ts";
import { Random } from "./random.ts";
import { Words } from "./words.ts";

/** What programs start with, so that expansions find something. */
const SETTING = "x=abc y='a b' e= n=3; touch f1 f2.c ab";
const BASH_SETTING = "a=(one 'two three' '' four) r=x; declare -A m=([k]=v)";

class Programs implements Making {
  readonly random: Random;
  readonly words: Words;
  readonly bash: boolean;
  #depth = 0;
  #loops = 0;

  constructor(random: Random, bash: boolean) {
    this.random = random;
    this.bash = bash;
    this.words = new Words(random, bash);
  }

  program(): string[] {
    const { random } = this;
    const lines = [SETTING, ...(this.bash ? [BASH_SETTING] : [])];
    if (random.chance(0.3)) lines.push(`set -- ${this.words.words(1, 3)}`);
    lines.push(...random.list(1, 6, () => this.statement()));
    return random.chance(0.12) ? this.#damaged(lines) : lines;
  }

  /** A token too many, or one too few. */
  #damaged(lines: string[]): string[] {
    const { random } = this;
    const at = lines.length - 1 - random.below(Math.min(3, lines.length));
    const tokens = (lines[at] as string).split(" ");
    const where = random.below(tokens.length);
    if (random.chance(0.5)) tokens.splice(where, 1);
    else
      tokens.splice(
        where,
        0,
        random.pick([
          "fi",
          "done",
          ")",
          "(",
          ";;",
          "then",
          "}",
          "{",
          "|",
          "&&",
          ";",
          "&",
          "<",
          ">",
          '"',
          "'",
          "esac",
          "]]",
          "do",
          "$(",
          "${",
          "`",
          "!",
          "((",
          "in",
        ]),
      );
    return lines.with(at, tokens.join(" "));
  }

  statement(): string {
    const { random } = this;
    if (++this.#depth > 3) {
      this.#depth--;
      return this.simple();
    }
    try {
      return random.oneOf(
        () => this.simple(),
        () => this.simple(),
        () => this.simple(),
        () => this.#compound(),
        () => this.#compound(),
        () => `${this.simple()} ${random.pick(["&&", "||", ";", "|"])} ${this.simple()}`,
        () => `${this.simple()} ${this.#redirection()}`,
        () => this.document(),
        () => (this.bash ? this.#bashOnly() : this.#further()),
        () => (this.bash ? this.#bashOnly() : this.#setting()),
        () => this.#further(),
        () => (this.bash ? bashFeature(this) : this.#further()),
        () => (this.bash ? bashFeature(this) : this.simple()),
        () => this.#setting(),
        () => `f() { ${this.body()}}; f ${this.words.words(0, 2)}`,
      );
    } finally {
      this.#depth--;
    }
  }

  /** Statements with what ends the last: a list that a reserved word may follow. */
  body(): string {
    return this.random
      .list(1, 2, () => this.statement())
      .map((each) => (each.includes("\n") ? `${each}\n` : each.endsWith("&") ? `${each} ` : `${each}; `))
      .join("");
  }

  /** A statement within one line. */
  line(): string {
    const made = this.statement();
    return made.includes("\n") ? this.simple() : made;
  }

  simple(): string {
    const { random, words } = this;
    return random.oneOf(
      () => `echo ${words.words(1, 4)}`,
      () => `printf '<%s>' ${words.words(1, 4)}; echo`,
      () => `printf '<%s>' ${words.words(1, 4)}; echo`,
      () => `${words.name()}=${words.word()}; echo "$?"`,
      () => `${words.name()}=${words.expansion()} y="${words.quoted()}"`,
      () => random.pick(["true", "false", "! true", "! false", ":", "nope", "echo $?", "shift", "echo $#", "set --"]),
      () => `x=${words.word()} eval 'echo $x'`,
      () => `[ ${words.word()} ${random.pick(["=", "!=", "-eq", "-lt"])} ${words.word()} ]; echo $?`,
      () => `test ${random.pick(["-n", "-z", "-f", "-e"])} ${words.word()}; echo $?`,
      () => `eval ${words.words(1, 3)}`,
      () => `unset ${words.name()}; echo "\${${words.name()}-unset}"`,
      () => `export ${words.name()}=${words.word()}; echo $?`,
      () => `read ${random.pick(["", "-r "])}${words.name()} ${words.name()} <f1; echo $?`,
      () =>
        `printf '${random.pick(["%d", "%5s|", "%-4s|", "%x", "%o", "%c", "%b", "%.2f", "%i %s", "%%", "%03d"])}\\n' ${words.words(0, 3)}`,
      () => `(exit ${random.below(5)}); echo $?`,
      () =>
        `case ${words.word()} in ${words.pattern()}) echo 1;; ${words.pattern()}|${words.pattern()}) echo 2;; *) echo 3;; esac`,
      () => `echo ${words.words(1, 2)} | { read x y; echo "$x|$y"; }`,
      () => `echo $((${words.arithmetic()}))`,
      () =>
        `${random.pick(["break", "continue", "return 2", "exit 3", "type echo", "command -v if", "umask", "trap"])}`,
      () => `set -- ${words.words(0, 4)}; echo $# "$1"`,
    );
  }

  #compound(): string {
    const { random, words } = this;
    const counter = `L${++this.#loops}`;
    return random.oneOf(
      () => `if ${this.simple()}; then ${this.body()}else ${this.body()}fi`,
      () => `for x in ${words.words(0, 3)}; do ${this.body()}done`,
      () => `${counter}=0; while [ $${counter} -lt 2 ]; do ${counter}=$((${counter}+1)); ${this.body()}done`,
      () => `{ ${this.body()}}`,
      () => `( ${this.body()})`,
      () => `x=$(${this.body()}); echo "$?:$x"`,
      () => `${this.simple()} | cat | tr a-c A-C`,
      () =>
        `f() { local x=${words.word()}; ${this.body()}return ${random.below(3)}; }; f ${words.words(0, 2)}; echo "$? $x"`,
      () => `( ${this.simple()} ) ${this.#redirection()}`,
    );
  }

  #redirection(): string {
    const { random, words } = this;
    return random.oneOf(
      () => `> ${random.pick(["o1", "o2", "f1"])}`,
      () => `>> o1`,
      () => "2>&1",
      () => ">&2",
      () => "2>/dev/null",
      () => `< ${random.pick(["f1", "nofile", "o1", "/dev/null"])}`,
      () => `> ${words.word()}`,
      () => "3>&1 >&3",
      () => (this.bash ? random.pick(["&>o1", ">|f1", "<<<x", "1>&-", "<>o3", "{fd}>o1"]) : ">|f1"),
    );
  }

  #further(): string {
    return commonFeature(this);
  }

  document(): string {
    const { words } = this;
    const body = this.random.list(1, 3, () => words.quoted().replaceAll('\\"', "")).join("\n");
    return this.random.oneOf(
      () => `cat <<E\n${body}\nE`,
      () => `cat <<'E'\n${body}\nE`,
      () => `cat <<-E\n\t${body}\n\tE`,
      () => `x=$(cat <<E\n${body}\nE\n); echo "$x"`,
    );
  }

  #setting(): string {
    const { random } = this;
    const letter = random.pick([
      "e",
      "u",
      "x",
      "f",
      "C",
      "a",
      "v",
      ...(this.bash ? ["E", "T", "o pipefail", "k"] : []),
    ]);
    return random.oneOf(
      () => `set -${letter}`,
      () => `set +${letter}`,
      () =>
        `trap '${random.pick(["echo bye $?", "echo $x", "exit 4", ":"])}' ${random.pick(["EXIT", "USR1", "EXIT", ...(this.bash ? ["ERR", "RETURN", "DEBUG"] : [])])}`,
      () => `IFS=${random.pick([":", "", "' x'", "$' \\t\\n'", ",", "b"])}`,
      () =>
        this.bash
          ? `shopt -s ${random.pick(["extglob", "nullglob", "dotglob", "globstar", "nocasematch", "failglob", "nocaseglob", "lastpipe", "inherit_errexit"])}`
          : "set -- 1 2",
      () => "kill -USR1 $$",
    );
  }

  #bashOnly(): string {
    const { random, words } = this;
    const declare = random.pick(["declare", "typeset", "local", "readonly", "export", "declare -g"]);
    return random.oneOf(
      () =>
        `[[ ${words.word()} ${random.pick(["==", "!=", "=", "<", ">", "=~", "-eq", "-lt"])} ${words.pattern()} ]]; echo $? "\${BASH_REMATCH[@]}"`,
      () =>
        `[[ ${random.pick(["-n", "-z", "-v", "!", "-e"])} ${words.word()} ${random.pick(["&&", "||"])} ${words.word()} ]]; echo $?`,
      () => `((${words.arithmetic()})); echo $? $n`,
      () => `let ${random.chance(0.5) ? `"${words.arithmetic()}"` : "n+=2"}; echo $? $n`,
      () => `for ((i=0; i<${random.below(3)}; i++)); do ${this.body()}done`,
      () => `a${random.pick(["", "+"])}=(${words.words(0, 4)}); declare -p a`,
      () =>
        `a[${random.pick(["0", "5", "n", "-1", "1+1", "-9"])}]${random.pick(["", "+"])}=${words.word()}; declare -p a`,
      () => `m[${random.pick(["k", "$x", "'a b'", "@"])}]=${words.word()}; echo "\${!m[@]}" | tr ' ' '\\n' | sort`,
      () => `unset 'a[${random.pick(["0", "1", "-1", "n"])}]'; declare -p a`,
      () =>
        `${declare} ${random.pick(["", "-i", "-u", "-l", "-a", "-x", "-r", "-A", "-p", "-n"])} ${words.name()}=${words.word()}; echo $?; declare -p ${words.name()}`,
      () => `declare -n r=${random.pick(["x", "a", "y", "a[1]", "m[k]", "q"])}; r=${words.word()}; echo "$r" "\${!r}"`,
      () => `cat <(${this.simple()}) <<< ${words.word()}`,
      () =>
        `cat <<< ${words.word()}; read ${random.pick(["-a a", "-r x", "-n 2 x", "-d b x", "x y", "-N 2 x", ""])} <<< ${words.word()}; echo $? "$x" "$REPLY" "\${a[@]}"`,
      () => `mapfile ${random.pick(["-t", "-n 1", "-s 1", "-d b", "-O 2"])} a < <(printf 'a\\nb\\nc\\n'); declare -p a`,
      () => `printf -v x '${random.pick(["%q", "%s", "%d", "%b", "%5.1f", "%(%Y)T"])}' ${words.words(0, 2)}; echo "$x"`,
      () => `printf '%q ' ${words.words(1, 3)}; echo`,
      () => `case ${words.word()} in ${words.pattern()}) echo 1;& ${words.pattern()}) echo 2;;& *) echo 3;; esac`,
      () =>
        `set -- -a -b v ${words.plain()}; while getopts ${random.pick(["ab:", ":ab", "a:b", "x"])} o; do echo "$o $OPTARG $OPTIND"; done`,
      () => `type ${random.pick(["f", "echo", "if", "nope", "-t f", "-a true", "-p cat"])}; declare -f f`,
      () => `exec {fd}>o4; echo ${words.word()} >&$fd; exec {fd}>&-; cat o4`,
      () => `f() { echo "$FUNCNAME $LINENO \${BASH_LINENO[0]}"; caller 0; ${this.body()}}; f`,
      () =>
        `coproc cat; echo ${words.word()} >&\${COPROC[1]}; read -t 1 x <&\${COPROC[0]}; echo "$x"; exec {COPROC[1]}>&-; wait`,
      () => `select v in ${words.words(1, 3)}; do echo "$REPLY=$v"; break; done <<< ${random.below(4)}`,
      () => `compgen -W '${words.plain()} ab abc' ${random.pick(["a", "x", ""])}; echo $?`,
      () => `true | false | (exit 3); echo "\${PIPESTATUS[@]}"`,
      () => `${this.simple()} & wait $!; echo $?`,
      () => `unset ${random.pick(["-v x", "-f f", "a", "m", "-n r", "x y"])}; echo $? "\${a[@]}"`,
      () => `set -x; ${this.simple()}; set +x`,
    );
  }
}

/** The program of a seed. */
export function programOf(seed: number, bash: boolean): string[] {
  return new Programs(new Random(seed), bash).program();
}
