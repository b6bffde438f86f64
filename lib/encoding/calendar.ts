/** English names of days and months, as C's strftime and Go's layouts use them. */

/** Sunday is 0, as `Date.getUTCDay` has it. */
export const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;

/** January is 0, as `Date.getUTCMonth` has it. */
export const MONTHS = [
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
] as const;

/** "Jan" to "Dec". */
export const ABBREVIATED_MONTHS: readonly string[] = MONTHS.map((name) => name.slice(0, 3));
