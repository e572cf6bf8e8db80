/** One job: what it does, how far it is, where it waits, its figures and its log. */

import * as api from "./api.js";
import { Chart } from "./charts.js";
import { CompareView } from "./compare.js";
import { confirm } from "./dialog.js";
import { announce, attribute, h, keyed, text } from "./dom.js";
import { bytes, count, duration, hasEnded, loss, percent, PHASES, rate, secondsBetween, share, STATES, tick, time, wholeShare } from "./format.js";
import { jobName, showState, stateBadge } from "./jobs-list.js";
import { follow } from "./live.js";
import { PipelineView } from "./pipeline.js";
import { Series } from "./series.js";

const MOST_LOG_LINES = 1000;

export class JobView {
  /**
   * @param id the job's
   * @param place the element to fill
   * @param page jobs(): the list as it is known; onState(state, seconds): the connection
   */
  constructor(id, place, page) {
    this.id = id;
    this.place = place;
    this.page = page;
    this.job = null;
    this.points = [];
    this.log = [];
    place.replaceChildren(h("p", { class: "empty" }, "Loading the job…"));
    this.closeStream = follow(
      api.eventsPath(id),
      () => this.load(),
      {
        job: (job) => this.change(job),
        log: ({ lines }, early) => this.append(lines, early),
        end: () => this.end(),
      },
      (state, seconds) => (state === "gone" ? this.gone() : this.page.onState(state, seconds)),
    );
    this.clock = setInterval(() => this.job && this.times(this.job), 1000);
  }

  /** Loads everything: at the beginning, after each lost connection, and at the end. */
  async load() {
    const job = await api.job(this.id);
    if (this.closed) {
      return;
    }
    this.points = job.series ?? [];
    this.series = new Series(this.points);
    this.log = job.log ?? [];
    this.show(job);
    this.drawCharts();
    this.showLog();
    if (hasEnded(job)) {
      this.stopFollowing();
    }
  }

  /** Takes an event: the job without series and log, and the newest point of its series. */
  change(job) {
    if (this.closed) {
      return;
    }
    this.show({ ...this.job, ...job });
    if (this.series.add(job.point)) {
      this.points.push(job.point);
      this.drawCharts();
    }
  }

  append(lines, early) {
    const fresh = early ? lines.filter((line) => !this.log.includes(line)) : lines;
    this.log = this.log.concat(fresh).slice(-MOST_LOG_LINES);
    this.showLog();
  }

  async end() {
    this.stopFollowing();
    try {
      await this.load();
    } catch (failure) {
      this.showProblem(failure.message);
    }
  }

  stopFollowing() {
    this.closeStream();
    clearInterval(this.clock);
    this.page.onState("live");
  }

  gone() {
    clearInterval(this.clock);
    this.page.onState("live");
    this.place.replaceChildren(
      h("h2", { tabindex: "-1" }, "No such job"),
      h("p", {}, `The service has no job ${this.id}. It was removed, or it never was one.`),
      h("p", {}, h("a", { href: "#/" }, "All jobs")),
    );
  }

  close() {
    this.closed = true;
    this.closeStream();
    clearInterval(this.clock);
    this.charts?.forEach((chart) => chart.close());
    this.compare?.close();
  }

  /** Shows what has changed of a job. */
  show(job) {
    const before = this.job?.state;
    this.job = job;
    if (!this.head) {
      this.build();
    }
    text(this.head, jobName(job));
    showState(this.badge, job.state);
    text(this.what, `${job.trainer}, ${job.mode} mode, ${job.channels?.train ?? ""}`);
    document.title = (job.state === "running" ? percent(job.percent) + " · " : "") + jobName(job) + " · Training service";
    this.buttons(job);
    this.progress(job);
    this.times(job);
    this.pipeline.update(job);
    this.tables(job);
    this.details(job);
    this.compare.update(job, this.points, this.page.jobs());
    this.error.hidden = !job.error;
    text(this.error, job.error ?? "");
    if (before && before !== job.state) {
      announce(`${jobName(job)} is ${STATES[job.state] ?? job.state}.${job.error ? " " + job.error : ""}`);
    }
  }

  /** Compares again when the list of jobs has changed. */
  listChanged() {
    if (this.job) {
      this.compare.update(this.job, this.points, this.page.jobs());
    }
  }

