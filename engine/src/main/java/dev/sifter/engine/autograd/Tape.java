package dev.sifter.engine.autograd;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Records ops as they run, and runs their backward rules in reverse: reverse-mode differentiation
 * over coarse ops.
 *
 * <p>Memory policy, decided here once: an op's output is held by its {@link Variable} until closed,
 * and by every backward rule that saved it until that rule has run. A gradient is held by the
 * variable it belongs to until the rule that produced the variable has run. So activations are
 * freed one by one while the backward pass walks down, and a tape that does not record frees them
 * as the forward pass closes them.
 */
public final class Tape implements Workspace {
  private final Backend backend;
  private final TensorArena arena;
  private final Mode mode;
  private final long seed;
  private final long firstStream;
  private final Pass pass;
  private final List<Node> nodes = new ArrayList<>();
  private int nextStream;

  private enum Mode {
    /** Keeps what a backward pass needs. */
    RECORDING,
    /** Computes as training does, dropout included, but keeps nothing: it will be replayed. */
    REPLAYABLE,
    /** Keeps nothing, dropout off. */
    INFERENCE
  }

  /**
   * A pass over a model, forward and back: parts of it and forward passes again are on tapes of
   * their own. While it lasts, no parameter changes.
   */
  public static final class Pass {
    private Pass() {}
  }

  private record Node(Variable output, List<SharedTensor> saved, BackwardRule rule) {}

  /** Computes an op's input gradients from its output's gradient. */
  @FunctionalInterface
  public interface BackwardRule {
    /** Adds to the gradients of the op's inputs, through {@code gradients}. */
    void run(Gradients gradients);
  }

  private Tape(
      Backend backend, TensorArena arena, Mode mode, long seed, long firstStream, Pass pass) {
    this.backend = backend;
    this.arena = arena;
    this.mode = mode;
    this.seed = seed;
    this.firstStream = firstStream;
    this.pass = pass;
  }

  /** A tape for a part of this one's pass, which draws as if it were this one. */
  private Tape part(Mode mode, int nextStream) {
    Tape part = new Tape(backend, arena, mode, seed, firstStream, pass);
    part.nextStream = nextStream;
    return part;
  }

  /**
   * A tape for training.
   *
   * @param arena where activations and their gradients lie
   * @param seed the run's seed
   * @param firstStream number of the first random stream; a trainer gives every micro-batch its own
   *     range
   */
  public static Tape recording(Backend backend, TensorArena arena, long seed, long firstStream) {
    return new Tape(backend, arena, Mode.RECORDING, seed, firstStream, new Pass());
  }

  /** A tape that keeps nothing for a backward pass: evaluation and generation, dropout off. */
  public static Tape inference(Backend backend, TensorArena arena) {
    return new Tape(backend, arena, Mode.INFERENCE, 0, 0, new Pass());
  }

  @Override
  public Backend backend() {
    return backend;
  }

  /** The pass that this tape belongs to. */
  public Pass pass() {
    return pass;
  }

  /** Whether this pass is part of training, so that dropout is on. */
  public boolean isTraining() {
    return mode != Mode.INFERENCE;
  }

  /** The random stream for the next use of randomness in this pass. */
  public RandomStream nextRandomStream() {
    return new RandomStream(seed, firstStream, nextStream++);
  }

  /** An activation of undefined contents. */
  public Tensor allocate(DType dtype, Shape shape) {
    return arena.allocate(dtype, shape);
  }

  /**
   * An activation of undefined contents, whose rows have a border.
   *
   * @param border columns; not 0 only where the backend has {@link Backend#borders}
   */
  public Tensor allocate(DType dtype, Shape shape, int border) {
    return arena.allocate(dtype, shape, border);
  }

  /** An I32 tensor of these numbers. */
  public Tensor upload(int[] numbers) {
    Tensor tensor = allocate(DType.I32, Shape.of(numbers.length));
    backend.upload(MemorySegment.ofArray(numbers), tensor);
    return tensor;
  }

  /** As {@link #allocate}. */
  @Override
  public Tensor temporary(DType dtype, Shape shape) {
    return allocate(dtype, shape);
  }

  /** As {@link #allocate}. */
  @Override
  public Tensor temporary(DType dtype, Shape shape, int border) {
    return allocate(dtype, shape, border);
  }

  /** Ends what {@link #allocate} gave and no variable holds. */
  @Override
  public void release(Tensor temporary) {
    arena.release(temporary);
  }

  SharedTensor share(Tensor tensor) {
    return new SharedTensor(tensor, arena);
  }

