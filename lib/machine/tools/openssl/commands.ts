/** openssl genrsa, genpkey, ecparam, rsa, ec, pkey, req, verify, and x509's signing. */
import { isErrno } from "../../errno.ts";
import { DerError } from "../support/der.ts";
import { readAll, type Tool } from "../support/tool.ts";
import {
  type Certificate,
  type CertificateRequest,
  nameText,
  parseCertificate,
  parseRequest,
  publicKeyText,
  requestText,
} from "../support/x509.ts";
import { type ConfigSections, parseConfig, setting } from "./config.ts";
import {
  type Key,
  makeCurveKey,
  makeRsaKey,
  type PublicKey,
  pem,
  privateDer,
  publicDer,
  readKey,
  readPublicKey,
  traditionalDer,
  unwrapped,
  verify as verifySignature,
} from "./keys.ts";
import {
  ExtensionError,
  encodeExtension,
  encodeName,
  makeCertificate,
  makeRequest,
  parseSubject,
  SubjectError,
  serialFrom,
} from "./making.ts";
import { type Host, randomBytes } from "./numbers.ts";

export type Options = ReadonlyMap<string, string | true>;
export type Command = (
  tool: Tool,
  options: Options,
  operands: readonly string[],
  name: string,
  words: readonly string[],
) => Promise<number>;

const hostOf = (tool: Tool): Host => ({
  spend: (units) => tool.spend(units),
  random: () => tool.process.clock.random(),
});

const textOption = (options: Options, name: string): string | undefined => {
  const value = options.get(name);
  return typeof value === "string" ? value : undefined;
};

async function say(tool: Tool, text: string): Promise<void> {
  await tool.out.flush();
  await tool.process.stderr.write(text);
}

async function bytes(tool: Tool, path: string | undefined): Promise<Uint8Array> {
  const reader = tool.open(path ?? "-");
  const data = await readAll(tool, reader);
  if (path !== undefined && path !== "-") reader.close();
  return data;
}

/** `what` cannot be read: said as openssl says it. */
async function load(tool: Tool, path: string | undefined, what: string): Promise<Uint8Array> {
  try {
    return await bytes(tool, path);
  } catch (error) {
    if (!isErrno(error)) throw error;
    return tool.die(
      `Could not open file or uri for loading ${what} from ${path}${what === "certificate file" ? `\nUnable to load ${what}` : ""}`,
    );
  }
}

async function loadKey(tool: Tool, path: string | undefined, what = "private key"): Promise<Key> {
  const key = readKey(await load(tool, path, what));
  if (key === "encrypted") return tool.die("keys with a password are not available here");
  return key ?? tool.die(`Could not read ${what} from ${path ?? "<stdin>"}`);
}

/** To -out, where only its owner may read it, or to the standard output. */
async function put(
  tool: Tool,
  options: Options,
  data: string | Uint8Array,
  secret = false,
  option = "out",
): Promise<void> {
  const path = textOption(options, option);
  if (path === undefined || path === "-") {
    await tool.out.write(data);
    return;
  }
  try {
    tool.process.files.writeFile(path, data, secret ? { mode: 0o600 } : {});
  } catch (error) {
    if (!isErrno(error)) throw error;
    await tool.die(`Can't open "${path}" for writing, ${error.message}`);
  }
}

const MIN_BITS = 512;
const MAX_BITS = 4096;

async function newRsaKey(tool: Tool, text: string, command: string): Promise<Key> {
  const size = Number(text);
  if (!/^\d+$/.test(text))
    return tool.die(`${command}: Can't parse "${text}" as a number\n${command}: Use -help for summary.`);
  if (size < MIN_BITS) return tool.die(`${command}: Error: key size too small`);
  if (size > MAX_BITS || size % 16 !== 0) return tool.die(`${command}: keys of ${size} bits are not available here`);
  return makeRsaKey(size, hostOf(tool));
}

const der = (options: Options) => /^der$/i.test(textOption(options, "outform") ?? "");

