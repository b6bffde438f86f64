/** Charts from directories and archives (helm.sh/helm/v3/pkg/chart/loader). */
import { isObject, type Json, type JsonObject, listAt, textAt } from "../../kubectl/object.ts";
import { TarReader } from "../../kubectl/tar.ts";
import type { FileApi, Process } from "../../machine/index.ts";
import type { Value, ValueMap } from "../../template/index.ts";
import { gunzipBytes, isGzip } from "../archive.ts";
import { HelmError, messageOf } from "../errors.ts";
import { parseVersion } from "../sprig/semver.ts";
import { readYaml, readYamlPaced } from "../yaml.ts";
import { IgnoreRules } from "./ignore.ts";
import { type Chart, type ChartFile, type Dependency, type Lock, type Metadata, textOf } from "./types.ts";

/** Helm's numbers are all floats: whole ones lose what a double cannot hold. */
function withFloats(value: JsonObject): ValueMap {
  const plain = (one: Json): Value =>
    typeof one === "bigint"
      ? Number(one)
      : Array.isArray(one)
        ? one.map(plain)
        : typeof one === "object" && one !== null
          ? withFloats(one)
          : one;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
}

/** Upstream's limit on what an archive unpacks to is larger; a workspace is not. */
const MAX_CHART = 32 * 1024 * 1024;
const MAX_SUBCHARTS = 20;

/** loader.Load: `path` is a directory or an archive. */
export async function loadChart(process: Process, path: string): Promise<Chart> {
  const { files } = process;
  if (!files.exists(path)) throw new HelmError(`stat ${path}: no such file or directory`);
  if (files.stat(path).type === "directory") {
    const found = directoryFiles(files, path);
    await process.spend(found.reduce((total, file) => total + file.data.length, 0) / 50);
    return fromFiles(process, found, 0);
  }
  const data = files.readFile(path);
  if (!isGzip(data))
    throw new HelmError(`file '${path}' does not appear to be a gzipped archive; got '${sniff(data)}'`);
  return fromFiles(process, await archiveFiles(process, data), 0);
}

const sniff = (data: Uint8Array): string =>
  data.subarray(0, 512).every((byte) => byte >= 0x20 || byte === 9 || byte === 10 || byte === 13)
    ? "text/plain; charset=utf-8"
    : "application/octet-stream";

const withoutMark = (data: Uint8Array): Uint8Array =>
  data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf ? data.subarray(3) : data;

function directoryFiles(files: FileApi, path: string): ChartFile[] {
  const root = path.replace(/\/+$/, "") || "/";
  const ignorePath = `${root}/.helmignore`;
  const rules = new IgnoreRules(files.exists(ignorePath) ? files.readText(ignorePath) : "");
  const found: ChartFile[] = [];
  let total = 0;
  const walk = (below: string, depth: number) => {
    if (depth > 40) throw new HelmError(`the chart is nested too deeply: ${below}`);
    const entries = files.list(below === "" ? root : `${root}/${below}`);
    for (const { name } of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const inner = below === "" ? name : `${below}/${name}`;
      const stat = files.stat(`${root}/${inner}`);
      if (rules.ignores(inner, stat.type === "directory")) continue;
      if (stat.type === "directory") walk(inner, depth + 1);
      else if (stat.type !== "file")
        throw new HelmError(`cannot load irregular file ${root}/${inner} as it has file mode type bits set`);
      else {
        total += stat.size;
        if (total > MAX_CHART) throw new HelmError(`the chart is too large: more than ${MAX_CHART} bytes`);
        found.push({ name: inner, data: withoutMark(files.readFile(`${root}/${inner}`)) });
      }
    }
  };
  walk("", 0);
  return found;
}

