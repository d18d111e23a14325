"use strict";
{
  // What is chosen stands in the fragment of the address, so that a link shows the same:
  // #clients=curl&failures=reset&v=hangs,wrong&sort=curl/plain&cell=curl/plain/refuse
  let stories; // unpacked when the first of them is asked for
  async function unpacked() {
    const packed = Uint8Array.from(atob(document.getElementById("cells").textContent), (letter) => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).json();
  }
  const byId = (id) => document.getElementById(id);
  const [clients, failures, count, detail, story, body] = ["clients", "failures", "count", "detail", "story", "rows"].map(byId);
  const heads = [...document.querySelectorAll("#matrix thead th")];
  const rows = [...body.rows];
  const order = new Map(rows.map((row, at) => [row, at]));
  const chips = [...document.querySelectorAll(".chip")];
  const place = (head) => (head.dataset.client ? `${head.dataset.client}/${head.dataset.setting}` : "");
  const whole = body.querySelectorAll("td[data-v]").length;
  let sorted = "";
  let opened = "";
  document.querySelector(".tools").hidden = false;

  const words = (box) => box.value.toLowerCase().split(/[\s,]+/).filter(Boolean);
  const pressed = () => chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.v);

  function show() {
    const [ofClients, ofFailures, verdicts] = [words(clients), words(failures), pressed()];
    const shownColumns = heads.map((head, at) => !at || !ofClients.length || ofClients.some((word) => head.textContent.toLowerCase().includes(word)));
    let left = 0;
    for (const row of rows) {
      let some = false;
      heads.forEach((head, at) => {
        const cell = row.cells[at];
        cell.classList.toggle("gone", !shownColumns[at]);
        if (!at) return;
        const meant = !verdicts.length || verdicts.some((verdict) => (cell.dataset.v ?? "").split(" ").includes(verdict));
        cell.classList.toggle("dim", !meant);
        some ||= meant && shownColumns[at] && cell.dataset.v !== undefined;
      });
      const kept = some && ofFailures.every((word) => row.dataset.words.includes(word));
      row.classList.toggle("gone", !kept);
      if (kept) left += row.querySelectorAll("td[data-v]:not(.gone):not(.dim)").length;
    }
    heads.forEach((head, at) => head.classList.toggle("gone", !shownColumns[at]));
    count.textContent = `${left} of ${whole} cells`;
    keepOneStop();
    remember();
  }

  function sort() {
    const at = heads.findIndex((head) => place(head) === sorted);
    heads.forEach((head, number) => head.setAttribute("aria-sort", sorted && number === at ? "ascending" : "none"));
    const rank = (row) => (sorted && at > 0 ? Number(row.cells[at].dataset.rank ?? 99) : 0);
    body.append(...[...rows].sort((a, b) => rank(a) - rank(b) || order.get(a) - order.get(b)));
    remember();
  }

  // One cell is a stop of the Tab key; the arrow keys move it.
  const visible = () => [...body.rows].filter((row) => !row.classList.contains("gone"))
    .map((row) => [...row.querySelectorAll("td[data-v]:not(.gone) button")]).filter((row) => row.length);
  function keepOneStop(button) {
    const grid = visible();
    const stop = button ?? grid[0]?.[0];
    for (const each of body.querySelectorAll("button[tabindex='0']")) each.tabIndex = -1;
    if (stop) stop.tabIndex = 0;
  }
  body.addEventListener("keydown", (event) => {
    const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    const button = event.target.closest("td button");
    if (!step || !button) return;
    event.preventDefault();
    const grid = visible();
    const y = grid.findIndex((row) => row.includes(button));
    const row = grid[Math.min(grid.length - 1, Math.max(0, y + step[0]))];
    const next = row[Math.min(row.length - 1, Math.max(0, grid[y].indexOf(button) + step[1]))];
    keepOneStop(next);
    next.focus();
  });

  function make(name, text, className) {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  }
  function table(rowsOf, names) {
    const made = make("table");
    const line = (values, kind) => { const row = make("tr"); row.append(...values.map((value) => make(kind, value))); return row; };
    made.append(line(names, "th"), ...rowsOf.map((values) => line(values, "td")));
    return made;
  }
  function folded(name, text) {
    const made = make("details");
    made.append(make("summary", name), make("pre", text));
    return made;
  }
  async function open(key) {
    const { cells, scenarios } = await (stories ??= unpacked());
    const cell = cells[key];
    if (!cell) return;
    opened = key;
    const close = make("button", "Close", "close");
    close.type = "button";
    close.addEventListener("click", () => detail.close());
    const figures = make("dl");
    for (const [name, figure] of cell.figures) {
      const pair = make("div");
      pair.append(make("dt", name), make("dd", figure));
      figures.append(pair);
    }
    story.replaceChildren(close, make("h2", cell.head), make("p", `${cell.setting} · ${cell.meaning}`, "about"), make("p", cell.words), figures);
    for (const other of cell.others) story.append(make("p", `It also came out so: ${other}`));
    if (cell.chain.length) story.append(make("h3", "Errors, the outermost first"), table(cell.chain, ["call", "type", "errno", "message"]));
    if (cell.said) story.append(make("h3", "Its last words"), make("pre", cell.said, "wrap"));
    if (cell.run) story.append(make("h3", "To see it again"), make("pre", cell.run, "wrap"));
    if (cell.diagram) story.append(make("h3", "What happened"), make("pre", cell.diagram));
    if (cell.trace.length) story.append(folded("Trace", cell.trace.join("\n")));
    if (scenarios[cell.scenario]) story.append(folded("Scenario", scenarios[cell.scenario]));
    if (!detail.open) detail.showModal();
    detail.scrollTop = 0;
    remember();
  }
  detail.addEventListener("close", () => { opened = ""; remember(); });
  detail.addEventListener("click", (event) => { if (event.target === detail) detail.close(); });

  function remember() {
    const said = { clients: clients.value, failures: failures.value, v: pressed().join(","), sort: sorted, cell: opened };
    const kept = new URLSearchParams(Object.entries(said).filter(([, value]) => value));
    try { history.replaceState(null, "", `#${kept}`); } catch { /* a page of a file in a sandbox has no history */ }
  }
  function recall() {
    const said = new URLSearchParams(location.hash.slice(1));
    clients.value = said.get("clients") ?? "";
    failures.value = said.get("failures") ?? "";
    sorted = said.get("sort") ?? "";
    const verdicts = (said.get("v") ?? "").split(",");
    for (const chip of chips) chip.setAttribute("aria-pressed", String(verdicts.includes(chip.dataset.v)));
    const cell = said.get("cell");
    sort();
    show();
    if (cell) open(cell);
  }

  for (const box of [clients, failures]) box.addEventListener("input", show);
  for (const chip of chips) chip.addEventListener("click", () => {
    chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
    show();
  });
  heads.forEach((head) => head.querySelector("button").addEventListener("click", () => { sorted = sorted === place(head) ? "" : place(head); sort(); }));
  body.addEventListener("click", (event) => {
    const cell = event.target.closest("td[data-v]");
    if (!cell) return;
    keepOneStop(cell.querySelector("button"));
    open(`${place(heads[cell.cellIndex])}/${cell.parentElement.dataset.failure}`);
  });
  window.addEventListener("hashchange", recall);
  recall();
}