function keyText(key: Key, options: Options, traditional: boolean): string | Uint8Array {
  if (der(options)) return traditional ? traditionalDer(key) : privateDer(key);
  if (!traditional) return pem("PRIVATE KEY", privateDer(key));
  return pem(key.kind === "rsa" ? "RSA PRIVATE KEY" : "EC PRIVATE KEY", traditionalDer(key));
}

export const genrsa: Command = async (tool, options, operands) => {
  if (operands.length > 1) return tool.die("Extra arguments given.\ngenrsa: Use -help for summary.");
  await put(
    tool,
    options,
    keyText(await newRsaKey(tool, operands[0] ?? "2048", "genrsa"), options, options.has("traditional")),
    true,
  );
  return 0;
};

export const genpkey: Command = async (tool, options, _operands, _name, words) => {
  const algorithm = textOption(options, "algorithm");
  const settings = words.flatMap((word, at) => (word === "-pkeyopt" ? [words[at + 1] ?? ""] : []));
  const chosen = new Map(settings.map((each) => each.split(":") as [string, string]));
  if (algorithm === undefined) return tool.die("genpkey: -algorithm is needed here\ngenpkey: Use -help for summary.");
  let key: Key;
  if (/^rsa$/i.test(algorithm)) key = await newRsaKey(tool, chosen.get("rsa_keygen_bits") ?? "2048", "genpkey");
  else if (/^ec$/i.test(algorithm)) {
    const curve = chosen.get("ec_paramgen_curve");
    if (curve === undefined) return tool.die("genpkey: Error generating EC key\nno parameters set");
    if (!/^(P-256|prime256v1|secp256r1)$/.test(curve))
      return tool.die(`the curve ${curve} is not available here, only P-256`);
    key = await makeCurveKey(hostOf(tool));
  } else return tool.die(`keys for ${algorithm} are not available here, only for RSA and EC`);
  await put(tool, options, keyText(key, options, false), true);
  return 0;
};

export const ecparam: Command = async (tool, options) => {
  if (options.has("list_curves")) {
    await tool.out.write("  prime256v1: X9.62/SECG curve over a 256 bit prime field\n");
    return 0;
  }
  const curve = textOption(options, "name") ?? "";
  if (!/^(P-256|prime256v1|secp256r1)$/.test(curve))
    return tool.die(`the curve '${curve}' is not available here, only prime256v1`);
  let out = options.has("noout")
    ? ""
    : "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
  if (options.has("genkey")) out += keyText(await makeCurveKey(hostOf(tool)), options, true);
  await put(tool, options, out, options.has("genkey"));
  return 0;
};

/** rsa, ec and pkey: a key looked at, or written in another form. */
export const pkey: Command = async (tool, options, _operands, name) => {
  const path = textOption(options, "in");
  let key: Key | undefined;
  let open: PublicKey;
  if (options.has("pubin")) {
    const block = unwrapped(await load(tool, path, "public key"), /PUBLIC KEY/);
    const read = block === undefined ? undefined : readPublicKey(block.der);
    if (read === undefined) return tool.die(`Could not read public key from ${path ?? "<stdin>"}`);
    open = read;
  } else {
    key = await loadKey(tool, path);
    open = key;
  }
  if (name !== "pkey" && open.kind !== name) return tool.die(`Not ${name === "rsa" ? "an RSA" : "an EC"} key`);
  if (name === "ec") await say(tool, "read EC key\n");
  if (options.has("text") || options.has("text_pub")) {
    const bits = open.kind === "rsa" ? open.modulus.toString(2).length : 256;
    if (key !== undefined && !options.has("text_pub"))
      return tool.die("the text of a private key is not available here: its numbers are nobody's business");
    await tool.out.write(
      publicKeyText(publicDer(open), "")
        .replace(/^.*\n/, "")
        .replace(/^Public-Key.*$/m, `Public-Key: (${bits} bit)`),
    );
  }
  if (options.has("modulus"))
    await tool.out.write(
      open.kind === "rsa"
        ? `Modulus=${open.modulus.toString(16).toUpperCase()}\n`
        : "Modulus=No modulus for this public key type\n",
    );
  if (options.has("check")) {
    const sound = key === undefined || key.kind === "ec" || key.primes[0] * key.primes[1] === key.modulus;
    await tool.out.write(
      `${name === "pkey" ? `Key is ${sound ? "" : "in"}valid` : `${name.toUpperCase()} key ${sound ? "ok" : "error"}`}\n`,
    );
  }
  if (options.has("noout")) return 0;
  if (name !== "pkey") await say(tool, `writing ${name.toUpperCase()} key\n`);
  if (options.has("pubout") || options.has("pubin")) {
    await put(tool, options, der(options) ? publicDer(open) : pem("PUBLIC KEY", publicDer(open)));
  } else if (key !== undefined)
    await put(tool, options, keyText(key, options, options.has("traditional") || name === "ec"), true);
  return 0;
};

