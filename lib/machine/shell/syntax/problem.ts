/** What is wrong with a text, as bash finds it: at the first token that nothing valid can begin with. */

/** `array`: in `x=( )`, and `command`: in `$( )`, end other things than a plain one does; `condition`: in `[[ ]]`. */
type ProblemKind = "plain" | "array" | "command" | "condition";

export interface Problem {
  readonly kind: ProblemKind;
  /** Where the complete command begins that it is in: what stands before is run. */
  readonly start: number;
  /** How far the text was looked at. */
  readonly end: number;
  /** Each with the number of its line, counted from 0 at the beginning of the text. */
  readonly messages: readonly Message[];
  /** More lines could mend it. */
  readonly incomplete: boolean;
}

interface Message {
  readonly line: number;
  readonly text: string;
  /** The line is shown too. */
  readonly shown: boolean;
}

/** Thrown inside the checker, never shown. */
export class SyntaxProblem {
  readonly messages: readonly Message[];
  readonly incomplete: boolean;
  kind: ProblemKind;

  constructor(messages: readonly Message[], incomplete: boolean, kind: ProblemKind = "plain") {
    this.messages = messages;
    this.incomplete = incomplete;
    this.kind = kind;
  }
}
