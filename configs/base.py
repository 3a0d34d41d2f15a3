"""Every configuration key, with its default, its unit and the reason for the value.

The other files in this folder change a few of these values. The returned ConfigDict is locked:
a misspelled key or a value of the wrong type is an error, here and on the command line.
"""

from ml_collections import ConfigDict


def get_config() -> ConfigDict:
    config = ConfigDict()

    # Precision of the model's computations: "float32", "bfloat16" or "auto", which is bfloat16 on TPU and
    # GPU, where it is faster, and float32 on CPU, where it is not. Params stay float32.
    config.compute_dtype = "auto"

    # The values of the public 22.05 kHz HiFi-GAN vocoders, so that those can be used.
    config.audio = ConfigDict()
    config.audio.sample_rate = 22050  # Hz
    config.audio.n_fft = 1024  # samples
    config.audio.hop_length = 256  # samples; one mel frame is 11.6 ms
    config.audio.win_length = 1024  # samples
    config.audio.n_mels = 80
    config.audio.fmin = 0.0  # Hz
    config.audio.fmax = 8000.0  # Hz
    config.audio.f0_min = 60.0  # Hz; below the lowest speaking voices
    config.audio.f0_max = 500.0  # Hz; above speech, below singing

    config.data = ConfigDict()
    config.data.root = ""  # corpus folder; empty: the built-in demo corpus
    config.data.language = "en"  # where the metadata names none
    config.data.frontend = "phonemes"  # or "characters"; "none" for vocoders and voice encoders
    config.data.lexicon = ""  # file of "word<TAB>phonemes" lines that override the front end
    config.data.ezafe = "written"  # or "tagged": also where a tagger finds one (Persian; see docs/data.md)
    config.data.cache_dir = "prepared"  # prepared corpora; a folder for each corpus and its settings
    config.data.loudness = -23.0  # LUFS (ITU-R BS.1770); every clip is normalized to it
    config.data.denoise = False  # lowers steady noise, such as that of a fan, by 20 dB; see docs/data.md
    config.data.trim_db = 40.0  # dB below the clip's peak; anything quieter at its ends is trimmed as silence
    config.data.min_seconds = 0.4  # s; the shortest block that BS.1770 can measure
    config.data.max_seconds = 15.0  # s; longer clips are skipped, counted and listed
    config.data.validation_fraction = 0.04  # by the hash of the utterance id: stable when files are added
    config.data.validation_speaker_fraction = 0.0  # by the hash of the speaker's name: held out completely
    # 0 samples all recordings equally often, 1 all languages, and all speakers of a language. In between, n
    # recordings count as n^(1 - balance): few are sampled more often, but not so often as to be memorized.
    config.data.balance = 0.5
    # Each recording is also played at these speeds and counts as another speaker's: (0.9, 1.0, 1.1) turns
    # one voice into three, to learn cloning from few speakers.
    config.data.speeds = (1.0,)
    config.data.buckets = 4  # static batch shapes; more mean less padding and more compilations
    config.data.reference_seconds = 2.0  # s; crop of another clip of the speaker, for the voice encoder
    config.data.workers = 2  # processes that prepare recordings

    config.model = ConfigDict()
    config.model.decoder = "parallel"  # or "autoregressive" or "flow"; for a flow see configs/tiny_flow.py
    config.model.width = 192
    config.model.heads = 2
    config.model.ffn_width = 640  # hidden width of the convolutional feed-forward
    config.model.encoder_layers = 3
    config.model.decoder_layers = 4
    config.model.frames_per_step = 2  # mel frames per decoder position; 2 halves the work
    config.model.variance_width = 192  # duration, log-F0 and energy predictors
    config.model.voice_width = 128  # voice encoder
    config.model.style_tokens = 10  # Global Style Tokens
    config.model.style_heads = 4
    config.model.dropout = 0.1
    config.model.prenet_dropout = 0.5  # autoregressive: on the previous frames that the decoder sees
    config.model.reference_dropout = 0.1  # share of examples without a voice, for --reference-strength
    config.model.condition_dropout = 0.1  # flow: share of examples without text and voice, for guidance

    # Only used if train.model is "vocoder": mel to waveform, learned from recordings without texts.
    config.vocoder = ConfigDict()
    config.vocoder.generator = "istft"  # or "hifigan_v1", "hifigan_v2", "hifigan_v3"
    config.vocoder.width = 256  # istft; with the next two settings 2.8 M parameters
    config.vocoder.hidden = 768  # istft: width of each block's feed-forward layer
    config.vocoder.layers = 6  # istft
    config.vocoder.refinements = 2  # istft: Griffin-Lim passes that fit the waveform to the mel
    # Workdir of an acoustic run; its predicted mels replace those of the recordings. Empty: none.
    config.vocoder.acoustic = ""
    config.vocoder.crop_frames = 80  # 0.93 s; length of a training example
    config.vocoder.validation_frames = 256  # 3 s
    # Step from which the discriminators join; the steps before it take a fifth of the time.
    config.vocoder.adversarial_from = 10_000
    config.vocoder.adversarial_frames = 32  # frames of each example that the discriminators see
    config.vocoder.adversarial_loss = "hinge"  # or "least_squares"
    config.vocoder.periods = (2, 3, 5, 7, 11)  # samples
    config.vocoder.period_widths = (32, 64, 128, 256, 256)  # channels; a quarter of HiFi-GAN's
    # FFT sizes of the spectrogram discriminators and of the STFT loss, in samples.
    config.vocoder.resolutions = (512, 1024, 2048)
    config.vocoder.resolution_width = 32  # channels
    # Weights of the loss terms.
    config.vocoder.mel = 45.0  # L1 in nats, never clipped
    config.vocoder.stft = 2.0
    config.vocoder.adversarial = 1.0
    config.vocoder.feature_matching = 1.0

    # Discriminators of the drawn mels, which L1 alone blurs; only for the parallel decoder.
    config.adversarial = ConfigDict()
    config.adversarial.start = 0  # last step before they join; 0: never
    config.adversarial.learning_rate = 4e-4  # peak, of the discriminators
    config.adversarial.windows = (32, 64, 128)  # frames that each of them sees; 128 are 1.5 s
    config.adversarial.width = 48  # channels of the first layer
    # Weights of the model's loss terms beside those of config.loss.
    config.adversarial.deception = 0.2
    config.adversarial.feature_matching = 1.0

    # Only used if train.model is "recogniser": speech to phonemes by CTC, independent of the language.
    config.recogniser = ConfigDict()
    config.recogniser.width = 160
    config.recogniser.heads = 4
    config.recogniser.ffn_width = 480  # hidden width of the convolutional feed-forward
    config.recogniser.conv_layers = 3  # before the transformer
    config.recogniser.layers = 4
    config.recogniser.frames_per_position = 3  # 35 ms; a position holds one symbol at most
    config.recogniser.dropout = 0.1
    # Augmentation, to keep the model from memorizing the training voices.
    config.recogniser.warp = 0.12  # largest relative stretch of the mel bins: other vocal tracts
    config.recogniser.bin_mask = 12  # mel bins that each of two masks hides, at most
    config.recogniser.time_mask = 20  # frames that are hidden in every 64, at most

    # Only used if train.model is "voice": the voice encoder, learned from recordings without texts.
    config.voice = ConfigDict()
    config.voice.crops_per_speaker = 2  # in a batch, from different recordings where possible
    config.voice.cosine_temperature = 0.1  # the lower, the more the most similar voices of a batch count

    # Weights of the acoustic model's loss terms; each term is near 1 before anything is learned.
    config.loss = ConfigDict()
    config.loss.mel = 1.0  # L1 in nats, never clipped
    config.loss.alignment = 1.0
    config.loss.duration = 0.2
    config.loss.log_f0 = 0.1
    config.loss.voiced = 0.1
    config.loss.energy = 0.1
    config.loss.speaker = 0.1  # 1 - cosine of the speaker embeddings of the predicted and the recorded mel
    config.loss.stop = 0.1  # autoregressive: where the speech ends
    config.loss.flow = 1.0  # flow: squared error of the velocity; set loss.mel and loss.speaker to 0
    config.loss.coarse = 1.0  # flow: L1 of the initial mel estimate, in standard deviations of the corpus

    config.optim = ConfigDict()
    config.optim.learning_rate = 1e-3  # peak; AdamW
    config.optim.warmup_steps = 200
    config.optim.final_fraction = 0.02  # final over peak learning rate of the cosine schedule
    config.optim.b1 = 0.9
    config.optim.b2 = 0.98
    config.optim.weight_decay = 0.01
    config.optim.clip_norm = 1.0  # global gradient norm; losses are never clipped
    config.optim.ema_decay = 0.999  # for the averaged params, which are evaluated and spoken with
    # True forgets the first params at once; False leaves ema_decay^steps of those of train.init_from in the
    # average, which keeps what they knew and a few recordings do not show.
    config.optim.ema_warmup = True
    config.optim.freeze = ()  # modules to freeze, or parts of them such as "voice_encoder/speaker"

    config.train = ConfigDict()
    config.train.model = "acoustic"  # or "vocoder", "voice", "recogniser"; configs/ has a file for each
    config.train.steps = 20_000
    # Utterances, over all devices; 0, or "auto" on the command line: as many as fit the memory.
    config.train.batch_size = 16
    config.train.accumulate = 1  # micro-batches per step
    config.train.rematerialize = False  # the backward pass computes layers again: less memory, more time
    config.train.log_every = 20  # steps
    config.train.eval_every = 500  # steps
    config.train.checkpoint_every = 500  # steps
    config.train.keep_every = 0  # steps between checkpoints kept permanently; 0: newest two and best
    config.train.eval_batches = 8  # most validation batches, each of train.batch_size
    config.train.samples = 4  # held-out sentences synthesized at every evaluation
    config.train.seed = 0
    config.train.init_from = ""  # workdir of a run to take params from, or "shipped"

    config.preflight = ConfigDict()
    config.preflight.enabled = True
    config.preflight.steps = 30
    config.preflight.batch_size = 4  # utterances

    config.synthesis = ConfigDict()
    # "shipped", "griffin_lim" or the folder of a vocoder trained with this config.audio
    config.synthesis.vocoder = "shipped"
    # The other settings are for the flow decoder.
    config.synthesis.flow_steps = 8
    config.synthesis.flow_solver = "midpoint"  # or "euler", which halves the time of a step
    config.synthesis.guidance = 1.0  # 1: none; above 1 the text counts for more, at twice the time
    config.synthesis.temperature = 0.667  # scales the initial noise; 0: deterministic

    # Thresholds of the findings (see docs/training.md). Healthy runs stay well clear of them.
    config.health = ConfigDict()
    config.health.stop = True  # whether a severe finding saves a checkpoint and ends the run
    config.health.patience = 2  # consecutive log lines that must show a problem
    config.health.settle_steps = 100  # steps before the model's output is judged, and not only its updates
    config.health.most_skipped = 5  # consecutive steps without a finite loss and gradient
    config.health.unmoved = 0.5  # share of a trained module's parameters that do not change
    config.health.update_ratio = 0.1  # |step| / |params| of a module; usually a few 1e-3
    config.health.loss_mismatch = 0.01  # relative difference of the loss and an independent measurement
    config.health.mel_mean_error = 1.0  # nat; error of the mean of the predicted mel
    config.health.mel_range_ratio = 0.3  # range of the predicted mel over that of the recordings
    config.health.rise = 2.0  # mel error over its minimum, in training
    config.health.validation_rise = 1.1  # the same in evaluations, with the recordings' durations
    config.health.least_shuffled = 8  # utterances; with fewer the next two rules do not apply
    config.health.text_gain = 0.02  # nat; least rise of the error when the texts are reversed
    config.health.reference_gain = 0.0005  # nat; least change of the error when references are exchanged
    config.health.voice_spread = 1e-3  # std of voice embeddings over a batch, relative to their norm
    config.health.alignment_sharpness = 0.15  # mean probability of the token assigned to each frame
    config.health.tokens_starved = 0.6  # share of tokens with a single frame, the minimum
    config.health.alignment_stuck = 0.5  # share of an utterance's frames assigned to one token
    config.health.duration_ratio = 1.3  # predicted over recorded length, or the inverse
    config.health.leaked = 0.05  # share of validation recordings that are also trained on

    return config.lock()
