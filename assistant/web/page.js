// Gradio knows Chinese as zh-CN and zh-TW only, and would call a page for zh or zh-HK English.
if (/^zh/i.test(navigator.language)) document.documentElement.lang = navigator.language;

// A generated picture stands in the page itself: its link downloads what the picture shows.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".pictures a[download]");
  if (link) link.href = link.closest("figure").querySelector("img").src;
});

// A number in an answer opens its source beside the chat and moves the keyboard's focus there.
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href*="#source-"]');
  if (!link) return;
  event.preventDefault();
  const source = document.getElementById(link.getAttribute("href").split("#")[1]);
  if (!source) return;
  for (let box = source; box; box = box.parentElement) if (box.tagName === "DETAILS") box.open = true;
  source.scrollIntoView({ behavior: "smooth", block: "center" });
  source.querySelector("summary").focus({ preventScroll: true });
});
