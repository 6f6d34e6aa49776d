package dev.sifter.engine.backend;

import dev.sifter.engine.tensor.Tensor;

/**
 * One parameter's share of a step of AdamW; all tensors have the same number of elements.
 *
 * @param step the numbers of the step
 * @param gradient g, read
 * @param parameter p, updated in place
 * @param moment1 m, updated in place
 * @param moment2 v, updated in place
 */
public record AdamWUpdate(
    AdamWStep step, Tensor gradient, Tensor parameter, Tensor moment1, Tensor moment2) {}
