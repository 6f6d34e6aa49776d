"""Writes optimizers.json: update rules of PyTorch and transformers on random parameters.

python optimizers.py > optimizers.json   (torch 2.13.0, transformers 5.18.0)
Muon's iteration, which torch rounds to bfloat16, is made to run in float32.
"""

import json

import torch
from transformers.optimization import Adafactor

STEPS = 6
SHAPES = {
    "layers.0.q_proj.weight": (5, 8),
    "layers.0.down_proj.weight": (9, 4),
    "layers.0.norm.weight": (7,),
    "embed_tokens.weight": (6, 3),
}
torch.Tensor.bfloat16 = lambda self: self


def groups(parameters, weight_decay):
    decayed = [p for n, p in parameters.items() if "norm" not in n]
    plain = [p for n, p in parameters.items() if "norm" in n]
    return [{"params": decayed, "weight_decay": weight_decay}, {"params": plain, "weight_decay": 0.0}]


def optimizers(name, parameters):
    if name == "sgd":
        return [torch.optim.SGD(groups(parameters, 0.1), lr=0.05)]
    if name == "sgd_momentum":
        return [torch.optim.SGD(groups(parameters, 0.1), lr=0.05, momentum=0.9)]
    if name == "adafactor":
        options = {"lr": 0.01, "scale_parameter": False, "relative_step": False}
        return [Adafactor(groups(parameters, 0.1), **options)]
    hidden = [p for n, p in parameters.items() if p.dim() == 2 and "embed" not in n]
    rest = {n: p for n, p in parameters.items() if not any(p is h for h in hidden)}
    muon = torch.optim.Muon(hidden, lr=0.02, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    return [muon, torch.optim.AdamW(groups(rest, 0.1), lr=0.02)]


def run(name):
    generator = torch.Generator().manual_seed(7)
    parameters = {n: torch.randn(s, generator=generator).requires_grad_() for n, s in SHAPES.items()}
    case = {"name": name, "parameters": {}, "steps": []}
    for n, p in parameters.items():
        case["parameters"][n] = {"shape": list(p.shape), "values": p.detach().flatten().tolist()}
    rules = optimizers(name, parameters)
    for _ in range(STEPS):
        gradients = {n: torch.randn(s, generator=generator) for n, s in SHAPES.items()}
        for n, p in parameters.items():
            p.grad = gradients[n].clone()
        for rule in rules:
            rule.step()
        case["steps"].append(
            {
                "gradients": {n: g.flatten().tolist() for n, g in gradients.items()},
                "values": {n: p.detach().flatten().tolist() for n, p in parameters.items()},
            }
        )
    return case


print(json.dumps([run(n) for n in ("sgd", "sgd_momentum", "adafactor", "muon")]))
