"use strict";
const byId = (id) => document.getElementById(id);
const ICONS = {
  ok: '<path d="M20 6 9 17l-5-5"/>',
  waiting: '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3 2"/>',
  bad: '<path d="M18 6 6 18M6 6l12 12"/>',
  busy: '<path d="M21 12a9 9 0 1 1-6.2-8.6"/>',
  still: '<path d="M6 12h12"/>',
  drawer: '<rect x="3" y="11" width="18" height="8" rx="1"/><path d="M5 11V6h14v5M10 15h4"/>',
};
const icon = (kind) => `<svg viewBox="0 0 24 24" aria-hidden="true">${ICONS[kind]}</svg>`;
const PAGE = 20;
const columns = new Map(); // name -> column, in the order of the printers
let switches = []; // what can go wrong, as the program lists it
let drawing = false;

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

function sign(element, kind, word, base, drawn = kind) {
  const now = `${kind} ${drawn} ${word}`;
  if (element.dataset.now === now) return;
  element.dataset.now = now;
  element.className = `${base} ${kind}`;
  element.innerHTML = icon(drawn);
  element.append(word);
}

const isOn = (value) => value !== false && value !== null;
const times = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

/** One word, one sign and one sentence for how a printer is. */
function condition({ faults, connected, held_bytes }) {
  const waits = held_bytes > 0 ? ` ${times(held_bytes, "byte")} wait and print by themselves then.` : "";
  if (faults.refuse) return ["bad", "Refuses", "Nobody gets a connection."];
  if (faults.never_read) return ["bad", "Takes nothing", "Connections open, their bytes are left lying."];
  if (faults.unrecoverable_error) return ["bad", "Broken", "Only a power cut ends this."];
  if (faults.cutter_error) return ["bad", "Cutter stuck", `It goes on when it is recovered.${waits}`];
  if (faults.paper_out) return ["waiting", "Out of paper", `It prints again once paper is in.${waits}`];
  if (faults.cover_open) return ["waiting", "Cover open", `It prints again once the cover is shut.${waits}`];
  const on = Object.values(faults).filter(isOn).length;
  if (on > 0) return ["waiting", "Faulty", `${times(on, "fault")} switched on.`];
  return connected ? ["busy", "Connected", "A sender is connected."] : ["ok", "Ready", "Nobody is connected."];
}

/** The lamps on its front: a name, a sign, a word each. */
function lamps({ faults, held_bytes, drawer_pulses, ipp }) {
  const offline = faults.paper_out || faults.cover_open || faults.cutter_error || faults.unrecoverable_error;
  const paper = faults.paper_out ? ["bad", "No paper"] : faults.near_end ? ["waiting", "Paper low"] : ["ok", "Paper in"];
  const error = faults.unrecoverable_error ? ["bad", "Broken"] : faults.cutter_error ? ["bad", "Cutter stuck"] : ["ok", "No error"];
  const drawer = faults.drawer_open ? `Drawer open, ${drawer_pulses}×` : drawer_pulses > 0 ? `Drawer opened ${drawer_pulses}×` : "Drawer shut";
  return [
    ["online", ...(faults.refuse ? ["bad", "Unreachable"] : offline ? ["waiting", "Offline"] : ["ok", "Online"])],
    ["paper", ...paper],
    ["cover", ...(faults.cover_open ? ["bad", "Cover open"] : ["ok", "Cover shut"])],
    ["error", ...error],
    ["data", ...(held_bytes > 0 ? ["busy", `${times(held_bytes, "byte")} wait`] : ["still", "Nothing waits"])],
    ...(ipp ? [] : [["drawer", faults.drawer_open ? "waiting" : drawer_pulses > 0 ? "busy" : "still", drawer, "drawer"]]),
  ];
}

/** One printer on the page. */
class Column {
  constructor(view) {
    this.name = view.name;
    this.receipts = []; // newest first
    this.fresh = [];
    this.shown = PAGE;
    this.drawer = view.drawer_pulses;
    this.element = byId("printer").content.firstElementChild.cloneNode(true);
    this.element.setAttribute("aria-label", view.name);
    this.find(".roll").setAttribute("aria-label", `Roll of ${view.name}`);
    this.find("h2").textContent = view.name;
    this.hand("paper").onclick = () => this.turn({ paper_out: !this.view.faults.paper_out });
    this.hand("power").onclick = () => this.post("power");
    this.hand("tear").onclick = () => this.post("tear");
    this.hand("faults").onclick = () => this.unfold();
    this.find(".more").onclick = () => { this.shown += PAGE; this.showRoll(); };
    this.makeSwitches(view.ipp ? "ipp" : "escpos");
    this.know(view);
    byId("board").append(this.element);
  }

