/** Unix errors by code, with the words that tools print. */
const MESSAGES = {
  EPERM: "Operation not permitted",
  ENOENT: "No such file or directory",
  ESRCH: "No such process",
  EINTR: "Interrupted system call",
  EIO: "Input/output error",
  ENXIO: "No such device or address",
  E2BIG: "Argument list too long",
  ENOEXEC: "Exec format error",
  EBADF: "Bad file descriptor",
  ECHILD: "No child processes",
  EAGAIN: "Resource temporarily unavailable",
  ENOMEM: "Cannot allocate memory",
  EACCES: "Permission denied",
  EBUSY: "Device or resource busy",
  EEXIST: "File exists",
  EXDEV: "Invalid cross-device link",
  ENOTDIR: "Not a directory",
  EISDIR: "Is a directory",
  EINVAL: "Invalid argument",
  EMFILE: "Too many open files",
  ENOTTY: "Inappropriate ioctl for device",
  EFBIG: "File too large",
  ENOSPC: "No space left on device",
  EROFS: "Read-only file system",
  EPIPE: "Broken pipe",
  ENAMETOOLONG: "File name too long",
  ENOTEMPTY: "Directory not empty",
  ELOOP: "Too many levels of symbolic links",
  EADDRINUSE: "Address already in use",
  EADDRNOTAVAIL: "Cannot assign requested address",
  ENETUNREACH: "Network is unreachable",
  ECONNRESET: "Connection reset by peer",
  ETIMEDOUT: "Connection timed out",
  ECONNREFUSED: "Connection refused",
  EHOSTUNREACH: "No route to host",
} as const;

export type ErrnoCode = keyof typeof MESSAGES;

/** What a system call answers when it fails. `message` is what strerror(3) says. */
export class Errno extends Error {
  readonly code: ErrnoCode;
  readonly path: string | undefined;

  constructor(code: ErrnoCode, path?: string) {
    // Part of normal work (a PATH that is looked through), thousands of times a second: without a stack.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(MESSAGES[code]);
    Error.stackTraceLimit = stackTraceLimit;
    this.name = "Errno";
    this.code = code;
    this.path = path;
  }
}

/** True where `error` is an `Errno`, of the given code if one is given. */
export function isErrno(error: unknown, code?: ErrnoCode): error is Errno {
  return error instanceof Errno && (code === undefined || error.code === code);
}
