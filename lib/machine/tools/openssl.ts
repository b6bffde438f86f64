/** openssl: keys, requests and certificates (openssl/commands.ts), rand, base64, dgst, x509, version. The rest says that it is not here. */
import { concatBytes, createDigest, type DigestName, encodeBase64, tryDecodeBase64 } from "../../encoding/index.ts";
import { isErrno } from "../errno.ts";
import { inPieces } from "../pieces.ts";
import type { Process, Program } from "../types.ts";
import type { Command, Options } from "./openssl/commands.ts";
import * as making from "./openssl/commands.ts";
import { rand, wrapLines } from "./openssl/rand.ts";
import { DerError } from "./support/der.ts";
import { ParsedOptions } from "./support/options.ts";
import { Exit, readAll, Tool } from "./support/tool.ts";
import {
  type Certificate,
  certificateText,
  extensionBlocks,
  nameText,
  parseCertificate,
  serialText,
  timeText,
} from "./support/x509.ts";

const VERSION = "OpenSSL 3.0.15 3 Sep 2024 (Library: OpenSSL 3.0.15 3 Sep 2024)\n";
const DIGESTS: Readonly<Record<string, readonly [DigestName, string]>> = {
  sha256: ["sha256", "SHA2-256"],
  sha512: ["sha512", "SHA2-512"],
  sha1: ["sha1", "SHA1"],
  md5: ["md5", "MD5"],
};

async function input(tool: Tool, path: string | undefined): Promise<Uint8Array> {
  const reader = tool.open(path ?? "-");
  const data = await readAll(tool, reader);
  if (path !== undefined && path !== "-") reader.close();
  return data;
}

async function output(tool: Tool, options: Options, data: string | Uint8Array): Promise<void> {
  const path = options.get("out");
  if (typeof path === "string") tool.process.files.writeFile(path, data);
  else await tool.out.write(data);
}

/** Bytes between two payments: whole lines of 48 bytes, whole groups of 4 digits. */
const PIECE = 12_288;

const base64: Command = async (tool, options) => {
  const path = options.get("in");
  const data = await input(tool, typeof path === "string" ? path : undefined);
  if (options.has("d")) {
    const text = await inPieces(
      new TextDecoder().decode(data),
      (piece) => piece.replace(/\s/g, ""),
      (units) => tool.spend(units),
    );
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < text.length; at += PIECE) {
      pieces.push(tryDecodeBase64(text.slice(at, at + PIECE)) ?? new Uint8Array());
      await tool.spend(PIECE >> 4);
    }
    await output(tool, options, concatBytes(pieces));
    return 0;
  }
  let text = "";
  for (let at = 0; at < data.length; at += PIECE) {
    const encoded = encodeBase64(data.subarray(at, at + PIECE));
    text += options.has("A") ? encoded : wrapLines(encoded);
    await tool.spend(PIECE >> 4);
  }
  await output(tool, options, text);
  return 0;
};

async function digestOf(tool: Tool, name: DigestName, data: Uint8Array): Promise<string> {
  const digest = createDigest(name);
  for (let at = 0; at < data.length; at += 16_384) {
    digest.update(data.subarray(at, at + 16_384));
    await tool.spend(512);
  }
  return digest.hex();
}

const dgst: Command = async (tool, options, operands, command) => {
  const name =
    [...options.keys()].find((key) => Object.hasOwn(DIGESTS, key)) ?? (command === "dgst" ? "sha256" : command);
  const [algorithm, named] = DIGESTS[name] ?? (["sha256", "SHA2-256"] as const);
  // The default goes by its older name.
  const title = command === "dgst" && !options.has(name) ? "SHA256" : named;
  let status = 0;
  for (const path of operands.length === 0 ? [undefined] : operands) {
    let data: Uint8Array;
    try {
      data = await input(tool, path);
    } catch (error) {
      if (!isErrno(error)) throw error;
      await tool.process.stderr.write(`${path}: ${error.message}\n`);
      status = 1;
      continue;
    }
    const hex = await digestOf(tool, algorithm, data);
    if (options.has("r")) await tool.out.write(`${hex} *${path ?? "stdin"}\n`);
    else await tool.out.write(`${title}(${path ?? "stdin"})= ${hex}\n`);
  }
  return status;
};

const PEM = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----([\s\S]*?)-----END (?:TRUSTED )?CERTIFICATE-----/;

