/** Image references as containerd reads them. Pure. */
interface Reference {
  /** With registry, e.g. "docker.io/library/nginx". */
  readonly repository: string;
  readonly registry: string;
  readonly tag: string;
  readonly digest: string | undefined;
}

export function parseReference(text: string): Reference {
  const at = text.indexOf("@");
  const digest = at === -1 ? undefined : text.slice(at + 1);
  let name = at === -1 ? text : text.slice(0, at);
  const slash = name.lastIndexOf("/");
  const colon = name.indexOf(":", slash + 1);
  const tag = colon === -1 ? "latest" : name.slice(colon + 1);
  if (colon !== -1) name = name.slice(0, colon);
  const first = name.split("/")[0] ?? "";
  const hasRegistry = name.includes("/") && (first.includes(".") || first.includes(":") || first === "localhost");
  let registry = hasRegistry ? first : "docker.io";
  let path = hasRegistry ? name.slice(first.length + 1) : name;
  if (registry === "index.docker.io") registry = "docker.io";
  if (registry === "docker.io" && !path.includes("/")) path = `library/${path}`;
  return { registry, repository: `${registry}/${path}`, tag, digest };
}

/** "sha256:" and 64 digits that depend on the text alone. */
export function digestOf(text: string): string {
  let hex = "";
  for (let round = 0; round < 8; round++) {
    let hash = 0x811c9dc5 ^ (round * 0x9e3779b9);
    for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    hex += ((hash ^ (hash >>> 13)) >>> 0).toString(16).padStart(8, "0");
  }
  return `sha256:${hex}`;
}

/** Registries that exist and answer; any other host name has no address. */
const REGISTRIES = new Set([
  "docker.io",
  "registry.k8s.io",
  "k8s.gcr.io",
  "gcr.io",
  "quay.io",
  "ghcr.io",
  "public.ecr.aws",
  "us-docker.pkg.dev",
]);

/** Why a pull fails, in the words of containerd's CRI plug-in as the kubelet passes them on. */
export function pullError(reference: Reference, repositoryKnown: boolean): string {
  const { digest } = reference;
  const full = digest === undefined ? `${reference.repository}:${reference.tag}` : `${reference.repository}@${digest}`;
  const head = `failed to pull and unpack image "${full}": failed to resolve reference "${full}":`;
  if (!REGISTRIES.has(reference.registry)) {
    const path = reference.repository.slice(reference.registry.length + 1);
    return `${head} failed to do request: Head "https://${reference.registry}/v2/${path}/manifests/${reference.tag}": dial tcp: lookup ${reference.registry}: no such host`;
  }
  if (repositoryKnown || reference.registry !== "docker.io") {
    return `rpc error: code = NotFound desc = ${head} ${full}: not found`;
  }
  return `${head} pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`;
}
