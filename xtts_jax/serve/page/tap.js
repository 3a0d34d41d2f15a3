/** Hands on what the microphone hears; runs on the browser's audio thread. */

registerProcessor(
  "tap",
  class extends AudioWorkletProcessor {
    process([[channel]]) {
      if (channel) this.port.postMessage(channel.slice());
      return true;
    }
  },
);
