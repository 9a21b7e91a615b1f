"use strict";
const byId = (id) => document.getElementById(id);
const ICONS = {
  ok: '<path d="M20 6 9 17l-5-5"/>',
  waiting: '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3 2"/>',
  bad: '<path d="M18 6 6 18M6 6l12 12"/>',
  drawer: '<rect x="3" y="11" width="18" height="8" rx="1"/><path d="M5 11V6h14v5M10 15h4"/>',
  busy: '<path d="M21 12a9 9 0 1 1-6.2-8.6"/>',
};
const icon = (kind) => `<svg viewBox="0 0 24 24" aria-hidden="true">${ICONS[kind]}</svg>`;

// Each switch: its name on the wire, its words, and for numbers a first value and a unit.
const GROUPS = [
  ["Paper", [
    ["paper_out_after_lines", "Ends after", 5, "lines"],
    ["near_end", "Roll nearly used up"],
    ["cover_open", "Cover open"],
  ]],
  ["Connection", [
    ["refuse", "Refuses connections"],
    ["never_read", "Connects, takes nothing"],
    ["bytes_per_second", "Slow", 200, "byte/s"],
    ["reset_once_after_bytes", "Resets once", 100, "bytes"],
    ["reset_after_bytes", "Resets each", 100, "bytes"],
  ]],
  ["Answers", [
    ["no_status", "No status"],
    ["automatic_status", "Status unasked"],
    ["no_confirmation", "No confirmation"],
    ["late_confirmation_ms", "Confirms late", 3000, "ms"],
    ["wrong_confirmation", "Wrong confirmation"],
    ["garbage_answers", "Nonsense"],
  ]],
];
const PAGE = 40;
const printers = new Map(); // name -> { view, receipts (newest first), shown }
let chosen = decodeURIComponent(location.hash.slice(1));

/** One word, one sign and one sentence for how a printer is. */
function condition(view) {
  const faults = view.faults;
  const waits = view.held_bytes > 0 ? ` ${view.held_bytes} bytes wait and print by themselves then.` : "";
  if (faults.refuse) return ["bad", "Refuses", "Nobody gets a connection."];
  if (faults.never_read) return ["bad", "Takes nothing", "Connections open, their bytes are left lying."];
  if (faults.paper_out) return ["waiting", "Out of paper", `It prints again once paper is in.${waits}`];
  if (faults.cover_open) return ["waiting", "Cover open", `It prints again once the cover is closed.${waits}`];
  if (Object.values(faults).some((fault) => fault !== false && fault !== null)) return ["waiting", "Faulty", "Some switches are on."];
  return view.connected ? ["busy", "Connected", ""] : ["ok", "Ready", ""];
}

async function ask(path, options) {
  const answer = await fetch(path, options);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.message ?? `The printer said ${answer.status}.`);
  return body;
}

function trouble(error) {
  byId("trouble").textContent = error.message;
  byId("trouble").hidden = false;
  clearTimeout(trouble.timer);
  trouble.timer = setTimeout(() => { byId("trouble").hidden = true; }, 6000);
}

const address = (action) => `/api/printers/${encodeURIComponent(chosen)}/${action}`;
async function post(action, body) {
  try {
    const headers = { "content-type": "application/json" };
    know(await ask(address(action), { method: "POST", headers, body: JSON.stringify(body ?? {}) }));
  } catch (error) { trouble(error); }
}

function know(view) {
  const known = printers.get(view.name);
  if (known) known.view = view;
  else printers.set(view.name, { view, receipts: [], shown: PAGE });
  showTabs();
  if (view.name === chosen) showState();
}

