package rag

import "testing"

func TestAsksSomething(t *testing.T) {
	for _, text := range []string{"奖不奖老师", "操场够不够大", "今年建不建新学校", "评唔评到？", "有没有午睡", "领导贵姓", "有没有什么门槛", "要给大家讲几回课"} {
		if !asksSomething(text) {
			t.Errorf("%s asks something", text)
		}
	}
	for _, text := range []string{"动不动就罚抄", "孩子时不时发烧", "不好不坏", "爱理不理的", "说好几回了", "这几个人", "前几年", "过几个月", "隔几回去看看", "女儿什么都不会", "活着没什么意思"} {
		if asksSomething(text) {
			t.Errorf("%s asks nothing", text)
		}
	}
}
