// Forms of a project's plan: the server draws them; here only what depends on a choice in the same line.
document.addEventListener("change", ({ target }) => {
  if (!target.matches?.("[data-to-kind]")) return;
  const value = target.parentElement.querySelector("input");
  value.value = "";
  value.setAttribute("list", `to-${target.value}`);
  if (!target.selectedOptions[0].hasAttribute("data-alone")) value.focus();
});
