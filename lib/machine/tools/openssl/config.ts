/** Configuration files of openssl, as guides have them: sections, names and values (config(5)). */

export type ConfigSections = ReadonlyMap<string, readonly (readonly [name: string, value: string])[]>;

/** The section without a name is "default". */
export function parseConfig(text: string): ConfigSections {
  const out = new Map<string, (readonly [string, string])[]>([["default", []]]);
  let section = "default";
  for (const raw of text.replace(/\\\n/g, "").split("\n")) {
    const line = raw.replace(/(^|\s)#.*$/, "").trim();
    if (line === "") continue;
    const head = /^\[\s*(.*?)\s*\]$/.exec(line);
    if (head !== null) {
      section = head[1] as string;
      if (!out.has(section)) out.set(section, []);
      continue;
    }
    const equals = line.indexOf("=");
    if (equals === -1) continue;
    const value = line
      .slice(equals + 1)
      .trim()
      .replace(/^"(.*)"$/, "$1");
    out.get(section)?.push([line.slice(0, equals).trim(), value]);
  }
  return out;
}

export function setting(sections: ConfigSections, section: string, name: string): string | undefined {
  return sections.get(section)?.findLast(([key]) => key === name)?.[1];
}
