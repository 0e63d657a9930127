"""The keys of `adapter_config.json` that are known, and notes on those that are not.

PEFT ignores a key that it does not have, and so does the reader. But a program beside PEFT writes a
key because something is different: how B is packed (`lora_B_layout`), or what the weights were
trained for (`nvfp4_merge_aware`). Keys that are set and not known are named in a note.

Source: the config classes of PEFT 0.21.2 (`tests/formats/test_peft_config_keys.py` compares them);
what older ones had; unsloth-zoo's `temporary_patches/moe_utils.py` (pull request 1232); axolotl's
`write_merge_aware_metadata`, in its callback for merge-aware NVFP4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lorasurgery.formats.peft.config import NOTE
from lorasurgery.formats.peft.expert_order import LAYOUT_KEY, LAYOUTS_KEY
from lorasurgery.text import listed

PEFT_VERSION = "0.21.2"
# Values with which a key says that it is not used.
NOTHING: tuple[Any, ...] = (None, False, "", 0, [], {})

OF_ALL = """
    auto_mapping base_model_name_or_path bias exclude_modules inference_mode init_weights layers_pattern
    layers_to_transform modules_to_save peft_type peft_version r revision target_modules task_type
"""
# Of PEFT up to 0.2, which packed projections and merged on `eval()`.
OF_OLD_LORA = "enable_lora merge_weights"
# Of this program; of Unsloth, whose keys `expert_order` reads.
OF_OTHERS = (NOTE, LAYOUT_KEY, LAYOUTS_KEY)

# By method: the keys besides those of all.
OF_METHOD: Mapping[str, str] = {
    "ADALORA": """
        alora_invocation_tokens alpha_pattern arrow_config beta1 beta2 corda_config deltaT
        ensure_weight_tying eva_config fan_in_fan_out init_lora_weights init_r kasa_config
        layer_replication loftq_config lora_alpha lora_bias lora_dropout lora_ga_config megatron_config
        megatron_core monteclora_config orth_reg_weight qalora_group_size rank_pattern runtime_config
        target_parameters target_r tfinal tinit total_step trainable_token_indices use_bdlora use_dora
        use_qalora use_rslora velora_config
    """,
    "BEFT": "",
    "BOFT": "boft_block_num boft_block_size boft_dropout boft_n_butterfly_factor fan_in_fan_out",
    "C3A": "block_size block_size_pattern",
    "DEFT": "alpha decomposition_method deft_dropout fan_in_fan_out init_scale para",
    "DELORA": "delora_lambda lambda_pattern module_dropout rank_pattern",
    "FOURIERFT": "fan_in_fan_out n_frequency n_frequency_pattern random_loc_seed scaling",
    "FROD": """
        fan_in_fan_out frod_dropout progressbar projection_prng_key regularization_alpha
        runtime_offload_base_weight save_projection sparse_rate
    """,
    "GLORA": "config_A_B config_C config_D_E",
    "GRALORA": "alpha fan_in_fan_out gralora_dropout gralora_k hybrid_r",
    "HIRA": "fan_in_fan_out hira_dropout rank_pattern",
    "HRA": "apply_GS",
    "IA3": "fan_in_fan_out feedforward_modules init_ia3_weights",
    "LN_TUNING": "",
    "LOHA": "alpha alpha_pattern module_dropout rank_dropout rank_pattern use_effective_conv2d",
    "LOKR": """
        alpha alpha_pattern decompose_both decompose_factor module_dropout rank_dropout rank_dropout_scale
        rank_pattern use_effective_conv2d
    """,
    "LORA": """
        alora_invocation_tokens alpha_pattern arrow_config corda_config ensure_weight_tying eva_config
        fan_in_fan_out init_lora_weights kasa_config layer_replication loftq_config lora_alpha lora_bias
        lora_dropout lora_ga_config megatron_config megatron_core monteclora_config qalora_group_size
        rank_pattern runtime_config target_parameters trainable_token_indices use_bdlora use_dora
        use_qalora use_rslora velora_config
    """,
    "MISS": "mini_r miss_dropout",
    "OFT": """
        block_share coft eps fan_in_fan_out module_dropout num_cayley_neumann_terms oft_block_size
        use_cayley_neumann
    """,
    "OSF": "effective_rank rank_pattern target_svd_config",
    "PEANUT": "act_fn depth scaling",
    "PVERA": """
        d_initial fan_in_fan_out generator_seed projection_prng_key pvera_dropout sample_at_inference
        save_projection
    """,
    "RANDLORA": """
        fan_in_fan_out projection_prng_key randlora_alpha randlora_dropout save_projection sparse
        very_sparse
    """,
    "ROAD": "group_size variant",
    "SHIRA": "fan_in_fan_out mask_type random_seed",
    "SUPERTUNING": "lora_alpha lora_dropout save_precomputed_indices select_top sparsity",
    "TINYLORA": """
        fan_in_fan_out init_v_bound projection_seed save_projection tinylora_dropout u weight_tying
    """,
    "TRAINABLE_TOKENS": "token_indices",
    "UNILORA": """
        fan_in_fan_out init_theta_d_bound proj_seed save_indices theta_d_length unilora_dropout
    """,
    "VBLORA": """
        fan_in_fan_out init_logits_std init_vector_bank_bound num_vectors save_only_topk_weights topk
        vblora_dropout vector_length
    """,
    "VERA": "d_initial fan_in_fan_out projection_prng_key save_projection vera_dropout",
    "WAVEFT": """
        fan_in_fan_out n_frequency n_frequency_pattern proportional_parameters random_loc_seed scaling
        use_idwt wavelet_family
    """,
}

# Keys of other programs whose meaning is known, and does not change the factors.
MEANINGS = {
    "nvfp4_merge_aware": (
        "axolotl trained it for a base that is quantised to NVFP4 again after merging; weights that are "
        "merged in a wider dtype differ from those by the rounding of NVFP4"
    ),
}


def notes_on_keys(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the keys that are set, and that PEFT's config of this method does not have."""
    method = str(config.get("peft_type"))
    known = {*OF_ALL.split(), *OF_METHOD.get(method, "").split(), *OF_OTHERS}
    known |= {*OF_OLD_LORA.split()} if method == "LORA" else set()
    odd = sorted(key for key, value in config.items() if key not in known and value not in NOTHING)
    notes = [f"{key} is set: {MEANINGS[key]}." for key in odd if key in MEANINGS]
    unknown = [key for key in odd if key not in MEANINGS]
    if unknown:
        notes.append(
            f"The config sets {listed(unknown)}, which PEFT {PEFT_VERSION} does not have for {method}; "
            "the adapter is read as if it did not."
        )
    return tuple(notes)
