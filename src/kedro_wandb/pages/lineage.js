// The drawing of a lineage, to click through.

const BOX = { narrow: 104, wide: 216, title: 21, line: 16, rest: 9, bold: 8, letter: 6.6, side: 12 };
const MOST_AT_ONCE = 45;
const LEAST_ZOOM = 0.85;
const DISTANCES = [1, 2, 3, 5, 10];

const LINEAGE = { direction: "both", distance: "fitting", every: false, zoom: null };

/** The version that is shown first: in production by its alias, or the newest of a model. */
function firstVersion() {
  const newest = ({ versions }) => versions[versions.length - 1];
  const special = DATA.versions.filter(({ aliases }) => aliases.some((alias) => alias !== "latest"));
  const models = DATA.artifacts.filter(({ type }) => type === "model").map(newest);
  const made = DATA.artifacts.map(newest).filter(({ makers }) => makers.length);
  return special[special.length - 1] ?? models[0] ?? made[made.length - 1] ?? DATA.versions[DATA.versions.length - 1];
}

function graphOf(version) {
  const { direction, distance, every } = LINEAGE;
  if (distance !== "fitting") return { ...lineageOf(version, direction, Number(distance), every), distance };
  const fitting = [...DISTANCES].reverse()
    .map((depth) => ({ ...lineageOf(version, direction, depth, every), distance: depth }))
    .find(({ boxes, isCut }) => !isCut && boxes.length <= MOST_AT_ONCE);
  return fitting ?? { ...lineageOf(version, direction, 1, every), distance: 1 };
}

