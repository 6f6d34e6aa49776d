package dev.sifter.train.optim;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.backend.AdamWStep;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * AdamW over a list of parameters, in PyTorch's order of operations (see {@link AdamWStep}).
 *
 * <p>The moments are fp32 (fp64 beside an fp64 parameter) and lie in an arena {@code optimizer}. A
 * parameter without a gradient is left alone, its step count and decay too, as PyTorch leaves one
 * whose {@code grad} is None.
 */
public final class AdamW implements AutoCloseable {
  private static final int ZERO_ELEMENTS = 1 << 18;

  private final Backend backend;
  private final AdamWConfig config;
  private final TensorArena arena;
  private final List<Slot> slots = new ArrayList<>();

  /**
   * The state of one parameter.
   *
   * @param name the parameter's name
   * @param step number of updates it has had
   * @param moment1 running mean of its gradients, in its shape
   * @param moment2 running mean of their squares
   */
  public record State(String name, long step, Tensor moment1, Tensor moment2) {}

  private static final class Slot {
    private final Parameter parameter;
    private final double weightDecay;
    private final Tensor moment1;
    private final Tensor moment2;
    private long step;

    Slot(Parameter parameter, double weightDecay, Tensor moment1, Tensor moment2) {
      this.parameter = parameter;
      this.weightDecay = weightDecay;
      this.moment1 = moment1;
      this.moment2 = moment2;
    }
  }

  /**
   * An optimizer that has made no step.
   *
   * @param parameters those to train; frozen ones are refused
   */
  public AdamW(Backend backend, List<Parameter> parameters, AdamWConfig config) {
    this.backend = backend;
    this.config = config;
    this.arena = backend.newArena("optimizer");
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
      double decay = WeightDecay.appliesTo(parameter.name()) ? config.weightDecay() : 0;
      slots.add(new Slot(parameter, decay, newMoment(parameter), newMoment(parameter)));
    }
  }

  private Tensor newMoment(Parameter parameter) {
    Tensor like = parameter.gradientTensor();
    DType dtype = like.dtype() == DType.F64 ? DType.F64 : DType.F32;
    Tensor moment = arena.allocate(dtype, like.shape());
    fillWithZeros(moment);
    return moment;
  }

  private void fillWithZeros(Tensor tensor) {
    Tensor column = tensor.reshape(tensor.elements(), 1);
    try (Arena host = Arena.ofConfined()) {
      long most = Math.min(ZERO_ELEMENTS, tensor.elements());
      MemorySegment zeros = host.allocate(most * tensor.dtype().bytes());
      for (long at = 0; at < tensor.elements(); at += most) {
        Tensor rows = column.rows(at, Math.min(at + most, tensor.elements()));
        backend.upload(zeros.asSlice(0, rows.byteSize()), rows);
      }
    }
  }

  /** The parameters, in the order given. */
  public List<Parameter> parameters() {
    return slots.stream().map(slot -> slot.parameter).toList();
  }

  /**
   * Updates every parameter that has a gradient, and keeps the gradients.
   *
   * @param learningRate rate of this step
   * @param gradientScale factor of every gradient: {@link GradientClipping#coefficient}
   */
  public void step(double learningRate, double gradientScale) {
    for (Slot slot : slots) {
      if (slot.parameter.gradientIsZero()) {
        continue;
      }
      slot.step++;
      backend
          .optimizer()
          .adamW(
              new AdamWStep(
                  learningRate,
                  config.adamBeta1(),
                  config.adamBeta2(),
                  config.adamEpsilon(),
                  slot.weightDecay,
                  slot.step,
                  (float) gradientScale),
              slot.parameter.gradientTensor(),
              slot.parameter.value(),
              slot.moment1,
              slot.moment2);
    }
  }

  /** Forgets all gradients. */
  public void zeroGradients() {
    slots.forEach(slot -> slot.parameter.zeroGradient());
  }

  /**
   * The moments of every parameter, in order, as they are now; the tensors are this optimizer's.
   */
  public List<State> state() {
    return slots.stream()
        .map(slot -> new State(slot.parameter.name(), slot.step, slot.moment1, slot.moment2))
        .toList();
  }

  /**
   * Continues from a saved state.
   *
   * @param saved a state of every parameter, in any order, with tensors in host memory
   * @throws IllegalArgumentException if parameters, shapes or types differ; nothing is changed then
   */
  public void restore(List<State> saved) {
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
      Slot slot = slots.get(i);
      slot.step = ordered.get(i).step();
      backend.upload(ordered.get(i).moment1().segment(), slot.moment1);
      backend.upload(ordered.get(i).moment2().segment(), slot.moment2);
    }
  }

  private static State checked(Slot slot, State state) {
    String name = slot.parameter.name();
    if (state == null) {
      throw mismatch(name, "is not in it");
    }
    for (Tensor moment : List.of(state.moment1(), state.moment2())) {
      if (moment.dtype() != slot.moment1.dtype() || !moment.shape().equals(slot.moment1.shape())) {
        throw mismatch(name, "is %s there and %s here".formatted(moment, slot.moment1));
      }
    }
    return state;
  }

  private static IllegalArgumentException mismatch(String name, String how) {
    return new IllegalArgumentException(
        "the optimizer state of the checkpoint does not fit this run: %s %s; resume with the model,"
                .formatted(name, how)
            + " adapter and frozen layers of the checkpoint");
  }

  /** Gives the moments' memory back. */
  @Override
  public void close() {
    arena.close();
  }
}
