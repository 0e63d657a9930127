"""Every method of PEFT with its settings, and how far from PEFT in float64 each is allowed to be."""

from __future__ import annotations

import peft

from support.slow import slow_but

LINEAR = ["square", "up", "down"]


CONVOLUTIONS = ["conv", "point"]


EXACT = 1e-12


BLOCKS_OF_INPUTS = peft.BdLoraConfig(
    target_modules_bd_a=["square", "up"], target_modules_bd_b=[], nblocks=2, match_strict=False
)


BLOCKS = peft.BdLoraConfig(
    target_modules_bd_a=["down"], target_modules_bd_b=["up"], nblocks=2, match_strict=False
)


# A name, PEFT's config, and how far from PEFT in float64 it may be, relative to the largest change
# (with the reason where it is not EXACT).
CASES: list[tuple[str, peft.PeftConfig, float]] = [
    ("lora", peft.LoraConfig(r=4, target_modules=[*LINEAR, *CONVOLUTIONS, "table"]), EXACT),
    ("rslora", peft.LoraConfig(r=4, target_modules=LINEAR, use_rslora=True, lora_alpha=7), EXACT),
    ("lora-bias", peft.LoraConfig(r=4, target_modules=["square", "up"], lora_bias=True, lora_alpha=3), EXACT),
    (
        "patterns",
        peft.LoraConfig(
            r=4, target_modules=LINEAR, rank_pattern={"up": 2}, alpha_pattern={"down": 5}, lora_alpha=3
        ),
        EXACT,
    ),
    ("dora", peft.LoraConfig(r=4, target_modules=[*LINEAR, *CONVOLUTIONS, "table"], use_dora=True), EXACT),
    ("adalora", peft.AdaLoraConfig(init_r=6, target_r=3, target_modules=LINEAR, total_step=10), EXACT),
    # PEFT holds LoHa's scale in float32.
    ("loha", peft.LoHaConfig(r=3, alpha=5, target_modules=[*LINEAR, *CONVOLUTIONS]), 1e-7),
    (
        "loha-cp",
        peft.LoHaConfig(r=3, alpha=5, target_modules=CONVOLUTIONS, use_effective_conv2d=True),
        1e-7,
    ),
    # More than a hundred ranks: no exact factors, but rows of the product.
    ("loha-of-many-ranks", peft.LoHaConfig(r=11, alpha=5, target_modules=LINEAR), 1e-7),
    ("lokr", peft.LoKrConfig(r=8, alpha=5, target_modules=LINEAR, rank_pattern={"up": 4}), EXACT),
    (
        "lokr-split",
        peft.LoKrConfig(r=3, alpha=5, target_modules=[*LINEAR, *CONVOLUTIONS], decompose_factor=2),
        EXACT,
    ),
    ("lokr-both", peft.LoKrConfig(r=1, alpha=5, target_modules=LINEAR, decompose_both=True), EXACT),
    (
        "lokr-first",
        peft.LoKrConfig(r=3, alpha=5, target_modules=LINEAR, decompose_both=True, decompose_factor=8),
        EXACT,
    ),
    ("lokr-factor", peft.LoKrConfig(r=8, alpha=5, target_modules=LINEAR, decompose_factor=2), EXACT),
    ("lokr-conv", peft.LoKrConfig(r=8, alpha=5, target_modules=[*CONVOLUTIONS, "grouped"]), EXACT),
    ("lokr-conv1d", peft.LoKrConfig(r=8, alpha=5, target_modules=["line"]), EXACT),
    (
        "lokr-conv1d-split",
        peft.LoKrConfig(r=3, alpha=5, target_modules=["line"], decompose_factor=2),
        EXACT,
    ),
    (
        "lokr-cp",
        peft.LoKrConfig(
            r=3, alpha=5, target_modules=CONVOLUTIONS, decompose_factor=1, use_effective_conv2d=True
        ),
        EXACT,
    ),
    ("vera", peft.VeraConfig(r=5, target_modules=LINEAR), EXACT),
    ("pvera", peft.PveraConfig(r=5, target_modules=LINEAR), EXACT),
    # Of 3 vectors, so that the number of bases is not divided evenly: 16 and 16 of `square`, 16 and
    # 32 of the others.
    ("randlora", peft.RandLoraConfig(r=3, target_modules=LINEAR, randlora_alpha=7), EXACT),
    ("randlora-sparse", peft.RandLoraConfig(r=4, target_modules=LINEAR, sparse=True), EXACT),
    ("ia3", peft.IA3Config(target_modules=LINEAR, feedforward_modules=["down"]), EXACT),
    ("ia3-inputs", peft.IA3Config(target_modules=["square", "up"], feedforward_modules="square|up"), EXACT),
    (
        "ia3-conv",
        peft.IA3Config(target_modules=["conv", "point", "grouped"], feedforward_modules=["point"]),
        EXACT,
    ),
    (
        "ia3-conv-inputs",
        peft.IA3Config(target_modules=["conv", "grouped"], feedforward_modules=["conv", "grouped"]),
        EXACT,
    ),
    ("oft", peft.OFTConfig(oft_block_size=4, target_modules=[*LINEAR, *CONVOLUTIONS, "table"]), EXACT),
    ("oft-r", peft.OFTConfig(r=2, oft_block_size=0, target_modules=LINEAR), EXACT),
    *(
        (
            f"oft-{terms}-terms",
            peft.OFTConfig(oft_block_size=4, target_modules=LINEAR, num_cayley_neumann_terms=terms),
            EXACT,
        )
        for terms in (2, 3, 4, 7)
    ),
    (
        "oft-cayley",
        peft.OFTConfig(oft_block_size=4, target_modules=[*LINEAR, "conv", "table"], use_cayley_neumann=False),
        EXACT,
    ),
    (
        "oft-shared",
        peft.OFTConfig(oft_block_size=4, target_modules=[*LINEAR, "conv"], block_share=True),
        EXACT,
    ),
    # PEFT divides COFT's radius in float32.
    ("coft", peft.OFTConfig(oft_block_size=4, target_modules=LINEAR, coft=True, eps=0.5), 1e-6),
    ("boft", peft.BOFTConfig(boft_block_size=4, target_modules=[*LINEAR, *CONVOLUTIONS]), EXACT),
    ("boft-odd", peft.BOFTConfig(boft_block_size=9, target_modules=["conv"]), EXACT),
    ("hra", peft.HRAConfig(r=3, target_modules=[*LINEAR, *CONVOLUTIONS]), EXACT),
    ("hra-gs", peft.HRAConfig(r=3, target_modules=[*LINEAR, "conv"], apply_GS=True), EXACT),
    *(
        (f"road-{n}", peft.RoadConfig(variant=f"road_{n}", group_size=8, target_modules=LINEAR), EXACT)
        for n in (1, 2, 4)
    ),
    ("hira", peft.HiraConfig(r=3, target_modules=[*LINEAR, *CONVOLUTIONS, "line", "table"]), EXACT),
    ("bdlora", peft.LoraConfig(r=4, target_modules=LINEAR, use_bdlora=BLOCKS), EXACT),
    (
        "bdlora-bias",
        peft.LoraConfig(r=4, target_modules=["square", "up"], use_bdlora=BLOCKS_OF_INPUTS, lora_bias=True),
        EXACT,
    ),
    ("velora", peft.LoraConfig(r=4, target_modules=LINEAR, velora_config=peft.VeloraConfig()), EXACT),
    (
        "monteclora",
        peft.LoraConfig(r=4, target_modules=LINEAR, monteclora_config=peft.MontecloraConfig()),
        EXACT,
    ),
    ("gaussian", peft.LoraConfig(r=4, target_modules=LINEAR, init_lora_weights="gaussian"), EXACT),
    ("orthogonal", peft.LoraConfig(r=4, target_modules=LINEAR, init_lora_weights="orthogonal"), EXACT),
    (
        "qalora-of-no-quantised-layer",
        peft.LoraConfig(r=4, target_modules=LINEAR, use_qalora=True, qalora_group_size=4),
        EXACT,
    ),
    *(
        (
            f"qalora-of-no-quantised-layer-{name}",
            peft.LoraConfig(
                r=4, target_modules=["square", "up"], use_qalora=True, qalora_group_size=4, **{name: True}
            ),
            EXACT,
        )
        for name in ("use_dora", "lora_bias")
    ),
    # PEFT truncates the base in float32.
    ("kasa", peft.LoraConfig(r=4, target_modules=LINEAR, kasa_config=peft.KasaConfig()), 1e-5),
    (
        "kasa-bias",
        peft.LoraConfig(
            r=4,
            target_modules=["square", "up"],
            kasa_config=peft.KasaConfig(),
            lora_bias=True,
            lora_alpha=3,
            use_rslora=True,
        ),
        1e-5,
    ),
    ("beft", peft.BeftConfig(target_modules=["square", "up"]), EXACT),
    # PEFT transforms in float32: C3A's kernels and FourierFT's spectrum.
    ("c3a", peft.C3AConfig(target_modules=LINEAR, block_size=8, block_size_pattern={"up": 4}), 1e-6),
    ("fourierft", peft.FourierFTConfig(target_modules=[*LINEAR, "odd"], n_frequency=40, scaling=7), 1e-6),
    ("fourierft-full", peft.FourierFTConfig(target_modules=["square"], n_frequency=256), 1e-6),
    ("waveft-sparse", peft.WaveFTConfig(target_modules=LINEAR, n_frequency=40, use_idwt=False), EXACT),
    *(
        (
            f"waveft-{wavelet}",
            peft.WaveFTConfig(target_modules=[*LINEAR, "odd"], n_frequency=99, wavelet_family=wavelet),
            EXACT,
        )
        for wavelet in ("db1", "db3", "sym4", "coif1")
    ),
    # PEFT computes DEFT in float32.
    *(
        (
            f"deft-{method}{'-para' * para}",
            peft.DeftConfig(target_modules=LINEAR, r=3, alpha=5, decomposition_method=method, para=para),
            1e-5,
        )
        for method in ("relu", "qr")
        for para in (False, True)
    ),
    ("deft-without-alpha", peft.DeftConfig(target_modules=LINEAR, r=3), 1e-5),
    ("delora", peft.DeloraConfig(target_modules=LINEAR, r=3, rank_pattern={"up": 2}), EXACT),
    # PEFT rounds U to float32.
    ("frod", peft.FrodConfig(target_modules=LINEAR, sparse_rate=0.1, progressbar=False), 1e-5),
    *(
        (
            f"glora-{of_weight}-{of_bias}",
            peft.GloraConfig(
                r=3,
                target_modules=["square", "up"] if of_weight == "none" else LINEAR,
                config_A_B=of_weight,
                config_C="none",
                config_D_E=of_bias,
            ),
            EXACT,
        )
        for of_weight, of_bias in [
            ("lora", "constant"),
            ("vector", "none"),
            ("constant", "vector"),
            ("none", "vector"),
        ]
    ),
    ("gralora", peft.GraloraConfig(target_modules=LINEAR, r=4, alpha=6), EXACT),
    ("gralora-4", peft.GraloraConfig(target_modules=LINEAR, r=8, alpha=6, gralora_k=4), EXACT),
    ("gralora-hybrid", peft.GraloraConfig(target_modules=LINEAR, r=4, alpha=6, hybrid_r=3), EXACT),
    ("miss", peft.MissConfig(target_modules=[*LINEAR, "odd"], r=3), EXACT),
    ("miss-random", peft.MissConfig(target_modules=LINEAR, r=4, init_weights=False), EXACT),
    ("miss-mini", peft.MissConfig(target_modules=LINEAR, r=3, mini_r=4, init_weights="mini"), EXACT),
    ("miss-bat", peft.MissConfig(target_modules=LINEAR, r=4, init_weights="bat"), EXACT),
    # PEFT takes the base apart in float32.
    ("osf", peft.OSFConfig(target_modules=LINEAR, effective_rank=4, rank_pattern={"up": 0.25}), 1e-5),
    ("peanut", peft.PeanutConfig(target_modules=LINEAR, r=4, scaling=0.7), EXACT),
    ("peanut-deep", peft.PeanutConfig(target_modules=LINEAR, r=4, depth=2, act_fn="gelu"), EXACT),
    ("shira", peft.ShiraConfig(target_modules=LINEAR, r=2), EXACT),
    ("supertuning", peft.SupertuningConfig(target_modules=LINEAR, sparsity=0.9), EXACT),
    (
        "supra",
        peft.SupertuningConfig(target_modules=LINEAR, sparsity=0.9, select_top=False, r=3, lora_alpha=5),
        EXACT,
    ),
    *(
        (
            f"tinylora-{tying}",
            peft.TinyLoraConfig(target_modules=[*LINEAR, "odd", "table"], u=6, weight_tying=tying),
            EXACT,
        )
        for tying in (0.0, 0.5, 1.0)
    ),
    ("unilora", peft.UniLoraConfig(target_modules=LINEAR, theta_d_length=50, save_indices=True), EXACT),
    ("vblora", peft.VBLoRAConfig(target_modules=LINEAR, num_vectors=10, vector_length=8, topk=3), EXACT),
    (
        "vblora-topk",
        peft.VBLoRAConfig(
            target_modules=LINEAR, num_vectors=10, vector_length=8, topk=3, save_only_topk_weights=True
        ),
        EXACT,
    ),
]


# As above, for what PEFT refuses to make in float64. It rounds the base that it leaves to float32.
SINGLE_CASES: list[tuple[str, peft.PeftConfig]] = [
    *(
        (
            start,
            peft.LoraConfig(r=4, lora_alpha=6, target_modules=[*LINEAR, "table"], init_lora_weights=start),
        )
        for start in ("mica", "pissa", "olora")
    ),
    (
        "pissa-rs",
        peft.LoraConfig(r=4, lora_alpha=6, target_modules=LINEAR, init_lora_weights="pissa", use_rslora=True),
    ),
]


SINGLE = 1e-5

ALL = [*CASES, *((name, config, SINGLE) for name, config in SINGLE_CASES)]
NAMES = [name for name, _, _ in ALL]
# For laws of ours that follow from the merge: every third method stands for the others where time
# is short.
SOME_FAST = slow_but(ALL[::3], ALL)
METHODS = [(name, config) for name, config, _ in ALL]
SOME_METHODS_FAST = slow_but(METHODS[::3], METHODS)
