/** Tags of images whose versions have three parts. Pure. */

/**
 * The version that a tag means: one of the table, or an older release of one of them ("6.0.5" where "6.0" is 6.0.20).
 * Undefined: there is no such tag.
 */
export function versionOfTag(versions: Readonly<Record<string, string>>, tag: string): string | undefined {
  if (Object.hasOwn(versions, tag)) return versions[tag];
  const match = /^(\d+(?:\.\d+)*)\.(\d+)$/.exec(tag);
  const [, series = "", patch = ""] = match ?? [];
  const newest = match === null || !Object.hasOwn(versions, series) ? undefined : versions[series];
  if (newest === undefined || !newest.startsWith(`${series}.`)) return undefined;
  const last = Number(newest.slice(series.length + 1).split(".")[0]);
  return tag.split(".").length === newest.split(".").length && Number(patch) <= last ? tag : undefined;
}
