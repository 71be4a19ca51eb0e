// Dropping a file is the same as choosing it and pressing the button, and the upload shows how far it is. Without this
// script the form works by itself.
for (const form of document.querySelectorAll("[data-drop]")) prepare(form);

function prepare(form) {
  const input = form.querySelector('input[type="file"]');
  const button = form.querySelector("button.primary");
  const stop = form.querySelector("[data-stop]");
  const bar = form.querySelector("progress");
  const said = form.querySelector("[data-said]");
  const sizes = new Intl.NumberFormat(undefined, { style: "unit", unit: "megabyte", maximumFractionDigits: 1 });
  let inside = 0;
  let upload = null;

  const over = (change) => {
    inside = Math.max(0, inside + change);
    form.classList.toggle("over", inside > 0);
  };
  form.addEventListener("dragenter", (event) => { event.preventDefault(); over(1); });
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("dragleave", () => over(-1));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    over(-inside);
    if (upload) return;
    if (event.dataTransfer.files.length !== 1) {
      rest("Drop one file at a time.");
      return;
    }
    input.files = event.dataTransfer.files;
    form.requestSubmit(button);
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (upload) return;
    const most = Number(form.dataset.most);
    if (input.files[0].size > most) {
      rest(`This file has ${megabytes(input.files[0].size)}, and ${megabytes(most)} is the most. Choose a smaller one.`);
      return;
    }
    send();
  });
  stop.addEventListener("click", () => {
    upload?.abort();
    rest("Stopped: nothing of the file is kept.");
    button.focus();
  });
  // Coming back with the Back button shows the page as it was left.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) rest("");
  });

  function send() {
    button.setAttribute("aria-disabled", "true");
    stop.hidden = bar.hidden = false;
    bar.removeAttribute("value");
    said.textContent = "Sending the file…";
    upload = new XMLHttpRequest();
    upload.open("POST", form.action);
    upload.upload.addEventListener("progress", ({ loaded, total }) => {
      bar.value = (100 * loaded) / total;
      if (said.dataset.told !== String(Math.floor(bar.value / 10))) {  // screen readers hear every tenth part
        said.dataset.told = String(Math.floor(bar.value / 10));
        said.textContent = `Sent ${megabytes(loaded)} of ${megabytes(total)}.`;
      }
    });
    upload.upload.addEventListener("load", () => {
      bar.removeAttribute("value");
      said.textContent = form.dataset.busy;
    });
    upload.addEventListener("load", () => show(upload));
    upload.addEventListener("error", () => {
      rest("The connection broke before the file had arrived. Press the button to send it again.");
    });
    upload.send(new FormData(form));
  }

  function rest(words) {
    upload = null;
    button.removeAttribute("aria-disabled");
    stop.hidden = bar.hidden = true;
    said.textContent = words;
  }

  // The server answers with the page of what is in the file, with the form and what is wrong, or with a page of trouble.
  function show(answered) {
    if (new URL(answered.responseURL).pathname !== new URL(form.action).pathname) {
      location.assign(answered.responseURL);
      return;
    }
    const page = new DOMParser().parseFromString(answered.responseText, "text/html");
    const again = page.querySelector("[data-drop]");
    if (!again) {
      document.querySelector("main").replaceChildren(...page.querySelector("main").childNodes);
      return;
    }
    form.replaceWith(again);
    prepare(again);
    again.querySelector('input[type="file"]').focus();
  }

  function megabytes(bytes) {
    return sizes.format(bytes / 2 ** 20);
  }
}
