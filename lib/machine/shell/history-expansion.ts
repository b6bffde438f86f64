/** `!!`, `!$`, `!42`, `!git`, `^old^new`. */

type HistoryExpansion =
  | { readonly kind: "same" }
  | { readonly kind: "changed"; readonly text: string }
  | { readonly kind: "missing"; readonly event: string };

export function expandHistory(line: string, history: readonly string[]): HistoryExpansion {
  const quick = /^\^([^^]+)\^([^^]*)\^?(.*)$/s.exec(line);
  if (quick !== null) {
    const last = history.at(-1);
    const [, from, to, rest] = quick as unknown as [string, string, string, string];
    if (last === undefined || !last.includes(from)) return { kind: "missing", event: `:s^${from}^${to}` };
    return { kind: "changed", text: last.replace(from, () => to) + rest };
  }
  if (!line.includes("!")) return { kind: "same" };
  let out = "";
  let quote = "";
  let changed = false;
  for (let i = 0; i < line.length; i++) {
    const char = line.charAt(i);
    if (char === "\\" && quote !== "'") {
      out += char + line.charAt(++i);
      continue;
    }
    if ((char === "'" || char === '"') && (quote === "" || quote === char)) quote = quote === "" ? char : "";
    const next = line.charAt(i + 1);
    if (char !== "!" || quote === "'" || next === "" || /[\s=(]/.test(next) || (quote === '"' && next === '"')) {
      out += char;
      continue;
    }
    const event =
      /^!(?:!|\$|\^|\*|-?\d+|\?[^?\n]+\??|[^\s;&|()<>"'$^*:!-][^\s;&|()<>"':]*)?/.exec(line.slice(i))?.[0] ?? "!";
    if (event === "!") {
      out += char;
      continue;
    }
    const found = lookUp(event, history);
    if (found === undefined) return { kind: "missing", event };
    i += event.length - 1;
    const designator = /^:(\d+|\$|\^|\*)/.exec(line.slice(i + 1));
    if (designator !== null) {
      out += words(found, designator[1] as string);
      i += designator[0].length;
    } else out += found;
    changed = true;
  }
  return changed ? { kind: "changed", text: out } : { kind: "same" };
}

function words(line: string, which: string): string {
  const list = line.match(/(?:\\.|"[^"]*"|'[^']*'|\S)+/g) ?? [];
  if (which === "$") return list.at(-1) ?? "";
  if (which === "^") return list[1] ?? "";
  if (which === "*") return list.slice(1).join(" ");
  return list[Number(which)] ?? "";
}

function lookUp(event: string, history: readonly string[]): string | undefined {
  const name = event.slice(1);
  const last = history.at(-1);
  if (name === "!") return last;
  if (name === "$" || name === "^" || name === "*") return last === undefined ? undefined : words(last, name);
  if (/^-?\d+$/.test(name)) return name.startsWith("-") ? history.at(Number(name)) : history[Number(name) - 1];
  if (name.startsWith("?")) {
    const part = name.slice(1).replace(/\?$/, "");
    return history.findLast((line) => line.includes(part));
  }
  return history.findLast((line) => line.startsWith(name));
}