/** loader.LoadArchiveFiles: the first folder falls away. */
async function archiveFiles(process: Process, data: Uint8Array): Promise<ChartFile[]> {
  const reader = new TarReader();
  const found: ChartFile[] = [];
  for (const entry of reader.push(await gunzipBytes(process, data, MAX_CHART))) {
    if (entry.type !== "file") continue;
    const parts = entry.name.replaceAll("\\", "/").replace(/^\.\//, "").split("/");
    const name = parts.slice(1).join("/");
    if (name === "") {
      if (parts[0] === "Chart.yaml") throw new HelmError("chart yaml not in base directory");
      throw new HelmError("chart illegally contains content outside the base directory");
    }
    if (parts.includes("..") || entry.name.startsWith("/"))
      throw new HelmError("chart illegally references parent directory");
    found.push({ name, data: withoutMark(entry.data) });
  }
  if (found.length === 0) throw new HelmError("no files in chart archive");
  return found;
}

/** loader.LoadFiles. */
async function fromFiles(process: Process, files: readonly ChartFile[], depth: number): Promise<Chart> {
  if (depth > MAX_SUBCHARTS) throw new HelmError("subcharts are nested too deeply");
  const read = (file: ChartFile): Json => readYaml(new TextDecoder().decode(file.data));
  const cannot = (name: string, error: unknown) => new HelmError(`cannot load ${name}: ${messageOf(error)}`);
  let metadata: Metadata | undefined;
  for (const file of files) {
    if (file.name !== "Chart.yaml") continue;
    try {
      metadata = metadataOf(read(file));
    } catch (error) {
      throw cannot("Chart.yaml", error);
    }
  }
  const templates: ChartFile[] = [];
  const others: ChartFile[] = [];
  const subcharts = new Map<string, ChartFile[]>();
  let values: ValueMap = {};
  let schema: Uint8Array | undefined;
  let lock: Lock | undefined;
  for (const file of files) {
    await process.spend(1 + file.data.length / 100);
    if (file.name === "Chart.yaml") continue;
    if (file.name === "Chart.lock" || file.name === "requirements.lock") {
      lock = lockOf(read(file));
      if (file.name === "requirements.lock" && metadata?.apiVersion === "v1") others.push(file);
    } else if (file.name === "values.yaml") {
      let document: Json;
      try {
        document = await readYamlPaced(textOf(file), (units) => process.spend(units));
      } catch (error) {
        throw cannot("values.yaml", error);
      }
      if (document !== null && !isObject(document))
        throw cannot(
          "values.yaml",
          new HelmError(
            `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonKind(document)} into Go value of type map[string]interface {}`,
          ),
        );
      values = withFloats(document ?? {});
    } else if (file.name === "values.schema.json") schema = file.data;
    else if (file.name === "requirements.yaml") {
      if (metadata !== undefined) metadata.dependencies = listAt(read(file), "dependencies").map(dependencyOf);
      if (metadata?.apiVersion === "v1") others.push(file);
    } else if (file.name.startsWith("templates/")) templates.push(file);
    else if (file.name.startsWith("charts/")) {
      if (file.name.endsWith(".prov")) {
        others.push(file);
        continue;
      }
      const inner = file.name.slice("charts/".length);
      const name = inner.split("/")[0] as string;
      subcharts.set(name, [...(subcharts.get(name) ?? []), { name: inner, data: file.data }]);
    } else others.push(file);
  }
  if (metadata === undefined) throw new HelmError("Chart.yaml file is missing");
  validate(metadata);
  const chart: Chart = {
    metadata,
    raw: files,
    templates,
    values,
    schema,
    files: others,
    lock,
    dependencies: [],
    parent: undefined,
  };
  for (const [name, inner] of subcharts) {
    let child: Chart;
    try {
      if (name.startsWith("_") || name.startsWith(".")) continue;
      const [first] = inner;
      if (name.endsWith(".tgz")) {
        if (first === undefined || first.name !== name)
          throw new HelmError(`error unpacking subchart tar in ${metadata.name}: expected ${name}, got ${first?.name}`);
        child = await fromFiles(process, await archiveFiles(process, first.data), depth + 1);
      } else {
        const below = inner
          .filter((file) => file.name.includes("/"))
          .map((file) => ({ name: file.name.slice(name.length + 1), data: file.data }));
        child = await fromFiles(process, below, depth + 1);
      }
    } catch (error) {
      if (!(error instanceof HelmError)) throw error;
      throw new HelmError(`error unpacking subchart ${name} in ${metadata.name}: ${error.message}`);
    }
    child.parent = chart;
    chart.dependencies.push(child);
  }
  return chart;
}

const jsonKind = (value: Json): string =>
  Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;

function dependencyOf(value: Json): Dependency {
  return {
    name: textAt(value, "name"),
    version: textAt(value, "version"),
    repository: textAt(value, "repository"),
    condition: textAt(value, "condition"),
    tags: listAt(value, "tags").map(String),
    enabled: false,
    alias: textAt(value, "alias"),
    importValues: listAt(value, "import-values"),
  };
}

function lockOf(value: Json): Lock {
  return {
    generated: textAt(value, "generated"),
    digest: textAt(value, "digest"),
    dependencies: listAt(value, "dependencies").map((one) => ({
      name: textAt(one, "name"),
      version: textAt(one, "version"),
      repository: textAt(one, "repository"),
    })),
  };
}

/** Fields of Chart.yaml that Go reads as text. */
const TEXTS = [
  "name",
  "home",
  "version",
  "description",
  "icon",
  "apiVersion",
  "condition",
  "tags",
  "appVersion",
  "kubeVersion",
  "type",
];

export function metadataOf(document: Json): Metadata {
  if (document !== null && !isObject(document))
    throw new HelmError(
      `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonKind(document)} into Go value of type chart.Metadata`,
    );
  const all = document ?? {};
  for (const field of TEXTS) {
    const value = all[field];
    if (value !== undefined && value !== null && typeof value !== "string")
      throw new HelmError(
        `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonKind(value)} into Go struct field Metadata.${field} of type string`,
      );
  }
  return {
    name: textAt(all, "name"),
    version: textAt(all, "version"),
    apiVersion: textAt(all, "apiVersion") || "v1",
    appVersion: textAt(all, "appVersion"),
    kubeVersion: textAt(all, "kubeVersion"),
    type: textAt(all, "type"),
    deprecated: all["deprecated"] === true,
    dependencies: listAt(all, "dependencies").map(dependencyOf),
    all,
  };
}

/** chart.Metadata.Validate. */
function validate(metadata: Metadata): void {
  const fail = (words: string): never => {
    throw new HelmError(`validation: ${words}`);
  };
  if (metadata.apiVersion === "") fail("chart.metadata.apiVersion is required");
  if (metadata.name === "") fail("chart.metadata.name is required");
  if (metadata.name !== metadata.name.slice(metadata.name.lastIndexOf("/") + 1))
    fail(`chart.metadata.name ${JSON.stringify(metadata.name)} is invalid`);
  if (metadata.version === "") fail("chart.metadata.version is required");
  try {
    parseVersion(metadata.version);
  } catch {
    fail(`chart.metadata.version ${JSON.stringify(metadata.version)} is invalid`);
  }
  if (!["", "application", "library"].includes(metadata.type))
    fail("chart.metadata.type must be application or library");
  const known = new Set<string>();
  for (const dependency of metadata.dependencies) {
    if (dependency.alias !== "" && !/^[a-zA-Z0-9_-]+$/.test(dependency.alias))
      fail(`dependency ${JSON.stringify(dependency.name)} has disallowed characters in the alias`);
    const key = dependency.alias || dependency.name;
    if (known.has(key)) fail('more than one dependency with name or alias "' + key + '"');
    known.add(key);
  }
}
