/** What bytes are, by what stands in them (file 5.44): the kinds that are met around containers, and text of all sorts. */
import { programOf } from "../../executable.ts";
import { formatDate } from "../../strftime.ts";

export interface Kind {
  readonly words: string;
  readonly mime: string;
  readonly encoding: string;
}

const BINARY = "binary";
const binary = (words: string, mime: string): Kind => ({ words, mime, encoding: BINARY });
const OCTETS = "application/octet-stream";

/** `size`: of the whole; `data` is its beginning. */
export function kindOfContent(data: Uint8Array, size: number): Kind {
  if (size === 0) return binary("empty", "inode/x-empty");
  if (size === 1) return binary("very short file (no magic)", OCTETS);
  const program = programOf(data);
  if (program !== undefined)
    return binary(`executable of this machine, program ${program}`, "application/x-executable");
  return ofMagic(data, size) ?? ofText(data) ?? binary("data", OCTETS);
}

// ----------------------------------------------------------------------------------------------------------- magic

const startsWith = (data: Uint8Array, text: string, at = 0) =>
  Array.from(text).every((character, index) => data[at + index] === character.charCodeAt(0));

const big32 = (data: Uint8Array, at: number) => new DataView(data.buffer, data.byteOffset).getUint32(at);
const little32 = (data: Uint8Array, at: number) => new DataView(data.buffer, data.byteOffset).getUint32(at, true);
const little16 = (data: Uint8Array, at: number) => (data[at] ?? 0) | ((data[at + 1] ?? 0) << 8);

function ofMagic(data: Uint8Array, size: number): Kind | undefined {
  if (startsWith(data, "\x1f\x8b") && data.length >= 10) return gzip(data, size);
  if (data.length >= 262 && startsWith(data, "ustar", 257))
    return binary(`POSIX tar archive${startsWith(data, "  \0", 262) ? " (GNU)" : ""}`, "application/x-tar");
  if (startsWith(data, "\x89PNG\r\n\x1a\n") && data.length >= 29) return png(data);
  if (/^GIF8[79]a/.test(latin(data.subarray(0, 6))) && data.length >= 10)
    return binary(
      `GIF image data, version ${latin(data.subarray(3, 6))}, ${little16(data, 6)} x ${little16(data, 8)}`,
      "image/gif",
    );
  if (startsWith(data, "\xff\xd8\xff")) return binary("JPEG image data", "image/jpeg");
  if (startsWith(data, "PK\x03\x04") && data.length > 26) return binary("Zip archive data", "application/zip");
  if (/^BZh[1-9]/.test(latin(data.subarray(0, 4))))
    return binary(`bzip2 compressed data, block size = ${String.fromCharCode(data[3] ?? 0)}00k`, "application/x-bzip2");
  if (startsWith(data, "\xfd7zXZ\0")) return binary("XZ compressed data, checksum", "application/x-xz");
  if (startsWith(data, "\x28\xb5\x2f\xfd")) return binary("Zstandard compressed data", "application/zstd");
  if (startsWith(data, "\x7fELF")) {
    const bits = data[4] === 2 ? "64-bit" : "32-bit";
    const order = data[5] === 2 ? "MSB" : "LSB";
    const kind = ["unknown type", "relocatable", "executable", "shared object", "core file"][little16(data, 16)];
    const machine = { 62: "x86-64", 183: "ARM aarch64", 3: "Intel 80386" }[little16(data, 18)] ?? "unknown arch";
    return binary(
      `ELF ${bits} ${order} ${kind ?? "unknown type"}, ${machine}, version 1 (SYSV)`,
      "application/x-sharedlib",
    );
  }
  return undefined;
}

const SYSTEMS: Readonly<Record<number, string>> = { 0: "FAT filesystem (MS-DOS, OS/2, NT)", 3: "Unix", 11: "NTFS" };

