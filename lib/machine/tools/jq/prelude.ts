/** Built-in filters that are best said in jq itself. Parsed when the first program runs. */
import { parseDefinitions } from "./parser.ts";
import type { Definition } from "./syntax.ts";

const SOURCE = `
def map(f): [.[] | f];
def map_values(f): .[] |= f;
def recurse(f; cond): recurse(f | select(cond));
def values: select(. != null);
def nulls: select(. == null);
def booleans: select(type == "boolean");
def numbers: select(type == "number");
def strings: select(type == "string");
def arrays: select(type == "array");
def objects: select(type == "object");
def iterables: select(type == "array" or type == "object");
def scalars: select(type != "array" and type != "object");
def finites: select(isinfinite | not);
def normals: select(isnormal);
def del(f): delpaths([path(f)]);
def to_entries: [keys_unsorted[] as $k | {key: $k, value: .[$k]}];
def from_entries: reduce .[] as $x ({}; . + {($x | if type == "object" then (if has("key") then .key elif has("k") then .k elif has("name") then .name elif has("Name") then .Name elif has("Key") then .Key elif has("K") then .K else null end) else null end | if type == "string" then . elif type == "null" then "null" elif type == "boolean" or type == "number" then tojson else . end): ($x | if type == "object" then (if has("value") then .value elif has("v") then .v elif has("Value") then .Value elif has("V") then .V else null end) else null end)});
def with_entries(f): to_entries | map(f) | from_entries;
def paths: path(..) | select(length > 0);
def paths(node_filter): . as $dot | paths | select(. as $p | $dot | getpath($p) | node_filter);
def leaf_paths: paths(scalars);
def pick(pathexps): . as $top | reduce path(pathexps) as $p (null; setpath($p; $top | getpath($p)));
def any: any(.[]; .);
def any(f): any(.[]; f);
def any(generator; condition): isempty(first(generator | condition | select(.))) | not;
def all: all(.[]; .);
def all(f): all(.[]; f);
def all(generator; condition): isempty(first(generator | condition | select(. | not)));
def in(xs): . as $x | xs | has($x);
def inside(xs): . as $x | xs | contains($x);
def IN(s): any(s == .; .);
def IN(src; s): any(src == s; .);
def INDEX(stream; idx_expr): reduce stream as $row ({}; .[$row | idx_expr | tostring] |= $row);
def INDEX(idx_expr): INDEX(.[]; idx_expr);
def ascii: [.] | implode;
def todate: strftime("%Y-%m-%dT%H:%M:%SZ");
def fromdateiso8601: strptime("%Y-%m-%dT%H:%M:%SZ") | mktime;
def todateiso8601: strftime("%Y-%m-%dT%H:%M:%SZ");
def fromdate: fromdateiso8601;
def date: todate;
def dateadd(u; n): . + n;
def datesub(u; n): . - n;
def match(re): match(re; null);
def match(re; flags): _match(re; flags) | .[];
def test(re): test(re; null);
def _named: reduce (.captures | .[] | select(.name != null)) as $c ({}; . + {($c.name): $c.string});
def capture(re): capture(re; null);
def capture(re; flags): match(re; flags) | _named;
def scan(re): scan(re; null);
def scan(re; flags): match(re; "g" + flags) | if (.captures | length) > 0 then [.captures | .[] | .string] else .string end;
def split(re; flags): . as $s | [foreach (match(re; flags + "g"), null) as $m ({at: 0}; if $m == null then .text = $s[.at:] else .text = $s[.at:$m.offset] | .at = $m.offset + $m.length end; .text)];
def splits(re): splits(re; null);
def splits(re; flags): split(re; flags) | .[];
def sub(re; str): sub(re; str; "");
def sub(re; str; $flags): _sub([match(re; $flags)]; str);
def gsub(re; str): sub(re; str; "g");
def gsub(re; str; $flags): sub(re; str; $flags + "g");
def walk(f): def w: if type == "object" then map_values(w) elif type == "array" then map(w) else . end | f; w;
def env: $ENV;
def combinations: if length == 0 then [] else .[0][] as $x | (.[1:] | combinations) as $w | [$x] + $w end;
def combinations(n): . as $dot | [range(n)] | map($dot) | combinations;
def first: .[0];
def last: .[-1];
def nth($n): .[$n];
def nth($n; f): if $n < 0 then error("nth doesn't support negative indices") else last(limit($n + 1; f)) end;
def tostream: path(def r: (.[]? | r), .; r) as $p | getpath($p) | reduce path(.[]?) as $q ([$p, .]; [$p + $q]);
def fromstream(f): {x: null, e: false} as $init | foreach f as $i ($init; if .e then $init else . end | if ($i | length) == 2 then setpath(["e"]; $i[0] | length == 0) | setpath(["x"] + $i[0]; $i[1]) else setpath(["e"]; $i[0] | length == 1) end; if .e then .x else empty end);
def truncate_stream(stream): . as $n | null | stream | . as $input | if (.[0] | length) > $n then setpath([0]; .[0][$n:]) else empty end;
def group_by(f): _group(map([f]));
def unique_by(f): [group_by(f)[] | .[0]];
def sort_by(f): _sort(map([f]));
def min_by(f): _min(map([f]));
def max_by(f): _max(map([f]));
def unique: group_by(.) | map(.[0]);
def halt_error: halt_error(5);
def debug(msg): (msg | debug | empty), .;
def add(f): [f] | add;
def have_literal_numbers: true;
def have_decnum: false;
def toarray: if type == "array" then . else [.] end;
def error(msg): msg | error;
def input_line_number: _input_line;
def get_search_list: ["~/.jq", "$ORIGIN/../lib/jq", "$ORIGIN/lib"];
def _nwise($n): def n: if length <= $n then . else .[0:$n], (.[$n:] | n) end; n;
`;

let definitions: ReadonlyMap<string, Definition> | undefined;

export function preludeDefinition(name: string): Definition | undefined {
  definitions ??= new Map(
    parseDefinitions(SOURCE).map((definition) => [`${definition.name}/${definition.parameters.length}`, definition]),
  );
  return definitions.get(name);
}

export function preludeNames(): string[] {
  preludeDefinition("");
  return [...(definitions?.keys() ?? [])];
}
