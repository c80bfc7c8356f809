/** A map without tiles: the known listings as dots, a pin to move, similar listings by number. */

import { Plane, View } from "./map_view.js";

const SVG = "http://www.w3.org/2000/svg";
const CLICK_PIXELS = 5;
const STEP_PIXELS = 8;
const FAR_STEP_PIXELS = 48;
const EDGE_PIXELS = 24;
const BUTTON_ZOOM = 1.8;
const WHEEL_ZOOM = 1.0018;
const MAX_LABELS = 24;
const LABEL_SHIFTS = [0, 18, -18, 36, -52, 56];
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const PIN = "M0 0C-3-8-11-12-11-21a11 11 0 0 1 22 0C11-12 3-8 0 0Z";

export class PlaceMap {
  /**
   * @param {HTMLElement} element Holds an SVG, buttons and a scale.
   * @param {(place: {latitude: number, longitude: number}) => void} onPick
   *   Called when people have moved the pin.
   */
  constructor(element, onPick) {
    this.element = element;
    this.onPick = onPick;
    this.svg = element.querySelector("svg");
    this.view = new View();
    this.plane = new Plane(0, 0);
    this.pin = null;
    this.similar = [];
    this.areas = [];
    this.dots = draw("path", { class: "dots" });
    this.labels = draw("g", { class: "labels" });
    this.markers = draw("g", { class: "markers" });
    this.pinShape = draw("g", { class: "pin", visibility: "hidden" });
    this.pinShape.append(
      draw("circle", { class: "reach", r: 24, cy: -16 }),
      draw("path", { d: PIN }),
      draw("circle", { class: "eye", r: 4, cy: -21 }),
    );
    this.svg.append(this.dots, this.labels, this.markers, this.pinShape);
    new ResizeObserver(() => {
      this.view.resize(element.clientWidth, element.clientHeight);
      this.#draw();
    }).observe(element);
    this.#listen();
  }

  /** Show a market: its known listings as [longitude, latitude], its boroughs with their parts. */
  load({ points, boroughs }) {
    const latitudes = points.map(([, latitude]) => latitude);
    const longitudes = points.map(([longitude]) => longitude);
    const [south, north] = extent(latitudes);
    const [west, east] = extent(longitudes);
    this.plane = new Plane((south + north) / 2, (west + east) / 2);
    const placed = points.map(([longitude, latitude]) => this.plane.point({ latitude, longitude }));
    this.dots.setAttribute(
      "d",
      placed.map(({ x, y }) => `M${x.toFixed(3)} ${y.toFixed(3)}h.001`).join(""),
    );
    this.view.whole = around(placed, 0.04);
    this.areas = labelled(boroughs, this.plane);
    this.view.showAll();
    this.#draw();
  }

  /** Put the pin somewhere; with km, show so much around it. */
  put(place, km = null) {
    this.pin = this.plane.point(place);
    if (km) this.view.near(this.pin, km);
    else if (!this.view.holds(this.pin, EDGE_PIXELS)) this.view.near(this.pin, Infinity);
    this.#draw();
  }

  takePinAway() {
    this.pin = null;
    this.#draw();
  }

  /** Show similar listings by their number, from 1. */
  showSimilar(listings) {
    this.similar = listings.map((each) => this.plane.point(each));
    this.markers.replaceChildren(
      ...listings.map((_, place) => {
        const marker = draw("g", { class: "marker" });
        const number = draw("text", { dy: ".36em" });
        number.textContent = String(place + 1);
        marker.append(draw("circle", { r: 10 }), number);
        return marker;
      }).reverse(),
    );
    this.#draw();
  }

  /** Show the pin with the similar listings around it. */
  showAround() {
    const shown = [this.pin, ...this.similar].filter(Boolean);
    if (shown.length > 1) this.view.show(around(shown, 0.25));
    this.#draw();
  }

  /** Let one of the similar listings stand out; null for none. */
  highlight(place) {
    const markers = [...this.markers.children].reverse();
    for (const [at, marker] of markers.entries()) marker.classList.toggle("on", at === place);
  }