  find(selector) { return this.element.querySelector(selector); }
  hand(name) { return this.find(`[data-hand=${name}]`); }

  async post(action, body) {
    try {
      const headers = { "content-type": "application/json" };
      this.know(await ask(`/api/printers/${encodeURIComponent(this.name)}/${action}`, { method: "POST", headers, body: JSON.stringify(body ?? {}) }));
    } catch (error) { trouble(error); }
  }

  turn(faults) { return this.post("faults", faults); }

  allWell() {
    return this.turn(Object.fromEntries(Object.entries(this.view.faults).map(([fault, value]) => [fault, typeof value === "boolean" ? false : null])));
  }

  unfold() {
    const folded = !this.find(".switches").hidden;
    this.find(".switches").hidden = folded;
    this.hand("faults").setAttribute("aria-expanded", String(!folded));
  }

  makeSwitches(kind) {
    const panel = this.find(".switches");
    const mine = switches.filter(({ of }) => of === "all" || of === kind);
    for (const group of new Set(mine.map(({ group }) => group))) {
      panel.appendChild(document.createElement("h3")).textContent = group;
      for (const each of mine.filter((each) => each.group === group)) panel.append(this.makeSwitch(each));
    }
    const well = panel.appendChild(document.createElement("button"));
    well.className = "button";
    well.style.marginTop = "12px";
    well.textContent = "All well";
    well.onclick = () => this.allWell();
  }

  makeSwitch({ name, words, says, first, unit }) {
    const row = document.createElement("div");
    row.className = "switch";
    row.dataset.fault = name;
    row.title = says;
    const button = row.appendChild(document.createElement("button"));
    button.setAttribute("role", "switch");
    button.textContent = words;
    if (unit === undefined) {
      button.onclick = () => this.turn({ [name]: button.getAttribute("aria-checked") !== "true" });
      return row;
    }
    const input = row.appendChild(document.createElement("input"));
    Object.assign(input, { type: "number", min: 0, value: first });
    input.setAttribute("aria-label", `${words}: ${unit}`);
    const label = row.appendChild(document.createElement("span"));
    label.className = "unit";
    label.textContent = unit;
    button.onclick = () => this.turn({ [name]: button.getAttribute("aria-checked") === "true" ? null : Number(input.value) });
    input.onchange = () => { if (button.getAttribute("aria-checked") === "true") this.turn({ [name]: Number(input.value) }); };
    return row;
  }

  know(view) {
    this.view = view;
    const [kind, word, sentence] = condition(view);
    sign(this.find(".title .chip"), kind, word, "chip");
    this.find(".sentence").textContent = sentence;
    this.find(".where code").textContent = view.ipp ?? view.address;
    this.find(".paper-width").textContent = view.dots === 384 ? "58 mm" : view.dots === 576 ? "80 mm" : `${view.dots} dots`;
    for (const [name, ...how] of lamps(view)) {
      let lamp = this.find(`[data-lamp=${name}]`);
      if (!lamp) {
        lamp = this.find(".lamps").appendChild(document.createElement("li"));
        lamp.dataset.lamp = name;
      }
      sign(lamp, how[0], how[1], "", how[2]);
    }
    if (view.drawer_pulses > this.drawer) {
      const lamp = this.find("[data-lamp=drawer]");
      lamp?.classList.remove("flash");
      void lamp?.offsetWidth;
      lamp?.classList.add("flash");
    }
    this.drawer = view.drawer_pulses;
    this.hand("paper").textContent = view.faults.paper_out ? "Put paper in" : "Take paper out";
    this.hand("tear").disabled = !view.paper_hangs_out;
    this.find(".stub").hidden = !view.paper_hangs_out;
    const on = Object.values(view.faults).filter(isOn).length;
    this.hand("faults").textContent = "Faults";
    if (on > 0) {
      const number = this.hand("faults").appendChild(document.createElement("span"));
      number.className = "number";
      number.textContent = on;
    }
    for (const row of this.element.querySelectorAll(".switch")) {
      const value = view.faults[row.dataset.fault];
      row.querySelector("button").setAttribute("aria-checked", String(isOn(value)));
      const input = row.querySelector("input");
      if (input && typeof value === "number" && document.activeElement !== input) input.value = value;
    }
    const [host, port] = [view.address.replace(/:\d+$/, ""), view.address.split(":").pop()];
    this.find(".empty code").textContent = view.ipp
      ? `ipptool -tf page.pwg ${view.ipp} print-job.test`
      : view.address.includes("/") ? `printf 'Hello\\n\\n\\n\\035V\\000' > ${view.address}` : `printf 'Hello\\n\\n\\n\\035V\\000' | nc -N ${host} ${port}`;
    this.element.hidden = false;
  }

