package dev.sifter.engine.autograd;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;

/**
 * What a backward rule sees: the gradient of its op's output, and where the gradients of its inputs
 * go.
 *
 * <p>A variable that several ops read receives several gradients; the first is written, the others
 * are added. A gradient that passes an op unchanged is shared, not copied, until somebody adds to
 * it.
 */
public final class Gradients implements Workspace {
  private final Tape tape;
  private final Variable output;

  /**
   * Where one gradient goes.
   *
   * @param tensor as the variable's value
   * @param accumulate whether the kernel must add to what is there
   */
  public record Slot(Tensor tensor, boolean accumulate) {
    /** The factor of what is there, for a matrix product: 1 to add, 0 to overwrite. */
    public float beta() {
      return accumulate ? 1 : 0;
    }
  }

  Gradients(Tape tape, Variable output) {
    this.tape = tape;
    this.output = output;
  }

  /** The gradient of the op's output, dense; the rule must not change it. */
  public Tensor output() {
    makeDense(output);
    return output.gradient().tensor();
  }

  /** As {@link #output}, but with its border if it has one, which the rule may write to. */
  public Tensor borderedOutput() {
    return output.gradient().tensor();
  }

  @Override
  public Backend backend() {
    return tape.backend();
  }

  /** Whether a gradient flows to this input. */
  public boolean wants(Variable input) {
    return input.requiresGradient();
  }

  /** Where the gradient of an input goes, dense; the rule must write all of it, once. */
  public Slot into(Variable input) {
    if (input.gradient() != null) {
      makeDense(input);
    }
    return into(input, 0);
  }

  /** As {@link #into}, for kernels that write to rows with a border. */
  public Slot intoBordered(Variable input) {
    return into(input, input.gradientBorder());
  }

  private Slot into(Variable input, int border) {
    if (input instanceof Parameter parameter) {
      return parameter.gradientSlot();
    }
    if (input.gradient() == null) {
      Tensor fresh = tape.allocate(input.value().dtype(), input.shape(), border);
      input.gradient(tape.share(fresh));
      return new Slot(fresh, false);
    }
    if (input.gradient().isShared()) {
      copyGradient(input, input.gradient().tensor().border());
    }
    return new Slot(input.gradient().tensor(), true);
  }

  /** As {@link #into}, or scratch space where no gradient flows but the kernel computes it. */
  public Slot intoOrScratch(Variable input) {
    return wants(input) ? into(input) : new Slot(fresh(input), false);
  }

  /** As {@link #intoBordered}, or scratch space as with {@link #intoOrScratch}. */
  public Slot intoBorderedOrScratch(Variable input) {
    return wants(input) ? intoBordered(input) : new Slot(fresh(input), false);
  }

  /** Ends what {@link #intoOrScratch} gave, if it was scratch space. */
  public void releaseScratch(Variable input, Slot slot) {
    if (!wants(input)) {
      release(slot.tensor());
    }
  }

  /** Where the gradient of an input goes, for kernels that always add; null if none is wanted. */
  public Tensor addingInto(Variable input) {
    if (input == null || !wants(input)) {
      return null;
    }
    Slot slot = into(input);
    if (!slot.accumulate()) {
      backend().pointwise().fill(slot.tensor(), 0);
    }
    return slot.tensor();
  }

  /** A tensor as the variable's value, for a kernel that overwrites; then {@link #give} it. */
  public Tensor fresh(Variable input) {
    return tape.allocate(input.value().dtype(), input.shape());
  }

  /** As {@link #fresh}, with the border that the gradient may have. */
  public Tensor freshBordered(Variable input) {
    return tape.allocate(input.value().dtype(), input.shape(), input.gradientBorder());
  }

  /** Makes a {@link #fresh} tensor a gradient of this input; it is dropped if none is wanted. */
  public void give(Variable input, Tensor gradient) {
    SharedTensor shared = tape.share(gradient);
    if (wants(input)) {
      handOver(shared, input);
    } else {
      shared.release();
    }
  }

  /** The output's gradient is also this input's gradient. */
  public void passOutput(Variable input) {
    if (wants(input)) {
      handOver(shareOutput(), input);
    }
  }

  @Override
  public Tensor temporary(DType dtype, Shape shape) {
    return tape.allocate(dtype, shape);
  }

  @Override
  public Tensor temporary(DType dtype, Shape shape, int border) {
    return tape.allocate(dtype, shape, border);
  }

  /** A {@link #temporary} I32 tensor of these numbers. */
  public Tensor upload(int[] numbers) {
    return tape.upload(numbers);
  }

  @Override
  public void release(Tensor temporary) {
    tape.release(temporary);
  }

  SharedTensor shareOutput() {
    return output.gradient().retain();
  }

  /** Adds a gradient to an input's; the caller's hold on it passes over. */
  void handOver(SharedTensor gradient, Variable input) {
    if (input.gradient() == null && !(input instanceof Parameter)) {
      input.gradient(gradient);
      return;
    }
    Slot slot = into(input);
    if (slot.accumulate()) {
      Tensor dense = gradient.tensor();
      if (!dense.isDense()) {
        dense = temporary(dense.dtype(), dense.shape());
        backend().pointwise().cast(gradient.tensor(), dense);
      }
      backend().pointwise().add(slot.tensor(), dense, slot.tensor());
      if (dense != gradient.tensor()) {
        release(dense);
      }
    } else {
      backend().pointwise().cast(gradient.tensor(), slot.tensor());
    }
    gradient.release();
  }

  private void makeDense(Variable variable) {
    if (!variable.gradient().tensor().isDense()) {
      copyGradient(variable, 0);
    }
  }

  private void copyGradient(Variable variable, int border) {
    SharedTensor before = variable.gradient();
    Tensor copy = tape.allocate(before.tensor().dtype(), before.tensor().shape(), border);
    backend().pointwise().cast(before.tensor(), copy);
    variable.gradient(tape.share(copy));
    before.release();
  }
}
