"use strict";
/*
 * The inspector of foundry-mock. What the server says is text, never markup. Numbers stay the digits that they are:
 * JSON.parse() would round those beyond 2^53, so bodies are indented as text and rows come with their numbers as text.
 */

// ---- small helpers ----

const find = (id) => document.getElementById(id);

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

/** The children anew, when what they show has changed; whoever is on one of their buttons by keyboard stays there. */
function redraw(parent, data, draw) {
  const shows = JSON.stringify(data);
  if (parent.shows === shows) return;
  const at = [...parent.querySelectorAll("button")].indexOf(document.activeElement);
  parent.shows = shows;
  parent.replaceChildren(...data.map(draw));
  parent.querySelectorAll("button")[at]?.focus();
}

function say(text) {
  find("toast").textContent = text;
  find("toast").hidden = false;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { find("toast").hidden = true; }, 5000);
}

const UNITS = [["d", 86400000], ["h", 3600000], ["min", 60000], ["s", 1000]];

function duration(ms) {
  if (ms < 1000) return `${ms} ms`;
  const parts = [];
  for (const [name, size] of UNITS) {
    if (ms >= size) parts.push(`${Math.floor(ms / size)} ${name}`);
    ms %= size;
  }
  return parts.slice(0, 2).join(" ");
}

function elapsed(us) {
  if (us == null) return "";
  return us < 1000 ? `${us} µs` : us < 1e6 ? `${(us / 1000).toFixed(1)} ms` : `${(us / 1e6).toFixed(1)} s`;
}

// ---- the server ----

const state = { world: null, survey: null, entries: new Map(), cursor: 0, chosen: null, object: null, offset: 0, view: "journal", poll: null, shown: 0 };
const PAGE = 50;

async function read(response) {
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.errmsg || `HTTP ${response.status}`);
  return answer;
}

const get = async (path, signal) => read(await fetch(`/mock${path}`, { signal }));
const getWorld = (path, signal) => get(`/worlds/${encodeURIComponent(state.world)}${path}`, signal);

