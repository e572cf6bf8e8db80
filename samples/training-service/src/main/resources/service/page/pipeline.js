/** The pipeline, step by step: how full each step is, and what it waits for. */

import { attribute, h, keyed, text } from "./dom.js";
import { hasEnded, rate, wholeShare } from "./format.js";

const TITLES = {
  download: "Download",
  s3: "S3",
  window: "Window",
  pipe: "Pipe",
  decode: "Decode",
  queue: "Queue",
  batches: "Batches",
  trainer: "Trainer",
};

const title = (step) => step.title || TITLES[step.step] || step.step;

function create() {
  return h(
    "li",
    { class: "step" },
    h("span", { class: "flow", "aria-hidden": "true" }),
    h("span", { class: "step-title" }),
    h("span", { class: "tank", "aria-hidden": "true" }, h("span", { class: "level" })),
    h("span", { class: "step-fill" }),
    h("span", { class: "step-rate" }),
    h("span", { class: "step-wait" }),
    h("span", { class: "step-share" }),
  );
}

function update(item, step, moving) {
  const [, name, tank, fill, speed, wait, waited] = item.children;
  item.dataset.waiting = moving && step.waiting;
  text(name, title(step));
  attribute(tank, "data-known", step.fill !== null && step.fill !== undefined);
  tank.firstElementChild.style.setProperty("--fill", Math.min(1, Math.max(0, step.fill ?? 0)));
  text(fill, step.fillText ?? "");
  text(speed, step.rate === null || step.rate === undefined ? "" : `${rate(step.rate)}\u00a0${step.rateUnit ?? ""}`);
  text(wait, !moving ? "" : step.waiting ? (step.waitsFor ? "waits for " + step.waitsFor : "waits") : "at work");
  text(waited, moving && step.waitShare >= 0.005 ? "waited " + wholeShare(step.waitShare) : "");
}

/** Says where the pipeline waits now, and which step the others wait for. */
function sentence(job, steps) {
  if (job.phase === "download") {
    return "The data is downloaded to the disk before the training begins, as file mode does.";
  }
  if (job.phase === "evaluate") {
    return `The model is evaluated after epoch ${job.epoch}, so these are the steps of the channel eval. ${places(job, steps)}`;
  }
  return places(job, steps);
}

function places(job, steps) {
  if (job.state === "paused" && job.phase === "evaluate") {
    return "The pause begins when the evaluation has ended.";
  }
  if (job.state === "paused") {
    return "Paused: the trainer asks for nothing, so every step before it stands still.";
  }
  if (job.state !== "running") {
    return "";
  }
  const waiting = steps.filter((step) => step.waiting);
  if (waiting.length === 0) {
    return "Nothing waits right now: every step is at work.";
  }
  const working = steps.filter((step) => !step.waiting);
  const names = (some) => some.map(title).join(", ");
  const least = [...steps].sort((a, b) => (a.waitShare ?? 1) - (b.waitShare ?? 1))[0];
  return (working.length > 0 ? `At work: ${names(working)}. ` : "") + `Waiting: ${names(waiting)}. `
    + `${title(least)} has waited least lately, so it sets the pace.`;
}

export class PipelineView {
  constructor() {
    this.sentence = h("p", { class: "where" });
    this.steps = h("ol", { class: "pipeline", "aria-label": "Steps of the pipeline" });
    this.element = h(
      "section",
      { class: "card", "aria-labelledby": "pipeline-title" },
      h("h3", { id: "pipeline-title" }, "Where the pipeline waits"),
      this.sentence,
      this.steps,
    );
  }

  update(job) {
    const steps = job.pipeline ?? [];
    this.element.hidden = steps.length === 0 || hasEnded(job);
    this.steps.dataset.state = job.phase === "evaluate" ? "running" : job.state;
    text(this.sentence, sentence(job, steps));
    this.sentence.hidden = this.sentence.textContent === "";
    const moving = job.state === "running" || job.phase === "evaluate"; // a pause begins after the evaluation
    keyed(this.steps, steps, (step) => step.step, create, (item, step) => update(item, step, moving));
  }
}
