/** The page: a text becomes speech. */

import * as api from "./api.js";
import { languageName } from "./languages.js";
import { Messages } from "./messages.js";
import { Player } from "./player.js";
import { connectTransport } from "./transport.js";
import { connectVoices, showVoices } from "./voices.js";
import { Words } from "./words.js";

const element = (id) => document.getElementById(id);
const form = element("speech-form");
const keyForm = element("key-form");
const input = element("input");
const messages = new Messages(form);
const keyMessages = new Messages(keyForm);
const player = new Player(api.RATE);
const words = new Words(element("words"), (start) => player.play(start));
const transport = connectTransport(player, api.RATE, comment);

let model = null;
let asking = new AbortController();

async function open() {
  try {
    model = await api.model();
    await showVoices();
  } catch (error) {
    fail(error);
    return;
  }
  keyForm.hidden = true;
  element("model").textContent = `Model ${model.id}, step ${model.step}`;
  fill(element("language"), model.languages, languageName);
  fill(element("emotion"), model.emotions, (emotion) => emotion);
  element("emotions").hidden = !model.emotions.length;
  count();
}

/** Shows what went wrong; where a key is needed, that is a field for it. */
function fail(error) {
  if (error.status !== 401) {
    messages.fail(error);
    return;
  }
  const tried = !keyForm.hidden;
  keyForm.hidden = false;
  element("key").focus();
  if (tried) keyMessages.fail(error);
}

function fill(select, values, name) {
  const [first] = select.options;
  select.replaceChildren(first, ...values.map((value) => new Option(name(value), value)));
}

function comment() {
  const day = new Date().toISOString().slice(0, 10);
  return `Synthetic speech, spoken by xtts_jax and not by a person. ${day}.`;
}

async function speak() {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  begin();
  try {
    const notices = await receive(signal);
    messages.say(["Spoken.", ...notices].join(" "));
  } catch (error) {
    if (signal.aborted) return;
    fail(error);
  }
  end();
}

function begin() {
  player.restart();
  words.restart(input.value, element("language").value);
  transport.withdraw();
  element("cancel").hidden = false;
  messages.say("Speaking…");
}

/** Plays what comes; returns what was left out. */
async function receive(signal) {
  const numbers = { speed: element("speed").valueAsNumber, pitch: element("pitch").valueAsNumber };
  const request = { ...Object.fromEntries(new FormData(form)), ...numbers };
  let told = [];
  for await (const { samples, words: more, notices } of api.speak(request, signal)) {
    element("speech").hidden = false;
    told = notices;
    if (!samples.length) continue; // the last part has notices alone
    player.add(samples);
    words.add(more);
    transport.draw();
  }
  return told;
}

function end() {
  element("cancel").hidden = true;
  player.finish();
  words.finish();
  if (player.duration) transport.offer();
  else {
    element("speech").hidden = true;
    player.pause();
  }
}

function cancel() {
  asking.abort();
  messages.say("Canceled.");
  end();
  player.pause();
}

function count() {
  element("count").textContent = `${input.value.length} of ${model?.most_characters ?? "…"} characters`;
}

function showValue(slider) {
  const text = `${slider.valueAsNumber}${slider.dataset.unit}`;
  slider.labels[0].querySelector("span").textContent = text;
  slider.setAttribute("aria-valuetext", text);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  speak();
});
keyForm.addEventListener("submit", (event) => {
  event.preventDefault();
  api.useKey(element("key").value.trim());
  open();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
input.addEventListener("input", count);
element("language").addEventListener("change", ({ target }) => (input.lang = target.value));
element("cancel").addEventListener("click", cancel);
player.addEventListener("time", () => words.mark(player.ended ? null : player.time));
for (const slider of [element("speed"), element("pitch")]) {
  slider.addEventListener("input", () => showValue(slider));
  showValue(slider);
}
connectVoices();
open();
