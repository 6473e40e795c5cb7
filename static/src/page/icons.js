const SVG = "http://www.w3.org/2000/svg";

/** The sprite's address, whose name carries a hash: taken from an icon that the page has already. */
function spriteAddress() {
  return document.querySelector("svg use")?.getAttribute("href")?.split("#")[0] ?? "";
}

/** An icon of the sprite, as templates write it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${spriteAddress()}#icon-${name}`);
  svg.append(use);
  return svg;
}
