/** File mode against pipe mode, of two jobs that read the same data. */

import * as api from "./api.js";
import { Chart, join } from "./charts.js";
import { h, text } from "./dom.js";
import { count, duration, secondsBetween } from "./format.js";
import { jobName } from "./jobs-list.js";

const work = (job) => JSON.stringify([job.trainer, job.channels, job.epochs, job.batchSize ?? null, job.hyperParameters ?? null]);

/** Returns the newest job that did the same in the other mode to its end, or nothing. */
export function counterpart(job, jobs) {
  return jobs.find((other) => other.state === "done" && other.mode !== job.mode && work(other) === work(job));
}

/** Steps over time. The line leaves zero with the first step. */
function line(series) {
  const first = series[0];
  const points = series.filter((point, i) => i === 0 || point.t > series[i - 1].t);
  return [
    [0, ...(first.t > 0.001 ? [first.t - 0.001] : []), ...points.map((point) => point.t)],
    [0, ...(first.t > 0.001 ? [0] : []), ...points.map((point) => point.step)],
  ];
}

function compared(pipe, file, what) {
  if (!(pipe >= 0) || !(file > 0)) {
    return "";
  }
  const saved = Math.round((1 - pipe / file) * 100);
  return saved === 0 ? `${what} at the same time` : `${what} ${Math.abs(saved)}\u00a0% ${saved > 0 ? "sooner" : "later"}`;
}

export class CompareView {
  constructor() {
    this.sentence = h("p", { class: "where" });
    this.chart = new Chart("Steps", [{ colour: "--accent", fill: "--accent-soft" }, { colour: "--muted", dash: [6, 4] }], {
      format: count,
      caption: () => "",
    });
    this.rows = h("tbody");
    this.element = h(
      "section",
      { class: "card compare", "aria-labelledby": "compare-title", hidden: true },
      h("h3", { id: "compare-title" }, "File mode and pipe mode on the same data"),
      this.sentence,
      h(
        "p",
        { class: "legend", "aria-hidden": "true" },
        h("span", { class: "key pipe" }, "pipe mode"),
        h("span", { class: "key file" }, "file mode"),
      ),
      this.chart.element,
      h(
        "div",
        { class: "scroll", tabindex: "0", role: "group", "aria-label": "Figures of both modes" },
        h(
          "table",
          {},
          h("thead", {}, h("tr", {}, ...["Mode", "Job", "First step", "End"].map((name, i) =>
            h("th", { scope: "col", class: i > 1 ? "number" : "" }, name)))),
          this.rows,
        ),
      ),
    );
    this.shown = "";
  }

  /** Shows the comparison if the job has ended and another one did the same in the other mode. */
  async update(job, series, jobs) {
    const other = job.state === "done" ? counterpart(job, jobs) : undefined;
    const shown = other ? job.id + " " + other.id : "";
    if (shown === this.shown) {
      return;
    }
    this.shown = shown;
    this.element.hidden = true;
    if (!other) {
      return;
    }
    const detail = await api.job(other.id).catch(() => null);
    if (this.shown === shown && detail?.series?.length && series.length) {
      this.#show({ job, series }, { job: detail, series: detail.series });
    }
  }

  #show(one, another) {
    const [pipe, file] = one.job.mode === "pipe" ? [one, another] : [another, one];
    this.element.hidden = false;
    this.chart.update(join(line(pipe.series), line(file.series)));
    const total = (side) => secondsBetween(side.job.startedAt, side.job.endedAt);
    const row = (mode, side) =>
      h(
        "tr",
        {},
        h("td", {}, mode),
        h("td", {}, h("a", { href: "#/jobs/" + encodeURIComponent(side.job.id) }, jobName(side.job))),
        h("td", { class: "number" }, duration(side.series[0].t)),
        h("td", { class: "number" }, duration(total(side))),
      );
    this.rows.replaceChildren(row("pipe", pipe), row("file", file));
    const claims = [
      compared(pipe.series[0].t, file.series[0].t, "took its first step"),
      compared(total(pipe), total(file), "ended"),
    ].filter((claim) => claim !== "");
    text(this.sentence, claims.length === 0 ? "" : "Pipe mode " + claims.join(" and ") + ".");
  }

  close() {
    this.chart.close();
  }
}
