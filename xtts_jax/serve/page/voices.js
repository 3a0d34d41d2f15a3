/** The voices: chosen, added from a file or the microphone, and deleted. */

import * as api from "./api.js";
import { languageName } from "./languages.js";
import { Messages } from "./messages.js";
import { Recorder, readable } from "./recorder.js";

const LONGEST_S = 30; // of a recording made here
const OWN = { id: "default", name: "The model's own", kind: "speaker" };

const element = (id) => document.getElementById(id);
const form = element("voice-form");
const messages = new Messages(form);
const select = element("voice");
const record = element("record");

let recording = null; // the file that becomes a voice
let recorder = null; // while it records

/** Lists the voices anew, with the one chosen that has this id. */
export async function showVoices(chosen = select.value || OWN.id) {
  select.replaceChildren(...[OWN, ...(await api.voices())].map(optionOf));
  select.value = chosen;
  if (!select.value) select.value = OWN.id;
  showDelete();
}

export function connectVoices() {
  select.addEventListener("change", showDelete);
  element("delete-voice").addEventListener("click", listener(deleteChosen));
  element("file").addEventListener("change", listener(choose));
  record.addEventListener("click", listener(() => (recorder ? stop() : start())));
  const adding = listener(add);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    adding();
  });
}

function optionOf({ id, name, kind, languages = [] }) {
  const spoken = languages.map(languageName).join(", ");
  const option = new Option(`${name || "Without a name"}${spoken && ` (${spoken})`}`, id);
  option.dataset.kind = kind;
  return option;
}

function showDelete() {
  element("delete-voice").hidden = select.selectedOptions[0].dataset.kind !== "uploaded";
}

/** Does not begin anew before it has ended, and shows its errors. */
function listener(action) {
  let busy = false;
  return async () => {
    if (busy) return;
    busy = true;
    try {
      await action();
    } catch (error) {
      messages.fail(error);
    } finally {
      busy = false;
    }
  };
}

async function deleteChosen() {
  await api.deleteVoice(select.value);
  await showVoices(OWN.id);
  select.focus();
}

async function choose() {
  const [file] = element("file").files;
  if (file) keep(await readable(file), file.name.replace(/\.[^.]*$/, ""));
}

async function start() {
  const starting = new Recorder();
  await starting.start(heard);
  recorder = starting;
  record.textContent = "Stop";
  element("level").hidden = false;
  messages.say("Recording. Speak as you would to a friend.");
}

function heard(level, seconds) {
  element("level").value = level;
  element("recorded").textContent = `${seconds.toFixed(0)} s`;
  if (recorder && seconds >= LONGEST_S) stop();
}

async function stop() {
  const file = recorder.stop();
  recorder = null;
  record.textContent = "Record again";
  element("level").hidden = true;
  element("file").value = "";
  keep(file, "My voice");
  messages.say("Recorded. Listen to it, and make a voice of it.");
}

function keep(file, name) {
  recording = file;
  const listen = element("listen");
  URL.revokeObjectURL(listen.src);
  listen.src = URL.createObjectURL(file);
  listen.hidden = false;
  element("name").value ||= name;
}

async function add() {
  if (!recording) throw new api.Refusal("Choose a file or record your voice first.", { param: "file" });
  messages.say("A voice is being made…");
  const sent = new FormData(form);
  sent.set("file", recording, "recording");
  const made = await api.addVoice(sent);
  await showVoices(made.id);
  messages.say(["The voice is there, and chosen.", ...made.notices, made.consent].join(" "));
  element("name").value = "";
}
