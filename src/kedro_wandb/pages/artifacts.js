// All artifacts, and the versions of one.

const ARTIFACTS = { order: { key: "name", descending: false }, find: "" };

function artifactsView() {
  const place = el("div");
  const draw = (text) => {
    ARTIFACTS.find = text;
    const wanted = text.trim().toLowerCase();
    const rows = DATA.artifacts.filter(({ name, type, versions }) =>
      [name, type, ...versions.flatMap(({ aliases }) => aliases)].join("\n").toLowerCase().includes(wanted));
    const newest = ({ versions }) => versions[versions.length - 1];
    place.replaceChildren(table({
      caption: "Artifacts", rows, order: ARTIFACTS.order,
      columns: [
        { key: "name", label: "Artifact", value: ({ name }) => name, cell: ({ name }) => link(to("artifacts", name), name) },
        { key: "type", label: "Type", value: ({ type }) => type },
        { key: "versions", label: "Versions", value: ({ versions }) => versions.length, number: true },
        { key: "newest", label: "Newest", value: (each) => newest(each).number, cell: (each) => versionLink(newest(each)) },
        { key: "size", label: "Size", value: (each) => newest(each).size, cell: (each) => toldSize(newest(each).size), number: true },
        { key: "created", label: "Changed", value: (each) => newest(each).created, cell: (each) => toldTime(newest(each).created), descending: true, number: true },
        { key: "aliases", label: "Aliases", values: ({ versions }) => versions.flatMap(({ aliases }) => aliases.filter((alias) => alias !== "latest")),
          cell: ({ versions }) => el("span", { class: "chips" }, versions.flatMap((version) => version.aliases.filter((alias) => alias !== "latest")
            .map((alias) => el("a", { class: "chip strong", href: to("lineage", version.reference) }, `${alias} ${version.label}`)))) },
      ],
    }));
  };
  if (!DATA.artifacts.length) return [heading("Artifacts"), el("p", {}, "No dataset is versioned yet.")];
  draw(ARTIFACTS.find);
  return [
    heading("Artifacts"),
    el("div", { class: "controls" }, search("Filter", ARTIFACTS.find, draw, "name, type or alias")),
    place,
  ];
}

/** The versions of an artifact, the newest first. */
function artifactView(name) {
  const artifact = DATA.artifactOf.get(name);
  if (!artifact) return [heading(`There is no artifact ${name}`)];
  const { type, description, versions } = artifact;
  const short = (run) => runLink(run, shortened(`${run.step} · ${run.experiment}`, 44));
  return [
    el("p", { class: "back" }, link("#artifacts", "All artifacts")),
    heading(name, " ", el("span", { class: "of" }, `${type}, ${counted(versions.length, "version")}`)),
    description ? el("p", { class: "description" }, description) : null,
    table({
      caption: `Versions of ${name}`, rows: versions, order: { key: "version", descending: true },
      columns: [
        { key: "version", label: "Version", value: ({ number }) => number, descending: true,
          cell: (version) => el("span", { class: "chips" }, link(to("lineage", version.reference), version.label, `Lineage of ${version.reference}`), aliasChips(version)) },
        { key: "created", label: "Created", value: ({ created }) => created, cell: ({ created }) => toldTime(created), descending: true, number: true },
        { key: "size", label: "Size", value: ({ size }) => size, cell: ({ size }) => el("span", { title: counted(size, "byte") }, toldSize(size)), number: true },
        { key: "digest", label: "Digest", value: ({ digest }) => digest, cell: ({ digest }) => el("code", { title: digest }, digest.slice(0, 12)) },
        { key: "made", label: "Made by", values: ({ makers }) => makers.map(({ run }) => run.experiment),
          cell: ({ makers }) => fewOf(makers, ({ run }) => short(run), 1) },
        { key: "used", label: "Used by", values: ({ users }) => [users.length], descending: true,
          cell: ({ users }) => fewOf([...users].reverse(), short) },
      ],
    }),
    el("p", { class: "hint" }, "A version leads to its lineage. The digest is the first twelve digits of W&B's; made by: first the run that made it, then those that made the same content again."),
  ];
}
