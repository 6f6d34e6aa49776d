"""The harness on task files and records with odd corners, with invented answers. Writes odd_tasks.json beside itself.

pip install lm_eval==0.4.13 datasets scikit-learn; then: HF_HUB_OFFLINE=1 python make_odd_tasks.py
"""

import json
import os
import random
import tempfile
from pathlib import Path

os.environ["DISABLE_MULTIPROC"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"
import datasets
import lm_eval
from lm_eval.api.model import LM
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager
from lm_eval.utils import handle_non_serializable, sanitize_list
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

import lm_eval.evaluator

lm_eval.evaluator.add_env_info = lambda result: None
datasets.disable_progress_bars()
TEMPLATE = (
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system here') }}{% endif %}"
    "<{{ m.role }}>{{ m.content }}</{{ m.role }}>{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
)
TOKENIZER = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel({"a": 0}, unk_token="a")), chat_template=TEMPLATE)


class Invented(LM):
    tokenizer_name = "invented"

    def __init__(self, answers):
        super().__init__()
        self.rng = random.Random(3)
        self.answers = answers
        self.tokenizer = TOKENIZER

    def chat_template(self, template=False):
        return TEMPLATE

    chat_template_args = {}
    apply_chat_template = HFLM.apply_chat_template

    def loglikelihood(self, requests, **_):
        return [(-round(self.rng.uniform(0.1, 30), 6), self.rng.random() < 0.5) for _ in requests]

    def loglikelihood_rolling(self, requests, **_):
        return [-round(self.rng.uniform(0.1, 30), 6) for _ in requests]

    def generate_until(self, requests, **_):
        return [self.answers[i % len(self.answers)] for i, _ in enumerate(requests)]


QA = [{"q": "One and one?", "a": "two"}, {"q": "Two\u00a0", "a": ""}, {"q": "Red or blue? ", "a": " red"}, {"q": "\nWhat?", "a": "it"}]
DATA = "dataset_path: json\ndataset_kwargs: {data_files: {test: test.jsonl, train: train.jsonl}}\ntest_split: test\nfewshot_split: train\n"
CHOICE = DATA + "output_type: multiple_choice\ndoc_to_text: q\ndoc_to_choice: choices\n"
GENERATE = DATA + "output_type: generate_until\ndoc_to_text: q\ndoc_to_target: a\n"
FIRST = "fewshot_config: {sampler: first_n}\n"


def case(files, test=QA, train=QA, tasks=("t",), answers=("two",), **options):
    return {"files": {name if "." in name else f"{name}.yaml": text for name, text in files.items()}, "records": {"test": test, "train": train}, "tasks": list(tasks), "answers": list(answers), "options": options}


CASES = {}
CASES["no generation_kwargs"] = case({"t": "task: t\n" + GENERATE})
CASES["an option over no generation_kwargs"] = case({"t": "task: t\n" + GENERATE + "fewshot_delimiter: '##'\n"}, gen_kwargs={"temperature": 0.7})
CASES["an option over generation_kwargs"] = case({"t": "task: t\n" + GENERATE + "generation_kwargs: {max_gen_toks: 4}\n"}, gen_kwargs={"until": ["a"]})

CASES["examples without an answer"] = case({"t": "task: t\n" + GENERATE + FIRST, "u": "task: u\ngen_prefix: 'A:'\n" + GENERATE + FIRST}, tasks="tu", num_fewshot=3)
CASES["examples without an answer in a chat"] = case({"t": "task: t\n" + GENERATE + FIRST}, num_fewshot=3, apply_chat_template=True, fewshot_as_multiturn=True)
CASES["white space of Unicode at seams"] = case({"t": "task: t\n" + GENERATE + "description: \"Say:\\x85\"\ngen_prefix: \"\\u2003so\"\n"}, system_instruction="Be brief.\u00a0", num_fewshot=1)
CASES["comments and raw text in templates"] = case({"t": "task: t\n" + GENERATE.replace("text: q", "text: \"  {# one #}\\n{{q}}\\n  {# two #}\\n{% raw %}{{q}}{% endraw %}\\n  {% if a %}\\n{{a}}{% endif %}\\n\"")})
CASES["a template that refuses system messages"] = case({"t": "task: t\ndescription: 'Answer.'\n" + GENERATE + FIRST}, num_fewshot=1, apply_chat_template=True, fewshot_as_multiturn=True, system_instruction="Be brief.")
CASES["a template that refuses system messages, one turn"] = case({"t": "task: t\ndescription: 'Answer.'\ngen_prefix: 'So'\n" + GENERATE + FIRST}, num_fewshot=2, apply_chat_template=True)

