/** The form that starts a job. What the service refuses is shown beside the field that it names. */

import * as api from "./api.js";
import { attribute, h, text } from "./dom.js";

const FORMATS = ["tfrecord", "recordio"];
const KINDS = ["raw", "int64", "float32"];
const TYPES = ["float64", "float32", "int64", "int32", "int16", "uint8"];

/** One labelled input. The path names it as the service does: channels.train.uri. */
function field(path, label, input, hint = "") {
  const id = "field-" + path.replace(/[^a-zA-Z0-9-]+/g, "-");
  input.id = id;
  input.dataset.path = path;
  const problem = h("span", { class: "field-problem", id: id + "-problem", hidden: true });
  const help = h("span", { class: "hint", id: id + "-hint" }, hint);
  attribute(input, "aria-describedby", (hint ? help.id + " " : "") + problem.id);
  return h("div", { class: "field" }, h("label", { for: id }, label), input, ...(hint ? [help] : []), problem);
}

const input = (value = "", attributes = {}) => h("input", { type: "text", autocomplete: "off", spellcheck: "false", value, ...attributes });

const select = (options, chosen) =>
  h("select", {}, ...options.map((option) => h("option", { value: option, selected: option === chosen }, option)));

const range = ({ least, most }) => [least ?? null, most ?? null].every((end) => end === null)
  ? ""
  : least === null || least === undefined ? `at most ${most}` : most === null || most === undefined ? `at least ${least}` : `${least} to ${most}`;

/** Numbers that are none are sent as they were typed: the service says what it expected. */
function number(value) {
  const trimmed = value.trim();
  return trimmed !== "" && Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
}

export class StartForm {
  /** @param started called with the job */
  constructor(place, started) {
    this.place = place;
    this.started = started;
    place.replaceChildren(h("p", { class: "empty" }, "Loading the trainers…"));
    document.title = "New job · Training service";
    this.load();
  }

  async load() {
    try {
      const { trainers, defaults } = await api.trainers();
      if (!this.closed) {
        this.build(trainers, defaults ?? {});
      }
    } catch (failure) {
      if (!this.closed) {
        this.place.replaceChildren(
          h("h2", { tabindex: "-1" }, "New job"),
          h("p", { class: "problem", role: "alert" }, failure.message),
          h("button", { class: "button", type: "button", onclick: () => this.load() }, "Try again"),
        );
      }
    }
  }

  close() {
    this.closed = true;
  }

  build(trainers, defaults) {
    this.trainers = trainers;
    this.rows = [];
    this.problem = h("p", { class: "problem", role: "alert", tabindex: "-1", hidden: true });
    this.trainer = select(trainers.map((trainer) => trainer.name));
    this.trainer.addEventListener("change", () => this.showTrainer());
    this.description = h("p", { class: "hint" });
    this.parameters = h("div", { class: "fields" });
    this.name = input("", { placeholder: "optional" });
    this.modes = ["pipe", "file"].map((mode, i) =>
      h("label", { class: "radio" }, h("input", { type: "radio", name: "mode", value: mode, checked: i === 0, "data-path": "mode" }), mode + " mode"));
    this.train = input(defaults.channels?.train ?? "");
    this.trainFormat = select(FORMATS, "tfrecord");
    this.eval = input(defaults.channels?.eval ?? "");
    this.evalFormat = select(FORMATS, "tfrecord");
    this.schema = h("ul", { class: "schema" });
    this.epochs = input("2", { inputmode: "numeric" });
    this.batchSize = input("64", { inputmode: "numeric" });
    this.submit = h("button", { class: "button primary", type: "submit" }, "Start");
    this.form = h(
      "form",
      { class: "card start", novalidate: true, "aria-labelledby": "form-title", onsubmit: (event) => this.send(event) },
      this.problem,
      h(
        "fieldset",
        {},
        h("legend", {}, "Training"),
        h("div", { class: "fields" }, field("trainer", "Trainer", this.trainer), field("name", "Name", this.name)),
        this.description,
        this.parameters,
        h("div", { class: "fields" },
          field("epochs", "Epochs", this.epochs, "how often the data is read"),
          field("batchSize", "Batch size", this.batchSize, "records in a batch")),
      ),
      h(
        "fieldset",
        {},
        h("legend", {}, "Input mode"),
        h("div", { class: "radios" }, ...this.modes),
        h("p", { class: "hint" }, "Pipe mode trains while the data arrives. File mode downloads all of it first."),
        h("p", { class: "field-problem", id: "mode-problem", hidden: true }),
      ),
      h(
        "fieldset",
        {},
        h("legend", {}, "Channels"),
        h("div", { class: "fields channel" },
          field("channels.train.uri", "Training data", this.train, "a prefix, s3://bucket/prefix/"),
          field("channels.train.format", "Format", this.trainFormat)),
        h("div", { class: "fields channel" },
          field("channels.eval.uri", "Evaluation data", this.eval, "may be empty: then nothing is evaluated"),
          field("channels.eval.format", "Format", this.evalFormat)),
      ),
      h(
        "fieldset",
        {},
        h("legend", {}, "Features of a record"),
        this.schema,
        h("button", { class: "button small", type: "button", onclick: () => this.addFeature({ name: "", kind: "int64" }, true) }, "Add a feature"),
      ),
      h("div", { class: "actions" }, this.submit, h("a", { class: "button", href: "#/" }, "Back")),
    );
    this.place.replaceChildren(
      h("a", { class: "back", href: "#/" }, "All jobs"),
      h("h2", { id: "form-title", tabindex: "-1" }, "New job"),
      this.form,
    );
    (defaults.schema ?? []).forEach((feature) => this.addFeature(feature, false));
    this.showTrainer();
  }

