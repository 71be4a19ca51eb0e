// Dropping a file is the same as choosing it and clicking Preview; the upload shows its progress. Without this script
// the form works as a plain form.
for (const form of document.querySelectorAll("[data-drop]")) prepare(form);

function prepare(form) {
  const input = form.querySelector('input[type="file"]');
  const button = form.querySelector("button.primary");
  const cancel = form.querySelector("[data-cancel]");
  const bar = form.querySelector("progress");
  const message = form.querySelector("[data-message]");
  const sizes = new Intl.NumberFormat(undefined, { style: "unit", unit: "megabyte", maximumFractionDigits: 1 });
  let depth = 0; // nested elements that the dragged file is over
  let upload = null;

  const over = (change) => {
    depth = Math.max(0, depth + change);
    form.classList.toggle("over", depth > 0);
  };
  form.addEventListener("dragenter", (event) => { event.preventDefault(); over(1); });
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("dragleave", () => over(-1));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    over(-depth);
    if (upload) return;
    if (event.dataTransfer.files.length !== 1) {
      reset("Please upload one file at a time.");
      return;
    }
    input.files = event.dataTransfer.files;
    form.requestSubmit(button);
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (upload) return;
    const maxBytes = Number(form.dataset.maxBytes);
    if (input.files[0].size > maxBytes) {
      reset(`File too large (${megabytes(input.files[0].size)}). The limit is ${megabytes(maxBytes)}.`);
      return;
    }
    send();
  });
  cancel.addEventListener("click", () => {
    upload?.abort();
    reset("Upload cancelled.");
    button.focus();
  });
  // The Back button may show the page from the browser's cache, still disabled.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) reset("");
  });

  function send() {
    button.setAttribute("aria-disabled", "true");
    cancel.hidden = bar.hidden = false;
    bar.removeAttribute("value");
    message.textContent = "Uploading…";
    upload = new XMLHttpRequest();
    upload.open("POST", form.action);
    upload.upload.addEventListener("progress", ({ loaded, total }) => {
      bar.value = (100 * loaded) / total;
      const tenth = String(Math.floor(bar.value / 10)); // screen readers announce every tenth part
      if (message.dataset.tenth !== tenth) {
        message.dataset.tenth = tenth;
        message.textContent = `Uploaded ${megabytes(loaded)} of ${megabytes(total)}`;
      }
    });
    upload.upload.addEventListener("load", () => {
      bar.removeAttribute("value");
      message.textContent = form.dataset.busy;
    });
    upload.addEventListener("load", () => show(upload));
    upload.addEventListener("error", () => {
      reset("Upload interrupted. Click Preview to retry.");
    });
    upload.send(new FormData(form));
  }

  function reset(text) {
    upload = null;
    button.removeAttribute("aria-disabled");
    cancel.hidden = bar.hidden = true;
    message.textContent = text;
  }

  // The server responds with a redirect to the preview, with the form and its errors, or with an error page.
  function show(response) {
    if (new URL(response.responseURL).pathname !== new URL(form.action).pathname) {
      location.assign(response.responseURL);
      return;
    }
    const page = new DOMParser().parseFromString(response.responseText, "text/html");
    const newForm = page.querySelector("[data-drop]");
    if (!newForm) {
      document.querySelector("main").replaceChildren(...page.querySelector("main").childNodes);
      return;
    }
    form.replaceWith(newForm);
    prepare(newForm);
    newForm.querySelector('input[type="file"]').focus();
  }

  function megabytes(bytes) {
    return sizes.format(bytes / 2 ** 20);
  }
}
