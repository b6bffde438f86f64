/** Languages and the small functions over words that both sides use; the dictionaries themselves stay on the server. */
import type { MessageKey, Messages } from "./en.ts";

export type { MessageKey, Messages } from "./en.ts";

export const LOCALES = ["en", "zh"] as const;
export type Locale = (typeof LOCALES)[number];

export const isLocale = (value: string): value is Locale => (LOCALES as readonly string[]).includes(value);

/** The language tag for `lang` and Intl. */
export const languageTag: Readonly<Record<Locale, string>> = { en: "en", zh: "zh-CN" };

export type Values = Readonly<Record<string, string | number>>;

/** Replaces each `{name}` by its value; an unknown name is left standing so that it is seen. */
export function fill(text: string, values: Values | undefined): string {
  if (values === undefined) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export type Translate = (key: MessageKey, values?: Values) => string;

export const translator =
  (messages: Messages): Translate =>
  (key, values) =>
    fill(messages[key], values);

type PluralBase = MessageKey extends infer Key ? (Key extends `${infer Base}.other` ? Base : never) : never;

/** `exercises` -> `exercises.one` or `exercises.other`, by the language's own plural rules. */
export function plural(locale: Locale, base: PluralBase, count: number): MessageKey {
  const form = new Intl.PluralRules(languageTag[locale]).select(count) === "one" ? "one" : "other";
  return `${base}.${form}` as MessageKey;
}
