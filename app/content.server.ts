import { join } from "node:path";
import { type Content, loadContent } from "../lib/course/index.ts";

let loaded: Content | undefined;

/** The course as it is on disk; read again for each request while developing, so that an edit shows at once. */
export function courseContent(): Content {
  if (loaded !== undefined && process.env.NODE_ENV === "production") return loaded;
  loaded = loadContent(join(process.cwd(), "content"));
  return loaded;
}
