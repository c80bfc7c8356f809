// Scales and ticks: from values to places on a line.

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const DAY = 86400;

/** Round steps between two numbers, about so many. */
function niceTicks(low, high, wanted) {
  const rough = (high - low) / wanted;
  const size = 10 ** Math.floor(Math.log10(rough));
  const steps = [1, 2, 5, 10].map((each) => each * size);
  const ticksBy = (step) => {
    const ticks = [];
    for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-9; at += 1) ticks.push(at * step);
    return ticks;
  };
  const at = steps.findIndex((each) => each >= rough * 0.999);
  const ticks = ticksBy(steps[at]);
  return ticks.length < 2 && at > 0 ? ticksBy(steps[at - 1]) : ticks;
}

/** A number for people, as long as it has to be beside others of its axis. */
function tickText(value, step) {
  const size = Math.abs(value);
  if (size >= 1e4 && size < 1e15) {
    const at = Math.floor(Math.log10(size) / 3);
    return `${Number((value / 1000 ** at).toPrecision(3))}${["", "k", "M", "G", "T"][at]}`;
  }
  if (value !== 0 && size < 1e-3) return value.toExponential(0);
  const digits = step ? Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) : 0;
  return value.toFixed(Math.min(digits, 6));
}

/** A scale of numbers: place(value) from 0 to 1, value(place), and ticks with their texts. */
function numberScale(values, wanted = 4) {
  let low = Math.min(...values);
  let high = Math.max(...values);
  if (low === high) {
    const around = Math.abs(low) * 0.05 || 1;
    [low, high] = [low - around, high + around];
  }
  const ticks = niceTicks(low, high, wanted);
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : high - low;
  return {
    kind: "number", low, high,
    place: (value) => (value - low) / (high - low),
    value: (place) => low + place * (high - low),
    ticks: ticks.map((value) => ({ value, text: tickText(value, step) })),
    told: toldNumber,
  };
}

/** The same of positive numbers over many powers of ten. */
function logScale(values) {
  const scale = numberScale(values.map(Math.log10));
  const ticks = [];
  for (let power = Math.ceil(scale.low); power <= scale.high; power += 1) ticks.push(10 ** power);
  return {
    ...scale, kind: "logarithm",
    place: (value) => scale.place(Math.log10(value)),
    value: (place) => 10 ** scale.value(place),
    ticks: ticks.map((value) => ({ value, text: value >= 1e-3 && value < 1e4 ? String(Number(value.toPrecision(1))) : value.toExponential(0) })),
  };
}

/** Texts, one beside the other. */
function nameScale(values) {
  const names = distinct(values).sort(compared);
  const keys = names.map((name) => toldValue(name));
  const last = Math.max(1, names.length - 1);
  const place = (value) => (names.length === 1 ? 0.5 : keys.indexOf(toldValue(value)) / last);
  const every = Math.ceil(names.length / 12);
  return {
    kind: "name", names, place,
    value: (at) => names[Math.round(at * last)],
    ticks: names.filter((_, at) => at % every === 0).map((value) => ({ value, text: toldValue(value) })),
    told: toldValue,
  };
}

/** The scale that fits values: numbers, powers of ten, or names. */
function fittingScale(values) {
  if (!values.every(isNumber)) return nameScale(values);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low > 0 && high / low >= 100 ? logScale(values) : numberScale(values);
}

/** Days, months or years between two moments, at most so many. */
function timeTicks(low, high, most) {
  const day = (seconds) => new Date(seconds * 1000);
  const span = high - low;
  if (span < 2 * DAY) {
    const step = [60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600].find((each) => span / each <= most) ?? DAY;
    const ticks = [];
    for (let at = Math.ceil(low / step) * step; at <= high; at += step) {
      ticks.push({ value: at, text: day(at).toISOString().slice(11, 16) });
    }
    return ticks;
  }
  if (span < 60 * DAY) {
    const step = Math.ceil(span / DAY / most) * DAY;
    const ticks = [];
    for (let at = Math.ceil(low / DAY) * DAY; at <= high; at += step) {
      ticks.push({ value: at, text: `${day(at).getUTCDate()} ${MONTHS[day(at).getUTCMonth()]}` });
    }
    return ticks;
  }
  const months = [1, 2, 3, 6, 12, 24, 60, 120].find((each) => span / (30.4 * DAY) / each <= most) ?? 240;
  const first = day(low);
  const ticks = [];
  for (let at = Math.ceil((first.getUTCFullYear() * 12 + first.getUTCMonth()) / months) * months; ; at += months) {
    const [year, month] = [Math.floor(at / 12), at % 12];
    const value = Date.UTC(year, month) / 1000;
    if (value > high) return ticks;
    if (value >= low) ticks.push({ value, text: month === 0 ? String(year) : `${MONTHS[month]}${months < 12 && ticks.length ? "" : ` ${year}`}` });
  }
}
