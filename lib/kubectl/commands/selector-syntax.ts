/** The grammar of label selectors, with its words where a text is none (k8s.io/apimachinery/pkg/labels/selector.go). */
import { quote } from "../../encoding/index.ts";
import { CommandError } from "../errors.ts";
import { byText } from "../object.ts";

export type Operator = "in" | "notin" | "=" | "==" | "!=" | ">" | "<" | "exists" | "!";

export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  /** Sorted, each once. */
  readonly values: readonly string[];
}

type Kind = "identifier" | "operator" | "(" | ")" | "," | "!" | "end" | "error";
interface Token {
  readonly kind: Kind;
  readonly text: string;
}

const SYMBOLS = "=!(),<>";
const SIGNS: Readonly<Record<string, Kind>> = {
  ")": ")",
  "(": "(",
  ",": ",",
  "!": "!",
  "==": "operator",
  "=": "operator",
  "!=": "operator",
  ">": "operator",
  "<": "operator",
};
const WORDS = new Set(["in", "notin"]);
const isBlank = (letter: string): boolean => letter === " " || letter === "\t" || letter === "\r" || letter === "\n";

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const letter = text.charAt(at);
    if (isBlank(letter)) at++;
    else if (SYMBOLS.includes(letter)) {
      // The longest sign that these symbols begin with.
      const pair = text.slice(at, at + 2);
      const sign = SIGNS[pair] === undefined ? letter : pair;
      tokens.push({ kind: SIGNS[sign] ?? "error", text: sign });
      at += sign.length;
    } else {
      const from = at;
      while (at < text.length && !SYMBOLS.includes(text.charAt(at)) && !isBlank(text.charAt(at))) at++;
      const word = text.slice(from, at);
      tokens.push({ kind: WORDS.has(word) ? "operator" : "identifier", text: word });
    }
  }
  return tokens;
}

const END: Token = { kind: "end", text: "" };

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  /** `operators`: "in" and "notin" are such here; elsewhere they are names as others. */
  #look(operators = false): Token {
    const token = this.#tokens[this.#at] ?? END;
    return !operators && WORDS.has(token.text) ? { kind: "identifier", text: token.text } : token;
  }
  #take(operators = false): Token {
    const token = this.#look(operators);
    this.#at++;
    return token;
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    for (;;) {
      const { kind, text } = this.#look();
      if (kind === "end") return requirements;
      if (kind !== "identifier" && kind !== "!")
        throw new CommandError(`found '${text}', expected: !, identifier, or 'end of string'`);
      try {
        requirements.push(this.#requirement());
      } catch (error) {
        throw new CommandError(`unable to parse requirement: ${(error as Error).message}`);
      }
      const after = this.#take();
      if (after.kind === "end") return requirements;
      if (after.kind !== ",") throw new CommandError(`found '${after.text}', expected: ',' or 'end of string'`);
      const next = this.#look();
      if (next.kind !== "identifier" && next.kind !== "!")
        throw new CommandError(`found '${next.text}', expected: identifier after ','`);
    }
  }

  #requirement(): Requirement {
    let token = this.#take();
    const negated = token.kind === "!";
    if (negated) token = this.#take();
    if (token.kind !== "identifier") throw new CommandError(`found '${token.text}', expected: identifier`);
    const key = token.text;
    checkKey(key);
    const after = this.#look().kind;
    if (negated) return { key, operator: "!", values: [] };
    if (after === "end" || after === ",") return { key, operator: "exists", values: [] };
    const operator = this.#take(true);
    if (operator.kind !== "operator")
      throw new CommandError(`found '${operator.text}', expected: in, notin, =, ==, !=, gt, lt`);
    const values = WORDS.has(operator.text) ? this.#values() : [this.#value()];
    return checked(key, operator.text as Operator, [...new Set(values)].sort(byText));
  }

  #value(): string {
    const { kind } = this.#look();
    if (kind === "end" || kind === ",") return "";
    const token = this.#take();
    if (token.kind !== "identifier") throw new CommandError(`found '${token.text}', expected: identifier`);
    return token.text;
  }

  #values(): string[] {
    const open = this.#take();
    if (open.kind !== "(") throw new CommandError(`found '${open.text}' expected: '('`);
    const first = this.#look();
    if (first.kind === ")") {
      this.#take();
      return [""];
    }
    if (first.kind !== "identifier" && first.kind !== ",")
      throw new CommandError(`found '${first.text}', expected: ',', ')' or identifier`);
    const values = this.#list();
    if (this.#take().kind !== ")") throw new CommandError(`found '${first.text}', expected: ')'`);
    return values;
  }

  /** Names between commas; nothing between two of them is an empty one. */
  #list(): string[] {
    const values: string[] = [];
    for (;;) {
      const token = this.#take();
      const next = this.#look();
      if (token.kind === "identifier") {
        values.push(token.text);
        if (next.kind === ")") return values;
        if (next.kind !== ",") throw new CommandError(`found '${next.text}', expected: ',' or ')'`);
      } else if (token.kind === ",") {
        if (values.length === 0) values.push("");
        if (next.kind === ")") return [...values, ""];
        if (next.kind === ",") {
          this.#take();
          values.push("");
        }
      } else throw new CommandError(`found '${token.text}', expected: ',', or identifier`);
    }
  }
}

const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const bytes = (text: string): number => new TextEncoder().encode(text).length;

/** validation.IsQualifiedName. */
function nameProblems(key: string): string[] {
  const parts = key.split("/");
  if (parts.length > 2)
    return [`a qualified name ${NAME_RULE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  const name = parts.at(-1) ?? "";
  const problems: string[] = [];
  const prefix = parts.length === 2 ? parts[0] : undefined;
  if (prefix === "") problems.push("prefix part must be non-empty");
  else if (prefix !== undefined) {
    if (bytes(prefix) > 253) problems.push("prefix part must be no more than 253 bytes");
    if (!SUBDOMAIN.test(prefix))
      problems.push(
        "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      );
  }
  if (name === "") problems.push("name part must be non-empty");
  else if (bytes(name) > 63) problems.push("name part must be no more than 63 bytes");
  if (!NAME.test(name)) problems.push(`name part ${NAME_RULE}`);
  return problems;
}

function checkKey(key: string): void {
  const problems = nameProblems(key);
  if (problems.length > 0) throw new CommandError(`<nil>: Invalid value: ${quote(key)}: ${problems.join("; ")}`);
}

/** NewRequirement. */
function checked(key: string, operator: Operator, values: readonly string[]): Requirement {
  const problems: string[] = [];
  for (const [i, value] of values.entries()) {
    if ((operator === ">" || operator === "<") && !/^[-+]?\d+$/.test(value))
      problems.push(
        `values[${i}]: Invalid value: ${quote(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
      );
    const wrong = [
      ...(bytes(value) > 63 ? ["must be no more than 63 bytes"] : []),
      ...(VALUE.test(value)
        ? []
        : [
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
          ]),
    ];
    if (wrong.length > 0) problems.push(`values[${i}][${key}]: Invalid value: ${quote(value)}: ${wrong.join("; ")}`);
  }
  if (problems.length > 0)
    throw new CommandError(problems.length === 1 ? (problems[0] ?? "") : `[${problems.join(", ")}]`);
  return { key, operator, values };
}

/** What a selector asks for (labels.Parse), in order of the keys. Throws `CommandError` with upstream's words. */
export const parseSelector = (text: string): Requirement[] =>
  new Parser(text).parse().sort((a, b) => byText(a.key, b.key));