  /** Shows the hyper-parameters that the chosen trainer declares. */
  showTrainer() {
    const trainer = this.trainers.find((each) => each.name === this.trainer.value);
    text(this.description, trainer?.description);
    this.inputs = (trainer?.hyperParameters ?? []).map((parameter) => ({
      name: parameter.name,
      element: input(String(parameter.default ?? ""), { inputmode: parameter.type === "integer" ? "numeric" : "decimal" }),
      hint: [parameter.type, range(parameter)].filter(Boolean).join(", "),
    }));
    this.parameters.replaceChildren(
      ...this.inputs.map(({ name, element, hint }) =>
        field("hyperParameters." + name, name.replaceAll("-", " ").replace(/^./, (first) => first.toUpperCase()), element, hint)),
    );
  }

  addFeature(feature, focus) {
    const row = {
      name: input(feature.name),
      kind: select(KINDS.includes(feature.kind) ? KINDS : [...KINDS, feature.kind], feature.kind),
      type: select(TYPES, feature.type ?? TYPES[0]),
      shape: input((feature.shape ?? []).join(", "), { placeholder: "one value" }),
      element: h("li", { class: "fields feature" }),
    };
    const showType = () => {
      row.type.disabled = row.kind.value !== "raw";
    };
    row.kind.addEventListener("change", showType);
    showType();
    row.remove = h("button", { class: "button small", type: "button", onclick: () => {
      this.rows = this.rows.filter((each) => each !== row);
      row.element.remove();
      this.numberRows();
    } }, "Remove");
    this.rows.push(row);
    this.schema.append(row.element);
    this.numberRows();
    if (focus) {
      row.name.focus();
    }
  }

  /** Paths have the number of the row, so they change when a row is removed. */
  numberRows() {
    this.rows.forEach((row, i) => {
      const path = `schema[${i}]`;
      const focused = document.activeElement;
      row.element.replaceChildren(
        field(path + ".name", "Feature", row.name),
        field(path + ".kind", "Kind", row.kind),
        field(path + ".type", "Type of raw bytes", row.type),
        field(path + ".shape", "Shape", row.shape),
        row.remove,
      );
      row.remove.setAttribute("aria-label", `Remove feature ${i + 1}`);
      if (row.element.contains(focused)) {
        focused.focus();
      }
    });
  }

  request() {
    const channel = (uri, format) => ({ uri: uri.value.trim(), format: format.value });
    const channels = { train: channel(this.train, this.trainFormat) };
    if (this.eval.value.trim() !== "") {
      channels.eval = channel(this.eval, this.evalFormat);
    }
    const name = this.name.value.trim();
    return {
      ...(name === "" ? {} : { name }),
      trainer: this.trainer.value,
      mode: this.form.querySelector("input[name=mode]:checked").value,
      channels,
      schema: this.rows.map((row) => {
        const shape = row.shape.value.split(/[,\s]+/).filter(Boolean).map(number);
        return {
          name: row.name.value.trim(),
          kind: row.kind.value,
          ...(row.kind.value === "raw" ? { type: row.type.value } : {}),
          ...(shape.length === 0 ? {} : { shape }),
        };
      }),
      hyperParameters: Object.fromEntries(this.inputs.map(({ name, element }) => [name, number(element.value)])),
      epochs: number(this.epochs.value),
      batchSize: number(this.batchSize.value),
    };
  }

  async send(event) {
    event.preventDefault();
    if (this.sending) {
      return;
    }
    this.sending = true;
    attribute(this.submit, "aria-disabled", true);
    this.clearProblems();
    try {
      this.started(await api.start(this.request()));
    } catch (failure) {
      this.showProblem(failure);
    } finally {
      this.sending = false;
      attribute(this.submit, "aria-disabled", null);
    }
  }

  clearProblems() {
    this.problem.hidden = true;
    for (const each of this.form.querySelectorAll(".field-problem")) {
      each.hidden = true;
    }
    for (const each of this.form.querySelectorAll("[aria-invalid]")) {
      each.removeAttribute("aria-invalid");
    }
  }

  /** Finds the field by its path, or by that of what it is in: "schema[0].shape[1]" is shown at "schema[0].shape". */
  showProblem({ message, field: path }) {
    for (let prefix = path ?? ""; prefix !== ""; prefix = prefix.replace(/[.[]?[^.[]*$/, "")) {
      const found = [...this.form.querySelectorAll("[data-path]")].find((each) => each.dataset.path === prefix)
        ?? [...this.form.querySelectorAll("[data-path]")].find((each) => each.dataset.path.startsWith(prefix + "."));
      if (found) {
        const problem = prefix === "mode" ? document.getElementById("mode-problem") : document.getElementById(found.id + "-problem");
        problem.hidden = false;
        text(problem, message);
        attribute(found, "aria-invalid", "true");
        found.focus();
        return;
      }
    }
    this.problem.hidden = false;
    text(this.problem, path ? `${path}: ${message}` : message);
    this.problem.focus();
  }
}
