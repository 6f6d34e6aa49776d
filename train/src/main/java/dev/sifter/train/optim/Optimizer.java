package dev.sifter.train.optim;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.GradientScale;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * An update rule over a list of parameters.
 *
 * <p>What a rule remembers of a parameter lies in an arena {@code optimizer}. A parameter without a
 * gradient is left alone, its step count and decay too, as PyTorch leaves one whose {@code grad} is
 * None.
 */
public abstract class Optimizer implements AutoCloseable {
  private static final int ZERO_BYTES = 1 << 20;

  private final Backend backend;
  private final TensorArena arena;
  private final List<Slot> slots = new ArrayList<>();

  /**
   * The state of one parameter.
   *
   * @param name the parameter's name
   * @param step number of updates it has had
   * @param tensors what the rule remembers of it, by PyTorch's names such as {@code exp_avg}
   */
  public record State(String name, long step, Map<String, Tensor> tensors) {}

  /** A parameter with what the rule remembers of it. */
  static final class Slot {
    private final Parameter parameter;
    private final double weightDecay;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private double rateFactor = 1;
    private double learningRate;
    private long step;

    private Slot(Parameter parameter, double weightDecay) {
      this.parameter = parameter;
      this.weightDecay = weightDecay;
    }

    Parameter parameter() {
      return parameter;
    }

    Tensor value() {
      return parameter.value();
    }

    Tensor gradient() {
      return parameter.gradientTensor();
    }

    /** 0 for weights that do not decay. */
    double weightDecay() {
      return weightDecay;
    }

    /** This parameter's rate in this update. */
    double learningRate() {
      return learningRate;
    }

    Tensor tensor(String name) {
      return tensors.get(name);
    }

    /** Number of this update, from 1. */
    long step() {
      return step;
    }
  }

  /**
   * An optimizer that has made no step.
   *
   * @param parameters those to train; frozen ones are refused
   * @param weightDecay of the weights that {@link WeightDecay} names
   */
  protected Optimizer(Backend backend, List<Parameter> parameters, double weightDecay) {
    this.backend = backend;
    Set<String> names = new HashSet<>();
    for (Parameter parameter : parameters) {
      if (!parameter.requiresGradient()) {
        throw new IllegalArgumentException(
            "parameter %s is frozen; it cannot be optimized".formatted(parameter.name()));
      }
      if (!names.add(parameter.name())) {
        throw new IllegalArgumentException(
            "two parameters are named %s; a tied weight is optimized once"
                .formatted(parameter.name()));
      }
      double decay = WeightDecay.appliesTo(parameter.name()) ? weightDecay : 0;
      slots.add(new Slot(parameter, decay));
    }
    this.arena = backend.newArena("optimizer");
  }

  /** Has every parameter begin with tensors of zeros. */
  final void remember(StateShape shape) {
    for (Slot slot : slots) {
      shape.of(slot).forEach((name, layout) -> slot.tensors.put(name, zeros(layout)));
    }
  }

  /** What a rule remembers of a parameter. */
  @FunctionalInterface
  interface StateShape {
    /** Names, and what lies under them. */
    Map<String, Layout> of(Slot slot);
  }

  /** A type and a shape. */
  record Layout(DType dtype, Shape shape) {
    /** A parameter's shape: fp32, or fp64 beside an fp64 parameter. */
    static Layout like(Slot slot) {
      DType dtype = slot.gradient().dtype() == DType.F64 ? DType.F64 : DType.F32;
      return new Layout(dtype, slot.gradient().shape());
    }
  }

  private Tensor zeros(Layout layout) {
    Tensor tensor = arena.allocate(layout.dtype(), layout.shape());
    Tensor column = tensor.reshape(tensor.elements(), 1);
    try (Arena host = Arena.ofConfined()) {
      long most = Math.min(ZERO_BYTES / layout.dtype().bytes(), tensor.elements());
      MemorySegment zeros = host.allocate(most * layout.dtype().bytes());
      for (long at = 0; at < tensor.elements(); at += most) {
        Tensor rows = column.rows(at, Math.min(at + most, tensor.elements()));
        backend.upload(zeros.asSlice(0, rows.byteSize()), rows);
      }
    }
    return tensor;
  }

