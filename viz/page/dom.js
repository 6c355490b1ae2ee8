// Elements of the page. Text is only ever set as text.

/** An HTML element: attributes as they are written, functions as listeners, children as nodes or texts. */
export function h(name, attributes = {}, ...children) {
  const parts = children
    .flat(3)
    .flatMap((child) => (typeof child === "string" ? unbroken(child) : child));
  return filled(document.createElement(name), attributes, parts);
}

/** A text whose derivatives, ∂L/∂a, stay on one line each. */
function unbroken(text) {
  return text.split(/(∂\S+\/∂\S+)/).map((part) => {
    if (!part.startsWith("∂") || part.length > 40) return part;
    const span = document.createElement("span");
    span.className = "together";
    span.textContent = part;
    return span;
  });
}

/** The same for SVG. */
export function s(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Change an element's text only if it is another one: that is what makes a long graph fluid. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}
