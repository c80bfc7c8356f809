// What values look like for people, and how they are put in order.

const NOTHING = "–";
const STATES = ["failed", "killed", "interrupted", "running", "finished"]; // what needs a look first
const NUMBER = new Intl.NumberFormat("en", { maximumSignificantDigits: 6, useGrouping: "min2" });
const UNITS = ["bytes", "kB", "MB", "GB", "TB"];

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

function toldNumber(value) {
  const size = Math.abs(value);
  if (size >= 1e12 || (size > 0 && size < 1e-4)) {
    return value.toPrecision(6).replace(/\.?0+(e|$)/, "$1");
  }
  return NUMBER.format(value);
}

function toldValue(value) {
  if (value === undefined) return NOTHING;
  if (isNumber(value)) return toldNumber(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Tell the different values of runs that share a row. */
function toldValues(values) {
  if (values.length < 2) return toldValue(values[0]);
  if (!values.every(isNumber)) return `${values.length} values`;
  return `${toldNumber(Math.min(...values))} … ${toldNumber(Math.max(...values))}`;
}

function toldSize(bytes) {
  let at = 0;
  let size = bytes;
  while (size >= 999.5 && at < UNITS.length - 1) {
    size /= 1000;
    at += 1;
  }
  return `${at && size < 99.95 ? size.toFixed(1) : Math.round(size)} ${UNITS[at]}`;
}

/** Tell a moment in UTC, from seconds since the epoch or ISO 8601. */
function toldTime(moment) {
  const time = new Date(isNumber(moment) ? moment * 1000 : moment);
  return Number.isNaN(time.getTime()) ? String(moment) : time.toISOString().slice(0, 16).replace("T", " ");
}

function toldDuration(seconds) {
  if (!isNumber(seconds)) return NOTHING;
  const whole = Math.round(seconds);
  const two = (number) => String(number).padStart(2, "0");
  if (whole < 60) return seconds < 10 ? `${seconds.toFixed(1)} s` : `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${two(whole % 60)} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} m`;
  return `${Math.floor(whole / 86400)} d ${two(Math.floor((whole % 86400) / 3600))} h`;
}

const counted = (count, what, ending = "s") =>
  `${count.toLocaleString("en")} ${what}${count === 1 ? "" : ending}`;

const shortened = (text, longest) =>
  text.length > longest ? `${text.slice(0, longest - 1)}…` : text;

/** The last part of the name of a parameter or metric. */
const lastPart = (name) => name.split("/").pop().split(".").pop();

/** The ends of a name that begin with one of its parts, the shortest first. */
const endsOf = (name) =>
  [...name.matchAll(/[./]/g)].map(({ index }) => name.slice(index + 1)).filter(Boolean).reverse().concat(name);

/** Names as short as they still tell columns apart. */
function headings(names) {
  const times = new Map();
  for (const end of names.flatMap(endsOf)) times.set(end, (times.get(end) ?? 0) + 1);
  return names.map((name) => endsOf(name).find((end) => times.get(end) === 1) ?? name);
}

const COLLATOR = new Intl.Collator("en", { numeric: true });

/** Compare values of any type: numbers first, in their order; then texts. */
function compared(one, other) {
  if (isNumber(one) && isNumber(other)) return one - other;
  if (isNumber(one) !== isNumber(other)) return isNumber(one) ? -1 : 1;
  return COLLATOR.compare(toldValue(one), toldValue(other));
}

/** Values, each once; lists and mappings are equal where their JSON is. */
function distinct(values) {
  const found = new Map();
  for (const value of values) {
    if (value === undefined) continue;
    const key = typeof value === "object" ? JSON.stringify(value) : value;
    if (!found.has(key)) found.set(key, value);
  }
  return [...found.values()];
}

function grouped(things, keyOf) {
  const groups = new Map();
  for (const thing of things) {
    const key = keyOf(thing);
    if (groups.has(key)) groups.get(key).push(thing);
    else groups.set(key, [thing]);
  }
  return groups;
}
