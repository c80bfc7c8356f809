/** The form: what it says of a listing, and what is wrong with it, each at its field. */

import { LABELS, sentence } from "./words.js";

const NUMBERS = new Set([
  "latitude",
  "longitude",
  "minimum_nights",
  "availability_365",
  "number_of_reviews",
  "reviews_per_month",
  "calculated_host_listings_count",
]);
const COLUMNS = Object.keys(LABELS).filter((column) => column !== "id");

/**
 * Return the listing of a form, by column: numbers where they are some, else what was typed,
 * so that the service says what is wrong with it; null where a field is empty.
 */
export function readListing(form) {
  const given = new FormData(form);
  return Object.fromEntries(COLUMNS.map((column) => [column, value(column, given.get(column))]));
}

function value(column, text) {
  const typed = text?.trim() ?? "";
  if (!typed) return null;
  const number = Number(typed);
  return NUMBERS.has(column) && Number.isFinite(number) ? number : typed;
}

/** Offer room types, the first one chosen. */
export function offerRoomTypes(fieldset, types) {
  const choices = types.map((type, place) => {
    const input = document.createElement("input");
    Object.assign(input, { type: "radio", name: "room_type", value: type, checked: place === 0 });
    const label = document.createElement("label");
    label.append(input, type);
    return label;
  });
  fieldset.querySelector("div").replaceChildren(...choices);
}

/**
 * Show errors of the service at their fields.
 *
 * @param {HTMLFormElement} form
 * @param {{field: string, value: unknown, rule: string}[]} errors
 * @param {boolean} goThere Whether to go to the first.
 * @returns {{field: string, value: unknown, rule: string}[]} Those of no field that is here.
 */
export function showErrors(form, errors, goThere) {
  clearErrors(form);
  const elsewhere = [];
  let first = null;
  for (const error of errors) {
    const column = String(error.field).split(/[.\]/]/).at(-1);
    const field = COLUMNS.includes(column) ? form.querySelector(`#${column}`) : null;
    if (!field) {
      elsewhere.push(error);
      continue;
    }
    mark(field, error);
    if (!first || field.compareDocumentPosition(first) & Node.DOCUMENT_POSITION_FOLLOWING) {
      first = field;
    }
  }
  first?.closest("details")?.setAttribute("open", "");
  if (first && goThere) {
    (first.matches("fieldset") ? (first.querySelector("input:checked") ?? first) : first).focus();
  }
  return elsewhere;
}

function mark(field, { value: given, rule }) {
  const told = document.createElement("p");
  told.id = `${field.id}-error`;
  told.className = "error";
  told.textContent = `${sentence(LABELS[field.id])} must be ${rule}${said(given)}.`;
  field.closest(".field").append(told);
  field.setAttribute("aria-invalid", "true");
  const described = field.getAttribute("aria-describedby");
  field.setAttribute("aria-describedby", [described, told.id].filter(Boolean).join(" "));
}

function said(given) {
  return given === null || given === undefined || given === "" ? "" : ` (given: ${given})`;
}

export function clearErrors(form) {
  for (const field of form.querySelectorAll("[aria-invalid]")) clearError(field);
}

/** Take away what is said of a field, as when it is changed. */
export function clearError(field) {
  if (!field.hasAttribute("aria-invalid")) return;
  field.removeAttribute("aria-invalid");
  const own = `${field.id}-error`;
  const described = (field.getAttribute("aria-describedby") ?? "").split(" ");
  const others = described.filter((id) => id && id !== own);
  if (others.length) field.setAttribute("aria-describedby", others.join(" "));
  else field.removeAttribute("aria-describedby");
  document.getElementById(own)?.remove();
}