  /** A receipt that came out just now; drawn with the next picture of the page. */
  came(receipt) {
    if (receipt.number <= (this.fresh[0] ?? this.receipts[0] ?? { number: 0 }).number) return;
    this.fresh.unshift(receipt);
    if (drawing) return;
    drawing = true;
    setTimeout(() => {
      drawing = false;
      for (const column of columns.values()) column.showFresh();
      sum();
    }, 100);
  }

  showFresh() {
    if (this.fresh.length === 0) return;
    const roll = this.element;
    const before = roll.scrollHeight;
    this.receipts = [...this.fresh, ...this.receipts].slice(0, 1000);
    this.find(".papers").prepend(...this.fresh.slice(0, this.shown).map((receipt) => sheet(receipt, true)));
    this.fresh = [];
    while (this.find(".papers").children.length > this.shown) this.find(".papers").lastChild.remove();
    // Who has scrolled down keeps what they look at where it is.
    if (roll.scrollTop > 40) roll.scrollTop += roll.scrollHeight - before;
    this.showEdges();
  }

  showRoll() {
    this.find(".papers").replaceChildren(...this.receipts.slice(0, this.shown).map((receipt) => sheet(receipt, false)));
    this.showEdges();
  }

  showEdges() {
    this.find(".empty").hidden = this.receipts.length > 0;
    this.find(".more").hidden = this.receipts.length <= this.shown;
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
  for (const [ending, word] of [["txt", "text"], [receipt.ending, times(receipt.bytes, "byte")]]) {
    const link = caption.appendChild(document.createElement("a"));
    link.href = `${base}.${ending}`;
    link.textContent = word;
    if (ending !== "txt") link.download = `${receipt.printer}-${receipt.number}.${ending}`;
  }
  if (receipt.job) {
    const job = caption.appendChild(document.createElement("span"));
    job.className = "job";
    job.textContent = `Job ${receipt.job.id}: ${receipt.job.name}, from ${receipt.job.user}`;
  }
  const chip = (kind, word, drawn) => sign(caption.appendChild(document.createElement("span")), kind, word, "chip", drawn);
  if (!receipt.finished) chip("bad", "Torn: not cut");
  if (receipt.drawer_pulses) chip("busy", "Drawer opened", "drawer");
  if (receipt.notes.length) {
    const details = caption.appendChild(document.createElement("details"));
    details.innerHTML = "<summary></summary><ul></ul>";
    details.firstChild.textContent = receipt.notes.length === 1 ? "1 thing was strange" : `${receipt.notes.length} things were strange`;
    for (const note of receipt.notes) details.lastChild.appendChild(document.createElement("li")).textContent = note;
  }
  return figure;
}

function sum() {
  const receipts = [...columns.values()].reduce((sum, { receipts }) => sum + receipts.length, 0);
  byId("sum").textContent = `${times(columns.size, "printer")}, ${times(receipts, "receipt")}`;
}

async function loadAll() {
  if (switches.length === 0) switches = await ask("/api/faults");
  for (const view of await ask("/api/printers")) {
    const column = columns.get(view.name) ?? new Column(view);
    columns.set(view.name, column);
    column.know(view);
    column.receipts = (await ask(`/api/printers/${encodeURIComponent(view.name)}/receipts`)).reverse();
    column.fresh = [];
    column.showRoll();
  }
  sum();
  const wanted = columns.get(decodeURIComponent(location.hash.slice(1)));
  if (wanted && !loadAll.before) wanted.element.scrollIntoView({ inline: "center" });
  loadAll.before = true;
}

const live = (kind, word) => sign(byId("live"), kind, word, "chip");

live("waiting", "Connecting");
const events = new EventSource("/events");
events.onopen = () => loadAll().then(() => live("ok", "Live"), trouble);
events.onerror = () => live("bad", "Not connected");
events.addEventListener("printer", (event) => { const view = JSON.parse(event.data); columns.get(view.name)?.know(view); });
events.addEventListener("receipt", (event) => { const receipt = JSON.parse(event.data); columns.get(receipt.printer)?.came(receipt); });
events.addEventListener("again", () => loadAll().catch(trouble));
