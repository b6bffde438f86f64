/** Dates as people write them: what `date -d` and `touch -d` take (gnulib's parse-datetime). Machines live in UTC. */

const DAY_MS = 86_400_000;

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const LONG_MONTHS: Readonly<Record<string, number>> = {
  january: 1,
  february: 2,
  march: 3,
  april: 4,
  june: 6,
  july: 7,
  august: 8,
  september: 9,
  sept: 9,
  october: 10,
  november: 11,
  december: 12,
};
const WEEKDAYS: Readonly<Record<string, number>> = {
  sunday: 0,
  monday: 1,
  tuesday: 2,
  tues: 2,
  wednesday: 3,
  wednes: 3,
  thursday: 4,
  thur: 4,
  thurs: 4,
  friday: 5,
  saturday: 6,
};
const ORDINALS: Readonly<Record<string, number>> = {
  last: -1,
  this: 0,
  next: 1,
  first: 1,
  third: 3,
  fourth: 4,
  fifth: 5,
  sixth: 6,
  seventh: 7,
  eighth: 8,
  ninth: 9,
  tenth: 10,
  eleventh: 11,
  twelfth: 12,
};

type Part = "year" | "month" | "day" | "hour" | "minute" | "second";
const UNITS: Readonly<Record<string, readonly [part: Part, factor: number]>> = {
  year: ["year", 1],
  month: ["month", 1],
  fortnight: ["day", 14],
  week: ["day", 7],
  day: ["day", 1],
  hour: ["hour", 1],
  minute: ["minute", 1],
  min: ["minute", 1],
  second: ["second", 1],
  sec: ["second", 1],
};
const RELATIVE_WORDS: Readonly<Record<string, number>> = { tomorrow: 1, yesterday: -1, today: 0, now: 0 };

/** Hours from UTC. */
const ZONES: Readonly<Record<string, number>> = {
  gmt: 0,
  ut: 0,
  utc: 0,
  wet: 0,
  west: 1,
  bst: 1,
  art: -3,
  brt: -3,
  brst: -2,
  nst: -3.5,
  ndt: -2.5,
  ast: -4,
  adt: -3,
  clt: -4,
  clst: -3,
  est: -5,
  edt: -4,
  cst: -6,
  cdt: -5,
  mst: -7,
  mdt: -6,
  pst: -8,
  pdt: -7,
  akst: -9,
  akdt: -8,
  hst: -10,
  hast: -10,
  hadt: -9,
  sst: -12,
  wat: 1,
  cet: 1,
  cest: 2,
  met: 1,
  mez: 1,
  mest: 2,
  mesz: 2,
  eet: 2,
  eest: 3,
  cat: 2,
  sast: 2,
  eat: 3,
  msk: 3,
  msd: 4,
  ist: 5.5,
  sgt: 8,
  kst: 9,
  jst: 9,
  gst: 10,
  nzst: 12,
  nzdt: 13,
};

/** What `date -d` understands of dates, in ms. Undefined where it does not. */
export function parseDate(text: string, now: number): number | undefined {
  const seconds = /^\s*@([-+]?\d+(?:[.,]\d+)?)\s*$/.exec(text)?.[1];
  if (seconds !== undefined) return Number(seconds.replace(",", ".")) * 1000;
  const reader = new DateReader(text);
  return reader.read() ? reader.resolve(now) : undefined;
}

class DateReader {
  readonly #text: string;
  #at = 0;
  #dates = 0;
  #times = 0;
  #days = 0;
  #zones = 0;
  #relatives = 0;
  #year: number | undefined;
  #month = 0;
  #day = 0;
  #hour = 0;
  #minute = 0;
  /** With its fraction. */
  #second = 0;
  #weekday = 0;
  #ordinal = 0;
  #zoneMinutes = 0;
  readonly #shift: Record<Part, number> = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };

