import { ArrowRight, FlaskConical, History, Plug } from "lucide-react";
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { isLocale } from "../../components/i18n/locale.ts";
import { translateFor } from "../../components/i18n/messages.ts";
import { LivingCluster } from "../../components/landing/living-cluster.tsx";
import changes from "../../components/landing/partitioned-rollout.json";
import { SiteHeader } from "../../components/ui/site-header.tsx";
import { courseContent } from "../content.server.ts";
import { lessonHref } from "../lesson-model.ts";

interface PageProps {
  readonly params: Promise<{ locale: string }>;
}

export async function generateMetadata({ params }: PageProps): Promise<Metadata> {
  const { locale } = await params;
  return {
    alternates: { canonical: `/${locale}`, languages: { en: "/en", "zh-CN": "/zh" } },
  };
}

export default async function LandingPage({ params }: PageProps) {
  const { locale } = await params;
  if (!isLocale(locale)) notFound();
  const t = translateFor(locale);
  const first = courseContent().courses[0]?.modules.flatMap((module) => module.lessons)[0];
  const points = [
    { icon: Plug, title: t("landing.point1"), text: t("landing.point1text") },
    { icon: FlaskConical, title: t("landing.point2"), text: t("landing.point2text") },
    { icon: History, title: t("landing.point3"), text: t("landing.point3text") },
  ];
  return (
    <>
      <SiteHeader locale={locale} />
      <main id="content" className="mx-auto w-full max-w-6xl px-4 pb-24 sm:px-6">
        <div className="grid items-center gap-10 py-8 lg:grid-cols-[minmax(0,5fr)_minmax(0,7fr)] lg:py-14">
          <div>
            <h1 className="text-[40px] leading-[1.1] font-bold tracking-[-0.03em] text-balance lg:text-[52px]">
              {t("landing.title")}
            </h1>
            <p className="mt-5 max-w-prose text-[18px] leading-[1.6] text-ink-soft">{t("landing.lead")}</p>
            <p className="mt-8 flex flex-wrap gap-3">
              {first !== undefined && (
                <a href={lessonHref(locale, first)} className="button button-accent min-h-11 px-5 text-[16px]">
                  {t("landing.start")}
                  <ArrowRight size={18} aria-hidden="true" />
                </a>
              )}
              <a href={`/${locale}/learn`} className="button min-h-11 px-5 text-[16px]">
                {t("landing.catalogue")}
              </a>
            </p>
          </div>
          <LivingCluster changes={changes} />
        </div>
        <ul className="mt-6 grid gap-8 border-t border-line pt-10 md:grid-cols-3">
          {points.map(({ icon: Icon, title, text }) => (
            <li key={title}>
              <Icon size={22} className="text-accent" aria-hidden="true" />
              <h2 className="mt-3 text-[17px] font-semibold">{title}</h2>
              <p className="mt-1.5 text-[15px] leading-[1.6] text-ink-soft">{text}</p>
            </li>
          ))}
        </ul>
      </main>
    </>
  );
}
