export { Errno, type ErrnoCode, isErrno } from "./errno.ts";
export { executable, programOf } from "./executable.ts";
export { type BlockContent, BlockDevice } from "./filesystem/block.ts";
export { type MemoryFileSystemOptions, memoryFileSystem } from "./filesystem/memory.ts";
export type { FileNode } from "./filesystem/node.ts";
export {
  commands,
  directory,
  file,
  link,
  merged,
  program,
  standardRootTree,
  type TreeOptions,
  treeUsage,
} from "./filesystem/tree.ts";
export { createMachine } from "./machine.ts";
export { AcceptQueue, connectionPair, type LoopbackOptions, loopbackNetwork } from "./network.ts";
export { defaultAction, parseSignal, SIGNAL_NAMES, signalNumber } from "./process/signals.ts";
export { bytePipe } from "./streams/pipe.ts";
export { toolPrograms } from "./tools/index.ts";
export { hostAddresses, lookUp } from "./tools/support/resolver.ts";
export { codePointWidth, displayWidth } from "./tty/width.ts";
export type * from "./types.ts";
