"""What lm-evaluation-harness's HFLM does to score choices, over transformers, to time it.

The harness itself is not needed: the requests come from the samples that `sifter eval
--log_samples` wrote, so both score the same texts. As in HFLM: white space moves to the
continuation, requests are sorted by length, longest first, and padded on the right; choices of one
token after the same context share a pass; logits of all rows, log_softmax in float32, gather.

    python hflm.py MODEL BATCH_SIZE samples_TASK.jsonl ...
"""

import json
import sys
import time

import torch
import torch.nn.functional as F
from transformers import AutoModelForCausalLM, AutoTokenizer


def encode_pair(tok, context, continuation):
    if not context:
        return [tok.bos_token_id], tok(continuation).input_ids
    spaces = len(context) - len(context.rstrip())
    if spaces:
        continuation = context[-spaces:] + continuation
        context = context[:-spaces]
    whole, head = tok(context + continuation).input_ids, tok(context).input_ids
    return head, whole[len(head):]


@torch.no_grad()
def loglikelihood(model, tok, pairs, batch_size, max_length):
    groups = {}
    for i, (context, continuation) in enumerate(pairs):
        head, tail = encode_pair(tok, context, continuation)
        groups.setdefault(tuple(head + tail[:-1]), []).append((i, head, tail))
    order = sorted(groups.values(), key=lambda g: (-len(g[0][1] + g[0][2]), g[0][1] + g[0][2]))
    scores = [None] * len(pairs)
    for at in range(0, len(order), batch_size):
        batch = order[at : at + batch_size]
        inputs = [torch.tensor((g[0][1] + g[0][2])[-(max_length + 1) :][:-1]) for g in batch]
        padded = torch.nn.utils.rnn.pad_sequence(inputs, batch_first=True)
        logits = F.log_softmax(model(padded).logits, dim=-1, dtype=torch.float32)
        for group, ids, rows in zip(batch, inputs, logits):
            for i, _, tail in group:
                part = rows[len(ids) - len(tail) : len(ids)].unsqueeze(0)
                target = torch.tensor(tail).unsqueeze(0)
                greedy = bool((part.argmax(dim=-1) == target).all())
                picked = torch.gather(part, 2, target.unsqueeze(-1)).squeeze(-1)
                scores[i] = float(picked.sum()), greedy
    return scores


def read(file):
    """Every item once, with its requests; a file has a line for each filter, too."""
    docs = {doc["doc_id"]: doc for doc in map(json.loads, open(file))}.values()
    requests = [tuple(r.values()) for doc in docs for r in doc["arguments"].values()]
    return docs, requests


def main(folder, batch_size, files):
    torch.set_num_threads(2)
    tok = AutoTokenizer.from_pretrained(folder)
    tok.pad_token = tok.eos_token
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    limit = model.config.max_position_embeddings
    for file in files:
        docs, requests = read(file)
        cpu, wall = time.process_time(), time.perf_counter()
        scores = loglikelihood(model, tok, requests, batch_size, limit)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        wanted = [float(answers[0][0]) for doc in docs for answers in doc["resps"]]
        print("largest difference", max(abs(s[0] - w) for s, w in zip(scores, wanted)))
        print(f"{file}: {len(docs)} items, {wall:.1f} s, {cpu:.1f} s of CPU", flush=True)


main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
