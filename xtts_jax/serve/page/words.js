/** The words of a speech: the one that is being said is marked, and each leads to its moment. */

const TAG = /<[^>]*>/g;

export class Words {
  #element;
  #text = "";
  #end = 0; // of the last word in the text
  #words = [];
  #starts = []; // seconds
  #current = null;

  /** chosen: is called with the second at which a word begins. */
  constructor(element, chosen) {
    this.#element = element;
    element.addEventListener("click", ({ target }) => this.#choose(target, chosen));
    element.addEventListener("keydown", (event) => this.#press(event, chosen));
  }

  /** language: a tag such as "fa", or "" where it is not known. */
  restart(text, language) {
    this.#element.replaceChildren();
    this.#element.lang = language;
    this.#text = text.replace(TAG, " ");
    [this.#end, this.#words, this.#starts, this.#current] = [0, [], [], null];
  }

  add(words) {
    for (const { text, start_s: start } of words) {
      const found = this.#text.indexOf(text, this.#end);
      const between = found < 0 ? " " : this.#text.slice(this.#end, found);
      if (found >= 0) this.#end = found + text.length;
      const word = wordOf(text, this.#words.length === 0);
      this.#element.append(between, word);
      this.#words.push(word);
      this.#starts.push(start);
    }
  }

  /** Shows what comes after the last word. */
  finish() {
    this.#element.append(this.#text.slice(this.#end));
  }

  /** Marks the word that is said at `time`; none if that is null. */
  mark(time) {
    const word = time === null ? null : this.#words[this.#starts.findLastIndex((start) => start <= time)];
    if (word === this.#current) return;
    this.#current?.removeAttribute("aria-current");
    word?.setAttribute("aria-current", "true");
    this.#current = word;
    if (word) this.#reveal(word);
  }

  /** Scrolls the words, and not the page. */
  #reveal(word) {
    const box = this.#element.getBoundingClientRect();
    const { top, bottom } = word.getBoundingClientRect();
    if (top < box.top || bottom > box.bottom) this.#element.scrollTop += top - box.top - box.height / 3;
  }

  #choose(word, chosen) {
    const index = this.#words.indexOf(word);
    if (index >= 0) chosen(this.#starts[index]);
  }

  #press(event, chosen) {
    const index = this.#words.indexOf(event.target);
    const last = this.#words.length - 1;
    const forward = getComputedStyle(this.#element).direction === "rtl" ? -1 : 1;
    const goals = { ArrowRight: index + forward, ArrowLeft: index - forward, Home: 0, End: last };
    if (index < 0) return;
    if (event.key in goals) this.#focus(index, Math.max(0, Math.min(last, goals[event.key])));
    else if (event.key === "Enter" || event.key === " ") chosen(this.#starts[index]);
    else return;
    event.preventDefault();
  }

  /** Tab reaches one word only, the one that had the focus last. */
  #focus(from, to) {
    this.#words[from].tabIndex = -1;
    this.#words[to].tabIndex = 0;
    this.#words[to].focus();
  }
}

/** Not a <button>: those are boxes, which the order of right-to-left text does not know as words. */
function wordOf(text, reachable) {
  const word = document.createElement("span");
  word.textContent = text;
  word.tabIndex = reachable ? 0 : -1;
  word.setAttribute("role", "button");
  return word;
}
