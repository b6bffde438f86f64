import type { Metadata, Viewport } from "next";
import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import "../globals.css";
import { isLocale, LOCALES, languageTag } from "../../components/i18n/locale.ts";
import { messagesFor, translateFor } from "../../components/i18n/messages.ts";
import { LanguageProvider } from "../../components/i18n/provider.tsx";
import { themeScript } from "../../components/ui/theme.ts";

interface LayoutProps {
  readonly children: ReactNode;
  readonly params: Promise<{ locale: string }>;
}

export function generateStaticParams() {
  return LOCALES.map((locale) => ({ locale }));
}

export async function generateMetadata({ params }: LayoutProps): Promise<Metadata> {
  const { locale } = await params;
  if (!isLocale(locale)) return {};
  const t = translateFor(locale);
  return {
    title: { default: "Statecraft", template: "%s · Statecraft" },
    description: t("site.description"),
    applicationName: "Statecraft",
  };
}

export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f7f9f9" },
    { media: "(prefers-color-scheme: dark)", color: "#0c1113" },
  ],
};

export default async function RootLayout({ children, params }: LayoutProps) {
  const { locale } = await params;
  if (!isLocale(locale)) notFound();
  const t = translateFor(locale);
  return (
    // The script below sets data-theme before React arrives.
    <html lang={languageTag[locale]} suppressHydrationWarning>
      <head>
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: our own constant; must run before the first paint. */}
        <script dangerouslySetInnerHTML={{ __html: themeScript }} />
      </head>
      <body>
        <nav aria-label={t("site.skip")}>
          <a
            href="#content"
            className="button button-accent sr-only z-50 focus:not-sr-only focus:fixed focus:top-3 focus:left-3"
          >
            {t("site.skip")}
          </a>
        </nav>
        <LanguageProvider locale={locale} messages={messagesFor(locale)}>
          {children}
        </LanguageProvider>
      </body>
    </html>
  );
}