  /** Sets what the learning rate of each parameter is multiplied by; 1 unless set. */
  public final void rateFactors(ToDoubleFunction<Parameter> factors) {
    slots.forEach(slot -> slot.rateFactor = factors.applyAsDouble(slot.parameter));
  }

  /** Where the parameters lie. */
  protected final Backend backend() {
    return backend;
  }

  /** Memory of the optimizer, for what one update needs and gives back. */
  final TensorArena arena() {
    return arena;
  }

  /** The parameters, in the order given. */
  public final List<Parameter> parameters() {
    return slots.stream().map(slot -> slot.parameter).toList();
  }

  /**
   * Updates every parameter that has a gradient, and keeps the gradients. If their norm is not
   * finite, no parameter is changed, and nothing that is remembered but the number of updates.
   *
   * @param learningRate rate of this step
   * @param scale factor of every gradient
   */
  public final void step(double learningRate, GradientScale scale) {
    List<Slot> due = slots.stream().filter(slot -> !slot.parameter.gradientIsZero()).toList();
    for (Slot slot : due) {
      slot.step++;
      slot.learningRate = learningRate * slot.rateFactor;
    }
    update(due, scale);
  }

  /**
   * Updates parameters and what is remembered of them; if the norm of the gradients is not finite,
   * changes nothing.
   */
  abstract void update(List<Slot> due, GradientScale scale);

  /** Forgets all gradients. */
  public final void zeroGradients() {
    slots.forEach(slot -> slot.parameter.zeroGradient());
  }

  /** The state of every parameter, in order, as it is now; the tensors are this optimizer's. */
  public final List<State> state() {
    return slots.stream()
        .map(
            slot ->
                new State(
                    slot.parameter.name(), slot.step, Collections.unmodifiableMap(slot.tensors)))
        .toList();
  }

  /**
   * Continues from a saved state.
   *
   * @param saved a state of every parameter, in any order, with tensors in host memory
   * @throws IllegalArgumentException if parameters, shapes or types differ; nothing is changed then
   */
  public final void restore(List<State> saved) {
    Map<String, State> byName = new LinkedHashMap<>();
    saved.forEach(state -> byName.put(state.name(), state));
    List<State> ordered = new ArrayList<>();
    for (Slot slot : slots) {
      ordered.add(checked(slot, byName.remove(slot.parameter.name())));
    }
    if (!byName.isEmpty()) {
      throw mismatch(String.join(", ", byName.keySet()), "is not trained in this run");
    }
    for (int i = 0; i < slots.size(); i++) {
      State state = ordered.get(i);
      slots.get(i).step = state.step();
      slots
          .get(i)
          .tensors
          .forEach((name, own) -> backend.upload(state.tensors().get(name).segment(), own));
    }
  }

  private static State checked(Slot slot, State state) {
    String name = slot.parameter.name();
    if (state == null) {
      throw mismatch(name, "is not in it");
    }
    if (!state.tensors().keySet().equals(slot.tensors.keySet())) {
      throw mismatch(
          name,
          "has %s there and %s here (optim)"
              .formatted(state.tensors().keySet(), slot.tensors.keySet()));
    }
    slot.tensors.forEach(
        (key, own) -> {
          Tensor other = state.tensors().get(key);
          if (other.dtype() != own.dtype() || !other.shape().equals(own.shape())) {
            throw mismatch(name, "is %s there and %s here".formatted(other, own));
          }
        });
    return state;
  }

  private static IllegalArgumentException mismatch(String name, String how) {
    return new IllegalArgumentException(
        "the optimizer state of the checkpoint does not fit this run: %s %s; resume with the model,"
                .formatted(name, how)
            + " adapter, optimizer and frozen layers of the checkpoint");
  }

  /** Gives the memory of the state back. */
  @Override
  public void close() {
    arena.close();
  }
}
