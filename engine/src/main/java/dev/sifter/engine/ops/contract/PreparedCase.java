package dev.sifter.engine.ops.contract;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * A case whose inputs lie on a backend, ready to run any number of times.
 *
 * <p>Inputs depend on the case's name and their place in its list, on nothing else: a failure
 * replays by the name of its case.
 */
public final class PreparedCase implements AutoCloseable {
  private static final long TAPE_SEED = 20;
  private static final int UPSTREAM_STREAM = 1000;

  private final OpCase opCase;
  private final Backend backend;
  private final DType dtype;
  private final TensorArena arena;
  private final TensorArena step;
  private final Map<String, double[]> inputValues = new LinkedHashMap<>();
  private final Map<String, Variable> inputs = new LinkedHashMap<>();

  private PreparedCase(OpCase opCase, Backend backend, DType dtype) {
    this.opCase = opCase;
    this.backend = backend;
    this.dtype = dtype;
    this.arena = backend.newArena("inputs of a case");
    this.step = backend.newArena("step of a case");
  }

  /** Uploads the inputs; every one that can have a gradient has one. */
  public static PreparedCase of(OpCase opCase, Backend backend, DType dtype) {
    return of(opCase, backend, dtype, name -> true);
  }

  /**
   * Uploads the inputs.
   *
   * @param dtype type of all inputs that have none of their own
   * @param trained which of the inputs that can have a gradient have one
   */
  public static PreparedCase of(
      OpCase opCase, Backend backend, DType dtype, Predicate<String> trained) {
    PreparedCase prepared = new PreparedCase(opCase, backend, dtype);
    try {
      for (int i = 0; i < opCase.inputs().size(); i++) {
        prepared.add(opCase.inputs().get(i), i, trained);
      }
      return prepared;
    } catch (RuntimeException failed) {
      try (prepared) {
        throw failed;
      }
    }
  }

  private void add(OpInput input, int index, Predicate<String> trained) {
    Tensor tensor = arena.allocate(input.dtype(dtype), input.shape());
    double[] values = draw(input, index);
    HostValues.upload(backend, values, tensor);
    inputValues.put(input.name(), values);
    boolean trains = input.trained() && trained.test(input.name());
    inputs.put(
        input.name(),
        trains
            ? Parameter.trainable(
                input.name(), tensor, arena.allocate(tensor.dtype(), tensor.shape()))
            : Parameter.frozen(input.name(), tensor));
  }

  private double[] draw(OpInput input, int index) {
    return widen(input.values().draw(stream(index), Math.toIntExact(input.shape().elements())));
  }

  private RandomStream stream(int index) {
    return new RandomStream(opCase.name().hashCode(), index);
  }

  private static double[] widen(float[] narrow) {
    double[] wide = new double[narrow.length];
    Arrays.setAll(wide, i -> narrow[i]);
    return wide;
  }

  /** Sets one element of an input. */
  public void set(String input, int index, double value) {
    double[] values = inputValues.get(input);
    values[index] = value;
    HostValues.upload(backend, values, inputs.get(input).value());
  }

  /** One element of an input, as it was drawn or set. */
  public double get(String input, int index) {
    return inputValues.get(input)[index];
  }

  /** A timed run of the op as training does, without its backward pass. */
  public void forward() {
    opCase.body().apply(tape(), new Operands(inputs, true));
    step.clear();
  }

  /** A timed run of the op and of its backward pass, from a gradient of ones. */
  public void forwardAndBackward() {
    zeroGradients();
    Tape tape = tape();
    Variable output = opCase.body().apply(tape, new Operands(inputs, true));
    if (output != null && output.requiresGradient()) {
      tape.backward(output);
    }
    step.clear();
  }

  /**
   * Runs the op and its backward pass.
   *
   * @return the output as {@code y}, what the case reports, and the gradient of each trained input
   *     {@code x} as {@code dx}
   */
  public Map<String, double[]> values() {
    zeroGradients();
    return run();
  }

  /** As {@link #values()}, with gradients that are added to {@code prior} in every element. */
  public Map<String, double[]> valuesAddedTo(float prior) {
    zeroGradients();
    for (Variable input : inputs.values()) {
      if (input.requiresGradient() && input instanceof Parameter parameter) {
        backend.pointwise().fill(parameter.gradientSlot().tensor(), prior);
      }
    }
    return run();
  }

  private Map<String, double[]> run() {
    Operands operands = new Operands(inputs, false);
    Tape tape = tape();
    Variable output = opCase.body().apply(tape, operands);
    Map<String, double[]> values = new LinkedHashMap<>();
    if (output != null) {
      values.put("y", HostValues.download(backend, output.value()));
    }
    values.putAll(operands.reported());
    backward(tape, output);
    inputs.forEach((name, input) -> addGradient(values, name, input));
    step.clear();
    return values;
  }

  private void addGradient(Map<String, double[]> values, String name, Variable input) {
    if (input.requiresGradient() && input instanceof Parameter parameter) {
      double[] gradient =
          parameter.gradientIsZero()
              ? new double[Math.toIntExact(input.shape().elements())]
              : HostValues.download(backend, parameter.gradientTensor());
      values.put("d" + name, gradient);
    }
  }

  /** The scalar whose gradient {@link #values()} gives: Σ upstream · y, or the loss itself. */
  public double objective() {
    Variable output = opCase.body().apply(tape(), new Operands(inputs, false));
    double[] y = HostValues.download(backend, output.value());
    double[] upstream = upstream(y.length);
    double sum = 0;
    for (int i = 0; i < y.length; i++) {
      sum += upstream[i] * y[i];
    }
    step.clear();
    return sum;
  }

  private void backward(Tape tape, Variable output) {
    if (output != null && output.requiresGradient()) {
      Tensor gradient = tape.allocate(output.value().dtype(), output.shape());
      HostValues.upload(backend, upstream(Math.toIntExact(gradient.elements())), gradient);
      tape.backward(output, gradient);
    }
  }

  private double[] upstream(int count) {
    Values values = opCase.lossRoot() ? Values.constant(1) : Values.normal(1);
    return widen(values.draw(stream(UPSTREAM_STREAM), count));
  }

  private void zeroGradients() {
    for (Variable input : inputs.values()) {
      if (input instanceof Parameter parameter) {
        parameter.zeroGradient();
      }
    }
  }

  private Tape tape() {
    return Tape.recording(backend, step, TAPE_SEED, 0);
  }

  @Override
  public void close() {
    step.close();
    arena.close();
  }
}
