/** Plays speech while it is still arriving, from any second of it. */

const LEAD_S = 0.05; // from scheduling a sound until it begins

export class Player extends EventTarget {
  #rate;
  #context;
  #sources = [];
  #origin = 0; // when the beginning of the speech is or would have been heard, by the context's clock
  #rest = 0; // seconds into the speech, while it does not play
  #frame = 0;

  samples = new Float32Array();
  playing = false;
  complete = false;

  /** Sends `change` when it starts, stops or gets more samples, and `time` while it plays. */
  constructor(rate) {
    super();
    this.#rate = rate;
  }

  get duration() {
    return this.samples.length / this.#rate;
  }

  get time() {
    if (!this.playing) return this.#rest;
    return Math.min(Math.max(this.#context.currentTime - this.#origin, this.#rest), this.duration);
  }

  get ended() {
    return this.complete && this.time >= this.duration;
  }

  /** Forgets what it had, and plays what is added. To be called for a click: browsers play nothing else. */
  restart() {
    this.pause();
    this.samples = new Float32Array();
    this.complete = false;
    this.play(0);
  }

  add(samples) {
    const first = this.samples.length;
    const all = new Float32Array(first + samples.length);
    all.set(this.samples);
    all.set(samples, first);
    this.samples = all;
    if (this.playing) this.#schedule(first);
    this.#tell("change");
  }

  /** No more samples will come. */
  finish() {
    this.complete = true;
    this.#tell("change");
  }

  play(from = this.time < this.duration ? this.time : 0) {
    this.#silence();
    this.#context ??= newContext(this.#rate);
    this.#context.resume();
    this.#rest = from;
    this.#origin = -Infinity;
    this.playing = true;
    this.#schedule(Math.round(from * this.#rate));
    this.#tell("change");
    this.#follow();
  }

  pause() {
    this.#rest = this.time;
    this.playing = false;
    this.#silence();
    this.#tell("change");
  }

  /** Without starting or stopping. */
  seek(time) {
    if (this.playing) this.play(time);
    else this.#rest = time;
    this.#tell("time");
  }

  #schedule(first) {
    const samples = this.samples.subarray(first);
    if (!samples.length) return;
    const start = first / this.#rate;
    // What comes too late is not cut, but heard later, and all that follows as well.
    this.#origin = Math.max(this.#origin, this.#context.currentTime + LEAD_S - start);
    const buffer = this.#context.createBuffer(1, samples.length, this.#rate);
    buffer.copyToChannel(samples, 0);
    const source = new AudioBufferSourceNode(this.#context, { buffer });
    source.connect(this.#context.destination);
    source.start(this.#origin + start);
    this.#sources.push(source);
  }

  #silence() {
    cancelAnimationFrame(this.#frame);
    for (const source of this.#sources) source.stop();
    this.#sources = [];
  }

  #follow = () => {
    if (this.ended) this.pause();
    this.#tell("time");
    if (this.playing) this.#frame = requestAnimationFrame(this.#follow);
  };

  #tell(kind) {
    this.dispatchEvent(new Event(kind));
  }
}

function newContext(sampleRate) {
  if (navigator.audioSession) navigator.audioSession.type = "playback"; // iPhones: heard though set to silent
  return new AudioContext({ sampleRate });
}
