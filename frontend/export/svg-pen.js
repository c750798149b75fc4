/** A pen with the methods of a canvas that writes what it is asked as SVG: curves stay curves, text stays text. */

import { escaped, short } from "./xml.js";

/** @typedef {{ dx: number, dy: number, clip: string, font: string, fillStyle: string, strokeStyle: string, lineWidth: number, lineJoin: string, lineCap: string, textAlign: string, textBaseline: string, globalAlpha: number, dash: number[], lineDashOffset: number }} State */

/** @type {State} What a canvas begins with. */
const FRESH = {
  dx: 0,
  dy: 0,
  clip: "",
  font: "10px sans-serif",
  fillStyle: "#000000",
  strokeStyle: "#000000",
  lineWidth: 1,
  lineJoin: "miter",
  lineCap: "butt",
  textAlign: "start",
  textBaseline: "alphabetic",
  globalAlpha: 1,
  dash: [],
  lineDashOffset: 0,
};

/** @type {Record<string, string>} */
const ANCHORS = { center: "middle", right: "end", end: "end" };
/** @type {Record<string, number>} How far a letter's foot is below the y it is given, in its own height. */
const DROPS = { middle: 0.35, top: 0.8, hanging: 0.8, bottom: -0.2 };

/** Only what the panels use of a canvas is there, and transforms only move. */
export class SvgPen {
  #measure;
  /** @type {[number, number]} */
  #size;
  /** @type {string[]} */
  #parts = [];
  /** @type {string[]} */
  #path = [];
  /** @type {[number, number, number, number] | null} The last rectangle of the path: what clip() clips to. */
  #rect = null;
  /** @type {Map<string, string>} Clips by what they are. */
  #clips = new Map();
  /** @type {State[]} */
  #saved = [];
  /** @type {State} */
  #now = { ...FRESH };

  /**
   * @param {number} width
   * @param {number} height
   * @param {(text: string, font: string) => number} measure The width of a text in pixels.
   */
  constructor(width, height, measure) {
    this.#size = [width, height];
    this.canvas = { width: 2 * width, height: 2 * height }; // for what is made of pixels
    this.#measure = measure;
    this.imageSmoothingEnabled = true;
    for (const name of /** @type {(keyof State)[]} */ (Object.keys(FRESH))) {
      if (["dx", "dy", "clip", "dash"].includes(name)) continue;
      Object.defineProperty(this, name, {
        get: () => this.#now[name],
        set: (value) => Object.assign(this.#now, { [name]: value }),
      });
    }
  }

  save() {
    this.#saved.push({ ...this.#now });
  }

  restore() {
    this.#now = this.#saved.pop() ?? this.#now;
  }

  /** @param {number} x @param {number} y */
  translate(x, y) {
    this.#now.dx += x;
    this.#now.dy += y;
  }

  /** @param {number[]} dash */
  setLineDash(dash) {
    this.#now.dash = [...dash];
  }

  beginPath() {
    this.#path = [];
    this.#rect = null;
  }

  closePath() {
    if (this.#path.length > 0) this.#path.push("Z");
  }

  /** @param {number} x @param {number} y */
  moveTo(x, y) {
    if (Number.isFinite(x) && Number.isFinite(y)) this.#path.push(`M${this.#at(x, y)}`);
  }

  /** @param {number} x @param {number} y */
  lineTo(x, y) {
    if (Number.isFinite(x) && Number.isFinite(y))
      this.#path.push(`${this.#path.length === 0 ? "M" : "L"}${this.#at(x, y)}`);
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  rect(x, y, width, height) {
    this.#rect = [x + this.#now.dx, y + this.#now.dy, width, height];
    this.#path.push(`M${this.#at(x, y)}h${short(width)}v${short(height)}h${short(-width)}Z`);
  }

  /** @param {number} x @param {number} y @param {number} radius @param {number} from @param {number} to */
  arc(x, y, radius, from, to) {
    this.ellipse(x, y, radius, radius, 0, from, to);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} rx
   * @param {number} ry
   * @param {number} _turned
   * @param {number} from
   * @param {number} to
   */
  ellipse(x, y, rx, ry, _turned, from, to) {
    const at = (/** @type {number} */ angle) => this.#at(x + rx * Math.cos(angle), y + ry * Math.sin(angle));
    const radii = `A${short(rx)} ${short(ry)} 0`;
    const last = this.#path.at(-1);
    // A point that was moved to only to begin here needs no line to it.
    if (last !== `M${at(from)}`) this.#path.push(`${this.#path.length === 0 ? "M" : "L"}${at(from)}`);
    const middle = (from + to) / 2;
    this.#path.push(`${radii} 0 1 ${at(middle)}`, `${radii} 0 1 ${at(to)}`);
  }

  /** Clip to the last rectangle, inside what is clipped already. */
  clip() {
    if (!this.#rect) return;
    const [x, y, width, height] = this.#rect.map(short);
    const key = `<rect x="${x}" y="${y}" width="${width}" height="${height}"/>|${this.#now.clip}`;
    const id = this.#clips.get(key) ?? `clip${this.#clips.size + 1}`;
    this.#clips.set(key, id);
    this.#now.clip = id;
  }

  stroke() {
    const { strokeStyle, lineWidth, lineJoin, lineCap, dash, lineDashOffset } = this.#now;
    this.#draw("path", {
      d: this.#path.join(""),
      fill: "none",
      stroke: strokeStyle,
      "stroke-width": lineWidth === 1 ? null : short(lineWidth),
      "stroke-linejoin": lineJoin === "miter" ? null : lineJoin,
      "stroke-linecap": lineCap === "butt" ? null : lineCap,
      "stroke-dasharray": dash.length > 0 ? dash.join(" ") : null,
      "stroke-dashoffset": dash.length > 0 && lineDashOffset !== 0 ? short(lineDashOffset) : null,
    });
  }

  fill() {
    this.#draw("path", { d: this.#path.join(""), fill: this.#now.fillStyle });
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  fillRect(x, y, width, height) {
    this.#box(x, y, width, height, { fill: this.#now.fillStyle });
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  strokeRect(x, y, width, height) {
    const { strokeStyle, lineWidth } = this.#now;
    this.#box(x, y, width, height, { fill: "none", stroke: strokeStyle, "stroke-width": short(lineWidth) });
  }

  /** There is nothing to be cleared: a drawing is written once. */
  clearRect() {}

  /** @param {string} text */
  measureText(text) {
    return { width: this.#measure(text, this.#now.font) };
  }

  /** @param {string} text @param {number} x @param {number} y @param {number} [most] Pixels. */
  fillText(text, x, y, most) {
    this.#text(text, x, y, { fill: this.#now.fillStyle }, most);
  }

  /** @param {string} text @param {number} x @param {number} y */
  strokeText(text, x, y) {
    const { strokeStyle, lineWidth, lineJoin } = this.#now;
    this.#text(text, x, y, {
      fill: "none",
      stroke: strokeStyle,
      "stroke-width": short(lineWidth),
      "stroke-linejoin": lineJoin,
    });
  }

  /**
   * What is made of pixels stays so: it is put in as a picture.
   *
   * @param {HTMLCanvasElement} image
   * @param {...number} box Where to, x y width height; or where from and then where to.
   */
  drawImage(image, ...box) {
    const whole = box.length < 8;
    const [sx = 0, sy = 0, sw = image.width, sh = image.height] = whole ? [] : box;
    const [x = 0, y = 0, width = sw, height = sh] = whole ? box : box.slice(4);
    const part = document.createElement("canvas");
    [part.width, part.height] = [Math.max(1, sw), Math.max(1, sh)];
    part.getContext("2d")?.drawImage(image, sx, sy, sw, sh, 0, 0, part.width, part.height);
    const rendering = this.imageSmoothingEnabled ? null : "pixelated";
    this.#box(
      x,
      y,
      width,
      height,
      { preserveAspectRatio: "none", "image-rendering": rendering, href: part.toDataURL() },
      "image",
    );
  }

  /**
   * The drawing as a file.
   * @param {string} title What it shows, for those who cannot see it.
   */
  text(title) {
    const [width, height] = this.#size;
    const clips = [...this.#clips].map(([key, id]) => {
      const [rect = "", outer = ""] = key.split("|");
      return `<clipPath id="${id}"${outer ? ` clip-path="url(#${outer})"` : ""}>${rect}</clipPath>`;
    });
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
      `<title>${escaped(title)}</title>`,
      `<defs>${clips.join("")}</defs>`,
      ...this.#parts,
      "</svg>",
      "",
    ].join("\n");
  }

