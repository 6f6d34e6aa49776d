package dev.sifter.train.pretrain;

import dev.sifter.train.sft.SftConfig;

/**
 * Options of training a base model from scratch: those of {@link SftConfig}, with defaults that
 * suit fresh weights, small models and plain text.
 */
public final class PretrainConfig extends SftConfig {

  /**
   * One epoch, a cosine after a short warm-up; documents one after the other, cut into rows, with
   * nothing computed twice. A file of text is one document; where it is cut into short ones, some
   * come twice in any corpus, which is told, but not refused.
   */
  public PretrainConfig() {
    fromScratch = true;
    learningRate = 1e-3;
    lrSchedulerType = "cosine";
    numTrainEpochs = 1;
    warmupSteps = 0.05;
    gradientCheckpointing = false;
    documentSeparator = null;
    checkEvalOverlap = false;
    packing = true;
    packingStrategy = "wrapped";
    paddingFree = true;
  }
}
