/** A CSV file, dropped or chosen: sent, priced, and given back. */

import { element } from "./answer.js";
import { Problem, request } from "./api.js";
import { Records, Summary } from "./csv.js";
import { count, sentence, several, size } from "./words.js";

const $ = (id) => document.getElementById(id);
const SHOWN = 8;

/** Let files be dropped anywhere on the page, or chosen. */
export function watchFiles() {
  let under = 0;
  const light = (on) => $("drop").classList.toggle("over", on);
  const withFile = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragenter", (event) => withFile(event) && light(++under > 0));
  document.addEventListener("dragleave", (event) => withFile(event) && light(--under > 0));
  document.addEventListener("dragover", (event) => withFile(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!withFile(event)) return;
    event.preventDefault();
    light((under = 0) > 0);
    price(event.dataTransfer.files);
  });
  $("csv").addEventListener("change", () => price($("csv").files));
}

let running = null;

async function price(files) {
  if (!files.length) return;
  running?.abort();
  const own = (running = new AbortController());
  begin();
  try {
    if (files.length > 1) throw new Problem(422, { detail: "One file at a time, please." });
    await priceOne(files[0], own.signal);
  } catch (error) {
    if (running === own) tell(own.signal.aborted ? null : error);
  } finally {
    if (running === own) {
      $("csv-work").hidden = true;
      $("csv").value = "";
    }
  }
}

function begin() {
  $("csv-error").hidden = true;
  $("csv").removeAttribute("aria-invalid");
  $("csv-done").hidden = true;
  $("csv-told").textContent = "";
  $("csv-work").hidden = false;
  $("csv-progress").removeAttribute("value");
  $("csv-rows").textContent = "";
  $("csv-stop").onclick = () => running.abort();
  $("many").scrollIntoView({ block: "nearest" });
}

async function priceOne(file, signal) {
  $("csv-told").textContent = `Sending ${file.name} (${size(file.size)}) …`;
  const lines = await countLines(file);
  const response = await request("estimates/file", {
    method: "POST",
    headers: { "Content-Type": "text/csv" },
    body: file,
    signal,
  });
  $("csv-told").textContent = `Pricing ${file.name} …`;
  const { parts, summary } = await read(response, lines, file.name);
  show(file.name, new Blob(parts, { type: "text/csv" }), summary);
}

/** Read the answer as it comes, and show how far it is. */
async function read(response, lines, name) {
  const [parts, summary, records] = [[], new Summary(), new Records()];
  const decoder = new TextDecoder();
  try {
    for (const reader = response.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      summary.add(records.take(decoder.decode(value, { stream: true })));
      progress(summary.rows, lines);
    }
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(null, {
      title: "The answer broke off",
      detail: `After ${several(summary.rows, "row")} of ${name}; nothing is kept. Send it again.`,
    });
  }
  summary.add(records.rest());
  return { parts, summary };
}

function progress(rows, lines) {
  if (lines) Object.assign($("csv-progress"), { max: lines, value: Math.min(rows, lines) });
  $("csv-rows").textContent = lines ? `${count(rows)} of about ${count(lines)}` : count(rows);
}

/** About how many rows a file has; null where it is compressed. */
async function countLines(file) {
  const start = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  if (start[0] === 0x1f && start[1] === 0x8b) return null;
  let lines = 0;
  for (const reader = file.stream().getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return Math.max(lines - 1, 1);
    for (const byte of value) if (byte === 10) lines += 1;
  }
}

function show(name, blob, summary) {
  const { rows, priced } = summary;
  const have = priced === 1 ? "has" : "have";
  $("csv-told").textContent =
    `${count(priced)} of ${several(rows, "row")} in ${name} ${have} a price.` +
    (rows > priced ? ` ${count(rows - priced)} not; the column “note” says why.` : "");
  const link = $("csv-download");
  if (link.href) URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(blob);
  link.download = `${name.replace(/(\.csv)?(\.gz)?$/i, "")}_priced.csv`;
  link.textContent = `Download ${link.download} (${size(blob.size)})`;
  $("csv-remarks").replaceChildren(
    ...remarks("Not priced, because", summary.refusals),
    ...remarks("Priced, with a remark", summary.remarks),
  );
  $("csv-done").hidden = false;
  link.focus({ preventScroll: true });
}

function remarks(title, kinds) {
  if (!kinds.size) return [];
  const table = element("table");
  const head = element("tr");
  for (const [name, className] of [["Remark", ""], ["Rows", "number"], ["First id", "number"]]) {
    const cell = element("th", name, className);
    cell.scope = "col";
    head.append(cell);
  }
  const ordered = [...kinds].sort(([, one], [, other]) => other.rows - one.rows);
  const rows = ordered.slice(0, SHOWN).map(([kind, { rows: number, example }]) => {
    const row = element("tr");
    row.append(
      element("td", sentence(kind)),
      element("td", count(number), "number"),
      element("td", example, "number id"),
    );
    return row;
  });
  const body = element("tbody");
  body.append(...rows);
  const top = element("thead");
  top.append(head);
  const left = ordered.length - rows.length;
  table.append(element("caption", left > 0 ? `${title} (+${left} more kinds)` : title), top, body);
  return [table];
}

/** Tell what went wrong, in place; null is that people have stopped it. */
function tell(error) {
  $("csv-told").textContent = error ? "" : "Stopped; nothing was kept.";
  if (!error) return;
  $("csv-error").textContent = words(error);
  $("csv-error").hidden = false;
  $("csv").setAttribute("aria-invalid", "true");
  $("csv").focus({ preventScroll: true });
}

function words(error) {
  if (!(error instanceof Problem)) return String(error);
  // What the service says of a file names its lines and columns, and needs no title.
  return error.status && error.detail ? error.detail : `${error.message}. ${error.detail}`;
}
