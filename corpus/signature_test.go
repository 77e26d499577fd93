package corpus

import "testing"

func TestReadSignature(t *testing.T) {
	for _, c := range []struct {
		name, title, text             string
		issuer, published, fileNumber string
	}{
		{"signed", "关于旧改的公告", "关于旧改的公告\n翠旧改公告〔2024〕3号\n正文。\n特此公告。\n翠湖区住房和城市更新局\n2024年3月11日", "翠湖区住房和城市更新局", "2024-03-11", "翠旧改公告〔2024〕3号"},
		{"signed by two, in Chinese numerals", "公告", "公告\n正文。\n平阳州市 云溪区交通运输局\n平阳州市公安局云溪分局\n二〇二四年十二月三十日\n【打印本页】", "平阳州市云溪区交通运输局", "2024-12-30", ""},
		{"labelled", "办事指南", "办事指南\n发布单位：云溪区就业服务中心　更新日期：2024年3月18日\n正文。", "云溪区就业服务中心", "2024-03-18", ""},
		{"as a page has it", "收费公示", "收费公示\n发布时间：2024-08-20 来源：区教育局计划财务科 文号：澄教财〔2024〕28号 【字体：大 中 小】\n正文。", "区教育局", "2024-08-20", "澄教财〔2024〕28号"},
		{"in one line", "公告", "公告\n正文。\n临岳市澄江区教育局 2024年5月10日", "临岳市澄江区教育局", "2024-05-10", ""},
		{"labels that ran together", "指南", "指南\n发布单位：翠湖区住房保障和房屋管理局施行日期：2024年3月1日\n正文。", "翠湖区住房保障和房屋管理局", "", ""},
		{"below the title", "翠湖区文化体育和旅游局2023年工作总结", "翠湖区文化体育和旅游局2023年工作总结\n（2024年1月18日）\n正文。", "翠湖区文化体育和旅游局", "2024-01-18", ""},
		{"in the title", "云溪区教育局关于做好招生工作的通知", "云溪区教育局关于做好招生工作的通知\n正文。", "云溪区教育局", "", ""},
		{"a day that there is not", "公告", "公告\n正文。\n云溪区教育局\n2024年2月30日", "", "", ""},
		{"a line of its own near the title", "公告", "公告\n本办法自2024年7月1日起施行。\n2024年7月1日\n正文。", "", "2024-07-01", ""},
		{"nothing", "黄鳍紫鱼", "黄鳍紫鱼\n黄鳍紫鱼是一种鱼。", "", "", ""},
	} {
		m := Meta{Title: c.title}
		readSignature(&m, linesFrom(c.text))
		if m.Issuer != c.issuer || m.Published != c.published || m.FileNumber != c.fileNumber {
			t.Errorf("%s: got %q, %q, %q", c.name, m.Issuer, m.Published, m.FileNumber)
		}
	}
	m := Meta{Title: "公告", Issuer: "甲局", Published: "2020-01-01", FileNumber: "甲〔2020〕1号"}
	if readSignature(&m, linesFrom("公告\n乙〔2024〕2号\n正文。\n乙局\n2024年1月1日")); m.Issuer != "甲局" || m.Published != "2020-01-01" || m.FileNumber != "甲〔2020〕1号" {
		t.Errorf("what was known changed: %+v", m)
	}
	for han, want := range map[string]string{"一": "1", "十": "10", "十二": "12", "二十": "20", "三十一": "31"} {
		if got := numberOf(han); got != want {
			t.Errorf("%s: got %s", han, got)
		}
	}
}