async function ask(question) {
  return read(await fetch(`/inspector/api/${encodeURIComponent(state.world)}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(question),
  }));
}

/** Runs `job`; what goes wrong is told. */
async function tell(job) {
  try { return await job(); } catch (error) { say(error.message); return null; }
}

// ---- JSON as text ----

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** Tokens of a JSON text with line breaks between them; null when it does not look like JSON. */
function indent(text) {
  const pieces = [];
  let depth = 0, previous = "";
  if (!/^\s*[{[]/.test(text)) return null;
  for (const [token] of text.matchAll(TOKEN)) {
    const opens = token === "{" || token === "[", closes = token === "}" || token === "]";
    if (closes) depth--;
    if (closes ? !/[{[]$/.test(previous) : /[{[,]$/.test(previous)) pieces.push({ text: `\n${"  ".repeat(Math.max(depth, 0))}` });
    pieces.push({ text: token === ":" ? ": " : token, token });
    if (opens) depth++;
    previous = token;
  }
  return depth === 0 ? pieces : null;
}

function classOf(piece, next) {
  if (!piece.token || /^[{}[\],:]$/.test(piece.token)) return null;
  if (piece.token[0] !== '"') return "l";
  return next && next.token === ":" ? "k" : "s";
}

function pretty(text) {
  const block = element("pre", { tabindex: "0" });
  const pieces = indent(text);
  if (!pieces) { block.textContent = text; return block; }
  pieces.forEach((piece, i) => {
    const name = classOf(piece, pieces[i + 1]);
    block.append(name ? element("span", { class: name }, piece.text) : piece.text);
  });
  return block;
}

// ---- the journal ----

function matches(entry) {
  const filters = new FormData(find("filters"));
  const kind = entry.event ? "event" : entry.kind, outcome = filters.get("outcome");
  if (filters.get("kind") && filters.get("kind") !== kind) return false;
  if (filters.get("service") && filters.get("service") !== entry.service) return false;
  if (outcome === "findings" && !entry.findings) return false;
  if (outcome === "fault" && !entry.fault) return false;
  if (outcome === "work" && !entry.at_work) return false;
  if (outcome === "error" && (entry.event || entry.status < 400 && !entry.opstatus && entry.end === "answered")) return false;
  const text = filters.get("text").trim().toLowerCase();
  return !text || [entry.event, entry.target, entry.object, entry.service, entry.cache_id, entry.fault, String(entry.seq)]
    .some((part) => part && part.toLowerCase().includes(text));
}

function result(entry) {
  if (entry.at_work) return element("span", { class: "warn" }, "at work");
  const answered = entry.end === "answered", good = answered && entry.status < 400 && !entry.opstatus;
  const partly = answered && entry.status < 400 && entry.opstatus >= 500100 && entry.opstatus <= 500200; // some records failed
  const parts = [entry.status, entry.opstatus, answered ? null : entry.end].filter(Boolean);
  return element("span", { class: good ? "good" : partly ? "warn" : "bad" }, parts.join(" · "));
}

/** None at all is worth a word where there could have been some. */
function recordCount(entry) {
  const could = (entry.kind === "upload" || entry.kind === "download") && !entry.at_work;
  return entry.records || could ? String(entry.records) : "";
}

function describe(entry) {
  const name = [entry.service, entry.object].filter(Boolean).join(" / ");
  const line = element("div", {}, element("span", { class: "name" }, name || entry.target || ""));
  if (entry.batch > 1) line.append(element("span", { class: "sub" }, `${entry.kind === "download" ? "page" : "batch"} ${entry.batch}`));
  if (entry.attempt > 1) line.append(element("span", { class: "mark" }, `attempt ${entry.attempt}`));
  if (entry.fault) line.append(element("span", { class: "mark warn", title: entry.fault }, "fault"));
  if (entry.findings) line.append(element("span", { class: "mark bad" }, `${entry.findings} finding${entry.findings > 1 ? "s" : ""}`));
  return element("td", { class: "what" }, line);
}

function entryRow(entry) {
  if (entry.event) {
    return element("tr", { class: "event" }, element("td", { class: "number" }, String(entry.seq)), element("td", {}, "event"),
      element("td", { class: "what", colspan: "4" }, entry.event));
  }
  const choose = () => openEntry(entry.seq);
  const row = element("tr", {
    class: "choice", tabindex: "0", "data-seq": entry.seq, "aria-selected": String(entry.seq === state.chosen), onclick: choose,
    onkeydown: (event) => moveInList(event, choose),
  });
  row.append(element("td", { class: "number" }, String(entry.seq)), element("td", {}, element("span", { class: `kind ${entry.kind}` }, entry.kind)),
    describe(entry), element("td", {}, result(entry)), element("td", { class: "number" }, recordCount(entry)),
    element("td", { class: "number" }, elapsed(entry.elapsed_us)));
  return row;
}

/** Enter chooses; the arrows go from row to row. */
function moveInList(event, choose) {
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(); }
  if (!step) return;
  event.preventDefault();
  let to = event.currentTarget[step];
  while (to && !to.classList.contains("choice")) to = to[step];
  if (to) { to.focus(); to.click(); }
}

const SHOWN = 500; // at first, and so many more with each wish for them

function drawJournal() {
  drawJournal.asked = false;
  const all = [...state.entries.values()].sort((a, b) => b.seq - a.seq);
  const some = all.filter(matches), focused = document.activeElement?.dataset?.seq;
  find("entries").replaceChildren(...some.slice(0, state.shown).map(entryRow));
  if (focused) find("entries").querySelector(`[data-seq="${focused}"]`)?.focus({ preventScroll: true });
  find("no-entries").hidden = all.length > 0;
  find("no-match").hidden = some.length > 0 || all.length === 0;
  const matching = some.length < all.length ? ` that match, of ${all.length}` : "";
  find("entries-shown").textContent = some.length > state.shown ? `The newest ${state.shown} of ${some.length} entries${matching}`
    : `${some.length} entries${matching}, the newest first`;
  find("more").hidden = some.length <= state.shown;
}

function showMore() {
  state.shown += SHOWN;
  drawJournal();
}

function clearFilters() {
  find("filters").reset();
  drawJournal();
}

function askForJournal() {
  if (!drawJournal.asked) requestAnimationFrame(drawJournal);
  drawJournal.asked = true;
}

function fact(list, name, value) {
  if (value != null && value !== "") list.append(element("dt", {}, name), element("dd", {}, String(value)));
}

function headerTable(headers) {
  const body = element("tbody");
  for (const [name, value] of headers || []) body.append(element("tr", {}, element("td", {}, name), element("td", { class: "mono" }, value)));
  return element("details", {}, element("summary", {}, `${(headers || []).length} headers`), element("table", { class: "headers" }, body));
}

function bodyBlock(body) {
  if (!body || (body.text === "" && !body.generated)) return element("p", { class: "sub" }, body?.unread ? "The body was not read." : "No body.");
  if (body.base64 != null) return element("div", {}, element("p", { class: "sub" }, "Bytes that are no text, as base64:"), pretty(body.base64));
  return pretty(body.text);
}

function part(title, headers, body) {
  const head = element("div", { class: "part-head" }, element("h2", {}, title));
  const block = element("section", { class: "part" }, head, headerTable(headers));
  let shown = bodyBlock(body);
  block.append(shown);
  if (body?.text) {
    const raw = element("button", { type: "button", "aria-pressed": "false", onclick: () => {
      const on = raw.getAttribute("aria-pressed") === "false";
      raw.setAttribute("aria-pressed", String(on));
      const fresh = on ? element("pre", { tabindex: "0" }, body.text) : bodyBlock(body);
      shown.replaceWith(fresh);
      shown = fresh;
    } }, "Raw");
    head.append(raw, element("button", { type: "button", onclick: () => tell(() => navigator.clipboard.writeText(body.text)) }, "Copy"));
  }
  return block;
}

function drawDetail({ entry, request, answer }) {
  const facts = element("dl", { class: "facts" });
  fact(facts, "Request", `${request.method} ${request.target}`);
  fact(facts, "Arrived", `${request.time.wall}, virtual ${duration(request.time.virtual_ms)}`);
  fact(facts, "Cache id", request.cache_id && `${request.cache_id}${request.replayed ? " (seen before)" : ""}`);
  fact(facts, "Fault", entry.fault);
  if (answer) fact(facts, "Ended", `${answer.end}${answer.executed ? ", the back end did its work" : ""}, ${answer.sent} bytes sent`);
  const findings = [...(request.findings || []), ...(answer?.findings || [])].filter((text, i, all) => all.indexOf(text) === i);
  const inside = element("div", { class: "inside" },
    element("div", { class: "title" }, element("h2", {}, `#${entry.seq} ${entry.kind}`), result(entry), element("span", { class: "sub" }, elapsed(entry.elapsed_us))), facts);
  if (findings.length) inside.append(element("ul", { class: "findings" }, ...findings.map((text) => element("li", {}, text))));
  inside.append(part("Request", request.headers, request.body));
  if (answer?.status) inside.append(part(`Answer ${answer.status}`, answer.headers, answer.body));
  else if (answer) inside.append(element("p", { class: "sub" }, "There was no answer."));
  find("detail").replaceChildren(inside);
}

async function chooseEntry(seq) {
  state.chosen = seq;
  for (const row of find("entries").children) row.setAttribute("aria-selected", String(Number(row.dataset.seq) === seq));
  const shown = await tell(() => getWorld(`/requests/${seq}`));
  if (shown && state.chosen === seq) drawDetail(shown);
}

/** A person's choice; where the list stands above the request, the request comes to them. */
async function openEntry(seq) {
  await chooseEntry(seq);
  if (getComputedStyle(find("journal")).gridTemplateColumns.split(" ").length === 1) find("detail").scrollIntoView();
}

/** Where the listing goes on; a server that was started anew begins anew. */
function takeEntries(answer) {
  if (answer.cursor < state.cursor) state.entries.clear();
  state.cursor = answer.cursor;
  for (const entry of answer.requests) state.entries.set(entry.seq, entry);
  if (!answer.requests.length) return;
  askForJournal();
  if (answer.requests.some((entry) => entry.seq === state.chosen)) chooseEntry(state.chosen);
  refreshSoon();
}

async function follow(signal) {
  while (!signal.aborted) {
    try {
      const wait = state.cursor ? 20000 : 0;
      takeEntries(await getWorld(`/requests?since=${state.cursor}&limit=1000&wait_ms=${wait}`, signal));
      showLive("live");
    } catch (error) {
      if (signal.aborted) return;
      showLive("lost");
      await new Promise((done) => { setTimeout(done, 1000); });
      await loadWorlds().catch(() => {});
    }
  }
}

function showLive(how) {
  if (find("live").dataset.state === how) return;
  find("live").dataset.state = how;
  find("live").textContent = how === "live" ? "live" : "lost";
}

// ---- the world ----

async function loadWorlds() {
  const { worlds } = await get("/worlds");
  const names = worlds.map((world) => world.name);
  if (!names.includes(state.world)) {
    const wanted = decodeURIComponent(location.hash.slice(1));
    state.world = names.includes(wanted) ? wanted : names[0] ?? null;
    state.cursor = 0;
  }
  find("world").replaceChildren(...names.map((name) => element("option", { selected: name === state.world }, name)));
}

function fillSelect(select, options, keep = []) {
  const before = select.value;
  select.replaceChildren(...keep, ...options.map(([value, text]) => element("option", { value }, text)));
  if ([...select.options].some((option) => option.value === before)) select.value = before;
}

async function loadSurvey() {
  state.survey = await ask({ ask: "survey" });
  find("now").textContent = duration(state.survey.clock_ms);
  find("base").textContent = state.survey.url;
  find("document").textContent = `${state.survey.url}/authService/100000002/appconfig`;
  const services = state.survey.services.map((service) => [service.name, service.name]);
  const filter = find("filters").elements.service;
  fillSelect(filter, services, [filter.options[0]]);
  fillSelect(find("fault").elements.service, services);
  fillFaults();
  drawGates();
  drawObjects();
}

function fillFaults() {
  const { kind, fault } = find("fault").elements;
  fillSelect(fault, state.survey.faults.filter((one) => one.kinds.includes(kind.value)).map((one) => [one.id, one.title]));
}

/** What is shown beside the journal is read again when something happened, not more often than twice a second. */
function refreshSoon() {
  if (refreshSoon.timer) return;
  refreshSoon.timer = setTimeout(async () => {
    refreshSoon.timer = null;
    await refresh().catch(() => {});
  }, 500);
}

async function refresh() {
  await loadSurvey();
  if (state.view === "rules") await loadRules();
  if (state.view === "misses") await loadMisses();
  if (state.view === "rows" && state.object) await loadRows();
}

// ---- services and rows ----

function drawObjects() {
  find("objects").replaceChildren(...state.survey.services.map((service) => {
    const marks = [service.offline ? null : "not offline", service.upload_cache ? "upload cache" : null].filter(Boolean).join(", ");
    return element("section", { class: "service" }, element("h2", {}, service.name), element("span", { class: "sub" }, marks),
      element("ul", {}, ...service.objects.map((object) => element("li", {}, element("button", {
        type: "button", "aria-current": String(state.object?.service === service.name && state.object?.name === object.name),
        onclick: () => chooseObject(service.name, object.name),
      }, element("span", {}, object.name), element("span", {}, String(object.rows)))))));
  }));
}

function modelOf({ service, name }) {
  return state.survey.services.find((one) => one.name === service)?.objects.find((one) => one.name === name);
}

async function chooseObject(service, name) {
  state.object = { service, name };
  state.offset = 0;
  find("search").value = "";
  find("search").disabled = find("add").disabled = false;
  drawObjects();
  await tell(loadRows);
}

function cell(value, field, model) {
  const classes = [field.datatype === "number" ? "number" : "", value === null ? "null" : "", model.key.includes(field.name) ? "mono" : ""];
  const text = value === null || value === undefined ? "null" : typeof value === "object" ? JSON.stringify(value) : String(value);
  return element("td", { class: classes.filter(Boolean).join(" ") || null, title: text.length > 40 ? text : null }, text);
}

/** Answers may come in another order than they were asked for: the last question counts. */
async function loadRows() {
  const { service, name } = state.object, model = modelOf(state.object), asked = loadRows.asked = (loadRows.asked ?? 0) + 1;
  if (!model) return;
  const { rows, total } = await ask({ ask: "rows", service, object: name, search: find("search").value, offset: state.offset, limit: PAGE });
  if (asked !== loadRows.asked) return;
  find("object-name").textContent = name;
  const head = element("tr", {}, ...model.fields.map((field) => element("th", { scope: "col", class: field.datatype === "number" ? "number" : null },
    model.key.includes(field.name) ? `${field.name} (key)` : field.name)));
  const body = rows.map((row) => {
    const open = () => edit(model, row);
    return element("tr", { class: "choice", tabindex: "0", onclick: open, onkeydown: (event) => { if (event.key === "Enter") open(); } },
      ...model.fields.map((field) => cell(row[field.name], field, model)));
  });
  find("grid").replaceChildren(element("thead", {}, head), element("tbody", {}, ...body));
  find("no-rows").hidden = rows.length > 0;
  find("no-rows").textContent = find("search").value ? "No row holds this text." : "This object has no rows.";
  find("rows-foot").textContent = total ? `${state.offset + 1} to ${state.offset + rows.length} of ${total} rows` : "";
  find("previous").disabled = state.offset === 0;
  find("next").disabled = state.offset + rows.length >= total;
}

// ---- one row ----

function input(field, value, id) {
  if (field.datatype === "boolean") {
    return element("select", { id }, ...["true", "false"].map((text) => element("option", { selected: String(value) === text }, text)));
  }
  const attributes = { id, autocomplete: "off", inputmode: field.datatype === "number" ? "decimal" : null, maxlength: field.datatype === "string" ? field.length : null };
  if (typeof value === "string" && /[\n\r]/.test(value)) return Object.assign(element("textarea", { ...attributes, rows: "3" }), { value });
  return Object.assign(element("input", attributes), { value: value ?? "" });
}

function editLine(field, model, row) {
  const id = `column-${field.name}`, value = row ? row[field.name] : undefined, isKey = model.key.includes(field.name);
  const control = input(field, value, id);
  const isNull = element("input", { type: "checkbox", "aria-label": `${field.name} is null` });
  isNull.checked = value === null || value === undefined;
  control.disabled = (row && isKey) || false;
  control.addEventListener("input", () => { isNull.checked = false; });
  isNull.addEventListener("change", () => { if (isNull.checked && field.datatype !== "boolean") control.value = ""; });
  const kinds = [field.datatype, isKey ? "key" : "", field.auto_generated ? "generated" : ""].filter(Boolean).join(", ");
  const line = element("div", { class: "edit" }, element("label", { for: id }, field.name, element("small", {}, kinds)), control,
    row && isKey ? element("span") : element("label", { class: "as-null" }, isNull, "null"));
  return { line, field, value: () => (isNull.checked ? null : field.datatype === "boolean" ? control.value === "true" : control.value), old: value, fixed: Boolean(row && isKey) };
}

function keyOf(model, row) {
  return Object.fromEntries(model.key.map((name) => [name, row[name]]));
}

/** `row` null: a new one. Only columns that were changed are sent. */
function edit(model, row) {
  const lines = model.fields.map((field) => editLine(field, model, row)), dialog = find("editor");
  const base = { service: state.object.service, object: state.object.name };
  const finish = async (question) => {
    try {
      await ask({ ...base, ...question });
      dialog.close();
      await refresh();
    } catch (error) {
      find("editor-error").textContent = error.message;
      find("editor-error").hidden = false;
    }
  };
  find("editor-title").textContent = row ? `${base.object} ${Object.values(keyOf(model, row)).join(", ")}` : `New row of ${base.object}`;
  find("editor-error").hidden = true;
  find("editor-fields").replaceChildren(...lines.map((one) => one.line));
  find("editor-delete").hidden = !row;
  find("editor-delete").onclick = () => {
    if (confirm("Delete this row? Clients are told with their next delta.")) finish({ ask: "delete", key: keyOf(model, row) });
  };
  find("editor-cancel").onclick = () => dialog.close();
  find("editor-form").onsubmit = (event) => {
    event.preventDefault();
    const changed = lines.filter((one) => !one.fixed && (row ? one.value() !== (one.old ?? null) : one.value() !== null)).map((one) => [one.field.name, one.value()]);
    const columns = Object.fromEntries(changed);
    if (row && changed.length === 0) dialog.close();
    else finish(row ? { ask: "update", key: keyOf(model, row), row: columns } : { ask: "insert", row: columns });
  };
  dialog.showModal();
}

// ---- rules and near misses ----

const conditionText = ({ service, kind, ...others } = {}) => [service, kind, ...Object.entries(others).map(([name, wanted]) =>
  `${name} ${typeof wanted === "object" ? JSON.stringify(wanted) : wanted}`)].filter(Boolean).join(", ");

/** A fault by its title; else what the rule says, without the kind and the number, which stand beside it. */
const ruleText = (rule) => state.survey.titles.find((one) => one.id === rule.id)?.title ?? rule.rule.replace(/^.*? rule \d+:? ?/, "");

function ruleRow(rule) {
  const on = !rule.lifted;
  const control = element("button", { type: "button", role: "switch", class: "switch", "aria-checked": String(on), "aria-label": `Rule ${rule.id}`,
    onclick: () => tell(async () => { await ask({ ask: "switch", rule: rule.id, on: !on }); await loadRules(); }) });
  return element("tr", { class: on ? null : "off" }, element("td", {}, control), element("td", { class: "number" }, String(rule.id)),
    element("td", {}, conditionText(rule.match)), element("td", {}, rule.text), element("td", { class: "number" }, String(rule.matched)),
    element("td", { class: "number" }, String(rule.fired), rule.idle ? element("div", { class: "warn" }, "changed nothing") : null,
      rule.misnamed ? element("div", { class: "warn", title: rule.misnamed }, "misnamed") : null));
}

function gateLine(gate) {
  const open = element("button", { type: "button", "aria-label": `Open the gate ${gate.name}`, disabled: gate.open,
    onclick: () => tell(async () => { await ask({ ask: "open", gate: gate.name }); await refresh(); }) }, "Open");
  return element("li", {}, element("span", {}, gate.name), element("span", { class: "sub" }, gate.open ? "open" : `${gate.held} held`), open);
}

function drawGates() {
  find("gates").hidden = state.survey.gates.length === 0;
  redraw(find("gate-list"), state.survey.gates, gateLine);
}

async function loadRules() {
  const { rules } = await getWorld("/rules");
  redraw(find("rule-list"), rules.map((rule) => ({ ...rule, text: ruleText(rule) })), ruleRow);
  find("no-rules").hidden = rules.length > 0;
}

function missText({ condition, expected, actual, why }) {
  const said = (value) => (value === undefined || value === null || JSON.stringify(value) === "{}" ? "nothing" : typeof value === "string" ? `"${value}"` : JSON.stringify(value));
  return why ? `${condition}: ${why}` : `${condition}: wanted ${said(expected)}, had ${said(actual)}`;
}

function missBlock(rule) {
  const nearest = (rule.nearest || []).map((miss) => element("li", {},
    element("button", { type: "button", class: "quiet", onclick: () => { show("journal"); openEntry(miss.seq); } }, `#${miss.seq}`), ` ${miss.request}`,
    element("ul", {}, ...miss.failed.map((failed) => element("li", {}, missText(failed))))));
  return element("div", { class: "miss" }, element("strong", {}, `Rule ${rule.id}: ${ruleText(rule)}`), element("span", { class: "sub" }, conditionText(rule.match)),
    rule.misnamed ? element("div", { class: "warn" }, rule.misnamed) : null,
    nearest.length ? element("ul", {}, ...nearest) : element("span", { class: "sub" }, "No request came near."));
}

async function loadMisses() {
  const { rules } = await getWorld("/near-misses");
  find("miss-list").replaceChildren(...rules.map(missBlock));
  find("no-misses").hidden = rules.length > 0;
}

// ---- views, theme, start ----

async function show(view) {
  state.view = view;
  for (const tab of document.querySelectorAll(".tab")) {
    if (tab.dataset.view === view) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  for (const section of document.querySelectorAll(".view")) section.hidden = section.id !== view;
  if (state.world) await tell(refresh);
}

const THEMES = { auto: "As the system", light: "Light", dark: "Dark" };

function applyTheme(theme) {
  const dark = theme === "dark" || (theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  find("theme").textContent = "\u25d0 " + theme[0].toUpperCase() + theme.slice(1);
  find("theme").setAttribute("aria-label", `Colours: ${THEMES[theme]}`);
  localStorage.setItem("theme", theme);
}

function nextTheme() {
  const names = Object.keys(THEMES), now = localStorage.getItem("theme") || "auto";
  applyTheme(names[(names.indexOf(now) + 1) % names.length]);
}

function openWorld() {
  state.poll?.abort();
  state.poll = new AbortController();
  Object.assign(state, { cursor: 0, chosen: null, object: null, shown: SHOWN });
  state.entries.clear();
  location.replace(`#${encodeURIComponent(state.world)}`);
  find("detail").replaceChildren(element("p", { class: "empty" }, "Select a request to see it."));
  drawJournal();
  if (!state.world) return;
  tell(refresh);
  follow(state.poll.signal);
}

function listen() {
  for (const tab of document.querySelectorAll(".tab")) tab.addEventListener("click", () => show(tab.dataset.view));
  find("theme").addEventListener("click", nextTheme);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => applyTheme(localStorage.getItem("theme") || "auto"));
  find("world").addEventListener("change", () => { state.world = find("world").value; openWorld(); });
  find("filters").addEventListener("input", drawJournal);
  find("more").addEventListener("click", showMore);
  find("clear").addEventListener("click", clearFilters);
  find("filters").addEventListener("submit", (event) => event.preventDefault());
  find("clock").addEventListener("submit", (event) => {
    event.preventDefault();
    tell(async () => { await ask({ ask: "advance", duration: find("duration").value.trim() }); await refresh(); });
  });
  find("search").addEventListener("input", () => { state.offset = 0; tell(loadRows); });
  find("add").addEventListener("click", () => edit(modelOf(state.object), null));
  find("previous").addEventListener("click", () => { state.offset = Math.max(0, state.offset - PAGE); tell(loadRows); });
  find("next").addEventListener("click", () => { state.offset += PAGE; tell(loadRows); });
  find("fault").elements.kind.addEventListener("change", fillFaults);
  find("fault").addEventListener("submit", (event) => {
    event.preventDefault();
    const { service, kind, fault, times } = find("fault").elements;
    tell(async () => {
      await ask({ ask: "fault", service: service.value, kind: kind.value, fault: fault.value, times: times.value ? Number(times.value) : undefined });
      await refresh();
    });
  });
}

async function start() {
  applyTheme(localStorage.getItem("theme") || "auto");
  listen();
  showLive("lost");
  await tell(loadWorlds);
  openWorld();
}

start();
