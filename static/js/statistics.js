// Every chart is drawn from the table beside it: data-columns names the columns, the table's head their colours.
const probe = document.body.appendChild(document.createElement("span"));
probe.hidden = true;

const colour = (variable) => {
  probe.style.color = `var(${variable})`;
  return getComputedStyle(probe).color;
};

const short = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });

// Tables over time have the latest row first, charts last.
const rowsOf = (table, horizontal) => (horizontal ? [...table.tBodies[0].rows] : [...table.tBodies[0].rows].reverse());

const seriesOf = (table, names, rows) => {
  const heads = [...table.tHead.rows[0].cells];
  return names.map((name) => {
    const at = heads.findIndex((head) => head.textContent === name);
    return {
      label: name,
      data: rows.map((row) => Number(row.cells[at].dataset.value || 0)),
      texts: rows.map((row) => row.cells[at].textContent),
      backgroundColor: colour(heads[at].dataset.colour),
      maxBarThickness: 28,
    };
  });
};

const nameOf = (row) => (row.cells[0].querySelector("a") ?? row.cells[0].firstChild).textContent;

const draw = (figure) => {
  const table = document.getElementById(figure.dataset.chart);
  const names = figure.dataset.columns.split("|");
  const horizontal = "horizontal" in figure.dataset;
  const rows = rowsOf(table, horizontal);
  const labels = rows.map(nameOf);
  const box = figure.querySelector(".canvas");
  if (horizontal) {
    box.style.height = `${labels.length * 30 + (names.length > 1 ? 64 : 40)}px`;
  }
  const [words, lines] = [colour("--ink-soft"), colour("--line")];
  const amounts = {
    stacked: true, beginAtZero: true, border: { display: false }, grid: { color: lines },
    ticks: { color: words, maxTicksLimit: 5, precision: horizontal ? undefined : 0, callback: (value) => short.format(value) },
  };
  const along = {
    stacked: true, border: { color: lines }, grid: { display: false },
    ticks: {
      color: words, autoSkip: !horizontal, maxRotation: 0, autoSkipPadding: 16,
      callback(value) {
        const label = this.getLabelForValue(value);
        return label.length > 18 ? `${label.slice(0, 17)}…` : label;
      },
    },
  };
  return new Chart(figure.querySelector("canvas"), {
    type: "bar",
    data: { labels, datasets: seriesOf(table, names, rows) },
    options: {
      animation: false,
      indexAxis: horizontal ? "y" : "x",
      maintainAspectRatio: false,
      font: { family: getComputedStyle(document.body).fontFamily },
      interaction: { mode: "index", axis: horizontal ? "y" : "x", intersect: false },
      scales: horizontal ? { x: amounts, y: along } : { x: along, y: amounts },
      plugins: {
        legend: { display: names.length > 1, align: "start", labels: { color: words, boxWidth: 12, boxHeight: 12 } },
        tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${item.dataset.said[item.dataIndex]}` } },
      },
    },
  });
};

const figures = [...document.querySelectorAll("[data-chart]")];
let charts = figures.map(draw);

// The colours of the other scheme.
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  charts.forEach((chart) => chart.destroy());
  charts = figures.map(draw);
});
