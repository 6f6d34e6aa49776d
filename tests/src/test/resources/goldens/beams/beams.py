"""Records beams.json: what transformers' generate answers with beams, for tiny models of ../models.

Made with transformers 5.18.0, torch 2.13.0 (CPU, one thread): python beams.py > beams.json
A case is kept only where every answer is the same from weights changed by up to 1e-4 of each, so that no
order of sums can turn one beam into another.
"""

import json
import pathlib
import random

import torch
from transformers import AutoModelForCausalLM, GenerationConfig

MODELS = ["arcee", "cohere2", "exaone4", "falcon", "gpt_neo", "gptj", "olmo", "starcoder2"]
CASES = 6  # for each model
FOLDER = pathlib.Path(__file__).parent.parent / "models"


def settings(rng, vocabulary):
    """Random settings; half of the cases change logits too."""

    def ids(count):
        return rng.sample(range(vocabulary), count)

    beams = rng.randint(2, 5)
    chosen = {
        "num_beams": beams,
        "num_return_sequences": rng.randint(1, beams),
        "length_penalty": rng.choice([1.0, 0.0, 2.0, -1.0, 0.3]),
        "early_stopping": rng.choice([True, False, "never"]),
        "max_new_tokens": rng.randint(1, 12),
        "eos_token_id": ids(rng.choice([1, 3, 8])),
        "pad_token_id": 0,
    }
    rules = {
        "repetition_penalty": rng.choice([0.8, 1.3]),
        "no_repeat_ngram_size": rng.randint(1, 3),
        "min_new_tokens": rng.randint(2, 6),
        "bad_words_ids": [ids(1), ids(2)],
        "suppress_tokens": ids(5),
        "sequence_bias": [[ids(1), 2.5], [ids(1), -1.5]],
        "renormalize_logits": True,
        "exponential_decay_length_penalty": [2, 1.3],
    }
    if rng.random() < 0.5:
        for name in rng.sample([n for n in rules if n != "exponential_decay_length_penalty"], 2):
            chosen[name] = rules[name]
    elif rng.random() < 0.3:
        chosen["exponential_decay_length_penalty"] = rules["exponential_decay_length_penalty"]
    return chosen


def answers(model, prompts, chosen):
    """New tokens of every answer, without what pads them."""
    longest = max(map(len, prompts))
    ids = torch.tensor([[0] * (longest - len(p)) + p for p in prompts])
    seen = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts])
    model.generation_config = GenerationConfig()
    with torch.no_grad():
        result = model.generate(
            ids,
            attention_mask=seen,
            generation_config=GenerationConfig(**chosen),
            return_dict_in_generate=True,
        )
    lengths = (result.beam_indices >= 0).sum(dim=1).tolist()
    return [row[:n] for row, n in zip(result.sequences[:, longest:].tolist(), lengths)]


def disturbed(name, seed):
    model = AutoModelForCausalLM.from_pretrained(FOLDER / name, dtype=torch.float64)
    noise = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            weight *= 1 + 1e-4 * (2 * torch.rand(weight.shape, generator=noise, dtype=torch.float64) - 1)
    return model


def main():
    cases = []
    for name in MODELS:
        model = AutoModelForCausalLM.from_pretrained(FOLDER / name, dtype=torch.float32)
        others = [disturbed(name, seed) for seed in range(3)]
        vocabulary = model.config.vocab_size
        rng = random.Random("beams " + name)
        kept = 0
        while kept < CASES:
            chosen = settings(rng, vocabulary)
            # Penalties of tokens that occurred would see the padding of shorter prompts.
            ragged = len(chosen) == 7 and rng.random() < 0.5
            length = rng.randint(1, 9)
            prompts = [
                [rng.randrange(vocabulary) for _ in range(rng.randint(1, 9) if ragged else length)]
                for _ in range(rng.randint(1, 3))
            ]
            expected = answers(model, prompts, chosen)
            if all(answers(other, prompts, chosen) == expected for other in others):
                cases.append({"model": name, "settings": chosen, "prompts": prompts, "answers": expected})
                kept += 1
    print("[\n" + ",\n".join(map(json.dumps, cases)) + "\n]")


main()
