// What the command has put into the page, as runs, artifacts and versions that know each other.

const DATA = (() => {
  const told = JSON.parse(document.getElementById("tracked").textContent);
  if (told.format !== 1) throw new Error(`This page can't read data of format ${told.format}.`);

  const pairs = (flat, names, valueOf) => {
    const found = new Map();
    for (let at = 0; at < flat.length; at += 2) found.set(names[flat[at]], valueOf(flat[at + 1]));
    return found;
  };
  const sets = told.sets.map((flat) => pairs(flat, told.parameters, (at) => told.values[at]));
  const runs = told.runs.map((fields, at) => {
    const [id, name, experiment, step, kedroRun, state, started, duration, set, metrics] = fields;
    return {
      at, id, experiment, step, kedroRun, state, started,
      name: name || id,
      duration: duration ?? undefined,
      parameters: sets[set],
      metrics: pairs(metrics, told.metrics, (value) => value),
      uses: [],
      makes: [],
    };
  });

  const versions = [];
  const artifacts = told.artifacts.map(({ name, type, description, versions: fields }) => {
    const artifact = { name, type, description, versions: [] };
    for (const [number, digest, size, created, aliases, run] of fields) {
      const version = {
        at: versions.length, artifact, name, type, number, digest, size, created, aliases,
        label: `v${number}`,
        reference: `${name}:v${number}`,
        run: runs[run],
        makers: [], // {run, reads, place, byStep}, first the one that made it first
        users: [], // runs, oldest first
        readers: new Map(), // run: versions that it made of this one, by the node that did
      };
      artifact.versions.push(version);
      versions.push(version);
    }
    return artifact;
  });

  const reads = told.reads.map(([byStep, ...places]) => ({
    byStep: byStep === 1,
    versions: places.map((at) => versions[at]),
  }));
  for (const [run, at] of told.used) {
    versions[at].users.push(runs[run]);
    runs[run].uses.push(versions[at]);
    versions[at].readers.set(runs[run], []);
  }
  for (const [run, at, place] of told.made) {
    const { byStep, versions: read } = reads[place];
    versions[at].makers.push({ run: runs[run], reads: read, place, byStep });
    runs[run].makes.push(versions[at]);
    for (const each of read) {
      if (!each.readers.has(runs[run])) each.readers.set(runs[run], []);
      each.readers.get(runs[run]).push(versions[at]);
    }
  }

  return {
    project: told.project,
    written: told.written,
    parameters: [...told.parameters].sort(COLLATOR.compare),
    metrics: [...told.metrics].sort(COLLATOR.compare),
    runs,
    experiments: grouped(runs, (run) => run.experiment),
    artifacts,
    versions,
    runOf: new Map(runs.map((run) => [run.id, run])),
    artifactOf: new Map(artifacts.map((artifact) => [artifact.name, artifact])),
    versionOf: new Map(versions.map((version) => [version.reference, version])),
  };
})();

/** Something that is known of runs: how it is called, and each run's value. */
function column(kind, name, label) {
  const of = {
    parameter: (run) => run.parameters.get(name),
    metric: (run) => run.metrics.get(name),
    fact: (run) => run[name],
  }[kind];
  return { kind, name, key: `${kind} ${name}`, label, of };
}

function columnsOf(kind, runs) {
  const names = kind === "parameter" ? DATA.parameters : DATA.metrics;
  const known = new Set(runs.flatMap((run) => [...(kind === "parameter" ? run.parameters : run.metrics).keys()]));
  const found = names.filter((name) => known.has(name));
  return headings(found).map((label, at) => column(kind, found[at], label));
}

/** Columns: first those that most experiments have, with plain short names. */
function ranked(columns, runs) {
  const known = columns.map((each) => {
    const having = new Set(runs.filter((run) => each.of(run) !== undefined).map(({ experiment }) => experiment));
    return { each, having: having.size, nested: lastPart(each.name) === each.name.split("/").pop() ? 0 : 1 };
  });
  const most = Math.max(...known.map(({ having }) => having));
  return known
    .sort((one, other) => (other.having > most / 2) - (one.having > most / 2)
      || one.nested - other.nested || one.each.name.length - other.each.name.length)
    .map(({ each }) => each);
}

/** Those of them that have several values. */
const telling = (columns, runs) =>
  ranked(columns.filter(({ of }) => distinct(runs.map(of)).length > 1), runs);
