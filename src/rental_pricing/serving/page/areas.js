/** Boroughs and neighbourhoods: two selects that follow the pin, and that the pin follows. */

const KEPT_AMONG = 4;
const NOT_KNOWN = "Not known";

export class Areas {
  /**
   * @param {HTMLSelectElement} borough
   * @param {HTMLSelectElement} neighbourhood
   * @param {(area: {latitude: number, longitude: number, km: number}) => void} onChoice
   *   Called with the middle of what was chosen, and how far it reaches.
   */
  constructor(borough, neighbourhood, onChoice) {
    this.borough = borough;
    this.neighbourhood = neighbourhood;
    this.all = [];
    borough.addEventListener("change", () => {
      this.#offer(borough.value);
      const within = this.all.filter((each) => each.borough === borough.value);
      if (within.length) onChoice({ ...middle(within), km: 14 });
    });
    neighbourhood.addEventListener("change", () => {
      const chosen = this.chosen();
      if (chosen) onChoice({ latitude: chosen.latitude, longitude: chosen.longitude, km: 5 });
    });
  }

  /** Offer what the service knows: its boroughs with their neighbourhoods. */
  load(boroughs) {
    this.all = boroughs.flatMap(({ name, neighbourhoods }) =>
      neighbourhoods.map((each) => ({ ...each, borough: name })),
    );
    setOptions(this.borough, boroughs.map(({ name }) => name));
    this.#offer("");
  }

  /** The area of the selects, if a neighbourhood is chosen. */
  chosen() {
    const { borough, neighbourhood } = this;
    return this.all.find(
      (each) => each.borough === borough.value && each.name === neighbourhood.value,
    );
  }

  /** The area with the most listings. */
  busiest() {
    return this.all.reduce((most, each) => (each.listings > most.listings ? each : most));
  }

  /**
   * Choose the area of a place: the one with the nearest middle.
   *
   * What is chosen stays while it is among the few nearest: people know it better than this.
   */
  follow(place) {
    if (!this.all.length) return;
    const byDistance = this.all
      .map((each) => [apart(each, place), each])
      .sort(([one], [other]) => one - other)
      .map(([, each]) => each);
    if (byDistance.slice(0, KEPT_AMONG).includes(this.chosen())) return;
    this.choose(byDistance[0]);
  }

  choose(area) {
    this.borough.value = area.borough;
    this.#offer(area.borough);
    this.neighbourhood.value = area.name;
  }

  #offer(borough) {
    const within = this.all.filter((each) => each.borough === borough);
    setOptions(this.neighbourhood, within.map(({ name }) => name));
    this.neighbourhood.disabled = !within.length;
  }
}

/** The middle of areas, each weighing as much as its listings. */
export function middle(areas) {
  let latitude = 0;
  let longitude = 0;
  let listings = 0;
  for (const each of areas) {
    latitude += each.latitude * each.listings;
    longitude += each.longitude * each.listings;
    listings += each.listings;
  }
  return { latitude: latitude / listings, longitude: longitude / listings };
}

function apart(one, other) {
  const east = (one.longitude - other.longitude) * Math.cos((one.latitude * Math.PI) / 180);
  return Math.hypot(one.latitude - other.latitude, east);
}

function setOptions(select, values) {
  select.replaceChildren(
    new Option(NOT_KNOWN, ""),
    ...values.toSorted((one, other) => one.localeCompare(other)).map((v) => new Option(v, v)),
  );
}
