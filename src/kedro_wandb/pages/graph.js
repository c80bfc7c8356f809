// What is drawn of a lineage: versions and runs around one version, folded as in the terminal.

const FEW_VERSIONS = 3;
const MOST_BOXES = 250;

/**
 * Return the boxes and arrows around a version.
 *
 * Upwards each version stands with the run that made it first, and how many made the same
 * content again. Downwards runs of one pipeline share a box, and where they made more than
 * three versions of a name, the newest stands for them. A version leads to what its node read;
 * where that is not known, to all inputs of the step.
 *
 * @param depth Runs between the version and the farthest others.
 * @param every Each run and version, however many.
 */
function lineageOf(version, direction, depth, every) {
  const boxes = new Map();
  const arrows = new Map();
  let isCut = false;
  const box = (key, made) => {
    if (!boxes.has(key) && boxes.size >= MOST_BOXES) {
      isCut = true;
      return undefined;
    }
    if (!boxes.has(key)) boxes.set(key, { key, ...made });
    return boxes.get(key);
  };
  const arrow = (from, into) => from && into && arrows.set(`${from.key}\n${into.key}`, [from.key, into.key]);
  const versionBox = (each) => box(each.reference, { kind: "version", version: each, again: 0, older: 0, more: false });
  const walk = (expand) => {
    const seen = new Set([version]);
    let level = [version];
    for (let distance = 0; level.length; distance += 1) {
      const next = [];
      for (const each of level) {
        for (const further of expand(each, distance >= depth)) {
          if (!seen.has(further)) next.push(further);
          seen.add(further);
        }
      }
      level = next;
    }
  };

  const up = (each, isEnd) => {
    const here = versionBox(each);
    if (!here || !each.makers.length) return [];
    if (isEnd) {
      here.more = true;
      return [];
    }
    const shown = every ? each.makers : each.makers.slice(0, 1);
    here.again = each.makers.length - shown.length;
    return shown.flatMap(({ run, reads, place, byStep }) => {
      const step = box(`up ${run.at} ${place}`, { kind: "run", runs: [run], byStep });
      arrow(step, here);
      for (const read of step ? reads : []) arrow(versionBox(read), step);
      return step ? reads : [];
    });
  };

  const down = (each, isEnd) => {
    const here = versionBox(each);
    const readers = [...each.readers].sort(([one], [other]) => other.started - one.started);
    if (!here || !readers.length) return [];
    if (isEnd) {
      here.more = true;
      return [];
    }
    const groups = every ? readers.map((reader) => [reader]) : [...grouped(readers, ([run]) => run.step).values()];
    return groups.flatMap((group) => {
      const made = [...new Set(group.flatMap(([, versions]) => versions))].filter((other) => other !== each);
      const key = `down ${group.map(([run]) => run.at)} ${made.map(({ at }) => at).sort()}`;
      const byStep = group.some(([run, versions]) => versions.some((other) => other.makers.find((maker) => maker.run === run)?.byStep));
      const step = box(key, { kind: "run", runs: group.map(([run]) => run), byStep });
      arrow(here, step);
      if (!step) return [];
      return [...grouped(made, ({ name }) => name).values()].flatMap((versions) => {
        versions.sort((one, other) => other.number - one.number);
        const shown = every || versions.length <= FEW_VERSIONS ? versions : versions.slice(0, 1);
        for (const newer of shown) {
          const there = versionBox(newer);
          if (there) there.older = Math.max(there.older, versions.length - shown.length);
          arrow(step, there);
        }
        return shown;
      });
    });
  };

  versionBox(version);
  if (direction !== "down") walk(up);
  if (direction !== "up") walk(down);
  return { boxes: [...boxes.values()], arrows: [...arrows.values()], isCut };
}

/** What the lines of a box say, and the whole of it for those who hear it. */
function boxTexts(each) {
  if (each.kind === "version") {
    const { version, again, older, more } = each;
    const notes = [
      again ? `made again by ${counted(again, "run")}` : "",
      older ? `and ${counted(older, "older version")}` : "",
    ].filter(Boolean);
    const aliases = version.aliases.length ? ` [${version.aliases.join("] [")}]` : "";
    return {
      title: version.reference,
      lines: [`${version.aliases.join(" ")}${aliases ? " · " : ""}${toldSize(version.size)}`, ...notes],
      whole: `${version.reference}${aliases}, ${version.type}, ${toldSize(version.size)}${notes.map((note) => `, ${note}`).join("")}${more ? ", more beyond" : ""}`,
    };
  }
  const [run, ...others] = each.runs;
  const notes = [
    others.length ? `and ${counted(others.length, "older run")}` : "",
    each.byStep ? "all inputs of the step" : "",
  ].filter(Boolean);
  const name = run.name === run.id ? run.step : run.name;
  return {
    title: name,
    lines: [run.state === "finished" ? run.experiment : `${run.state} · ${run.experiment}`, ...notes],
    whole: `Run ${name} of ${run.experiment}, ${run.state}${notes.map((note) => `, ${note}`).join("")}`,
  };
}
