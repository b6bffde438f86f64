/** Sprig's functions as its documentation and source have them (Masterminds/sprig/v3, docs/*.md), in templates. */
import { describe, expect, it } from "vitest";
import { TemplateSet, type ValueMap } from "../../template/index.ts";
import { sprigFunctions } from "./index.ts";

/** Numbers as values.yaml gives them: float64. */
const DATA: ValueMap = {
  n: 3,
  f: 2.5,
  big: 1234567,
  s: "hello world",
  e: "",
  t: true,
  l: ["a", "b", "c"],
  nums: [3, 1, 2],
  m: { b: 1, a: { c: "x" } },
  nil: null,
};

function render(template: string): string {
  const set = new TemplateSet({
    functions: sprigFunctions({ now: () => Date.UTC(2024, 0, 2, 15, 4, 5, 678), random: () => 0.5 }),
    missingKey: "zero",
  });
  set.parse("t", template);
  return set.execute("t", structuredClone(DATA));
}

const ROWS: Readonly<Record<string, readonly (readonly [template: string, text: string])[]>> = {
  text: [
    ['{{ trim "   hello    " }}|', "hello|"],
    ['{{ trimAll "$" "$5.00" }}', "5.00"],
    ['{{ trimSuffix "-" "hello-" }}', "hello"],
    ['{{ trimSuffix "x" "hello-" }}', "hello-"],
    ['{{ trimPrefix "-" "-hello" }}', "hello"],
    [
      '{{ upper "hello" }} {{ lower "HELLO" }} {{ title "hello world" }} {{ untitle "Hello World" }}',
      "HELLO hello Hello World hello world",
    ],
    ['{{ repeat 3 "hello" }}', "hellohellohello"],
    [
      '{{ substr 0 5 "hello world" }}|{{ substr -1 5 "hello world" }}|{{ substr 6 -1 "hello world" }}',
      "hello|hello|world",
    ],
    ['{{ nospace "hello w o r l d" }}', "helloworld"],
    [
      '{{ trunc 5 "hello world" }}|{{ trunc -5 "hello world" }}|{{ trunc 50 "x" }}|{{ trunc -50 "x" }}',
      "hello|world|x|x",
    ],
    ['{{ trunc 3 "naïve" }}', "na\ufffd"],
    ['{{ abbrev 5 "hello world" }}|{{ abbrev 50 "x" }}|{{ abbrev 2 "hello" }}', "he...|x|hello"],
    ['{{ abbrevboth 5 10 "1234 5678 9123" }}', "...5678..."],
    ['{{ initials "First Try" }}', "FT"],
    ['{{ plural "one anchovy" "many anchovies" 1 }}|{{ plural "one" "many" 2 }}', "one anchovy|many"],
    ['{{ wrap 5 "hello world foo" }}', "hello\nworld\nfoo"],
    ['{{ wrapWith 5 "\\t" "Hello World" }}', "Hello\tWorld"],
    ['{{ contains "cat" "catch" }} {{ hasPrefix "cat" "catch" }} {{ hasSuffix "ch" "catch" }}', "true true true"],
    ['{{ quote "a" "b\\"c" 3 nil }}', '"a" "b\\"c" "3"'],
    ['{{ squote "a" 1.5 }}', "'a' '1.5'"],
    ["{{ quote .nil }}|{{ quote .e }}|{{ .t | quote }}", '|""|"true"'],
    ['{{ cat "hello" nil 1 true }}', "hello 1 true"],
    ['{{ indent 2 "a\\nb" }}', "  a\n  b"],
    ['{{ nindent 2 "a\\nb" }}', "\n  a\n  b"],
    ['{{ "I Am Henry VIII" | replace " " "-" }}', "I-Am-Henry-VIII"],
    [
      '{{ snakecase "FirstName" }} {{ snakecase "HTTPServer" }} {{ snakecase "NoHTTPS" }} {{ snakecase "GO PATH" }}',
      "first_name http_server no_https go_path",
    ],
    ['{{ camelcase "http_server" }} {{ camelcase "no_https" }}', "HttpServer NoHttps"],
    [
      '{{ kebabcase "FirstName" }} {{ kebabcase "HTTPServer" }} {{ kebabcase "go path" }}',
      "first-name http-server go-path",
    ],
    ['{{ swapcase "This Is A.Test" }}', "tHIS iS a.tEST"],
    [
      '{{ (split "$" "foo$bar$baz")._0 }} {{ splitList "$" "foo$bar$baz" }} {{ (splitn "$" 2 "foo$bar$baz")._1 }}',
      "foo [foo bar baz] bar$baz",
    ],
    ['{{ list "hello" "world" | join "_" }} {{ list 1 2 3 | join "+" }} {{ join "-" "one" }}', "hello_world 1+2+3 one"],
    ['{{ join "," (list "a" nil "b") }}', "a,b"],
    ['{{ sortAlpha (list "b" "a" "C") }} {{ sortAlpha 3 }}', "[C a b] [3]"],
    ["{{ toString 5 }}{{ toString .f }}{{ toString .t }} {{ toStrings (list 1 2) }}", "52.5true [1 2]"],
    ["{{ .s | upper | trunc 5 | quote }}", '"HELLO"'],
    ["{{ hello }}", "Hello!"],
  ],
  arithmetic: [
    ["{{ add 1 2 3 }} {{ add1 1 }} {{ sub 5 2 }} {{ mul 1 2 3 }} {{ div 10 3 }} {{ mod 10 3 }}", "6 2 3 6 3 1"],
    ['{{ add "3" .n }} {{ add .f 1 }} {{ add nil 1 }}', "6 3 1"],
    ["{{ max 1 2 3 }} {{ min 1 2 3 }} {{ biggest 1 5 2 }}", "3 1 5"],
    ["{{ maxf 1 2.5 3 }} {{ minf 1.5 2 3 }}", "3 1.5"],
    ["{{ floor 123.9999 }} {{ ceil 123.001 }} {{ round 123.555555 3 }} {{ round 2.5 0 }}", "123 124 123.556 3"],
    [
      "{{ addf 1.5 2 2 }} {{ add1f 1.5 }} {{ subf 7.5 2 3 }} {{ divf 10 2 4 }} {{ mulf 1.5 2 2 }}",
      "5.5 2.5 2.5 1.25 6",
    ],
    ["{{ addf 0.1 0.2 }}", "0.3"],
    ['{{ int 3.9 }} {{ int64 "12" }} {{ float64 "1.5" }} {{ int "x" }} {{ int true }} {{ int nil }}', "3 12 1.5 0 1 0"],
    ['{{ atoi "42" }} {{ atoi "x" }} {{ int "010" }} {{ int "0x1f" }} {{ int "1.0" }} {{ int "08" }}', "42 0 8 31 1 0"],
    ['{{ toDecimal "0777" }} {{ toDecimal 777 }}', "511 511"],
    ["{{ until 5 }} {{ untilStep 3 6 2 }} {{ until -3 }} {{ until 0 }}", "[0 1 2 3 4] [3 5] [0 -1 -2] []"],
    [
      "{{ seq 5 }}|{{ seq -3 }}|{{ seq 0 2 }}|{{ seq 2 -2 }}|{{ seq 0 2 10 }}|{{ seq 0 -2 -5 }}",
      "1 2 3 4 5|1 0 -1 -2 -3|0 1 2|2 1 0 -1 -2|0 2 4 6 8 10|0 -2 -4",
    ],
    ["{{ .n }} {{ .big }} {{ int .big }} {{ .big | int64 }}", "3 1.234567e+06 1234567 1234567"],
    ["{{ eq (int .n) 3 }} {{ gt (.n | int) 2 }}", "true true"],
  ],
  "lists and maps": [
    [
      "{{ list 1 2 3 | first }} {{ list 1 2 3 | last }} {{ list 1 2 3 | rest }} {{ list 1 2 3 | initial }}",
      "1 3 [2 3] [1 2]",
    ],
    ["{{ append (list 1 2) 3 }} {{ prepend (list 1 2) 0 }} {{ push (list 1) 2 }}", "[1 2 3] [0 1 2] [1 2]"],
    ["{{ concat (list 1 2) (list 3) .l }}", "[1 2 3 a b c]"],
    [
      '{{ reverse .l }} {{ uniq (list 1 1 2 "2") }} {{ without (list 1 2 3) 1 3 }} {{ has "b" .l }} {{ has 4 (list 1) }}',
      "[c b a] [1 2 2] [2] true false",
    ],
    ['{{ compact (list 1 "" 2 nil false 0 "x") }}', "[1 2 x]"],
    ["{{ slice (list 1 2 3 4) 1 3 }} {{ slice (list 1 2 3) 1 }}", "[2 3] [2 3]"],
    ["{{ chunk 2 (list 1 2 3 4 5) }}", "[[1 2] [3 4] [5]]"],
    ["{{ first (list) }}|{{ rest (list) }}", "<no value>|<no value>"],
    [
      '{{ $d := dict "a" 1 "b" "two" }}{{ $d.a }} {{ get $d "b" }} {{ get $d "nope" }}| {{ hasKey $d "a" }} {{ hasKey $d "x" }}',
      "1 two | true false",
    ],
    ['{{ dict "odd" }}', "map[odd:]"],
    ['{{ $d := dict }}{{ $_ := set $d "k" "v" }}{{ $d }} {{ $_ := unset $d "k" }}{{ $d }}', "map[k:v] map[]"],
    [
      '{{ keys .m | sortAlpha }} {{ values (dict "a" 1 "b" 2) }} {{ pick .m "b" }} {{ omit .m "a" }}',
      "[a b] [1 2] map[b:1] map[b:1]",
    ],
    ['{{ pluck "k" (dict "k" 1) (dict "x" 2) (dict "k" 3) }}', "[1 3]"],
    ['{{ merge (dict "a" 1) (dict "a" 2 "b" 3) }}', "map[a:1 b:3]"],
    [
      '{{ merge (dict "a" false "x" (dict "y" 1)) (dict "a" true "x" (dict "y" 2 "z" 3)) }}',
      "map[a:true x:map[y:1 z:3]]",
    ],
    ['{{ mergeOverwrite (dict "a" 1 "k" true) (dict "a" 2 "k" false "b" 3) }}', "map[a:2 b:3 k:false]"],
    ['{{ dig "a" "c" "fallback" .m }} {{ dig "a" "zz" "fallback" .m }}', "x fallback"],
    ["{{ deepCopy .m }} {{ deepEqual (list 1 2) (list 1 2) }} {{ deepEqual 1 1.0 }}", "map[a:map[c:x] b:1] true false"],
    ['{{ tuple "a" 1 }}', "[a 1]"],
  ],
  "defaults and types": [
    [
      '{{ default "foo" .e }} {{ .nope | default "x" }} {{ default 3 0 }} {{ default "d" false }} {{ default "d" .s }}',
      "foo x 3 d hello world",
    ],
    [
      "{{ empty .e }} {{ empty .nil }} {{ empty 0 }} {{ empty .l }} {{ empty dict }} {{ empty .nope }} {{ empty 1 }}",
      "true true true false true true false",
    ],
    ['{{ coalesce 0 "" nil 3 4 }} {{ all 1 "a" true }} {{ any 0 "" false }} {{ any 0 1 }}', "3 true false true"],
    ['{{ ternary "foo" "bar" true }} {{ false | ternary "foo" "bar" }}', "foo bar"],
    [
      '{{ kindOf 1 }} {{ kindOf "a" }} {{ kindOf .l }} {{ kindOf .m }} {{ kindOf .n }} {{ kindOf true }} {{ kindOf nil }}',
      "int string slice map float64 bool invalid",
    ],
    ['{{ kindIs "map" .m }} {{ kindIs "slice" .m }} {{ kindIs "invalid" .nope }}', "true false true"],
    [
      '{{ typeOf 1 }} {{ typeOf .n }} {{ typeOf .m }} {{ typeOf .l }} {{ typeOf (add 1 2) }} {{ typeIs "string" "a" }} {{ typeIsLike "string" "a" }}',
      "int float64 map[string]interface {} []interface {} int64 true true",
    ],
  ],
  encodings: [
    [
      '{{ "hello" | b64enc }} {{ "aGVsbG8=" | b64dec }} {{ "!" | b64dec }}',
      "aGVsbG8= hello illegal base64 data at input byte 0",
    ],
    ['{{ "hello" | b32enc }} {{ "NBSWY3DP" | b32dec }}', "NBSWY3DP hello"],
    ['{{ sha1sum "Hello world!" }}', "d3486ae9136e7856bc42212385ea797094475802"],
    ['{{ sha256sum "Hello world!" }}', "c0535e4be2b79ffd93291305436bf889314e4a3faec05ecffcbb7df31ad9e51a"],
    ['{{ sha512sum "abc" | trunc 32 }}', "ddaf35a193617abacc417349ae204131"],
    ['{{ adler32sum "Hello world!" }}', "487130206"],
    ['{{ toPrettyJson (dict "b" (list 1 "x") "a" dict) }}', '{\n  "a": {},\n  "b": [\n    1,\n    "x"\n  ]\n}'],
    ['{{ toRawJson (dict "a" "<b>") }}', '{"a":"<b>"}'],
    ['{{ (mustFromJson "{\\"a\\": [1]}").a }}', "[1]"],
    [
      '{{ base "a/b.c" }} {{ dir "a/b.c" }} {{ clean "a/../b//c" }} {{ ext "a/b.c" }} {{ isAbs "/a" }}',
      "b.c a b/c .c true",
    ],
    ['{{ (urlParse "http://admin:secret@server.com:8080/api?list=false#anchor").host }}', "server.com:8080"],
    [
      '{{ urlJoin (dict "scheme" "http" "host" "host:80" "path" "/path" "query" "query=1" "fragment" "f") }}',
      "http://host:80/path?query=1#f",
    ],
  ],
  patterns: [
    ['{{ regexMatch "^[A-Za-z]+$" "abc" }} {{ mustRegexMatch "^a" "b" }}', "true false"],
    ['{{ regexFindAll "[2,4,6,8]" "123456789" -1 }} {{ regexFindAll "a." "abacad" 2 }}', "[2 4 6 8] [ab ac]"],
    ['{{ regexFind "[a-zA-Z][1-9]" "abcd1234" }}|{{ regexFind "z" "abc" }}|', "d1||"],
    [
      '{{ regexReplaceAll "a(x*)b" "-ab-axxb-" "${1}W" }} {{ regexReplaceAll "a(x*)b" "-ab-axxb-" "$1W" }}',
      "-W-xxW- ---",
    ],
    ['{{ regexReplaceAllLiteral "a(x*)b" "-ab-axxb-" "${1}" }}', "-${1}-${1}-"],
    ['{{ regexSplit "z+" "pizza" -1 }} {{ regexSplit "z" "pizza" 2 }}', "[pi a] [pi za]"],
    ['{{ regexQuoteMeta "1.2.3" }}', "1\\.2\\.3"],
  ],
  versions: [
    [
      '{{ semverCompare "^1.2.0" "1.3.4" }} {{ semverCompare ">=1.2.3" "1.2.3-alpha.1" }} {{ semverCompare ">=1.2.3-0" "1.2.4-alpha.1" }}',
      "true false true",
    ],
    [
      '{{ semverCompare "~1.2.3" "1.2.9" }} {{ semverCompare "~1.2.3" "1.3.0" }} {{ semverCompare "1.2.x" "1.2.7" }} {{ semverCompare "*" "9.9.9" }}',
      "true false true true",
    ],
    [
      '{{ semverCompare ">=1.25-0" "v1.34.0" }} {{ semverCompare "<1.19-0" "v1.34.0" }} {{ semverCompare "1.2 - 1.4.5" "1.4.5" }}',
      "true false true",
    ],
    [
      '{{ semverCompare "^0.2.3" "0.2.9" }} {{ semverCompare "^0.2.3" "0.3.0" }} {{ semverCompare "!=1.2.3" "1.2.4" }} {{ semverCompare "<1.0 || >=2" "2.1" }}',
      "true false true true",
    ],
    [
      '{{ $v := semver "v1.2.3-beta.1+b345" }}{{ $v.Major }}.{{ $v.Minor }}.{{ $v.Patch }} {{ $v.Prerelease }} {{ $v.Metadata }} {{ $v }}',
      "1.2.3 beta.1 b345 1.2.3-beta.1+b345",
    ],
  ],
  dates: [
    [
      '{{ now | date "2006-01-02T15:04:05Z07:00" }} {{ now | date "Mon Jan _2 03:04PM 06" }}',
      "2024-01-02T15:04:05Z Tue Jan  2 03:04PM 24",
    ],
    ['{{ dateInZone "2006-01-02 15:04" 0 "America/New_York" }}', "1969-12-31 19:00"],
    ["{{ htmlDate 0 }} {{ now | unixEpoch }} {{ now.Year }} {{ now.Unix }}", "1970-01-01 1704207845 2024 1704207845"],
    [
      '{{ now | dateModify "-1h30m" | date "15:04" }} {{ toDate "2006-01-02" "2017-12-31" | date "02/01/2006" }}',
      "13:34 31/12/2017",
    ],
    ['{{ duration 95 }} {{ durationRound "2h10m5s" }} {{ ago (now | dateModify "-125s") }}', "1m35s 2h 2m5s"],
  ],
  chance: [
    [
      "{{ randAlphaNum 5 }} {{ randAlpha 3 }} {{ randNumeric 4 }} {{ randInt 10 20 }} {{ len (randAscii 7) }}",
      "FFFFF AAA 5555 15 7",
    ],
    ["{{ uuidv4 }}", "88888888-8888-4888-a888-888888888888"],
    ['{{ randBytes 3 }} {{ shuffle "ab" | len }}', "gICA 2"],
  ],
};