// ------------------------------------------------------------------------------------------------------------- requests

async function config(tool: Tool, path: string | undefined): Promise<ConfigSections> {
  if (path === undefined) return parseConfig("");
  try {
    return parseConfig(tool.process.files.readText(path));
  } catch (error) {
    if (!isErrno(error)) throw error;
    return tool.die(`Can't open "${path}" for reading, ${error.message}`);
  }
}

/** Settings that a section of the configuration gives for extensions; -addext adds to them. */
async function extensionsOf(
  tool: Tool,
  rows: readonly (readonly [string, string])[],
  sections: ConfigSections,
  keys: { readonly subject: PublicKey; readonly issuer: PublicKey } | undefined,
): Promise<Uint8Array[]> {
  const out: Uint8Array[] = [];
  for (const [name, value] of rows) {
    try {
      out.push(encodeExtension(name, value, keys, (section) => sections.get(section)));
    } catch (error) {
      if (!(error instanceof ExtensionError)) throw error;
      return tool.die(`Error adding extension ${name}=${value}\n${error.message}`);
    }
  }
  return out;
}

const addedExtensions = (words: readonly string[]): (readonly [string, string])[] =>
  words.flatMap((word, at) => {
    if (word !== "-addext" && word !== "--addext") return [];
    const [name = "", value = ""] = (words[at + 1] ?? "").split(/\s*=\s*(.*)/s);
    return [[name.trim(), value] as const];
  });

async function subjectOf(tool: Tool, given: string) {
  try {
    const { parts, skipped } = parseSubject(given);
    for (const line of skipped) await say(tool, `req warning: ${line}\n`);
    return parts;
  } catch (error) {
    if (!(error instanceof SubjectError)) throw error;
    return tool.die(`req: ${error.message}`);
  }
}

async function loadRequest(tool: Tool, path: string | undefined, input = "X509 request"): Promise<CertificateRequest> {
  let data: Uint8Array;
  try {
    data = await bytes(tool, path);
  } catch (error) {
    if (!isErrno(error)) throw error;
    return tool.die(`Can't open "${path}" for reading, ${error.message}\nUnable to load ${input}`);
  }
  const block = unwrapped(data, /(?:NEW )?CERTIFICATE REQUEST/);
  try {
    if (block !== undefined) return parseRequest(block.der);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
  }
  return tool.die("Unable to load X509 request");
}

async function selfSigned(tool: Tool, request: CertificateRequest): Promise<boolean> {
  const key = readPublicKey(request.publicKey.der);
  return (
    key !== undefined &&
    (await verifySignature(key, request.signatureAlgorithm, request.body, request.signature, hostOf(tool))) === true
  );
}

