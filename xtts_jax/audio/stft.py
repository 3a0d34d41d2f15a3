"""The short-time Fourier transform with the framing of HiFi-GAN, and its inverse."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from xtts_jax.config import Audio


def stft(audio: Float[Array, "b s"], settings: Audio) -> Complex[Array, "b t f"]:
    """The spectrum of every frame; t = s // hop_length, f = n_fft // 2 + 1.

    Both sides are reflect-padded by (n_fft - hop_length) / 2 samples, so frame i is centered on sample
    (i + 1/2) * hop_length. Samples after the last whole hop are used, but get no frame of their own.
    """
    pad = _padding(settings)
    padded = jnp.pad(audio, ((0, 0), (pad, pad)), mode="reflect")
    frames = _frame(padded, audio.shape[1] // settings.hop_length, settings)
    return jnp.fft.rfft(frames * window(settings)[None, None])


def istft(spectrum: Complex[Array, "b t f"], settings: Audio) -> Float[Array, "b s"]:
    """The least-squares waveform of a spectrum; s = t * hop_length (Griffin & Lim 1984, equation 6)."""
    pad, samples = _padding(settings), spectrum.shape[1] * settings.hop_length
    taper = jnp.asarray(window(settings))[None, None]
    frames = jnp.fft.irfft(spectrum, n=settings.n_fft) * taper
    weight = jnp.broadcast_to(taper**2, (1, *frames.shape[1:]))
    audio = _overlap_add(frames, settings)[:, pad : pad + samples]
    return audio / jnp.maximum(_overlap_add(weight, settings)[:, pad : pad + samples], 1e-8)


def window(settings: Audio) -> np.ndarray:
    """The periodic Hann window of win_length samples, centered in (n_fft,) float32."""
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(settings.win_length) / settings.win_length)
    before = (settings.n_fft - settings.win_length) // 2
    return np.pad(hann, (before, settings.n_fft - settings.win_length - before)).astype(np.float32)


def _padding(settings: Audio) -> int:
    return (settings.n_fft - settings.hop_length) // 2


def _frame(padded: Float[Array, "b p"], count: int, settings: Audio) -> Float[Array, "b t n_fft"]:
    """Frames as concatenated hops: slices instead of a gather are fast, and so is their gradient."""
    hop, per_frame = settings.hop_length, -(-settings.n_fft // settings.hop_length)
    length = (count + per_frame - 1) * hop
    short = max(0, length - padded.shape[1])
    hops = jnp.pad(padded, ((0, 0), (0, short)))[:, :length].reshape(padded.shape[0], -1, hop)
    shifted = [hops[:, i : i + count] for i in range(per_frame)]
    return jnp.concatenate(shifted, axis=-1)[..., : settings.n_fft]


def _overlap_add(frames: Float[Array, "b t n_fft"], settings: Audio) -> Float[Array, "b p"]:
    """The sum of frames shifted by hop_length, the transpose of `_frame`."""
    hop, per_frame = settings.hop_length, -(-settings.n_fft // settings.hop_length)
    whole = jnp.pad(frames, ((0, 0), (0, 0), (0, per_frame * hop - settings.n_fft)))
    parts = jnp.split(whole, per_frame, axis=-1)
    shifted = [jnp.pad(part, ((0, 0), (i, per_frame - 1 - i), (0, 0))) for i, part in enumerate(parts)]
    return sum(shifted[1:], start=shifted[0]).reshape(frames.shape[0], -1)
