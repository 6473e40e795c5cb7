export const SERIES = 8; // --cu-series-1 … 8, after Okabe and Ito: neighbours are the easiest to tell apart

/**
 * Gives every service a colour number, 1 to `SERIES`, by its place among the project's services in the order of the
 * alphabet. So a service looks the same on every page, and the fewer services there are the clearer they differ;
 * services that turn up later take the numbers that follow.
 */
export class ServiceColours {
  #places = new Map();

  constructor(services = []) {
    for (const service of [...services].sort()) this.of(service);
  }

  of(service) {
    if (!this.#places.has(service)) this.#places.set(service, this.#places.size);
    return (this.#places.get(service) % SERIES) + 1;
  }
}
