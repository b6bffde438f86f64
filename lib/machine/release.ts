/** The kernel that all machines of a cluster show: uname -r, /proc/version, and their Node. */
export const KERNEL_RELEASE = "6.8.0-statecraft";
