// The table of runs, and one run.

const COMPARISON = /^(.+?)(<=|>=|!=|=|<|>)(.*)$/;
const FACTS = [
  ["experiment", "Experiment"], ["step", "Job type"], ["state", "State"], ["started", "Started"],
  ["duration", "Time"], ["kedroRun", "Kedro run"],
].map(([name, label]) => column("fact", name, label));

const RUNS = {
  filter: "", each: "experiment", experiment: "", step: "", state: "",
  order: { key: "fact started", descending: true },
  columns: columnsOf("parameter", DATA.runs),
  metrics: columnsOf("metric", DATA.runs),
  chosen: new Set(),
};
RUNS.chosen = new Set([
  ...FACTS.slice(0, 5),
  ...telling(RUNS.columns, DATA.runs).slice(0, 2),
  ...telling(RUNS.metrics, DATA.runs).slice(0, 4),
].map(({ key }) => key));
if (![...RUNS.chosen].some((key) => key.startsWith("metric"))) {
  for (const { key } of ranked(RUNS.metrics, DATA.runs).slice(0, 4)) RUNS.chosen.add(key);
}

/** Seconds in which any of some runs was at work, once where they overlap. */
function together(runs) {
  const spans = runs.filter(({ duration }) => isNumber(duration))
    .map(({ started, duration }) => [started, started + duration]).sort(([one], [other]) => one - other);
  let total = 0;
  let reached = -Infinity;
  for (const [start, end] of spans) {
    total += Math.max(0, end - Math.max(start, reached));
    reached = Math.max(reached, end);
  }
  return spans.length ? total : undefined;
}

/**
 * Return what tells whether a row of runs is wanted.
 *
 * Each word has to be found in one of its runs, in what is shown of them; name<value (also <=,
 * >=, >, =, !=) compares facts, parameters and metrics, named whole or by their last parts.
 */
function filterOf(text, columns) {
  const words = text.match(/"[^"]*"|\S+/g) ?? [];
  const known = [...FACTS, ...RUNS.columns, ...RUNS.metrics];
  const tests = words.map((word) => {
    const bare = word.replaceAll('"', "").toLowerCase();
    const [, name, sign, wanted] = COMPARISON.exec(bare) ?? [];
    const named = known.filter((each) => each.label.toLowerCase() === name || endsOf(each.name.toLowerCase()).includes(name));
    if (!named.length) {
      const told = (run) => [run.id, run.name, run.experiment, run.step, run.state, run.kedroRun,
        ...columns.map(({ of }) => toldValue(of(run)))].join("\n").toLowerCase();
      return (run) => told(run).includes(bare);
    }
    const number = wanted.trim() === "" ? NaN : Number(wanted);
    const ways = {
      "<": (value) => value < number, "<=": (value) => value <= number,
      ">": (value) => value > number, ">=": (value) => value >= number,
    };
    return (run) => named.map(({ of }) => of(run)).some((value) => {
      if (sign in ways) return isNumber(value) && ways[sign](value);
      const equal = isNumber(value) && !Number.isNaN(number)
        ? value === number || toldValue(value) === wanted
        : value !== undefined && toldValue(value).toLowerCase() === wanted;
      return value !== undefined && equal === (sign === "=");
    });
  });
  return (runs) => tests.every((test) => runs.some(test));
}

function stateOf(runs) {
  const counts = grouped(runs, (run) => run.state);
  if (runs.length === 1) return stateChip(runs[0].state);
  return STATES.filter((state) => counts.has(state)).map((state) => {
    const found = counts.get(state);
    return stateChip(state, found.length === 1 && state !== "finished" ? `${found[0].step} ${state}` : `${found.length} ${state}`);
  });
}

function runColumns(isEach) {
  const facts = {
    experiment: {
      cell: ({ runs: [run] }) => (isEach ? run.experiment : el("button", {
        type: "button", class: "plain", title: `The runs of ${run.experiment}`,
        onclick: () => showRuns({ each: "run", experiment: run.experiment }),
      }, shortened(run.experiment, 60))),
    },
    state: { cell: ({ runs }) => stateOf(runs), values: ({ runs }) => runs.map(({ state }) => STATES.indexOf(state)) },
    started: { cell: ({ started }) => toldTime(started), value: ({ started }) => started, descending: true, number: true },
    duration: { cell: ({ runs }) => toldDuration(together(runs)), value: ({ runs }) => together(runs), number: true },
  };
  const valued = (each) => ({
    ...each,
    hint: each.kind === "fact" ? undefined : `${each.kind} ${each.name}`,
    above: each.kind === "fact" ? undefined : each.kind,
    values: ({ runs }) => runs.map(each.of),
    number: each.kind === "metric" || (each.kind === "parameter" && isNumber(DATA.runs.map(each.of).find((value) => value !== undefined))),
    ...(each.kind === "fact" && facts[each.name]?.value ? { values: undefined } : {}),
    ...(each.kind === "fact" ? facts[each.name] : {}),
  });
  const run = { key: "fact run", label: "Run", value: ({ runs: [first] }) => first.name,
    cell: ({ runs: [first] }) => runLink(first, shortened(first.name, 32)) };
  const chosen = [...FACTS, ...RUNS.columns, ...RUNS.metrics].filter(({ key }) =>
    (RUNS.chosen.has(key) && (isEach || key !== "fact step")) || (!isEach && key === "fact experiment"));
  return [...(isEach ? [run] : []), ...chosen.map(valued)];
}

