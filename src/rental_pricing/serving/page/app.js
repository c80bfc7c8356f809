/** The page: a form and a map in, an estimate out. */

import { showAnswer, showNoAnswer } from "./answer.js";
import { Problem, estimate, told, whenAKeyIsWanted } from "./api.js";
import { Areas } from "./areas.js";
import { watchFiles } from "./file.js";
import { clearError, clearErrors, offerRoomTypes, readListing, showErrors } from "./form.js";
import { PlaceMap } from "./map.js";
import { age, day, degrees, several } from "./words.js";

const $ = (id) => document.getElementById(id);
const PAUSE_MS = 350;
const PATIENCE_MS = 30_000;

const form = $("listing");
const map = new PlaceMap($("map"), (place) => setPlace(place, { from: "map" }));
const areas = new Areas($("neighbourhood_group"), $("neighbourhood"), (area) =>
  setPlace(area, { from: "areas", km: area.km }),
);
let model = {};
let bounds = null;
let viewIsTheirs = false;
let asking = null;
let answered = false;
let later = null;

/** Put the place everywhere: fields, pin, area and words. */
function setPlace({ latitude, longitude }, { from, km = null }) {
  if (from !== "fields") {
    $("latitude").value = latitude.toFixed(5);
    $("longitude").value = longitude.toFixed(5);
    for (const id of ["latitude", "longitude"]) clearError($(id));
  }
  if (from !== "areas") areas.follow({ latitude, longitude });
  if (from !== "map") map.put({ latitude, longitude }, km);
  viewIsTheirs = from === "map";
  const area = areas.chosen();
  const where = area ? ` in ${area.name}, ${area.borough}` : "";
  $("pin-told").textContent = `Pin${where} at ${degrees(latitude)}, ${degrees(longitude)}`;
  if (from !== "fields") askAgain();
}

function typedPlace() {
  const { latitude, longitude } = readListing(form);
  if (isWithin(bounds?.latitude, latitude) && isWithin(bounds?.longitude, longitude)) {
    setPlace({ latitude, longitude }, { from: "fields" });
  } else {
    map.takePinAway();
    $("pin-told").textContent = "That place is not on the map.";
  }
}

const isWithin = (ends, number) => ends && number >= ends.min && number <= ends.max;

/** Ask for the price; quietly, where it only follows what is changed. */
async function ask({ quietly = false } = {}) {
  clearTimeout(later);
  asking?.abort();
  const own = (asking = new AbortController());
  const listing = readListing(form);
  $("answer").setAttribute("aria-busy", "true");
  try {
    const patience = AbortSignal.timeout(PATIENCE_MS);
    const answer = await estimate(listing, AbortSignal.any([own.signal, patience]));
    if (answer.model.identity !== model.identity) await tellModel();
    if (own.signal.aborted) return;
    clearErrors(form);
    hideMessage();
    $("live").textContent = showAnswer(answer, listing, model);
    showSimilarOnMap(answer.similar ?? [], quietly);
    if (!quietly) goTo($("answer-title"));
    answered = true;
  } catch (error) {
    if (own.signal.aborted) return;
    $("live").textContent = "";
    showNoAnswer();
    showSimilarOnMap([], true);
    tell(error.name === "TimeoutError" ? new Problem(504) : error, ask, quietly);
  } finally {
    if (asking === own) $("answer").removeAttribute("aria-busy");
  }
}

/** Once there is an answer, it follows what is changed. */
function askAgain() {
  if (!answered) return;
  clearTimeout(later);
  later = setTimeout(() => ask({ quietly: true }), PAUSE_MS);
}

function showSimilarOnMap(similar, quietly) {
  map.showSimilar(similar);
  document.querySelector(".similar-legend").hidden = !similar.length;
  if (similar.length && !(quietly && viewIsTheirs)) map.showAround();
}

function goTo(heading) {
  heading.focus({ preventScroll: true });
  const { top } = heading.getBoundingClientRect();
  if (top < 0 || top > innerHeight * 0.6) heading.scrollIntoView({ block: "start" });
}

/** Tell what went wrong: at its fields where it is theirs, else above the form. */
function tell(error, retry, quietly = false) {
  const problem = error instanceof Problem ? error : new Problem(null, { detail: String(error) });
  const elsewhere = problem.status === 422 ? showErrors(form, problem.errors, !quietly) : [];
  const inPlace = problem.errors.length - elsewhere.length;
  $("message-title").textContent = inPlace
    ? `${several(inPlace, "field")} to look at`
    : problem.message;
  $("message-detail").textContent = inPlace
    ? elsewhere.map(({ field, rule }) => `${field}: ${rule}`).join("\n")
    : problem.detail;
  $("message-retry").hidden = inPlace > 0;
  $("message-retry").onclick = () => {
    hideMessage();
    retry();
  };
  $("message").hidden = false;
  if (!inPlace && !quietly) $("message").scrollIntoView({ block: "nearest" });
}

function hideMessage() {
  $("message").hidden = true;
}

/** Ask people for the key in a dialog; null where they'd rather not. */
function askForKey(refused) {
  const [dialog, value] = [$("key"), $("key-value")];
  $("key-help").textContent = refused
    ? "The service did not take that key. Another one is kept until this tab is closed."
    : "It is kept until this tab is closed.";
  value.value = "";
  dialog.returnValue = "cancel";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener(
      "close",
      () => resolve(dialog.returnValue === "use" ? value.value.trim() : null),
      { once: true },
    );
  });
}

/** Offer the form's own listing as a CSV file: a header and one row. */
function downloadTemplate() {
  const cells = Object.entries({ id: 1, ...readListing(form) });
  const quoted = (text) => `"${String(text ?? "").replaceAll('"', '""')}"`;
  const lines = [
    cells.map(([column]) => column).join(","),
    cells.map(([, text]) => quoted(text)).join(","),
  ];
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([lines.join("\n"), "\n"], { type: "text/csv" }));
  link.download = "listings.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

async function start() {
  try {
    const places = await told("places");
    bounds = places.bounds;
    map.load(places);
    areas.load(places.boroughs);
    offerRoomTypes($("room_type"), places.room_types);
    if (areas.all.length) {
      const area = areas.busiest();
      areas.choose(area);
      setPlace(area, { from: "areas" });
    }
    await tellModel();
  } catch (error) {
    tell(error, start);
  }
}

/** Tell which model is in use; another one may be in production since the page was opened. */
async function tellModel() {
  model = await told("model");
  $("model-told").textContent = [
    model.market,
    `model ${model.version ?? model.identity}`,
    `data of ${day(model.newest_delivery)}, ${age(model.age_days)}`,
  ].join(" · ");
  $("model-told").hidden = false;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
form.addEventListener("input", ({ target }) => clearError(target.closest("fieldset") ?? target));
form.addEventListener("change", ({ target }) => {
  if (target.id === "latitude" || target.id === "longitude") typedPlace();
  askAgain();
});
$("similar-rows").addEventListener("pointerover", ({ target }) => {
  map.highlight(target.closest("tr").sectionRowIndex);
});
$("similar-rows").addEventListener("pointerleave", () => map.highlight(null));
$("template").addEventListener("click", downloadTemplate);
whenAKeyIsWanted(askForKey);
watchFiles();
start();
