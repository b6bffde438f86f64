/** Times as Go's time.Parse reads them (RFC 3339), and its words for what is none. */
import { quote } from "../../encoding/index.ts";

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[-+]\d\d:\d\d)$/;
const LAYOUT = "2006-01-02T15:04:05Z07:00";
/** What is looked for, piece by piece. */
const PIECES = ["2006", "-", "01", "-", "02", "T", "15", ":", "04", ":", "05"];

/** Why a text is no time; undefined where it is one. */
export function timeProblem(text: string): string | undefined {
  if (RFC3339.test(text)) return undefined;
  let rest = text;
  for (const piece of PIECES) {
    const fits = /\d/.test(piece) ? /^\d+$/.test(rest.slice(0, piece.length)) : rest.startsWith(piece);
    if (!fits || rest.length < piece.length)
      return `parsing time ${quote(text)} as "${LAYOUT}": cannot parse ${quote(rest)} as ${quote(piece)}`;
    rest = rest.slice(piece.length);
  }
  return `parsing time ${quote(text)} as "${LAYOUT}": cannot parse ${quote(rest)} as "Z07:00"`;
}