export const req: Command = async (tool, options, operands, _name, words) => {
  if (operands.length > 0) return tool.die(`Extra arguments given.\nreq: Use -help for summary.`);
  const host = hostOf(tool);
  const sections = await config(tool, textOption(options, "config"));
  const makes = ["new", "x509", "newkey"].some((option) => options.has(option)) && !options.has("in");
  if (options.has("x509") && options.has("in"))
    return tool.die("req -x509 -in is not available here: openssl x509 -req does it");
  let request: CertificateRequest;
  let made: Uint8Array | undefined;
  if (makes) {
    const newkey = textOption(options, "newkey");
    let key: Key;
    if (options.has("key") && newkey === undefined) key = await loadKey(tool, textOption(options, "key"));
    else {
      const [kind = "", size = "2048"] = (newkey ?? "rsa:2048").split(":");
      if (!options.has("nodes") && !options.has("noenc"))
        return tool.die("req: new keys with a password are not available here: add -nodes");
      if (/^rsa$/i.test(kind)) key = await newRsaKey(tool, size, "req");
      else if (/^ec$/i.test(kind)) {
        const curve = words[words.indexOf("-pkeyopt") + 1] ?? "";
        if (!words.includes("-pkeyopt") || !/^ec_paramgen_curve:(P-256|prime256v1|secp256r1)$/.test(curve))
          return tool.die("req: only -newkey ec -pkeyopt ec_paramgen_curve:P-256 is available here for curves");
        key = await makeCurveKey(host);
      } else return tool.die(`req: keys of the kind '${newkey}' are not available here`);
      const target = textOption(options, "keyout") ?? setting(sections, "req", "default_keyfile") ?? "privkey.pem";
      await put(tool, new Map([["out", target]]), pem("PRIVATE KEY", privateDer(key)), true);
      await say(tool, "-----\n");
    }
    const subj = textOption(options, "subj");
    const names = sections.get(setting(sections, "req", "distinguished_name") ?? "") ?? [];
    const silent = /^(no|0|false)$/.test(setting(sections, "req", "prompt") ?? "");
    if (subj === undefined && !silent)
      return tool.die(
        'req: the questions of a request are not available here: give -subj "/CN=name/O=group", or -config with prompt = no',
      );
    const subject =
      subj !== undefined
        ? await subjectOf(tool, subj)
        : names.map(([type, value]) => ({ type: type.replace(/^\d+\./, ""), value }));
    const asked =
      textOption(options, options.has("x509") ? "extensions" : "reqexts") ??
      textOption(options, "extensions") ??
      setting(sections, "req", options.has("x509") ? "x509_extensions" : "req_extensions");
    const rows = [...(asked === undefined ? [] : (sections.get(asked) ?? [])), ...addedExtensions(words)];
    if (asked !== undefined && !sections.has(asked))
      return tool.die(`Error checking request extension section ${asked}`);
    if (options.has("x509")) {
      const given = new Set(rows.map(([name]) => name));
      const usual = (
        [
          ["subjectKeyIdentifier", "hash"],
          ["authorityKeyIdentifier", "keyid"],
          ["basicConstraints", "critical,CA:true"],
        ] as const
      ).filter(([name]) => !given.has(name) && asked === undefined);
      const extensions = await extensionsOf(tool, [...usual, ...rows], sections, { subject: key, issuer: key });
      const certificate = await makeCertificate(
        key,
        await validity(tool, options, 30, {
          serial: serialFrom(randomBytes(host, 20)),
          issuer: encodeName(subject),
          subject: encodeName(subject),
          publicKey: publicDer(key),
          extensions,
        }),
        host,
      );
      await put(tool, options, der(options) ? certificate : pem("CERTIFICATE", certificate));
      return 0;
    }
    made = await makeRequest(key, subject, await extensionsOf(tool, rows, sections, undefined), host);
    request = parseRequest(made);
  } else {
    request = await loadRequest(tool, textOption(options, "in"));
    made = request.der;
  }
  let status = 0;
  if (options.has("verify")) {
    const sound = await selfSigned(tool, request);
    await say(tool, `Certificate request self-signature verify ${sound ? "OK" : "failure"}\n`);
    if (!sound) status = 1;
  }
  if (options.has("text")) await tool.out.write(requestText(request));
  if (options.has("pubkey")) await tool.out.write(pem("PUBLIC KEY", request.publicKey.der));
  if (options.has("subject")) await tool.out.write(`subject=${nameText(request.subject)}\n`);
  if (!options.has("noout")) await put(tool, options, der(options) ? made : pem("CERTIFICATE REQUEST", made));
  return status;
};

