/** Releases of distributions: what /etc/os-release and its neighbours say of them. */

const DEBIAN: Readonly<Record<string, { readonly name: string; readonly point: string }>> = {
  "8": { name: "jessie", point: "8.11" },
  "9": { name: "stretch", point: "9.13" },
  "10": { name: "buster", point: "10.13" },
  "11": { name: "bullseye", point: "11.11" },
  "12": { name: "bookworm", point: "12.11" },
  "13": { name: "trixie", point: "13.1" },
};

/** With the Debian that each was made from. */
const UBUNTU: Readonly<
  Record<string, { readonly name: string; readonly full: string; readonly point: string; readonly debian: string }>
> = {
  "16.04": { name: "xenial", full: "Xenial Xerus", point: "16.04.7", debian: "stretch" },
  "18.04": { name: "bionic", full: "Bionic Beaver", point: "18.04.6", debian: "buster" },
  "20.04": { name: "focal", full: "Focal Fossa", point: "20.04.6", debian: "bullseye" },
  "22.04": { name: "jammy", full: "Jammy Jellyfish", point: "22.04.5", debian: "bookworm" },
  "24.04": { name: "noble", full: "Noble Numbat", point: "24.04.3", debian: "trixie" },
};

/** The last release of each series, and the BusyBox it has. */
const ALPINE: Readonly<Record<string, { readonly release: string; readonly busybox: string }>> = {
  "3.6": { release: "3.6.5", busybox: "1.26.2" },
  "3.8": { release: "3.8.5", busybox: "1.28.4" },
  "3.9": { release: "3.9.6", busybox: "1.29.3" },
  "3.10": { release: "3.10.9", busybox: "1.30.1" },
  "3.12": { release: "3.12.12", busybox: "1.31.1" },
  "3.15": { release: "3.15.11", busybox: "1.34.1" },
  "3.16": { release: "3.16.9", busybox: "1.35.0" },
  "3.17": { release: "3.17.10", busybox: "1.35.0" },
  "3.18": { release: "3.18.12", busybox: "1.36.1" },
  "3.19": { release: "3.19.9", busybox: "1.36.1" },
  "3.20": { release: "3.20.8", busybox: "1.36.1" },
  "3.21": { release: "3.21.5", busybox: "1.37.0" },
  "3.22": { release: "3.22.2", busybox: "1.37.0" },
};

/** What `latest` is, and what images stand on that name no release. */
export const DEBIAN_NOW = "12";
export const UBUNTU_NOW = "24.04";
export const ALPINE_NOW = "3.22";
export const BUSYBOX_NOW = "1.37.0";

/** All versions of BusyBox that an Alpine has, and the one of its own image. */
export const BUSYBOX_VERSIONS: readonly string[] = [
  ...new Set([BUSYBOX_NOW, ...Object.values(ALPINE).map(({ busybox }) => busybox)]),
];

export const debianReleases = Object.entries(DEBIAN).map(([version, { name }]) => ({ version, name }));
export const ubuntuReleases = Object.entries(UBUNTU).map(([version, { name }]) => ({ version, name }));

const fields = (pairs: Readonly<Record<string, string>>): string =>
  Object.entries(pairs)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");

/** Files by path from the root. Throws where there is no such release: a mistake in an image. */
export function debianFiles(version: string): Record<string, string> {
  const release = DEBIAN[version];
  if (release === undefined) throw new Error(`there is no Debian ${version} here`);
  return {
    "etc/debian_version": `${release.point}\n`,
    "etc/os-release": fields({
      PRETTY_NAME: `"Debian GNU/Linux ${version} (${release.name})"`,
      NAME: '"Debian GNU/Linux"',
      VERSION_ID: `"${version}"`,
      VERSION: `"${version} (${release.name})"`,
      VERSION_CODENAME: release.name,
      ID: "debian",
      HOME_URL: '"https://www.debian.org/"',
      SUPPORT_URL: '"https://www.debian.org/support"',
      BUG_REPORT_URL: '"https://bugs.debian.org/"',
    }),
  };
}

export function ubuntuFiles(version: string): Record<string, string> {
  const release = UBUNTU[version];
  if (release === undefined) throw new Error(`there is no Ubuntu ${version} here`);
  return {
    "etc/debian_version": `${release.debian}/sid\n`,
    "etc/os-release": fields({
      PRETTY_NAME: `"Ubuntu ${release.point} LTS"`,
      NAME: '"Ubuntu"',
      VERSION_ID: `"${version}"`,
      VERSION: `"${release.point} LTS (${release.full})"`,
      VERSION_CODENAME: release.name,
      ID: "ubuntu",
      ID_LIKE: "debian",
      HOME_URL: '"https://www.ubuntu.com/"',
      SUPPORT_URL: '"https://help.ubuntu.com/"',
      BUG_REPORT_URL: '"https://bugs.launchpad.net/ubuntu/"',
      UBUNTU_CODENAME: release.name,
    }),
  };
}

const alpineRelease = (series: string) => {
  const release = ALPINE[series];
  if (release === undefined) throw new Error(`there is no Alpine ${series} here`);
  return release;
};

/** The BusyBox of an Alpine. */
export const busyboxOfAlpine = (series: string): string => alpineRelease(series).busybox;

export function alpineFiles(series: string): Record<string, string> {
  const { release } = alpineRelease(series);
  return {
    "etc/alpine-release": `${release}\n`,
    "etc/os-release": fields({
      NAME: '"Alpine Linux"',
      ID: "alpine",
      VERSION_ID: release,
      PRETTY_NAME: `"Alpine Linux v${series}"`,
      HOME_URL: '"https://alpinelinux.org/"',
      BUG_REPORT_URL: '"https://gitlab.alpinelinux.org/alpine/aports/-/issues"',
    }),
  };
}

/** `version`: "9.6", or "7.9". */
export function oracleFiles(version: string): Record<string, string> {
  const [major] = version.split(".");
  return {
    "etc/oracle-release": `Oracle Linux Server release ${version}\n`,
    "etc/os-release": fields({
      NAME: '"Oracle Linux Server"',
      VERSION: `"${version}"`,
      ID: '"ol"',
      ID_LIKE: '"fedora"',
      VARIANT: '"Server"',
      VARIANT_ID: '"server"',
      VERSION_ID: `"${version}"`,
      PLATFORM_ID: `"platform:el${major}"`,
      PRETTY_NAME: `"Oracle Linux Server ${version}"`,
      HOME_URL: '"https://linux.oracle.com/"',
      BUG_REPORT_URL: '"https://github.com/oracle/oracle-linux"',
    }),
  };
}
