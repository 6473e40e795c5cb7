const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [72, 20];

/** The points of lines of `values` over their `times`; where a value is null a line ends, and a new one begins. */
export function pathOf(times, values, { from, to, floor }) {
  const most = Math.max(floor, ...values.filter((value) => value !== null));
  const x = (time) => (((time - from) / (to - from)) * WIDTH).toFixed(1);
  const y = (value) => (HEIGHT - 1 - (value / most) * (HEIGHT - 2)).toFixed(1);
  let isDrawn = false;
  return values
    .map((value, index) => {
      const command = value === null ? "" : `${isDrawn ? "L" : "M"}${x(times[index])} ${y(value)}`;
      isDrawn = value !== null;
      return command;
    })
    .join("");
}

/** A small line without axes: how it goes, beside a number that says how much. */
export class Sparkline {
  constructor() {
    this.made = document.createElementNS(SVG, "svg");
    this.#line = document.createElementNS(SVG, "path");
    this.made.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    this.made.setAttribute("class", "sparkline");
    this.made.setAttribute("aria-hidden", "true");
    this.made.append(this.#line);
  }

  #line;

  show(times, values, scale) {
    this.#line.setAttribute("d", pathOf(times, values, scale));
  }
}
