"use strict";

// What the page asks of the service, and shows. Nothing here comes from elsewhere, and all text goes through textContent.

const element = id => document.getElementById(id);
const tokens = element("tokens"), gutter = document.querySelector(".gutter"), submit = document.querySelector("button.primary");
const choices = Object.fromEntries(["model", "form", "method", "weighting", "language"].map(name => [name, element(name)]));

// MARK: The service

/// What went wrong (RFC 9457), or that there is no answer at all.
class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? "");
    this.status = status;
    this.title = body.title ?? `The service answers ${status}`;
    this.errors = body.errors ?? [];
  }
}

async function send(path, { body, accept = "application/json", signal } = {}) {
  const headers = { Accept: accept }, key = element("key").value.trim();
  if (body) headers["Content-Type"] = "application/json";
  if (key) headers.Authorization = `Bearer ${key}`;
  // No browser sends it, and none says why.
  if (/[^\x20-\x7e]/.test(key)) throw new Problem(401, { detail: "A key has plain letters, digits and signs only." });
  let response;
  try {
    response = await fetch(path, { method: body ? "POST" : "GET", headers, body, signal, cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { title: "The service does not answer", detail: "Is it still running?" });
  }
  if (response.ok) return response;
  throw new Problem(response.status, await response.json().catch(() => ({})));
}

const embed = (body, options) => send("/v1/token-embeddings", { body: JSON.stringify(body), ...options });

// MARK: Models

/// What a method may need: the page has no fields for the other things.
const provided = new Set(["hypernetwork", "token_vectors", "donor", "language", "weighting"]);

const methodHints = {
  hypernetwork: "Predicted by the network that was trained for this model.",
  mean: "The mean of the rows of its pieces.",
  weighted: "The mean of the rows of its pieces, with weights by position.",
  normal: "Drawn at random, each dimension by itself.",
  multivariate: "Drawn at random, with the covariance of the model’s rows.",
  script: "Drawn at random, from rows of the same script.",
  word_vectors: "The mean of the rows of tokens that stand in words like its own.",
  omp: "The few rows whose sum is nearest to its row in another model.",
  interpolation: "The mean of the rows nearest to its row in another model.",
};
const weightings = {
  weighted: ["exponential", "linear", "first_last", "first", "last", "sum"],
  word_vectors: ["softmax", "sparsemax", "proportional"],
  interpolation: ["distance_proportional", "barycentric", "least_squares"],
};
const formNames = {
  text: "plain text", byte_level: "byte level, Ġword", sentencepiece: "SentencePiece, ▁word", wordpiece: "WordPiece, ##piece",
  bytes: "bytes in base64",
};
const formHints = {
  text: "A leading space begins a word.", byte_level: "Ġ is a space.", sentencepiece: "▁ is a space.",
  wordpiece: "## continues a word.", bytes: "Base64 of the bytes.",
};

let models = [];

/// Asks which models there are, for whoever has the key; whether there are any.
async function loadModels() {
  try {
    models = (await (await send("/v1/models")).json()).data;
  } catch (problem) {
    if (problem.status === 503) {
      element("progress").textContent = "The models are being loaded…";
      setTimeout(loadModels, 1000);
    } else report(problem);
    return false;
  }
  element("progress").textContent = "";
  forgetProblems();
  fill(choices.model, models.map(model => model.name));
  showChoices();
  if (models.length === 0) fail("model", "There is no model for this key.");
  return models.length > 0;
}

function showChoices() {
  const model = models.find(model => model.name === choices.model.value);
  if (!model) return;
  const { maximum_tokens, maximum_diagnosed_tokens } = model.limits;
  element("limit-hint").textContent = `Up to ${Math.min(maximum_tokens, maximum_diagnosed_tokens).toLocaleString("en")} lines.`;
  const methods = model.methods.filter(({ needs }) => needs.every(need => provided.has(need)));
  fill(choices.method, methods.map(method => method.name));
  fill(choices.form, model.forms, name => formNames[name] ?? name);
  fill(choices.language, model.languages);
  show(choices.language.parentElement, model.languages.length > 0);
  showHints();
}

function showHints() {
  const names = weightings[choices.method.value];
  if (names) fill(choices.weighting, names);
  show(choices.weighting.parentElement, names !== undefined);
  element("method-hint").textContent = methodHints[choices.method.value] ?? "";
  element("form-hint").textContent = formHints[choices.form.value] ?? "";
}

/// Puts options into a select, which keeps its choice if it still has it.
function fill(select, values, name = value => value) {
  const choice = select.value;
  select.replaceChildren(...values.map(value => new Option(name(value), value)));
  if (values.includes(choice)) select.value = choice;
}

// MARK: Request

/// The lines that hold a token, by their number: a token is what stands on a line, spaces and all.
const filledLines = () => tokens.value.split("\n").map((text, line) => ({ text, line })).filter(({ text }) => text !== "");

function readRequest(lines) {
  const request = { model: choices.model.value, tokens: lines.map(({ text }) => text), method: choices.method.value };
  if (choices.form.value !== "text") request.form = choices.form.value;
  for (const name of ["weighting", "language"]) if (!choices[name].parentElement.hidden) request[name] = choices[name].value;
  request.diagnostics = true;
  return request;
}

/// The command without the need to quote anything, and of any length: what stands between the lines JSON is taken as it is.
function curlCommand(request) {
  return [
    `curl '${location.origin}/v1/token-embeddings' \\`, "  --header 'Content-Type: application/json' \\",
    ...(element("key").value ? ['  --header "Authorization: Bearer $API_KEY" \\'] : []),
    "  --data-binary @- <<'JSON'", JSON.stringify(request, null, 2), "JSON",
  ].join("\n");
}

// MARK: Problems

/// Where each pointer of the last request leads: the lines of its tokens.
let sentLines = [];

function report(problem) {
  if (problem.name === "AbortError") return;
  forgetProblems();
  element("progress").textContent = "";
  if (problem.status === 401) {
    show(element("key-field"), true);
    fail("key", element("key").value ? problem.message || problem.title : "This service wants a key.");
    return element("key").focus();
  }
  if (!(problem instanceof Problem)) throw problem;
  const lines = new Map(), others = [];
  for (const { pointer, detail } of problem.errors) {
    const [, field, index] = pointer.split("/");
    const line = field === "tokens" ? sentLines[index]?.line : undefined;
    if (line !== undefined) lines.set(line, detail);
    else if (field === "tokens") fail("tokens", detail);
    else if (choices[field] && !choices[field].parentElement.hidden) fail(field, detail);
    else others.push(detail);
  }
  if (lines.size > 0) failLines(lines);
  if (problem.errors.length === 0) others.push(problem.message);
  if (others.length > 0) {
    const title = document.createElement("strong");
    title.textContent = problem.title;
    element("request-error").replaceChildren(title, others.join("; "));
    show(element("request-error"), true);
  }
  (document.querySelector("form [aria-invalid]") ?? submit).focus();
}

function fail(field, detail) {
  element(field).setAttribute("aria-invalid", "true");
  element(`${field}-error`).append(detail);
  show(element(`${field}-error`), true);
}

/// Marks lines, and offers to go there.
function failLines(lines) {
  const list = document.createElement("ul");
  for (const [line, detail] of lines) {
    const item = document.createElement("li"), button = document.createElement("button");
    button.type = "button";
    button.textContent = `Line ${line + 1}`;
    button.addEventListener("click", () => selectLine(line));
    item.append(button, `: ${detail}`);
    list.append(item);
  }
  fail("tokens", list);
  drawGutter(new Set(lines.keys()));
}

function selectLine(line) {
  const before = tokens.value.split("\n").slice(0, line).join("\n").length + (line > 0 ? 1 : 0);
  tokens.focus();
  tokens.setSelectionRange(before, before + tokens.value.split("\n")[line].length);
}

function forgetProblems() {
  for (const error of document.querySelectorAll("form .error[id]")) {
    error.replaceChildren();
    show(error, false);
  }
  for (const field of document.querySelectorAll("form [aria-invalid]")) field.removeAttribute("aria-invalid");
  drawGutter();
}

let gutterFrame = 0;

/// Line numbers, those of `marked` lines conspicuously.
function drawGutter(marked = new Set()) {
  cancelAnimationFrame(gutterFrame);
  const count = tokens.value.split("\n").length, parts = [];
  let plain = "";
  for (let line = 0; line < count; line += 1) {
    if (marked.has(line)) {
      const mark = document.createElement("mark");
      mark.textContent = line + 1;
      parts.push(plain, mark);
      plain = "\n";
    } else plain += `${line + 1}\n`;
  }
  gutter.replaceChildren(...parts, plain);
  gutter.scrollTop = tokens.scrollTop;
}

// MARK: Sending

let running = null;
/// The last answer with what was asked: what can be downloaded.
let answered = null;

async function run() {
  forgetProblems();
  const lines = filledLines();
  if (lines.length === 0) {
    fail("tokens", "Write a token first.");
    return tokens.focus();
  }
  if (models.length === 0 && !await loadModels()) return;
  running?.abort();
  const controller = running = new AbortController();
  const { signal } = controller;
  const request = readRequest(lines);
  sentLines = lines;
  submit.setAttribute("aria-busy", "true");
  element("progress").textContent = `Making ${rowsOf(lines.length)}…`;
  try {
    const text = await (await embed(request, { signal })).text();
    const norms = await baseNorms(request.model, signal);
    answered = { request, text };
    showMap(request, signal);
    await showAnswer(JSON.parse(text), norms, signal);
  } catch (problem) {
    report(problem);
  } finally {
    if (running === controller) submit.removeAttribute("aria-busy");
  }
}

/// The distribution of the model's own norms, if the service tells it.
async function baseNorms(model, signal) {
  try {
    return (await (await send(`/v1/models/${encodeURIComponent(model)}`, { signal })).json()).norms;
  } catch (problem) {
    if (problem.name === "AbortError") throw problem;
  }
}

const rowsOf = count => `${count.toLocaleString("en")} ${count === 1 ? "row" : "rows"}`;

// MARK: Answer

const nextFrame = () => new Promise(resolve => requestAnimationFrame(resolve));

async function showAnswer(answer, norms, signal) {
  const list = element("rows");
  list.replaceChildren();
  forgetStrips();
  show(element("introduction"), false);
  show(element("answer"), true);
  element("curl").textContent = curlCommand(answered.request);
  const scale = symmetricScale(answer.data);
  element("least").textContent = `−${scale.toPrecision(2)}`;
  element("most").textContent = `+${scale.toPrecision(2)}`;
  const domain = normDomain(answer.data, norms);
  // A frame for some rows each, so that the page stays alive under a thousand.
  const slice = 20;
  for (let start = 0; start < answer.data.length; start += slice) {
    list.append(...answer.data.slice(start, start + slice).map(item => rowElement(item, { scale, norms, domain })));
    // On a small screen the rows begin far below the button.
    if (start === 0 && element("results").getBoundingClientRect().top > innerHeight / 2) element("results").scrollIntoView();
    await nextFrame();
    if (signal.aborted) return;
  }
  element("progress").textContent =
    `${rowsOf(answer.data.length)} of ${answer.dimension} dimensions from ${answer.model}, by ${answer.method}.`;
}

const warningTexts = {
  normalized: item => ["Read as ", spelled(item.normalized)],
  truncated: () => ["Not all of its pieces, or of the words that it stands in, are read"],
  fallback_pieces: item => [`${item.fallback_pieces} of its pieces stand for bytes that the model cannot spell`],
  not_covered: item => [item.status === "sampled" ? "Nothing is known of it: the row is drawn at random" : "The method cannot spell it"],
  duplicate_row: () => ["The row is the same as one of the model’s"],
  existing: item => [`The model has it already, as ${item.existing_id}`],
  case_differs: item => [`The model has it in another case, as ${item.existing_id}`],
  duplicate_of: item => [`The same as row ${item.duplicate_of + 1}`],
  language_ignored: () => ["The hypernetwork does not look at languages"],
  words_ignored: () => ["The method does not look at words"],
};

/// So many pieces have room: a row can be a sum of all rows of the model.
const shownPieces = 24;

/// Those of the largest weights where there are too many to show.
function weightiest(pieces) {
  if (pieces.length <= shownPieces) return pieces;
  return [...pieces].sort((one, other) => Math.abs(other.weight ?? 0) - Math.abs(one.weight ?? 0)).slice(0, shownPieces);
}

function rowElement(item, { scale, norms, domain }) {
  const row = element("row").content.firstElementChild.cloneNode(true);
  const part = selector => row.querySelector(selector);
  part(".token").append(spelled(item.token ?? item.source_ids.join(" ")));
  part(".state").textContent = `${item.status}, ${item.pieces} ${item.pieces === 1 ? "piece" : "pieces"}`;
  const { decomposition, input } = item.diagnostics;
  part(".pieces").append(...weightiest(decomposition).map(piece => {
    const chip = document.createElement("li"), id = document.createElement("small");
    id.textContent = piece.id;
    if (piece.weight !== undefined) chip.title = `weight ${signed(piece.weight, 3)}`;
    chip.append(spelled(piece.text), id);
    return chip;
  }));
  if (decomposition.length > shownPieces) {
    const rest = document.createElement("li");
    rest.textContent = `and ${(decomposition.length - shownPieces).toLocaleString("en")} more`;
    part(".pieces").append(rest);
  }
  part(".warnings").append(...item.warnings.map(warning => {
    const line = document.createElement("li");
    line.append(...(warningTexts[warning]?.(item) ?? [warning]));
    return line;
  }));
  drawNorm(part(".norm svg"), input.norm, norms, domain);
  const norm = document.createElement("strong");
  norm.textContent = input.norm.toFixed(3);
  part(".norm p").append(
    norm, ` · ${input.norm_ratio.toFixed(2)} × the model’s mean · longer than ${input.norm_percentile.toFixed(0)} % of its rows`);
  part(".nearest ol").append(...input.nearest.map(neighborElement));
  prepareStrip(row, item, scale);
  return row;
}

function neighborElement(neighbor) {
  const line = document.createElement("li"), text = document.createElement("span"), bar = document.createElement("span");
  const length = document.createElement("span"), number = document.createElement("span");
  text.className = "text";
  text.title = `id ${neighbor.id}`;
  text.append(spelled(neighbor.text));
  bar.className = "bar";
  length.style.width = `${Math.min(Math.abs(neighbor.cosine), 1) * 100}%`;
  length.classList.toggle("opposite", neighbor.cosine < 0);
  bar.append(length);
  number.className = "number";
  number.textContent = signed(neighbor.cosine, 3);
  line.append(text, bar, number);
  return line;
}

/// Text whose spaces can be seen, and whose direction stays its own.
function spelled(text) {
  const result = document.createElement("bdi");
  for (const part of text.split(/([ \n\t])/)) {
    const mark = { " ": "␣", "\n": "↵", "\t": "⇥" }[part];
    if (mark) {
      const space = document.createElement("span");
      space.className = "space";
      space.textContent = mark;
      result.append(space);
    } else result.append(part);
  }
  return result;
}

/// With a minus as long as a plus.
const signed = (number, digits) => number.toFixed(digits).replace("-", "−");

// MARK: Norms

/// The norms that the pictures of all rows span.
function normDomain(items, norms) {
  const lengths = items.map(item => item.diagnostics.input.norm);
  if (norms) lengths.push(norms.histogram.minimum, norms.histogram.maximum);
  return { least: Math.min(...lengths), most: Math.max(...lengths) };
}

/// The row's norm as a mark in the histogram of the model's own.
function drawNorm(svg, norm, norms, { least, most }) {
  const width = 240, floor = 44, height = 38;
  const place = value => (most > least ? (value - least) / (most - least) : 0.5) * width;
  const shape = (name, attributes) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    svg.append(node);
  };
  if (!norms) return svg.remove();
  const { minimum, maximum, counts } = norms.histogram;
  const step = (maximum - minimum) / counts.length, peak = Math.max(...counts, 1);
  const bars = counts.map((count, bin) => {
    const x = place(minimum + bin * step);
    return `M${x} ${floor}V${floor - count / peak * height}H${place(minimum + (bin + 1) * step) - 0.5}V${floor}Z`;
  });
  shape("path", { class: "histogram", d: bars.join("") });
  shape("line", { class: "axis", x1: 0, x2: width, y1: floor, y2: floor });
  shape("line", { class: "mark", x1: place(norm), x2: place(norm), y1: 4, y2: floor });
  shape("circle", { class: "head", cx: place(norm), cy: 4, r: 4 });
}

