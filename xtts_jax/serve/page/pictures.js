/** Pictures of speech on canvases. */

import { logMel } from "./spectrum.js";

const COLORS = [[8, 6, 28], [74, 20, 104], [172, 44, 104], [240, 112, 60], [252, 232, 160]]; // quiet to loud
const RANGE = 9; // nats from the quietest color to the loudest

export function drawWaveform(canvas, samples) {
  const { context, width, height } = fit(canvas);
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0.05);
  context.fillStyle = getComputedStyle(canvas).color;
  for (let x = 0; x < width; x++) {
    const column = samples.subarray((x / width) * samples.length, ((x + 1) / width) * samples.length);
    const most = column.reduce((loudest, sample) => Math.max(loudest, Math.abs(sample)), 0) / peak;
    const half = Math.max(0.5, (most * height) / 2);
    context.fillRect(x, height / 2 - half, 1, 2 * half);
  }
}

export function drawMel(canvas, samples, rate) {
  const { context, width } = fit(canvas);
  if (!samples.length) return;
  const spectra = logMel(samples, rate, width);
  const loudest = spectra.reduce((most, spectrum) => Math.max(most, ...spectrum), -Infinity);
  const bands = spectra[0].length;
  canvas.height = bands; // the browser stretches it
  const image = context.createImageData(width, bands);
  spectra.forEach((spectrum, x) =>
    spectrum.forEach((value, band) => {
      const pixel = (bands - 1 - band) * width + x;
      image.data.set([...colorOf(1 + (value - loudest) / RANGE), 255], 4 * pixel);
    }),
  );
  context.putImageData(image, 0, 0);
}

/** Gives the canvas as many pixels as the screen shows of it, all of them blank. */
function fit(canvas) {
  const { width, height } = canvas.getBoundingClientRect();
  canvas.width = Math.max(1, Math.round(width * devicePixelRatio));
  canvas.height = Math.max(1, Math.round(height * devicePixelRatio));
  return { context: canvas.getContext("2d"), width: canvas.width, height: canvas.height };
}

/** loudness: 0 to 1; what is beyond has the color of the end. */
function colorOf(loudness) {
  const at = Math.max(0, Math.min(1, loudness)) * (COLORS.length - 1);
  const low = Math.min(Math.floor(at), COLORS.length - 2);
  return COLORS[low].map((value, i) => value + (at - low) * (COLORS[low + 1][i] - value));
}
