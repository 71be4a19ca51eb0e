// Show times, which the server writes in UTC, in the user's time zone; the tooltip keeps the UTC time.
const localFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

function showLocalTimes() {
  for (const time of document.querySelectorAll("time[data-local]:not([title])")) {
    time.title = time.textContent;
    time.textContent = localFormat.format(new Date(time.dateTime));
  }
}

showLocalTimes();
document.addEventListener("replaced", showLocalTimes); // by a script that shows another page in place of this one