  /**
   * Makes an op's output known. If a gradient will flow through it, the rule is recorded.
   *
   * @param value the output, allocated from this tape
   * @param inputs variables that the op reads
   * @param saved variables whose values the rule reads; they are kept until it has run
   * @param extras tensors of this tape that only the rule reads; they are released after it, or at
   *     once where no rule is recorded
   */
  public Variable record(
      Tensor value,
      List<? extends Variable> inputs,
      List<? extends Variable> saved,
      List<Tensor> extras,
      BackwardRule rule) {
    boolean flows = mode != Mode.INFERENCE && anyRequiresGradient(inputs);
    Variable output = new Variable(new SharedTensor(value, arena), flows);
    if (flows && mode == Mode.RECORDING) {
      List<SharedTensor> kept = new ArrayList<>(saved.size() + extras.size());
      saved.forEach(variable -> kept.add(variable.shared().retain()));
      extras.forEach(tensor -> kept.add(new SharedTensor(tensor, arena)));
      nodes.add(new Node(output, kept, rule));
    } else {
      extras.forEach(arena::release);
    }
    return output;
  }

  /** Whether the rule of an op with these inputs is kept, so that what it alone reads is needed. */
  public boolean records(List<? extends Variable> inputs) {
    return mode == Mode.RECORDING && anyRequiresGradient(inputs);
  }

  private static boolean anyRequiresGradient(List<? extends Variable> inputs) {
    for (int i = 0; i < inputs.size(); i++) { // each step records thousands: no stream, no iterator
      if (inputs.get(i).requiresGradient()) {
        return true;
      }
    }
    return false;
  }

  /** The rule recorded with this output reads the output's own value too. */
  public Variable saveOutput(Variable output) {
    if (mode == Mode.RECORDING && output.requiresGradient()) {
      nodes.getLast().saved().add(output.shared().retain());
    }
    return output;
  }

  /**
   * Runs all recorded rules in reverse order, beginning with the gradient of {@code root}.
   *
   * @param rootGradient as the root's value; allocated from this tape, which takes it over
   * @throws IllegalArgumentException if no trainable parameter leads to the root
   */
  public void backward(Variable root, Tensor rootGradient) {
    if (!root.requiresGradient()) {
      throw new IllegalArgumentException("no trainable parameter leads to the loss");
    }
    backwardFrom(root, new SharedTensor(rootGradient, arena));
  }

  /** {@link #backward(Variable, Tensor)} for a scalar loss: its own gradient is 1. */
  public void backward(Variable loss) {
    Tensor one = allocate(loss.value().dtype(), loss.shape());
    backend.pointwise().fill(one, 1);
    backward(loss, one);
  }

  private void backwardFrom(Variable root, SharedTensor rootGradient) {
    root.gradient(rootGradient);
    for (int i = nodes.size() - 1; i >= 0; i--) {
      Node node = nodes.set(i, null);
      if (node.output().gradient() != null) {
        node.rule().run(new Gradients(this, node.output()));
        node.output().gradient().release();
        node.output().gradient(null);
      }
      node.saved().forEach(SharedTensor::release);
    }
    nodes.clear();
  }

  /**
   * Runs {@code body} without recording it, and once more, recorded, when its gradient is needed:
   * trades a second forward pass for the memory of its activations (Chen et al. 2016). Where
   * nothing that it reads is trained, its gradient never is, and its input is not kept.
   *
   * @param body a pure function of its input and of parameters; it must not close the input
   */
  public Variable checkpoint(Variable input, BiFunction<Tape, Variable, Variable> body) {
    if (mode != Mode.RECORDING) {
      return body.apply(this, input);
    }
    int before = nextStream;
    Tape forward = part(Mode.REPLAYABLE, before);
    Variable result = body.apply(forward, input);
    nextStream = forward.nextStream;
    if (!result.requiresGradient()) {
      return result;
    }
    Variable output = new Variable(result.shared(), true);
    output.gradientBorder(result.gradientBorder());
    SharedTensor kept = input.shared().retain();
    BackwardRule rule = gradients -> replay(gradients, input, kept, before, body);
    nodes.add(new Node(output, new ArrayList<>(List.of(kept)), rule));
    return output;
  }

  private void replay(
      Gradients gradients,
      Variable input,
      SharedTensor inputValue,
      int nextStream,
      BiFunction<Tape, Variable, Variable> body) {
    Tape again = part(Mode.RECORDING, nextStream);
    try (Variable leaf = leaf(input, inputValue);
        Variable output = body.apply(again, leaf)) {
      again.backwardFrom(output, gradients.shareOutput());
      if (leaf.gradient() != null) {
        gradients.handOver(leaf.gradient(), input);
      }
    }
  }

  private static Variable leaf(Variable input, SharedTensor value) {
    Variable leaf = new Variable(value.retain(), input.requiresGradient());
    leaf.gradientBorder(input.gradientBorder());
    return leaf;
  }
}