// MARK: Strips

/// What the strongest colours stand for, in all rows: 99 % of the values are within it.
function symmetricScale(items) {
  const count = items.length * items[0].input.length, stride = Math.ceil(count / 200_000);
  const sample = new Float32Array(Math.ceil(count / stride));
  let index = 0;
  for (const { input } of items) {
    for (const value of input) {
      if (index % stride === 0) sample[index / stride] = Math.abs(value);
      index += 1;
    }
  }
  sample.sort();
  return sample[Math.floor((sample.length - 1) * 0.99)] || 1;
}

/// Values and scale of each strip.
const strips = new Map();
/// Strips are drawn when they come near the window.
const nearWindow = new IntersectionObserver(entries => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    nearWindow.unobserve(target);
    drawStrip(target);
  }
}, { rootMargin: "400px" });

function forgetStrips() {
  nearWindow.disconnect();
  strips.clear();
}

function prepareStrip(row, item, scale) {
  const strip = row.querySelector(".strip"), values = item.input, cursor = strip.querySelector(".cursor");
  strips.set(strip, { values, scale });
  nearWindow.observe(strip);
  let dimension = 0;
  const point = next => {
    dimension = Math.max(0, Math.min(values.length - 1, next));
    strip.setAttribute("aria-valuenow", dimension);
    strip.setAttribute("aria-valuetext", `dimension ${dimension}: ${signed(values[dimension], 4)}`);
    row.querySelector(".readout").textContent = `dimension ${dimension}: ${signed(values[dimension], 6)}`;
    cursor.style.left = `${(dimension + 0.5) / values.length * 100}%`;
    show(cursor, true);
  };
  const leave = () => {
    show(cursor, false);
    row.querySelector(".readout").textContent = "";
  };
  strip.setAttribute("aria-valuemax", values.length - 1);
  strip.setAttribute("aria-valuenow", 0);
  strip.setAttribute("aria-valuetext", `dimension 0: ${signed(values[0], 4)}`);
  strip.addEventListener("pointermove", event => {
    const box = strip.getBoundingClientRect();
    point(Math.floor((event.clientX - box.left) / box.width * values.length));
  });
  strip.addEventListener("pointerleave", () => document.activeElement === strip ? point(dimension) : leave());
  strip.addEventListener("focus", () => point(dimension));
  strip.addEventListener("blur", leave);
  strip.addEventListener("keydown", event => {
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -16, PageUp: 16, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    point(dimension + step);
  });
}