  /** @param {number} x @param {number} y */
  #at(x, y) {
    return `${short(x + this.#now.dx)} ${short(y + this.#now.dy)}`;
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   * @param {Record<string, string | number | null>} look
   * @param {string} [tag]
   */
  #box(x, y, width, height, look, tag = "rect") {
    const { dx, dy } = this.#now;
    const place = { x: short(x + dx), y: short(y + dy), width: short(width), height: short(height) };
    this.#draw(tag, { ...place, ...look });
  }

  /**
   * @param {string} text
   * @param {number} x
   * @param {number} y
   * @param {Record<string, string | number | null>} look
   * @param {number} [most]
   */
  #text(text, x, y, look, most = Infinity) {
    if (text === "") return;
    const { font, textAlign, textBaseline, dx, dy } = this.#now;
    const [, weight, size = "10", family] = /^(?:(\d+|bold|italic) )?([\d.]+)px (.*)$/.exec(font) ?? [];
    const place = { x: short(x + dx), y: short(y + dy + (DROPS[textBaseline] ?? 0) * Number(size)) };
    const tight = this.#measure(text, font) > most;
    const face = { "font-weight": weight ?? null, "font-size": size, "font-family": family ?? null };
    const anchor = { "text-anchor": ANCHORS[textAlign] ?? null, textLength: tight ? short(most) : null };
    this.#draw("text", { ...place, ...face, ...anchor, ...look }, text);
  }

  /**
   * @param {string} tag
   * @param {Record<string, string | number | null>} attributes
   * @param {string} [text]
   */
  #draw(tag, attributes, text) {
    if (attributes.d === "") return;
    const { clip, globalAlpha } = this.#now;
    const all = {
      ...attributes,
      opacity: globalAlpha === 1 ? null : globalAlpha,
      "clip-path": clip ? `url(#${clip})` : null,
    };
    const written = Object.entries(all).flatMap(([name, value]) =>
      value === null ? [] : [` ${name}="${escaped(String(value))}"`],
    );
    this.#parts.push(`<${tag}${written.join("")}${text === undefined ? "/>" : `>${escaped(text)}</${tag}>`}`);
  }
}
