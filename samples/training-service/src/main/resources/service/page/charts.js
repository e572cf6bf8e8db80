/** Line charts over the time of a job, drawn by uPlot in the page's colours. */

import uPlot from "/webjars/uplot/1.6.30/dist/uPlot.esm.js";
import { h, text } from "./dom.js";
import { axisTime } from "./format.js";

const HEIGHT = 150;
const FEW_POINTS = 12;
const SECONDS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400, 604800];
const dark = matchMedia("(prefers-color-scheme: dark)");

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A chart that follows the width of its place and the colour scheme. */
export class Chart {
  /**
   * @param title what is drawn
   * @param lines one for each line: {colour, dash?, fill?}, colours being names of CSS properties
   * @param options format: how a value is written, tick: how at the axis; least and most: the ends of the axis, if they are fixed; sync: charts
   *     of one name share their cursor
   */
  constructor(title, lines, { format, tick = format, least = 0, most = null, sync = null, caption = null }) {
    this.title = title;
    this.lines = lines;
    this.options = { format, tick, least, most, sync };
    this.caption = caption;
    this.data = [[], ...lines.map(() => [])];
    this.value = h("span", { class: "chart-value" });
    this.place = h("div", { class: "chart-place", role: "img" });
    this.element = h(
      "figure",
      { class: "chart" },
      h("figcaption", {}, h("span", { class: "chart-title" }, title), this.value),
      this.place,
    );
    this.plot = null;
    this.resized = new ResizeObserver(() => this.#fit());
    this.resized.observe(this.place);
    this.recoloured = () => this.#draw();
    dark.addEventListener("change", this.recoloured);
  }

  /** Shows the columns: times in seconds, then the values of each line, null where there is none. */
  update(data) {
    this.data = data;
    if (!this.plot) {
      this.#draw();
    } else {
      this.plot.setData(data);
    }
    this.#describe(null);
  }

  close() {
    this.resized.disconnect();
    dark.removeEventListener("change", this.recoloured);
    this.plot?.destroy();
    this.plot = null;
  }

  #fit() {
    const width = Math.floor(this.place.clientWidth);
    if (this.plot && width > 0 && width !== this.plot.width) {
      this.plot.setSize({ width, height: HEIGHT });
    } else if (!this.plot) {
      this.#draw();
    }
  }

  #draw() {
    const width = Math.floor(this.place.clientWidth);
    if (width === 0) {
      return;
    }
    this.plot?.destroy();
    this.plot = new uPlot(this.#config(width), this.data, this.place);
  }

  #config(width) {
    const { tick, least, most, sync } = this.options;
    const font = "11px " + getComputedStyle(document.body).fontFamily;
    const axis = {
      stroke: colour("--muted"),
      font,
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { show: false },
      border: { show: false },
    };
    return {
      width,
      height: HEIGHT,
      padding: [8, 16, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, y: false, ...(sync ? { sync: { key: sync } } : {}) },
      scales: {
        x: { time: false, range: (u, from, to) => (from === null ? [0, 1] : [Math.min(0, from), Math.max(to, 1)]) },
        y: { range: (u, from, to) => (from === null ? [least, most ?? 1] : [Math.min(least, from), most ?? ((to - least) * 1.08 || 1)]) },
      },
      axes: [
        { ...axis, size: 24, space: 56, incrs: SECONDS, values: (u, ticks) => ticks.map((each) => axisTime(each, ticks[1] - ticks[0])) },
        { ...axis, size: 46, space: 34, values: (u, ticks) => ticks.map(tick) },
      ],
      series: [
        {},
        ...this.lines.map((line) => ({
          stroke: colour(line.colour),
          width: 1.75,
          dash: line.dash,
          fill: line.fill ? colour(line.fill) : undefined,
          spanGaps: true,
          points: {
            size: 5,
            fill: colour(line.colour),
            show: (u, series) => u.data[series].reduce((n, value) => (value === null ? n : n + 1), 0) <= FEW_POINTS,
          },
        })),
      ],
      hooks: { setCursor: [(u) => this.#describe(u.cursor.idx)] },
    };
  }

  /** Writes the value under the cursor, or the newest, beside the title. */
  #describe(index) {
    if (this.caption) {
      text(this.value, this.caption(this.data, index));
      this.place.setAttribute("aria-label", this.title + ": " + this.value.textContent);
      return;
    }
    const values = this.data[1];
    let at = index ?? values.length - 1;
    while (at >= 0 && (values[at] === null || values[at] === undefined)) {
      at--;
    }
    const { format } = this.options;
    text(this.value, at < 0 ? "no figure so far" : format(values[at]));
    this.value.classList.toggle("none", at < 0);
    if (index === null || index === undefined) {
      const all = values.filter((value) => value !== null && value !== undefined);
      const summary = all.length === 0
        ? "no figure so far"
        : `now ${format(all[all.length - 1])}, least ${format(Math.min(...all))}, most ${format(Math.max(...all))}`;
      this.place.setAttribute("aria-label", `${this.title} over time: ${summary}`);
    }
  }
}

/** Joins lines with times of their own into columns for a chart. */
export const join = (...lines) => uPlot.join(lines);
