package dev.sifter.train.trainer;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.GradientScale;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.LinearCrossEntropy;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.train.data.MicroBatch;
import dev.sifter.train.optim.GradientClipping;
import dev.sifter.train.optim.Optimizer;
import dev.sifter.train.optim.Optimizers;
import java.nio.file.Path;
import java.util.List;

/**
 * What an optimizer step computes: losses and gradients of its micro-batches, clipping, the update.
 */
final class OptimizerStep implements AutoCloseable {
  /** Random streams of one micro-batch: more than any model draws masks in one pass. */
  private static final long STREAMS_PER_MICRO_BATCH = 1L << 20;

  /** Micro-batches of one step: with more, two steps would draw the same masks. */
  static final int MOST_MICRO_BATCHES = 1024;

  private static final long STREAMS_PER_STEP = STREAMS_PER_MICRO_BATCH * MOST_MICRO_BATCHES;

  private final Decoder model;
  private final TrainingArguments arguments;
  private final Optimizer optimizer;
  private final TensorArena arena;

  /**
   * What came of a step.
   *
   * @param loss mean over the step's target tokens
   * @param gradientNorm before clipping
   * @param numTokens in the rows, without padding
   * @param computedTokens that a forward pass took
   */
  record Result(double loss, double gradientNorm, int numTokens, long computedTokens) {}

  OptimizerStep(Decoder model, TrainingArguments arguments) {
    this.model = model;
    this.arguments = arguments;
    this.optimizer =
        Optimizers.open(
            arguments.optim,
            model.backend(),
            model.parameters().trainable(),
            arguments.adamW(),
            arguments.sgdMomentum);
    optimizer.rateFactors(arguments::rateFactor);
    this.arena = model.backend().newStepArena("step");
  }

  Optimizer optimizer() {
    return optimizer;
  }

  /**
   * Makes step {@code step}, counted from 0. The update is asked for before its losses are known,
   * so that a device need not wait for the host to prepare it.
   *
   * @param window hears of each micro-batch
   * @throws NotFiniteException if the loss or a gradient is not finite; no weight has changed
   */
  Result make(long step, double rate, List<MicroBatch> batches, LogWindow window) {
    long targets = MicroBatch.numItemsInBatch(batches);
    int tokens = 0;
    long computed = 0;
    double loss = 0;
    GradientScale gradients = null;
    for (int i = 0; i < batches.size(); i++) {
      MicroBatch batch = batches.get(i);
      long stream = step * STREAMS_PER_STEP + i * STREAMS_PER_MICRO_BATCH;
      Pass pass = forwardBackward(batch, stream, targets);
      if (i == batches.size() - 1) {
        if (targets == 0) {
          fillGradients();
        }
        gradients = update(rate, Double.isFinite(loss), pass.guard());
      }
      // Only now, so that a device need not wait between the passes and the update.
      loss += pass.loss().sum() / Math.max(targets, 1);
      window.addMicroBatch(
          LossMeter.meanEntropy(pass.loss()), LossMeter.accuracy(pass.loss(), batch.targets()));
      arena.clear();
      tokens += batch.numTokens();
      computed += batch.computedTokens();
    }
    if (!Double.isFinite(loss) || !gradients.isFinite()) {
      throw NotFiniteException.at(
          Path.of(arguments.outputDir), step, loss, gradients, model, batches);
    }
    optimizer.zeroGradients();
    return new Result(loss, gradients.norm(), tokens, computed);
  }

  /**
   * What a micro-batch asked for.
   *
   * @param loss its losses
   * @param guard [1], 0, or NaN if the sum of the losses is not finite
   */
  private record Pass(LinearCrossEntropy.Loss loss, Tensor guard) {}

  private Pass forwardBackward(MicroBatch batch, long stream, long targets) {
    Tape tape = Tape.recording(model.backend(), arena, arguments.seed, stream);
    LinearCrossEntropy.Loss loss;
    int width = model.config().embeddings().size();
    model.embeddingNoise(arguments.neftuneNoise(batch.rowLength(), width));
    try (Variable hidden = model.hidden(tape, batch.tokens(), null)) {
      loss =
          model.loss(
              tape,
              hidden,
              arguments.tokenLoss(),
              batch.labelRows(),
              batch.targets(),
              1f / Math.max(targets, 1));
    }
    Tensor total = loss.total().value();
    Tensor guard = tape.allocate(total.dtype(), total.shape());
    model.backend().pointwise().scale(total, 0, guard);
    if (batch.targets().length > 0) {
      tape.backward(loss.total());
    }
    return new Pass(loss, guard);
  }

  /** Gradients of zero, not none, of a step without targets: as with TRL, weights decay in it. */
  private void fillGradients() {
    for (Parameter parameter : optimizer.parameters()) {
      model.backend().pointwise().fill(parameter.gradientSlot().tensor(), 0);
    }
  }

  /**
   * Measures and updates, neither of which waits. Of gradients or a guard that are not finite the
   * norm is not either, and then the update does nothing.
   */
  private GradientScale update(double rate, boolean wanted, Tensor guard) {
    GradientScale gradients =
        GradientClipping.measure(
            model.backend(), optimizer.parameters(), guard, arguments.maxGradNorm);
    if (wanted) {
      optimizer.step(rate, gradients);
    }
    return gradients;
  }

  @Override
  public void close() {
    try (optimizer) {
      arena.close();
    }
  }
}