function gzip(data: Uint8Array, size: number): Kind {
  const facts = ["gzip compressed data"];
  const flags = data[3] ?? 0;
  if ((flags & 8) !== 0) {
    const end = data.indexOf(0, 10);
    facts.push(`was "${latin(data.subarray(10, end === -1 ? data.length : end))}"`);
  }
  const time = little32(data, 4);
  if (time !== 0) facts.push(`last modified: ${formatDate(time * 1000, "%a %b %e %H:%M:%S %Y")}`);
  if (data[8] === 2) facts.push("max compression");
  if (data[8] === 4) facts.push("max speed");
  const system = SYSTEMS[data[9] ?? 255];
  if (system !== undefined) facts.push(`from ${system}`);
  if (data.length >= 18 && data.length === size)
    facts.push(`original size modulo 2^32 ${little32(data, data.length - 4)}`);
  return binary(facts.join(", "), "application/gzip");
}

function png(data: Uint8Array): Kind {
  const colors = { 0: " grayscale", 2: "/color RGB", 3: " colormap", 4: " gray+alpha", 6: "/color RGBA" };
  const color = colors[(data[25] ?? 0) as keyof typeof colors] ?? "";
  const shown = `${data[24]}-bit${color}, ${data[28] === 1 ? "interlaced" : "non-interlaced"}`;
  return binary(`PNG image data, ${big32(data, 16)} x ${big32(data, 20)}, ${shown}`, "image/png");
}

function latin(data: Uint8Array): string {
  let text = "";
  for (const byte of data) text += String.fromCharCode(byte);
  return text;
}

// ------------------------------------------------------------------------------------------------------------ text

interface Encoding {
  readonly words: string;
  readonly name: string;
  readonly text: string;
}

/** Bytes that stand in texts of one byte a character. */
const isPlain = (byte: number) => (byte >= 7 && byte <= 13 && byte !== 11) || byte === 27 || (byte >= 32 && byte < 127);

function encodingOf(data: Uint8Array): Encoding | undefined {
  const [first, second] = data;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    const little = first === 0xff;
    const text = new TextDecoder(little ? "utf-16le" : "utf-16be").decode(data);
    const order = little ? "little" : "big";
    return { words: `Unicode text, UTF-16, ${order}-endian`, name: `utf-16${little ? "le" : "be"}`, text };
  }
  let [ascii, control, iso, extended] = [true, false, true, true];
  for (const byte of data) {
    if (byte < 128) control ||= !isPlain(byte);
    else {
      ascii = false;
      if (byte < 160 && byte !== 133) iso = false;
    }
    if (control) break;
  }
  if (control) extended = false;
  const text = () => latin(data);
  if (ascii && !control) return { words: "ASCII", name: "us-ascii", text: text() };
  if (!control) {
    try {
      const decoded = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(wholeCharacters(data));
      const mark = decoded.startsWith("\ufeff");
      return { words: `Unicode text, UTF-8${mark ? " (with BOM)" : ""}`, name: "utf-8", text: decoded };
    } catch {
      // No UTF-8.
    }
  }
  if (iso && extended) return { words: "ISO-8859", name: "iso-8859-1", text: text() };
  return extended ? { words: "Non-ISO extended-ASCII", name: "unknown-8bit", text: text() } : undefined;
}

/** Without the character that the end of what was read cuts. */
function wholeCharacters(data: Uint8Array): Uint8Array {
  let end = data.length;
  while (end > 0 && data.length - end < 3 && ((data[end - 1] ?? 0) & 0xc0) === 0x80) end--;
  const lead = data[end - 1] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return data.length - end + 1 < length ? data.subarray(0, end - 1) : data;
}

const SHELLS: readonly (readonly [RegExp, string, string])[] = [
  [/^(?:\S*\/env\s+)?\S*\bbash\b/, "Bourne-Again shell script", "text/x-shellscript"],
  [/^(?:\S*\/env\s+sh|\/bin\/sh|\/usr\/bin\/sh)\b/, "POSIX shell script", "text/x-shellscript"],
  [/^(?:\S*\/env\s+)?\S*\bpython[\d.]*\b/, "Python script", "text/x-script.python"],
  [/^(?:\S*\/env\s+)?\S*\b[gmn]?awk\b/, "awk script", "text/x-awk"],
];

