// Metrics over time: a small chart each, a point an experiment.

const CHART = { width: 360, height: 168, left: 46, right: 12, top: 10, bottom: 24 };
const FIRST_CHARTS = 12;
const MOST_DOTS = 60;

/** A metric's values by experiment, the oldest first; only what is a number. */
function seriesOf(metric) {
  const found = [];
  for (const [experiment, runs] of DATA.experiments) {
    const having = runs.filter((run) => isNumber(metric.of(run)));
    if (!having.length) continue;
    const values = having.map(metric.of).sort((one, other) => one - other);
    found.push({
      experiment, runs: having,
      at: Math.min(...runs.map(({ started }) => started)),
      low: values[0], high: values[values.length - 1],
      value: values[Math.floor((values.length - 1) / 2)],
    });
  }
  return found.sort((one, other) => one.at - other.at);
}

const METRICS = (() => {
  const columns = columnsOf("metric", DATA.runs);
  const series = new Map(columns.map((each) => [each.key, seriesOf(each)]));
  const over = columns.filter(({ key }) => series.get(key).length > 1);
  const moving = over.filter(({ key }) => distinct(series.get(key).map(({ value }) => value)).length > 1);
  return { columns, series, spaced: "time", find: "",
    chosen: new Set(ranked(moving.length ? moving : over, DATA.runs).slice(0, FIRST_CHARTS).map(({ key }) => key)) };
})();

