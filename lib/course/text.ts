/** The languages every text exists in. */
export const LOCALES = ["en", "zh"] as const;
export type Locale = (typeof LOCALES)[number];

/** One text in every language. */
export type LocalizedText = Readonly<Record<Locale, string>>;

/** The same words in every language: for names, commands and what a machine said. */
export function untranslated(text: string): LocalizedText {
  return { en: text, zh: text };
}
