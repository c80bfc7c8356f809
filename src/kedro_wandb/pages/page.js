// Which view is shown: what stands after the # of the address.

const VIEWS = [
  ["runs", "Runs", runsView],
  ["metrics", "Metrics", metricsView],
  ["parallel", "Compare", parallelView],
  ["artifacts", "Artifacts", (name) => (name === undefined ? artifactsView() : artifactView(name))],
  ["lineage", "Lineage", lineageView],
  ["run", null, runView],
];

document.getElementById("views").append(
  ...VIEWS.filter(([, label]) => label).map(([name, label]) => el("li", {}, link(to(name), label))));

document.getElementById("about").textContent = [
  counted(DATA.experiments.size, "experiment"), counted(DATA.runs.length, "run"),
  counted(DATA.artifacts.length, "artifact"), counted(DATA.versions.length, "version"),
  `as of ${toldTime(DATA.written)} UTC`,
].join(" · ");

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // of an address that somebody has cut
  }
}

let isFirst = true;

function route() {
  const [wanted, ...rest] = location.hash.slice(1).split("/");
  const [name, , view] = VIEWS.find(([each]) => each === wanted) ?? VIEWS[0];
  const isInDrawing = document.activeElement?.closest?.("svg.lineage") && name === "lineage";
  for (const each of document.querySelectorAll("#views a")) {
    const isHere = each.getAttribute("href") === to(name === "run" ? "runs" : name);
    if (isHere) each.setAttribute("aria-current", "page");
    else each.removeAttribute("aria-current");
  }
  const place = document.getElementById("view");
  place.replaceChildren(...view(rest.length ? decoded(rest.join("/")) : undefined).flat(Infinity).filter(Boolean));
  const title = place.querySelector("h2");
  document.title = `${title.textContent} · ${DATA.project}`;
  if (!isFirst && !isInDrawing) {
    window.scrollTo(0, 0);
    title.focus({ preventScroll: true });
  }
  if (isInDrawing) {
    // The drawing is made after this; whoever walks through it goes on from the middle.
    queueMicrotask(() => {
      place.querySelector("svg.lineage .here")?.focus({ preventScroll: true });
      say(title.textContent);
    });
  }
  isFirst = false;
}

window.addEventListener("hashchange", route);
window.addEventListener("resize", (() => {
  let width = window.innerWidth;
  let waiting = 0;
  return () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (window.innerWidth === width) return; // a phone's bars come and go
      width = window.innerWidth;
      if (/^#(lineage|parallel)/.test(location.hash)) route();
    }, 200);
  };
})());
route();
document.querySelector("h1 a").addEventListener("click", (event) => {
  event.preventDefault(); // without a script it would load the page anew
  location.hash = "#runs";
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // its address is no view
  document.getElementById("main").focus();
});
