/** Languages as they are called in English. */

const names = new Intl.DisplayNames(["en"], { type: "language" });

/** tag: such as "fa" or "en-gb". */
export function languageName(tag) {
  return names.of(tag);
}
