/** Sprig's functions as Helm offers them; those that cannot be had here are refused by name where they are called. */
import { type FunctionTable, fn } from "../../template/index.ts";
import { COLLECTIONS } from "./collections.ts";
import { dateFunctions } from "./dates.ts";
import { ENCODING, randomFunctions } from "./encoding.ts";
import { MATH } from "./math.ts";
import { STRINGS } from "./strings.ts";

const CERTIFICATES =
  "making certificates and keys is not available here; create them with openssl and pass them as values";
const CIPHERS = "this cipher is not available here; pass the finished value instead";
const REFUSED: Readonly<Record<string, string>> = {
  buildCustomCert: CERTIFICATES,
  genCA: CERTIFICATES,
  genCAWithKey: CERTIFICATES,
  genPrivateKey: CERTIFICATES,
  genSelfSignedCert: CERTIFICATES,
  genSelfSignedCertWithKey: CERTIFICATES,
  genSignedCert: CERTIFICATES,
  genSignedCertWithKey: CERTIFICATES,
  bcrypt: CIPHERS,
  htpasswd: CIPHERS,
  derivePassword: CIPHERS,
  encryptAES: CIPHERS,
  decryptAES: CIPHERS,
};

interface SprigOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

export function sprigFunctions({ now, random }: SprigOptions): FunctionTable {
  const refused = Object.entries(REFUSED).map(([name, words]) => [
    name,
    fn("any...", () => {
      throw new Error(words);
    }),
  ]);
  return {
    ...STRINGS,
    ...MATH,
    ...COLLECTIONS,
    ...ENCODING,
    ...dateFunctions(now),
    ...randomFunctions(random),
    ...(Object.fromEntries(refused) as FunctionTable),
  };
}
