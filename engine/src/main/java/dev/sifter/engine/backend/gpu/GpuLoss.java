package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.backend.LossKernels;
import dev.sifter.engine.backend.TokenLoss;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.library.CrossEntropy;
import dev.sifter.kernels.library.Softcap;
import dev.sifter.kernels.library.SoftcapBackward;

/** Softmax cross-entropy and soft caps. */
final class GpuLoss implements LossKernels {
  private final GpuContext context;

  GpuLoss(GpuContext context) {
    this.context = context;
  }

  @Override
  public void crossEntropy(
      TokenLoss form,
      Tensor logits,
      Tensor targets,
      float gradientScale,
      Tensor loss,
      Tensor entropy,
      Tensor argMax) {
    Checks.floats("logits", logits);
    int rows = logits.rows();
    int vocabulary = logits.width();
    Checks.f32("loss", loss, rows);
    if (entropy != null) {
      Checks.f32("entropy", entropy, rows);
    }
    if (argMax != null) {
      Checks.i32("argMax", argMax, rows);
    }
    DeviceSlice labels = context.indices("targets", targets, rows, vocabulary);
    context.run(
        CrossEntropy.launches(
            form.labelSmoothing(),
            form.dynamic(),
            context.array(logits),
            labels,
            gradientScale,
            context.array(loss),
            context.arrayOrNull(entropy),
            argMax == null ? null : context.written(argMax),
            rows,
            vocabulary));
  }

  @Override
  public void softcap(Tensor x, float softcap) {
    Checks.floats("x", x);
    Checks.positive("softcap", softcap);
    context.run(Softcap.launches(context.array(x), softcap, x.elements()));
  }

  @Override
  public void softcapBackward(Tensor dy, Tensor y, float softcap) {
    Checks.floats("dy", dy);
    Checks.floats("y", y, dy.elements());
    Checks.positive("softcap", softcap);
    context.run(
        SoftcapBackward.launches(context.array(dy), context.array(y), softcap, dy.elements()));
  }
}
