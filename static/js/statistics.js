// Each chart is drawn from the table next to it: data-columns names the columns, the table's header their colours.
const probe = document.body.appendChild(document.createElement("span"));
probe.hidden = true;

const colour = (variable) => {
  probe.style.color = `var(${variable})`;
  return getComputedStyle(probe).color;
};

const short = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });

// Tables over time have the latest row first.
const rowsOf = (table, isHorizontal) => (isHorizontal ? [...table.tBodies[0].rows] : [...table.tBodies[0].rows].reverse());

const seriesOf = (table, names, rows) => {
  const heads = [...table.tHead.rows[0].cells];
  return names.map((name) => {
    const index = heads.findIndex((head) => head.textContent === name);
    return {
      label: name,
      data: rows.map((row) => Number(row.cells[index].dataset.value || 0)),
      texts: rows.map((row) => row.cells[index].textContent),
      backgroundColor: colour(heads[index].dataset.colour),
      maxBarThickness: 28,
    };
  });
};

const nameOf = (row) => (row.cells[0].querySelector("a") ?? row.cells[0].firstChild).textContent;

const draw = (figure) => {
  const table = document.getElementById(figure.dataset.chart);
  const names = figure.dataset.columns.split("|");
  const isHorizontal = "horizontal" in figure.dataset;
  const rows = rowsOf(table, isHorizontal);
  const labels = rows.map(nameOf);
  const box = figure.querySelector(".canvas");
  if (isHorizontal) {
    box.style.height = `${labels.length * 30 + (names.length > 1 ? 64 : 40)}px`;
  }
  const [textColour, lineColour] = [colour("--ink-soft"), colour("--line")];
  const amounts = {
    stacked: true, beginAtZero: true, border: { display: false }, grid: { color: lineColour },
    ticks: { color: textColour, maxTicksLimit: 5, precision: isHorizontal ? undefined : 0, callback: (value) => short.format(value) },
  };
  const categories = {
    stacked: true, border: { color: lineColour }, grid: { display: false },
    ticks: {
      color: textColour, autoSkip: !isHorizontal, maxRotation: 0, autoSkipPadding: 16,
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
      indexAxis: isHorizontal ? "y" : "x",
      maintainAspectRatio: false,
      font: { family: getComputedStyle(document.body).fontFamily },
      interaction: { mode: "index", axis: isHorizontal ? "y" : "x", intersect: false },
      scales: isHorizontal ? { x: amounts, y: categories } : { x: categories, y: amounts },
      plugins: {
        legend: { display: names.length > 1, align: "start", labels: { color: textColour, boxWidth: 12, boxHeight: 12 } },
        tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${item.dataset.texts[item.dataIndex]}` } },
      },
    },
  });
};

const figures = [...document.querySelectorAll("[data-chart]")];
let charts = figures.map(draw);

// Redraw in the colours of the other scheme.
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  charts.forEach((chart) => chart.destroy());
  charts = figures.map(draw);
});