  #listen() {
    const { element, svg, view } = this;
    svg.addEventListener("pointerdown", (event) => this.#grab(event));
    element.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    element.addEventListener("keydown", (event) => this.#key(event));
    svg.addEventListener("touchstart", (event) => this.#touch(event), { passive: false });
    element.querySelector(".map-buttons").addEventListener("click", (event) => {
      const action = event.target.closest("button")?.dataset.zoom;
      if (action === "all") view.showAll();
      if (action === "in") view.zoom(BUTTON_ZOOM, this.#aim());
      if (action === "out") view.zoom(1 / BUTTON_ZOOM, this.#aim());
      this.#draw();
    });
    this.fingers = new Map();
  }

  /** What to zoom at: the pin, if it is to be seen. */
  #aim() {
    return this.pin && this.view.holds(this.pin) ? this.pin : this.view.centre;
  }

  #under(event) {
    const { left, top } = this.svg.getBoundingClientRect();
    return this.view.under(event.clientX - left, event.clientY - top);
  }

  #grab(event) {
    if (event.button > 0) return;
    this.fingers.set(event.pointerId, event);
    if (this.fingers.size > 1) return;
    const onPin = this.pinShape.contains(event.target);
    const start = { x: event.clientX, y: event.clientY };
    const from = this.pin && { ...this.pin };
    let moved = false;
    const move = (next) => {
      const before = this.fingers.get(next.pointerId);
      if (!before) return;
      this.fingers.set(next.pointerId, next);
      const far = Math.hypot(next.clientX - start.x, next.clientY - start.y);
      moved ||= far > CLICK_PIXELS || this.fingers.size > 1;
      const { kmPerPixel } = this.view;
      if (this.fingers.size > 1) this.#pinch(before, next);
      else if (onPin && moved) {
        this.pin = {
          x: from.x + (next.clientX - start.x) * kmPerPixel,
          y: from.y + (next.clientY - start.y) * kmPerPixel,
        };
      } else if (moved) {
        const [east, south] = [before.clientX - next.clientX, before.clientY - next.clientY];
        this.view.move(east * kmPerPixel, south * kmPerPixel);
      }
      this.element.classList.toggle("dragged", moved);
      this.#draw();
    };
    const end = (last) => {
      this.fingers.delete(last.pointerId);
      if (this.fingers.size) return;
      this.svg.removeEventListener("pointermove", move);
      this.svg.removeEventListener("pointerup", end);
      this.svg.removeEventListener("pointercancel", end);
      this.element.classList.remove("dragged");
      if (last.type === "pointercancel") {
        if (onPin) this.pin = from;
        this.#draw();
      } else if (onPin && moved) this.#picked();
      else if (!moved && !onPin) {
        this.pin = this.#under(last);
        this.#picked();
      }
    };
    this.svg.setPointerCapture(event.pointerId);
    this.svg.addEventListener("pointermove", move);
    this.svg.addEventListener("pointerup", end);
    this.svg.addEventListener("pointercancel", end);
  }

  #pinch(before, next) {
    const still = [...this.fingers.values()].find((each) => each.pointerId !== next.pointerId);
    const apart = (one) => Math.hypot(one.clientX - still.clientX, one.clientY - still.clientY);
    if (apart(before) > 0) this.view.zoom(apart(next) / apart(before), this.#under(still));
  }

  /** Two fingers belong to the map, and one on the pin; else one may scroll the page. */
  #touch(event) {
    const ours = event.touches.length > 1 || this.pinShape.contains(event.target);
    if (ours) event.preventDefault();
  }