/** -days from now on. */
async function validity<T>(
  tool: Tool,
  options: Options,
  standard: number,
  rest: T,
): Promise<T & { readonly notBefore: number; readonly notAfter: number }> {
  const text = textOption(options, "days");
  if (text !== undefined && !/^\d+$/.test(text)) return tool.die(`Can't parse "${text}" as a number`);
  const now = tool.process.clock.now();
  return { ...rest, notBefore: now, notAfter: now + Number(text ?? standard) * 86_400_000 };
}

async function loadCertificate(tool: Tool, path: string | undefined, what: string): Promise<Certificate> {
  const block = unwrapped(await load(tool, path, what), /(?:TRUSTED )?CERTIFICATE/);
  try {
    if (block !== undefined) return parseCertificate(block.der);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
  }
  return tool.die(`Could not read ${what} from ${path ?? "<stdin>"}\nUnable to load certificate`);
}

/** `openssl x509 -req`: a request becomes a certificate. Gives its DER. */
export async function signRequest(tool: Tool, options: Options, _words: readonly string[]): Promise<Uint8Array> {
  const host = hostOf(tool);
  const request = await loadRequest(tool, textOption(options, "in"), "certificate request input");
  if (!(await selfSigned(tool, request)))
    return tool.die("Certificate request self-signature did not match the contents");
  await say(tool, `Certificate request self-signature ok\nsubject=${nameText(request.subject)}\n`);
  const subjectKey = readPublicKey(request.publicKey.der);
  if (subjectKey === undefined) return tool.die("the request's kind of key is not available here");
  const sections = await config(tool, textOption(options, "extfile"));
  const section =
    textOption(options, "extensions") ??
    (options.has("extfile") ? (setting(sections, "default", "extensions") ?? "default") : undefined);
  if (section !== undefined && !sections.has(section)) return tool.die(`Error checking extension section ${section}`);
  const own = textOption(options, "signkey") ?? textOption(options, "key");
  const authority = textOption(options, "CA");
  if (authority === undefined && own === undefined) return tool.die("We need a private key to sign with");
  const issuer = authority === undefined ? undefined : await loadCertificate(tool, authority, "CA certificate");
  const key = await loadKey(
    tool,
    own ?? textOption(options, "CAkey") ?? authority,
    issuer === undefined ? "private key" : "CA private key",
  );
  const issuerKey = issuer === undefined ? key : readPublicKey(issuer.publicKey.der);
  if (issuerKey === undefined) return tool.die("the authority's kind of key is not available here");
  const matches = (a: PublicKey, b: PublicKey) =>
    a.kind === "rsa" && b.kind === "rsa"
      ? a.modulus === b.modulus
      : a.kind === "ec" && b.kind === "ec" && a.point.x === b.point.x && a.point.y === b.point.y;
  if (!matches(issuerKey, key)) return tool.die("CA certificate and CA private key do not match");
  const rows = (section === undefined ? [] : (sections.get(section) ?? [])).filter(([name]) => name !== "extensions");
  const copied = /^copy(all)?$/.test(textOption(options, "copy_extensions") ?? "") ? request.extensionDers : [];
  const extensions = [...copied, ...(await extensionsOf(tool, rows, sections, { subject: subjectKey, issuer: key }))];
  const serial = await serialNumber(tool, options, authority, host);
  return makeCertificate(
    key,
    await validity(tool, options, 30, {
      serial,
      issuer: issuer === undefined ? request.subjectDer : issuer.subjectDer,
      subject: request.subjectDer,
      publicKey: request.publicKey.der,
      extensions,
    }),
    host,
  );
}

