/** :set (option.c): what is asked, what is changed, what is not known. */
import { DEFAULTS, type Options, type Vi } from "./state.ts";

const NAMES: Readonly<Record<string, keyof Options>> = {
  nu: "number",
  rnu: "relativenumber",
  ic: "ignorecase",
  scs: "smartcase",
  is: "incsearch",
  hls: "hlsearch",
  ws: "wrapscan",
  ai: "autoindent",
  et: "expandtab",
  ru: "ruler",
  smd: "showmode",
  sc: "showcmd",
  ro: "readonly",
  ts: "tabstop",
  sw: "shiftwidth",
  sts: "softtabstop",
  so: "scrolloff",
  tw: "textwidth",
};

/** Options of vim that change nothing that can be seen here. They are taken, as scripts of settings hold them. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(
  "nocompatible compatible cp backspace bs history hi wildmenu wmnu mouse encoding enc fileencoding fenc ttyfast tf lazyredraw lz errorbells eb visualbell vb belloff bo swapfile swf backup bk writebackup wb undofile udf updatetime ut timeout to ttimeout timeoutlen tm ttimeoutlen ttm magic joinspaces js nrformats nf modeline ml title viminfo vi shortmess shm display dy autoread ar hidden hid".split(
    " ",
  ),
);

/** Options of vim that would change what is seen or done, and are not here. */
const REFUSED: ReadonlySet<string> = new Set(
  "cursorline cul cursorcolumn cuc spell foldmethod fdm foldenable fen linebreak lbr breakindent bri virtualedit ve colorcolumn cc list listchars lcs fillchars fcs sidescroll ss sidescrolloff siso smartindent si cindent cin syntax syn filetype ft background bg textmode wrapmargin wm shiftround sr smarttab sta laststatus ls cmdheight ch autowrite aw gdefault gd matchpairs mps showmatch sm startofline sol tildeop top whichwrap ww iskeyword isk formatoptions fo clipboard cb fileformat ff binary bin endofline eol".split(
    " ",
  ),
);

/** Lines to be shown, if any. */
export function setOptions(vi: Vi, words: string): string[] {
  const shown: string[] = [];
  if (words.trim() === "" || words.trim() === "all") {
    const all = words.trim() === "all";
    const differing = (Object.keys(DEFAULTS) as (keyof Options)[]).filter(
      (name) => all || vi.options[name] !== DEFAULTS[name],
    );
    return ["--- Options ---", ...differing.map((name) => `  ${describe(vi, name).trim()}`)];
  }
  for (const word of words.trim().split(/\s+/)) {
    const line = setOption(vi, word);
    if (line !== undefined) shown.push(line);
  }
  return shown;
}

function describe(vi: Vi, name: keyof Options): string {
  const value = vi.options[name];
  return typeof value === "boolean" ? `${value ? "  " : "no"}${name}` : `  ${name}=${value}`;
}

function setOption(vi: Vi, word: string): string | undefined {
  const parts = /^([a-z]+)(.*)$/s.exec(word);
  if (parts === null) return vi.fail(`E518: Unknown option: ${word}`);
  let [, name = "", rest = ""] = parts;
  let off = false;
  let invert = false;
  const known = (text: string): boolean =>
    Object.hasOwn(NAMES, text) || text in DEFAULTS || WITHOUT_EFFECT.has(text) || REFUSED.has(text);
  if (!known(name)) {
    if (name.startsWith("no") && known(name.slice(2))) {
      name = name.slice(2);
      off = true;
    } else if (name.startsWith("inv") && known(name.slice(3))) {
      name = name.slice(3);
      invert = true;
    } else return vi.fail(`E518: Unknown option: ${word}`);
  }
  const option = NAMES[name] ?? (name in DEFAULTS ? (name as keyof Options) : undefined);
  if (option === undefined) {
    if (WITHOUT_EFFECT.has(name)) return undefined;
    return vi.fail(`'${name}' is not available here`);
  }
  const value = vi.options[option];
  if (rest === "?") return describe(vi, option);
  if (rest === "&") {
    vi.options = { ...vi.options, [option]: DEFAULTS[option] };
    return undefined;
  }
  if (typeof value === "boolean") {
    if (rest === "!") invert = true;
    else if (rest !== "") return vi.fail(`E474: Invalid argument: ${word}`);
    const now = invert ? !value : !off;
    vi.options = { ...vi.options, [option]: now };
    if (option === "hlsearch") vi.highlightOff = false;
    if (option === "readonly") vi.buffer.readOnly = now;
    if (option === "paste") vi.options.ruler = !now;
    return undefined;
  }
  if (off || invert || rest === "!") return vi.fail(`E474: Invalid argument: ${word}`);
  if (rest === "") return describe(vi, option);
  const given = /^([-+^]?)[=:](.*)$/s.exec(rest);
  if (given === null) return vi.fail(`E488: Trailing characters: ${rest}: ${word}`);
  const [, how, digits = ""] = given;
  if (!/^\d+$/.test(digits)) return vi.fail(`E521: Number required after =: ${word}`);
  const by = Number(digits);
  const now =
    how === "+"
      ? (value as number) + by
      : how === "-"
        ? (value as number) - by
        : how === "^"
          ? (value as number) * by
          : by;
  if (now < (option === "tabstop" ? 1 : 0)) return vi.fail(`E487: Argument must be positive: ${word}`);
  vi.options = { ...vi.options, [option]: Math.min(now, 10_000) };
  return undefined;
}
