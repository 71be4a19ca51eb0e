// Zoom, dragging, search and keys for the lineage graph, and highlighting of all nodes that lead to the current one or
// follow from it. Without this script the graph is shown in full.
for (const section of document.querySelectorAll("[data-graph]")) {
  const box = section.querySelector("[data-box]");
  const graph = box.querySelector("svg.graph");
  const nodes = [...graph.querySelectorAll("[data-node]")];
  const byNumber = new Map(nodes.map((node) => [node.dataset.node, node]));
  const edges = [...graph.querySelectorAll("[data-from]")];
  const edgesOf = { before: new Map(), after: new Map() }; // node number -> edges
  for (const edge of edges) {
    for (const [direction, end] of [["after", edge.dataset.from], ["before", edge.dataset.to]]) {
      edgesOf[direction].set(end, [...(edgesOf[direction].get(end) ?? []), edge]);
    }
  }
  const neighbours = (node, direction) =>
    (edgesOf[direction].get(node.dataset.node) ?? []).map((edge) => byNumber.get(direction === "after" ? edge.dataset.to : edge.dataset.from));

  // --- highlighting ---

  const highlight = (node) => {
    for (const element of graph.querySelectorAll(".on")) element.classList.remove("on");
    graph.classList.toggle("lit", Boolean(node));
    if (!node) return;
    node.classList.add("on");
    for (const direction of ["before", "after"]) follow(node, direction);
  };
  const follow = (node, direction) => {
    for (const edge of edgesOf[direction].get(node.dataset.node) ?? []) edge.classList.add("on");
    for (const next of neighbours(node, direction)) {
      next.classList.add("on");
      follow(next, direction);
    }
  };
  const focused = () => (graph.contains(document.activeElement) ? document.activeElement : null);
  for (const node of nodes) {
    node.addEventListener("pointerenter", () => highlight(node));
    node.addEventListener("pointerleave", () => highlight(focused()));
    node.addEventListener("focus", () => highlight(node.matches(":focus-visible") ? node : null));
    node.addEventListener("blur", () => highlight(null));
  }

  // --- zoom ---

  const full = graph.viewBox.baseVal;
  let size = 1;
  const resize = (wanted) => {
    const before = size;
    const [x, y] = [box.scrollLeft + box.clientWidth / 2, box.scrollTop + box.clientHeight / 2];
    size = Math.min(2.5, Math.max(0.1, wanted));
    graph.setAttribute("width", full.width * size);
    graph.setAttribute("height", full.height * size);
    box.scrollTo((x * size) / before - box.clientWidth / 2, (y * size) / before - box.clientHeight / 2);
  };
  const sizes = {
    in: () => resize(size * 1.25),
    out: () => resize(size / 1.25),
    full: () => resize(1),
    fit: () => resize(Math.min(box.clientWidth / full.width, box.clientHeight / full.height, 1)),
  };
  for (const button of section.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", sizes[button.dataset.zoom]);
  }
  box.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    resize(size * Math.exp(-event.deltaY / 400));
  }, { passive: false });

  // --- dragging with a mouse; touch screens scroll the box natively ---

  let drag = null;
  const refuse = (event) => event.preventDefault();
  box.classList.add("draggable");
  graph.addEventListener("dragstart", (event) => event.preventDefault());
  box.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    drag = { x: event.clientX, y: event.clientY, left: box.scrollLeft, top: box.scrollTop, moved: false };
  });
  window.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const [x, y] = [event.clientX - drag.x, event.clientY - drag.y];
    drag.moved ||= Math.hypot(x, y) > 5;
    box.classList.toggle("dragging", drag.moved);
    if (drag.moved) box.scrollTo(drag.left - x, drag.top - y);
  });
  window.addEventListener("pointerup", () => {
    const moved = drag?.moved;
    drag = null;
    box.classList.remove("dragging");
    if (!moved) return;
    // Ignore the click that ends a drag; the browser sends it at once, or not at all.
    box.addEventListener("click", refuse, { capture: true });
    setTimeout(() => box.removeEventListener("click", refuse, { capture: true }), 0);
  });

  // --- keys: + - 0 zoom; arrows move from node to node ---

  const inLayer = (node, step) => {
    const layer = nodes.filter((other) => other.dataset.layer === node.dataset.layer);
    return layer[layer.indexOf(node) + step];
  };
  const steps = {
    ArrowUp: (node) => inLayer(node, -1),
    ArrowDown: (node) => inLayer(node, 1),
    ArrowLeft: (node) => neighbours(node, "before")[0],
    ArrowRight: (node) => neighbours(node, "after")[0],
  };
  const zooms = { "+": sizes.in, "=": sizes.in, "-": sizes.out, 0: sizes.full };
  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (zooms[event.key]) return zooms[event.key]();
    const node = focused();
    if (!node || !steps[event.key]) return;
    event.preventDefault();
    show(steps[event.key](node));
  });
  const show = (node) => {
    if (!node) return;
    node.focus({ preventScroll: true });
    node.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  // --- search: typing highlights the first match, Enter moves the focus to it ---

  const searchField = section.querySelector("[data-find]");
  const firstMatch = () => {
    const text = searchField.value.trim().toLowerCase();
    return text ? nodes.find((node) => node.getAttribute("aria-label").toLowerCase().includes(text)) : null;
  };
  searchField.addEventListener("input", () => {
    const node = firstMatch();
    highlight(node);
    node?.scrollIntoView({ block: "center", inline: "nearest" });
  });
  searchField.addEventListener("keydown", (event) => {
    if (event.key === "Enter") show(firstMatch());
  });

  // --- times in the user's time zone; the tooltip keeps the UTC time ---

  const localFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  for (const text of graph.querySelectorAll("[data-moment]")) text.textContent = localFormat.format(new Date(text.dataset.moment));

  section.querySelector(".graph-tools").hidden = false;
}
