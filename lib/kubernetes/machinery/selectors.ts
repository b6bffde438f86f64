import { quote } from "../../encoding/index.ts";

/**
 * Label and field selectors as queries carry them (apimachinery pkg/labels/selector.go, pkg/fields/selector.go),
 * with upstream's parse errors.
 */

type Labels = Readonly<Record<string, string>>;
type LabelMatcher = (labels: Labels) => boolean;

export class SelectorError extends Error {}

interface Token {
  readonly type: "identifier" | "end" | "!" | "=" | "==" | "!=" | "in" | "notin" | "," | "(" | ")" | ">" | "<";
  readonly text: string;
}

const SPECIAL = new Set(["=", "!", "(", ")", ",", ">", "<"]);
const SYMBOLS = new Set(["!", "=", "==", "!=", ",", "(", ")", ">", "<"]);

function* tokens(text: string): Generator<Token> {
  let at = 0;
  while (at < text.length) {
    const char = text[at] ?? "";
    if (/\s/.test(char)) {
      at++;
    } else if (SPECIAL.has(char)) {
      let symbol = char;
      at++;
      while (at < text.length && SYMBOLS.has(symbol + (text[at] ?? ""))) symbol += text[at++];
      yield { type: symbol as Token["type"], text: symbol };
    } else {
      let word = "";
      while (at < text.length && !SPECIAL.has(text[at] ?? "") && !/\s/.test(text[at] ?? "")) word += text[at++];
      yield { type: word === "in" || word === "notin" ? word : "identifier", text: word };
    }
  }
}

const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME_RULE =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const SUBDOMAIN_RULE =
  "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/** What is wrong with a label key (IsQualifiedName). */
function qualifiedNameProblems(key: string): string[] {
  const parts = key.split("/");
  const problems: string[] = [];
  let name = parts[0] ?? "";
  if (parts.length === 2) {
    const prefix = parts[0] ?? "";
    name = parts[1] ?? "";
    if (prefix === "") problems.push("prefix part must be non-empty");
    else if (prefix.length > 253) problems.push("prefix part must be no more than 253 bytes");
    if (prefix !== "" && !SUBDOMAIN.test(prefix)) problems.push(SUBDOMAIN_RULE);
  } else if (parts.length > 2) {
    return [
      "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
    ];
  }
  if (name === "") problems.push("name part must be non-empty");
  else if (name.length > 63) problems.push("name part must be no more than 63 bytes");
  if (!NAME.test(name)) problems.push(NAME_RULE);
  return problems;
}

function checkKey(key: string): void {
  const problems = qualifiedNameProblems(key);
  if (problems.length > 0) throw new SelectorError(`key: Invalid value: ${quote(key)}: ${problems.join("; ")}`);
}

function checkValue(key: string, value: string): void {
  const problems: string[] = [];
  if (value.length > 63) problems.push("must be no more than 63 bytes");
  if (value !== "" && !NAME.test(value)) problems.push(VALUE_RULE);
  if (problems.length > 0)
    throw new SelectorError(`values[0][${key}]: Invalid value: ${quote(value)}: ${problems.join("; ")}`);
}

