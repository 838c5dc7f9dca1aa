// @ts-check
// Puts on the chosen theme before anything is drawn. Not a module, so that it runs at once.

{
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
}