  build() {
    this.head = h("h2", { tabindex: "-1" });
    this.badge = stateBadge();
    this.what = h("p", { class: "what" });
    this.problem = h("p", { class: "problem", role: "alert", hidden: true });
    this.error = h("p", { class: "problem", hidden: true });
    this.actions = {
      pause: h("button", { class: "button", type: "button", onclick: () => this.act(api.pause) }, "Pause"),
      resume: h("button", { class: "button primary", type: "button", onclick: () => this.act(api.resume) }, "Resume"),
      cancel: h("button", { class: "button danger", type: "button", onclick: () => this.askAndCancel() }, "Cancel job"),
      remove: h("button", { class: "button", type: "button", onclick: () => this.askAndRemove() }, "Remove"),
    };
    this.bar = h("div", { class: "progress", role: "progressbar", "aria-label": "Progress", "aria-valuemin": "0", "aria-valuemax": "100" },
      h("span", { class: "progress-done" }));
    this.done = h("span", { class: "progress-percent" });
    this.left = h("span", { class: "progress-left" });
    this.figures = figureList(["Phase", "Epoch", "Step", "Records", "Data", "Time"]);
    this.pipeline = new PipelineView();
    const chart = (title, format, options = {}) =>
      new Chart(title, [{ colour: "--accent", fill: "--accent-soft" }], { format, tick, sync: "job", ...options });
    this.charts = [
      chart("Loss", loss),
      chart("Accuracy", share, { most: 1, tick: wholeShare }),
      chart("Records/s", rate),
      chart("MB/s", rate),
    ];
    this.chartsPlace = h("section", { class: "charts", "aria-label": "Figures over time" }, ...this.charts.map((each) => each.element));
    this.compare = new CompareView();
    this.epochs = table("Epochs", ["Epoch", "Records", "Time", "Loss", "Accuracy"]);
    this.checkpoints = table("Checkpoints", ["Step", "Saved", "Position"]);
    this.logText = h("pre", { tabindex: "0", role: "group", "aria-label": "Lines of the log" });
    this.facts = h("dl", { class: "facts" });
    this.place.replaceChildren(
      h("a", { class: "back", href: "#/" }, "All jobs"),
      h(
        "header",
        { class: "job-head" },
        h("div", {}, h("div", { class: "job-title" }, this.head, this.badge), this.what),
        h("div", { class: "actions" }, ...Object.values(this.actions)),
      ),
      this.problem,
      this.error,
      h(
        "section",
        { class: "card", "aria-label": "Progress" },
        h("div", { class: "progress-line" }, this.done, this.left),
        this.bar,
        this.figures.element,
      ),
      this.pipeline.element,
      this.chartsPlace,
      this.compare.element,
      h("div", { class: "pair" }, this.epochs.element, this.checkpoints.element),
      h("section", { class: "card", "aria-labelledby": "log-title" }, h("h3", { id: "log-title" }, "Log"), this.logText),
      h("section", { class: "card", "aria-labelledby": "facts-title" }, h("h3", { id: "facts-title" }, "Details"), this.facts),
    );
  }

  buttons(job) {
    const shown = {
      pause: job.state === "running" || job.state === "waiting",
      resume: job.state === "paused",
      cancel: !hasEnded(job),
      remove: hasEnded(job),
    };
    const focused = document.activeElement;
    for (const [name, button] of Object.entries(this.actions)) {
      button.hidden = !shown[name];
    }
    if (focused?.hidden && Object.values(this.actions).includes(focused)) {
      (Object.values(this.actions).find((button) => !button.hidden) ?? this.head).focus();
    }
  }

  progress(job) {
    const value = job.state === "done" ? 100 : Math.min(100, job.percent ?? 0);
    this.bar.firstElementChild.style.width = value + "%";
    attribute(this.bar, "aria-valuenow", Math.floor(value));
    this.bar.dataset.state = job.state;
    text(this.done, job.state === "done" ? "100\u00a0%" : percent(job.percent));
    const left = job.state === "running" && Number.isFinite(job.secondsLeft) ? duration(job.secondsLeft) + " left" : "";
    text(this.left, job.state === "waiting" ? "waits for its turn" : left);
    attribute(this.bar, "aria-valuetext", [this.done.textContent, this.left.textContent].filter(Boolean).join(" "));
    const idle = job.state === "paused" && job.phase === "train";
    this.figures.set("Phase", idle ? "–" : (PHASES[job.phase] ?? "–"));
    this.figures.set("Epoch", epochShown(job));
    this.figures.set("Step", count(job.step));
    this.figures.set("Records", count(job.records));
    this.figures.set("Data", bytes(job.bytes));
  }

  times(job) {
    this.figures.set("Time", duration(secondsBetween(job.startedAt, job.endedAt)));
  }

  drawCharts() {
    this.chartsPlace.hidden = this.series.t.length === 0;
    const { t, loss: losses, accuracy, recordsPerSecond, megabytesPerSecond } = this.series;
    [losses, accuracy, recordsPerSecond, megabytesPerSecond].forEach((values, i) => this.charts[i].update([t, values]));
  }