  constructor(text: string) {
    // Comments in parentheses are blanks, as is a sign without a number.
    this.#text = text.replace(/\([^()]*\)/g, " ").toLowerCase();
  }

  /** False where some of it makes no sense. */
  read(): boolean {
    for (;;) {
      this.#skip();
      if (this.#at >= this.#text.length) break;
      const before = this.#at;
      if (!this.#item() || this.#at === before) return false;
    }
    return this.#dates <= 1 && this.#times <= 1 && this.#days <= 1 && this.#zones <= 1;
  }

  #skip(): void {
    this.#match(/[\s,]*(?:[-+](?!\s*\d)[\s,]*)*/y);
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at += found[0].length;
    return found;
  }

  #item(): boolean {
    return this.#date() || this.#time() || this.#relative() || this.#weekdayItem() || this.#zone() || this.#number();
  }

  #setDate(year: string | undefined, month: number, day: string | number): boolean {
    this.#dates++;
    if (year !== undefined) {
      const value = Math.abs(Number(year));
      this.#year = year.length === 2 ? value + (value < 69 ? 2000 : 1900) : value;
    }
    this.#month = month;
    this.#day = Number(day);
    return true;
  }

  #date(): boolean {
    const iso = this.#match(/(\d+)-(\d+)-(\d+)(?:t(?=\d))?/y);
    if (iso !== undefined) return this.#setDate(iso[1], Number(iso[2]), iso[3] as string);
    const compact = this.#match(/(\d{4})(\d\d)(\d\d)t(?=\d)/y);
    if (compact !== undefined) return this.#setDate(compact[1], Number(compact[2]), compact[3] as string);
    const slashes = this.#match(/(\d+)\/(\d+)(?:\/(\d+))?/y);
    if (slashes !== undefined) {
      const [, one = "", two = "", three] = slashes;
      if (one.length >= 4 && three !== undefined) return this.#setDate(one, Number(two), three);
      return this.#setDate(three, Number(one), two);
    }
    const start = this.#at;
    const dayFirst = this.#match(/(\d+)\s*-?\s*([a-z]+)\.?(?:\s*-\s*(\d+)|\s*,?\s*(\d{3,})(?![\d:]))?/y);
    if (dayFirst !== undefined) {
      const month = monthOf(dayFirst[2] as string);
      if (month !== undefined) return this.#setDate(dayFirst[3] ?? dayFirst[4], month, dayFirst[1] as string);
      this.#at = start;
    }
    const monthFirst = this.#match(
      /([a-z]+)\.?(?:\s*-\s*(\d+)\s*-\s*(\d+)|\s*(\d{1,2})(?![\d:])(?:\s*,\s*(\d+)(?![\d:]))?)/y,
    );
    if (monthFirst !== undefined) {
      const month = monthOf(monthFirst[1] as string);
      if (month !== undefined)
        return this.#setDate(monthFirst[3] ?? monthFirst[5], month, monthFirst[2] ?? (monthFirst[4] as string));
      this.#at = start;
    }
    return false;
  }

  #time(): boolean {
    const clock = this.#match(/t?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d+))?)?(?:\s*([ap])\.?m\.?(?![a-z]))?/y);
    if (clock !== undefined) {
      const [, hour = "", minute = "", second = "0", fraction = "0", half] = clock;
      return this.#setTime(hour, minute, `${second}.${fraction}`, half) && (half !== undefined || this.#offset());
    }
    const hour = this.#match(/(\d{1,2})\s*([ap])\.?m\.?(?![a-z])/y);
    if (hour !== undefined) return this.#setTime(hour[1] as string, "0", "0", hour[2]);
    const word = this.#match(/(noon|midnight)(?![a-z])/y);
    // Neither is a word of the grammar.
    if (word !== undefined) this.#at = Number.POSITIVE_INFINITY;
    return false;
  }

  #setTime(hour: string, minute: string, second: string, half: string | undefined): boolean {
    this.#times++;
    this.#hour = Number(hour);
    if (half !== undefined) {
      if (this.#hour < 1 || this.#hour > 12) return false;
      this.#hour = (this.#hour % 12) + (half === "p" ? 12 : 0);
    }
    this.#minute = Number(minute);
    this.#second = Number(second);
    return true;
  }

  /** "+02:00" right behind a time; a number before a unit is something else. */
  #offset(): boolean {
    const found = this.#match(
      /\s*([-+])(\d{1,2})(?::?(\d\d))?(?![\d:])(?!\s*(?:year|month|fortnight|week|day|hour|min|sec)s?)/y,
    );
    if (found === undefined) return true;
    this.#zones++;
    return this.#setOffset(found[1] as string, found[2] as string, found[3]);
  }

  #setOffset(sign: string, hours: string, minutes = "0"): boolean {
    const total = Number(hours) * 60 + Number(minutes);
    this.#zoneMinutes += sign === "-" ? -total : total;
    return total <= 24 * 60;
  }

  #relative(): boolean {
    const start = this.#at;
    const counted = this.#match(/([-+]?)\s*(\d+)(?:[.,](\d+))?\s*([a-z]+)/y);
    if (counted !== undefined) {
      const [, sign, digits, fraction, unit] = counted;
      const value = Number(`${digits}.${fraction ?? 0}`) * (sign === "-" ? -1 : 1);
      if (this.#addUnits(unit as string, value, fraction !== undefined)) return true;
      this.#at = start;
      return false;
    }
    const words = this.#match(/([a-z]+)\s+([a-z]+)/y);
    if (words !== undefined) {
      const [, ordinal = "", unit = ""] = words;
      const value = ORDINALS[ordinal];
      if (value !== undefined && this.#addUnits(unit, value, false)) return true;
      this.#at = start;
    }
    const word = this.#match(/[a-z]+/y)?.[0];
    if (word !== undefined) {
      const days = RELATIVE_WORDS[word];
      if (days !== undefined) {
        this.#relatives++;
        this.#shift.day += days;
        return true;
      }
      if (this.#addUnits(word, 1, false)) return true;
    }
    this.#at = start;
    return false;
  }

  #addUnits(word: string, value: number, hasFraction: boolean): boolean {
    const unit = UNITS[word] ?? UNITS[word.replace(/s$/, "")];
    if (unit === undefined) return false;
    const [part, factor] = unit;
    if (hasFraction && part !== "second") return false;
    this.#relatives++;
    const sign = this.#match(/\s+ago(?![a-z])/y) === undefined ? 1 : -1;
    this.#shift[part] += sign * factor * value;
    return true;
  }

  #weekdayItem(): boolean {
    const start = this.#at;
    const found = this.#match(/(?:([-+]?\d+)\s*|([a-z]+)\s+)?([a-z]+)\.?/y);
    if (found !== undefined) {
      const [, number, word, name = ""] = found;
      const ordinal = number !== undefined ? Number(number) : word === undefined ? 0 : ORDINALS[word];
      const day = weekdayOf(name);
      if (day !== undefined && ordinal !== undefined) {
        this.#days++;
        this.#weekday = day;
        this.#ordinal = ordinal;
        return true;
      }
    }
    this.#at = start;
    const plain = this.#match(/([a-z]+)\.?/y);
    const day = weekdayOf(plain?.[1] ?? "");
    if (day !== undefined) {
      this.#days++;
      this.#weekday = day;
      this.#ordinal = 0;
      return true;
    }
    this.#at = start;
    return false;
  }

  #zone(): boolean {
    const start = this.#at;
    const name = this.#match(/[a-z]+/y)?.[0];
    const hours = name === undefined ? undefined : (ZONES[name] ?? militaryZone(name));
    if (hours === undefined) {
      this.#at = start;
      return false;
    }
    this.#zones++;
    this.#zoneMinutes += hours * 60;
    if (this.#match(/\s+dst(?![a-z])/y) !== undefined) this.#zoneMinutes += 60;
    const offset = this.#match(/([-+])(\d{1,2})(?::?(\d\d))?(?!\d)(?!\s*[a-z])/y);
    return offset === undefined || this.#setOffset(offset[1] as string, offset[2] as string, offset[3]);
  }

  /** A number alone: a year, a date without its hyphens, or an hour. */
  #number(): boolean {
    const digits = this.#match(/\d+/y)?.[0];
    if (digits === undefined) return false;
    const value = Number(digits);
    if (
      this.#dates > 0 &&
      this.#year === undefined &&
      this.#relatives === 0 &&
      (this.#times > 0 || digits.length > 2)
    ) {
      this.#year = digits.length === 2 ? value + (value < 69 ? 2000 : 1900) : value;
      return true;
    }
    if (digits.length > 4) {
      const year = digits.slice(0, -4);
      return this.#setDate(year, Math.floor(value / 100) % 100, value % 100);
    }
    const short = digits.length <= 2;
    return this.#setTime(
      String(short ? value : Math.floor(value / 100)),
      String(short ? 0 : value % 100),
      "0",
      undefined,
    );
  }

  resolve(now: number): number | undefined {
    const today = new Date(now + this.#zoneMinutes * 60_000);
    const year = this.#year ?? today.getUTCFullYear();
    const month = this.#dates > 0 ? this.#month : today.getUTCMonth() + 1;
    let day = this.#dates > 0 ? this.#day : today.getUTCDate();
    let clock = 0;
    if (this.#times > 0) {
      if (this.#hour > 24 || this.#minute > 59 || this.#second >= 61) return undefined;
      if (this.#hour === 24 && (this.#minute > 0 || this.#second > 0)) return undefined;
      if (this.#hour === 24) return undefined;
      clock = (this.#hour * 60 + this.#minute) * 60_000 + Math.round(this.#second * 1000);
    } else if (this.#relatives > 0 && this.#dates === 0 && this.#days === 0) clock = today.getTime() - midnight(today);
    if (month < 1 || month > 12 || day < 1 || day > new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate())
      return undefined;
    if (this.#days > 0 && this.#dates === 0) {
      const weekday = new Date(utc(year, month, day)).getUTCDay();
      const whole = this.#ordinal - (this.#ordinal > 0 && weekday !== this.#weekday ? 1 : 0);
      day += ((this.#weekday - weekday + 7) % 7) + 7 * whole;
    }
    const shift = this.#shift;
    const start = utc(year + shift.year, month + shift.month, day + shift.day) + clock - this.#zoneMinutes * 60_000;
    const time = start + ((shift.hour * 60 + shift.minute) * 60 + shift.second) * 1000;
    return Number.isFinite(time) && Math.abs(time) <= 8.64e15 ? time : undefined;
  }
}

function midnight(date: Date): number {
  return Math.floor(date.getTime() / DAY_MS) * DAY_MS;
}

/** Two-digit years are themselves here. */
function utc(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime();
}

function monthOf(word: string): number | undefined {
  const short = MONTHS.indexOf(word);
  return short === -1 ? LONG_MONTHS[word] : short + 1;
}

function weekdayOf(word: string): number | undefined {
  const known = WEEKDAYS[word];
  if (known !== undefined) return known;
  if (word.length !== 3) return undefined;
  const full = Object.keys(WEEKDAYS).find((name) => name.endsWith("day") && name.startsWith(word));
  return full === undefined ? undefined : WEEKDAYS[full];
}

/** The letters of the alphabet as zones: A is an hour east of Greenwich, Z is there; J is none. */
function militaryZone(word: string): number | undefined {
  if (word.length !== 1 || word === "j") return undefined;
  const at = "abcdefghiklm".indexOf(word);
  if (at !== -1) return at + 1;
  const west = "nopqrstuvwxy".indexOf(word);
  return west === -1 ? (word === "z" ? 0 : undefined) : -(west + 1);
}
