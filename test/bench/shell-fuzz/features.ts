/** Statements that use one feature of the shells each, in a corner of it. */
import type { Random } from "./random.ts";
import type { Words } from "./words.ts";

/** What makes programs, as far as its parts ask it for more. */
export interface Making {
  readonly random: Random;
  readonly words: Words;
  readonly bash: boolean;
  simple(): string;
  /** A statement within one line. */
  line(): string;
  body(): string;
  document(): string;
}

type Maker = (making: Making) => string;

const SIGNALS = ["USR1", "TERM", "HUP", "INT", "EXIT", "0"];

/** In every shell. */
const COMMON: readonly Maker[] = [
  ({ random, words }) =>
    `set -- ${random.pick(["-a -b v", "-ab v w", "-b", "-z", "-a -- x", "x -a", "-bv -a", "-", "--"])}; OPTIND=1; while getopts ${random.pick(["ab:", ":ab:", "a:b", ":", "b"])} o; do echo "$o|$OPTARG|$OPTIND"; done; echo "$? $OPTIND $*" ${words.plain()}`,
  ({ random }) =>
    `(set -e; ${random.pick(["false", "! true", "false || true", "(false)", "false | true", "true | false", "if false; then :; fi", "x=$(false)", "local x", "{ false; } && true", "while false; do :; done", "f() { false; echo in; }; f", "f() { false; echo in; }; f || true", "eval false", "false; true", ". ./nofile", "cd nowhere", "export x=$(false)"])}; echo after); echo $?`,
  ({ random }) =>
    `(set -u; echo ${random.pick(["$nope", "${nope-}", "${nope:-d}", '"$@"', "$*", "$1", "${#nope}", "$((nope))", "${nope+x}", "$#", "${nope#x}", "$!"])}; echo after); echo $?`,
  (making) =>
    `trap 'echo trapped $?' ${making.random.pick(SIGNALS)}; ${making.line()}; ( trap; ${making.line()} ); trap - ${making.random.pick(SIGNALS)}`,
  ({ random }) =>
    `( trap 'echo bye $?' EXIT; ${random.pick(["exit 3", "false", "(exit 4)", "exec true", "return 2", "nope", "kill -TERM $$", "set -e; false", "exit"])}${random.pick(["", "; echo on"])} ); echo $?`,
  ({ random }) =>
    `(trap '${random.pick(["echo got", "exit 5", "echo got; exit", ""])}' USR1; kill -USR1 $(sh -c 'echo $PPID'); echo on); echo $?`,
  (making) =>
    `for i in 1 2 3; do ${making.random.pick(["break", "continue", "[ $i = 2 ] && break", "[ $i = 2 ] && continue", "(break)", "break 2", "eval continue", ":"])}; echo $i; done; echo "$? $i"`,
  (making) =>
    `for i in 1 2; do for j in a b; do ${making.random.pick(["break 2", "continue 2", "break 1", "break 9", "continue", ": "])}; echo $i$j; done; echo end$i; done`,
  (making) => `i=0; until [ $i -ge ${making.random.below(3)} ]; do i=$((i+1)); ${making.body()}done; echo "$? $i"`,
  (making) =>
    `f() { ${making.random.pick(["return", "return 3", "return 256", "return -1", "(return 4)", "return 1 && echo no", "local x=1 y; x=$((x+1)); echo $x", 'echo "$@"', "shift; echo $1", "set -- z; echo $1", "unset -f f; echo gone"])}; }; f ${making.words.words(0, 3)}; echo "$? $#"`,
  (making) =>
    `while read -r l${making.random.pick(["", " m"])}; do echo "<$l|$m>"; done <<E\n${making.random.list(1, 3, () => making.words.plain() + making.random.pick(["", " b  c ", "\\", " \\\\x"])).join("\n")}\nE`,
  (making) => `f() { cat <<E; }\n\${1-none} $# $(echo "${making.words.plain()}")\nE\nf ${making.words.words(0, 2)}`,
  (making) =>
    `cat <<A; cat <<'B'; echo done\n${making.words.quoted().replaceAll('\\"', "")}\nA\n${making.words.quoted()}\nB`,
  (making) => `if read a b <<E\n${making.words.plain()} x y\nE\nthen echo "$a|$b"; fi`,
  (making) => `echo $(cat <<E\n${making.words.plain()} $x\nE\n)`,
  (making) => `x=\`cat <<E\n${making.words.plain()} \\$y\nE\n\`; echo "$x"`,
  ({ random, words }) =>
    `IFS=${random.pick([":", ",", "': '", "ab", "'\n'", "' '"])} read ${random.pick(["", "-r "])}p q <<E\n${random.pick(["a:b:c", " a b ", "x,y,", ":a", "a b:c d", "\\a b", "a\\", ""])}${words.plain()}\nE\necho "<$p><$q>"`,
  ({ random }) =>
    `set -- a "b c" '' d; IFS=${random.pick([":", "", "' '", "-"])}; ${random.pick(['echo "$*"', "echo $*", "echo $@", 'printf "<%s>" "$@"', 'printf "<%s>" $*', 'x="$*"; echo "$x"', "x=$*; echo $x", "x=$@; echo $x", 'for q in "$@"; do echo "$q"; done', "for q; do echo $q; done", 'echo "${*#?}"', 'echo "${@%?}"'])}; unset IFS`,
  ({ random }) =>
    `case ${random.pick(["abc", '"a b"', "''", "'*'", "[x", "a\\*b", "-", "$x", '"$y"', "é"])} in ${random.pick(["a*", "a?c", "'a b'", '"*"', "\\*", "[a-c]*", "[!a]*", "?", "", "a\\*b", "[[]x", "$x", '"$y"', "*)|x", "(abc"])}) echo yes;; *) echo no;; esac`,
  ({ random }) =>
    `exec ${random.pick(["3>o3; echo hi >&3; exec 3>&-; cat o3", "3<f1; read z <&3; echo $?; exec 3<&-", "4>&1; echo four >&4; exec 4>&-", "3>&-; echo x >&3; echo $?", "5<>o5; echo rw >&5; cat o5; exec 5>&-", "3>o6 4>&3; echo a >&4; echo b >&3; cat o6", "nofile; echo after", "3<nofile; echo after"])}`,
  ({ random }) =>
    `set -C; echo a > n1; echo ${random.pick(["b > n1", "b >| n1", "b >> n1", "b > /dev/null", "b 2> n1"])}; echo $?; cat n1; set +C`,
  ({ random, words }) =>
    `{ echo out; echo err >&2; } ${random.pick([">o7 2>&1", "2>&1 >o7", "2>o7", ">o7 2>o8", "2>&1 | cat", ">&2", "2>&-", ">&- 2>&1", "1>&2 2>&1"])}; echo $?; cat o7 2>/dev/null; echo ${words.plain()}`,
  ({ random }) =>
    `sleep ${random.pick(["0", "0.05"])} & ${random.pick(["wait", "wait $!; echo $?", "wait; echo $?", "jobs | wc -l", "kill $!; wait $!; echo $?", "kill -s KILL $! 2>/dev/null; wait $!; echo $?", "wait 99999; echo $?", "x=$!; wait $x $x; echo $?"])}; wait`,
  ({ random }) => `(exit ${random.below(300)}) & wait $!; echo $?`,
  ({ random }) =>
    `alias ${random.pick(["q='echo hi'", "q='echo '", "q=echo r=x", "q", "nope=", "-x=1"])}; ${random.pick(["q x", "alias", "alias q", "unalias q; echo $?", "unalias -a; alias", "eval 'q there'", "\\q", "type q"])}`,
  ({ random }) =>
    `echo 'echo "$0 $# $1"; ${random.pick(["return 3", "exit 4", "x=sourced", "nope", "set -- s", "shift", "false", "fi"])}' > s1; . ./s1 ${random.pick(["", "a b", "x"])}; echo "$? $x $#"`,
  ({ random, words }) =>
    `echo ${words.word()} > s2; ${random.pick(["sh ./s2", "sh s2 a", "sh -e s2", "sh -c '. ./s2'", "sh < s2", "sh -s a b < s2", "chmod +x s2; ./s2"])}; echo $?`,
  ({ random }) =>
    `sh -c '${random.pick(['echo $0 $1 "$#"', "exit 7", "echo $-", 'printf "%s\\n" "$@"', "set -e; false; echo no", "nope", "echo a; if"])}' ${random.pick(["", "name", "name a b", "-- x"])}; echo $?`,
  ({ random }) => `cd ${random.pick(["/tmp", "nowhere", "..", "-", "", "/", ".", "f1"])}; echo $?; cd /tmp/room`,
  ({ random }) =>
    `umask ${random.pick(["022", "-S", "u=rwx,g=,o=", "777", "8", "+w", "g-w", "abc", ""])}; umask; umask 022`,
  ({ random }) =>
    `readonly ro=1; ${random.pick(["ro=2", "unset ro", "readonly ro=3", "export ro=4", "ro=2 true", "ro=2 :", "read ro <f1", "for ro in a; do :; done", "(ro=2; echo in)", ": ${ro:=x}", "readonly -p | tail -n 1", "local ro=2"])}; echo "$? $ro"`,
  ({ random }) =>
    `echo $((${random.pick(["n++", "1+", "x", "10#8", "1/0", "08", "1 2", "n=n+1", "(n)", "1?2:3", "~5", "!0", "5%3", "-7/2", "-7%3", "1<<3", "n+=2", "1,2", "0x1F", "2**3", "a b", "", "n==3&&1", "n>2?n:0", "''", '"3"', "$n$n", "9223372036854775807+1", "1.5", "-n", "--n", "+ +3"])}))`,
  ({ random, words }) =>
    `printf ${random.pick(["'%s %d\\n' a 1 b", "'%5.2s|' abc", "'%-5d|%05d\\n' 3 4", "'%x %o %X\\n' 255 8 255", "'%c' abc", "'%b' 'a\\tb\\n'", "'\\101\\n'", "'%s\\n'", "'%d\\n' 0x10 010 \\'a", "'%e\\n' 1.5", "'%s' a b c", "-- '%s\\n' x", "'%z'", "'%'", "'%*d|' 5 3", "'%+d % d\\n' 3 4", "'%i\\n' 1a", "'%u\\n' -1", "'a\\c' b"])}; echo " $?" ${words.plain()}`,
  ({ random }) =>
    `test ${random.pick(["a = a", "! a", "", "-n", "a -a b", "'' -o b", "( a )", "1 -eq 1x", "a =", "-e f1 -a -f f1", "! -e nofile", "-z ''", "a b", "a b c d e", "-t 9", "f1 -nt f2.c", "f1 -ef f1", "-x f1", "1 -lt 2", "' 1' -eq 1", "-d .", "a != b", "( ! a )", "! ( a = b )", "-s f1", "'(' = ')'", "! = !"])}; echo $?`,
  ({ random }) =>
    `${random.pick(["command", "type", "command -v", "command -V", "hash"])} ${random.pick(["echo", "if", "nope", "f", "cat", "cd", ".", "[", ":", "-x"])} ${random.pick(["", "hi"])}; echo $?`,
  ({ random }) =>
    `eval ${random.pick(["'echo a; false'", "", "'nope'", "'x=1; echo $x' b", "'('", "'exit 3'", "'if true; then echo t; fi'", "-- 'echo d'", "'for'", "'echo \"'", "'return 4'", "'break'"])}; echo $?`,
  ({ random }) => `shift ${random.pick(["", "1", "9", "x", "-1", "0"])}; echo "$? $#"`,
  ({ random }) =>
    `echo "${"$"}{${random.pick(["x:?gone", "nope:?gone", "nope?", "nope:?", "nope:=made}${nope", "e:-d", "e-d", "e:+d", "e+d", "#x", "#", "#@", "#-", "#*", "x#a", "x%%c", "x%*", "1:-p", "@:-p", "nope-${e:-${n}}", "nope-'q'", 'nope-"q"', "nope-a\\}b", "x#$n", 'x%"c"'])}}"; echo $?`,
  ({ random }) => `echo ${random.pick(["~", "~/x", "~root", "~nope", "x=~", "x=a:~", '"~"', "\\~", "a~", "~+", "~-"])}`,
  ({ random }) =>
    `true && ${random.pick(["false", "true", "! true"])} || ${random.pick(["echo or", "false"])} && echo and; echo $?`,
  ({ random }) =>
    `! ${random.pick(["false | true", "true | false", "{ false; }", "( exit 3 )", "nope", "! true"])}; echo $?`,
  ({ random }) =>
    `{ ${random.pick(["exit 3", "echo x", "cat", "read v; echo $v", "false"])}; } | { ${random.pick(["cat", 'read w; echo "w=$w"', "exit 2", "true", "wc -c"])}; }; echo $?`,
  ({ random }) =>
    `unset ${random.pick(["x", "-v y", "-f f", "nope", "1x", "PATH", "IFS", "-x", "@"])}; echo "$? ${"$"}{x-unset}"; PATH=$PATH:/bin:/usr/bin`,
  ({ random }) =>
    `set -${random.pick(["x", "v", "n", "a", "o", "o nounset", "o nope", "z", "-", ""])}; echo on; set +${random.pick(["x", "v", "a", "u", "o nounset"])}`,
  ({ random }) =>
    `export ${random.pick(["q=1 r", "-p | grep q=", "1x=2", "q", "q=a:~ x", "-n x", "'q=a b'", "x=$y"])}; echo $?; sh -c 'echo "[$q][$x]"'`,
  ({ random }) =>
    `x=1 ${random.pick([":", "true", "eval 'echo $x'", "export x", "f", "sh -c 'echo $x'", "nope", "set -- $x", "unset x"])}; echo "$x"`,
  ({ random }) =>
    `kill ${random.pick(["-l 9", "-l TERM", "-0 $$", "-l 137", "-x 1", "-9", "-s NOPE $$", "abc", "-TERM 999999", "%1", ""])}; echo $?`,
  ({ random }) => `times >/dev/null; ulimit ${random.pick(["-n >/dev/null", "-f", "-c", "-z", "-n abc"])}; echo $?`,
];

