"""Every configuration key once: its default, its unit, and why it is what it is.

The other files of this folder are short deltas over this one. The returned ConfigDict is
locked: a misspelt key or a value of the wrong type is an error, here and on the command line.
"""

from ml_collections import ConfigDict


def get_config() -> ConfigDict:
    config = ConfigDict()

    # Arithmetic of the model: "float32", "bfloat16", or "auto": bfloat16 on TPU and GPU, where it is
    # faster, and float32 on a CPU, where it is not. Params stay float32.
    config.compute_dtype = "auto"

    # The signal. The values of the public HiFi-GAN vocoders (22.05 kHz family), so that theirs fit.
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
    config.data.language = "en"  # for utterances whose metadata names no language
    config.data.frontend = "phonemes"  # "phonemes" (espeak-ng), "characters"; "none" for vocoders and voices
    config.data.lexicon = ""  # file of "word<TAB>phonemes" lines that override the front end
    config.data.cache_dir = "prepared"  # prepared corpora, one folder per corpus and settings
    config.data.loudness = -23.0  # LUFS, ITU-R BS.1770; every clip is brought to it
    config.data.trim_db = 40.0  # dB under the clip's peak that counts as silence at its ends
    config.data.min_seconds = 0.4  # s; the shortest block BS.1770 can measure
    config.data.max_seconds = 15.0  # s; longer clips are skipped, counted and listed
    config.data.validation_fraction = 0.04  # by hash of the utterance id: stable as files are added
    config.data.validation_speaker_fraction = 0.0  # likewise of the speaker: voices never trained on
    # 0: every recording comes as often; 1: every language, and in it every speaker. Between: n^(1 - balance)
    # times for n recordings, so that few recordings of a voice are heard more and not learned by heart.
    config.data.balance = 0.5
    # Played at other speeds, a training recording is another speaker's: (0.9, 1.0, 1.1) makes three voices
    # of one, to learn cloning from few speakers.
    config.data.speeds = (1.0,)
    config.data.buckets = 4  # static batch shapes, hence compiles; more means less padding
    config.data.reference_seconds = 2.0  # s; crop of another clip of the speaker, for the voice encoder
    config.data.workers = 2  # processes at preparation

    config.model = ConfigDict()
    config.model.decoder = "parallel"  # or "autoregressive", "flow"; see configs/tiny_flow.py before that
    config.model.width = 192
    config.model.heads = 2
    config.model.ffn_width = 640  # hidden width of the convolutional feed-forward
    config.model.encoder_layers = 3
    config.model.decoder_layers = 4
    config.model.frames_per_step = 2  # mel frames a decoder position predicts: half the work at 2
    config.model.variance_width = 192  # duration, log-F0 and energy predictors
    config.model.voice_width = 128  # voice encoder
    config.model.style_tokens = 10  # Global Style Tokens
    config.model.style_heads = 4
    config.model.dropout = 0.1
    config.model.prenet_dropout = 0.5  # autoregressive: of what it sees of the frames before
    config.model.reference_dropout = 0.1  # examples that hear no voice, for --reference-strength
    config.model.condition_dropout = 0.1  # flow: examples without text and voice, for guidance

    # Only read where train.model is "vocoder": mel to waveform, learned from recordings without texts.
    config.vocoder = ConfigDict()
    config.vocoder.generator = "istft"  # or "hifigan_v1", "hifigan_v2", "hifigan_v3"
    config.vocoder.width = 256  # of the istft generator: 2.8 M parameters with the next two
    config.vocoder.hidden = 768  # of each block's feed-forward layer
    config.vocoder.layers = 6
    config.vocoder.refinements = 2  # of its waveform, towards the mel: passes of Griffin-Lim, learned through
    config.vocoder.acoustic = (
        ""  # workdir of an acoustic run whose predicted mels to learn from; empty: true mels
    )
    config.vocoder.crop_frames = 80  # 0.93 s; a training example
    config.vocoder.validation_frames = 256  # 3 s
    config.vocoder.adversarial_from = (
        10_000  # step; before it the generator learns alone, at a fifth of the cost
    )
    config.vocoder.adversarial_frames = 32  # of each example that the discriminators see
    config.vocoder.adversarial_loss = "hinge"  # or "least_squares"
    config.vocoder.periods = (2, 3, 5, 7, 11)  # samples
    config.vocoder.period_widths = (32, 64, 128, 256, 256)  # channels; HiFi-GAN has four times as many
    config.vocoder.resolutions = (
        512,
        1024,
        2048,
    )  # samples; of the spectrogram discriminators and STFT terms
    config.vocoder.resolution_width = 32  # channels
    # Weights of the loss terms.
    config.vocoder.mel = 45.0  # L1, nat, never clipped
    config.vocoder.stft = 2.0
    config.vocoder.adversarial = 1.0
    config.vocoder.feature_matching = 1.0

    # Only read where train.model is "recogniser": speech to phonemes, by CTC, in no particular language.
    config.recogniser = ConfigDict()
    config.recogniser.width = 160
    config.recogniser.heads = 4
    config.recogniser.ffn_width = 480  # hidden width of the convolutional feed-forward
    config.recogniser.conv_layers = 3  # before the transformer
    config.recogniser.layers = 4
    config.recogniser.frames_per_position = 3  # 35 ms; a position holds one symbol at most
    config.recogniser.dropout = 0.1
    # What training hears is changed, so that no voice is learned by heart.
    config.recogniser.warp = 0.12  # share by which the mel bins are stretched or squeezed: other throats
    config.recogniser.bin_mask = 12  # mel bins at most that each of two masks hides
    config.recogniser.time_mask = 20  # frames at most that are hidden in each stretch of 64

    # Only read where train.model is "voice": the voice encoder, learned from recordings without texts.
    config.voice = ConfigDict()
    config.voice.crops_per_speaker = 2  # in a batch, of different recordings where there are
    config.voice.cosine_temperature = (
        0.1  # of the cosines; lower: the hardest voice of a batch counts for more
    )

    # Weights of the acoustic model's loss terms; each term is near 1 when nothing has been learned.
    config.loss = ConfigDict()
    config.loss.mel = 1.0  # L1, natural-log units, never clipped
    config.loss.alignment = 1.0
    config.loss.duration = 0.2
    config.loss.log_f0 = 0.1
    config.loss.voiced = 0.1
    config.loss.energy = 0.1
    config.loss.speaker = (
        0.1  # 1 - cosine of the voices that the encoder hears in our mel and in the recording
    )
    config.loss.stop = 0.1  # autoregressive: where the speech ends
    config.loss.flow = 1.0  # flow: squared error of the velocity; loss.mel and loss.speaker are 0 then
    config.loss.coarse = 1.0  # flow: L1 of the mel it starts from, in deviations of the corpus

    config.optim = ConfigDict()
    config.optim.learning_rate = 1e-3  # peak, AdamW
    config.optim.warmup_steps = 200
    config.optim.final_fraction = 0.02  # of the peak, where the cosine ends
    config.optim.b1 = 0.9
    config.optim.b2 = 0.98
    config.optim.weight_decay = 0.01
    config.optim.clip_norm = 1.0  # global gradient norm; losses are never clipped
    config.optim.ema_decay = 0.999  # of the params that are evaluated and spoken with
    config.optim.freeze = ()  # what must not move: modules, or parts such as "voice_encoder/speaker"

    config.train = ConfigDict()
    config.train.model = "acoustic"  # or "vocoder", "voice", "recogniser": configs/ has one for each
    config.train.steps = 20_000
    config.train.batch_size = 16  # utterances, over all devices
    config.train.accumulate = 1  # micro-batches a step, inside the compiled step
    config.train.log_every = 20  # steps
    config.train.eval_every = 500  # steps
    config.train.checkpoint_every = 500  # steps
    config.train.keep_every = 0  # steps between checkpoints kept for good; 0: newest two and best
    config.train.eval_batches = 8  # validation batches at most, of train.batch_size
    config.train.samples = 4  # held-out sentences spoken at every evaluation
    config.train.seed = 0
    config.train.init_from = ""  # workdir of a run whose params to start from; of a vocoder, "shipped" too

    config.preflight = ConfigDict()
    config.preflight.enabled = True
    config.preflight.steps = 30
    config.preflight.batch_size = 4  # utterances

    config.synthesis = ConfigDict()
    config.synthesis.vocoder = "shipped"  # or "griffin_lim", or the folder of a vocoder; of this config.audio
    # The next four are for the flow decoder alone.
    config.synthesis.flow_steps = 8
    config.synthesis.flow_solver = "midpoint"  # or "euler", which takes half the time a step
    config.synthesis.guidance = 1.0  # 1: none; above 1 the text counts for more, at twice the time
    config.synthesis.temperature = 0.667  # of the noise it begins with; 0: always the same

    # What counts as sick (docs/training.md has the findings). Healthy runs stay well clear of these.
    config.health = ConfigDict()
    config.health.stop = True  # a severe finding saves a checkpoint and ends the run
    config.health.patience = 2  # log lines in a row that must show it
    config.health.settle_steps = 100  # steps before what a model says is judged, not just how it moves
    config.health.most_skipped = 5  # steps in a row without a finite loss and gradient
    config.health.unmoved = 0.5  # share of a trained module's parameters that stand still
    config.health.update_ratio = 0.1  # |step| / |params| of a module; a few 1e-3 are usual
    config.health.loss_mismatch = 0.01  # relative, of the loss against the error measured apart from it
    config.health.mel_mean_error = 1.0  # nat, of the mean of the predicted mel
    config.health.mel_range_ratio = 0.3  # of the predicted mel's range to the recordings'
    config.health.rise = 2.0  # of the mel error over its lowest, in training
    config.health.validation_rise = 1.1  # the same at evaluations, with the recording's durations
    config.health.least_shuffled = 8  # utterances; of fewer the next two rules say nothing
    config.health.text_gain = 0.02  # nat that the error must rise when each text is read backwards
    config.health.reference_gain = 0.0005  # nat that it must change when references change places
    config.health.voice_spread = 1e-3  # std of voice embeddings over a batch, relative to their size
    config.health.alignment_sharpness = 0.15  # mean probability of the token each frame was given
    config.health.tokens_starved = 0.6  # share of tokens that got the least there is, one frame
    config.health.alignment_stuck = 0.5  # share of an utterance's frames that lie on one token
    config.health.duration_ratio = 1.3  # predicted over recorded length, or the inverse
    config.health.leaked = 0.05  # share of validation recordings that are also trained on

    return config.lock()