function showRuns(wanted) {
  Object.assign(RUNS, wanted);
  if (location.hash === "#runs") route();
  else location.hash = "#runs";
}

function runsView() {
  const place = el("div");
  const count = el("p", { class: "count", role: "status" });
  const draw = () => {
    const isEach = RUNS.each === "run";
    const columns = runColumns(isEach);
    const isWanted = filterOf(RUNS.filter, [...FACTS, ...RUNS.columns, ...RUNS.metrics].filter(({ key }) => RUNS.chosen.has(key)));
    const runs = DATA.runs.filter((run) => (!RUNS.experiment || run.experiment === RUNS.experiment)
      && (!RUNS.step || run.step === RUNS.step) && (!RUNS.state || run.state === RUNS.state));
    const groups = isEach ? runs.map((run) => [run]) : [...grouped(runs, (run) => run.experiment).values()];
    const rows = groups.filter(isWanted)
      .map((each) => ({ runs: each, started: Math.max(...each.map(({ started }) => started)) }));
    const shownRuns = rows.reduce((sum, row) => sum + row.runs.length, 0);
    count.textContent = rows.length
      ? `${isEach ? "" : `${counted(rows.length, "experiment")}, `}${counted(shownRuns, "run")}`
      : "No run is like that.";
    const known = columns.map(({ key }) => key);
    if (!known.includes(RUNS.order.key)) RUNS.order = { key: "fact started", descending: true };
    place.replaceChildren(table({ caption: "Runs", columns, rows, order: RUNS.order }));
  };
  const set = (name) => (value) => {
    RUNS[name] = value;
    draw();
  };
  const names = (key) => [["", "all"], ...distinct(DATA.runs.map((run) => run[key])).map((name) => [name, shortened(name, 40)])];
  draw();
  return [
    heading("Runs"),
    el("div", { class: "controls" },
      search("Filter", RUNS.filter, set("filter"), "words, mae<30, seed=3"),
      choice("A row for each", ["experiment", "run"], RUNS.each, set("each")),
      choice("Experiment", names("experiment"), RUNS.experiment, set("experiment")),
      choice("Job type", names("step"), RUNS.step, set("step")),
      choice("State", names("state"), RUNS.state, set("state")),
      chooser("Columns", [["What is known of runs", FACTS], ["Parameters", RUNS.columns], ["Metrics", RUNS.metrics]], RUNS.chosen, draw)),
    count,
    place,
  ];
}

/** One run: its facts, parameters and metrics, what it used and what it made. */
function runView(id) {
  const run = DATA.runOf.get(id);
  if (!run) return [heading(`There is no run ${id}`)];
  const pairs = (title, values) => {
    const rows = [...values].map(([name, value]) => ({ name, value }));
    return [el("h3", {}, title), rows.length ? table({
      caption: `${title} of the run`,
      rows,
      order: { key: "name", descending: false },
      columns: [
        { key: "name", label: "Name", value: ({ name }) => name, cell: ({ name }) => el("code", {}, name) },
        { key: "value", label: "Value", value: ({ value }) => value, cell: ({ value }) => el("span", { class: "whole" }, toldValue(value)) },
      ],
    }) : el("p", {}, "None.")];
  };
  const list = (title, versions) => [el("h3", {}, title), versions.length
    ? el("ul", { class: "versions" }, versions.map((version) => el("li", {}, versionLink(version), " ", aliasChips(version), ` ${toldSize(version.size)}`)))
    : el("p", {}, "Nothing.")];
  return [
    heading(run.name === run.id ? run.step : run.name, " ", el("span", { class: "of" }, run.experiment)),
    factList([
      ["State", stateChip(run.state)], ["Job type", run.step],
      ["Experiment", el("button", { type: "button", class: "plain", onclick: () => showRuns({ each: "run", experiment: run.experiment, filter: "", step: "", state: "" }) }, run.experiment)],
      ["Started", toldTime(run.started)], ["Time", toldDuration(run.duration)],
      ["Run", el("code", {}, run.id)], ["Kedro run", run.kedroRun],
    ]),
    el("div", { class: "halves" },
      el("section", {}, list("Used", run.uses)), el("section", {}, list("Made", distinctVersions(run.makes))),
      el("section", {}, pairs("Metrics", run.metrics)), el("section", {}, pairs("Parameters", run.parameters))),
  ];
}

const distinctVersions = (versions) => [...new Set(versions)];
