package dev.sifter.engine.backend;

/**
 * One step of AdamW (Loshchilov &amp; Hutter 2019), as PyTorch computes it: p ← p·(1 − lr·wd); m ←
 * m + (1 − β₁)(g − m); v ← β₂·v + (1 − β₂)·g²; p ← p − (lr/(1 − β₁ᵗ)) · m / (√v/√(1 − β₂ᵗ) + ε).
 *
 * @param learningRate lr of this step
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param epsilon added outside the root
 * @param weightDecay wd, decoupled
 * @param step t, from 1
 */
public record AdamWStep(
    double learningRate,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    long step) {}
