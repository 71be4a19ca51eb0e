// Times come in UTC and say so. Here they turn into the reader's own zone; the exact one stays in the tooltip.
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

for (const time of document.querySelectorAll("time[data-local]")) {
  time.title = time.textContent;
  time.textContent = day.format(new Date(time.dateTime));
}
