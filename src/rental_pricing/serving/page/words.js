/** How money, numbers, dates and columns are written for people. */

const LANGUAGE = "en-US";

export const LABELS = {
  id: "id",
  name: "title",
  neighbourhood_group: "borough",
  neighbourhood: "neighbourhood",
  latitude: "latitude",
  longitude: "longitude",
  room_type: "room type",
  minimum_nights: "minimum stay",
  number_of_reviews: "reviews",
  last_review: "last review",
  reviews_per_month: "reviews a month",
  calculated_host_listings_count: "listings of the host",
  availability_365: "days available",
};

/** Write an amount in whole units of its currency, such as $142; signed: +$5, −$3. */
export function money(amount, currency, signed = false) {
  const format = new Intl.NumberFormat(LANGUAGE, {
    style: "currency",
    currency,
    maximumFractionDigits: 0,
    signDisplay: signed ? "exceptZero" : "auto",
  });
  return format.format(amount).replace("-", "−");
}

/** Write a whole number with its thousands apart. */
export const count = (number) => number.toLocaleString(LANGUAGE);

/** Write "1 row", "2 rows". */
export const several = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;

/** Write a distance in kilometres, short ones in metres. */
export function distance(km) {
  if (km < 0.995) return `${Math.round(km * 100) * 10} m`;
  return `${km.toFixed(km < 9.95 ? 1 : 0)} km`;
}

/** Write a latitude or longitude, true to some ten metres. */
export const degrees = (number) => number.toFixed(4).replace("-", "−");

/** Write a day such as 2024-01-15 as Jan 15, 2024. */
export function day(text) {
  const date = new Date(`${text}T00:00:00Z`);
  if (Number.isNaN(date.valueOf())) return text;
  return date.toLocaleDateString(LANGUAGE, { dateStyle: "medium", timeZone: "UTC" });
}

/** Write how old something is: days, then weeks, then years. */
export function age(days) {
  if (days < 1) return "new today";
  if (days < 14) return `${several(days, "day")} old`;
  if (days < 730) return `${several(Math.round(days / 7), "week")} old`;
  return `${(days / 365.25).toFixed(1)} years old`;
}

/** Write a share as so many of ten where it is that, else in per cent: 0.8 is 8 of 10. */
export function share(part) {
  const tenths = Math.round(part * 1000) / 100;
  return Number.isInteger(tenths) ? `${tenths} of 10` : `${Math.round(part * 1000) / 10} % of`;
}

/** Begin a sentence. */
export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Write the size of a file. */
export function size(bytes) {
  if (bytes < 1000) return several(bytes, "byte");
  if (bytes < 1e6) return `${Math.round(bytes / 1000)} KB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * Round numbers to whole ones whose sum is the rounded sum.
 *
 * Those that lose or gain the least by it are rounded to their other side; each stays within 1
 * of what it was.
 */
export function roundedToAddUp(numbers, sum) {
  const floors = numbers.map(Math.floor);
  let missing = sum - floors.reduce((total, each) => total + each, 0);
  const byRest = numbers.map((each, place) => [each - floors[place], place]);
  byRest.sort(([one], [other]) => other - one);
  for (const [, place] of byRest) {
    if (missing <= 0) break;
    floors[place] += 1;
    missing -= 1;
  }
  return floors;
}