/** From -set_serial, from the authority's file, or new. */
async function serialNumber(tool: Tool, options: Options, authority: string | undefined, host: Host): Promise<bigint> {
  const { files } = tool.process;
  const given = textOption(options, "set_serial");
  if (given !== undefined) {
    if (!/^(0x[0-9a-f]+|\d+)$/i.test(given)) return tool.die(`Invalid serial number ${given}`);
    return BigInt(given);
  }
  const file =
    textOption(options, "CAserial") ??
    (authority === undefined ? undefined : `${authority.replace(/\.[^./]*$/, "")}.srl`);
  const wanted = options.has("CAserial") || options.has("CAcreateserial");
  if (file === undefined || !wanted) return serialFrom(randomBytes(host, 20));
  if (!files.exists(file)) {
    if (!options.has("CAcreateserial")) return tool.die(`Unable to load serial number from ${file}`);
    const fresh = serialFrom(randomBytes(host, 20));
    writeSerial(tool, file, fresh);
    return fresh;
  }
  const next = BigInt(`0x${files.readText(file).trim()}`) + 1n;
  writeSerial(tool, file, next);
  return next;
}

function writeSerial(tool: Tool, file: string, value: bigint): void {
  const hex = value.toString(16).toUpperCase();
  tool.process.files.writeFile(file, `${hex.length % 2 === 1 ? "0" : ""}${hex}\n`);
}

export const verify: Command = async (tool, options, operands) => {
  const host = hostOf(tool);
  const read = async (option: string): Promise<Certificate[]> => {
    const path = textOption(options, option);
    if (path === undefined) return [];
    const text = new TextDecoder().decode(await load(tool, path, "file"));
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
    if (blocks.length === 0)
      return tool.die(`Could not read ${option === "CAfile" ? "trusted certificates" : "certificates"} from ${path}`);
    return blocks.map((block) =>
      parseCertificate((unwrapped(new TextEncoder().encode(block), /CERTIFICATE/) as { der: Uint8Array }).der),
    );
  };
  const trusted = await read("CAfile");
  const others = await read("untrusted");
  let status = 0;
  for (const path of operands.length === 0 ? [undefined] : operands) {
    const certificate = await loadCertificate(tool, path, "certificate file");
    const problem = await chainProblem(tool, certificate, trusted, others, host);
    if (problem === undefined) {
      await tool.out.write(`${path ?? "stdin"}: OK\n`);
      continue;
    }
    status = 2;
    await say(
      tool,
      `${nameText(problem.at.subject)}\nerror ${problem.code} at ${problem.depth} depth lookup: ${problem.words}\nerror ${path ?? "stdin"}: verification failed\n`,
    );
  }
  return status;
};

async function chainProblem(
  tool: Tool,
  leaf: Certificate,
  trusted: readonly Certificate[],
  others: readonly Certificate[],
  host: Host,
) {
  let at = leaf;
  const now = tool.process.clock.now();
  for (let depth = 0; depth < 20; depth++) {
    const bad = (code: number, words: string) => ({ at, code, words, depth });
    const isTrusted = trusted.some((each) => sameBytes(each.der, at.der));
    const issuer =
      isTrusted && sameBytes(at.subjectDer, at.issuerDer)
        ? at
        : [...trusted, ...others].find((each) => sameBytes(each.subjectDer, at.issuerDer));
    if (issuer === undefined)
      return sameBytes(at.subjectDer, at.issuerDer)
        ? bad(
            depth === 0 ? 18 : 19,
            depth === 0 ? "self-signed certificate" : "self-signed certificate in certificate chain",
          )
        : bad(20, "unable to get local issuer certificate");
    const key = readPublicKey(issuer.publicKey.der);
    if (key === undefined || (await verifySignature(key, at.signatureAlgorithm, at.body, at.signature, host)) !== true)
      return bad(7, "certificate signature failure");
    if (issuer !== at && !issuer.authority)
      return { ...bad(79, "invalid CA certificate"), at: issuer, depth: depth + 1 };
    if (at.notBefore > now) return bad(9, "certificate is not yet valid");
    if (at.notAfter < now) return bad(10, "certificate has expired");
    if (issuer === at) return undefined;
    if (trusted.some((each) => sameBytes(each.der, issuer.der)) && sameBytes(issuer.subjectDer, issuer.issuerDer)) {
      at = issuer;
      continue;
    }
    at = issuer;
  }
  return { at, code: 22, words: "certificate chain too long", depth: 20 };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
