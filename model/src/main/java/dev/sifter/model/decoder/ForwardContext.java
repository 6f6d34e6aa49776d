package dev.sifter.model.decoder;

import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.ops.Rope;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.config.RopeConfig;
import java.util.Map;

/**
 * What all blocks of one forward pass share.
 *
 * @param positions I32 [T]
 * @param ropes the tables of angles that the blocks use
 * @param cache null in training and evaluation
 * @param cacheRows I32 [T], the rows of the cache that the tokens' keys and values belong to; null
 *     without a cache
 */
record ForwardContext(
    Segments segments,
    Tensor positions,
    Map<RopeConfig, Rope.Table> ropes,
    KvCache cache,
    Tensor cacheRows) {}
