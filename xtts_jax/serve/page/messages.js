/** What a form tells its user: what happens, and what went wrong. */

export class Messages {
  #form;

  constructor(form) {
    this.#form = form;
  }

  say(text) {
    this.#show(text, "");
  }

  /** Marks the field that is wrong, too, where the error names one. */
  fail(error) {
    this.#show("", error.message);
    this.#form.elements[error.param]?.setAttribute("aria-invalid", "true");
  }

  #show(said, failed) {
    for (const field of this.#form.elements) field.removeAttribute("aria-invalid");
    this.#form.querySelector("[role=status]").textContent = said;
    this.#form.querySelector("[role=alert]").textContent = failed;
  }
}
