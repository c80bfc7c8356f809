// Runs side by side: an axis for each parameter and metric, a line for each run.

const PARALLEL = { top: 52, bottom: 44, height: 380, side: 64, gap: 118, shades: 7, knob: 1 / 40 };
const MOST_NAMES = 20;

/** What can be compared: the runs of a pipeline in an experiment, and all experiments. */
const COMPARED = (() => {
  const choices = [];
  for (const [experiment, runs] of DATA.experiments) {
    for (const [step, each] of grouped(runs, (run) => run.step)) {
      if (each.length < 2) continue;
      choices.push({ key: `${step} ${experiment}`, label: `${experiment} · ${step} (${counted(each.length, "run")})`,
        rows: each.map((run) => ({ label: run.name, address: to("run", run.id), runs: [run] })) });
    }
  }
  choices.sort((one, other) => (other.rows.length > 2) - (one.rows.length > 2)); // the newest first
  if (DATA.experiments.size > 1) {
    choices.push({ key: "", label: `all experiments (${DATA.experiments.size})`,
      rows: [...DATA.experiments].map(([experiment, runs]) => ({ label: experiment, runs })) });
  }
  return choices;
})();

const PARALLELS = { key: COMPARED[0]?.key, states: new Map() };

/** What a row has in a column; nothing where its runs do not agree. */
function valueIn(row, each) {
  const values = distinct(row.runs.map(each.of));
  return values.length === 1 && values[0] !== null ? values[0] : undefined;
}

function stateOfChoice({ key, rows }) {
  if (PARALLELS.states.has(key)) return PARALLELS.states.get(key);
  const runs = rows.flatMap((row) => row.runs);
  const columns = ["parameter", "metric"].flatMap((kind) => columnsOf(kind, runs)).map((each) => {
    const values = rows.map((row) => valueIn(row, each));
    return { ...each, values, several: distinct(values).length };
  }).filter(({ several }) => several > 0);
  const useful = (kind, most) => columns.filter((each) => each.kind === kind && each.several > 1
    && (each.values.every((value) => value === undefined || isNumber(value)) || each.several <= MOST_NAMES))
    .sort((one, other) => lastPart(one.name).length - lastPart(other.name).length).slice(0, most);
  const differing = [...useful("parameter", 6), ...useful("metric", 4)];
  const any = ranked(columns.filter(({ kind }) => kind === "metric"), runs).slice(0, 4);
  const chosen = new Set((differing.length ? differing : any).map((each) => each.key));
  const metrics = columns.filter((each) => each.kind === "metric" && chosen.has(each.key));
  const colour = (metrics[0] ?? columns.find((each) => chosen.has(each.key)))?.key;
  const state = { columns, chosen, colour, brushes: new Map(), order: { key: colour, descending: false } };
  PARALLELS.states.set(key, state);
  return state;
}