AB = [{"q": "Is it?", "truth": True, "choices": ["no", "yes"], "both": ["a", "b's"]}, {"q": "Was it?", "truth": False, "choices": ["no", "yes"], "both": ["", "\"x\"\n"]}]
ACC = "metric_list: [{metric: acc}, {metric: f1}, {metric: mcc}, {metric: exact_match}]\n"
CASES["truth values for indices"] = case({"t": "task: t\ndoc_to_target: truth\n" + CHOICE + FIRST + ACC}, test=AB * 2, train=AB, num_fewshot=1)
CASES["a truth value says which input"] = case({"t": "task: t\ndoc_to_text: truth\ndoc_to_target: q\n" + CHOICE.replace("doc_to_text: q\n", "") + FIRST + "metric_list: [{metric: acc}]\n"}, test=AB, train=AB, num_fewshot=1)
CASES["a choice by a truth value"] = case({"t": "task: t\n" + GENERATE.replace("target: a", "target: truth") + "doc_to_choice: choices\n"}, test=AB, train=AB, answers=["yes", "no", "no"])
CASES["several targets"] = case({"t": "task: t\n" + GENERATE.replace("target: a", "target: both") + FIRST}, test=AB, train=AB, answers=["a", "\"x\"\n", "b"], num_fewshot=1)

SPACED = [{"q": "one\x1ctwo three", "a": "\u00a0 four"}, {"q": "\x1f", "a": "five\x85six"}]
ROLLING = DATA + "output_type: loglikelihood_rolling\ndoc_to_text: ''\ndoc_to_target: q\n"
CASES["words between separators"] = case({"t": "task: t\n" + ROLLING}, test=SPACED, train=SPACED)

MARKS = [{"q": "x", "a": a, "choices": c} for a, c in (("(B)", ["Guilty", "Guilty of Romance"]), ("(A)", ["US$", "UK"]), ("(B)", ["", "it\u2019s \u00abit\u00bb"]), ("(A)", ["a=b", "c"]))]
MULTI = "filter_list: [{name: m, filter: [{function: multi_choice_regex, regex_pattern: '(\\([A-Z]\\))', ignore_case: true, ignore_punctuation: true}, {function: take_first}]}]\n"
CASES["letters of choices"] = case({"t": "task: t\n" + GENERATE + MULTI}, test=MARKS, train=MARKS, answers=["It is guilty of romance.", "I say US", "its it", "so A=B, then"])
WORDS = ["na\u0308ive \u0939\u093f\u0928\u094d\u0926\u0940", "x\u00b2 \u00bd\u203fy", "\\boxed{7} {}", "a\x1cb", "\U0001f600_z, \u24d0", "a\n", ""]
ANY = [{"q": "x", "a": "a"}] * len(WORDS)
REGEXES = {"words": "\\w+", "others": "\\W+", "starts": "\\b\\w", "inner": "\\w\\B", "boxed": "boxed{(.*?)}", "braces": "[{]}|x{,1}\\W", "spaces": "\\S+", "letters": "[^\\W\\d_]+", "nots": "[\\W_-]+", "lines": "(?m)^(.*)$"}
FILTERS = "".join("  - name: %s\n    filter: [{function: regex, group_select: -1, regex_pattern: %s}, {function: take_first}]\n" % (name, json.dumps(regex)) for name, regex in REGEXES.items())
CASES["what a regular expression takes for a word"] = case({"t": "task: t\n" + GENERATE + "filter_list:\n" + FILTERS}, test=ANY, train=ANY, answers=WORDS)

GROUP = "group: g\ndescription: 'Of the group. '\nnum_fewshot: 2\ntask:\n  - t\n  - {task: u, description: 'Its own. ', num_fewshot: 1}\n"
MEMBERS = {"t": "task: t\n" + GENERATE + FIRST, "u": "task: u\n" + GENERATE + FIRST}
CASES["a member's own values"] = case({**MEMBERS, "g": GROUP + "  - {task: new, description: 'New. ', " + "dataset_path: json, dataset_kwargs: {data_files: {test: test.jsonl, train: train.jsonl}}, test_split: test, fewshot_split: train, doc_to_text: q, doc_to_target: a, fewshot_config: {sampler: first_n}}\n"
                                                 + "  - {group: h, description: 'Inner. ', task: [v], aggregate_metric_list: {metric: exact_match}}\n", "v": "task: v\n" + GENERATE + FIRST}, tasks=["g"])
