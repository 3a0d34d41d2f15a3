/** Mono WAV files of 16 bit. */

const HEADER = 44; // bytes

/** comment: in ASCII, for programs that show one. */
export function wavOf(samples, rate, comment = "") {
  const sound = 2 * samples.length;
  const info = comment ? infoOf(comment) : new Uint8Array();
  const view = new DataView(new ArrayBuffer(HEADER + sound));
  write(view, 0, "RIFF");
  view.setUint32(4, HEADER - 8 + sound + info.length, true);
  write(view, 8, "WAVEfmt ");
  view.setUint32(16, 16, true); // bytes of this chunk
  view.setUint16(20, 1, true); // plain samples
  view.setUint16(22, 1, true); // channel
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true); // bytes a second
  view.setUint16(32, 2, true); // bytes a sample
  view.setUint16(34, 16, true); // bits a sample
  write(view, 36, "data");
  view.setUint32(40, sound, true);
  samples.forEach((sample, i) => {
    const limited = Math.max(-1, Math.min(1, sample));
    view.setInt16(HEADER + 2 * i, Math.round(32767 * limited), true);
  });
  return new Blob([view, info], { type: "audio/wav" });
}

function infoOf(comment) {
  const text = comment.padEnd(2 * Math.ceil((comment.length + 1) / 2), "\0");
  const view = new DataView(new ArrayBuffer(20 + text.length));
  write(view, 0, "LIST");
  view.setUint32(4, 12 + text.length, true);
  write(view, 8, "INFOICMT");
  view.setUint32(16, text.length, true);
  write(view, 20, text);
  return new Uint8Array(view.buffer);
}

function write(view, at, text) {
  for (let i = 0; i < text.length; i++) view.setUint8(at + i, text.charCodeAt(i));
}