function chart(metric, points, spaced) {
  const { width, height, left, right, top, bottom } = CHART;
  const across = spaced === "time" ? points.map(({ at }) => at) : points.map((_, at) => at);
  const [first, last] = [across[0], across[across.length - 1]];
  const x = (at) => left + (last === first ? 0.5 : (across[at] - first) / (last - first)) * (width - left - right);
  const scale = numberScale(points.flatMap(({ low, high }) => [low, high]), 4);
  const y = (value) => height - bottom - scale.place(value) * (height - top - bottom);
  const ticks = spaced === "time"
    ? (last === first ? [{ value: first, text: toldTime(first).slice(0, 10) }] : timeTicks(first, last, 4))
    : [{ value: 0, text: "first" }, ...(last ? [{ value: last, text: `${counted(points.length, "experiment")}` }] : [])];
  const xOf = (value) => left + (last === first ? 0.5 : (value - first) / (last - first)) * (width - left - right);
  const anchor = (value) => (xOf(value) > width - 40 ? "end" : xOf(value) < left + 8 ? "start" : "middle");

  const cursor = svg("g", { class: "cursor", visibility: "hidden" },
    svg("line", { y1: top, y2: height - bottom }), svg("circle", { r: 4.5 }));
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true", focusable: "false" },
    scale.ticks.map(({ value, text }) => svg("g", { class: "tick" },
      svg("line", { x1: left, x2: width - right, y1: y(value), y2: y(value) }),
      svg("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, text))),
    ticks.map(({ value, text }) => svg("g", { class: "tick" },
      svg("line", { x1: xOf(value), x2: xOf(value), y1: height - bottom, y2: height - bottom + 4 }),
      svg("text", { x: xOf(value), y: height - 6, "text-anchor": anchor(value) }, text))),
    svg("path", { class: "line", d: points.map(({ value }, at) => `${at ? "L" : "M"}${x(at).toFixed(1)},${y(value).toFixed(1)}`).join("") }),
    points.map(({ low, high }, at) => (low === high ? null : svg("line", { class: "range", x1: x(at), x2: x(at), y1: y(low), y2: y(high) }))),
    points.length > MOST_DOTS ? null : points.map(({ value }, at) => svg("circle", { class: "dot", cx: x(at), cy: y(value), r: 2.6 })),
    cursor);

  const told = ({ experiment, at, value, low, high, runs }) => {
    const what = low === high ? toldNumber(value) : `${toldNumber(low)} … ${toldNumber(high)}, median ${toldNumber(value)} of ${runs.length} runs`;
    return `${toldTime(at)} · ${what} · ${experiment}`;
  };
  let at = points.length - 1;
  const now = el("output", { class: "now" });
  const slider = el("div", {
    class: "drawn", tabindex: "0", role: "slider", "aria-label": `${metric.name} over time`,
    "aria-valuemin": 1, "aria-valuemax": points.length,
  }, drawing);
  const show = (next, visible = true) => {
    at = Math.max(0, Math.min(points.length - 1, next));
    const text = told(points[at]);
    slider.setAttribute("aria-valuenow", at + 1);
    slider.setAttribute("aria-valuetext", text);
    cursor.setAttribute("visibility", visible ? "visible" : "hidden");
    cursor.firstChild.setAttribute("x1", x(at));
    cursor.firstChild.setAttribute("x2", x(at));
    cursor.lastChild.setAttribute("cx", x(at));
    cursor.lastChild.setAttribute("cy", y(points[at].value));
    now.textContent = visible ? text : `latest ${told(points[points.length - 1]).split(" · ")[1]}`;
    now.title = text;
  };
  const open = () => {
    const { experiment, runs } = points[at];
    if (runs.length === 1) location.hash = to("run", runs[0].id);
    else showRuns({ each: "run", experiment, step: runs[0].step, state: "", filter: "" });
  };
  const keys = { ArrowLeft: () => at - 1, ArrowDown: () => at - 1, ArrowRight: () => at + 1, ArrowUp: () => at + 1,
    Home: () => 0, End: () => points.length - 1, PageUp: () => at + 10, PageDown: () => at - 10 };
  filled(slider, {
    onkeydown: (event) => {
      if (event.key === "Enter") open();
      else if (event.key in keys) {
        event.preventDefault();
        show(keys[event.key]());
      }
    },
    onfocus: () => show(at, slider.matches(":focus-visible")),
    onblur: () => show(points.length - 1, false),
    onpointermove: (event) => {
      const box = drawing.getBoundingClientRect();
      const where = ((event.clientX - box.left) / box.width) * width;
      let nearest = 0;
      for (let each = 1; each < points.length; each += 1) {
        if (Math.abs(x(each) - where) < Math.abs(x(nearest) - where)) nearest = each;
      }
      show(nearest);
    },
    onpointerleave: () => show(at, document.activeElement === slider),
    onclick: open,
  }, []);
  show(points.length - 1, false);
  const path = metric.name.slice(0, metric.name.length - lastPart(metric.name).length).replace(/[./]$/, "");
  return el("figure", { class: "chart" },
    el("figcaption", { title: metric.name }, el("strong", {}, lastPart(metric.name)), path ? el("span", {}, ` ${path}`) : null),
    slider, now);
}

function metricsView() {
  const place = el("div", { class: "charts" });
  const count = el("p", { class: "count", role: "status" });
  const draw = () => {
    const shown = METRICS.columns.filter(({ key }) => METRICS.chosen.has(key));
    const having = shown.filter(({ key }) => METRICS.series.get(key).length);
    count.textContent = `${having.length} of ${counted(METRICS.columns.length, "metric")}. A point is an experiment; choose one (by mouse, or by arrow keys and Enter) to see its runs.`;
    place.replaceChildren(...having.map((each) => chart(each, METRICS.series.get(each.key), METRICS.spaced)));
  };
  if (!METRICS.columns.length) return [heading("Metrics over time"), el("p", {}, "No run has a metric yet.")];
  draw();
  return [
    heading("Metrics over time"),
    el("div", { class: "controls" },
      choice("Spaced by", [["time", "time"], ["order", "order of experiments"]], METRICS.spaced, (value) => {
        METRICS.spaced = value;
        draw();
      }),
      chooser("Metrics shown", [["Metrics", METRICS.columns]], METRICS.chosen, draw)),
    count,
    place,
  ];
}
