/** Versions and constraints as Masterminds/semver/v3 reads them. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly prerelease: string;
  readonly metadata: string;
  readonly original: string;
}

const PATTERN =
  /^v?(\d+)(\.\d+)?(\.\d+)?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;
const STRICT =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;

/** NewVersion: "v1" and "1.2" will do. Throws upstream's words. */
export function parseVersion(text: string): Version {
  const match = PATTERN.exec(text);
  if (match === null) throw new Error("Invalid Semantic Version");
  const number = (part: string | undefined) => Number((part ?? "0").replace(".", ""));
  const prerelease = match[4] ?? "";
  if (prerelease.split(".").some((part) => /^0\d+$/.test(part))) throw new Error("Version segment starts with 0");
  return {
    major: number(match[1]),
    minor: number(match[2]),
    patch: number(match[3]),
    prerelease,
    metadata: match[5] ?? "",
    original: text,
  };
}
export const isStrictVersion = (text: string): boolean => STRICT.test(text);

export const versionText = ({ major, minor, patch, prerelease, metadata }: Version): string =>
  `${major}.${minor}.${patch}${prerelease === "" ? "" : `-${prerelease}`}${metadata === "" ? "" : `+${metadata}`}`;

export function compareVersions(a: Version, b: Version): number {
  for (const part of ["major", "minor", "patch"] as const) if (a[part] !== b[part]) return a[part] < b[part] ? -1 : 1;
  if (a.prerelease === b.prerelease) return 0;
  if (a.prerelease === "") return 1;
  if (b.prerelease === "") return -1;
  const [left, right] = [a.prerelease.split("."), b.prerelease.split(".")];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [x, y] = [left[i], right[i]];
    if (x === y) continue;
    if (x === undefined) return -1;
    if (y === undefined) return 1;
    const [xNumber, yNumber] = [/^\d+$/.test(x), /^\d+$/.test(y)];
    if (xNumber && yNumber) return Number(x) < Number(y) ? -1 : 1;
    if (xNumber !== yNumber) return xNumber ? -1 : 1;
    return x < y ? -1 : 1;
  }
  return 0;
}

interface Constraint {
  readonly operator: string;
  readonly version: Version;
  /** Parts that were left out or are x. */
  readonly minorDirty: boolean;
  readonly patchDirty: boolean;
  readonly dirty: boolean;
}

const PART = String.raw`v?([0-9]+|[xX*])(?:\.([0-9]+|[xX*]))?(?:\.([0-9]+|[xX*]))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?`;
const OPERATOR = String.raw`=<|=>|<=|>=|!=|~>|=|<|>|~|\^|`;
const ONE = new RegExp(String.raw`^\s*(${OPERATOR})\s*(${PART})\s*$`);
const FIND = new RegExp(String.raw`(${OPERATOR})\s*(${PART})`, "g");
const RANGE = new RegExp(String.raw`\s*(${PART})\s+-\s+(${PART})\s*`, "g");
const VALID = new RegExp(String.raw`^(\s*(${OPERATOR})\s*(${PART})\s*)((?:\s+|,\s*)(${OPERATOR})\s*(${PART})\s*)*$`);
const isWild = (part: string | undefined): boolean => part === undefined || /^[xX*]$/.test(part);

function parseOne(text: string): Constraint {
  const match = ONE.exec(text);
  if (match === null) throw new Error(`improper constraint: ${text}`);
  const [, operator = "", , major, minor, patch, prerelease = "", metadata = ""] = match;
  const number = (part: string | undefined) => (isWild(part) ? 0 : Number(part));
  const wildMajor = isWild(major);
  return {
    operator: wildMajor && operator === "" ? ">=" : operator,
    version: {
      major: number(major),
      minor: wildMajor ? 0 : number(minor),
      patch: wildMajor || isWild(minor) ? 0 : number(patch),
      prerelease,
      metadata,
      original: match[2] ?? "",
    },
    minorDirty: wildMajor || isWild(minor),
    patchDirty: wildMajor || isWild(minor) || isWild(patch),
    dirty: wildMajor || isWild(minor) || isWild(patch),
  };
}

function holds(constraint: Constraint, version: Version): boolean {
  const { operator, version: wanted, minorDirty, patchDirty, dirty } = constraint;
  // A pre-release is only what was asked for where the constraint names one.
  if (version.prerelease !== "" && wanted.prerelease === "") return false;
  const order = compareVersions(version, wanted);
  const sameMajor = version.major === wanted.major;
  const sameMinor = sameMajor && version.minor === wanted.minor;
  const tilde = (): boolean => {
    if (order < 0) return false;
    // ~0.0.0 is any version.
    if (wanted.major === 0 && wanted.minor === 0 && wanted.patch === 0 && !minorDirty && !patchDirty) return true;
    return sameMajor && (minorDirty || sameMinor);
  };
  switch (operator) {
    case "":
    case "=":
      return dirty ? tilde() : order === 0;
    case "!=":
      if (!dirty) return order !== 0;
      if (!sameMajor) return true;
      if (!sameMinor && !minorDirty) return true;
      if (minorDirty) return false;
      if (version.patch !== wanted.patch && !patchDirty) return true;
      return !patchDirty;
    case ">":
      if (!dirty) return order > 0;
      if (version.major !== wanted.major) return version.major > wanted.major;
      if (minorDirty) return false;
      return version.minor > wanted.minor;
    case ">=":
    case "=>":
      return order >= 0;
    case "<":
      return order < 0;
    case "<=":
    case "=<":
      if (!dirty) return order <= 0;
      if (version.major !== wanted.major) return version.major < wanted.major;
      return minorDirty || version.minor <= wanted.minor;
    case "~":
    case "~>":
      return tilde();
    case "^":
      if (order < 0) return false;
      if (wanted.major > 0 || minorDirty) return sameMajor;
      if (version.major > 0) return false;
      if (wanted.minor > 0 || patchDirty) return version.minor === wanted.minor;
      if (version.minor !== 0) return false;
      return version.patch === wanted.patch;
    default:
      return false;
  }
}

/** Whether a version fits "a, b || c". Throws where the constraint is none. */
export function satisfies(constraint: string, version: Version): boolean {
  return constraint
    .split("||")
    .map((part) => {
      const rewritten = part.replace(RANGE, (whole) => {
        const ends = whole.trim().split(/\s+-\s+/);
        return ` >=${ends[0]}, <=${ends[1]} `;
      });
      if (!VALID.test(rewritten)) throw new Error(`improper constraint: ${constraint}`);
      const all = [...rewritten.matchAll(FIND)].map((match) => parseOne(match[0]));
      return all.every((one) => holds(one, version));
    })
    .some((fits) => fits);
}
