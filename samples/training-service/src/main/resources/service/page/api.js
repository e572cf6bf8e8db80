/** The service's routes. */

/** A request that failed: the status (0 without an answer), what is wrong, and which field of the request it is. */
export class ApiError extends Error {
  constructor(status, message, field) {
    super(message);
    this.status = status;
    this.field = field;
  }
}

const ANSWER_WITHIN_MILLIS = 15_000;

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, {
      ...options,
      headers: { accept: "application/json", ...options.headers },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MILLIS),
    });
  } catch {
    throw new ApiError(0, "The service does not answer.");
  }
  const body = await response.text().catch(() => "");
  let json = null;
  try {
    json = body === "" ? null : JSON.parse(body);
  } catch {
    throw new ApiError(response.status, `Expected JSON from ${path}, but got: ${body.slice(0, 200)}`);
  }
  if (!response.ok) {
    throw new ApiError(response.status, json?.error ?? `The service answered with status ${response.status}.`, json?.field);
  }
  return json;
}

const jobPath = (id) => "/jobs/" + encodeURIComponent(id);

export const trainers = () => call("/trainers");
export const jobs = () => call("/jobs");
export const job = (id) => call(jobPath(id));
export const pause = (id) => call(jobPath(id) + "/pause", { method: "POST" });
export const resume = (id) => call(jobPath(id) + "/resume", { method: "POST" });
export const cancel = (id) => call(jobPath(id), { method: "DELETE" });
export const remove = (id) => call(jobPath(id) + "?remove", { method: "DELETE" });
export const eventsPath = (id) => jobPath(id) + "/events";
export const start = (request) =>
  call("/jobs", { method: "POST", body: JSON.stringify(request), headers: { "content-type": "application/json" } });
