/** Names in the order of the versions in them, as `sort -V` and `ls -v` have it (gnulib's filevercmp). */

/** Where the suffix (".tar.gz", any number of ".ext" at the end) begins. */
function prefixLength(name: string): number {
  return /(?:\.[A-Za-z~][A-Za-z0-9~]*)*$/.exec(name)?.index ?? name.length;
}

function order(character: string | undefined): number {
  if (character === undefined) return -1;
  if (character >= "0" && character <= "9") return 0;
  if (/[A-Za-z]/.test(character)) return character.charCodeAt(0);
  if (character === "~") return -2;
  return character.charCodeAt(0) + 0x110000;
}

const isDigit = (character: string | undefined) => character !== undefined && character >= "0" && character <= "9";

function comparePieces(a: string, b: string): number {
  let left = 0;
  let right = 0;
  while (left < a.length || right < b.length) {
    while ((left < a.length && !isDigit(a[left])) || (right < b.length && !isDigit(b[right]))) {
      const difference = order(a[left]) - order(b[right]);
      if (difference !== 0) return difference;
      left++;
      right++;
    }
    while (a[left] === "0") left++;
    while (b[right] === "0") right++;
    const start = left;
    const other = right;
    while (isDigit(a[left])) left++;
    while (isDigit(b[right])) right++;
    const x = a.slice(start, left);
    const y = b.slice(other, right);
    if (x.length !== y.length) return x.length - y.length;
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  if (a === "" || b === "") return a === "" ? -1 : 1;
  if (a.startsWith(".") !== b.startsWith(".")) return a.startsWith(".") ? -1 : 1;
  if (a.startsWith(".")) {
    for (const special of [".", ".."]) if (a === special || b === special) return a === special ? -1 : 1;
  }
  const left = a.slice(0, prefixLength(a));
  const right = b.slice(0, prefixLength(b));
  const byPrefix = comparePieces(left, right);
  return byPrefix !== 0 && left !== right ? byPrefix : comparePieces(a, b);
}
