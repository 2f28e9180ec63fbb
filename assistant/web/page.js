// Gradio knows Chinese as zh-CN and zh-TW only, and would call a page for zh or zh-HK English.
if (/^zh/i.test(navigator.language)) document.documentElement.lang = navigator.language;

// A generated picture stands in the page itself: its link downloads what the picture shows.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".pictures a[download]");
  if (link) link.href = link.closest("figure").querySelector("img").src;
});

// A click on the head of a column sorts the molecules by it, a second click the other way round.
document.addEventListener("click", (event) => {
  const head = event.target.closest(".molecules th");
  if (!head) return;
  const body = head.closest("table").tBodies[0];
  const up = head.getAttribute("aria-sort") === "descending";
  const value = (row) => Number(row.cells[head.cellIndex].dataset.value ?? 0);
  for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  body.append(...[...body.rows].sort((one, other) => (up ? 1 : -1) * (value(one) - value(other))));
});

// A number in an answer opens its source beside the chat, a line of a case the message that it came from; the keyboard's
// focus moves there.
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href*="#source-"], a[href^="#turn-"]');
  if (!link) return;
  event.preventDefault();
  const place = document.getElementById(link.getAttribute("href").split("#")[1]);
  if (!place) return;
  for (let box = place; box; box = box.parentElement) if (box.tagName === "DETAILS") box.open = true;
  place.scrollIntoView({ behavior: "smooth", block: "center" });
  (place.querySelector(":scope > summary") ?? place).focus({ preventScroll: true });
});

// Gradio writes "queue: 3/20" over what it makes wait; a sentence in the visitor's language stands there instead.
new MutationObserver(() => {
  const line = document.querySelector("#queue p[data-words]");
  if (!line) return;
  const place = document.querySelector("#queue [data-testid='status-tracker']")?.textContent.match(/queue: (\d+)\//)?.[1];
  const told = place ? line.dataset.words.replace("{place}", place) : "";
  if (line.textContent === told) return;
  line.textContent = told;
  line.hidden = !told;
}).observe(document.documentElement, { subtree: true, childList: true, characterData: true });