/// A colour of the style sheet as red, green and blue.
function color(name) {
  const hex = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  return [1, 3, 5].map(start => parseInt(hex.slice(start, start + 2), 16));
}

function drawStrip(strip) {
  const { values, scale } = strips.get(strip);
  const canvas = strip.querySelector("canvas"), context = canvas.getContext("2d");
  canvas.width = values.length;
  const picture = context.createImageData(values.length, 1);
  const zero = color("--strip-zero"), plus = color("--strip-plus"), minus = color("--strip-minus");
  values.forEach((value, column) => {
    const end = value < 0 ? minus : plus, share = Math.min(Math.abs(value) / scale, 1);
    for (let channel = 0; channel < 3; channel += 1) {
      picture.data[column * 4 + channel] = zero[channel] + (end[channel] - zero[channel]) * share;
    }
    picture.data[column * 4 + 3] = 255;
  });
  context.putImageData(picture, 0, 0);
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const strip of strips.keys()) nearWindow.observe(strip);
});

// MARK: Map

/// Shows the map when it is there; its place is kept free until then, as rows that move away under one's eyes are a nuisance.
async function showMap(request, signal) {
  const image = document.querySelector("#map img"), link = element("svg"), frame = image.parentElement;
  const describe = text => { element("map-text").textContent = text; };
  show(element("map"), true);
  describe("Drawing the map…");
  try {
    const map = await (await embed(request, { accept: "image/svg+xml", signal })).blob();
    URL.revokeObjectURL(image.src);
    image.src = link.href = URL.createObjectURL(map);
    image.alt = `Map of ${rowsOf(request.tokens.length)} among those of the model ${request.model}`;
    link.download = `${request.model}-map.svg`;
    // On a small screen it is wider than its frame, and what there is to see lies in the middle.
    frame.scrollLeft = (frame.scrollWidth - frame.clientWidth) / 2;
    describe("Where the new rows fall among the model’s own.");
  } catch (problem) {
    // A service that draws no maps answers 406; the rows are there without it.
    if (problem instanceof Problem) show(element("map"), false);
    else report(problem);
  }
}

