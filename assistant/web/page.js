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