  tables(job) {
    this.epochs.set(
      [...(job.epochFigures ?? [])].reverse().map((epoch) => ({
        key: epoch.epoch,
        cells: [count(epoch.epoch), count(epoch.records), duration(epoch.seconds), loss(epoch.loss), share(epoch.accuracy)],
      })),
      "No epoch has ended so far.",
    );
    this.checkpoints.set(
      [...(job.checkpoints ?? [])].reverse().map((checkpoint) => ({
        key: checkpoint.step,
        cells: [count(checkpoint.step), time(checkpoint.savedAt), checkpoint.at ?? "–"],
      })),
      "No checkpoint so far.",
    );
  }

  details(job) {
    const facts = [
      ["Job", job.id],
      ["Trainer", job.trainer],
      ["Mode", job.mode],
      ...Object.entries(job.channels ?? {}).map(([name, uri]) => ["Channel " + name, uri?.uri ?? uri]),
      ["Batch size", job.batchSize],
      ...Object.entries(job.hyperParameters ?? {}).map(([name, value]) => [name, value]),
      ["Submitted", time(job.createdAt)],
      ["Started", time(job.startedAt)],
      ["Resumed from step", job.resumedFromStep],
      ["Ended", time(job.endedAt)],
      ["Model", job.model],
    ].filter(([, value]) => value !== null && value !== undefined && value !== "–");
    keyed(
      this.facts,
      facts,
      ([name]) => name,
      ([name, value]) =>
        h("div", {}, h("dt", {}, name), h("dd", {}, ...(name === "Model" ? [h("a", { href: value }, value)] : []))),
      (row, [, value]) => text(row.lastElementChild.firstElementChild ?? row.lastElementChild, String(value)),
    );
  }

  /** Follows the newest line, unless the reader has scrolled up. */
  showLog() {
    const pre = this.logText;
    const atEnd = pre.scrollHeight - pre.scrollTop - pre.clientHeight < 8;
    text(pre, this.log.length === 0 ? "Nothing was logged so far." : this.log.join("\n"));
    if (atEnd) {
      pre.scrollTop = pre.scrollHeight;
    }
  }

  async act(request) {
    this.showProblem(null);
    Object.values(this.actions).forEach((button) => attribute(button, "aria-disabled", true));
    try {
      const job = await request(this.id);
      if (job && !this.closed) {
        this.show({ ...this.job, ...job });
      }
      return true;
    } catch (failure) {
      this.showProblem(failure.message);
      return false;
    } finally {
      Object.values(this.actions).forEach((button) => attribute(button, "aria-disabled", null));
    }
  }

  async askAndCancel() {
    const yes = await confirm(
      `Cancel ${jobName(this.job)}?`,
      "The training ends now, and no model is written. A cancelled job cannot be resumed.",
      "Cancel job",
      "Keep training",
    );
    if (yes) {
      await this.act(api.cancel);
    }
  }

  async askAndRemove() {
    const yes = await confirm(
      `Remove ${jobName(this.job)}?`,
      "Its directory is deleted: the figures, the log and the checkpoints.",
      "Remove",
      "Keep",
    );
    if (yes && (await this.act(api.remove))) {
      location.hash = "#/";
    }
  }

  showProblem(message) {
    this.problem.hidden = !message;
    text(this.problem, message ?? "");
  }
}

/** Epochs are counted from 0, as in the log, in positions, in JSON and in meters. */
function epochShown(job) {
  if (!Number.isFinite(job.epoch) || !Number.isFinite(job.epochs)) {
    return "–";
  }
  return job.epochs === 1 ? count(job.epoch) : `${count(job.epoch)} of 0–${count(job.epochs - 1)}`;
}

function figureList(names) {
  const values = new Map(names.map((name) => [name, h("dd", {})]));
  const element = h("dl", { class: "figures" }, ...names.map((name) => h("div", {}, h("dt", {}, name), values.get(name))));
  return { element, set: (name, value) => text(values.get(name), value) };
}

function table(title, columns) {
  const id = title.toLowerCase() + "-title";
  const body = h("tbody");
  const none = h("p", { class: "empty" });
  const whole = h(
    "div",
    { class: "scroll", tabindex: "0", role: "group", "aria-labelledby": id },
    h("table", {}, h("thead", {}, h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, name)))), body),
  );
  const element = h("section", { class: "card", "aria-labelledby": id }, h("h3", { id }, title), none, whole);
  return {
    element,
    set(rows, nothing) {
      none.hidden = rows.length > 0;
      whole.hidden = rows.length === 0;
      text(none, nothing);
      keyed(
        body,
        rows,
        (row) => row.key,
        () => h("tr", {}, ...columns.map(() => h("td", {}))),
        (line, row) => row.cells.forEach((cell, i) => text(line.children[i], cell)),
      );
    },
  };
}
