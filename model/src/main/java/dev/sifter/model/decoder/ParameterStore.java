package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Workspace;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.DenseWeight;
import dev.sifter.engine.ops.LinearWeight;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.ModelException;
import dev.sifter.model.weights.QuantState;
import dev.sifter.model.weights.Quantization;
import dev.sifter.model.weights.WeightSource;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/**
 * The weights of a model by name. Trainable ones are copied into fp32 memory of their own, with a
 * gradient beside each; frozen ones are used where they lie, in the file's own type, or, where they
 * will be changed from outside, in a copy of that type.
 */
public final class ParameterStore implements Workspace, AutoCloseable {
  private final Backend backend;
  private final WeightSource source;
  private final CheckedWeights checked;
  private final Predicate<String> trainable;
  private final Predicate<String> changed;
  private final DType computeType;
  private final TensorArena values;
  private final TensorArena gradients;
  private final Map<String, Parameter> parameters = new LinkedHashMap<>();
  private final Map<String, Long> packedElements = new HashMap<>();
  private final Set<String> added = new HashSet<>();
  private Quantization quantization;
  private ToIntFunction<String> ranks = path -> 0;

  /**
   * An empty store over a source of weights, which it closes with itself.
   *
   * @param trainable which weights are trained, by name
   * @param computeType F32; F64 on the reference backend, where every weight is widened
   */
  public ParameterStore(
      Backend backend, WeightSource source, Predicate<String> trainable, DType computeType) {
    this(backend, source, trainable, name -> false, computeType);
  }

  /**
   * As {@link #ParameterStore(Backend, WeightSource, Predicate, DType)}.
   *
   * @param changed which frozen weights are copied, because something will write to them
   */
  public ParameterStore(
      Backend backend,
      WeightSource source,
      Predicate<String> trainable,
      Predicate<String> changed,
      DType computeType) {
    this.backend = backend;
    this.source = source;
    this.checked = new CheckedWeights(source);
    this.trainable = trainable;
    this.changed = changed;
    this.computeType = computeType;
    this.values = backend.newArena("parameters");
    this.gradients = backend.newArena("gradients");
  }

  /**
   * Keeps the linear layers loaded from now on in 4 bits; null as they are.
   *
   * @return this store
   */
  public ParameterStore quantizing(Quantization how) {
    quantization = how;
    return this;
  }

  /**
   * Keeps room for adapters around the linear layers loaded from now on, where the backend can use
   * it.
   *
   * @param newRanks the rank of a module's adapter, by path; 0 for none
   * @return this store
   */
  public ParameterStore withRoomFor(ToIntFunction<String> newRanks) {
    ranks = backend.borders().isPresent() ? newRanks : path -> 0;
    return this;
  }

  /** The rank of the adapter that a module has room for, or 0. */
  int rank(String path) {
    return ranks.applyAsInt(path);
  }

  /**
   * The matrix of a linear layer: in 4 bits where the source has it so or this store makes it so.
   *
   * @param shape [out, in], or [in, out]
   * @param room to be kept around it, where its type and place allow it
   * @throws ModelException as {@link #get}
   */
  LinearWeight linear(String name, Shape shape, boolean outputsFirst, LinearWeight.Room room) {
    String key = source.keyOf(name);
    QuantizedLoader loader = new QuantizedLoader(this, source, room);
    if (key != null && source.names().contains(key + QuantState.SUFFIX)) {
      return loader.load(name, key, shape);
    }
    if (quantization == null || trainable.test(name)) {
      return outputsFirst && room.below() > 0 && isUsedAsItIs(name)
          ? bordered(name, checked.floating(name, shape), room)
          : new DenseWeight(get(name, shape.dims()), outputsFirst);
    }
    if (!outputsFirst) {
      throw new ModelException(
          "load_in_4bit: '%s' is kept as [in, out], which the 4-bit format has no place for"
              .formatted(name));
    }
    return loader.quantize(name, checked.floating(name, shape), quantization);
  }

  /**
   * The weight of this name, loaded at its first use.
   *
   * @throws ModelException if the source lacks it, its shape differs, or it holds NaN or infinity
   */
  public Parameter get(String name, long... shape) {
    Parameter known = parameters.get(name);
    return known != null ? known : load(name, Shape.of(shape));
  }

