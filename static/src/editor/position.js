/** The offset of a 1-based line and column in a CodeMirror text, as near as the text allows. */
export function offsetOf(doc, line, column = 1) {
  const found = doc.line(Math.min(Math.max(line, 1), doc.lines));
  return Math.min(found.from + Math.max((column ?? 1) - 1, 0), found.to);
}

/** Where a problem is underlined: its range, else the rest of its word or line, and never nothing at all. */
export function rangeOf(doc, { line, column, end_line: endLine, end_column: endColumn }) {
  if (!line) return { from: 0, to: 0 };
  const from = offsetOf(doc, line, column ?? 1);
  if (endLine && endColumn) {
    const to = offsetOf(doc, endLine, endColumn);
    if (to > from) return { from, to };
  }
  const rest = doc.sliceString(from, doc.lineAt(from).to);
  const word = /^\S+/.exec(rest)?.[0].length ?? rest.length;
  return { from, to: from + word };
}

/** Whether a problem's file is the one that is open: the server may name it by its whole path. */
export function isSameFile(file, path) {
  return !file || file === path || file.endsWith(`/${path}`);
}
