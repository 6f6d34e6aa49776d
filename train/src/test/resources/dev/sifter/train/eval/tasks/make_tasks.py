"""Prompts and figures of the harness's own task files on invented records. Writes tasks.json beside itself.

pip install lm_eval==0.4.13 datasets; then: DISABLE_MULTIPROC=1 HF_HUB_OFFLINE=1 python make_tasks.py
"""

import json
import os
import random
import tempfile
from collections import defaultdict
from pathlib import Path

os.environ["DISABLE_MULTIPROC"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"
import datasets
import lm_eval.tasks
from lm_eval.api.task import ConfigurableTask
from lm_eval.evaluator_utils import _compute_task_aggregations
from lm_eval.tasks._yaml_loader import load_yaml

datasets.disable_progress_bars()
TASKS = Path(lm_eval.tasks.__file__).parent
rng = random.Random(7)
WORDS = "ton lira Mavo  [keel] gub's under 14 three, so: na [title] plo. Éclat größe \"told\" (as) @-@ 5 @.@ 2".split(" ")


def text(lo=3, hi=9):
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(lo, hi)))


def many(n, f):
    return [f(i) for i in range(n)]


def arc(i):
    labels = rng.choice([list("ABCD"), list("1234"), list("ABC")])
    return {"id": str(i), "question": text() + "?", "choices": {"text": [text(1, 4) for _ in labels], "label": labels}, "answerKey": rng.choice(labels)}


def hellaswag(i):
    return {"ind": i, "activity_label": "Doing " + text(1, 2), "ctx_a": text() + " .", "ctx_b": rng.choice(["", "the Woman THEN", "Éin mann"]),
            "endings": [" " + text() + " [step]  end." for _ in range(4)], "label": str(rng.randrange(4))}


def piqa(i):
    return {"goal": text(), "sol1": text(), "sol2": text() + " 'quoted'", "label": rng.randrange(2)}


def winogrande(i):
    return {"sentence": text() + " _ " + text() + " ", "option1": "Ann", "option2": "Bo", "answer": rng.choice("12")}


def mc2(n):
    labels = [1] + [rng.randrange(2) for _ in range(n - 1)]
    return {"choices": [text(2, 5) for _ in range(n)], "labels": labels}


def truthful(i):
    n = rng.randint(2, 5)
    return {"question": text() + "?", "mc1_targets": {"choices": [text(2, 5) for _ in range(n)], "labels": [1] + [0] * (n - 1)}, "mc2_targets": mc2(rng.randint(2, 6))}


def page(i):
    lines = [" = " + text(1, 3) + " = ", "", " " + " ".join([text(), ", ( in ", text(), " ) , ' ", text(), " ' N @,@ 000 [ x ] 's s ' . "]), " = = Part = = ", text() + " ° C ; { a } "]
    return {"page": " \n ".join(lines)}


def mmlu(i):
    return {"question": " " + text() + " ", "subject": "anatomy", "choices": [text(1, 3) for _ in range(4)], "answer": rng.randrange(4)}


SETS = {
    "arc_easy": ("arc/arc_easy.yaml", {"train": many(6, arc), "validation": many(2, arc), "test": many(5, arc)}, [0, 2]),
    "arc_challenge": ("arc/arc_challenge.yaml", {"train": many(3, arc), "test": many(3, arc)}, [1]),
    "hellaswag": ("hellaswag/hellaswag.yaml", {"train": many(6, hellaswag), "validation": many(5, hellaswag)}, [0, 3]),
    "piqa": ("piqa/piqa.yaml", {"train": many(5, piqa), "validation": many(4, piqa)}, [0, 2]),
    "winogrande": ("winogrande/default.yaml", {"train": many(5, winogrande), "validation": many(4, winogrande)}, [0, 2]),
    "boolq": ("super_glue/boolq/default.yaml", {"train": many(4, lambda i: {"passage": text(), "question": text(), "label": rng.randrange(2)}),
                                               "validation": many(4, lambda i: {"passage": text(), "question": text(), "label": rng.randrange(2)})}, [0, 1]),
    "gsm8k": ("gsm8k/gsm8k.yaml", {"train": many(7, lambda i: {"question": text(), "answer": text() + f"\n#### {i},0{i}"}),
                                  "test": many(5, lambda i: {"question": text(), "answer": text() + f"\n#### {i * 3}"})}, [5]),
    "truthfulqa_mc1": ("truthfulqa/truthfulqa_mc1.yaml", {"validation": many(4, truthful)}, [0]),
    "truthfulqa_mc2": ("truthfulqa/truthfulqa_mc2.yaml", {"validation": many(4, truthful)}, [0]),
    "lambada_openai": ("lambada/lambada_openai.yaml", {"test": many(4, lambda i: {"text": text()})}, [0]),
    "wikitext": ("wikitext/wikitext.yaml", {"test": many(4, page)}, [0]),
    "mmlu_anatomy": ("mmlu/default/mmlu_anatomy.yaml", {"test": many(4, mmlu), "dev": many(5, mmlu)}, [0, 5]),
}


def answer(task, request):
    if task.OUTPUT_TYPE == "generate_until":
        gold = int(task.doc_to_target(request.doc).split("#### ")[-1].replace(",", ""))
        return rng.choice([f"so #### {gold}.", f"It is ${gold:,}", f" {gold + 1} or {gold}", "no idea", f"#### {gold + 1}\nbut {gold}"])
    ll = -round(rng.uniform(0.1, 30), 6)
    return ll if task.OUTPUT_TYPE == "loglikelihood_rolling" else (ll, rng.random() < 0.5)


def run(name, path, splits, shots):
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for split, records in splits.items():
            files[split] = f"{folder}/{split}.jsonl"
            Path(files[split]).write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
        cfg = load_yaml(TASKS / path, resolve_func=True)
        for key in ("training_split", "validation_split"):
            if cfg.get(key) and cfg[key] not in files:
                cfg[key] = None
        for key in ("tag", "dataset_name"):
            cfg.pop(key, None)
        cfg.update(dataset_path="json", dataset_kwargs={"data_files": files})
        task = ConfigurableTask(config=cfg)
        task.set_config("num_fewshot", shots)
        task.set_fewshot_seed(1234)
        task.build_all_requests()
        for request in task.instances:
            request.resps.append(answer(task, request))
        task.apply_filters()
        by_doc = defaultdict(list)
        for request in task.instances:
            by_doc[request.doc_id].append(request)
        raw = defaultdict(list)
        for key in task.instances[0].filtered_resps:
            for doc_id, requests in sorted(by_doc.items()):
                requests.sort(key=lambda r: r.idx)
                for metric, value in task.process_results(requests[0].doc, [r.filtered_resps[key] for r in requests]).items():
                    raw[metric, key].append(value)
        figures, _ = _compute_task_aggregations(task, raw, 1000)
        return {
            "shots": shots,
            "arguments": [[[a for a in r.args if isinstance(a, str)] for r in requests] for _, requests in sorted(by_doc.items())],
            "answers": [[r.resps[0] for r in requests] for _, requests in sorted(by_doc.items())],
            "figures": {k: float(v) if not isinstance(v, str) else v for k, v in figures.items()},
        }


out = {}
for name, (path, splits, shots) in SETS.items():
    out[name] = {"splits": splits, "runs": [run(name, path, splits, n) for n in shots]}
target = Path(__file__).with_name("tasks.json")
target.write_text(json.dumps(out, ensure_ascii=True, separators=(",", ":")).replace('"splits"', '\n"splits"'), encoding="utf-8")
print(target.stat().st_size, "bytes")