  /** Whether a weight is new, stays as it is in the source, and is of the activations' type. */
  private boolean isUsedAsItIs(String name) {
    String key = source.keyOf(name);
    return key != null
        && !parameters.containsKey(name)
        && !trainable.test(name)
        && !changed.test(name)
        && source.tensor(key).dtype() == activationType();
  }

  private LinearWeight bordered(String name, Tensor host, LinearWeight.Room room) {
    Tensor whole = backend.borders().orElseThrow().adopt(host, room.right(), room.below(), values);
    return DenseWeight.within(put(name, whole.rows(0, host.rows()), false), whole);
  }

  private Parameter load(String name, Shape shape) {
    Tensor host = checked.floating(name, shape);
    boolean train = trainable.test(name);
    Tensor value = adopt(host);
    boolean widened = train || (computeType == DType.F64 && host.dtype() != DType.F64);
    if (widened || changed.test(name)) {
      Tensor copy = values.allocate(widened ? computeType : host.dtype(), shape);
      backend.pointwise().cast(value, copy);
      value = copy;
    }
    return put(name, value, train);
  }

  /** Adds a weight that the source does not have: an adapter's, or new rows. */
  public Parameter add(String name, Tensor value, boolean train) {
    added.add(name);
    return put(name, value, train);
  }

  private Parameter put(String name, Tensor value, boolean train) {
    Parameter parameter =
        train
            ? Parameter.trainable(name, value, gradients.allocate(value.dtype(), value.shape()))
            : Parameter.frozen(name, value);
    if (parameters.putIfAbsent(name, parameter) != null) {
      throw new IllegalStateException("weight '" + name + "' is there already");
    }
    return parameter;
  }

  /** Adds a part of a weight that is kept in few bits, standing for so many of its elements. */
  void addPacked(String name, Tensor value, long elements) {
    put(name, value, false);
    packedElements.put(name, elements);
  }

  /** Number of elements of all weights, whatever they are kept in. */
  long elements() {
    return parameters.values().stream()
        .mapToLong(p -> packedElements.getOrDefault(p.name(), p.value().elements()))
        .sum();
  }

  /** Memory for a weight that is {@linkplain #add added} later, of undefined contents. */
  public Tensor allocate(DType dtype, Shape shape) {
    return values.allocate(dtype, shape);
  }

  @Override
  public Tensor temporary(DType dtype, Shape shape) {
    return values.allocate(dtype, shape);
  }

  @Override
  public Tensor temporary(DType dtype, Shape shape, int border) {
    return values.allocate(dtype, shape, border);
  }

  @Override
  public void release(Tensor temporary) {
    values.release(temporary);
  }

  /** Copies numbers into a tensor of the {@link #computeType}. */
  public void upload(float[] numbers, Tensor target) {
    if (target.dtype() == DType.F64) {
      double[] wide = new double[numbers.length];
      Arrays.setAll(wide, i -> numbers[i]);
      backend.upload(MemorySegment.ofArray(wide), target);
    } else {
      backend.upload(MemorySegment.ofArray(numbers), target);
    }
  }

  /** A host tensor as the backend can use it. */
  public Tensor adopt(Tensor hostTensor) {
    return backend.adopt(hostTensor, values);
  }

  @Override
  public Backend backend() {
    return backend;
  }

  /** Type of trained weights. */
  public DType computeType() {
    return computeType;
  }

  /** Type of activations and their gradients: the backend's, or F64 where weights are F64. */
  public DType activationType() {
    return computeType == DType.F64 ? computeType : backend.activationType();
  }

  /** The weights that came from the source, in the order of their first use. */
  public List<Parameter> loaded() {
    return parameters.values().stream().filter(p -> !added.contains(p.name())).toList();
  }

  /** The weights that are trained, in the order of their first use. */
  public List<Parameter> trainable() {
    return parameters.values().stream().filter(Parameter::requiresGradient).toList();
  }

  /** Names in the source that nobody asked for, sorted. */
  public Set<String> unused() {
    Set<String> unused = new TreeSet<>(source.names());
    parameters.keySet().forEach(name -> unused.remove(source.keyOf(name)));
    return unused;
  }

  @Override
  public void close() {
    try (source;
        values;
        gradients) {
      // Files are let go also where a lost device frees no memory.
    }
  }
}
