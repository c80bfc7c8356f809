/** The answer: price and range, what drives it, similar listings; or why there is no price. */

import * as words from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const ALIKE = "Same room type; near, and alike in bedrooms and minimum stay.";
const $ = (id) => document.getElementById(id);

/**
 * Show an estimate.
 *
 * @param {object} answer As `api.estimate` gives it.
 * @param {object} listing What was asked for.
 * @param {object} model What the service tells of its model.
 * @returns {string} The answer in one sentence.
 */
export function showAnswer(answer, listing, model) {
  const priced = answer.price !== null;
  $("no-answer").hidden = true;
  $("the-answer").hidden = !priced;
  $("refused").hidden = priced;
  showModel(answer.model);
  if (!priced) {
    $("refused-reason").textContent = words.sentence(answer.reason ?? "");
    return `No price for this listing: ${answer.reason}`;
  }
  const money = (amount) => words.money(amount, answer.currency);
  const range = `${money(answer.lower)}–${money(answer.upper)}`;
  const coverage = model.interval?.coverage;
  const inRange = coverage ? `${words.share(coverage)} such listings:` : "Range:";
  $("price").textContent = money(answer.price);
  $("coverage").textContent = inRange;
  $("range").textContent = range;
  showWarnings([...(answer.warnings ?? []), ...beyond(answer, model, money)]);
  showScale(answer, money);
  showDrivers(answer, listing);
  showSimilar(answer.similar ?? [], money);
  return `Typically ${money(answer.price)} a night. ${inRange} ${range.replace("–", " to ")}.`;
}

/** Show what an answer will be; as before the first one, and where the last one holds no more. */
export function showNoAnswer() {
  for (const part of ["the-answer", "refused", "answer-model"]) $(part).hidden = true;
  $("no-answer").hidden = false;
}

function showModel({ version, newest_delivery: newest, age_days: days }) {
  const model = version ? `Model ${version}` : "A model without a version";
  $("answer-model").textContent =
    `${model}, learnt from deliveries up to ${words.day(newest)} (${words.age(days)}).`;
  $("answer-model").hidden = false;
}

/** Say where a range ends because the model knows no further prices. */
function beyond({ lower, upper }, { price_range: known }, money) {
  if (!known || (lower > known[0] && upper < known[1])) return [];
  return [`the model knows no prices below ${money(known[0])} or above ${money(known[1])}`];
}

function showWarnings(warnings) {
  $("warnings").replaceChildren(
    ...warnings.map((warning) => element("li", words.sentence(warning))),
  );
  $("warnings").hidden = !warnings.length;
}

/** Draw the range with the estimate and the similar listings' prices on one axis. */
function showScale({ price, lower, upper, similar = [] }, money) {
  const prices = similar.map((each) => each.price);
  const least = Math.min(lower, ...prices);
  const most = Math.max(upper, ...prices);
  const at = (amount) => `${3 + (94 * (amount - least)) / (most - least || 1)}%`;
  const chart = $("price-scale");
  chart.setAttribute(
    "aria-label",
    `Estimate ${money(price)}, range ${money(lower)} to ${money(upper)}` +
      (prices.length
        ? `; similar listings from ${money(Math.min(...prices))} to ${money(Math.max(...prices))}`
        : ""),
  );
  chart.replaceChildren(
    shape("line", { class: "axis", x1: "0%", x2: "100%", y1: 22, y2: 22 }),
    shape("line", { class: "band", x1: at(lower), x2: at(upper), y1: 22, y2: 22 }),
    ...prices.map((each) =>
      shape("line", { class: "tick", x1: at(each), x2: at(each), y1: 7, y2: 15 }),
    ),
    shape("circle", { class: "mark", cx: at(price), cy: 22, r: 8 }),
    ...[lower, upper].map((end) => {
      const label = shape("text", { x: at(end), y: 46, "text-anchor": "middle" });
      label.textContent = money(end);
      return label;
    }),
  );
  document.querySelector(".similar-key").hidden = !prices.length;
}

