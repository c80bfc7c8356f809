// Elements and controls. Texts become text nodes, never markup.

const SVG = "http://www.w3.org/2000/svg";

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null));
  return made;
}

const el = (tag, attributes, ...children) => filled(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) =>
  filled(document.createElementNS(SVG, tag), attributes, children);

/** Let screen readers say something. */
function say(text) {
  document.getElementById("told").textContent = text;
}

let lastId = 0;
const newId = () => `e${(lastId += 1)}`;

function labelled(text, control) {
  const id = newId();
  control.id = id;
  return el("div", { class: "control" }, el("label", { for: id }, text), control);
}

/** A choice of one; options are texts, or pairs of a value and its text. */
function choice(label, options, value, onchange) {
  const items = options.map((each) => (Array.isArray(each) ? each : [each, each]));
  const select = el("select", { onchange: () => onchange(select.value) },
    items.map(([key, text]) => el("option", { value: key }, text)));
  select.value = value;
  return labelled(label, select);
}

function check(text, checked, onchange, title) {
  const box = el("input", { type: "checkbox", onchange: () => onchange(box.checked) });
  box.checked = checked;
  return el("label", { class: "check", title }, box, el("span", {}, text));
}

/** A text to filter by; told half a moment after the last letter. */
function search(label, value, oninput, hint) {
  let waiting = 0;
  const input = el("input", {
    type: "search", autocomplete: "off", spellcheck: "false", placeholder: hint,
    oninput: () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => oninput(input.value), 120);
    },
  });
  input.value = value;
  return labelled(label, input);
}

/**
 * Things to be chosen from, folded away.
 *
 * @param groups Pairs of a heading and columns.
 * @param chosen Set of the keys of those that are shown; it is changed.
 */
function chooser(title, groups, chosen, onchange) {
  const lists = el("div", { class: "lists" });
  const total = groups.reduce((sum, [, columns]) => sum + columns.length, 0);
  const draw = (text) => {
    const wanted = text.trim().toLowerCase();
    const found = groups.map(([heading, columns]) =>
      [heading, columns.filter(({ name, label }) => `${name} ${label}`.toLowerCase().includes(wanted))]);
    lists.replaceChildren(...found.filter(([, columns]) => columns.length).map(([heading, columns]) =>
      el("fieldset", {}, el("legend", {}, heading),
        columns.map(({ key, name, kind, label }) => check(kind === "fact" ? label : name, chosen.has(key), (on) => {
            if (on) chosen.add(key);
            else chosen.delete(key);
            onchange();
          })))));
  };
  const folded = el("details", { class: "chooser" }, el("summary", {}, title));
  folded.addEventListener("toggle", () => {
    if (!folded.open || lists.childElementCount) return;
    draw("");
    folded.append(el("div", { class: "chosen" },
      total > 12 ? search("Find", "", draw, "part of a name") : null, lists));
  });
  folded.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !folded.open) return;
    folded.open = false;
    folded.querySelector("summary").focus();
  });
  return folded;
}

const to = (view, name) => (name === undefined ? `#${view}` : `#${view}/${encodeURIComponent(name)}`);
const link = (address, text, title) => el("a", { href: address, title }, text);
const versionLink = (version) => link(to("lineage", version.reference), version.reference, "Its lineage");
const runLink = (run, text) => link(to("run", run.id), text ?? `${run.step} · ${run.experiment}`, run.id);
const aliasChips = (version) =>
  version.aliases.map((alias) => el("span", { class: `chip${alias === "latest" ? "" : " strong"}` }, alias));
const stateChip = (state, text) => el("span", { class: `state ${state}` }, text ?? state);

/** A few things, and the rest once it is asked for. */
function fewOf(things, drawn, wanted = 2) {
  const few = things.length === wanted + 1 ? wanted + 1 : wanted; // "1 more" takes as much room
  const list = el("ul", { class: "few" }, things.slice(0, few).map((each) => el("li", {}, drawn(each))));
  const rest = things.slice(few);
  if (rest.length) {
    const more = el("button", { type: "button", class: "plain", onclick: () => {
      item.remove();
      list.append(...rest.map((each) => el("li", {}, drawn(each))));
      list.children[few].querySelector("a")?.focus();
    } }, `and ${rest.length} more`);
    const item = el("li", {}, more);
    list.append(item);
  }
  return things.length ? list : NOTHING;
}

/** Terms and what they are. */
const factList = (facts) =>
  el("dl", { class: "facts" }, facts.filter(([, value]) => value !== undefined).map(([term, value]) =>
    el("div", {}, el("dt", {}, term), el("dd", {}, value))));

const heading = (text, ...more) => el("h2", { tabindex: "-1" }, text, ...more);
