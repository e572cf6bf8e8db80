/** Questions that need an answer before something is lost. */

import { h } from "./dom.js";

/** Asks in a modal dialog and returns a promise of the answer. Escape is "no". */
export function confirm(title, explanation, yes, no) {
  return new Promise((resolve) => {
    const dialog = h(
      "dialog",
      { "aria-labelledby": "question", "aria-describedby": "explanation" },
      h("h2", { id: "question" }, title),
      h("p", { id: "explanation" }, explanation),
      h(
        "div",
        { class: "actions" },
        h("button", { class: "button", type: "button", autofocus: true, onclick: () => dialog.close("no") }, no),
        h("button", { class: "button danger", type: "button", onclick: () => dialog.close("yes") }, yes),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