CASES["a group with figures"] = case({**MEMBERS, "g": "group: g\ngroup_alias: All\ntask: [t, u]\naggregate_metric_list: {metric: exact_match}\nmetadata: {version: 2.0}\n"}, tasks=["g"], answers=["two", "it", ""])
CASES["a group whose metric no task has"] = case({**MEMBERS, "g": "group: g\ntask: [t, u]\naggregate_metric_list: [{metric: acc}]\n"}, tasks=["g"])
CASES["several files included"] = case({"t": "include: [one.inc, two.inc]\ntask: t\n", "one.inc": GENERATE + "description: one\n", "two.inc": "description: two\n"})

SUBGROUPS = "group: g\ntask:\n  - {group: one, task: [t, u], aggregate_metric_list: {metric: exact_match}}\n  - {group: two, task: [t], aggregate_metric_list: {metric: exact_match}}\naggregate_metric_list: {metric: exact_match}\n"
WEIGHED = ["two", "it", "two", "", "two", "it"]
CASES["a task in two subgroups"] = case({**MEMBERS, "g": SUBGROUPS}, tasks=["g"], answers=WEIGHED)
CASES["a task in two subgroups with other settings"] = case({**MEMBERS, "g": SUBGROUPS.replace("{group: two, ", "{group: two, num_fewshot: 1, ")}, tasks=["g"], answers=WEIGHED)
CASES["a member that is named twice"] = case({**MEMBERS, "g": "group: g\ntask: [t, u, {task: t, num_fewshot: 1}]\naggregate_metric_list: {metric: exact_match}\n"}, tasks=["g"], answers=WEIGHED)
CASES["directions that differ"] = case({"t": "task: t\n" + GENERATE + "metric_list: [{metric: exact_match, higher_is_better: false}]\n", "u": MEMBERS["u"], "g": "group: g\ntask: [t, u]\naggregate_metric_list: {metric: exact_match}\n"}, tasks=["g"])

NUMBERS = [{"q": "x", "n": n, "b": n > 0, "f": f, "s": s} for n, f, s in ((1, 1.0, "1"), (0, 2.5, " 0 "), (7, 0.0, "+7"))]


def mapped(target, entries, default):
    steps = "[{function: map, mapping_dict: {%s}, default_value: %s}, {function: take_first}]" % (entries, default)
    return "task: %s\n" % target + GENERATE.replace("target: a", "target: " + target) + "filter_list: [{name: m, filter: %s}]\n" % steps


WHOLE = {"n": mapped("n", "A: 1, B: 0, C: 7", -1), "s": mapped("s", "A: 1, B: 0, C: 7", -1), "b": mapped("b", "A: true", "false"), "f": mapped("f", "A: 1.0, B: 2.5", 0.0)}
CASES["numbers and truth values of map"] = case(WHOLE, test=NUMBERS, train=NUMBERS, tasks="nsbf", answers=["A", "B", "?", "C", "A", "B"])
CASES["texts of map"] = case({"t": mapped("q", "x: y, y: x, '1': x", "none").replace("task: q", "task: t")}, test=NUMBERS, train=NUMBERS, answers=["y", "x", "1"])
CASES["map, then an expression"] = case({"t": "task: t\n" + GENERATE.replace("target: a", "target: q") + "filter_list: [{name: m, filter: [{function: map, mapping_dict: {A: x1}}, {function: regex, regex_pattern: '[a-z]', fallback: y}, {function: take_first}]}]\n"}, test=NUMBERS, train=NUMBERS, answers=["A", "B", "A"])
SPANS = ["PERSON: Ann, Bob $$ location: none $$ date: May", "per : x, none\nLoc:\u00a0y$$", "People: \u00c9va,  $$Company:", "country: Kenya\norganization:  A.B , C$d", "nothing: x", "times: a; Time:\tnoon, NONE$ $"]
SPANNED = [{"q": "x", "a": "per: ann $ per: bob $ date: may"}] * len(SPANS)
CASES["named entities"] = case({"t": "task: t\n" + GENERATE + "filter_list: [{name: s, filter: [{function: format_span}, {function: take_first}]}]\n"}, test=SPANNED, train=SPANNED, answers=SPANS)
CASES["answers that are left in a list"] = case({"t": "task: t\n" + GENERATE + "metric_list: [{metric: exact_match}, {metric: chrf}]\nrepeats: 3\nfilter_list: [{name: m, filter: [{function: majority_vote}]}, {name: k, filter: [{function: take_first_k, k: 1}]}]\n"}, answers=["two", "it", "it", "red"])
CASES["the mean of numbers"] = case({"t": "task: t\n" + GENERATE + "metric_list: [{metric: exact_match, aggregation: nanmean, higher_is_better: true}]\n"}, answers=["two", "it", "it", "red"])
CASES["a list for a target after a text"] = case({"t": "task: t\n" + GENERATE.replace("target: a", "target: '{{a}}'") + "metric_list: [{metric: exact_match}, {metric: chrf}]\n"}, test=[{"q": "x", "a": "x"}, {"q": "y", "a": "['a']"}], train=QA, answers=["x", "['a']"])

