/** What part of the plane a map shows: kilometres, seen through so many pixels. */

const NARROWEST_KM = 0.8;
const NICE_KM = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];
const SCALE_PIXELS = 110;

/** A plane that touches the earth in the middle of a market: x east, y south, kilometres. */
export class Plane {
  constructor(latitude, longitude) {
    this.latitude = latitude;
    this.longitude = longitude;
    this.kmPerDegree = 111.195;
    this.shrink = Math.cos((latitude * Math.PI) / 180);
  }

  point({ latitude, longitude }) {
    return {
      x: (longitude - this.longitude) * this.kmPerDegree * this.shrink,
      y: (this.latitude - latitude) * this.kmPerDegree,
    };
  }

  place({ x, y }) {
    return {
      latitude: this.latitude - y / this.kmPerDegree,
      longitude: this.longitude + x / (this.kmPerDegree * this.shrink),
    };
  }
}

/** A rectangle of the plane with the proportions of the map. */
export class View {
  constructor() {
    this.pixels = { width: 1, height: 1 };
    this.whole = { x: -1, y: -1, width: 2, height: 2 };
    this.centre = { x: 0, y: 0 };
    this.kmPerPixel = 1;
  }

  get width() {
    return this.pixels.width * this.kmPerPixel;
  }

  get height() {
    return this.pixels.height * this.kmPerPixel;
  }

  get box() {
    const { x, y } = this.centre;
    return [x - this.width / 2, y - this.height / 2, this.width, this.height];
  }

  /** Tell how large the map is on the screen; what is in its middle stays there. */
  resize(width, height) {
    const shown = this.width;
    const first = this.pixels.width === 1;
    this.pixels = { width, height };
    if (first) this.showAll();
    else this.#scale(shown / width);
  }

  showAll() {
    this.show(this.whole);
  }

  /** Show a rectangle of the plane, and what is around it. */
  show({ x, y, width, height }) {
    this.centre = { x: x + width / 2, y: y + height / 2 };
    this.#scale(Math.max(width / this.pixels.width, height / this.pixels.height));
  }

  /** Show so many kilometres around a point; never zooms out. */
  near(point, km) {
    this.centre = { ...point };
    this.#scale(Math.min(this.kmPerPixel, km / Math.min(this.pixels.width, this.pixels.height)));
  }

  move(east, south) {
    this.centre = { x: this.centre.x + east, y: this.centre.y + south };
    this.#hold();
  }

  /** Zoom by a factor, above 1 to come nearer; a point keeps its place on the screen. */
  zoom(factor, at = this.centre) {
    const before = this.kmPerPixel;
    this.#scale(before / factor);
    const kept = this.kmPerPixel / before;
    this.centre = {
      x: at.x + (this.centre.x - at.x) * kept,
      y: at.y + (this.centre.y - at.y) * kept,
    };
    this.#hold();
    return kept !== 1;
  }

  /** The point under a pixel of the map. */
  under(left, top) {
    const [x, y] = this.box;
    return { x: x + left * this.kmPerPixel, y: y + top * this.kmPerPixel };
  }

  holds({ x, y }, margin = 0) {
    const [left, top, width, height] = this.box;
    const gap = margin * this.kmPerPixel;
    return (
      x > left + gap && x < left + width - gap && y > top + gap && y < top + height - gap
    );
  }

  /** A round number of kilometres, and how many pixels it takes. */
  get scale() {
    const fitting = NICE_KM.filter((km) => km / this.kmPerPixel <= SCALE_PIXELS);
    const km = fitting.at(-1) ?? NICE_KM[0];
    return { km, pixels: km / this.kmPerPixel };
  }

  #scale(kmPerPixel) {
    const { width, height } = this.pixels;
    const widest = Math.max(this.whole.width / width, this.whole.height / height);
    this.kmPerPixel = Math.max(Math.min(kmPerPixel, widest), NARROWEST_KM / width);
  }

  /** Keep the middle of the view within the market. */
  #hold() {
    const { x, y, width, height } = this.whole;
    this.centre.x = Math.min(Math.max(this.centre.x, x), x + width);
    this.centre.y = Math.min(Math.max(this.centre.y, y), y + height);
  }
}
