"use strict";
{
  const rows = [...document.querySelectorAll("#rows > tr")].map((row) => [row, row.textContent.toLowerCase()]);
  const [box, count, zoom] = ["filter", "count", "zoom"].map((id) => document.getElementById(id));
  const canvas = document.querySelector(".canvas");
  for (const tool of document.querySelectorAll(".tool")) tool.hidden = false;
  box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    for (const [row, text] of rows) {
      row.hidden = !words.every((word) => text.includes(word));
      left += row.hidden ? 0 : 1;
    }
    count.textContent = words.length ? `${left} of ${rows.length} events` : `${rows.length} events`;
  });
  zoom.addEventListener("input", () => {
    const scroll = canvas.parentElement;
    const middle = (scroll.scrollLeft + scroll.clientWidth / 2) / canvas.clientWidth;
    canvas.style.width = `${zoom.value * 100}%`;
    scroll.scrollLeft = middle * canvas.clientWidth - scroll.clientWidth / 2;
  });
}
