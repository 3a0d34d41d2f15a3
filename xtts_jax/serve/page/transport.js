/** The player's controls and pictures. */

import { drawMel, drawWaveform } from "./pictures.js";
import { wavOf } from "./wav.js";

const element = (id) => document.getElementById(id);
const play = element("play");
const position = element("position");
const pictures = element("pictures");
const download = element("download");

/** rate: of the player's samples; comment: says in the downloaded file where it is from. */
export function connectTransport(player, rate, comment) {
  const draw = () => drawAll(player, rate);
  play.addEventListener("click", () => (player.playing ? player.pause() : player.play()));
  position.addEventListener("input", () => player.seek(position.valueAsNumber));
  pictures.addEventListener("click", (event) => {
    const { left, width } = pictures.getBoundingClientRect();
    player.play(((event.clientX - left) / width) * player.duration);
  });
  player.addEventListener("time", () => showTime(player));
  player.addEventListener("change", () => {
    play.textContent = player.playing ? "Pause" : "Play";
    showTime(player);
  });
  new ResizeObserver(draw).observe(pictures);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  return { draw, offer: () => offer(wavOf(player.samples, rate, comment())), withdraw };
}

function showTime({ time, duration }) {
  position.max = duration;
  position.value = time;
  position.setAttribute("aria-valuetext", `${time.toFixed(1)} of ${duration.toFixed(1)} seconds`);
  element("time").textContent = `${clock(time)} / ${clock(duration)}`;
  element("playhead").style.left = `${duration ? (100 * time) / duration : 0}%`;
}

function clock(seconds) {
  const rest = (seconds % 60).toFixed(1).padStart(4, "0");
  return `${Math.floor(seconds / 60)}:${rest}`;
}

function drawAll(player, rate) {
  drawWaveform(element("waveform"), player.samples);
  drawMel(element("mel"), player.samples, rate);
}

function offer(file) {
  download.href = URL.createObjectURL(file);
  download.hidden = false;
}

function withdraw() {
  URL.revokeObjectURL(download.href);
  download.hidden = true;
}
