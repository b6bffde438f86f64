/** The dictionaries. For server components: client components get their words through `useLanguage`. */
import { en } from "./en.ts";
import { type Locale, type Messages, type Translate, translator } from "./locale.ts";
import { zh } from "./zh.ts";

const dictionaries: Readonly<Record<Locale, Messages>> = { en, zh };
export const messagesFor = (locale: Locale): Messages => dictionaries[locale];
export const translateFor = (locale: Locale): Translate => translator(dictionaries[locale]);