/** What the words of a text say of it; those with "text" in them say nothing of how it is encoded. */
const TEXTS: readonly (readonly [RegExp, string, string])[] = [
  [/^-----BEGIN CERTIFICATE-----/, "PEM certificate text", "text/plain"],
  [/^-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----/, "PEM certificate request text", "text/plain"],
  [/^-----BEGIN RSA PRIVATE KEY-----/, "PEM RSA private key text", "text/plain"],
  [/^-----BEGIN EC PRIVATE KEY-----/, "PEM EC private key text", "text/plain"],
  [/^-----BEGIN OPENSSH PRIVATE KEY-----/, "OpenSSH private key text", "text/plain"],
  [/^ssh-rsa /, "OpenSSH RSA public key text", "text/plain"],
  [/^ssh-ed25519 /, "OpenSSH ED25519 public key text", "text/plain"],
  [/^<\?xml version="1\.0"/, "XML 1.0 document", "text/xml"],
  [/^\s*<(?:!doctype html|html|head)\b/i, "HTML document", "text/html"],
  [/^diff /, "diff output", "text/x-diff"],
  [/^--- .*\n\+\+\+ /, "unified diff output", "text/x-diff"],
  [/^#\s*include\b|^(?:int|void)\s+main\s*\(/m, "C source", "text/x-c"],
  [/^BEGIN\s*\{/, "awk or perl script", "text/plain"],
];

const MOST_PARSED = 256 * 1024;

function ofText(data: Uint8Array): Kind | undefined {
  const encoding = encodingOf(data);
  if (encoding === undefined) return undefined;
  const { text, words, name } = encoding;
  const kind = (shown: string, mime: string): Kind => ({ words: shown, mime, encoding: name });
  const lines = linesOf(text);
  const pdf = /^%PDF-(\d\.\d)/.exec(text);
  if (pdf !== null) return kind(`PDF document, version ${pdf[1]}`, "application/pdf");
  if (/^#!\s*\S/.test(text)) return script(text, encoding, lines);
  if (isJson(text)) return kind("JSON text data", "application/json");
  for (const [pattern, shown, mime] of TEXTS) {
    if (!pattern.test(text)) continue;
    return kind(shown.endsWith(" text") ? shown.slice(0, -5) : `${shown}, ${words} text${lines}`, mime);
  }
  if (isTable(text)) return kind("CSV text", "text/csv");
  return kind(`${words} text${lines}`, "text/plain");
}

function script(text: string, { words, name }: Encoding, lines: string): Kind {
  const command = (/^#!\s*([^\n\r]*)/.exec(text)?.[1] ?? "").trimEnd();
  const kind = (shown: string, mime: string): Kind => ({ words: shown, mime, encoding: name });
  const known = SHELLS.find(([pattern]) => pattern.test(command));
  if (known !== undefined) return kind(`${known[1]}, ${words} text executable${lines}`, known[2]);
  if (/\bperl\b/.test(command)) return kind("Perl script text executable", "text/x-perl");
  if (/\bnode\b/.test(command))
    return kind(`Node.js script executable, ${words} text${lines}`, "application/javascript");
  return kind(`a ${command} script, ${words} text executable${lines}`, "text/plain");
}

function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text) || text.length > MOST_PARSED) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Lines with the same number of commas, more than one of each. */
function isTable(text: string): boolean {
  const lines = text.split("\n", 12).slice(0, 11);
  if (lines.length < 3) return false;
  const counts = lines.slice(0, -1).map((line) => line.split(",").length - 1);
  return (counts[0] ?? 0) > 0 && counts.every((count) => count === counts[0]);
}

const LONG_LINE = 300;

/** ", with CRLF line terminators" and what else there is to say of lines. */
function linesOf(text: string): string {
  const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
  const ends = { CRLF: count(/\r\n/g), CR: count(/\r(?!\n)/g), LF: count(/(?<!\r)\n/g) };
  let longest = 0;
  let from = 0;
  for (let at = text.indexOf("\n"); from <= text.length; at = text.indexOf("\n", from)) {
    const end = at === -1 ? text.length : at;
    longest = Math.max(longest, end - from);
    from = end + 1;
  }
  let words = longest > LONG_LINE ? `, with very long lines (${longest})` : "";
  const found = Object.entries(ends).filter(([, number]) => number > 0);
  if (found.length === 0) words += ", with no line terminators";
  else if (ends.CRLF + ends.CR > 0) words += `, with ${found.map(([end]) => end).join(", ")} line terminators`;
  if (text.includes("\x1b")) words += ", with escape sequences";
  if (text.includes("\b")) words += ", with overstriking";
  return words;
}
