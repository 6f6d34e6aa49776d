package dev.sifter.model.decoder;

import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.ops.Rope;
import dev.sifter.engine.tensor.Tensor;

/**
 * What all blocks of one forward pass share.
 *
 * @param positions I32 [T]
 * @param cache null in training and evaluation
 */
record ForwardContext(Segments segments, Tensor positions, Rope.Table rope, KvCache cache) {}
