/** How far GNU wget is, where it has no terminal to draw a bar on. */

const DOTS_PER_LINE = 50;
const BYTES_PER_DOT = 1024;

/** The progress as it is drawn where there is no terminal: a dot is a kibibyte, a line fifty. */
export function dots(size: number, length: number | undefined, rate: string, seconds: number): string {
  const lines: string[] = [];
  const whole = DOTS_PER_LINE * BYTES_PER_DOT;
  for (let from = 0; from === 0 || from < size; from += whole) {
    const count = Math.floor(Math.min(size - from, whole) / BYTES_PER_DOT);
    let row = `${String(from / 1024).padStart(6)}K`;
    for (let dot = 0; dot < DOTS_PER_LINE; dot++) row += `${dot % 10 === 0 ? " " : ""}${dot < count ? "." : " "}`;
    const last = from + whole >= size;
    const share =
      length === undefined || length === 0
        ? "   "
        : `${Math.floor((100 * Math.min(size, from + whole)) / length)}%`.padStart(4).slice(-4);
    row += `${length === undefined || length === 0 ? "" : share} ${last ? `${rate}=${seconds < 1 ? seconds.toPrecision(1).replace("0.0", "0") : Math.round(seconds)}s` : rate}`;
    lines.push(row);
  }
  return `${lines.join("\n")}\n\n`;
}

/** As numbers with a letter are shown to people. */
export function scaled(bytes: number): string {
  const units = ["K", "M", "G", "T"];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)}${units[unit]}`;
}
