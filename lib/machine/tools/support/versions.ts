/** Names by the versions in them (gnulib's filevercmp): digits by value, `~` before everything, suffixes last. */

const isDigit = (code: number) => code >= 48 && code <= 57;
const isLetter = (code: number) => (code >= 65 && code <= 90) || (code >= 97 && code <= 122);

/** Where the suffixes (".tar.gz") begin. */
function prefixLength(text: string): number {
  const found = /(?:\.[A-Za-z~][A-Za-z0-9~]*)+$/.exec(text);
  // Something must be left before them.
  if (found === null) return text.length;
  if (found.index > 0) return found.index;
  const later = /^\.[A-Za-z~][A-Za-z0-9~]*/.exec(text)?.[0].length ?? 0;
  return Math.max(1, later === text.length ? text.length : later);
}

function order(text: string, at: number): number {
  if (at >= text.length) return -1;
  const code = text.charCodeAt(at);
  if (isDigit(code)) return 0;
  if (isLetter(code)) return code;
  return code === 126 ? -2 : code + 256;
}

function compareParts(a: string, b: string): number {
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    let difference = 0;
    while ((i < a.length && !isDigit(a.charCodeAt(i))) || (j < b.length && !isDigit(b.charCodeAt(j)))) {
      const byCharacter = order(a, i) - order(b, j);
      if (byCharacter !== 0) return byCharacter;
      i++;
      j++;
    }
    while (a[i] === "0") i++;
    while (b[j] === "0") j++;
    while (isDigit(a.charCodeAt(i)) && isDigit(b.charCodeAt(j))) {
      if (difference === 0) difference = a.charCodeAt(i) - b.charCodeAt(j);
      i++;
      j++;
    }
    if (isDigit(a.charCodeAt(i))) return 1;
    if (isDigit(b.charCodeAt(j))) return -1;
    if (difference !== 0) return difference;
  }
  return 0;
}

export function compareVersions(a: string, b: string): number {
  if (a === "" || b === "") return (a === "" ? 0 : 1) - (b === "" ? 0 : 1);
  const dots = (text: string) => (text === "." ? 1 : text === ".." ? 2 : text.startsWith(".") ? 3 : 4);
  const byDots = dots(a) - dots(b);
  if (byDots !== 0 || dots(a) < 3) return byDots;
  const [p, q] = [prefixLength(a), prefixLength(b)];
  const result = compareParts(a.slice(0, p), b.slice(0, q));
  return result !== 0 || (p === a.length && q === b.length) ? result : compareParts(a, b);
}
