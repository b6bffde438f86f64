/** What differs between releases: words of statements and defaults. */
export interface Release {
  readonly text: string;
  readonly mariadb: boolean;
  /** At least this release of MySQL; never for MariaDB. */
  atLeast(major: number, minor: number, patch?: number): boolean;
}

export function releaseOf(text: string): Release {
  const mariadb = text.includes("MariaDB");
  const [major = 0, minor = 0, patch = 0] = text.split(/[.-]/).map(Number);
  const number = (a: number, b: number, c: number) => a * 1_000_000 + b * 1000 + c;
  return {
    text,
    mariadb,
    atLeast: (a, b, c = 0) => !mariadb && number(major, minor, patch || 0) >= number(a, b, c),
  };
}

/** Binary logging is on unless switched off. */
export const logsByDefault = (release: Release): boolean => release.atLeast(8, 0);

/** Bytes of the events every binary log starts with. */
export const logStart = (release: Release): number =>
  release.mariadb ? 256 : release.atLeast(8, 4) ? 158 : release.atLeast(8, 0) ? 157 : 154;

/** Words of replication: "replica" and "source" took the place of older ones. */
interface Words {
  readonly replica: boolean;
  readonly slave: boolean;
}
export const replicationWords = (release: Release): Words => ({
  replica: release.mariadb || release.atLeast(8, 0, 22),
  slave: !release.atLeast(8, 4),
});
