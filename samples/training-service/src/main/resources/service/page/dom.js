/** Small helpers for the document. Nothing here knows what a job is. */

/** Creates an element with attributes and children. Functions become listeners: {onclick: f}. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      element.addEventListener(name.slice(2), value);
    } else {
      attribute(element, name, value);
    }
  }
  element.append(...children);
  return element;
}

/** Sets an attribute. False, null and undefined remove it. */
export function attribute(element, name, value) {
  if (value === null || value === undefined || value === false) {
    element.removeAttribute(name);
  } else {
    const text = value === true ? "" : String(value);
    if (element.getAttribute(name) !== text) {
      element.setAttribute(name, text);
    }
  }
}

/** Sets the text of an element, and leaves the document alone if it has not changed. */
export function text(element, value) {
  const next = value ?? "";
  if (element.textContent !== next) {
    element.textContent = next;
  }
}

/**
 * Makes the children of a parent those of the items, in their order. Children that stay keep their element, and so
 * their focus.
 */
export function keyed(parent, items, key, create, update) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const id = String(key(item));
    let child = known.get(id);
    known.delete(id);
    if (!child) {
      child = create(item);
      child.dataset.key = id;
    }
    if (child === place) {
      place = place.nextElementSibling;
    } else {
      parent.insertBefore(child, place);
    }
    update?.(child, item);
  }
  for (const gone of known.values()) {
    gone.remove();
  }
}

/** Says something to screen readers, once. For changes of state, not for figures. */
export function announce(message) {
  document.getElementById("announcer").textContent = message;
}