describe.each(Object.entries(ROWS))("Sprig: %s", (_, rows) => {
  it.each(rows)("%s", (template, text) => {
    expect(render(template)).toBe(text);
  });
});

describe("what goes wrong in Sprig's functions", () => {
  it.each([
    ["{{ upper 3 }}", "<3>: expected string; found 3"],
    ["{{ upper .n }}", "<.n>: wrong type for value; expected string; got float64"],
    ["{{ upper .nope }}", "<.nope>: wrong type for value; expected string; got interface {}"],
    ["{{ .nope | upper }}", "<upper>: invalid value; expected string"],
    ["{{ trunc .n .s }}", "<.n>: wrong type for value; expected int; got float64"],
    ["{{ until .n }}", "<.n>: wrong type for value; expected int; got float64"],
    ["{{ div 1 0 }}", "<div 1 0>: error calling div: runtime error: integer divide by zero"],
    ["{{ first 3 }}", "<first 3>: error calling first: Cannot find first on type int"],
    ['{{ append "x" 1 }}', '<append "x" 1>: error calling append: Cannot push on type string'],
    ['{{ semver "x" }}', '<semver "x">: error calling semver: Invalid Semantic Version'],
    [
      '{{ semverCompare "foo" "1.2.3" }}',
      '<semverCompare "foo" "1.2.3">: error calling semverCompare: improper constraint: foo',
    ],
    ['{{ repeat -1 "x" }}', '<repeat -1 "x">: error calling repeat: strings: negative Repeat count'],
    ["{{ until 100000000 }}", "is too long here"],
    ['{{ repeat 100000000 "xx" }}', "is too long here"],
    ['{{ genCA "x" 1 }}', "error calling genCA: making certificates and keys is not available here"],
    ['{{ bcrypt "x" }}', "error calling bcrypt: this cipher is not available here"],
    ["{{ set 1 2 3 }}", "can't handle 1 for arg of type map[string]interface {}"],
    ["{{ ternary 1 2 3 }}", "<3>: expected bool; found 3"],
    ["{{ eq .n 3 }}", "<eq .n 3>: error calling eq: incompatible types for comparison"],
  ])("%s", (template, words) => {
    expect(() => render(template)).toThrow(words);
  });
});
