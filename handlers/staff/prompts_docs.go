package staff

// A promptDoc is a prompts file as staff know it.
type promptDoc struct{ Name, Title, About string }

// promptDocs are in the order of the page; a test wants all of prompts.Names.
var promptDocs = []promptDoc{
	{"compose.yaml", "系统提示词与回答模板", "给语言模型的要求、每段资料和问题的写法、人工智能标识"},
	{"propose.yaml", "请模型拟问法的要求", "在“一段的问法”页请语言模型拟问法时怎样要求它"},
	{"replies.yaml", "固定答复", "问候、拒答、转人工、“文件没有说明”等固定的话"},
	{"thesaurus.yaml", "同义词表", "居民的说法对应文件里的说法"},
	{"stopphrases.yaml", "停用短语", "提问里不表示意思的话"},
	{"routes.yaml", "分流规则", "哪些话直接给固定答复：问候、求助、攻击、别处的事"},
	{"terms.yaml", "判断用词", "地名、单位、求助警示词等，判断答非所问和不能答的"},
	{"suggestions.yaml", "推荐问题", "首页上给居民的例子"},
	{"examples.yaml", "非文件问题例句", "不是问文件的话的例子，用来识别"},
	{"wechat.yaml", "微信里的话", "客服消息的欢迎语、标签、出处、稍候、致歉、转人工"},
	{"curated.yaml", "内置审定答案", "随程序附带的审定答案"},
}

func titleOf(name string) string {
	for _, d := range promptDocs {
		if d.Name == name {
			return d.Title
		}
	}
	return name
}

func docOf(name string) (promptDoc, bool) {
	for _, d := range promptDocs {
		if d.Name == name {
			return d, true
		}
	}
	return promptDoc{}, false
}
