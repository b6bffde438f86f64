export {
  base64Problem,
  CorruptBase64,
  decodeBase64,
  decodeBase64Text,
  decodeBase64Url,
  encodeBase64,
  encodeBase64Url,
  tryDecodeBase64,
} from "./base64.ts";
export { concatBytes } from "./bytes.ts";
export { ABBREVIATED_MONTHS, DAYS, MONTHS } from "./calendar.ts";
export { toCel } from "./cel.ts";
export { crc32 } from "./crc32.ts";
export { createDigest, type DigestName, digest, fromHex, hmac, pbkdf2, toHex } from "./digest.ts";
export { age, durationProblem, formatDuration, humanDuration, parseDuration } from "./duration.ts";
export * from "./quantity.ts";
export { quote } from "./quote.ts";
export { hasMany, toYaml, yamlSteps } from "./yaml.ts";