function readCertificate(data: Uint8Array): Certificate | undefined {
  const text = new TextDecoder().decode(data);
  const pem = PEM.exec(text);
  const der = pem === null ? data : tryDecodeBase64((pem[1] ?? "").replace(/\s/g, ""));
  if (der === undefined || der[0] !== 0x30) return undefined;
  try {
    return parseCertificate(der);
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

function toPem(der: Uint8Array, label: string): string {
  return `-----BEGIN ${label}-----\n${wrapLines(encodeBase64(der))}-----END ${label}-----\n`;
}

const x509: Command = async (tool, options, operands, _name, words) => {
  if (operands.length > 0) return tool.die(`x509: Unknown option: ${operands[0]}\nx509: Use -help for summary.`);
  if (!options.has("req") && (options.has("CA") || options.has("signkey") || options.has("key")))
    return tool.die("x509: signing a certificate anew is not available here, only requests: -req");
  const path = options.get("in");
  let data: Uint8Array;
  try {
    data = options.has("req")
      ? await making.signRequest(tool, options, words)
      : await input(tool, typeof path === "string" ? path : undefined);
  } catch (error) {
    if (!isErrno(error)) throw error;
    await tool.process.stderr.write(
      `Could not open file or uri for loading certificate from ${path}: ${error.message}\nUnable to load certificate\n`,
    );
    return 1;
  }
  const certificate = readCertificate(data);
  if (certificate === undefined) {
    await tool.process.stderr.write(
      `Could not read certificate from ${path ?? "<stdin>"}\nUnable to load certificate\n`,
    );
    return 1;
  }
  const compact = /RFC2253/i.test(String(options.get("nameopt") ?? ""));
  const name = (parts: Certificate["subject"]) => nameText(parts, compact);
  const digest = options.has("sha256") ? "sha256" : options.has("md5") ? "md5" : "sha1";
  let status = 0;
  // In the order they were asked for.
  for (const [option, value] of options) {
    switch (option) {
      case "text":
        await tool.out.write(certificateText(certificate));
        break;
      case "subject":
        await tool.out.write(`subject=${name(certificate.subject)}\n`);
        break;
      case "issuer":
        await tool.out.write(`issuer=${name(certificate.issuer)}\n`);
        break;
      case "serial":
        await tool.out.write(`serial=${serialText(certificate.serial)}\n`);
        break;
      case "startdate":
      case "dates":
        await tool.out.write(`notBefore=${timeText(certificate.notBefore)}\n`);
        if (option === "dates") await tool.out.write(`notAfter=${timeText(certificate.notAfter)}\n`);
        break;
      case "enddate":
        await tool.out.write(`notAfter=${timeText(certificate.notAfter)}\n`);
        break;
      case "fingerprint": {
        const hex = await digestOf(tool, digest, certificate.der);
        const shown = options.has(digest) ? digest : "SHA1";
        await tool.out.write(`${shown} Fingerprint=${hex.toUpperCase().match(/../g)?.join(":") ?? ""}\n`);
        break;
      }
      case "pubkey":
        await tool.out.write(toPem(certificate.publicKey.der, "PUBLIC KEY"));
        break;
      case "ext": {
        const blocks = extensionBlocks(certificate, String(value).split(","));
        await tool.out.write(blocks);
        if (blocks !== "") break;
        await tool.out.flush();
        await tool.process.stderr.write("No extensions matched in certificate\n");
        break;
      }
      case "checkend": {
        const expires = certificate.notAfter < tool.process.clock.now() + Number(value) * 1000;
        await tool.out.write(`Certificate will ${expires ? "expire" : "not expire"}\n`);
        if (expires) status = 1;
        break;
      }
    }
  }
  if (!options.has("noout")) {
    const der = options.get("outform") === "DER" || options.get("outform") === "der";
    await output(tool, options, der ? certificate.der : toPem(certificate.der, "CERTIFICATE"));
  }
  return status;
};

interface Spec {
  readonly run: Command;
  readonly flags: readonly string[];
  readonly values: readonly string[];
}

const digestFlags = ["sha256", "sha512", "sha1", "md5"];
const COMMANDS: Readonly<Record<string, Spec>> = {
  rand: { run: rand, flags: ["hex", "base64"], values: ["out"] },
  base64: { run: base64, flags: ["d", "e", "A", "a"], values: ["in", "out"] },
  dgst: { run: dgst, flags: [...digestFlags, "r", "hex", "c"], values: [] },
  sha256: { run: dgst, flags: ["r"], values: [] },
  sha512: { run: dgst, flags: ["r"], values: [] },
  sha1: { run: dgst, flags: ["r"], values: [] },
  md5: { run: dgst, flags: ["r"], values: [] },
  genrsa: { run: making.genrsa, flags: ["traditional", "3", "f4", "F4"], values: ["out", "outform"] },
  genpkey: { run: making.genpkey, flags: ["quiet"], values: ["algorithm", "out", "outform", "pkeyopt"] },
  ecparam: { run: making.ecparam, flags: ["genkey", "noout", "list_curves"], values: ["name", "out", "outform"] },
  rsa: {
    run: making.pkey,
    flags: ["noout", "text", "pubin", "pubout", "modulus", "check", "traditional"],
    values: ["in", "out", "inform", "outform"],
  },
  ec: {
    run: making.pkey,
    flags: ["noout", "text", "pubin", "pubout", "check"],
    values: ["in", "out", "inform", "outform"],
  },
  pkey: {
    run: making.pkey,
    flags: ["noout", "text", "text_pub", "pubin", "pubout", "check", "traditional"],
    values: ["in", "out", "inform", "outform"],
  },
  req: {
    run: making.req,
    flags: ["new", "x509", "nodes", "noenc", "text", "noout", "verify", "subject", "pubkey", "batch", "sha256", "utf8"],
    values: [
      "in",
      "out",
      "key",
      "keyout",
      "newkey",
      "subj",
      "addext",
      "config",
      "days",
      "inform",
      "outform",
      "pkeyopt",
      "extensions",
      "reqexts",
    ],
  },
  verify: { run: making.verify, flags: ["x509_strict"], values: ["CAfile", "untrusted"] },
  x509: {
    run: x509,
    flags: [
      ...digestFlags,
      "noout",
      "text",
      "subject",
      "issuer",
      "serial",
      "dates",
      "startdate",
      "enddate",
      "fingerprint",
      "pubkey",
      "req",
      "CAcreateserial",
    ],
    values: [
      "in",
      "out",
      "inform",
      "outform",
      "nameopt",
      "ext",
      "checkend",
      "CA",
      "CAkey",
      "CAserial",
      "days",
      "extfile",
      "extensions",
      "set_serial",
      "signkey",
      "key",
      "copy_extensions",
    ],
  },
  version: {
    run: async (tool) => {
      await tool.out.write(VERSION);
      return 0;
    },
    flags: ["a", "v"],
    values: [],
  },
};
/** Commands of the real one that are not here. */
const ABSENT = new Set(
  "asn1parse ca ciphers cms crl dhparam enc list passwd pkcs12 pkcs7 pkcs8 s_client s_server s_time speed".split(" "),
);

async function readOptions(tool: Tool, name: string, spec: Spec, words: readonly string[]) {
  const options = new Map<string, string | true>();
  const operands: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (word === "--") {
      operands.push(...words.slice(at + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      operands.push(word);
      continue;
    }
    const option = word.replace(/^--?/, "");
    if (spec.flags.includes(option)) options.set(option, true);
    else if (spec.values.includes(option)) {
      const value = words[++at];
      if (value === undefined)
        return tool.die(`${name}: Option -${option} needs a value\n${name}: Use -help for summary.`);
      options.set(option, value);
    } else return tool.die(`${name}: Unknown option: -${option}\n${name}: Use -help for summary.`);
  }
  return { options, operands };
}

export const openssl: Program = async (process: Process) => {
  const tool = new Tool(process, { name: "openssl", usage: "", options: {}, raw: true }, new ParsedOptions());
  // Complaints carry the name of the command, not of openssl.
  tool.complain = async (message, status = 1) => {
    await tool.out.flush();
    tool.status = Math.max(tool.status, status);
    await process.stderr.write(`${message}\n`);
  };
  const [name = "help", ...words] = process.argv.slice(1);
  try {
    const spec = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (spec === undefined) {
      if (name === "help") {
        await process.stdout.write(`Commands here: ${Object.keys(COMMANDS).sort().join(" ")}\n`);
        return 0;
      }
      if (ABSENT.has(name)) return await tool.die(`openssl ${name}: not available here`);
      return await tool.die(`Invalid command '${name}'; type "help" for a list.`);
    }
    const { options, operands } = await readOptions(tool, name, spec, words);
    const status = await spec.run(tool, options, operands, name, words);
    await tool.out.flush();
    return status;
  } catch (error) {
    if (error instanceof Exit) return error.status;
    throw error;
  }
};
