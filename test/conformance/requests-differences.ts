/** Where 1.34 answers otherwise than the recorded 1.23, and why. */
export interface Difference {
  readonly why: string;
  /** What must be in the answer instead. */
  readonly expected?: Readonly<Record<string, unknown>>;
}

export const DIFFERENCES: Readonly<Record<string, Difference>> = {};
