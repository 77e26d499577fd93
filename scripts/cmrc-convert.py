#!/usr/bin/env python3
"""把阅读理解数据（CMRC 2018 一类）转成 wenda 能导入的文件和能评测的测试题。

  scripts/cmrc-convert.py --out 目录 数据.json|数据目录...

写出 目录/documents/*.txt（一段短文一个文件，第一行是标题）和 目录/questions.jsonl（每行一题）。
然后：wenda import 目录/documents；wenda eval --set 目录/questions.jsonl。说明见 docs/evaluation.md。

Two forms are read: SQuAD's, {"data": [{"title", "paragraphs": [{"context", "qas": [{"question", "id", "answers": [{"text"}]}]}]}]}, and the
flat one, [{"context_text", "title", "qas": [{"query_text", "query_id", "answers": ["..."]}]}]. Python 3.8, standard library only.
Exit status: 0 converted, 1 something could not be read or nothing was found, 2 misuse.
"""
import argparse
import hashlib
import json
import os
import re
import sys

MAX_TITLE = 40  # runes: wenda takes a first line of at most 45 as the title (corpus/read_text.go)


class BadData(Exception):
    """What is wrong with a file, in words for the operator."""


def main(argv=None):
    parser = argparse.ArgumentParser(description="把阅读理解数据转成 wenda 的文件和测试题", allow_abbrev=False)
    parser.add_argument("inputs", nargs="+", metavar="数据", help="JSON 文件，或其中有 JSON 文件的目录")
    parser.add_argument("--out", required=True, metavar="目录", help="写到哪里")
    parser.add_argument("--kind", default="reading", help="题目的类别，默认 reading")
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="最多转多少段短文；默认全部")
    args = parser.parse_args(argv)
    collected, problems = Collection(args.kind), []
    for path in json_files(args.inputs, problems):
        try:
            for passage in passages(path):
                if args.limit <= 0 or collected.knows(passage[1]) or len(collected.documents) < args.limit:
                    collected.add(*passage)
        except BadData as bad:
            problems.append("%s：%s" % (path, bad))
    for problem in problems:
        print(problem, file=sys.stderr)
    if not collected.cases:
        print("没有找到题目，什么都没有写。", file=sys.stderr)
        return 1
    collected.write(args.out)
    print("%d 段短文，%d 题（另有 %d 题没有题目或答案，略去）" % (len(collected.documents), len(collected.cases), collected.skipped))
    print("下一步：wenda import %s，再 wenda eval --set %s" % (os.path.join(args.out, "documents"), os.path.join(args.out, "questions.jsonl")))
    return 1 if problems else 0


def json_files(inputs, problems):
    """The files of the arguments in a fixed order; folders are walked."""
    for given in inputs:
        if os.path.isdir(given):
            found = sorted(os.path.join(folder, name) for folder, _, names in os.walk(given) for name in names if name.lower().endswith(".json"))
            if not found:
                problems.append("%s：目录里没有 .json 文件" % given)
            yield from found
        else:
            yield given


def passages(path):
    """Yields (title, text, questions) of a file; questions are (id, question, answers, impossible)."""
    try:
        with open(path, encoding="utf-8-sig") as f:
            content = json.load(f)
    except OSError as error:
        raise BadData("打不开（%s）" % error.strerror)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise BadData("不是 UTF-8 编码的 JSON")
    if isinstance(content, dict) and isinstance(content.get("data"), list):
        articles = content["data"]
    elif isinstance(content, list):
        articles = content
    else:
        raise BadData("认不出格式：应为 {\"data\": [...]} 或 [...]")
    for article in articles:
        if not isinstance(article, dict):
            raise BadData("认不出格式：列表里不是对象")
        title = article.get("title") or ""
        inner = article.get("paragraphs")
        for paragraph in inner if isinstance(inner, list) else [article]:
            if not isinstance(paragraph, dict):
                raise BadData("认不出格式：paragraphs 里不是对象")
            text = paragraph.get("context_text") or paragraph.get("context")
            if not isinstance(text, str) or not text.strip():
                raise BadData("认不出格式：有一段没有 context 或 context_text")
            yield str(title or paragraph.get("title") or ""), text, list(questions(paragraph.get("qas") or []))


def questions(qas):
    for qa in qas:
        if not isinstance(qa, dict):
            raise BadData("认不出格式：qas 里不是对象")
        answers = []
        for answer in qa.get("answers") or []:
            answer = answer.get("text", "") if isinstance(answer, dict) else answer
            if isinstance(answer, str) and plain(answer) and plain(answer) not in answers:
                answers.append(plain(answer))
        yield str(qa.get("id") or qa.get("query_id") or ""), plain(qa.get("question") or qa.get("query_text") or ""), answers, qa.get("is_impossible") is True


def plain(text):
    """One line, blanks single."""
    return re.sub(r"\s+", " ", str(text)).strip()


class Collection:
    """Documents and cases in the order in which they came; every title, text and id once."""

    def __init__(self, kind):
        self.kind = kind
        self.documents = []  # (file name, title, text)
        self.cases = []
        self.skipped = 0
        self.titles = {}  # of a text
        self.taken = set()
        self.ids = set()

    def knows(self, text):
        return plain(text) in self.titles

    def add(self, title, text, qas):
        title = self.document(title, text)
        for number, question, answers, impossible in qas:
            if not question or not answers and not impossible:
                self.skipped += 1
                continue
            expect = {"answerable": True, "facts": [answers], "section": title, "document": title, "must_not": []}
            kind = self.kind
            if impossible:
                expect, kind = {"answerable": False, "facts": [], "section": "", "document": title, "must_not": []}, self.kind + "-unanswerable"
            self.cases.append({"id": self.once(self.ids, number or digest(title + question)), "kind": kind, "question": question, "expect": expect})

    def document(self, title, text):
        """Keeps the text unless it is there already, and returns its title."""
        key = plain(text)
        if key not in self.titles:
            # A title that ends like a sentence, or is numbered like a heading, is not taken for one.
            title = re.sub(r"[|\s]+", " ", title).strip(" 。；;！？!?，,、：:.")[:MAX_TITLE]
            if not title or re.match(r"^([一二三四五六七八九十]{1,3}[、.．]|[（(][一二三四五六七八九十]{1,3}[)）]|\d{1,2}[、.．]|第[一二三四五六七八九十百\d]+[章节编部])", title):
                title = ("短文 " + title).strip()
            if title == "短文":
                title += " %d" % (len(self.documents) + 1)
            self.titles[key] = self.once(self.taken, title)
            # Named by its text: the same passage of another file replaces itself.
            self.documents.append(("passage-%s.txt" % digest(key), self.titles[key], key))
        return self.titles[key]

    @staticmethod
    def once(taken, name):
        out, n = name, 1
        while out in taken:
            n += 1
            out = "%s（%d）" % (name, n)
        taken.add(out)
        return out

    def write(self, folder):
        os.makedirs(os.path.join(folder, "documents"), exist_ok=True)
        for name, title, text in self.documents:
            write_whole(os.path.join(folder, "documents", name), "%s\n\n%s\n" % (title, text))
        lines = (json.dumps(case, ensure_ascii=False) for case in self.cases)
        write_whole(os.path.join(folder, "questions.jsonl"), "\n".join(lines) + "\n")


def digest(text):
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


def write_whole(path, text):
    with open(path + ".part", "w", encoding="utf-8", newline="\n") as f:
        f.write(text)
    os.replace(path + ".part", path)


if __name__ == "__main__":
    sys.exit(main())