function parallelDrawing(rows, axes, colour, brushes, onbrush) {
  const { top, bottom, height, side, gap, shades } = PARALLEL;
  const width = Math.max(side * 2 + gap * (axes.length - 1), Math.min(1400, document.getElementById("view").clientWidth - 4));
  const x = (at) => (axes.length === 1 ? width / 2 : side + (at / (axes.length - 1)) * (width - 2 * side));
  const y = (place) => height - bottom - place * (height - top - bottom);
  const scales = axes.map(({ values }) => fittingScale(values.filter((value) => value !== undefined)));
  const missing = height - bottom + 22;
  const place = (at, row) => (axes[at].values[row] === undefined ? undefined : scales[at].place(axes[at].values[row]));
  const by = axes.findIndex(({ key }) => key === colour);

  const lines = rows.map((row, each) => {
    const points = axes.map((_, at) => {
      const where = place(at, each);
      return `${x(at).toFixed(1)},${(where === undefined ? missing : y(where)).toFixed(1)}`;
    });
    const shade = by < 0 ? undefined : place(by, each);
    const name = shade === undefined ? "none" : `q${Math.min(shades - 1, Math.floor(shade * shades))}`;
    return svg("path", { class: `run ${name}`, d: `M${points.join("L")}`,
      onclick: () => (row.address ? (location.hash = row.address) : showRuns({ each: "run", experiment: row.label })) },
    svg("title", {}, [row.label, ...axes.map(({ label, values }) => `${label}: ${toldValue(values[each])}`)].join("\n")));
  });
  const passes = (each) => axes.every(({ key }, at) => {
    const brush = brushes.get(key);
    const where = place(at, each);
    return !brush || (where !== undefined && where >= brush[0] - 1e-9 && where <= brush[1] + 1e-9);
  });
  const redraws = [];
  const refresh = (key, brush) => {
    if (brush && (brush[0] > 1e-6 || brush[1] < 1 - 1e-6)) brushes.set(key, brush);
    else brushes.delete(key);
    draw();
    onbrush(rows.filter((_, each) => passes(each)));
  };
  const draw = () => {
    lines.forEach((line, each) => line.classList.toggle("faded", !passes(each)));
    for (const redraw of redraws) redraw();
  };

  const drawnAxes = axes.map((axis, at) => {
    const { key, name, kind, label } = axis;
    const scale = scales[at];
    const missed = axis.values.includes(undefined);
    const range = svg("rect", { class: "brush", x: -9, width: 18 });
    const step = scale.kind === "name" ? 1 / Math.max(1, scale.names.length - 1) : PARALLEL.knob;
    const knobs = [0, 1].map((end) => {
      const knob = svg("g", {
        class: "knob", tabindex: "0", role: "slider", "aria-orientation": "vertical",
        "aria-label": `${name}, ${end ? "upper" : "lower"} end`, "aria-valuemin": 0, "aria-valuemax": 100,
        onkeydown: (event) => {
          const brush = [...(brushes.get(key) ?? [0, 1])];
          const moves = { ArrowUp: step, ArrowRight: step, ArrowDown: -step, ArrowLeft: -step, PageUp: 5 * step, PageDown: -5 * step, Home: -2, End: 2 };
          if (event.key === "Escape" || event.key === "Delete") brush.splice(0, 2, 0, 1);
          else if (event.key in moves) {
            const [low, high] = end ? [brush[0], 1] : [0, brush[1]];
            brush[end] = Math.max(low, Math.min(high, brush[end] + moves[event.key]));
          } else return;
          event.preventDefault();
          refresh(key, brush);
        },
      }, svg("path", { d: end ? "M-9,0L9,0L0,-9Z" : "M-9,0L9,0L0,9Z" }));
      return knob;
    });
    const hit = svg("rect", { class: "hit", x: -18, y: top - 10, width: 36, height: height - top - bottom + 20 });
    let from;
    const where = (event) => {
      const box = hit.ownerSVGElement.getBoundingClientRect();
      return Math.max(0, Math.min(1, (height - bottom - (event.clientY - box.top)) / (height - top - bottom)));
    };
    filled(hit, {
      onpointerdown: (event) => {
        from = where(event);
        hit.setPointerCapture(event.pointerId);
        event.preventDefault();
      },
      onpointermove: (event) => {
        if (from === undefined) return;
        const now = where(event);
        if (Math.abs(now - from) > 0.01) refresh(key, [Math.min(from, now), Math.max(from, now)]);
      },
      onpointerup: (event) => {
        if (Math.abs(where(event) - from) <= 0.01) refresh(key);
        from = undefined;
      },
      onpointercancel: () => (from = undefined),
    }, []);
    redraws.push(() => {
      const brush = brushes.get(key) ?? [0, 1];
      range.setAttribute("y", y(brush[1]));
      range.setAttribute("height", Math.max(1, y(brush[0]) - y(brush[1])));
      range.classList.toggle("active", brushes.has(key));
      knobs.forEach((knob, end) => {
        knob.setAttribute("transform", `translate(0,${y(brush[end])})`);
        knob.setAttribute("aria-valuenow", Math.round(brush[end] * 100));
        knob.setAttribute("aria-valuetext", scale.told(scale.value(brush[end])));
      });
    });
    const isLast = at === axes.length - 1 && axes.length > 1;
    return svg("g", { class: `axis${key === colour ? " colouring" : ""}`, transform: `translate(${x(at)},0)` },
      svg("text", { class: "kind", y: 14, "text-anchor": "middle" }, kind),
      svg("text", { class: "name", y: 31, "text-anchor": "middle" }, shortened(label, 16), svg("title", {}, name)),
      svg("line", { y1: top, y2: height - bottom }),
      range,
      scale.ticks.map(({ value, text }) => svg("text", { class: "value", x: isLast ? -13 : 13, y: y(scale.place(value)) + 4, "text-anchor": isLast ? "end" : "start" }, shortened(text, 12))),
      missed ? svg("text", { class: "value", y: missing + 16, "text-anchor": "middle" }, "none") : null,
      hit, knobs);
  });
  draw();
  return svg("svg", { class: "parallel", width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Parallel coordinates" },
    svg("g", { class: "lines" }, lines), drawnAxes);
}

function parallelView() {
  if (!COMPARED.length) {
    return [heading("Runs side by side"), el("p", {}, "Here runs of one pipeline are compared, such as the trials of a search (a table with ", el("code", {}, "metadata: {wandb: {runs: true}}"), "), or experiments. There is only one run yet.")];
  }
  const place = el("div");
  const count = el("p", { class: "count", role: "status" });
  const listed = el("div");
  const more = el("div", { class: "controls" });
  const runsOf = choice("Runs of", COMPARED.map(({ key, label }) => [key, shortened(label, 60)]), PARALLELS.key, (key) => {
    PARALLELS.key = key;
    draw();
    runsOf.querySelector("select").focus();
  });
  const draw = () => {
    const found = COMPARED.find(({ key }) => key === PARALLELS.key);
    const state = stateOfChoice(found);
    const redraw = () => {
      const axes = state.columns.filter(({ key }) => state.chosen.has(key));
      for (const key of [...state.brushes.keys()]) if (!state.chosen.has(key)) state.brushes.delete(key);
      const onbrush = (kept) => {
        count.textContent = `${kept.length} of ${counted(found.rows.length, found.key ? "run" : "experiment")} within all ranges`;
        const first = { key: "label", label: found.key ? "Run" : "Experiment", value: ({ label }) => label,
          cell: (row) => (row.address ? link(row.address, row.label) : el("button", { type: "button", class: "plain", onclick: () => showRuns({ each: "run", experiment: row.label }) }, row.label)) };
        listed.replaceChildren(table({ caption: "Runs within all ranges", rows: kept, order: state.order,
          columns: [first, ...axes.map((axis) => ({ key: axis.key, label: axis.label, hint: axis.name, above: axis.kind,
            value: (row) => valueIn(row, axis), number: axis.values.every((value) => value === undefined || isNumber(value)) }))] }));
      };
      if (!axes.length) {
        place.replaceChildren(el("p", {}, "Choose axes: parameters or metrics of these runs."));
        onbrush(found.rows);
        return;
      }
      place.replaceChildren(el("div", { class: "scrolled drawing" }, parallelDrawing(found.rows, axes, state.colour, state.brushes, onbrush)));
      onbrush(found.rows.filter((row) => axes.every((axis) => passesBrush(row, axis, state.brushes))));
    };
    const colours = () => choice("Coloured by", state.columns.filter(({ key }) => state.chosen.has(key)).map(({ key, name }) => [key, name]), state.colour, (key) => {
      state.colour = key;
      redraw();
    });
    const coloured = el("div", {}, colours());
    more.replaceChildren(
      runsOf,
      coloured,
      chooser("Axes", [["Parameters", state.columns.filter(({ kind }) => kind === "parameter")], ["Metrics", state.columns.filter(({ kind }) => kind === "metric")]], state.chosen, () => {
        redraw();
        coloured.replaceChildren(colours());
      }),
      el("button", { type: "button", onclick: () => {
        state.brushes.clear();
        redraw();
      } }, "Clear all ranges"));
    redraw();
  };
  queueMicrotask(draw); // once the view has a width
  return [
    heading("Runs side by side"),
    more,
    el("p", { class: "hint" }, "Drag along an axis to keep a range, click it to let go; or move its two ends by arrow keys (Escape lets go)."),
    place, count, listed,
  ];
}

function passesBrush(row, axis, brushes) {
  const brush = brushes.get(axis.key);
  if (!brush) return true;
  const value = valueIn(row, axis);
  if (value === undefined) return false;
  const where = fittingScale(axis.values.filter((each) => each !== undefined)).place(value);
  return where >= brush[0] - 1e-9 && where <= brush[1] + 1e-9;
}
