// The interactive chart: reads the table that comes with it, draws it with uPlot, and tells the values under the pointer.
import uPlot from "../vendor/uplot-1.6.32.js";

type Read = { labels: string[]; names: string[]; values: number[][]; texts: string[][] };

function read(chart: HTMLElement): Read {
  const rows = [...chart.querySelectorAll(".twin tbody tr")];
  const names = [...chart.querySelectorAll(".twin thead th")].slice(1).map((th) => th.textContent ?? "");
  const cells = rows.map((row) => [...row.querySelectorAll("td")]);
  return {
    labels: rows.map((row) => row.querySelector("th")?.textContent ?? ""),
    names,
    values: names.map((_, s) => cells.map((row) => Number(row[s].dataset.value))),
    texts: names.map((_, s) => cells.map((row) => row[s].textContent ?? "")),
  };
}

const dashes = [[], [6, 3], [2, 3], [8, 3, 2, 3], []];

function options(chart: HTMLElement, data: Read, plot: HTMLElement, tip: HTMLElement) {
  // A canvas does not know light-dark(): the colours come as the browser resolves them on an element.
  const colour = (name: string) => {
    const probe = document.createElement("i");
    probe.style.color = "var(" + name + ")";
    plot.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };
  const muted = colour("--muted");
  const grid = { stroke: colour("--line"), width: 1 };
  const series = data.names.map((label, i) => ({
    label, stroke: colour("--series-" + (i % 5)), width: 2, dash: dashes[i % 5], points: { show: false },
  }));
  // The axis is that of the server's drawing, with its labels in the reader's manner: nothing jumps.
  const side = chart.querySelector<SVGElement>(".plot-axis");
  const ticks = [...chart.querySelectorAll<SVGElement>(".plot .grid-line")].map((line) => Number(line.dataset.value));
  const marks = [...chart.querySelectorAll(".plot-axis text")].map((text) => text.textContent ?? "");
  return {
    width: plot.clientWidth, height: Number(chart.dataset.height), legend: { show: false }, padding: [10, 4, 0, 4],
    scales: { x: { time: false }, y: { range: [ticks[0], ticks[ticks.length - 1]] } },
    cursor: { y: false, drag: { x: false, y: false } },
    series: [{}, ...series],
    axes: [
      { stroke: muted, grid: { show: false }, ticks: { show: false }, size: 22, gap: 4, font: "11px sans-serif", values: (_: uPlot, at: number[]) => at.map((i) => data.labels[i] ?? "") },
      { stroke: muted, grid, ticks: { show: false }, size: side ? Number(side.getAttribute("width")) : 8, font: "11px sans-serif", splits: () => ticks, values: () => marks },
    ],
    hooks: { setCursor: [(u: uPlot) => point(u, data, tip)] },
  };
}

// point shows the values at the pointer, on the side of it that has room.
function point(u: uPlot, data: Read, tip: HTMLElement) {
  const at = u.cursor.idx;
  tip.hidden = at == null;
  if (at == null) return;
  const head = document.createElement("strong");
  head.textContent = data.labels[at];
  const lines = data.names.map((name, s) => {
    const line = document.createElement("div");
    line.textContent = name + ": " + data.texts[s][at];
    return line;
  });
  tip.replaceChildren(head, ...lines);
  const x = (u.cursor.left ?? 0) + u.bbox.left / devicePixelRatio;
  const left = x > u.width / 2;
  tip.style.left = left ? "" : x + 12 + "px";
  tip.style.right = left ? u.width - x + 12 + "px" : "";
}

export function draw(chart: HTMLElement) {
  const data = read(chart);
  const plot = document.createElement("div");
  const tip = document.createElement("div");
  plot.className = "chart-plot";
  plot.setAttribute("aria-hidden", "true");
  tip.className = "chart-tip";
  tip.hidden = true;
  chart.prepend(plot);
  const columns = [data.labels.map((_, i) => i), ...data.values];
  let drawn = new uPlot(options(chart, data, plot, tip), columns, plot);
  plot.append(tip);
  chart.dataset.live = "";
  const again = () => {
    drawn.destroy();
    drawn = new uPlot(options(chart, data, plot, tip), columns, plot);
  };
  const sized = new ResizeObserver(() => drawn.setSize({ width: plot.clientWidth, height: drawn.height }));
  sized.observe(plot);
  const themed = new MutationObserver(again);
  themed.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
}
