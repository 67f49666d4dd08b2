// Draws the plots: every element with data-plot, with uPlot, in the colours and the width of the page, anew when either
// changes or when its data does.
const drawn = new Map();
const widths = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) {
    const plot = drawn.get(target);
    if (plot && Math.abs(plot.width - contentRect.width) >= 1) {
      plot.setSize({ width: contentRect.width, height: target.clientHeight });
    }
  }
});

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--plot-${name}`).trim() || "#888";
}

function hexToFill(hex) {
  return /^#[0-9a-f]{6}$/i.test(hex) ? `${hex}22` : hex;
}

const numbers = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

function clock(zone) {
  const hour = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const day = new Intl.DateTimeFormat("en-GB", { timeZone: zone, day: "numeric", month: "short" });
  return { hour, day };
}

const DAY_S = 86_400;
// So few values may stand alone, where a line has nothing to join.
const FEW = 24;
// Counts: no half sale on the scale.
const STEPS = [0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((power) => [1, 2, 5].map((step) => step * 10 ** power));

function draw(element) {
  drawn.get(element)?.destroy();
  drawn.delete(element);
  const { kind, x, series, marks, unit, zone } = JSON.parse(element.dataset.plot);
  const width = element.clientWidth;
  const height = element.clientHeight;
  if (width === 0 || x.length === 0) return;
  const isNamed = typeof x[0] === "string";
  const xs = isNamed ? x.map((_, index) => index) : x.map((ms) => ms / 1000);
  const { hour, day } = clock(zone);
  const grid = { stroke: colour("grid"), width: 1 };
  const axis = {
    stroke: colour("text"),
    grid,
    ticks: { show: false },
    font: "12px system-ui, sans-serif",
    gap: 6,
    size: 26,
  };
  const paths =
    kind === "bars"
      ? uPlot.paths.bars({ size: [0.7, 48], radius: 0.15 })
      : kind === "step"
        ? uPlot.paths.stepped({ align: 1 })
        : undefined;
  const plot = new uPlot(
    {
      width,
      height,
      padding: [8, 12, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 7 }, drag: { x: !isNamed, y: false } },
      scales: {
        x: isNamed ? { time: false, range: () => [-0.6, xs.length - 0.4] } : { time: true },
        y: { range: (_plot, low, high) => rangeOf(low, high, kind, marks) },
      },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
      axes: [
        isNamed
          ? {
              ...axis,
              grid: { show: false },
              splits: () => xs,
              values: (self, splits) => names(splits, x, self.width),
            }
          : {
              ...axis,
              space: 64,
              values: (_plot, splits) => {
                const isLong = splits.length > 1 && splits.at(-1) - splits[0] > 2 * DAY_S;
                return splits.map((at) => (isLong ? day : hour).format(at * 1000));
              },
            },
        { ...axis, size: 48, incrs: STEPS, values: (_plot, splits) => splits.map((value) => compact.format(value)) },
      ],
      series: [
        {},
        ...series.map(({ label, values, tone = "accent" }) => ({
          label,
          stroke: colour(tone),
          width: kind === "bars" ? 0 : 1.75,
          fill: kind === "bars" ? colour(tone) : series.length === 1 ? hexToFill(colour(tone)) : undefined,
          points: { show: values.filter((value) => value !== null).length <= FEW, size: 5 },
          ...(paths && { paths }),
        })),
      ],
      plugins: [marksPlugin(marks), tooltip({ x, isNamed, series, unit, zone, marks })],
    },
    [xs, ...series.map(({ values }) => values)],
    element,
  );
  drawn.set(element, plot);
  widths.observe(element);
}

function rangeOf(low, high, kind, marks) {
  const ys = marks.map(({ y }) => y);
  const lowest = Math.min(0, low ?? 0, ...ys);
  const highest = Math.max(high ?? 0, ...ys, lowest + 1);
  const room = (highest - lowest) * 0.08;
  return [lowest < 0 ? lowest - room : 0, highest + (kind === "bars" ? room / 2 : room)];
}

// As many names as fit.
function names(splits, x, width) {
  const every = Math.max(1, Math.ceil(splits.length / Math.max(1, Math.floor(width / 72))));
  return splits.map((index) => (index % every === 0 ? (x[index] ?? "").slice(0, 12) : ""));
}

// A shape for each kind of mark, so that colour is not all that tells them apart.
const SHAPES = ["circle", "square", "triangle", "diamond"];

function marksPlugin(marks) {
  const kinds = [...new Set(marks.map(({ kind }) => kind))];
  return {
    hooks: {
      draw: (plot) => {
        const size = 4 * devicePixelRatio;
        for (const { x, y, kind, tone = "soft" } of marks) {
          const left = plot.valToPos(x / 1000, "x", true);
          const top = plot.valToPos(y, "y", true);
          plot.ctx.fillStyle = colour(tone);
          plot.ctx.beginPath();
          shape(plot.ctx, SHAPES[kinds.indexOf(kind) % SHAPES.length], { left, top, size });
          plot.ctx.fill();
        }
      },
    },
  };
}

function shape(ctx, name, { left, top, size }) {
  if (name === "circle") ctx.arc(left, top, size, 0, 2 * Math.PI);
  else if (name === "square") ctx.rect(left - size, top - size, 2 * size, 2 * size);
  else {
    const bottom = name === "triangle" ? top + size : top;
    ctx.moveTo(left, top - size * 1.3);
    ctx.lineTo(left + size * 1.2, bottom);
    if (name === "diamond") ctx.lineTo(left, top + size * 1.3);
    ctx.lineTo(left - size * 1.2, bottom);
  }
}

function tooltip({ x, isNamed, series, unit, zone }) {
  const box = document.createElement("div");
  box.className = "tip";
  box.hidden = true;
  const when = new Intl.DateTimeFormat("en-CA", {
    ...{ timeZone: zone, month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" },
    ...{ hourCycle: "h23", timeZoneName: "short" },
  });
  return {
    hooks: {
      init: (plot) => plot.over.append(box),
      setCursor: (plot) => {
        const { idx, left } = plot.cursor;
        box.hidden = idx === null || idx === undefined || left < 0;
        if (box.hidden) return;
        const title = isNamed ? x[idx] : when.format(x[idx]);
        const lines = series.map(({ label, values }) => {
          const value = values[idx];
          return `${label}: ${value === null || value === undefined ? "–" : `${numbers.format(value)} ${unit}`}`;
        });
        box.textContent = [title, ...lines].join("\n");
        const room = plot.over.clientWidth - box.offsetWidth;
        box.style.transform = `translate(${Math.max(0, Math.min(room, left + 12))}px, 4px)`;
      },
    },
  };
}

function drawAll() {
  for (const element of [...drawn.keys()]) {
    if (element.isConnected) continue;
    drawn.get(element).destroy();
    drawn.delete(element);
    widths.unobserve(element);
  }
  for (const element of document.querySelectorAll("[data-plot]")) if (!drawn.has(element)) draw(element);
}

document.addEventListener("plot:changed", ({ target }) => draw(target));
document.addEventListener("page:renewed", drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  // A copy: drawing puts each back at the end, where it would be met again for ever.
  for (const element of [...drawn.keys()]) draw(element);
});
drawAll();