/** List what each group adds to a typical listing's price, up to the estimate. */
function showDrivers({ contributions, price, currency }, listing) {
  $("drivers").hidden = !contributions;
  if (!contributions) return;
  const typical = Math.round(contributions.typical);
  const estimate = Math.round(price);
  const groups = contributions.groups;
  const amounts = words.roundedToAddUp(groups.map((each) => each.amount), estimate - typical);
  const steps = groups
    .map((group, place) => ({ group, amount: amounts[place] }))
    .sort((one, other) => Math.abs(other.amount) - Math.abs(one.amount));
  let running = typical;
  const bars = steps.map(({ amount }) => [running, (running += amount)]);
  const ends = [typical, estimate, ...bars.flat()];
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const at = (amount) => `${6 + (88 * (amount - least)) / (most - least || 1)}%`;
  const total = (label, about, amount, from) =>
    driverRow("total", label, about, words.money(amount, currency), [
      shape("line", { class: "stem", x1: at(from), x2: at(from), y1: 0, y2: 40 }),
      shape("circle", { class: "mark", cx: at(amount), cy: 20, r: 6 }),
    ]);
  const kinds = ["less", "nothing", "more"];
  const rows = steps.map(({ group, amount }, place) => {
    const [from, to] = bars[place];
    const width = `${(88 * Math.abs(to - from)) / (most - least || 1)}%`;
    return driverRow(
      kinds[Math.sign(amount) + 1],
      words.sentence(group.group),
      given(group.columns, listing),
      words.money(amount, currency, true),
      [
        shape("line", { class: "stem", x1: at(from), x2: at(from), y1: 0, y2: 20 }),
        shape("line", { class: "stem", x1: at(to), x2: at(to), y1: 20, y2: 40 }),
        shape("rect", { x: at(Math.min(from, to)), y: 12, width, height: 16, rx: 3 }),
      ],
    );
  });
  $("drivers-rows").replaceChildren(
    total("Typical listing", "what it is compared with", typical, typical),
    ...rows,
    total("Estimate", "", estimate, estimate),
  );
}

function driverRow(kind, label, about, amount, shapes) {
  const row = element("tr", null, kind);
  const head = element("th", label);
  head.scope = "row";
  if (about) head.append(element("small", about));
  const bar = element("td", null, "bar");
  const chart = shape("svg", { "aria-hidden": "true" });
  chart.append(...shapes);
  bar.append(chart);
  row.append(head, bar, element("td", amount, "number"));
  return row;
}

/** Say what the listing has in some columns. */
function given(columns, listing) {
  const said = {
    minimum_nights: (nights) => `from ${words.several(nights, "night")}`,
    availability_365: (days) => `${words.several(days, "day")} a year`,
    number_of_reviews: (reviews) => words.several(reviews, "review"),
    reviews_per_month: (reviews) => `${reviews} a month`,
    last_review: (date) => `last ${words.day(date)}`,
    calculated_host_listings_count: (listings) => words.several(listings, "listing"),
    latitude: () => null,
    longitude: () => null,
  };
  return columns
    .filter((column) => (listing[column] ?? null) !== null)
    .map((column) => (said[column] ?? String)(listing[column]))
    .filter(Boolean)
    .join(", ");
}

function showSimilar(similar, money) {
  $("similar").hidden = !similar.length;
  $("similar-rows").replaceChildren(
    ...similar.map((each, place) => {
      const row = element("tr");
      const head = element("th");
      head.scope = "row";
      head.append(element("span", String(place + 1), "badge"));
      row.append(
        head,
        element("td", money(each.price), "number strong"),
        element("td", words.distance(each.distance_km ?? each.distance), "number"),
        element("td", each.room_type),
        element("td", String(each.id), "number id"),
      );
      return row;
    }),
  );
  const prices = similar.map((each) => each.price).sort((one, other) => one - other);
  const median = (prices[(prices.length - 1) >> 1] + prices[prices.length >> 1]) / 2;
  $("similar-note").textContent = prices.length
    ? `Their median price is ${money(median)}. ${ALIKE}`
    : "";
}

export function element(name, text = null, className = "") {
  const made = document.createElement(name);
  if (text !== null) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
