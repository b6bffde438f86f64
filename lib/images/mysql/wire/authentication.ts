/** Passwords as MySQL's authentication plugins prove them, without sending them. */

import { digest } from "../../../encoding/index.ts";
import { sameBytes, utf8 } from "../../kit/wire/bytes.ts";
import { xor } from "../../kit/wire/digests.ts";
import type { Release } from "../versions.ts";
import { CACHING, NATIVE } from "./constants.ts";

/** What accounts use that say nothing else. */
export const defaultPlugin = (release: Release): string => (release.atLeast(8, 0) ? CACHING : NATIVE);

/** The plugins a release can load. */
export function hasPlugin(release: Release, plugin: string): boolean {
  if (plugin === CACHING) return release.atLeast(8, 0);
  return plugin === NATIVE && !release.atLeast(9, 0);
}

/** The answer to a server's 20 random bytes. Empty: no password. */
export function scrambled(plugin: string, password: string, nonce: Uint8Array): Uint8Array {
  if (password === "") return new Uint8Array(0);
  const name = plugin === CACHING ? "sha256" : "sha1";
  const once = digest(name, utf8(password));
  const twice = digest(name, once);
  return xor(once, plugin === CACHING ? digest(name, twice, nonce) : digest(name, nonce, twice));
}

export const proves = (plugin: string, password: string, nonce: Uint8Array, answer: Uint8Array): boolean =>
  // A plugin that asks for a password gets a zero byte where there is none.
  sameBytes(answer.length === 1 && answer[0] === 0 ? new Uint8Array(0) : answer, scrambled(plugin, password, nonce));
