/** Recordings as WAV: from the microphone, or from a file of a kind that the server does not read. */

import { wavOf } from "./wav.js";

const READ_BY_SERVER = /\.(wav|flac|ogg|oga|opus|mp3)$/i;
const RATE = 48000; // Hz of what is decoded here
const AS_IT_IS = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };

export class Recorder {
  #context;
  #stream;
  #blocks = [];

  /** heard: is called with the loudest sample of each moment, 0 to 1, and the seconds so far. */
  async start(heard) {
    this.#stream = await microphone();
    this.#context = new AudioContext();
    await this.#context.audioWorklet.addModule("tap.js");
    const tap = new AudioWorkletNode(this.#context, "tap");
    let samples = 0;
    tap.port.onmessage = ({ data }) => {
      this.#blocks.push(data);
      samples += data.length;
      heard(Math.max(...data.map(Math.abs)), samples / this.#context.sampleRate);
    };
    this.#context.createMediaStreamSource(this.#stream).connect(tap).connect(this.#context.destination);
  }

  /** The recording as a WAV file. */
  stop() {
    for (const track of this.#stream.getTracks()) track.stop();
    const rate = this.#context.sampleRate;
    this.#context.close();
    const samples = new Float32Array(this.#blocks.reduce((sum, block) => sum + block.length, 0));
    this.#blocks.reduce((at, block) => (samples.set(block, at), at + block.length), 0);
    return wavOf(samples, rate);
  }
}

/** The file itself if the server reads it or this browser does not; else a WAV of it. */
export async function readable(file) {
  if (READ_BY_SERVER.test(file.name)) return file;
  try {
    const decoded = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await file.arrayBuffer());
    return wavOf(decoded.getChannelData(0), RATE);
  } catch {
    return file;
  }
}

async function microphone() {
  if (!navigator.mediaDevices) {
    throw new Error("Browsers let only pages record that come by https or from localhost. Choose a file instead.");
  }
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: AS_IT_IS });
  } catch (error) {
    const why = error.name === "NotAllowedError" ? "this page may not use it" : "none was found";
    throw new Error(`The microphone cannot be used: ${why}. See the browser's settings, or choose a file instead.`);
  }
}
