#!/usr/bin/env bash
# Installs Debian's Chromium and Chinese fonts for the browser tests, or says how to.
set -u
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk >/dev/null && exit 0
fi
echo "没有 Chromium：浏览器测试需要它，请以管理员身份运行 apt-get install chromium fonts-noto-cjk" >&2
exit 1
