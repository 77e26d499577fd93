package backend

// vendor is one line of the table: where a vendor's API is and how it differs from the rest.
type vendor struct {
	name      string
	base      string   // base URL without the method's path; empty: the operator must give it
	model     string   // composes unless the operator names another; empty: the operator must
	embedding string   // embeds unless the operator names another; empty: the operator must
	batch     int      // texts in one embeddings request at most
	key       bool     // refuses requests without a key
	limit     string   // what the request calls the limit of tokens; langchaingo always writes max_completion_tokens
	drop      []string // fields of langchaingo's request that the vendor refuses
	extra     string   // JSON object merged into a request to compose; mostly switches reasoning off, which residents would wait for
	ollama    bool     // Ollama's own protocol; else OpenAI's chat completions
	window    int      // tokens of context to ask Ollama for; 0 leaves its default
}

// How requests differ, written once.
const (
	maxTokens     = "max_tokens"
	maxCompletion = "max_completion_tokens"
	notThinking   = `{"thinking":{"type":"disabled"}}`
	notThinkingQ  = `{"enable_thinking":false}`
	notThinkingT  = `{"chat_template_kwargs":{"enable_thinking":false}}`

	// unknownBatch is used where a vendor documents no limit: the smallest of the documented ones (DashScope's 10).
	unknownBatch = 10

	// localBatch suits servers on our own machines, which have no limit but their memory.
	localBatch = 32
)

// vendors, in the order of the issue. All pages were looked up on 2026-11-26 with the search tool (stored copies of the vendors'
// pages); nothing here is from memory. What was not found is left for the operator to say.
var vendors = []vendor{
	// "Your First API Call" and "Thinking Mode" (api-docs.deepseek.com): base URL; deepseek-flash; thinking is on unless disabled.
	// No embeddings API is documented.
	{name: "deepseek", base: "https://api.deepseek.com", model: "deepseek-flash", key: true, limit: maxTokens, extra: notThinking},

	// 大模型服务平台百炼 "OpenAI Chat API 参考", "深度思考", "同步接口API详情" (help.aliyun.com, alibabacloud.com): the Beijing address;
	// enable_thinking; text-embedding-v4, 最大行数 10.
	{name: "qwen", base: "https://dashscope.aliyuncs.com/compatible-mode/v1", model: "qwen-plus", embedding: "text-embedding-v4", batch: 10,
		key: true, limit: maxTokens, extra: notThinkingQ},

	// 智谱 "HTTP API 调用", "思考模式", "文本嵌入" (docs.bigmodel.cn): 请求端点（通用API）; glm-5.1 is its example; embedding-3, 数组最大不得超过
	// 64. That it knows max_tokens alone and refuses stream_options is said by AgentScope's GLM page (java.agentscope.io), not by 智谱.
	{name: "glm", base: "https://open.bigmodel.cn/api/paas/v4", model: "glm-5.1", embedding: "embedding-3", batch: 64,
		key: true, limit: maxTokens, drop: []string{"stream_options"}, extra: notThinking},

	// Moonshot AI's own client (github.com/MoonshotAI/kimi-cli, src/kimi_cli/auth/platforms.py) names the address of moonshot.cn;
	// "Parameter Comparison" (platform.kimi.ai, platform.kimi.com) has thinking. Fixed temperatures and max_completion_tokens are from
	// AgentScope's Kimi page (java.agentscope.io). No embeddings API is documented.
	{name: "kimi", base: "https://api.moonshot.cn/v1", model: "kimi-k2.6", key: true, limit: maxCompletion, drop: []string{"temperature"},
		extra: notThinking},

	// 火山方舟 "Base URL及鉴权" (volcengine.com/docs/82379/1298459): 数据面 API，模型调用. Its examples say <Model ID>, or the ID of one's own
	// ep-… endpoint, so both models are the operator's. thinking: VikingDB "chat_completions" (docs/84313/2277215). "文本向量化 API"
	// (docs/82379/1302003) gives no batch size.
	{name: "doubao", base: "https://ark.cn-beijing.volces.com/api/v3", batch: unknownBatch, key: true, limit: maxTokens, extra: notThinking},

	// 腾讯云 "混元调用指南" (cloud.tencent.com/document/product/1823/132252) and "TokenHub 迁移指南" (1823/131382): 混元 moved to TokenHub;
	// the older api.hunyuan.cloud.tencent.com and hunyuan-turbos-latest are on their way out. hy3-preview is its example. Whether its
	// thinking can be switched off, and embeddings, were not found.
	{name: "hunyuan", base: "https://tokenhub.tencentmaas.com/v1", model: "hy3-preview", key: true, limit: maxTokens},

	// SiliconFlow's own client (github.com/siliconflow/dsh-llm-siliconflow, README) names the address; "创建对话请求(OpenAI)"
	// (docs.siliconflow.cn) has the model, max_tokens and enable_thinking; "创建嵌入请求" has BAAI/bge-m3 and no batch size.
	{name: "siliconflow", base: "https://api.siliconflow.cn/v1", model: "deepseek-ai/DeepSeek-V4-Flash", embedding: "BAAI/bge-m3",
		batch: unknownBatch, key: true, limit: maxTokens, extra: notThinkingQ},

	// OpenAI's own client (github.com/openai/openai-python, src/openai/_client.py) names the address. "Embeddings"
	// (developers.openai.com/api/reference): arrays of 1 to 2,048, and at most 300,000 tokens in all: 256 texts of ours stay below. No
	// page that names one current model was found, so the model is the operator's.
	{name: "openai", base: "https://api.openai.com/v1", embedding: "text-embedding-3-small", batch: 256, key: true, limit: maxCompletion},

	// Ollama "Introduction" (github.com/ollama/ollama, docs/api/introduction.mdx): local base URL http://localhost:11434/api, of which
	// langchaingo adds /api; no key. "Thinking" (ollama.com/blog/thinking): think. Its models are those that the operator pulled. The
	// window: our prompts have 2,000 to 4,000 tokens, and Ollama drops the beginning of what does not fit without a word.
	{name: "ollama", base: "http://localhost:11434", batch: localBatch, extra: `{"think":false}`, ollama: true, window: 8192},

	// vLLM "OpenAI-Compatible Server" and "Reasoning Outputs" (docs.vllm.ai, stable): http://localhost:8000/v1; enable_thinking in
	// chat_template_kwargs. It serves the model that it was started with, under that name.
	{name: "vllm", base: "http://localhost:8000/v1", batch: localBatch, limit: maxTokens, extra: notThinkingT},

	// llama.cpp's server README (github.com/ggml-org/llama.cpp, tools/server): --port is 9931 by default now and was 8080 in earlier
	// releases, so the address is the operator's. It serves the one model that it was started with, whatever the request says.
	{name: "llamacpp", model: "default", embedding: "default", batch: localBatch, limit: maxTokens, extra: notThinkingT},
}

// other is any further server that speaks OpenAI's protocol, known by its base URL alone.
var other = vendor{name: "other", batch: unknownBatch, limit: maxTokens}

// Vendors are the names that Config.Vendor may hold, in the order of the table.
func Vendors() []string {
	names := make([]string, len(vendors))
	for i, v := range vendors {
		names[i] = v.name
	}
	return names
}

// lookup finds a vendor by name; the empty name is any OpenAI-compatible server.
func lookup(name string) (vendor, bool) {
	if name == "" {
		return other, true
	}
	for _, v := range vendors {
		if v.name == name {
			return v, true
		}
	}
	return vendor{}, false
}
