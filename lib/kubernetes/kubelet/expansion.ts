/**
 * `$(VAR)` in command, args and env values. `$$` is a literal `$`; a reference to an unknown variable stays as it is.
 * Mirrors third_party/forked/golang/expansion.
 */
export function expand(text: string, variables: Pick<ReadonlyMap<string, string>, "get">): string {
  let result = "";
  for (let index = 0; index < text.length; index++) {
    if (text[index] !== "$" || index + 1 >= text.length) {
      result += text[index];
      continue;
    }
    const next = text[index + 1];
    if (next === "$") {
      result += "$";
      index++;
    } else if (next === "(") {
      const end = text.indexOf(")", index + 2);
      if (end === -1) {
        result += "$(";
        index++;
      } else {
        const name = text.slice(index + 2, end);
        result += variables.get(name) ?? `$(${name})`;
        index = end;
      }
    } else {
      result += `$${next}`;
      index++;
    }
  }
  return result;
}
