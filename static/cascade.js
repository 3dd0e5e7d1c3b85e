// Conveniences only: every page is complete without them.

// Buttons that do what the browser's own can do are shown where they work.
for (const holder of document.querySelectorAll("[data-cascade-back]")) {
  holder.hidden = history.length < 2;
  holder.querySelector("button").addEventListener("click", () => history.back());
}

for (const holder of document.querySelectorAll("[data-cascade-copy]")) {
  holder.hidden = !navigator.clipboard;
  holder.querySelector("button").addEventListener("click", async () => {
    const address = document.getElementById(holder.dataset.cascadeCopy).textContent.trim();
    await navigator.clipboard.writeText(address);
    holder.querySelector("[role=status]").textContent = "Copied.";
  });
}

for (const holder of document.querySelectorAll("[data-cascade-print]")) {
  holder.hidden = false;
  holder.querySelector("button").addEventListener("click", () => window.print());
}
