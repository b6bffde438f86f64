export { celProblem } from "./cel.ts";
export { judge } from "./checks/quiz.ts";
export { evaluateCheck } from "./evaluate.ts";
export { combine, Grader, type GraderOptions, type GradingState } from "./grader.ts";
export { RecordReader, type SemanticRecord, type Verb } from "./records.ts";
export type * from "./types.ts";
