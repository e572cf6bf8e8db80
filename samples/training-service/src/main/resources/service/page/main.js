/** The page: the list of jobs at the side, and beside it a job or the form, by the part of the address after #. */

import * as api from "./api.js";
import { announce, h, text } from "./dom.js";
import { time } from "./format.js";
import { StartForm } from "./form.js";
import { JobView } from "./job-view.js";
import { showJobs } from "./jobs-list.js";
import { follow } from "./live.js";

const LINKS = { connecting: "Connecting", live: "Live", lost: "No connection" };
const main = document.getElementById("main");

let list = { jobs: [], limits: null };
let view = null;
let chosen = null;
let wasLost = false;
let linkState = "connecting";
let listEvery = 0;
let jobEvery = 0;
let hideBanner = 0;

function listChanged(next) {
  list = { ...list, ...next };
  showJobs(list, chosen);
  view?.listChanged?.();
}

/** Says whether the figures are live, and what happens if they are not. */
function showConnection(state, seconds) {
  const banner = document.getElementById("banner");
  linkState = state;
  listEvery = state === "refused" ? Math.ceil(seconds) : 0;
  showLink();
  if (state === "lost") {
    clearTimeout(hideBanner);
    banner.hidden = false;
    banner.dataset.kind = "lost";
    const pause = seconds < 1 ? "" : `: the next time in ${seconds}\u00a0s`;
    text(banner, `The connection to the service is lost. This page tries again by itself${pause}.`);
    if (!wasLost) {
      announce("The connection to the service is lost. This page tries again by itself.");
    }
    wasLost = true;
  } else if (state !== "connecting" && wasLost) {
    wasLost = false;
    banner.dataset.kind = "back";
    text(banner, `Connected again at ${time(new Date())}. The figures are complete.`);
    announce("Connected again.");
    hideBanner = setTimeout(() => (banner.hidden = true), 10_000);
  }
}

/** A stream may be refused, that of the job, of the list or both: then the figures are fetched now and then. */
function showJobConnection(state, seconds) {
  jobEvery = state === "refused" ? Math.ceil(seconds) : 0;
  showLink();
}

function showLink() {
  const link = document.getElementById("link");
  const every = linkState === "lost" ? 0 : Math.max(listEvery, jobEvery);
  link.dataset.link = every > 0 ? "connecting" : linkState;
  text(link, every > 0 ? `Refreshed every ${every} s` : LINKS[linkState]);
}

function showRoute(first) {
  const [, place, id] = location.hash.match(/^#\/(new|jobs)?(?:\/(.+))?$/) ?? [];
  view?.close();
  view = null;
  chosen = null;
  showJobConnection("live");
  document.title = "Training service";
  if (place === "new") {
    document.body.dataset.route = "new";
    view = new StartForm(main, (job) => {
      announce(`${job.name || job.id} was submitted.`);
      location.hash = "#/jobs/" + encodeURIComponent(job.id);
    });
  } else if (place === "jobs" && id) {
    document.body.dataset.route = "job";
    chosen = decodeURIComponent(id);
    view = new JobView(chosen, main, { jobs: () => list.jobs, onState: showJobConnection });
  } else {
    document.body.dataset.route = "list";
    main.replaceChildren(
      h("div", { class: "nothing" },
        h("h2", { tabindex: "-1" }, "No job is chosen"),
        h("p", {}, "Choose one from the list, or start a new one."),
        h("p", {}, h("a", { class: "button primary", href: "#/new" }, "New job"))),
    );
  }
  showJobs(list, chosen);
  if (!first) {
    scrollTo(0, 0);
    main.focus({ preventScroll: true });
  }
}

document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
window.addEventListener("hashchange", () => showRoute(false));
showRoute(true);
follow("/events", async () => listChanged(await api.jobs()), { jobs: listChanged, message: listChanged }, showConnection);
