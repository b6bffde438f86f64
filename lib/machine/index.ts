export { Errno, type ErrnoCode, isErrno } from "./errno.ts";

export { type BlockContent, BlockDevice } from "./filesystem/block.ts";
export { memoryFileSystem } from "./filesystem/memory.ts";

export {
  commands,
  directory,
  file,
  link,
  merged,
  program,
  standardRootTree,
} from "./filesystem/tree.ts";
export { createMachine } from "./machine.ts";
export { loopbackNetwork } from "./network.ts";

export { KERNEL_RELEASE } from "./release.ts";
export { acceptSecure, type ShownCertificate } from "./secure.ts";
export { bytePipe } from "./streams/pipe.ts";
export { Buffered, HttpError } from "./tools/support/http.ts";
export { hostAddresses, lookUp } from "./tools/support/resolver.ts";
export { SERVICES_FILE } from "./tools/support/services.ts";
export { displayWidth } from "./tty/width.ts";
export type * from "./types.ts";
