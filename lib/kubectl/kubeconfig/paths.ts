/** Paths in kubeconfigs: of an entry, relative to the file it stands in (Go's path/filepath). */

/** Fields of clusters and users that name files. */
export const FILE_FIELDS = ["certificate-authority", "client-certificate", "client-key", "tokenFile"] as const;

/** filepath.Clean of an absolute path. */
function clean(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return `/${parts.join("/")}`;
}

export const absolutePath = (path: string, base: string): string =>
  clean(path.startsWith("/") ? path : `${base}/${path}`);

export function directoryOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? "/" : path.slice(0, slash);
}

/** filepath.Rel of two absolute paths. */
export function relativePath(path: string, base: string): string {
  const [to, from] = [path, base].map((one) =>
    clean(one)
      .split("/")
      .filter((part) => part !== ""),
  );
  let common = 0;
  while (common < (from?.length ?? 0) && common < (to?.length ?? 0) && from?.[common] === to?.[common]) common++;
  const parts = [...(from ?? []).slice(common).map(() => ".."), ...(to ?? []).slice(common)];
  return parts.length === 0 ? "." : parts.join("/");
}
