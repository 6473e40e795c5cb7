import { unfold, unfoldOrphans } from "./traces.js";

export const MOST_ROWS = 1500;
/** Where so many lines come at once nobody reads them: fewer rows leave the processor to what prints them. */
export const FLOOD_LINES = 6000;
export const FLOOD_ROWS = 500;
const SLACK = 8;
const LATE = 1_000; // a line that is older than the last one by more than this is no neighbour: its clock is another
const SETTLING = 3_000; // while containers join, their older lines are sorted in

/** The rows: bounded, in time order, at the bottom unless the reader has scrolled up. */
export class RowList {
  #list;
  #top = 0;

  constructor(list) {
    this.#list = list;
    this.settlingUntil = 0;
  }

  settle() {
    this.settlingUntil = performance.now() + SETTLING;
  }

  get isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#list;
    return scrollHeight - scrollTop - clientHeight <= SLACK;
  }

  scrollToEnd() {
    this.#list.scrollTop = this.#list.scrollHeight;
    this.#top = this.#list.scrollTop;
  }

  /** Whether the reader has scrolled up from where `scrollToEnd` went; that rows come and go is not scrolling. */
  get isLeft() {
    const { scrollTop } = this.#list;
    return scrollTop < this.#top - SLACK && !this.isAtEnd;
  }

  /** Adds rows in time order, drops the oldest (all there are: `instead`), and stays at the end. */
  add(rows, { instead = false } = {}) {
    if (rows.length === 0) return;
    if (instead) this.clear();
    const surplus = rows.length - MOST_ROWS;
    const inOrder = this.#sorted(surplus > 0 ? rows.slice(surplus) : rows);
    const pending = document.createDocumentFragment();
    for (const row of inOrder) {
      const next = pending.lastElementChild ? null : this.#laterThan(row);
      if (next) this.#list.insertBefore(row, next);
      else pending.append(row);
    }
    this.#list.append(pending);
    if (this.#trim() || instead) unfoldOrphans(this.#list.children);
    this.scrollToEnd();
  }

  /** Sorts by timestamp; rows without one keep their place behind the row before them. */
  #sorted(rows) {
    let stamp = "";
    const keyed = rows.map((row) => ({ row, stamp: (stamp = row.stamp || stamp) }));
    if (keyed.every((entry, index) => index === 0 || keyed[index - 1].stamp <= entry.stamp)) return rows;
    return keyed.sort((a, b) => (a.stamp < b.stamp ? -1 : a.stamp > b.stamp ? 1 : 0)).map(({ row }) => row);
  }

  /** The first row that is later than `row`, if it is near the end or containers are just joining. */
  #laterThan(row) {
    let next = null;
    let candidate = this.#list.lastElementChild;
    if (!row.stamp) return null;
    const settling = performance.now() < this.settlingUntil;
    while (candidate && (!candidate.stamp || candidate.stamp > row.stamp)) {
      if (!settling && candidate.stamp && Date.parse(candidate.stamp) - Date.parse(row.stamp) > LATE) return null;
      if (candidate.stamp) next = candidate;
      candidate = candidate.previousElementSibling;
    }
    return next;
  }

  #trim() {
    const surplus = this.#list.childElementCount - MOST_ROWS;
    if (surplus <= 0) return false;
    const range = document.createRange();
    range.setStartBefore(this.#list.firstElementChild);
    range.setEndAfter(this.#list.children[surplus - 1]);
    range.deleteContents();
    return true;
  }

  /** Every row of a line, in order. */
  get lines() {
    return [...this.#list.children].filter((row) => row.container && row.stamp);
  }

  /** Sorts `rows` in, which are in time order, from the beginning on; what the reader sees stays where it is. */
  merge(rows, { keep }) {
    const anchor = keep === "start" ? this.#lastInSight() : this.#firstInSight();
    const above = anchor ? anchor.offsetTop - this.#list.scrollTop : 0;
    let next = this.#list.firstElementChild;
    for (const row of rows) {
      while (next && (!next.stamp || next.stamp <= row.stamp)) next = next.nextElementSibling;
      this.#list.insertBefore(row, next);
    }
    const dropped = this.#drop(keep);
    if (anchor?.isConnected) this.#list.scrollTop = anchor.offsetTop - above;
    return dropped;
  }

  /** Drops what is too many at the end that is not kept, and returns how many rows that were. */
  #drop(keep) {
    const surplus = this.#list.childElementCount - MOST_ROWS;
    if (surplus <= 0) return 0;
    const rows = [...this.#list.children];
    for (const row of keep === "start" ? rows.slice(-surplus) : rows.slice(0, surplus)) row.remove();
    unfoldOrphans(this.#list.children);
    return surplus;
  }

  /** Older lines may come between those in sight: what is below them stays where it is. */
  #lastInSight() {
    const end = this.#list.scrollTop + this.#list.clientHeight;
    return [...this.#list.children].findLast((row) => row.offsetTop < end && row.offsetHeight > 0);
  }

  #firstInSight() {
    const { scrollTop } = this.#list;
    return [...this.#list.children].find((row) => row.offsetTop + row.offsetHeight > scrollTop);
  }

  /** Shows the first row that is not earlier than `stamp`, a quarter down, and marks it. */
  scrollTo(stamp) {
    const row = this.lines.find((each) => each.stamp >= stamp) ?? this.lines.at(-1);
    if (!row) return;
    unfold(row);
    row.classList.add("log-row-sought");
    this.#list.scrollTop = row.offsetTop - this.#list.clientHeight / 4;
  }

  get pixelsAbove() {
    return this.#list.scrollTop;
  }

  get pixelsBelow() {
    const { scrollHeight, scrollTop, clientHeight } = this.#list;
    return scrollHeight - scrollTop - clientHeight;
  }

  clear() {
    this.#list.replaceChildren();
  }
}
