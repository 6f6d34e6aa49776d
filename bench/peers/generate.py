"""Generation by transformers, greedy or with beams, to be timed in turn with GenerateBenchmark.

    python generate.py SHAPE cpu|cuda f32|bf16 BATCH PROMPT_TOKENS NEW_TOKENS [BEAMS]
"""

import sys
import time

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from lora_step import SHAPES


def main(shape, device, dtype, batch, prompt_tokens, new_tokens, beams=1):
    torch.manual_seed(0)
    config = LlamaConfig(**SHAPES[shape], max_position_embeddings=8192, rms_norm_eps=1e-5,
                         rope_theta=100000.0)
    torch.set_default_dtype(torch.bfloat16 if dtype == "bf16" else torch.float32)
    with torch.device(device):
        model = LlamaForCausalLM(config).eval()
    ids = torch.randint(0, config.vocab_size, (batch, prompt_tokens), device=device)
    for _ in range(3):
        start = time.perf_counter()
        out = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, num_beams=beams,
                             min_new_tokens=new_tokens, max_new_tokens=new_tokens)
        out[0, -1].item()
        seconds = time.perf_counter() - start
        print(f"{1e3 * seconds:.1f} ms, {batch * new_tokens / seconds:.1f} tokens/s", flush=True)


main(sys.argv[1], sys.argv[2], sys.argv[3], *map(int, sys.argv[4:]))
