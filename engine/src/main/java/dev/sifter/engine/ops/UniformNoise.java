package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.random.Philox;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * x + u with u uniform in [−m, m): the noise on embeddings of NEFTune (Jain et al. 2023).
 *
 * <p>The noise is drawn on the host, so that it has the same bits on every backend; a pass draws it
 * once, over the embeddings only.
 */
public final class UniformNoise {
  private static final int CHUNK = 1 << 14;

  private UniformNoise() {}

  /**
   * Adds noise in training; outside it, or with a magnitude of 0, x itself.
   *
   * @param magnitude m
   */
  public static Variable apply(Tape tape, Variable x, float magnitude) {
    if (magnitude == 0 || !tape.isTraining()) {
      return x;
    }
    Tensor out = tape.allocate(x.value().dtype(), x.shape());
    if (out.dtype() == DType.F32) {
      draw(tape, magnitude, out);
    } else {
      Tensor wide = tape.allocate(DType.F32, x.shape());
      draw(tape, magnitude, wide);
      tape.backend().pointwise().cast(wide, out);
      tape.release(wide);
    }
    tape.backend().pointwise().add(x.value(), out, out);
    // dx = dOut
    return tape.record(out, List.of(x), List.of(), List.of(), gradients -> gradients.passOutput(x));
  }

  private static void draw(Tape tape, float magnitude, Tensor noise) {
    RandomStream stream = tape.nextRandomStream();
    Tensor elements = noise.reshape(noise.elements(), 1);
    float[] chunk = new float[CHUNK];
    int[] bits = new int[4];
    for (long from = 0; from < noise.elements(); from += CHUNK) {
      int count = (int) Math.min(CHUNK, noise.elements() - from);
      for (int i = 0; i < count; i++) {
        if (i % 4 == 0) {
          Philox.block(stream, (from + i) / 4, bits);
        }
        chunk[i] = magnitude * (2 * Philox.uniform(bits[i % 4]) - 1);
      }
      tape.backend()
          .upload(
              MemorySegment.ofArray(chunk).asSlice(0, 4L * count),
              elements.rows(from, from + count));
    }
  }
}