ODD = [{"q": "One", "f": 3, "m": {"k": 1, "l": [1]}}, {"f": 2.5, "q": "Two", "a": None, "m": {"l": [], "k": 2.5}}, {"q": "Six", "a": "six", "f": -1, "m": None}]
COLUMNS = "task: t\n" + DATA + "output_type: generate_until\ndoc_to_text: \"{{q}} {{f}} {{a}} {{m}}\"\ndoc_to_target: a\n" + FIRST
CASES["columns that records do not have"] = case({"t": COLUMNS}, test=ODD, train=[{"m": {"k": 2, "l": [3]}, "q": "Ten", "f": 10}, {"q": "Ten", "a": "b"}], answers=["None", "six"], num_fewshot=2)
FLOATS = [{"q": "x", "a": f, "choices": ["a", "b"]} for f in (1e-7, 1e22, 0.1, 100.0)]
CASES["fractions for targets"] = case({"t": "task: t\n" + GENERATE + FIRST}, test=FLOATS, train=FLOATS, answers=["1e-07", "1e+22", "0.1", "100"])
EXAMPLE_CHOICES = "task: t\n" + GENERATE.replace("target: a", "target: '{{n}}'") + "fewshot_config: {sampler: first_n, doc_to_choice: choices}\n"
CASES["choices of examples alone"] = case({"t": EXAMPLE_CHOICES}, test=[{"q": "x", "n": "1", "choices": ["a", "b"]}] * 2, train=[{"q": "y", "n": "0", "choices": ["a", "b"]}] * 2, answers=["1"], num_fewshot=1)
CASES["an empty beginning of answers in a chat"] = case({"t": "task: t\ngen_prefix: ''\ndoc_to_target: truth\n" + CHOICE + FIRST}, test=AB, train=AB, num_fewshot=1, apply_chat_template=True)

STRICT = {"tojson": "{{ choices | tojson }} {{ {'b': '<&>', 'a': q} | tojson(indent=1) }}", "without_else": "{% for c in choices %}{{ c }}{{ ', ' if not loop.last }}{% endfor %}{{ ('x' if false) | default('d') }}", "undefined": "{{ [nothing] }} {{ nothing | default('d') }} {{ nothing is defined }} {{ q.x | default(q) }} {{ (nothing, 1) }}"}
CASES["Jinja's own settings"] = case({name: f"task: {name}\n" + GENERATE.replace("text: q", "text: " + json.dumps(text)).replace("target: a", "target: q") for name, text in STRICT.items()}, test=AB, train=AB, tasks=list(STRICT))

TABLE = "q,whole,part,gap,truth,mixed,word,big,none\nWho?, 1,1,1,True,True,yes,1e3,NA\n\"a, \"\"b\"\"\",02,2.5,,false,1,1_000,-inf,\nNone,+0,.5,3,TRUE,x,2020-01-01,5.,null\n"
COLUMN_TEXT = "{{ [q, whole, part, gap, truth, mixed, word, big, none] }}"
TABLED = "dataset_path: csv\ndataset_kwargs: {data_files: {test: table.csv}}\ntest_split: test\n"
CASES["a table of comma-separated values"] = case({"table.csv": TABLE, "t": "task: t\n" + TABLED + "output_type: multiple_choice\ndoc_to_text: \"%s\"\ndoc_to_choice: [a, b, c]\ndoc_to_target: whole\n" % COLUMN_TEXT, "u": "task: u\n" + TABLED + "doc_to_text: \"%s\"\ndoc_to_target: gap\n" % COLUMN_TEXT}, tasks="tu", answers=["1.0", "nan", "3"])

