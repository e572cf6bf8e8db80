/** Numbers and times as text. Unknown values are a dash. */

const DASH = "–";
const SPACE = "\u00a0";
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

const known = (value) => value !== null && value !== undefined && Number.isFinite(value);

/** 64,000 */
export const count = (value) => (known(value) ? whole.format(value) : DASH);

/** 58.2, 7,104 or 0.31: three digits at least. */
export function rate(value) {
  if (!known(value)) {
    return DASH;
  }
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** 0.0123; small ones as 1.2e-5. */
export function loss(value) {
  return !known(value) ? DASH : value !== 0 && Math.abs(value) < 0.00005 ? value.toExponential(1) : value.toFixed(4);
}

/** 98.4 % */
export const share = (value) => (known(value) ? (value * 100).toFixed(1) + SPACE + "%" : DASH);

/** 98 % */
export const wholeShare = (value) => (known(value) ? Math.round(value * 100) + SPACE + "%" : DASH);

/** 43 %; never 100 % before the end. */
export const percent = (value) => (known(value) ? Math.floor(value) + SPACE + "%" : DASH);

/** 116.1 MB, in units of 1000. */
export function bytes(value) {
  if (!known(value)) {
    return DASH;
  }
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return (unit === 0 ? count(value) : rate(value)) + SPACE + units[unit];
}

/** 0.42 s, 8.1 s, 43 s, 2 min 05 s, 3 h 20 min */
export function duration(seconds) {
  if (!known(seconds)) {
    return DASH;
  }
  if (seconds < 9.95) {
    return seconds.toFixed(seconds < 0.995 ? 2 : 1) + SPACE + "s";
  }
  const s = Math.round(seconds);
  if (s < 60) {
    return s + SPACE + "s";
  }
  return s < 3600
    ? Math.floor(s / 60) + SPACE + "min" + SPACE + String(s % 60).padStart(2, "0") + SPACE + "s"
    : Math.floor(s / 3600) + SPACE + "h" + SPACE + String(Math.floor((s % 3600) / 60)).padStart(2, "0") + SPACE + "min";
}

/** 0.25, 2,000: as short as the axis of a chart allows. */
export const tick = (value) => value.toLocaleString("en", { maximumFractionDigits: 4 });

/** 1:05, or 0.4 where an axis has less than ten seconds. */
export function axisTime(seconds, step) {
  if (step < 1) {
    return seconds.toFixed(step < 0.1 ? 2 : 1);
  }
  return Math.floor(seconds / 60) + ":" + String(Math.round(seconds % 60)).padStart(2, "0");
}

/** 22:03:11, with the day if it is not today. */
export function time(instant) {
  if (!instant) {
    return DASH;
  }
  const date = new Date(instant);
  const clock = date.toLocaleTimeString("en-GB");
  return date.toDateString() === new Date().toDateString()
    ? clock
    : date.toLocaleDateString("en-CA") + " " + clock;
}

/** The seconds between two instants; the second defaults to now. */
export function secondsBetween(from, to) {
  return from ? Math.max(0, ((to ? new Date(to) : new Date()) - new Date(from)) / 1000) : null;
}

export const STATES = {
  waiting: "waiting",
  running: "running",
  paused: "paused",
  done: "done",
  failed: "failed",
  cancelled: "cancelled",
};

/** What a run does at the moment, each in one word, so that the page does not move when it changes. */
export const PHASES = {
  list: "listing",
  download: "download",
  train: "training",
  evaluate: "evaluation",
  checkpoint: "checkpoint",
};

export const hasEnded = (job) => ["done", "failed", "cancelled"].includes(job.state);
