const FIRST = 250;
const LONGEST = 8_000;

/** Milliseconds before attempt number `attempt` (0-based): doubling, with jitter so that many pages do not come at once. */
export function reconnectDelay(attempt, random = Math.random) {
  const ceiling = Math.min(LONGEST, FIRST * 2 ** Math.min(attempt, 10));
  return ceiling / 2 + (ceiling / 2) * random();
}
