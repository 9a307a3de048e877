// Forms that htmx sends are sent by htmx or not at all. Where it has not taken hold of one, because the page is still
// loading, or has no use for the Enter key, the browser would leave the page and put what was typed into its address.
document.addEventListener(
  "submit",
  (event) => event.target.matches("[hx-get], [hx-post]") && event.preventDefault(),
  { capture: true },
);
