package dev.sifter.engine.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sifter.engine.backend.ActivationKind;
import dev.sifter.engine.backend.reference.ReferenceBackend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.Activation;
import dev.sifter.engine.ops.Add;
import dev.sifter.engine.ops.Dropout;
import dev.sifter.engine.ops.GatedActivation;
import dev.sifter.engine.ops.Linear;
import dev.sifter.engine.ops.contract.HostValues;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TapeTest {
  private static final int WIDTH = 5;

  private final ReferenceBackend backend = new ReferenceBackend();
  private final TensorArena parameters = backend.newArena("parameters");
  private final TensorArena step = backend.newArena("step");

  @AfterEach
  void everythingIsGivenBack() {
    step.close();
    parameters.close();
    backend.ledger().assertEmpty();
  }

  private Parameter parameter(String name, double... values) {
    return parameter(name, Shape.of(values.length), values);
  }

  private Parameter parameter(String name, Shape shape, double... values) {
    Tensor value = parameters.allocate(DType.F64, shape);
    HostValues.upload(backend, values, value);
    return Parameter.trainable(name, value, parameters.allocate(DType.F64, shape));
  }

  private double[] gradient(Parameter parameter) {
    return HostValues.download(backend, parameter.gradientTensor());
  }

  private Tape tape() {
    return Tape.recording(backend, step, 7, 0);
  }

  /** y = (a + b) · (a + b) · … by a gate of ReLU on positive numbers, which is a plain product. */
  private static Variable product(Tape tape, Variable a, Variable b) {
    return GatedActivation.apply(tape, ActivationKind.RELU, a, b);
  }

  @Test
  void gradientsOfSeveralPathsAddUp() {
    Parameter x = parameter("x", 3);
    Tape tape = tape();
    // y = (x + x²)·x = x² + x³, so dy/dx = 2x + 3x² = 33.
    Variable square = product(tape, x, x);
    Variable sum = Add.apply(tape, x, square);
    Variable y = product(tape, sum, x);
    assertThat(HostValues.download(backend, y.value())).containsExactly(36);
    tape.backward(y);
    assertThat(gradient(x)).containsExactly(33);
  }

  /** Add hands one gradient tensor to both inputs; adding to one must not change the other. */
  @Test
  void aSharedGradientIsCopiedBeforeItIsAddedTo() {
    Parameter x = parameter("x", 2);
    Parameter z = parameter("z", 5);
    Tape tape = tape();
    Variable a = product(tape, x, x);
    Variable b = product(tape, z, z);
    Variable again = product(tape, a, a);
    Variable sum = Add.apply(tape, a, b);
    // y = (x² + z²) + x⁴: a's gradient is shared with b's, then x⁴'s part is added to it.
    Variable y = Add.apply(tape, sum, again);
    tape.backward(y);
    assertThat(gradient(x)).containsExactly(2 * 2 + 4 * 8);
    assertThat(gradient(z)).containsExactly(10);
  }

  @Test
  void aVariableAddedToItselfGetsTwiceTheGradient() {
    Parameter x = parameter("x", 1, 4);
    Tape tape = tape();
    Variable square = product(tape, x, x);
    tape.backward(Add.apply(tape, square, square));
    assertThat(gradient(x)).containsExactly(4, 16);
  }

  @Test
  void parametersAddUpBackwardPassesUntilZeroed() {
    Parameter x = parameter("x", 3);
    for (int pass = 1; pass <= 2; pass++) {
      Tape tape = tape();
      tape.backward(product(tape, x, x));
      assertThat(gradient(x)).containsExactly(6.0 * pass);
    }
    x.zeroGradient();
    assertThat(x.gradientIsZero()).isTrue();
    Tape tape = tape();
    tape.backward(product(tape, x, x));
    assertThat(gradient(x)).containsExactly(6);
  }

  @Test
  void branchesThatDoNotLeadToTheRootAreSkipped() {
    Parameter x = parameter("x", 3);
    Parameter unused = parameter("unused", 1);
    Tape tape = tape();
    Variable aside = product(tape, unused, x);
    Variable y = product(tape, x, x);
    aside.close();
    tape.backward(y);
    assertThat(gradient(x)).containsExactly(6);
    assertThat(unused.gradientIsZero()).isTrue();
    y.close();
    assertThat(step.liveTensors()).isZero();
  }

  @Test
  void aRootThatNothingTrainableLeadsToIsRefused() {
    Variable constant = Variable.constant(parameter("x", 1).value());
    Tape tape = tape();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tape.backward(Add.apply(tape, constant, constant)))
        .withMessage("no trainable parameter leads to the loss");
  }

  @Test
  void anInferenceTapeKeepsOnlyWhatIsOpen() {
    Parameter x = parameter("x", 1, 2, 3);
    Tape tape = Tape.inference(backend, step);
    try (Variable a = product(tape, x, x);
        Variable b = Activation.apply(tape, ActivationKind.SILU, a)) {
      assertThat(b.requiresGradient()).isFalse();
      assertThat(Dropout.apply(tape, b, 0.5f)).as("dropout is off").isSameAs(b);
      assertThat(step.liveTensors()).isEqualTo(2);
    }
    assertThat(step.liveTensors()).isZero();
  }

  /** A block as decoders have them, with two uses of dropout. */
  private Variable block(Tape tape, Variable x, Parameter weight, Parameter bias) {
    try (Variable linear = Linear.apply(tape, x, weight, bias);
        Variable dropped = Dropout.apply(tape, linear, 0.4f);
        Variable active = Activation.apply(tape, ActivationKind.GELU_TANH, dropped);
        Variable again = Dropout.apply(tape, active, 0.3f)) {
      return Add.apply(tape, x, again);
    }
  }

  private record Run(
      double[] output, double[] dWeight, double[] dBias, double[] dInput, long peak) {}

  private Run run(boolean checkpointing, int blocks) {
    double[] numbers = IntStream.range(0, WIDTH * WIDTH).mapToDouble(i -> Math.sin(i)).toArray();
    Parameter weight = parameter("weight", Shape.of(WIDTH, WIDTH), numbers);
    Parameter bias = parameter("bias", 0.1, 0.2, 0.3, 0.4, 0.5);
    Parameter input = parameter("input", Shape.of(WIDTH, WIDTH), numbers);
    Tape tape = tape();
    Variable hidden = Add.apply(tape, input, input);
    for (int i = 0; i < blocks; i++) {
      Variable before = hidden;
      hidden =
          checkpointing
              ? tape.checkpoint(before, (inner, x) -> block(inner, x, weight, bias))
              : block(tape, before, weight, bias);
      before.close();
    }
    int live = step.liveTensors();
    double[] output = HostValues.download(backend, hidden.value());
    tape.backward(hidden);
    hidden.close();
    assertThat(step.liveTensors()).as("tensors after the backward pass").isZero();
    return new Run(output, gradient(weight), gradient(bias), gradient(input), live);
  }

  @Test
  void checkpointsGiveTheSameBitsInLessMemory() {
    Run plain = run(false, 4);
    Run checkpointed = run(true, 4);
    assertThat(checkpointed.output).isEqualTo(plain.output);
    assertThat(checkpointed.dWeight).isEqualTo(plain.dWeight);
    assertThat(checkpointed.dBias).isEqualTo(plain.dBias);
    assertThat(checkpointed.dInput).isEqualTo(plain.dInput);
    // Kept: the input of each of 4 blocks and the last output, against 3 values a block more.
    assertThat(checkpointed.peak).isEqualTo(5);
    assertThat(plain.peak).isGreaterThan(checkpointed.peak);
  }

  @Test
  void checkpointsOfFrozenInputsStillTrainTheBody() {
    Parameter weight = parameter("weight", Shape.of(1, 1), 3);
    Parameter bias = parameter("bias", 0.5);
    Parameter frozen = Parameter.frozen("x", parameter("x", Shape.of(1, 1), 2).value());
    Tape tape = tape();
    try (Variable y = tape.checkpoint(frozen, (t, x) -> Linear.apply(t, x, weight, bias))) {
      tape.backward(y);
    }
    assertThat(gradient(weight)).containsExactly(2);
    assertThat(gradient(bias)).containsExactly(1);
    assertThat(step.liveTensors()).isZero();
  }

  /** As the lower blocks of a model whose adapters are on its upper ones. */
  @Test
  void aCheckpointOfFrozenNumbersKeepsNothingAndIsNotComputedAgain() {
    Parameter frozen = Parameter.frozen("w", parameter("w", Shape.of(1, 1), 3).value());
    Parameter weight = parameter("weight", Shape.of(1, 1), 5);
    Variable input = Variable.constant(parameter("x", Shape.of(1, 1), 2).value());
    AtomicInteger times = new AtomicInteger();
    Tape tape = tape();
    Variable lower =
        tape.checkpoint(
            input,
            (t, x) -> {
              times.incrementAndGet();
              return Linear.apply(t, x, frozen, null);
            });
    assertThat(lower.requiresGradient()).isFalse();
    Variable upper = tape.checkpoint(lower, (t, x) -> Linear.apply(t, x, weight, null));
    lower.close();
    tape.backward(upper);
    upper.close();
    assertThat(gradient(weight)).containsExactly(6);
    assertThat(times).hasValue(1);
    assertThat(step.liveTensors()).isZero();
  }
}