function lineageDrawing(version, { boxes, arrows }, room) {
  const isNarrow = room < 640;
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: isNarrow ? "TB" : "LR", nodesep: isNarrow ? 18 : 14, ranksep: isNarrow ? 34 : 46, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const each of boxes) {
    const texts = boxTexts(each);
    const title = texts.title.length * BOX.bold;
    const longest = Math.max(title, ...texts.lines.map((line) => line.length * BOX.letter)) + 2 * BOX.side + 1;
    const width = Math.ceil(Math.max(BOX.narrow, Math.min(BOX.wide, longest)));
    graph.setNode(each.key, { ...each, ...texts, width, height: BOX.title + BOX.line * texts.lines.length + BOX.rest });
  }
  for (const [from, into] of arrows) graph.setEdge(from, into);
  dagre.layout(graph);
  const { width, height } = graph.graph();

  const told = (x, y) => `${x.toFixed(1)},${y.toFixed(1)}`;
  const curve = (edge) => {
    const [from, into] = [graph.node(edge.v), graph.node(edge.w)];
    const start = isNarrow ? { x: from.x, y: from.y + from.height / 2 } : { x: from.x + from.width / 2, y: from.y };
    const end = isNarrow ? { x: into.x, y: into.y - into.height / 2 } : { x: into.x - into.width / 2, y: into.y };
    const points = [start, ...graph.edge(edge).points.slice(1, -1), end];
    if (isNarrow ? start.y > end.y : start.x > end.x) points.splice(0, points.length, ...graph.edge(edge).points); // back
    return points.slice(1).reduce((path, { x, y }, at) => {
      const { x: fromX, y: fromY } = points[at];
      const bend = isNarrow
        ? `${told(fromX, (fromY + y) / 2)} ${told(x, (fromY + y) / 2)}`
        : `${told((fromX + x) / 2, fromY)} ${told((fromX + x) / 2, y)}`;
      return `${path}C${bend} ${told(x, y)}`;
    }, `M${told(points[0].x, points[0].y)}`);
  };
  const edges = graph.edges().map((edge) => svg("path", { class: "arrow", d: curve(edge), "marker-end": "url(#tip)" }));
  const inOrder = boxes.map(({ key }) => graph.node(key)).sort((one, other) => (isNarrow ? one.y - other.y : one.x - other.x) || one.x - other.x || one.y - other.y);
  const nodes = inOrder.map((node) => {
    const isVersion = node.kind === "version";
    const isHere = isVersion && node.version === version;
    const most = Math.floor((node.width - 2 * BOX.side) / BOX.bold);
    const mostBelow = Math.floor((node.width - 2 * BOX.side) / BOX.letter);
    const address = isVersion ? to("lineage", node.version.reference) : to("run", node.runs[0].id);
    const kind = isVersion ? `version type-${node.version.type === "model" ? "model" : node.version.type === "dataset" ? "dataset" : "other"}` : `run ${node.runs[0].state}`;
    return svg("a", { href: address, class: `box ${kind}${isHere ? " here" : ""}`, "aria-label": node.whole, "aria-current": isHere ? "true" : undefined,
      transform: `translate(${(node.x - node.width / 2).toFixed(1)},${(node.y - node.height / 2).toFixed(1)})` },
    svg("title", {}, node.whole),
    svg("rect", { width: node.width, height: node.height, rx: isVersion ? 6 : 16 }),
    svg("text", { class: "title", x: 12, y: BOX.title - 3 }, isVersion ? shortenedReference(node.version, most) : shortened(node.title, most)),
    node.lines.map((line, at) => svg("text", { x: 12, y: BOX.title + BOX.line * (at + 1) - 2 }, shortened(line, mostBelow))),
    node.more ? svg("text", { class: "beyond", x: node.width - 20, y: node.height - 12 }, "…") : null);
  });
  const zoom = LINEAGE.zoom ?? Math.max(LEAST_ZOOM, Math.min(1, room / width));
  return svg("svg", { class: "lineage", role: "group", "aria-label": `Lineage of ${version.reference}`,
    width: Math.ceil(width * zoom), height: Math.ceil(height * zoom), viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}` },
  svg("defs", {}, svg("marker", { id: "tip", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse" }, svg("path", { d: "M0,0L8,4L0,8Z" }))),
  edges, nodes);
}

/** Cut the name, never the version. */
const shortenedReference = ({ name, label }, most) => `${shortened(name, Math.max(4, most - label.length - 1))}:${label}`;

function lineageView(reference) {
  const version = reference === undefined ? firstVersion() : DATA.versionOf.get(reference);
  if (!version) {
    return [heading(reference === undefined ? "Lineage" : `There is no version ${reference}`), el("p", {}, DATA.versions.length ? link("#artifacts", "All artifacts") : "Nothing is versioned yet.")];
  }
  const drawing = el("div", { class: "scrolled drawing" });
  const count = el("p", { class: "count", role: "status" });
  const draw = () => {
    const found = graphOf(version);
    const drawn = lineageDrawing(version, found, drawing.clientWidth);
    drawing.replaceChildren(drawn);
    const runs = found.boxes.filter(({ kind }) => kind === "run").length;
    const cut = found.isCut ? ` The picture ends at ${MOST_BOXES} boxes; choose a smaller distance.` : "";
    count.textContent = `${counted(found.boxes.length - runs, "version")} and ${counted(runs, "run")}, up to ${counted(found.distance, "run")} away.${cut}`;
    centre();
  };
  const centre = () => {
    const here = drawing.querySelector(".here")?.getBoundingClientRect();
    const frame = drawing.getBoundingClientRect();
    drawing.scrollLeft += here.left + here.width / 2 - frame.left - frame.width / 2;
    drawing.scrollTop += here.top + here.height / 2 - frame.top - frame.height / 2;
  };
  const set = (name, convert = (value) => value) => (value) => {
    LINEAGE[name] = convert(value);
    draw();
  };
  const zoom = (factor) => () => {
    const { clientWidth } = drawing.firstChild;
    const now = clientWidth / drawing.firstChild.viewBox.baseVal.width;
    LINEAGE.zoom = Math.max(0.3, Math.min(2, now * factor));
    draw();
  };
  queueMicrotask(draw); // once the view has a width
  const names = DATA.artifacts.map(({ name }) => name);
  const go = (next) => (location.hash = to("lineage", next.reference));
  return [
    heading("Lineage of ", version.reference),
    el("div", { class: "controls" },
      choice("Artifact", names.map((name) => [name, shortened(name, 40)]), version.name, (name) => go(DATA.artifactOf.get(name).versions.at(-1))),
      choice("Version", [...version.artifact.versions].reverse().map(({ reference: key, label, aliases }) => [key, [label, ...aliases].join(" ")]), version.reference, (key) => go(DATA.versionOf.get(key))),
      choice("Show", [["both", "made of and used for"], ["up", "what it was made of"], ["down", "what it was used for"]], LINEAGE.direction, set("direction")),
      choice("Runs away", [["fitting", "as fits"], ...DISTANCES.map((each) => [String(each), String(each)])], LINEAGE.distance, set("distance")),
      check("Each run and version", LINEAGE.every, set("every"), "As kedro wandb lineage --all"),
      el("div", { class: "buttons" },
        el("button", { type: "button", "aria-label": "Smaller", onclick: zoom(1 / 1.25) }, "−"),
        el("button", { type: "button", "aria-label": "Larger", onclick: zoom(1.25) }, "+"))),
    count, drawing,
    el("p", { class: "hint legend" },
      el("span", { class: "key version" }, "version"), el("span", { class: "key model" }, "model"), el("span", { class: "key run" }, "run"),
      el("span", {}, "Data flows along the arrows. A version becomes the middle when it is chosen, a run shows itself; … means that there is more beyond.")),
    el("h3", {}, version.reference),
    factList([
      ["Type", version.type],
      ["Aliases", version.aliases.length ? aliasChips(version) : undefined],
      ["Size", toldSize(version.size)],
      ["Digest", el("code", {}, version.digest)],
      ["Created", toldTime(version.created)],
      ["Made by", version.makers.length ? fewOf(version.makers, ({ run }) => runLink(run), 3) : "no tracked run"],
      ["Used by", version.users.length ? fewOf([...version.users].reverse(), (run) => runLink(run), 3) : "no run"],
      ["All versions", link(to("artifacts", version.name), version.name)],
    ]),
  ];
}
