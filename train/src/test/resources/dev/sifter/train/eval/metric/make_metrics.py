"""Text and label metrics of random texts, by the reference libraries. Writes metrics.json beside itself.

pip install lm_eval==0.4.13 sacrebleu==2.6.0 scikit-learn==1.9.1 rouge_score==0.1.2
DISABLE_MULTIPROC=1 python make_metrics.py
"""

import json
import os
import random
from pathlib import Path

os.environ["DISABLE_MULTIPROC"] = "1"
from lm_eval.api import metrics as harness
from rouge_score.rouge_scorer import RougeScorer

rng = random.Random(20261126)
SYLLABLES = ["ka", "lo", "mi", "ren", "tas", "vu", "pel", "dor", "sh", "é", "ß", "ñu", "水", "ж"]
WORDS = ["".join(rng.choices(SYLLABLES, k=rng.randint(1, 4))) for _ in range(60)]
EXTRAS = ["3.14", "1,000", "U.S.", "co-op", "5-6", "&quot;so&quot;", "&amp;", "it's", "(hi)", "<skipped>",
          "50%", "a/b", "$9.99,", "...", "—", "“q”", "x\u00a0y", "Don't.", "E=mc^2", "[a]", "{b}", "~", "`c`", "no.", "7th"]


def sentence(n):
    words = [rng.choice(EXTRAS) if rng.random() < 0.2 else rng.choice(WORDS) for _ in range(n)]
    if rng.random() < 0.5 and words:
        words[0] = words[0].capitalize()
    if rng.random() < 0.1 and words:
        words.insert(rng.randrange(len(words)), "word-\nbreak\n")
    return " ".join(words) + rng.choice(["", ".", "!", " ?", ",", "\n"])


def changed(text):
    words = text.split(" ")
    for _ in range(rng.randint(0, 4)):
        kind = rng.randrange(5)
        at = rng.randrange(len(words) + 1)
        if kind == 0:
            words.insert(at, rng.choice(WORDS))
        elif kind == 1 and at < len(words):
            del words[at]
        elif kind == 2 and at < len(words):
            words[at] = rng.choice(WORDS + EXTRAS)
        elif kind == 3 and len(words) > 4:  # a shift of several words
            n = rng.randint(1, 3)
            moved = words[at:at + n]
            del words[at:at + n]
            to = rng.randrange(len(words) + 1)
            words[to:to] = moved
        elif at < len(words):
            words[at] = words[at].upper()
    return " ".join(words)


def corpus(n, references, lengths):
    items = []
    for _ in range(n):
        base = sentence(rng.randint(*lengths))
        refs = [base] + [changed(base) for _ in range(references - 1)]
        items.append([refs if references > 1 else refs[0], changed(base) if rng.random() < 0.85 else sentence(rng.randint(0, 9))])
    return items


CORPORA = {
    "one": corpus(24, 1, (3, 14)),
    "three": corpus(12, 3, (4, 12)),
    "long": corpus(4, 1, (70, 110)),
    "short": [["ka", "ka"], ["", "lo mi"], ["vu", ""], ["", ""], ["dor dor", "dor"]],
    "unrelated": [[sentence(8), sentence(6)] for _ in range(5)],
}
few = random.Random(1)


def of_few(n, words):
    return " ".join(few.choices("a b c. (d".split()[:words], k=n))


# Equal words everywhere: shifts and reference lengths that tie. Then far longer or shorter than the reference.
CORPORA["few words"] = [[of_few(few.randint(4, 20), n), of_few(few.randint(4, 20), n)] for n in (2, 3, 4) * 6]
CORPORA["few words, three"] = [[[of_few(few.randint(1, 9), n) for _ in range(3)], of_few(5, n)] for n in (2, 3, 4) * 3]
CORPORA["lengths"] = [[of_few(120, 4), of_few(2, 4)], [of_few(3, 4), of_few(130, 4)], [of_few(60, 4), of_few(1, 4)]]
TEXT_METRICS = {"bleu": harness.bleu, "chrf": harness.chrf, "chrf++": harness.chrfpp, "ter": harness.ter}
out = {"texts": [], "labels": [], "brier": [], "rouge": []}
for name, items in CORPORA.items():
    expected = {}
    for metric, f in TEXT_METRICS.items():
        stderr = harness.stderr_for_metric(f, min(2500, 100))
        expected[metric] = {"value": f(items), "stderr": stderr(items), "each": [f([item]) for item in items]}
    out["texts"].append({"name": name, "items": items, "expected": expected})

scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=False)
for name in ("one", "long", "short", "unrelated"):
    for reference, prediction in CORPORA[name]:
        score = scorer.score(reference, prediction)
        out["rouge"].append({"reference": reference, "prediction": prediction, **{k: v.fmeasure for k, v in score.items()}})

for classes, n in ((2, 40), (2, 7), (4, 60), (3, 9)):
    items = [(rng.randrange(classes), rng.randrange(classes)) for _ in range(n)]
    items = [(g, g if rng.random() < 0.4 else p) for g, p in items]
    entry = {"items": items, "mcc": harness.matthews_corrcoef(items)}
    entry["mcc_stderr"] = harness.stderr_for_metric(harness.matthews_corrcoef, 1200)(items)
    if classes == 2:
        entry["f1"] = float(harness.f1_score(items))
        entry["f1_stderr"] = float(harness.stderr_for_metric(harness.f1_score, 1200)(items))
    out["labels"].append(entry)
for constant in ([(0, 0)] * 4, [(1, 1)] * 3, [(1, 0), (1, 0)]):
    out["labels"].append({"items": constant, "mcc": harness.matthews_corrcoef(constant), "f1": float(harness.f1_score(constant))})

from lm_eval.utils import softmax
import numpy as np
for classes, n in ((2, 5), (4, 30)):
    lls = [[-rng.random() * 9 for _ in range(classes)] for _ in range(n)]
    gold = [rng.randrange(classes) for _ in range(n)]
    items = [(g, softmax(np.array(l))) for g, l in zip(gold, lls)]
    out["brier"].append({"lls": lls, "gold": gold, "value": float(harness.brier_score(items))})

target = Path(__file__).with_name("metrics.json")
target.write_text(json.dumps(out, ensure_ascii=True, indent=None, separators=(",", ":")).replace('{"name"', '\n{"name"'), encoding="utf-8")
print(target.stat().st_size, "bytes")
