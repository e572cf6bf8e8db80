/** The list of jobs at the side. */

import { attribute, h, keyed, text } from "./dom.js";
import { count, hasEnded, loss, percent, rate, STATES, time } from "./format.js";

export const jobName = (job) => job.name || job.id;

/** A state as a shape and a word. */
export const stateBadge = () => h("span", { class: "state" });

export function showState(badge, state) {
  badge.dataset.state = state;
  text(badge, STATES[state] ?? state);
}

function create(job) {
  return h(
    "li",
    {},
    h(
      "a",
      { href: "#/jobs/" + encodeURIComponent(job.id) },
      h("span", { class: "job-name" }),
      stateBadge(),
      h("span", { class: "thin", "aria-hidden": "true" }, h("span", {})),
      h("span", { class: "job-figures" }),
    ),
  );
}

function figures(job) {
  if (job.state === "waiting") {
    return job.mode + " mode, since " + time(job.createdAt);
  }
  const parts = [job.mode + " mode"];
  if (job.state === "running" || job.state === "paused") {
    parts.push(percent(job.percent));
  }
  if (job.state === "running") {
    parts.push(rate(job.megabytesPerSecond) + "\u00a0MB/s");
  }
  if (job.loss !== null && job.loss !== undefined) {
    parts.push("loss\u00a0" + loss(job.loss));
  }
  if (hasEnded(job)) {
    parts.push(time(job.endedAt));
  }
  return parts.join(" · ");
}

function update(item, job, chosen) {
  const [name, badge, thin, line] = item.firstElementChild.children;
  attribute(item.firstElementChild, "aria-current", job.id === chosen ? "page" : null);
  text(name, jobName(job));
  showState(badge, job.state);
  attribute(thin, "hidden", hasEnded(job));
  thin.firstElementChild.style.width = (job.percent ?? 0) + "%";
  text(line, figures(job));
}

/** Shows the jobs, newest first, and how many are running. */
export function showJobs({ jobs, limits }, chosen) {
  keyed(document.getElementById("jobs"), jobs, (job) => job.id, create, (item, job) => update(item, job, chosen));
  document.getElementById("jobs-empty").hidden = jobs.length > 0;
  const running = jobs.filter((job) => job.state === "running").length;
  text(
    document.getElementById("running"),
    limits?.running ? `${count(running)} of at most ${count(limits.running)} running` : `${count(running)} running`,
  );
}
