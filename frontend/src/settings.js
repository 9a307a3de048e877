// What the server tells every page about itself and the signed-in person.
export const settings = JSON.parse(document.getElementById("page-settings").textContent);