OWN = "fewshot_config: {sampler: first_n, samples: [{q: Ten, a: ten}, {q: Six, a: six}]}\n"
CASES["examples that the task has itself"] = case({"t": "task: t\n" + GENERATE.replace("fewshot_split: train\n", "") + OWN}, num_fewshot=1)
TWICE = [QA[0], QA[0], QA[3], QA[0], QA[2]]
CASES["examples that equal the record"] = case({"t": "task: t\n" + GENERATE.replace("split: train", "split: test")}, test=TWICE, num_fewshot=2)
WIDE = [{"q": q, "truth": i * i % 3, "choices": ["\u00fc\u00fc\u00fc", "ein langer Satz", "\u6c34\u6c34 \u6c34"]} for i, q in enumerate("abcdefghijk")]
SCORES = "metric_list: [{metric: acc}, {metric: acc_norm}, {metric: acc_bytes}, {metric: acc_mutual_info}, {metric: brier_score}]\n"
CASES["scores of choices"] = case({"t": "task: t\ndoc_to_target: truth\n" + CHOICE + SCORES}, test=WIDE, train=WIDE)
CASES["what letters of choices ignore"] = case({"t": "task: t\n" + GENERATE + MULTI.replace("ignore_case: true,", "regexes_to_ignore: ['[Tt]he ', '-'],")}, test=MARKS, train=MARKS, answers=["the Guil-ty of the Romance", "the U-S", "the its it"])

CASES["the beginning of answers in a chat"] = case({n: f"task: {n}\ngen_prefix: '{prefix}'\ndoc_to_target: truth\n" + CHOICE + FIRST for n, prefix in (("t", "So"), ("u", "So "))}, test=AB, train=AB, tasks="tu", num_fewshot=1, apply_chat_template=True)
LISTS = [{"q": "x", "v": [1, None], "w": [[2], []]}, {"q": "y", "v": [0.5], "w": [[0.25]]}]
CASES["columns of lists"] = case({"t": "task: t\n" + GENERATE.replace("text: q", "text: '{{q}} {{v}} {{w}}'").replace("target: a", "target: q")}, test=LISTS, train=LISTS)
CASES["records in one file"] = case({"t": "task: t\n" + GENERATE.replace("{test: test.jsonl, train: train.jsonl}", "test.jsonl").replace("test_split: test", "test_split: train")})


def run(spec):
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for split, records in spec["records"].items():
            (home / f"{split}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
        for name, text in spec["files"].items():
            (home / name).write_text(text.replace(": test.jsonl", f": {folder}/test.jsonl").replace(": train.jsonl", f": {folder}/train.jsonl").replace(": table.csv", f": {folder}/table.csv"), encoding="utf-8")
        options = {"bootstrap_iters": 100, "fewshot_as_multiturn": False, **spec["options"]}
        manager = TaskManager(include_path=folder, include_defaults=False)
        result = lm_eval.simple_evaluate(model=Invented(spec["answers"]), tasks=spec["tasks"], task_manager=manager, log_samples=True, **options)
    samples = result.pop("samples")
    expected = {key: result[key] for key in ("results", "groups", "versions", "higher_is_better") if key in result}
    expected["samples"] = {
        task: [
            {
                "doc_id": s["doc_id"],
                "filter": s["filter"],
                "target": str(s["target"]),
                "arguments": [list(a) for a in s["arguments"]],
                "resps": s["resps"],
                "filtered": sanitize_list(list(s["filtered_resps"])),
                "doc_hash": s["doc_hash"],
                **({"chrf": s["chrf"]} if "chrf" in s else {}),
            }
            for s in lines
        ]
        for task, lines in samples.items()
    }
    return json.loads(json.dumps({**spec, "expected": expected}, default=handle_non_serializable))


out = {name: run(spec) for name, spec in CASES.items()}
target = Path(__file__).with_name("odd_tasks.json")
lines = ",\n".join(json.dumps(name) + ": " + json.dumps(value, separators=(",", ":")) for name, value in out.items())
target.write_text("{\n" + lines + "\n}\n", encoding="utf-8")
print(target.stat().st_size, "bytes")