  #wheel(event) {
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 24 : 1;
    const factor = WHEEL_ZOOM ** (-event.deltaY * pixels);
    // Where there is nothing more to zoom, the page scrolls.
    if (!this.view.zoom(factor, this.#under(event))) return;
    event.preventDefault();
    this.#draw();
  }

  #key(event) {
    if (event.target !== this.element || event.ctrlKey || event.metaKey || event.altKey) return;
    const { key, shiftKey } = event;
    if (key in ARROWS) {
      const pixels = shiftKey ? FAR_STEP_PIXELS : STEP_PIXELS;
      const [east, south] = ARROWS[key].map((each) => each * pixels * this.view.kmPerPixel);
      const { x, y } = this.pin ?? this.view.centre;
      this.pin = { x: x + east, y: y + south };
      if (!this.view.holds(this.pin, EDGE_PIXELS)) this.view.move(east, south);
      this.#picked();
    } else if (key === "+" || key === "=") this.view.zoom(BUTTON_ZOOM, this.#aim());
    else if (key === "-" || key === "_") this.view.zoom(1 / BUTTON_ZOOM, this.#aim());
    else if (key === "0") this.view.showAll();
    else return;
    event.preventDefault();
    this.#draw();
  }

  #picked() {
    this.#draw();
    this.onPick(this.plane.place(this.pin));
  }

  /** Draw once before the next frame, however often it is asked for. */
  #draw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.#drawNow();
    });
  }

  #drawNow() {
    const { view, svg } = this;
    svg.setAttribute("viewBox", view.box.join(" "));
    const zoomed = view.whole.width / view.width;
    this.dots.setAttribute("stroke-width", Math.min(2.4 + Math.log2(Math.max(zoomed, 1)), 6));
    const at = ({ x, y }) => `translate(${x} ${y}) scale(${view.kmPerPixel})`;
    this.#drawLabels(at);
    for (const [place, point] of this.similar.entries()) {
      this.markers.children[this.similar.length - 1 - place].setAttribute("transform", at(point));
    }
    this.pinShape.setAttribute("visibility", this.pin ? "visible" : "hidden");
    if (this.pin) this.pinShape.setAttribute("transform", at(this.pin));
    const { km, pixels } = view.scale;
    const scale = this.element.querySelector(".scale");
    scale.style.width = `${pixels}px`;
    scale.firstElementChild.textContent = km < 1 ? `${km * 1000} m` : `${km} km`;
  }

  /** Name areas, the largest first, where their names have room. */
  #drawLabels(at) {
    const { view } = this;
    const wide = view.width > view.whole.width * 0.55;
    const pixel = view.kmPerPixel;
    const [left] = view.box;
    const taken = this.similar.map((point) => ({ ...point, half: 12 * pixel, high: 12 * pixel }));
    if (this.pin) {
      const { x, y } = this.pin;
      taken.push({ x, y: y - 16 * pixel, half: 14 * pixel, high: 20 * pixel });
    }
    const shown = [];
    for (const area of this.areas) {
      if (shown.length >= MAX_LABELS) break;
      if (area.borough !== wide || !view.holds(area.point)) continue;
      const half = area.name.length * (wide ? 4.4 : 3.4) * pixel;
      const free = LABEL_SHIFTS.map((pixels) => ({
        x: area.point.x,
        y: area.point.y + pixels * pixel,
        half,
        high: 9 * pixel,
      })).find((box) => !taken.some((other) => overlap(box, other)));
      if (!free || free.x - half < left || free.x + half > left + view.width) continue;
      taken.push(free);
      const label = draw("text", {
        transform: at(free),
        dy: ".35em",
        class: wide ? "borough" : "",
      });
      label.textContent = area.name;
      shown.push(label);
    }
    this.labels.replaceChildren(...shown);
  }
}

/** Boroughs and neighbourhoods with the place of their name, those of most listings first. */
function labelled(boroughs, plane) {
  const areas = boroughs.flatMap(({ name, neighbourhoods }) => {
    const parts = neighbourhoods.map((each) => ({
      name: each.name,
      point: plane.point(each),
      listings: each.listings,
      borough: false,
    }));
    const listings = parts.reduce((sum, each) => sum + each.listings, 0);
    const mean = (axis) =>
      parts.reduce((sum, { point, listings: weight }) => sum + point[axis] * weight, 0) / listings;
    return [...parts, { name, listings, borough: true, point: { x: mean("x"), y: mean("y") } }];
  });
  return areas.sort((one, other) => other.listings - one.listings);
}

function overlap(one, other) {
  return (
    Math.abs(one.x - other.x) < one.half + other.half &&
    Math.abs(one.y - other.y) < one.high + other.high
  );
}

function around(points, margin) {
  const [left, right] = extent(points.map(({ x }) => x));
  const [top, bottom] = extent(points.map(({ y }) => y));
  const gap = Math.max(right - left, bottom - top, 0.4) * margin;
  return {
    x: left - gap,
    y: top - gap,
    width: right - left + 2 * gap,
    height: bottom - top + 2 * gap,
  };
}

function extent(numbers) {
  return numbers.reduce(
    ([least, most], each) => [Math.min(least, each), Math.max(most, each)],
    [Infinity, -Infinity],
  );
}

function draw(name, attributes) {
  const shape = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, value);
  return shape;
}
