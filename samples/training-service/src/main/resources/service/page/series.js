/** The figures of a job over time, as columns. */

const MOST_POINTS = 1200;
const COLUMNS = ["step", "loss", "accuracy", "recordsPerSecond", "megabytesPerSecond"];

export class Series {
  constructor(points = []) {
    this.t = [];
    for (const column of COLUMNS) {
      this[column] = [];
    }
    points.forEach((point) => this.add(point));
  }

  /** Adds a point, and returns false if it is no newer than the last one. */
  add(point) {
    if (!point || !Number.isFinite(point.t) || point.t <= (this.t[this.t.length - 1] ?? -1)) {
      return false;
    }
    this.t.push(point.t);
    for (const column of COLUMNS) {
      this[column].push(point[column] ?? null);
    }
    if (this.t.length > MOST_POINTS) {
      this.#thin();
    }
    return true;
  }

  /** Drops every second point of the older half; the first one stays. */
  #thin() {
    const keep = (value, index) => index % 2 === 0 || index > MOST_POINTS / 2;
    this.t = this.t.filter(keep);
    for (const column of COLUMNS) {
      this[column] = this[column].filter(keep);
    }
  }
}
