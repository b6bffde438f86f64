export { Errno, type ErrnoCode, isErrno } from "./errno.ts";
export { executable, programOf } from "./executable.ts";
export type * from "./types.ts";
