/** .Files of a chart (helm.sh/helm/v3/pkg/engine/files.go). */
import { encodeBase64 } from "../../encoding/index.ts";
import { Struct, type Value, type ValueMap } from "../../template/index.ts";
import { type ChartFile, textOf } from "../chart/types.ts";
import { HelmError } from "../errors.ts";
import { valueToYaml } from "../yaml.ts";

/** gobwas/glob with "/" as separator: * stays within a folder, ** does not, {a,b} chooses. */
function globPattern(glob: string): RegExp {
  let out = "";
  let depth = 0;
  for (let i = 0; i < glob.length; i++) {
    const char = glob[i] as string;
    if (char === "*") {
      const deep = glob[i + 1] === "*";
      out += deep ? ".*" : "[^/]*";
      if (deep) i++;
    } else if (char === "?") out += "[^/]";
    else if (char === "{") {
      out += "(?:";
      depth++;
    } else if (char === "}" && depth > 0) {
      out += ")";
      depth--;
    } else if (char === "," && depth > 0) out += "|";
    else if (char === "[") {
      const end = glob.indexOf("]", i + 1);
      if (end === -1) throw new HelmError("the pattern has no closing bracket");
      out += glob.slice(i, end + 1).replace(/^\[!/, "[^");
      i = end;
    } else if (char === "\\") out += (glob[++i] ?? "").replace(/[.*+?^${}()|[\]\\/]/, "\\$&");
    else out += char.replace(/[.*+?^${}()|[\]\\/]/, "\\$&");
  }
  return new RegExp(`^${out}$`, "s");
}

export function filesValue(files: readonly ChartFile[]): Struct {
  const underlying: ValueMap = {};
  for (const file of files) underlying[file.name] = textOf(file);
  const find = (name: Value) => files.find((file) => file.name === name);
  const base = (name: string) => name.slice(name.lastIndexOf("/") + 1);
  return new Struct("engine.files", {
    underlying,
    methods: {
      Get: (name: Value) => {
        const file = find(name);
        return file === undefined ? "" : textOf(file);
      },
      GetBytes: (name: Value) => {
        const file = find(name);
        return file === undefined ? "" : textOf(file);
      },
      Glob: (pattern: Value) => {
        const test = globPattern(String(pattern));
        return filesValue(files.filter((file) => test.test(file.name)));
      },
      AsConfig: () => {
        if (files.length === 0) return "";
        const map: ValueMap = {};
        for (const file of files) map[base(file.name)] = textOf(file);
        return valueToYaml(map).trimEnd();
      },
      AsSecrets: () => {
        if (files.length === 0) return "";
        const map: ValueMap = {};
        for (const file of files) map[base(file.name)] = encodeBase64(file.data);
        return valueToYaml(map).trimEnd();
      },
      Lines: (name: Value) => {
        const file = find(name);
        if (file === undefined) return [];
        const text = textOf(file);
        return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
      },
    },
  });
}