/** Parses "a=b,c in (d,e),!f". Throws `SelectorError` in upstream's words, without the "unable to parse" in front. */
export function parseLabelSelector(text: string): LabelMatcher {
  const list = [...tokens(text)];
  let at = 0;
  const peek = (): Token => list[at] ?? { type: "end", text: "" };
  const next = (): Token => list[at++] ?? { type: "end", text: "" };
  const rules: LabelMatcher[] = [];
  const word = (token: Token) => token.type === "identifier" || token.type === "in" || token.type === "notin";

  if (peek().type === "end") return () => true;
  for (;;) {
    const start = peek();
    if (!word(start) && start.type !== "!") {
      if (start.type === "end") break;
      throw new SelectorError(`found '${start.text}', expected: !, identifier, or 'end of string'`);
    }
    rules.push(parsedRequirement());
    const after = next();
    if (after.type === "end") break;
    if (after.type !== ",") throw new SelectorError(`found '${after.text}', expected: ',' or 'end of string'`);
    const following = peek();
    if (!word(following) && following.type !== "!")
      throw new SelectorError(`found '${following.text}', expected: identifier after ','`);
  }
  return (labels) => rules.every((rule) => rule(labels));

  function parsedRequirement(): LabelMatcher {
    try {
      return requirement();
    } catch (error) {
      if (error instanceof SelectorError) throw new SelectorError(`unable to parse requirement: ${error.message}`);
      throw error;
    }
  }

  function requirement(): LabelMatcher {
    let negated = false;
    let token = next();
    if (token.type === "!") {
      negated = true;
      token = next();
    }
    if (!word(token)) throw new SelectorError(`found '${token.text}', expected: identifier`);
    const key = token.text;
    checkKey(key);
    const following = peek();
    if (following.type === "end" || following.type === ",")
      return negated ? (labels) => !(key in labels) : (labels) => key in labels;
    if (negated) throw new SelectorError(`found '${following.text}', expected: ',' or 'end of string'`);
    const operator = next();
    switch (operator.type) {
      case "in":
      case "notin": {
        const values = valueList();
        for (const value of values) checkValue(key, value);
        return operator.type === "in"
          ? (labels) => labels[key] !== undefined && values.has(labels[key] ?? "")
          : (labels) => labels[key] === undefined || !values.has(labels[key] ?? "");
      }
      case "=":
      case "==": {
        const value = exactValue();
        checkValue(key, value);
        return (labels) => labels[key] === value;
      }
      case "!=": {
        const value = exactValue();
        checkValue(key, value);
        return (labels) => labels[key] !== value;
      }
      case ">":
      case "<": {
        const value = exactValue();
        if (!/^[-+]?\d+$/.test(value))
          throw new SelectorError(
            `values[0][${key}]: Invalid value: ${quote(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
          );
        const limit = Number(value);
        return (labels) => {
          const own = labels[key];
          if (own === undefined || !/^[-+]?\d+$/.test(own)) return false;
          return operator.type === ">" ? Number(own) > limit : Number(own) < limit;
        };
      }
      default:
        throw new SelectorError(`found '${operator.text}', expected: !=, =, ==, gt, in, lt, notin`);
    }
  }

  function valueList(): Set<string> {
    const open = next();
    if (open.type !== "(") throw new SelectorError(`found '${open.text}' expected: '('`);
    const values = new Set<string>();
    for (;;) {
      const token = next();
      if (word(token)) {
        values.add(token.text);
        const after = next();
        if (after.type === ")") return values;
        if (after.type !== ",") throw new SelectorError(`found '${after.text}', expected: ',', or ')'`);
        if (peek().type === ")") values.add("");
      } else if (token.type === ")") {
        if (values.size === 0) values.add("");
        return values;
      } else if (token.type === ",") values.add("");
      else throw new SelectorError(`found '${token.text}', expected: ',', ')' or identifier`);
    }
  }

  function exactValue(): string {
    const token = peek();
    if (token.type === "end" || token.type === ",") return "";
    if (!word(token)) throw new SelectorError(`found '${token.text}', expected: identifier`);
    at++;
    return token.text;
  }
}

interface FieldRequirement {
  readonly field: string;
  readonly operator: "=" | "!=";
  readonly value: string;
}

/** Parses "spec.nodeName=a,status.phase!=Running". Escapes: backslash before comma, equals sign and backslash. */
export function parseFieldSelector(text: string): FieldRequirement[] {
  const terms: string[] = [];
  let term = "";
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (char === "\\") term += char + (text[++at] ?? "");
    else if (char === ",") {
      terms.push(term);
      term = "";
    } else term += char;
  }
  terms.push(term);
  const found: FieldRequirement[] = [];
  for (const item of terms) {
    if (item === "") continue;
    const split = /^((?:\\.|[^\\=!]|!(?!=))*)(==|!=|=)([\s\S]*)$/.exec(item);
    if (split === null) throw new SelectorError(`invalid selector: '${text}'; can't understand '${item}'`);
    const raw = split[3] ?? "";
    const bad = /(?:^|[^\\])(?:\\\\)*([=])/.exec(raw);
    if (bad !== null) throw new SelectorError(`invalid field selector: ${raw}`);
    const value = raw.replace(/\\([\\,=])/g, "$1");
    found.push({ field: split[1] ?? "", operator: split[2] === "!=" ? "!=" : "=", value });
  }
  return found;
}
