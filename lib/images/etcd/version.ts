/** Where an image says which etcd it is. */
export const VERSION_FILE = "/usr/share/etcd/version";
