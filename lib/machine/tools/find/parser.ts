/** The grammar of find's expressions. */
import { ACTIONS } from "./actions.ts";
import { checkRegexType, newerTest, TESTS } from "./tests.ts";
import type { Test, Words } from "./visit.ts";

const BINARY: Readonly<Record<string, string>> = { "-o": "-o", "-or": "-or", "-a": "-a", "-and": "-and", ",": "," };
const truth: Test = () => true;

/** Options that take a depth. */
function depth(words: Words, name: string): number {
  const text = words.argument(name);
  if (!/^\d+$/.test(text))
    words.fail(`Expected a positive decimal integer argument to ${name}, but got ${words.word(text)}`);
  return Number(text);
}

/** What changes the whole search, and is true. */
const OPTIONS: Readonly<Record<string, (words: Words, name: string) => void>> = {
  "-maxdepth": (words, name) => {
    words.plan.maximum = depth(words, name);
  },
  "-mindepth": (words, name) => {
    words.plan.minimum = depth(words, name);
  },
  "-depth": ({ plan }) => {
    plan.depthFirst = plan.saysDepth = true;
  },
  "-d": ({ plan }) => {
    plan.depthFirst = plan.saysDepth = true;
  },
  "-mount": ({ plan }) => {
    plan.oneFileSystem = true;
  },
  "-xdev": ({ plan }) => {
    plan.oneFileSystem = true;
  },
  "-follow": ({ plan }) => {
    plan.follow = "always";
  },
  "-daystart": ({ plan }) => {
    plan.dayStart = true;
  },
  "-regextype": (words, name) => {
    words.plan.regexType = checkRegexType(words, words.argument(name));
  },
  "-noleaf": () => undefined,
  "-warn": () => undefined,
  "-nowarn": () => undefined,
  "-ignore_readdir_race": () => undefined,
  "-noignore_readdir_race": () => undefined,
};

/** The expression as one test; it may be empty. */
export function parseExpression(words: Words): Test {
  if (words.peek() === undefined) return truth;
  const test = list(words);
  const rest = words.peek();
  if (rest === ")") words.fail("you have too many ')'");
  if (rest !== undefined) words.fail(`paths must precede expression: \`${rest}'`);
  return test;
}

function list(words: Words): Test {
  let left = or(words);
  while (words.peek() === ",") {
    words.next();
    const [a, b] = [left, operand(words, ",", or)];
    left = async (visit) => {
      await a(visit);
      return b(visit);
    };
  }
  return left;
}

function or(words: Words): Test {
  let left = and(words);
  for (let word = words.peek(); word === "-o" || word === "-or"; word = words.peek()) {
    words.next();
    const [a, b] = [left, operand(words, word, and)];
    left = (visit) => {
      const first = a(visit);
      if (typeof first === "boolean") return first || b(visit);
      return first.then((result) => result || b(visit));
    };
  }
  return left;
}

function and(words: Words): Test {
  let left = not(words);
  for (let word = words.peek(); word !== undefined && !/^(-or?|,|\))$/.test(word); word = words.peek()) {
    const explicit = word === "-a" || word === "-and";
    if (explicit) words.next();
    const [a, b] = [left, explicit ? operand(words, word, not) : not(words)];
    left = (visit) => {
      const first = a(visit);
      if (typeof first === "boolean") return first && b(visit);
      return first.then((result) => result && b(visit));
    };
  }
  return left;
}

/** What stands after an operator. */
function operand(words: Words, operator: string, parse: (words: Words) => Test): Test {
  const word = words.peek();
  if (word === undefined || word === ")") words.fail(`expected an expression after '${operator}'`);
  return parse(words);
}

function not(words: Words): Test {
  const word = words.peek();
  if (word !== "!" && word !== "-not") return primary(words);
  words.next();
  const inner = operand(words, word, not);
  return (visit) => {
    const result = inner(visit);
    return typeof result === "boolean" ? !result : result.then((value) => !value);
  };
}

function primary(words: Words): Test {
  const name = words.next() ?? "";
  if (BINARY[name] !== undefined)
    words.fail(`invalid expression; you have used a binary operator '${name}' with nothing before it.`);
  if (name === "(") {
    if (words.peek() === ")") words.fail("invalid expression; empty parentheses are not allowed.");
    if (words.peek() === undefined)
      words.fail(
        "invalid expression; expected to find a ')' but didn't see one. Perhaps you need an extra predicate after '('",
      );
    const inner = list(words);
    if (words.next() !== ")")
      words.fail("invalid expression; I was expecting to find a ')' somewhere but did not see one.");
    return inner;
  }
  if (name === ")") words.fail("invalid expression; you have too many ')'");
  const own = <T>(table: Readonly<Record<string, T>>) => (Object.hasOwn(table, name) ? table[name] : undefined);
  const option = own(OPTIONS);
  if (option !== undefined) {
    option(words, name);
    return truth;
  }
  if (name === "-prune") {
    words.plan.prunes = true;
    return (visit) => {
      visit.pruned = true;
      return true;
    };
  }
  const action = own(ACTIONS);
  if (action !== undefined) {
    words.plan.acts = true;
    return action(words, name);
  }
  const test = own(TESTS)?.(words, name) ?? newerTest(words, name);
  if (test !== undefined) return test;
  if (name === "-files0-from") return words.fail("-files0-from is not available here");
  if (name.startsWith("-")) return words.fail(`unknown predicate \`${name}'`);
  return words.fail(`paths must precede expression: \`${name}'`);
}
