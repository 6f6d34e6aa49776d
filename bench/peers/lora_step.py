"""A LoRA training step of Hugging Face PEFT, to be timed in turn with LoraStepBenchmark.

The same model shape, random weights, rank, targets, loss, clipping and AdamW; attention is PyTorch's
scaled_dot_product_attention. In bf16 the base is bf16 and the adapters fp32 under autocast, as TRL
trains them.

    python lora_step.py SHAPE cpu|cuda f32|bf16 BATCH LENGTH [STEPS]
"""

import contextlib
import resource
import statistics
import sys
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

SHAPES = {
    "SMOLLM2_135M": dict(vocab_size=49152, hidden_size=576, intermediate_size=1536,
                         num_hidden_layers=30, num_attention_heads=9, num_key_value_heads=3,
                         tie_word_embeddings=True),
    "LLAMA_1B": dict(vocab_size=128256, hidden_size=2048, intermediate_size=8192,
                     num_hidden_layers=16, num_attention_heads=32, num_key_value_heads=8,
                     tie_word_embeddings=True),
    "LLAMA_8B": dict(vocab_size=128256, hidden_size=4096, intermediate_size=14336,
                     num_hidden_layers=32, num_attention_heads=32, num_key_value_heads=8,
                     tie_word_embeddings=False),
}


def main(shape, device, dtype, batch, length, steps=10):
    torch.manual_seed(0)
    cuda = device == "cuda"
    bf16 = dtype == "bf16"
    config = LlamaConfig(**SHAPES[shape], max_position_embeddings=8192, rms_norm_eps=1e-5,
                         rope_theta=100000.0)
    torch.set_default_dtype(torch.bfloat16 if bf16 else torch.float32)
    with torch.device(device):
        model = LlamaForCausalLM(config)
    torch.set_default_dtype(torch.float32)
    lora = LoraConfig(r=16, lora_alpha=32, lora_dropout=0.0, target_modules="all-linear",
                      task_type="CAUSAL_LM")
    model = get_peft_model(model, lora)
    model.train()
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=2e-4, fused=cuda)
    ids = torch.randint(0, config.vocab_size, (batch, length), device=device)
    autocast = torch.autocast(device, torch.bfloat16) if bf16 else contextlib.nullcontext()
    rates = []
    for step in range(steps):
        start = time.perf_counter()
        with autocast:
            loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        text = f"loss {loss.item():.4f}, gradient norm {norm.item():.4f}"
        if cuda:
            torch.cuda.synchronize()
        rates.append(batch * length / (time.perf_counter() - start))
        print(f"{text}, {rates[-1]:.1f} tokens/s", flush=True)
    print(f"median of the last {len(rates) // 2}: "
          f"{statistics.median(rates[-(len(rates) // 2):]):.1f} tokens/s, best {max(rates):.1f}")
    if cuda:
        print(f"peak on the GPU: {torch.cuda.max_memory_allocated() / 2**20:.0f} MiB")
    print(f"peak resident: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], *map(int, sys.argv[4:]))
