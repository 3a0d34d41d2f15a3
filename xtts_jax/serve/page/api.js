/** The server's interface. What it refuses is thrown as a `Refusal`. */

export const RATE = 24000; // Hz of the samples it sends

const KEY = "xtts-jax API key";
const UNREACHABLE = "The server cannot be reached. See whether it is still running, and try again.";
const BROKEN_OFF = "The server broke off before everything was spoken. Its log may say why; try again.";

export class Refusal extends Error {
  /** param: the field of the request that is wrong, where it is one. */
  constructor(message, { param = null, status = 0 } = {}) {
    super(message);
    Object.assign(this, { param, status });
  }
}

export function useKey(key) {
  sessionStorage.setItem(KEY, key);
}

export async function model() {
  return (await json("v1/models")).data[0];
}

export async function voices() {
  return (await json("v1/voices")).data;
}

export function addVoice(form) {
  return json("v1/voices", { method: "POST", body: form });
}

export function deleteVoice(id) {
  return json(`v1/voices/${encodeURIComponent(id)}`, { method: "DELETE" });
}

/** Yields the speech part by part: its samples, its words with their times, and what was left out. */
export async function* speak(request, signal) {
  const how = { response_format: "pcm", stream_format: "sse", timestamps: true };
  const body = JSON.stringify({ ...request, ...how });
  const headers = { "Content-Type": "application/json" };
  const response = await ask("v1/audio/speech", { method: "POST", headers, body, signal });
  for await (const { type, error, audio = "", words = [], notices = [] } of events(response.body)) {
    if (type === "error") throw new Refusal(error.message, error);
    yield { samples: samplesOf(audio), words, notices };
    if (type === "speech.audio.done") return;
  }
  throw new Refusal(BROKEN_OFF);
}

async function json(path, options) {
  return (await ask(path, options)).json();
}

async function ask(path, { headers = {}, ...options } = {}) {
  const key = sessionStorage.getItem(KEY);
  const sent = key ? { ...headers, Authorization: `Bearer ${key}` } : headers;
  const response = await reached(fetch(path, { headers: sent, ...options }), UNREACHABLE);
  if (response.ok) return response;
  const { error } = await response.json().catch(() => ({ error: { message: `${UNREACHABLE} (${response.status})` } }));
  throw new Refusal(error.message, { param: error.param, status: response.status });
}

async function reached(promise, message) {
  try {
    return await promise;
  } catch (error) {
    throw error.name === "AbortError" ? error : new Refusal(message);
  }
}

/** The JSON of server-sent events. */
async function* events(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reached(reader.read(), BROKEN_OFF);
    if (done) return;
    const blocks = (text + value).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) yield JSON.parse(block.replace(/^data: /, ""));
  }
}

/** Little-endian 16-bit samples in base64 as numbers from -1 to 1. */
function samplesOf(base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 2 }, (_, i) => view.getInt16(2 * i, true) / 32768);
}
