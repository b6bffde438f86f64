import { isLocale } from "../components/i18n/locale.ts";

/** "/" goes to the language that was chosen before, else the one the browser asks for. */
export function GET(request: Request): Response {
  const chosen = /(?:^|;\s*)statecraft\.locale=(\w+)/.exec(request.headers.get("cookie") ?? "")?.[1] ?? "";
  const wantsChinese = /^\s*zh\b/i.test(request.headers.get("accept-language") ?? "");
  const locale = isLocale(chosen) ? chosen : wantsChinese ? "zh" : "en";
  return new Response(null, { status: 307, headers: { location: `/${locale}`, vary: "cookie, accept-language" } });
}
