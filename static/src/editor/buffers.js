/** What is open: for each path its editor state, and what is on disk as far as this page knows. */
export class Buffers {
  #buffers = new Map();

  has(path) {
    return this.#buffers.has(path);
  }

  get(path) {
    return this.#buffers.get(path);
  }

  open(path, { state, version, language }) {
    this.#buffers.set(path, { path, state, version, language, saved: state.doc });
    return this.get(path);
  }

  isDirty(path) {
    const buffer = this.get(path);
    return buffer !== undefined && !buffer.state.doc.eq(buffer.saved);
  }

  get dirtyPaths() {
    return [...this.#buffers.keys()].filter((path) => this.isDirty(path));
  }
}
