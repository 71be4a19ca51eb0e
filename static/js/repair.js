// The editors of invalid values: keys move between them, copied cells fill them, the server checks each value as it is
// typed, and only changed values are sent. Without this script the form works as a plain form.
const CHECK_DELAY = 300; // ms after the last key

let unsaved = () => 0;
window.addEventListener("beforeunload", (event) => {
  if (unsaved()) event.preventDefault();
});
start();

function start() {
  const form = document.querySelector("form[data-repair]");
  if (form) prepare(form);
}

function prepare(form) {
  const editors = [...form.querySelectorAll("input[data-initial]")];
  const lines = [...form.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("input[data-initial]")]);
  const status = form.querySelector("[data-status]");
  const discard = form.querySelector("[data-discard]");
  if (!editors.length) {
    unsaved = () => 0;
    return;
  }
  const idle = status.textContent;
  const verdicts = new Map(); // column and text -> the answer of the server
  const before = new Map(editors.map((editor) => [editor, messageOf(editor).innerHTML]));
  const invalid = new Set(editors.filter((editor) => editor.hasAttribute("aria-invalid")));
  let checking = new AbortController();
  let timer = 0;
  let isBusy = false;

  const isChanged = (editor) => editor.value !== editor.dataset.initial;
  const changed = () => editors.filter(isChanged);
  const key = (editor) => `${editor.dataset.column} ${editor.value}`;
  unsaved = () => changed().length;

  form.addEventListener("input", (event) => {
    if (event.target.matches("[data-initial]")) update();
  });
  form.addEventListener("keydown", (event) => {
    if (event.target.matches("[data-initial]")) move(event);
    else if (event.key === "Enter" && event.target.name === "fill_value") {
      event.preventDefault();
      fill();
    }
  });
  form.addEventListener("paste", (event) => {
    if (event.target.matches("[data-initial]")) paste(event);
  });
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    for (const editor of editors) editor.value = editor.dataset.initial;
    update();
    editors[0].focus();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.submitter?.name === "fill") fill();
    else save(event.submitter);
  });
  update();

  // --- moving

  function move(event) {
    const editor = event.target;
    const line = lines.findIndex((line) => line.includes(editor));
    if (event.key === "Escape") {
      editor.value = editor.dataset.initial;
      update();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("button.primary"));
    } else if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) {
      return;
    } else if (event.key === "Enter" || event.key === "ArrowDown" || event.key === "ArrowUp") {
      const isUp = event.key === "ArrowUp" || (event.key === "Enter" && event.shiftKey);
      event.preventDefault();
      focus(inColumn(editor, line, isUp ? -1 : 1).next().value);
    } else if (event.key === "ArrowLeft" && isCaretAt(editor, 0)) {
      if (focus(lines[line][lines[line].indexOf(editor) - 1])) event.preventDefault();
    } else if (event.key === "ArrowRight" && isCaretAt(editor, editor.value.length)) {
      if (focus(lines[line][lines[line].indexOf(editor) + 1])) event.preventDefault();
    }
  }

  // The editors of the same column in the lines below or above.
  function* inColumn(editor, line, step) {
    for (let at = line + step; at >= 0 && at < lines.length; at += step) {
      const found = lines[at].find((one) => one.dataset.place === editor.dataset.place);
      if (found) yield found;
    }
  }

  function isCaretAt(editor, position) {
    const isAll = editor.selectionStart === 0 && editor.selectionEnd === editor.value.length;
    return isAll || (editor.selectionStart === position && editor.selectionEnd === position);
  }

  function focus(editor) {
    editor?.focus();
    editor?.select();
    return Boolean(editor);
  }

  // --- values for several editors

  function paste(event) {
    const cells = cellsOf(event.clipboardData.getData("text/plain"));
    if (cells.length < 2 && (cells[0] ?? []).length < 2) return; // one value: as in any field
    event.preventDefault();
    const first = event.target;
    const line = lines.findIndex((line) => line.includes(first));
    const below = [first, ...inColumn(first, line, 1)];
    let beyond = 0;
    cells.forEach((values, at) => {
      const own = below[at] && lines.find((line) => line.includes(below[at]));
      values.forEach((value, right) => {
        const place = String(Number(first.dataset.place) + right);
        const editor = own?.find((one) => one.dataset.place === place);
        if (editor) editor.value = value;
        else beyond += value !== "";
      });
    });
    update();
    if (beyond) status.textContent += ` ${counted(beyond, "copied value")} had no field here and ${beyond === 1 ? "was" : "were"} not used.`;
  }

  function fill() {
    const column = form.querySelector("[name=fill_column]");
    const place = String(column.selectedIndex);
    const value = form.querySelector("[name=fill_value]").value;
    for (const editor of editors) {
      if (editor.dataset.place === place && invalid.has(editor)) editor.value = value;
    }
    update();
  }

  // --- what is shown of each value

  function update() {
    discard.hidden = !unsaved();
    for (const editor of editors) show(editor, isChanged(editor) ? verdicts.get(key(editor)) : null);
    tell();
    clearTimeout(timer);
    timer = setTimeout(check, CHECK_DELAY);
  }

  async function check() {
    const unknown = changed().filter((editor) => !verdicts.has(key(editor)));
    if (!unknown.length) return;
    checking.abort();
    checking = new AbortController();
    const { signal } = checking;
    const cells = unknown.map((editor) => [Number(editor.dataset.column), editor.value]);
    const keys = unknown.map(key);
    try {
      const response = await fetch(form.dataset.check, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
        body: JSON.stringify({ cells }),
        signal,
      });
      if (!response.ok || response.redirected) return; // saving will say why
      (await response.json()).cells.forEach((verdict, at) => verdicts.set(keys[at], verdict));
    } catch {
      return; // of an older text, or not reachable: saving checks again
    }
    for (const editor of changed()) show(editor, verdicts.get(key(editor)));
    tell();
  }

  // verdict: undefined where it is not known yet, null where the editor has what it had.
  function show(editor, verdict) {
    const message = messageOf(editor);
    const box = editor.closest(".editor");
    box.classList.toggle("editor-changed", isChanged(editor));
    box.classList.toggle("editor-fits", Boolean(verdict?.fits));
    if (verdict === null) message.innerHTML = before.get(editor);
    else if (!verdict) message.textContent = "";
    else if (!verdict.fits) message.textContent = verdict.message;
    else message.textContent = verdict.stored === null ? "The cell will be empty." : verdict.stored === editor.value ? "" : `Will be stored as ${verdict.stored}`;
    const isInvalid = verdict === null ? invalid.has(editor) : verdict ? !verdict.fits : false;
    editor.toggleAttribute("aria-invalid", isInvalid);
    if (isInvalid) editor.setAttribute("aria-invalid", "true");
    if (message.textContent) editor.setAttribute("aria-describedby", message.id);
    else editor.removeAttribute("aria-describedby");
  }

  function tell() {
    const number = unsaved();
    const wrong = changed().filter((editor) => verdicts.get(key(editor))?.fits === false).length;
    const text = number ? `${counted(number, "unsaved value")}.` : idle;
    status.textContent = wrong ? `${text} ${wrong === 1 ? "1 does" : `${wrong} do`} not fit.` : text;
  }

  // --- saving

  async function save(button) {
    const asShown = form.elements.as_shown?.checked;
    if (isBusy) return;
    if (!unsaved() && !asShown) {
      status.textContent = "No value was changed.";
      return;
    }
    isBusy = true;
    button?.setAttribute("aria-disabled", "true");
    status.textContent = "Saving…";
    const data = new FormData(form);
    for (const name of [...data.keys()]) {
      if (/^[cw]\d+\.\d+$/.test(name) || name.startsWith("fill_")) data.delete(name);
    }
    for (const editor of changed()) data.set(editor.name, editor.value);
    try {
      const response = await fetch(location.href, { method: "POST", body: data });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      if (page.querySelector("form[data-repair]")) {
        document.querySelector("main").replaceChildren(...page.querySelector("main").childNodes);
        start();
        document.dispatchEvent(new Event("replaced"));
        (document.querySelector("[data-outcome]") ?? document.querySelector("main")).focus();
        return;
      }
      const why = page.querySelector("main .note, main p")?.textContent.trim();
      status.textContent = `Not saved. ${why ?? "Reload the page and try again."}`;
    } catch {
      status.textContent = "Not saved: the server did not respond. Your values are still here. Save again.";
    }
    isBusy = false;
    button?.removeAttribute("aria-disabled");
  }
}

function messageOf(editor) {
  return editor.closest(".editor").querySelector("[data-message]");
}

function counted(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

// Copied cells: lines of cells between tabs; a cell with a tab or a line break is in quotes.
function cellsOf(text) {
  const cells = [[""]];
  const pattern = /(?<=^|[\t\n\r])"((?:[^"]|"")*)"(?=$|[\t\n\r])|\r\n|[\t\n\r]|[^\t\n\r]+/gy;
  for (const found of text.matchAll(pattern)) {
    const line = cells[cells.length - 1];
    if (found[1] !== undefined) line[line.length - 1] = found[1].replaceAll('""', '"').replace(/\s*[\r\n]+\s*/g, " ");
    else if (found[0] === "\t") line.push("");
    else if (/^[\r\n]/.test(found[0])) cells.push([""]);
    else line[line.length - 1] += found[0];
  }
  // A spreadsheet ends the last line too.
  const last = cells[cells.length - 1];
  if (cells.length > 1 && last.length === 1 && last[0] === "") cells.pop();
  return cells;
}