function showTabs() {
  for (const [name, { view, receipts }] of printers) {
    let tab = [...byId("tabs").children].find((tab) => tab.dataset.name === name);
    if (!tab) {
      tab = byId("tabs").appendChild(document.createElement("button"));
      tab.dataset.name = name;
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", "panel");
      tab.innerHTML = '<span class="mark"></span><span class="word"></span><span class="count"></span>';
      tab.querySelector(".word").textContent = name;
      tab.onclick = () => choose(name);
    }
    const [kind, word] = condition(view);
    const mark = tab.querySelector(".mark");
    if (mark.dataset.kind !== kind) mark.innerHTML = icon(kind);
    mark.dataset.kind = kind;
    mark.className = `mark ${kind}`;
    tab.title = word;
    tab.querySelector(".count").textContent = receipts.length || "";
    tab.setAttribute("aria-selected", String(name === chosen));
    tab.tabIndex = name === chosen ? 0 : -1;
  }
}

byId("tabs").onkeydown = (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const names = [...printers.keys()];
  choose(names[(names.indexOf(chosen) + step + names.length) % names.length]);
  byId("tabs").querySelector("[aria-selected=true]").focus();
};

function choose(name) {
  chosen = name;
  history.replaceState(null, "", `#${encodeURIComponent(name)}`);
  showTabs();
  showState();
  showRoll();
}

function showState() {
  const { view } = printers.get(chosen);
  const [kind, word, sentence] = condition(view);
  byId("name").textContent = view.name;
  byId("sign").className = `chip ${kind}`;
  byId("sign").innerHTML = icon(kind);
  byId("sign").append(word);
  const width = view.dots === 384 ? "58 mm" : view.dots === 576 ? "80 mm" : `${view.dots} dots`;
  const drawer = view.drawer_pulses ? ` · drawer opened ${view.drawer_pulses}×` : "";
  byId("facts").textContent = `${sentence ? `${sentence} ` : ""}${view.address} · ${width} paper · ${view.connections} ${view.connections === 1 ? "connection" : "connections"}${drawer}`;
  byId("paper").textContent = view.faults.paper_out ? "Put paper in" : "Take the paper out";
  for (const row of byId("switches").querySelectorAll(".switch")) {
    const value = view.faults[row.dataset.fault];
    row.querySelector("button").setAttribute("aria-checked", String(value !== false && value !== null));
    const input = row.querySelector("input");
    if (input && typeof value === "number" && document.activeElement !== input) input.value = value;
  }
}

function sheet(receipt, isNew) {
  const figure = document.createElement("figure");
  figure.className = `receipt${receipt.finished ? "" : " unfinished"}${receipt.width <= 400 ? " narrow" : ""}${isNew ? " new" : ""}`;
  figure.dataset.number = receipt.number;
  const base = `/roll/${encodeURIComponent(receipt.printer)}/${receipt.number}`;
  figure.innerHTML = '<span class="sheet"><span class="torn"><img decoding="async" loading="lazy"></span></span><figcaption><strong></strong><time></time></figcaption>';
  const image = figure.querySelector("img");
  image.width = receipt.width;
  image.height = receipt.height;
  image.alt = receipt.text;
  image.src = `${base}.png`;
  const caption = figure.querySelector("figcaption");
  caption.querySelector("strong").textContent = receipt.number;
  const time = caption.querySelector("time");
  time.dateTime = receipt.at;
  time.textContent = new Date(receipt.at).toLocaleTimeString();
  for (const [ending, word] of [["txt", "text"], ["bin", `${receipt.bytes} bytes`]]) {
    const link = caption.appendChild(document.createElement("a"));
    link.href = `${base}.${ending}`;
    link.textContent = word;
    if (ending === "bin") link.download = `${receipt.printer}-${receipt.number}.bin`;
  }
  const chip = (kind, word, sign = kind) => {
    const made = caption.appendChild(document.createElement("span"));
    made.className = `chip ${kind}`;
    made.innerHTML = icon(sign);
    made.append(word);
  };
  if (!receipt.finished) chip("bad", "Not cut: unfinished");
  if (receipt.drawer_pulses) chip("busy", "Drawer opened", "drawer");
  if (receipt.notes.length) {
    const details = caption.appendChild(document.createElement("details"));
    details.innerHTML = "<summary></summary><ul></ul>";
    details.firstChild.textContent = receipt.notes.length === 1 ? "1 thing was strange" : `${receipt.notes.length} things were strange`;
    for (const note of receipt.notes) details.lastChild.appendChild(document.createElement("li")).textContent = note;
  }
  return figure;
}

