/** Numbers as printf(3) of the C library writes them. Shared by the shell's printf, awk, seq and others. */

/** "+" and " " of a conversion's flags. */
export function signed(value: string, flags: string): string {
  if (value.startsWith("-")) return value;
  return flags.includes("+") ? `+${value}` : flags.includes(" ") ? ` ${value}` : value;
}

/** To `width` characters; `zero`: the "0" flag counts for this conversion. */
export function pad(text: string, width: number, flags: string, zero: boolean): string {
  if (width === 0) return text;
  const length = Array.from(text).length;
  if (length >= width) return text;
  if (flags.includes("-")) return text + " ".repeat(width - length);
  if (zero && flags.includes("0")) {
    const sign = /^[+\- ]?(?:0[xX])?/.exec(text)?.[0] ?? "";
    return sign + "0".repeat(width - length) + text.slice(sign.length);
  }
  return " ".repeat(width - length) + text;
}

/** A conversion of a floating point number: `letter` is one of e, E, f, F, g, G. */
export function formatFloat(value: number, letter: string, precision: number, flags: string): string {
  const lower = letter.toLowerCase();
  const cased = (text: string) => (letter === lower ? text : text.toUpperCase());
  if (!Number.isFinite(value)) return cased(signed(Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf", flags));
  const digits = Math.min(precision, 100);
  let text: string;
  if (lower === "f")
    text =
      Math.abs(value) < 1e21
        ? fixed(value, digits)
        : BigInt(value).toString() + (digits > 0 ? `.${"0".repeat(digits)}` : "");
  else if (lower === "e") text = exponent(value, digits);
  else {
    const significant = digits === 0 ? 1 : digits;
    const power = value === 0 ? 0 : Number(exponent(value, significant - 1).split("e")[1]);
    text =
      power < -4 || power >= significant
        ? exponent(value, significant - 1)
        : fixed(value, Math.min(100, significant - 1 - power));
    if (!flags.includes("#") && text.includes(".")) text = text.replace(/\.?0+(?=e|$)/, "");
  }
  if (Object.is(value, -0) && !text.startsWith("-")) text = `-${text}`;
  return signed(cased(text), flags);
}

/** JavaScript rounds ties away from zero, C to even: 2.5 is "2", 3.5 is "4". */
function fixed(value: number, digits: number): string {
  const rounded = value.toFixed(digits);
  const exact = value.toFixed(Math.min(100, digits + 30));
  const point = exact.indexOf(".");
  const cut = digits === 0 ? point : point + 1 + digits;
  if (point === -1 || !/^\.?50*$/.test(exact.slice(cut))) return rounded;
  const truncated = exact.slice(0, cut);
  return /[02468]$/.test(truncated) ? truncated : rounded;
}

function exponent(value: number, digits: number): string {
  const widen = (text: string) => text.replace(/e([+-])(\d)$/, "e$10$2");
  const rounded = value.toExponential(digits);
  const exact = value.toExponential(Math.min(100, digits + 30));
  const [mantissa = "", power = ""] = exact.split("e");
  const cut = mantissa.indexOf(".") + (digits === 0 ? 0 : 1 + digits);
  if (mantissa.includes(".") && /^\.?50*$/.test(mantissa.slice(cut))) {
    const truncated = mantissa.slice(0, cut);
    if (/[02468]$/.test(truncated)) return widen(`${truncated}e${power}`);
  }
  return widen(rounded);
}
