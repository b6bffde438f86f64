import "./globals.css";
import { Mark } from "../components/ui/mark.tsx";
import { themeScript } from "../components/ui/theme.ts";

export const metadata = { title: "404 · Statecraft" };

/** An address outside of both languages: said in both. */
export default function GlobalNotFound() {
  return (
    <html lang="en" suppressHydrationWarning>
      <head>
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: our own constant; must run before the first paint. */}
        <script dangerouslySetInnerHTML={{ __html: themeScript }} />
      </head>
      <body>
        <main id="content" className="mx-auto flex min-h-dvh max-w-xl flex-col items-start justify-center gap-6 px-6">
          <Mark size={56} className="text-accent" />
          <h1 className="text-2xl font-semibold">There is nothing at this address</h1>
          <p lang="zh-CN" className="text-xl">
            这个地址下什么也没有
          </p>
          <p className="flex gap-3">
            <a className="button" href="/en/learn">
              The course
            </a>
            <a className="button" href="/zh/learn" lang="zh-CN">
              课程目录
            </a>
          </p>
        </main>
      </body>
    </html>
  );
}
