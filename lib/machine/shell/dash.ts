/** What dash says and has otherwise than ash, whose settings it shares here for the rest. */

/** Builtins of ash that dash has not. */
export const MISSING_IN_DASH = ["source", "let"] as const;

/** Names that `set -o` takes. */
export const DASH_OPTIONS = [
  "errexit", "noglob", "ignoreeof", "interactive", "monitor", "noexec", "stdin", "xtrace", "verbose", "vi", "emacs", "noclobber", "allexport", "notify", "nounset", "privileged", "nolog", "debug",
] as const; // biome-ignore format: a table

/** Ash's words, and dash's for the same. Tried in order. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^(can't cd to .*?): [A-Z][\w ]*$/s, "$1"],
  [/^can't open '(.*)': No such file or directory$/s, "cannot open $1: No such file"],
  [/^can't open (.*): no such file$/s, "cannot open $1: No such file"],
  [/^can't open (.*)$/s, "cannot open $1"],
  [/^(.*): cannot overwrite existing file$/s, "cannot create $1: File exists"],
  [/^can't create (.*): nonexistent directory$/s, "cannot create $1: Directory nonexistent"],
  [/^can't create (.*)$/s, "cannot create $1"],
  [/^usage: getopts .*$/, "Usage: getopts optstring var [arg...]"],
  [/^syntax error: bad substitution$/, "Bad substitution"],
  [/^syntax error: bad fd number$/, "Syntax error: Bad fd number"],
  [/^illegal mode: (\d+)$/, "Illegal number: $1"],
  [/^(%\S*): no such job$/, "No such job: $1"],
  [/^illegal /, "Illegal "],
  [/^(.*): bad number$/s, "Illegal number: $1"],
  [/^(.*): numeric argument required$/s, "Illegal number: $1"],
  [/^can't kill pid .*: (.*)$/s, "$1\n"],
  [
    /^you need to specify whom to kill$/,
    "Usage: kill [-s sigspec | -signum | -sigspec] [pid | job]... or\nkill -l [exitstatus]",
  ],
  [/^bad signal name '(.).*'$/s, "Illegal option -$1"],
  [/^write error: .*$/, "echo: I/O error"],
];

/** Those of one builtin. */
const BUILTIN_WORDS: Readonly<Record<string, readonly (readonly [RegExp, string])[]>> = {
  printf: [
    [/^invalid number '(\d.*)'$/s, "$1: not completely converted"],
    [/^invalid number '(.*)'$/s, "$1: expected numeric value"],
    [/^%[-+ #0]*[\d*]*(?:\.[\d*]*)?: invalid format$/, "missing format character"],
    [/^(%[-+ #0]*[\d*]*(?:\.[\d*]*)?.).*: invalid format$/s, "$1: invalid directive"],
  ],
  kill: [
    [/^invalid number '(.*)'$/s, "Illegal number: $1"],
    [/^(.*): invalid signal specification$/s, "invalid signal number or name: $1"],
  ],
};

export function dashWords(message: string, builtin?: string): string {
  for (const [pattern, words] of [...(BUILTIN_WORDS[builtin ?? ""] ?? []), ...WORDS])
    if (pattern.test(message)) return message.replace(pattern, words);
  return message;
}

/** `arithmetic expression: expecting primary: "1+"`. */
export function dashArithmetic(message: string, expression: string): string {
  const what = message.startsWith("division by 0")
    ? "division by zero"
    : /operand expected|expression expected/.test(message)
      ? "expecting primary"
      : message.startsWith("missing `)'")
        ? "expecting ')'"
        : message.startsWith("`:' expected")
          ? "expecting ':'"
          : "expecting EOF";
  return `arithmetic expression: ${what}: "${expression}"`;
}