// MARK: Taking it along

function download(blob, end) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${answered.request.model}-rows.${end}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

element("json").addEventListener("click", () => download(new Blob([answered.text], { type: "application/json" }), "json"));

element("safetensors").addEventListener("click", async () => {
  forgetProblems();
  try {
    download(await (await embed(answered.request, { accept: "application/vnd.safetensors" })).blob(), "safetensors");
  } catch (problem) {
    report(problem);
  }
});

element("copy").addEventListener("click", async () => {
  const command = element("curl");
  try {
    await navigator.clipboard.writeText(command.textContent);
    element("progress").textContent = "The command is on the clipboard.";
  } catch {
    // Browsers give the clipboard to pages from https and localhost only; elsewhere the command is selected for its copying by hand.
    element("command").open = true;
    getSelection().selectAllChildren(command);
    element("progress").textContent = "The command is selected: copy it.";
  }
});

// MARK: Beginning

function show(node, isShown) { node.hidden = !isShown; }

element("request").addEventListener("submit", event => {
  event.preventDefault();
  run();
});
document.addEventListener("keydown", event => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
});
// A browser reports a long text that is pasted line by line: the numbers are drawn once for all.
tokens.addEventListener("input", () => {
  cancelAnimationFrame(gutterFrame);
  gutterFrame = requestAnimationFrame(() => drawGutter());
});
tokens.addEventListener("scroll", () => { gutter.scrollTop = tokens.scrollTop; });
choices.model.addEventListener("change", showChoices);
choices.method.addEventListener("change", showHints);
choices.form.addEventListener("change", showHints);
// Another key may be for other models.
element("key").addEventListener("change", loadModels);
drawGutter();
showHints();
loadModels();
