/** Where fmt breaks the lines of a paragraph: the breaks that cost least together (coreutils' src/fmt.c). */

export interface Word {
  readonly text: string;
  /** Columns after it, where no line ends there. */
  space: number;
  /** It begins with an opening bracket or quote. */
  readonly paren: boolean;
  /** It ends with punctuation. */
  readonly punct: boolean;
  /** It ends with a full stop, whatever closing marks follow. */
  period: boolean;
  /** A sentence ends with it. */
  final: boolean;
  /** The least cost of what begins a line here. */
  bestCost: number;
  /** The index of the next line's first word, where a line begins here. */
  nextBreak: number;
  lineLength: number;
}

interface FillOptions {
  readonly width: number;
  readonly goal: number;
  readonly firstIndent: number;
  readonly otherIndent: number;
  /** Columns of the line printed before, where the paragraph goes on; else 0. */
  readonly lastLength: number;
}

/** Costs are squares: what they stand for in columns of distance from the goal, ten times. */
const shortCost = (columns: number) => (columns * 10) ** 2;
const raggedCost = (columns: number) => shortCost(columns) / 2;
const LINE_COST = 70 ** 2;
const WIDOW = 200 ** 2;
const ORPHAN = 150 ** 2;
const SENTENCE_BONUS = 50 ** 2;
const NO_BREAK_COST = 600 ** 2;
const PAREN_BONUS = 40 ** 2;
const PUNCT_BONUS = 40 ** 2;
/** How much a line more may cost where a paragraph is printed in part. */
const LINE_CREDIT = 3 ** 2;

/** What it costs to begin a line with a word, whatever the lengths. */
function baseCost(words: readonly Word[], at: number): number {
  const [word, before] = [words[at] as Word, words[at - 1]];
  let cost = LINE_COST;
  if (before !== undefined) {
    if (before.period) cost += before.final ? -SENTENCE_BONUS : NO_BREAK_COST;
    else if (before.punct) cost -= PUNCT_BONUS;
    else if (words[at - 2]?.final) cost += Math.floor(WIDOW / (before.text.length + 2));
  }
  if (word.paren) cost -= PAREN_BONUS;
  else if (word.final) cost += Math.floor(ORPHAN / (word.text.length + 2));
  return cost;
}

/** Sets each word's `bestCost`, `nextBreak` and `lineLength`; how many breaks were tried. */
export function fillCosts(words: readonly Word[], options: FillOptions): number {
  const { width, goal, firstIndent, otherIndent, lastLength } = options;
  let steps = 0;
  for (let start = words.length - 1; start >= 0; start--) {
    const first = words[start] as Word;
    let best = Number.POSITIVE_INFINITY;
    let length = (start === 0 ? firstIndent : otherIndent) + first.text.length;
    let at = start;
    do {
      at++;
      steps++;
      const next = words[at];
      let cost = 0;
      if (next !== undefined) {
        cost = shortCost(goal - length) + next.bestCost;
        if (next.nextBreak !== words.length) cost += raggedCost(length - next.lineLength);
      }
      if (start === 0 && lastLength > 0) cost += raggedCost(length - lastLength);
      if (cost < best) {
        best = cost;
        first.nextBreak = at;
        first.lineLength = length;
      }
      if (next === undefined) break;
      length += (words[at - 1] as Word).space + next.text.length;
    } while (length < width);
    first.bestCost = best + baseCost(words, start);
  }
  return steps;
}

/** The line that a paragraph printed in part ends before: one whose break is cheap, late rather than early. */
export function flushPoint(words: readonly Word[]): number {
  let split = words.length;
  let best = Number.POSITIVE_INFINITY;
  for (let at = words[0]?.nextBreak ?? words.length; at < words.length; ) {
    const word = words[at] as Word;
    const cost = word.bestCost - (words[word.nextBreak]?.bestCost ?? 0);
    if (cost < best) {
      split = at;
      best = cost;
    }
    best += LINE_CREDIT;
    at = word.nextBreak;
  }
  return split;
}
