// Django's JavaScript catalog (a script of its own, loaded before the modules) defines the global functions.
// Where it could not be loaded the English text is shown.

export function gettext(text) {
  return globalThis.gettext ? globalThis.gettext(text) : text;
}

export function ngettext(singular, plural, count) {
  if (globalThis.ngettext) return globalThis.ngettext(singular, plural, count);
  return count === 1 ? singular : plural;
}

/** Fills `%(name)s` from `values`. */
export function fill(template, values) {
  return template.replace(/%\((\w+)\)s/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** The page's language, for numbers and dates. */
export function locale() {
  return globalThis.document?.documentElement.lang || undefined;
}

export function formatNumber(number) {
  return new Intl.NumberFormat(locale()).format(number);
}
