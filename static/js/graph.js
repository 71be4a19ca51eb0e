// The drawing of lineage is whole without this. Here it gets sizes, dragging, a search, keys, and a light on the way
// of whatever the reader is at: all that leads to a node and all that it leads to.
for (const section of document.querySelectorAll("[data-graph]")) {
  const box = section.querySelector("[data-box]");
  const graph = box.querySelector("svg.graph");
  const nodes = [...graph.querySelectorAll("[data-node]")];
  const byNumber = new Map(nodes.map((node) => [node.dataset.node, node]));
  const edges = [...graph.querySelectorAll("[data-from]")];
  const onward = { before: new Map(), after: new Map() }; // number of a node -> its edges
  for (const edge of edges) {
    for (const [way, end] of [["after", edge.dataset.from], ["before", edge.dataset.to]]) {
      onward[way].set(end, [...(onward[way].get(end) ?? []), edge]);
    }
  }
  const neighbours = (node, way) =>
    (onward[way].get(node.dataset.node) ?? []).map((edge) => byNumber.get(way === "after" ? edge.dataset.to : edge.dataset.from));

  // --- the light ---

  const light = (node) => {
    for (const one of graph.querySelectorAll(".on")) one.classList.remove("on");
    graph.classList.toggle("lit", Boolean(node));
    if (!node) return;
    node.classList.add("on");
    for (const way of ["before", "after"]) follow(node, way);
  };
  const follow = (node, way) => {
    for (const edge of onward[way].get(node.dataset.node) ?? []) edge.classList.add("on");
    for (const next of neighbours(node, way)) {
      next.classList.add("on");
      follow(next, way);
    }
  };
  const focused = () => (graph.contains(document.activeElement) ? document.activeElement : null);
  for (const node of nodes) {
    node.addEventListener("pointerenter", () => light(node));
    node.addEventListener("pointerleave", () => light(focused()));
    node.addEventListener("focus", () => light(node.matches(":focus-visible") ? node : null));
    node.addEventListener("blur", () => light(null));
  }

  // --- sizes ---

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

  // --- dragging, with a mouse; fingers scroll the box by themselves ---

  let held = null;
  const refuse = (event) => event.preventDefault();
  box.classList.add("draggable");
  graph.addEventListener("dragstart", (event) => event.preventDefault());
  box.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    held = { x: event.clientX, y: event.clientY, left: box.scrollLeft, top: box.scrollTop, moved: false };
  });
  window.addEventListener("pointermove", (event) => {
    if (!held) return;
    const [x, y] = [event.clientX - held.x, event.clientY - held.y];
    held.moved ||= Math.hypot(x, y) > 5;
    box.classList.toggle("dragging", held.moved);
    if (held.moved) box.scrollTo(held.left - x, held.top - y);
  });
  window.addEventListener("pointerup", () => {
    const moved = held?.moved;
    held = null;
    box.classList.remove("dragging");
    if (!moved) return;
    // The click that ends a drag opens nothing; it comes at once, or not at all.
    box.addEventListener("click", refuse, { capture: true });
    setTimeout(() => box.removeEventListener("click", refuse, { capture: true }), 0);
  });

  // --- keys: + - 0 for the size; arrows from node to node ---

  const inLayer = (node, step) => {
    const layer = nodes.filter((one) => one.dataset.layer === node.dataset.layer);
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

  // --- the search: lights the first that fits while it is typed, Enter goes there ---

  const find = section.querySelector("[data-find]");
  const found = () => {
    const words = find.value.trim().toLowerCase();
    return words ? nodes.find((node) => node.getAttribute("aria-label").toLowerCase().includes(words)) : null;
  };
  find.addEventListener("input", () => {
    const node = found();
    light(node);
    node?.scrollIntoView({ block: "center", inline: "nearest" });
  });
  find.addEventListener("keydown", (event) => {
    if (event.key === "Enter") show(found());
  });

  // --- times in the reader's zone; the exact one stays in the tooltip ---

  const zone = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  for (const text of graph.querySelectorAll("[data-moment]")) text.textContent = zone.format(new Date(text.dataset.moment));

  section.querySelector(".graph-tools").hidden = false;
}
