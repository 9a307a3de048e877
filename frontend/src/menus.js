// Menus are <details class="menu">: open ones close on Escape, on a choice and on a click elsewhere.
export function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
}

export function startMenus() {
  document.addEventListener("click", (event) => {
    const menu = event.target.closest("details.menu");
    closeMenus(event.target.closest("summary") ? menu : event.target.closest("button, a") ? undefined : menu);
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.("details.menu[open]");
    if (!menu) return;
    const items = [...menu.querySelectorAll(".menu-items :is(button, a)")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") {
      menu.open = false;
      menu.querySelector("summary").focus();
      event.stopPropagation();
    } else if (step && items.length) {
      event.preventDefault();
      items.at((items.indexOf(document.activeElement) + step + items.length) % items.length).focus();
    }
  });
}
