// Tables and code that are wider than a phone scroll by keyboard too.
for (const box of document.querySelectorAll(".table-wrapper, .cell_output, pre")) {
  if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
}
