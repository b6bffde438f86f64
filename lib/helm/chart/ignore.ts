/** .helmignore (helm.sh/helm/v3/internal/ignore). */
import { HelmError } from "../errors.ts";

interface Rule {
  readonly matches: (path: string, directory: boolean) => boolean;
  readonly negate: boolean;
  readonly mustDirectory: boolean;
}

/** path/filepath's Match. */
export function globPattern(glob: string): RegExp {
  let out = "";
  for (let i = 0; i < glob.length; i++) {
    const char = glob[i] as string;
    if (char === "*") out += "[^/]*";
    else if (char === "?") out += "[^/]";
    else if (char === "[") {
      const end = glob.indexOf("]", i + 2);
      if (end === -1) throw new HelmError("syntax error in pattern");
      out += glob.slice(i, end + 1).replace(/^\[!/, "[^");
      i = end;
    } else if (char === "\\") out += (glob[++i] ?? "").replace(/[.*+?^${}()|[\]\\/]/, "\\$&");
    else out += char.replace(/[.*+?^${}()|[\]\\/]/, "\\$&");
  }
  return new RegExp(`^${out}$`);
}

export class IgnoreRules {
  readonly #rules: Rule[] = [];

  constructor(text: string) {
    for (const line of ["templates/.?*", ...text.split(/\r?\n/)]) this.#add(line);
  }

  #add(line: string): void {
    let rule = line.trim();
    if (rule === "" || rule.startsWith("#")) return;
    if (rule.includes("**")) throw new HelmError("double-star (**) syntax is not supported");
    const negate = rule.startsWith("!");
    if (negate) rule = rule.slice(1);
    const mustDirectory = rule.endsWith("/");
    if (mustDirectory) rule = rule.slice(0, -1);
    const rooted = rule.startsWith("/");
    const pattern = globPattern(rooted ? rule.slice(1) : rule);
    const whole = rooted || rule.includes("/");
    const matches = (path: string) => pattern.test(whole ? path : path.slice(path.lastIndexOf("/") + 1));
    this.#rules.push({ matches, negate, mustDirectory });
  }

  ignores(path: string, directory: boolean): boolean {
    if (path === "" || path === "." || path === "./") return false;
    for (const rule of this.#rules) {
      if (rule.negate) {
        if (rule.mustDirectory && !directory) return true;
        if (!rule.matches(path, directory)) return true;
        continue;
      }
      if (rule.mustDirectory && !directory) continue;
      if (rule.matches(path, directory)) return true;
    }
    return false;
  }
}