export const commonFeature = (making: Making): string => making.random.pick(COMMON)(making);

const FEATURES: readonly Maker[] = [
  ({ random }) =>
    `shopt -s ${random.pick(["extglob", "nullglob", "failglob", "dotglob", "globstar"])}; mkdir -p d/e; touch d/x.c d/e/y.c .h; echo ${random.pick(["*", "!(f*)", "@(f1|ab)", "**/*.c", ".*", "d/*", "nomatch*", "+([a-z])[12]", "?(f)1", "**", "*(d)/", "[[:upper:]]*", "f{1,2}*"])}; echo $?`,
  ({ random }) =>
    `declare -A q=(${random.pick(["[a]=1 [b]=2", "[a b]=x", "[$x]=1", "['k']+=z", "a 1 b 2", "[a]=", "[]=1", '["x y"]=1'])}); ${random.pick(["declare -p q", 'echo "${#q[@]}"', 'q[c]+=3; echo "${q[c]}"', "unset 'q[a]'; declare -p q", 'echo "${q[@]@k}"', "[[ -v q[a] ]]; echo $?", 'for k in "${!q[@]}"; do echo "$k=${q[$k]}"; done | sort', "q=(); declare -p q", "q+=([z]=1); declare -p q"])}`,
  ({ random }) =>
    `q=(${random.pick(["a b c", "[3]=x y", "{1..4}", '"$@"', "*", "''", "[1]=a [0]=b", "$y"])}); ${random.pick(["echo ${q[@]:1}", 'echo "${q[@]: -1}"', "q+=(z); declare -p q", "unset 'q[1]'; echo ${!q[@]}", "echo ${#q[@]} ${#q}", 'printf "<%s>" "${q[@]/a/b}"', 'printf "<%s>" "${q[@]^}"', "q[5]=5; echo ${!q[@]}", "echo ${q[-1]} ${q[-9]}", 'echo "${q[*]}"', "echo ${q[@]@Q}", "readonly q; q[0]=1; echo $?", 'r=("${q[@]}"); echo ${#r[@]}', "q=${q[1]}; declare -p q", "unset q; echo ${q-none}", "echo ${q[n-2]} ${q[$n]}"])}`,
  ({ random }) =>
    `f() { local -n ref=${random.pick(["x", "a", "'a[1]'", "m", "ref", "1x", "nope"])}; ${random.pick(["ref=new", 'echo "$ref"', "ref+=more", "unset ref", "echo ${!ref}", "ref[0]=el", "declare -p ref", "local x=inner; echo $ref", "for ref in a b; do :; done"])}; }; f; echo "$? $x \${a[1]}"`.replace(
      "\\$",
      "$",
    ),
  ({ random }) =>
    `f() { local x=l ${random.pick(["-r", "-i", "-a", "-A", "-x", ""])} q=1; ${random.pick(["local", "local -p", "declare -p x q", "unset x; echo ${x-unset}", "g() { echo $x; x=g; }; g; echo $x", "local x; echo ${x-unset}", "declare -g x=glob; echo $x", "local -I x; echo $x", "q+=2; echo $q"])}; }; x=outer; f; echo "$? $x"`,
  ({ random }) =>
    `declare ${random.pick(["-i q=3+4", "-i q=x", "-u q=abc", "-l q=ABC", "-r q=1", "-x q=1", "-a q=1", "-A q=1", "-ai q=(1+1 2)", "q", "-p nope", "-f nope", "-n q=x", "+x x", "-i q; q=7/2", "-z", "-c q=abc", "'q=a b' z", "q[2]=x", "-t q=1", "-F f", "-ir q=5"])}; echo $?; declare -p q`,
  ({ random }) =>
    `f() { ${random.pick(["echo ${FUNCNAME[*]} ${BASH_LINENO[*]}", "caller; caller 0; caller 9; echo $?", "echo ${BASH_SOURCE[0]} $LINENO", "g() { echo ${FUNCNAME[1]}; }; g", "echo $BASH_SUBSHELL; (echo $BASH_SUBSHELL)", "return $1", "echo ${#FUNCNAME[@]}"])}; }; f 3; echo $?`,
  (making) =>
    `trap '${making.random.pick(['echo "E$? $LINENO"', 'echo "$BASH_COMMAND"', ":"])}' ${making.random.pick(["ERR", "DEBUG", "RETURN", "ERR RETURN"])}; ${making.random.pick(["false", "f() { false; }; f", "(false)", "x=$(false)", "! true", "if false; then :; fi", "eval false", "true | false", "{ false; }", ". /dev/null", "[[ a == b ]]", "((0))", "for i in 1; do :; done", "case a in a) :; esac", "f() { return 3; }; f"])}; trap - ERR DEBUG RETURN`,
  ({ random }) =>
    `set -${random.pick(["eE", "eT", "e", "euo pipefail", "o pipefail", "eo pipefail"])}; ${random.pick(["trap 'echo ERR $?' ERR", "trap 'echo EXIT $?' EXIT", ":"])}; ${random.pick(["false | true", "f() { false; }; f", "echo ${nope}", "x=$(false; echo y)", "local z=1", "((0))", "[[ a == b ]]", "let 0", "false && true", "! false", "(exit 3)", "cat nofile | cat", "declare x=$(false)", "read z < /dev/null", "shift 9", "eval 'false'", "wait 1", "while ((n-- > 2)); do :; done", "[ -n '' ] || true"])}; echo "on $?"`,
  ({ random, words }) =>
    `[[ ${random.pick(["$x =~ ^(a)(b)(c)$", "foo123 =~ [0-9]+", '"a b" =~ a\\ b', "ab =~ (a|b)*", '$y =~ " "', 'abc =~ "b."', "aXb =~ x", "-f f1 && ! -d f1", "( a == a || b == c ) && 1 -lt 2", "a < b", "$n -eq 3", "$x == a*", '$x == "a*"', "abc == a?c", "-v x", "-v a[1]", "-v m[k]", "-v nope", "x -eq 0", "-z $nope", "a =~ b", "$x", "! $x", "1+1 -eq 2", "f1 -nt nofile", "-o errexit", "-R x", "é == ?", '"" < a', "abc =~ ^.{3}$", "'a]' =~ [a\\]]", "a != @(b|c)", "-t 0", "08 -eq 8"])} ]]; echo "$?" "\${BASH_REMATCH[@]}" ${words.plain()}`.replaceAll(
      "\\${",
      "${",
    ),
  ({ random }) =>
    `case ${random.pick(["ab", "$x", "5", "''"])} in ${random.pick(["a*", "*", "[0-9]", "''"])}) echo 1 ${random.pick([";;", ";&", ";;&"])} ${random.pick(["*b", "b", "?", "$x"])}) echo 2 ${random.pick([";;", ";&", ";;&"])} *) echo 3;; esac; echo $?`,
  ({ random }) =>
    `((${random.pick(["n++", "n--, n+=2", "a[1]=5", "a[n]++", "x=7, y2=x*2", "n=2#101", "n=16#fF", "n=64#@_", "1<<70", "n<<=1", "n^=1", "n?1:0", "n=(1,2,3)", "m[k]+=1", "++n", "n**=2", "n=-5%3", "!n", "~n", "n=010", "37#1", "2#3", "n=", "a[", "1//2", "x[0]++", "n=n++ + ++n", "0x", "1e3", "nope.x", "n=1?2", "3=4", "n='1'", '"n"++', "a[-1]=9", "a[-99]=1"])})); echo "$? $n"; declare -p a`,
  ({ random }) =>
    `let ${random.pick(["n=5", "'n = 5 * 2' x=1", "n++", "0", "", "'n=1/0'", "n+=1 0", '"a[0]=3"', "'(1'", "--n", "2**-1"])}; echo "$? $n"`,
  ({ random }) =>
    `echo $((${random.pick(["a[1]", "a[@]", "m[k]", "x", "y", "RANDOM*0", "#", "$#", "n++ + n", "2**62*2", "-9223372036854775808/-1", "7%-3", "1?2?3:4:5", "(n=4)+n", "a[n-2]", "a[a[0]]", "'1'", "0b1", "1_0", "08+1", "n[0]", "++x", "!x", "x=y=3", "1&&0||1", "1|2^3&4", "5>3>1", "-2**2", "~-1"])}))`,
  ({ random }) =>
    `read ${random.pick(["-r x", "-a q", "-n 3 x", "-N 3 x", "-d ' ' x", "-t 0.1 x", "-s x", "-p prompt x", "-u 0 x", "-u 9 x", "-e x", "-i t x", "-ra q", "-d '' x", "-n 0 x", "1x", "x y z", "-t 0", "-rd: x y", "-n x x", "-a", "-z"])} <<< ${random.pick(["'a b  c'", "'a\\ b'", "''", "$'l1\\nl2'", "' lead'", "'x:y:z'", "abcdef"])}; echo "$? <$x> <$y> <$z> <$REPLY> \${#q[@]}"`.replaceAll(
      "\\${",
      "${",
    ),
  ({ random }) =>
    `mapfile ${random.pick(["-t q", "q", "-n 2 q", "-s 1 -t q", "-O 1 -t q", "-d b q", "-c 1 -C 'echo cb' q", "-t", "-u 9 q", "-n x q", "1x", "-tn1 q", "-d '' q", "-c 2 -C : -t q"])} <<< $'a\\nb b\\n\\nc'; echo $?; declare -p q MAPFILE 2>/dev/null`,
  ({ random, words }) =>
    `printf -v q '${random.pick(["%q", "%s-%s", "%(%Y)T", "%b", "%5s", "%d", "%x", "%05.1f", "%Q", "%.3q", "%(%s)T", "%%", "%n", "%c", "%-4q|"])}' ${words.words(0, 2)}; echo "$? <$q>"`,
  ({ random }) =>
    `printf ${random.pick(["'%(%Y-%m-%d)T\\n' 0", "'%q\\n' 'a b' \"it's\" $'a\\nb' '' '~x' 'a~' '#a' '{a}' 'é'", "'%s\\n' \"${a[@]}\"", "-v 'a[9]' x; declare -p a", "-v 1x y", "-v", "'%s%n' abc", "'%d %d\\n' 1", "'%ld %hd\\n' 5 6", "'%a\\n' 1", "'\\u00e9 \\x41 \\e[0m\\n'", "'%b\\n' '\\0101\\x41\\u41'", "'%.*s|\\n' 2 abc", "'%*s|\\n' -5 ab", "'%1$s\\n' a", '"%d\\n" "\'é"', "'%s'", "--help 2>&1 | head -n 1", "-x", "'%d\\n' 99999999999999999999"]).replaceAll("\\${", "${")}; echo " $?"`,
  ({ random, words }) =>
    `echo ${random.pick(["{a..e..2}", "{5..1}", "{01..10..3}", "{a,b}{1,2}", "{a,{b,c},d}", "x{,y}z", "{a..C}", "{1..3}{x,y}", "{a,b", "a,b}", "{}", "{a}", "\\{a,b}", "{'a,b',c}", '"{a,b}"', "{$x,y}", "${x}{a,b}", "{1..a}", "{-3..3..3}", "{1..2}..{3..4}", "{a\\,b,c}", "{,}", "a{b,c}d{e,f}", "{1..3", "{10..1..-4}", "{x,y}=~", "~{,/x}", "{a..d..-1}", "{1.5..2}"])} ${words.plain()}`,
  ({ random }) =>
    `for ((${random.pick(["i=0", "i=3", "", "i=0,j=5"])}; ${random.pick(["i<3", "i-->0", "i<2 && 1", "0", "i<n"])}; ${random.pick(["i++", "i+=2", "i++, j--"])})); do echo $i $j; ((++guard > 5)) && break; done; echo "$? $i"`,
  ({ random, words }) =>
    `select v in ${words.words(0, 3)}; do echo "$REPLY=$v"; ${random.pick(["break", "REPLY=", "[[ $v ]] && break", "exit 3", "continue"])}; done <<< $'${random.pick(["1", "9", "", "x", "2\\n1", "1\\n", "\\n1"])}'; echo $?`,
  ({ random }) =>
    `coproc ${random.pick(["cat", "N { cat; }", '{ read l; echo "got $l"; }', "N { exit 3; }", "false"])}; ${random.pick(["echo hi >&${COPROC[1]}; exec {COPROC[1]}>&-; cat <&${COPROC[0]}", "wait $!; echo $?", "echo ${#COPROC[@]} ${#N[@]}; kill $! 2>/dev/null; wait 2>/dev/null", 'echo hi >&${N[1]}; read -t 1 -u ${N[0]} z; echo "$z"; kill $!'])}; wait 2>/dev/null`,
  ({ random }) =>
    `${random.pick(["cat <(echo a) <(echo b)", "diff <(echo a) <(echo b)", "echo x > >(cat); wait $!", "tee >(wc -c) <<< abc >/dev/null; sleep 0.1", "while read -r l; do echo \"$l\"; done < <(printf '1\\n2')", "wc -l < <(seq 3)", "cat <(exit 3); echo $?", "read z < <(echo hi); echo $z", "paste <(seq 2) <(seq 3 4)", "f() { cat $1; }; f <(echo in)"])}; echo $?`,
  ({ random }) =>
    `exec {fd}>o9; ${random.pick(["echo hi >&$fd; exec {fd}>&-; cat o9", "echo $((fd >= 10)); exec {fd}>&-; echo x >&$fd", "{ echo a; } >&$fd; cat o9", "exec {g}>&$fd; echo h >&$g; cat o9", "exec {fd}<&-; echo $?", "exec {1x}>o8; echo $?", "exec {fd}>&nope; echo $?", "echo q {h}>o8; echo $((h>9))"])}`,
  ({ random }) =>
    `${random.pick(["echo both &>o10", "nope &>>o10", "nope |& cat", "echo x >|o10", 'cat <<<"$x y"', "cat <<< $a", "cat <<<'' | wc -c", "echo x 1>&2 2>/dev/null", "echo x >&o10", ">o10 <f1", "cat < f1 < nofile", "echo a > $y", "echo a > *.c", "echo a > ${a[@]}", "cat <&9", "echo x >&9", "echo a >&-", "echo x 9>&1 >&9-", "echo z 2>&1-", "cat 3<<<three <&3"])}; echo $?; cat o10 2>/dev/null`,
  ({ random }) =>
    `{ sleep 0.0${random.below(9)}; exit ${random.below(5)}; } & ${random.pick(["wait -n; echo $?", "wait -n -p w; echo $? $((w == $!))", "wait %1; echo $?", "disown; jobs; wait", "disown -h %1; jobs -r | wc -l; wait", "jobs -p | wc -l; wait", "kill %1; wait %1; echo $?", "wait %9; echo $?", "disown %9; wait; echo $?", "jobs -x echo %1 | wc -l; wait", "wait -f; echo $?", "kill -STOP %1; jobs -s | wc -l; kill -CONT %1; wait", "wait -x; echo $?", "fg; echo $?", "bg; wait; echo $?"])}`,
  ({ random }) =>
    `export -f ${random.pick(["f", "nope"])}; f() { echo "fn $1"; }; export -f f; bash -c '${random.pick(["f x", "declare -F", "type -t f", "unset -f f; f", "f y | cat", "declare -f f"])}'; echo $?`,
  ({ random }) =>
    `bash ${random.pick(["-c 'echo $0 $#' n a", "-xc 'echo a; x=1'", "-vc 'echo a'", "-nc 'echo a'", "-ec 'false; echo no'", "-uc 'echo $nope'", "-c", "-s a b <<< 'echo $1 $#'", "-x <<< 'echo \"a b\"'", "-o pipefail -c 'false | true'", "-O extglob -c 'echo @(f1)'", "nofile", "--norc -c 'echo hi'", "-c 'exit 3'", "-c 'kill -TERM $$'", "-z", "--nope", "-c 'echo $-' ", "+O nope -c :", "-c 'f() {' ", "-rc 'cd /'", "--posix -c 'echo $POSIXLY_CORRECT'", "-c 'echo \"${BASH_EXECUTION_STRING}\"'"])}; echo $?`,
  ({ random }) =>
    `shopt ${random.pick(["-s nope", "-q extglob", "-p nullglob", "-u nullglob", "-so pipefail", "-o | head -n 2", "extglob", "-s", "-u -q x", "-p | head -n 3", "-z", "-qo errexit", "-s extglob nullglob; shopt -p extglob nullglob"])} | head -n 5; echo "\${PIPESTATUS[0]}"`.replaceAll(
      "\\${",
      "${",
    ),
  ({ random }) =>
    `RANDOM=${random.below(99)}; echo $RANDOM $RANDOM; SECONDS=${random.below(9)}; echo $((SECONDS < 11)); echo $LINENO; ${random.pick(["unset RANDOM; echo $RANDOM", "RANDOM=x; echo $RANDOM", "echo ${#EPOCHSECONDS}", "LINENO=50; echo $LINENO", "BASHPID=1; echo $?", "echo $((BASHPID == $$))", "UID=5; echo $?", "echo ${BASH_VERSINFO[0]}", "PPID=3", "GROUPS=1; echo $?", "echo $SHLVL", "echo ${EPOCHREALTIME//[0-9]/}", "SECONDS=abc; echo $SECONDS"])}`,
  ({ random }) =>
    `PS4='${random.pick(["+ ", "$LINENO: ", "+${FUNCNAME[0]}> ", "\\\\t", "é ", "", "++"])}'; set -x; ${random.pick(["echo a 'b c' \"\"", "x=1 y='a b' true", "x=$(echo sub)", "[[ $y == a* && -n $x ]]", "((n+1))", 'for i in 1 "$y"; do :; done', "case $x in a*) ;; esac", "f() { :; }; f 1", "a=(1 '2 3')", "declare q=$'a\\nb'", "echo > o1", "a[1]=z", 'export x="$y"', "for ((i=0;i<1;i++)); do :; done", "eval 'echo hi'", "echo $'\\t' '~' 'a*' é", "local z", "x+=more", "let n=1+1", "select q in a; do break; done <<< 1", '[ -n "$y" ]', "echo a | cat", "! true", "(echo sub)", "while false; do :; done", "x= ", "m[k k]=1", "readonly r1='q r'", "[[ $y =~ (a).* ]]", "[[ -z $e || $n -gt 2 ]]", "if ((0)); then :; fi"])}; set +x; PS4='+ '`,
  ({ random }) =>
    `time ${random.pick(["true", "-p true", "{ false; }", "! true", "", "nope", "echo t | cat"])} 2>/dev/null; TIMEFORMAT=${random.pick(["'t'", "''", "%%", "x%Zy"])}; time true; echo $?`,
  ({ random }) =>
    `shopt -s expand_aliases\nalias ${random.pick(["e='echo al'", "e='echo ' w=word", "if1='if true;'", "e='for i in 1 2;'", "e='echo a; echo b'", "e='>o1 echo'", "e=e", "e='{ echo'"])}\n${random.pick(["e x", "e w", "if1 then echo t; fi", "e do echo $i; done", "e; }", "echo e", "'e' x", "e | cat", "x=1 e y", "alias -p", "unalias e\ne x", "f() { e z; }; f", "$(e s)", "type -t e"])}`,
  ({ random }) =>
    `echo "${"$"}{${random.pick(["x^", "x^^", "x,,", "x~~", "x^^[ab]", "y// /_", "y/#a/Z", "y/%b/Z", "x/b", "x/b/&&", "x//?/<&>", "y/ */", "x/\\//-", "x:1:1", "x: -2", "x:0:-1", "x:5", "x:1:-9", "@:1", "@:0:1", "*:2", "a[@]:1:2", "a[@]: -2", "#a[1]", "a[@]@Q", "a[@]@A", "x@A", "x@a", "y@Q", "x@U", "x@u", "x@E", "x@P", "x@K", "m[@]@K", "a[*]@Q", "!a[@]", "!m[@]", "!x", "!r", "!nope", "!B*", "!BASH_V@", "x@Z", "x!", "!1", "x:", "x::", "x:a b", "a[@]/o/0", "a[@]#o", "a[*]%e", "!x@Q", "!r@U", "!a[@]:1", "#x:1", "##", "#:1", "?", "-:-x", "a[", "a[]", "a[x y]", "nope[@]-d", "nope[@]", "#nope[@]", "a[9]:-d", "a[9]=new", "m[z]:=made", "a[@]:-e", "a[*]+set", "nope:=a b", "x/$n", "y/'a'/\"q\"", "x//[a-b]/$y"])}}"; echo $?`,
  ({ random }) =>
    `set -- 1 'two 2' '' four; printf '<%s>' ${random.pick(['"${@:2}"', '"${@: -1}"', "${@:1:2}", '"${*:2:2}"', '"${@/o/0}"', '"${@^}"', "${@%?}", '"${#@}"', '"${!#}"', '"${@@Q}"', '"${*@U}"', '"${@#t}"', '"x${@}y"', '"${@:0:1}"', '"${@:7}"', "${*}", '"${1:+a $1}"', '"${3:-d}"', '"${10}"', '"$10"', '"${@:-1}"', '"${@+y}"', '"${3+y}"', '"${@:2:-1}"'])}; echo " $?"`,
  ({ random }) =>
    `${random.pick(["type -a echo", "type -t if f cat nope echo", "command -V f", "hash cat; hash -t cat", "hash -r; hash", "enable -n echo; type -t echo; enable echo", "builtin echo hi", "builtin nope", "builtin cat", "help : | head -n 1", "compgen -b | head -n 2", "compgen -A function f", "compgen -v BASH_VERSI", "enable -p | head -n 1", "type -P cat if", "dirs; pushd / >/dev/null; dirs; popd", "pushd nowhere", "popd", "pushd +5", "cd - 2>&1; cd /tmp/room", "fc -l", "history | tail -n 1", "bind -l | head -n 1", "ulimit -a | wc -l", "suspend", "logout", "umask -p", "umask -S", "times | wc -l", "caller", "getopts", "unset", "declare -x | head -n 1", "trap -p", "trap -l | head -n 1", "kill -l | head -n 1", "trap 'echo x' NOPE", "trap -- '' INT; trap", "readonly -p | head -n 2", "exec -a name bash -c 'echo $0'", "exec -c env", "source", "source nofile", ". nofile; echo no", "return", "break", "local q", "eval", "test", "[", "shift 5", "let", "mapfile", "read", "wait -n", "jobs", "disown", "cd a b", "exit abc", "exit 1 2", "printf", "alias nope", "unalias nope", "set -o nope", "shopt nope", "export -n x; declare -p x", "export 1x", "readonly 1x", "declare 1x", "unset 1x"])}; echo $?`,
  (making) =>
    `f() ${making.random.pick(["(", "{"])} ${making.body()}${making.random.pick([")", "}"])}; f; declare -f f`,
  (making) =>
    `${making.random.pick(["function f {", "function f() {", "f () {"])} ${making.body()}}; declare -f f; f a`,
  (making) => `x=$(${making.document()}\n); echo "$x"`,
  (making) =>
    `{ ${making.body()}} ${making.random.pick(["2>&1", "| cat", "> o1", "<<< in", "2>/dev/null", "|& cat", "&>o1"])}; echo "$?"`,
  (making) => `echo "$(${making.line()})" '${making.words.plain()}' "${making.words.expansion(true)}"`,
  ({ random }) =>
    `echo ${random.pick(["$'a\\tb\\x41\\u00e9\\cA\\'q'", '$"loc $x"', "$'\\e'", "$'\\777'", "\"$'a'\"", "$'a\\", "$''", '"a\\nb"', "'a'\\''b'", '"\\$x \\` \\" \\\\"', "a\\\nb", '"a\\\nb"', "`echo \\`echo in\\``", '"`echo \\"q\\"`"', '"$(echo "a  b")"', "$(echo $(echo $(echo deep)))", "$((1+$(echo 2)))", '${x:-$(echo "}")}', '"${x:-"a"}"', "\"${nope:-'a'}\"", "${nope:-'a b'}", '${nope:-"a  b"}', "${nope:-a  b}", '"${nope:-\\}}"', "${nope:-\\}}", "$(case a in a) echo c;; esac)", "$(# c\necho d)", "`# c`e", "$[1+2]", "$(< f1)x"])}; echo $?`,
];

export const bashFeature = (making: Making): string => making.random.pick(FEATURES)(making);
