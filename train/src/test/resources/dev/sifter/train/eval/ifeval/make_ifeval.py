"""The harness's IFEval checks on invented responses. Writes ifeval.json beside itself.

Needs lm_eval==0.4.13 and nltk. The checks that need trained tables (sentences, language) are left out.
"""

import json
import random
import sys
import types
from pathlib import Path

fake = types.ModuleType("langdetect")
fake.LangDetectException = type("LangDetectException", (Exception,), {})
sys.modules["langdetect"] = fake
import nltk

nltk.data.find = lambda *a, **k: None
from nltk.tokenize import NLTKWordTokenizer

nltk.word_tokenize = NLTKWordTokenizer().tokenize
from lm_eval.tasks.ifeval import instructions_registry, utils

rng = random.Random(99)
PIECES = ["word", "Kiwi", "ÉCLAIR", "p.s. see", "P. P. S more", "P.S. this", "[name]", "[a b]", "[\n]", "*bold*", "**very bold**", "* item", "- item", "\n* point one",
          "\n- dash", "\n\n", "\n", "***", "\n***\n", "******", "Section 1", "SECTION 2", " Section3 ", "<<Title>>", "<< >>", "<<a>> b>>", ",", "HELLO", "IT'S", "DON'T", "CANNOT",
          "O'NEIL", "'QUOTE'", "A,B", "1,000", "U.S.A.", "END.", "WELL-KNOWN", "YES--NO", "(UP)", "\"SAID\"", "WE'LL", "``X''", "GONNA", "\u201cQ\u201d", "E\u2014F", "{\"a\": 1}",
          "[1, NaN]", "```json\n{\"b\": [true]}\n```", "My answer is yes.", "my answer is no.", "\"", "say the words", "Any other questions?", "ab12", "it is", "  ", "KIWI kiwi", "'hello',"]
PROMPT = "Say the WORDS"


def response():
    glue = rng.choice([" ", " ", "", "\n"])
    text = glue.join(rng.choice(PIECES) for _ in range(rng.randint(0, 12)))
    kind = rng.randrange(8)
    if kind == 0:
        text = '"' + text + '"'
    elif kind == 1:
        text = PROMPT.lower() + " " + text
    elif kind == 2:
        text = text + rng.choice([" THE end ", " the End\"\"", "the end."])
    elif kind == 3:
        text = "\n\n".join(rng.choice(PIECES + ["Kiwi, a", "'Word' b"] * 9) for _ in range(rng.randint(1, 4)))
    elif kind == 4:
        text = rng.choice(PIECES)
    elif kind == 5:
        text = rng.choice(["***", "\n***\n", "******", " ****** "]).join(rng.choice(PIECES + [""]) for _ in range(rng.randint(1, 4)))
    return text


RELATION = ["less than", "at least"]
ARGS = {
    "keywords:existence": lambda: {"keywords": rng.sample(["kiwi", "word", "é", "SAID"], 2)},
    "keywords:frequency": lambda: {"keyword": rng.choice(["kiwi", "item", "a"]), "frequency": rng.randint(1, 3), "relation": rng.choice(RELATION)},
    "keywords:forbidden_words": lambda: {"forbidden_words": rng.sample(["it", "kiw", "hello", "item"], 2)},
    "keywords:letter_frequency": lambda: {"letter": rng.choice("aEio"), "let_frequency": rng.randint(1, 8), "let_relation": rng.choice(RELATION)},
    "length_constraints:number_paragraphs": lambda: {"num_paragraphs": rng.randint(1, 4)},
    "length_constraints:number_words": lambda: {"num_words": rng.randint(1, 12), "relation": rng.choice(RELATION)},
    "length_constraints:nth_paragraph_first_word": lambda: {"num_paragraphs": rng.choice([2, 3]), "nth_paragraph": rng.choice([1, 2]), "first_word": rng.choice(["kiwi", "word"])},
    "detectable_content:number_placeholders": lambda: {"num_placeholders": rng.randint(1, 3)},
    "detectable_content:postscript": lambda: {"postscript_marker": rng.choice(["P.S.", "P.P.S", "P.S"])},
    "detectable_format:number_bullet_lists": lambda: {"num_bullets": rng.randint(1, 3)},
    "detectable_format:constrained_response": dict,
    "detectable_format:number_highlighted_sections": lambda: {"num_highlights": rng.randint(1, 3)},
    "detectable_format:multiple_sections": lambda: {"section_spliter": rng.choice(["Section", "SECTION"]), "num_sections": rng.randint(1, 2)},
    "detectable_format:json_format": dict,
    "detectable_format:title": dict,
    "combination:two_responses": dict,
    "combination:repeat_prompt": lambda: {"prompt_to_repeat": PROMPT},
    "startend:end_checker": lambda: {"end_phrase": "the end"},
    "startend:quotation": dict,
    "change_case:capital_word_frequency": lambda: {"capital_frequency": rng.randint(1, 6), "capital_relation": rng.choice(RELATION)},
    "punctuation:no_comma": dict,
}
LEFT_OUT = {"language:response_language", "length_constraints:number_sentences", "change_case:english_capital", "change_case:english_lowercase"}
assert set(ARGS) | LEFT_OUT == set(instructions_registry.INSTRUCTION_DICT)
KEYS = sorted({k for f in ARGS.values() for k in f()})
cases = []
for name, make in ARGS.items():
    seen = {True: 0, False: 0}
    for _ in range(2000):
        kwargs = make()
        text = response()
        doc = {"key": 1, "prompt": "p", "instruction_id_list": [name], "kwargs": [{**{k: None for k in KEYS if rng.random() < 0.2}, **kwargs}]}
        out = utils.process_results(doc, [text])
        strict, loose = out["inst_level_strict_acc"][0], out["inst_level_loose_acc"][0]
        if seen[strict] < 12 or strict != loose and seen[strict] < 18:
            seen[strict] += 1
            cases.append({"name": name, "kwargs": kwargs, "response": text, "strict": strict, "loose": loose})
    assert min(seen.values()) >= 3, (name, seen)
counts = [{"text": t, "capitals": sum(w.isupper() for w in nltk.word_tokenize(t))} for t in (response() for _ in range(150))]
target = Path(__file__).with_name("ifeval.json")
target.write_text(json.dumps({"cases": cases, "capitals": counts}, separators=(",", ":")).replace('{"name"', '\n{"name"'), encoding="utf-8")
print(len(cases), target.stat().st_size, "bytes")