function showRoll() {
  const known = printers.get(chosen);
  byId("papers").replaceChildren(...known.receipts.slice(0, known.shown).map((receipt) => sheet(receipt, false)));
  showEdges(known);
}

function showEdges(known) {
  byId("empty").hidden = known.receipts.length > 0;
  byId("more").hidden = known.receipts.length <= known.shown;
  const [host, port] = [known.view.address.replace(/:\d+$/, ""), known.view.address.split(":").pop()];
  byId("where").textContent = known.view.address;
  byId("example").textContent = `printf 'Hello\\n\\n\\n\\035V\\000' | nc -N ${host} ${port}`;
}

function came(receipt) {
  const known = printers.get(receipt.printer);
  if (!known || known.receipts.some(({ number }) => number === receipt.number)) return;
  known.receipts.unshift(receipt);
  showTabs();
  if (receipt.printer !== chosen) return;
  // Who has scrolled down keeps what they look at where it is.
  const before = document.documentElement.scrollHeight;
  byId("papers").prepend(sheet(receipt, true));
  while (byId("papers").children.length > known.shown) byId("papers").lastChild.remove();
  if (window.scrollY > 40) window.scrollBy(0, document.documentElement.scrollHeight - before);
  showEdges(known);
}

async function loadAll() {
  const views = await ask("/api/printers");
  for (const view of views) {
    know(view);
    printers.get(view.name).receipts = (await ask(`/api/printers/${encodeURIComponent(view.name)}/receipts`)).reverse();
  }
  choose(printers.has(chosen) ? chosen : views[0].name);
}

function live(kind, word) {
  byId("live").className = `chip ${kind}`;
  byId("live").innerHTML = icon(kind);
  byId("live").append(word);
}

function makeSwitches() {
  for (const [title, faults] of GROUPS) {
    byId("switches").appendChild(document.createElement("h3")).textContent = title;
    for (const [fault, words, first, unit] of faults) {
      const row = byId("switches").appendChild(document.createElement("div"));
      row.className = "switch";
      row.dataset.fault = fault;
      const button = row.appendChild(document.createElement("button"));
      button.setAttribute("role", "switch");
      button.textContent = words;
      let input = null;
      if (unit) {
        input = row.appendChild(document.createElement("input"));
        Object.assign(input, { type: "number", min: 0, value: first });
        input.setAttribute("aria-label", `${words}: ${unit}`);
        const label = row.appendChild(document.createElement("span"));
        label.className = "unit";
        label.textContent = unit;
        input.onchange = () => { if (button.getAttribute("aria-checked") === "true") post("faults", { [fault]: Number(input.value) }); };
      }
      button.onclick = () => {
        const on = button.getAttribute("aria-checked") !== "true";
        post("faults", { [fault]: input ? (on ? Number(input.value) : null) : on });
      };
    }
  }
}

makeSwitches();
byId("paper").onclick = () => post("faults", { paper_out: !printers.get(chosen).view.faults.paper_out });
byId("power").onclick = () => post("power");
byId("well").onclick = () => post("faults", Object.fromEntries(Object.entries(printers.get(chosen).view.faults).map(([fault, value]) => [fault, typeof value === "boolean" ? false : null])));
byId("more").onclick = () => { printers.get(chosen).shown += PAGE; showRoll(); };
live("waiting", "Connecting");
const events = new EventSource("/events");
events.onopen = () => loadAll().then(() => live("ok", "Live"), trouble);
events.onerror = () => live("bad", "Not connected");
events.addEventListener("printer", (event) => know(JSON.parse(event.data)));
events.addEventListener("receipt", (event) => came(JSON.parse(event.data)));
events.addEventListener("again", () => loadAll().catch(trouble));
