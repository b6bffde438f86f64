export { celProblem } from "./cel.ts";
export { judge } from "./checks/quiz.ts";
export { evaluateCheck } from "./evaluate.ts";
export { combine, Grader, type GradingState } from "./grader.ts";
export { RecordReader } from "./records.ts";
export type * from "./types.ts";
