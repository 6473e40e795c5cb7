/** Makes an element; `properties` are assigned, `children` (nodes or text) appended. Text never becomes markup. */
export function element(tag, properties = {}, ...children) {
  const { dataset, attributes, ...plain } = properties;
  const made = Object.assign(document.createElement(tag), plain);
  Object.assign(made.dataset, dataset);
  for (const [name, value] of Object.entries(attributes ?? {})) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}
