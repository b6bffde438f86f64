/** Dates for people. Machines live in UTC. */
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const two = (value: number, pad = "0") => String(value).padStart(2, pad);

/** strftime(3), with `%N` for nanoseconds and `%-d`, `%_d` as GNU date has them. */
export function formatDate(time: number, format: string): string {
  const date = new Date(time);
  return format.replace(/%([-_0^]?)(:*[a-zA-Z%+])/g, (whole, flag: string, letter: string) => {
    let text = field(date, time, letter);
    if (text === undefined) return whole;
    if (flag === "-") text = text.replace(/^[0 ]+(?=.)/, "");
    else if (flag === "_") text = text.replace(/^0+(?=.)/, (zeros) => " ".repeat(zeros.length));
    else if (flag === "^") text = text.toUpperCase();
    return text;
  });
}

function field(date: Date, time: number, letter: string): string | undefined {
  const day = DAYS[date.getUTCDay()] as string;
  const month = MONTHS[date.getUTCMonth()] as string;
  const hours = date.getUTCHours();
  const hour12 = hours % 12 === 0 ? 12 : hours % 12;
  const startOfYear = Date.UTC(date.getUTCFullYear(), 0, 1);
  const dayOfYear = Math.floor((time - startOfYear) / 86_400_000);
  switch (letter) {
    case "Y":
      return String(date.getUTCFullYear());
    case "C":
      return two(Math.floor(date.getUTCFullYear() / 100));
    case "y":
      return two(date.getUTCFullYear() % 100);
    case "m":
      return two(date.getUTCMonth() + 1);
    case "d":
      return two(date.getUTCDate());
    case "e":
      return two(date.getUTCDate(), " ");
    case "H":
      return two(hours);
    case "k":
      return two(hours, " ");
    case "I":
      return two(hour12);
    case "l":
      return two(hour12, " ");
    case "M":
      return two(date.getUTCMinutes());
    case "S":
      return two(date.getUTCSeconds());
    case "N":
      return `${String(date.getUTCMilliseconds()).padStart(3, "0")}000000`;
    case "s":
      return String(Math.floor(time / 1000));
    case "p":
      return hours < 12 ? "AM" : "PM";
    case "P":
      return hours < 12 ? "am" : "pm";
    case "A":
      return day;
    case "a":
      return day.slice(0, 3);
    case "B":
      return month;
    case "b":
    case "h":
      return month.slice(0, 3);
    case "j":
      return String(dayOfYear + 1).padStart(3, "0");
    case "u":
      return String(date.getUTCDay() || 7);
    case "w":
      return String(date.getUTCDay());
    case "U":
      return two(Math.floor((dayOfYear + 7 - date.getUTCDay()) / 7));
    case "W":
      return two(Math.floor((dayOfYear + 7 - ((date.getUTCDay() + 6) % 7)) / 7));
    case "Z":
      return "UTC";
    case "z":
      return "+0000";
    case ":z":
      return "+00:00";
    case "n":
      return "\n";
    case "t":
      return "\t";
    case "%":
      return "%";
    case "D":
      return formatDate(time, "%m/%d/%y");
    case "F":
      return formatDate(time, "%Y-%m-%d");
    case "T":
    case "X":
      return formatDate(time, "%H:%M:%S");
    case "R":
      return formatDate(time, "%H:%M");
    case "r":
      return formatDate(time, "%I:%M:%S %p");
    case "x":
      return formatDate(time, "%m/%d/%y");
    case "c":
      return formatDate(time, "%a %b %e %H:%M:%S %Y");
    default:
      return undefined;
  }
}

const UNIT_MS: Readonly<Record<string, number>> = {
  sec: 1000,
  second: 1000,
  min: 60_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
  fortnight: 1_209_600_000,
};

/** What `date -d` understands of dates. Undefined where it does not. */
export function parseDate(text: string, now: number): number | undefined {
  let rest = text.trim();
  let time = now;
  if (rest.startsWith("@")) return /^@-?\d+(\.\d+)?$/.test(rest) ? Number(rest.slice(1)) * 1000 : undefined;
  const day = Math.floor(now / 86_400_000) * 86_400_000;
  const absolute =
    /^(\d{4})-(\d\d?)-(\d\d?)(?:[T ](\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?/.exec(rest);
  if (absolute !== null) {
    const [all, year, month, date, hour = "0", minute = "0", second = "0", fraction = "0", zone = "Z"] = absolute;
    time =
      Date.UTC(Number(year), Number(month) - 1, Number(date), Number(hour), Number(minute), Number(second)) +
      Number(`0.${fraction}`) * 1000;
    if (/^[+-]/.test(zone))
      time -= (zone[0] === "-" ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))) * 60_000;
    rest = rest.slice(all.length);
  } else {
    const clock = /^(\d\d?):(\d\d)(?::(\d\d))?/.exec(rest);
    if (clock !== null) {
      time = day + Number(clock[1]) * 3_600_000 + Number(clock[2]) * 60_000 + Number(clock[3] ?? 0) * 1000;
      rest = rest.slice(clock[0].length);
    }
  }
  while (rest.trim() !== "") {
    rest = rest.trimStart();
    const word = /^(now|today|tomorrow|yesterday|midnight|UTC)\b/i.exec(rest)?.[0];
    if (word !== undefined) {
      rest = rest.slice(word.length);
      const lower = word.toLowerCase();
      if (lower === "tomorrow") time += 86_400_000;
      else if (lower === "yesterday") time -= 86_400_000;
      else if (lower === "midnight") time = day;
      continue;
    }
    const relative =
      /^([+-]?\s*\d+|next|last|a|an)?\s*(sec|second|min|minute|hour|day|week|fortnight|month|year)s?(\s+ago)?\b/i.exec(
        rest,
      );
    if (relative === null) return undefined;
    const [all, amount = "1", unit = "", ago] = relative;
    const count =
      (amount === "next" || amount.startsWith("a") ? 1 : amount === "last" ? -1 : Number(amount.replace(/\s/g, ""))) *
      (ago === undefined ? 1 : -1);
    const ms = UNIT_MS[unit.toLowerCase()];
    if (ms !== undefined) time += count * ms;
    else {
      const date = new Date(time);
      if (unit.toLowerCase() === "month") date.setUTCMonth(date.getUTCMonth() + count);
      else date.setUTCFullYear(date.getUTCFullYear() + count);
      time = date.getTime();
    }
    rest = rest.slice(all.length);
  }
  return time;
}
