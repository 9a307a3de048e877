// Texts in the reader's language. Message ids are English; the server sends the translations in the page.
const catalog = JSON.parse(document.getElementById("strings").textContent);

/** `msgid` translated, with `values` in its %(name)s placeholders. */
export function _(msgid, values = {}) {
  return (catalog[msgid] ?? msgid).replace(/%\((\w+)\)s/g, (_match, name) => values[name] ?? "");
}
