// A text of the interface. theme/build.mjs puts the texts themselves into a language, one bundle for each, so that no
// reader loads a dictionary; `{name}` is filled in here.

export function say(text, values) {
  return values ? text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole) : text;
}
