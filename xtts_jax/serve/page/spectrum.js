/** Log mel spectra. */

const SIZE = 1024; // samples of a frame
const BANDS = 80;
const HIGHEST = 8000; // Hz
const FLOOR = 1e-5;

const WINDOW = Float32Array.from({ length: SIZE }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / SIZE));
const COSINES = Float32Array.from({ length: SIZE / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / SIZE));
const SINES = Float32Array.from({ length: SIZE / 2 }, (_, i) => -Math.sin((2 * Math.PI * i) / SIZE));

/** `columns` spectra, evenly spread over the samples: natural logarithms, the lowest band first. */
export function logMel(samples, rate, columns) {
  const bands = bandsOf(rate);
  return Array.from({ length: columns }, (_, column) => {
    const magnitude = magnitudeAt(samples, Math.round(((column + 0.5) / columns) * samples.length - SIZE / 2));
    const sumOf = (weights) => weights.reduce((sum, [bin, weight]) => sum + weight * magnitude[bin], 0);
    return bands.map((weights) => Math.log(FLOOR + sumOf(weights)));
  });
}

/** The magnitudes of the frame that begins at `start`; there is silence around the samples. */
function magnitudeAt(samples, start) {
  const real = Float32Array.from(WINDOW, (weight, i) => weight * (samples[start + i] ?? 0));
  const imaginary = new Float32Array(SIZE);
  transform(real, imaginary);
  return real.subarray(0, SIZE / 2 + 1).map((value, bin) => Math.hypot(value, imaginary[bin]));
}

/** The Fourier transform, in place. */
function transform(real, imaginary) {
  reorder(real);
  for (let half = 1; half < SIZE; half *= 2) {
    const stride = SIZE / (2 * half);
    for (let start = 0; start < SIZE; start += 2 * half) {
      for (let k = 0; k < half; k++) {
        const [a, b] = [start + k, start + k + half];
        const [cosine, sine] = [COSINES[k * stride], SINES[k * stride]];
        const re = real[b] * cosine - imaginary[b] * sine;
        const im = real[b] * sine + imaginary[b] * cosine;
        real[b] = real[a] - re;
        imaginary[b] = imaginary[a] - im;
        real[a] += re;
        imaginary[a] += im;
      }
    }
  }
}

/** Puts each value where the bits of its index, read backward, say. */
function reorder(values) {
  for (let i = 1, j = 0; i < SIZE; i++) {
    let bit = SIZE / 2;
    for (; j & bit; bit /= 2) j ^= bit;
    j ^= bit;
    if (i < j) [values[i], values[j]] = [values[j], values[i]];
  }
}

/** The bins of each band with their weights, a triangle on the mel scale. */
function bandsOf(rate) {
  const mel = (hertz) => 2595 * Math.log10(1 + hertz / 700);
  const hertz = (value) => 700 * (10 ** (value / 2595) - 1);
  const edge = (i) => (hertz((mel(HIGHEST) * i) / (BANDS + 1)) * SIZE) / rate;
  return Array.from({ length: BANDS }, (_, band) => {
    const [low, middle, high] = [edge(band), edge(band + 1), edge(band + 2)];
    const weight = (bin) => Math.max(0, Math.min((bin - low) / (middle - low), (high - bin) / (high - middle)));
    const first = Math.floor(low);
    const bins = Array.from({ length: Math.ceil(high) - first + 1 }, (_, i) => [first + i, weight(first + i)]);
    return bins.filter(([, each]) => each > 0);
  });
}
